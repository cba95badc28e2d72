"""A run's folder: inputs, summary, tables, figures, each file written whole."""

import datetime as dt
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from verdigrid.models.errors import InputError, Problem
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.finance import finances
from verdigrid.results.outcome import Outcome

DEFAULT_ROOT = Path("results/runs")


def run_folder(name: str, output: Path | None, force: bool = False) -> Path:
    """Make the folder of a run and prove that it can be written to.

    Without ``output`` it is ``results/runs/NAME-TIME`` below the working directory.
    Raises InputError if it exists with content (unless ``force``) or can't be made.
    """
    folder = output or _fresh(name)
    try:
        if folder.exists() and any(folder.iterdir()) and not force:
            raise InputError(
                [
                    Problem(
                        "--output",
                        f"{folder}, which has files in it",
                        "a new or empty folder",
                        "add --force to write into it",
                    )
                ]
            )
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.write_text("", encoding="utf-8")
        probe.unlink()
    except OSError as error:
        raise InputError(
            [Problem("--output", f"{folder}: {error.strerror}", "a writable folder")]
        ) from error
    return folder


def _fresh(name: str) -> Path:
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    folder, number = DEFAULT_ROOT / f"{name}-{stamp}", 1
    while folder.exists():
        number += 1
        folder = DEFAULT_ROOT / f"{name}-{stamp}-{number}"
    return folder


def write_inputs(
    folder: Path,
    microgrid: Microgrid,
    texts: Mapping[str, str],
    files: Mapping[str, str],
    sources: Mapping[str, Path],
) -> None:
    """The scenario with the files it names, all series, every file's hash.

    ``texts`` are those of the scenario by file name; ``sources`` are copied beside
    them, so that it can be run again.
    """
    inputs = folder / "inputs"
    inputs.mkdir(exist_ok=True)
    for name, path in sources.items():
        (inputs / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, inputs / name)
    for name, text in texts.items():
        _write_text(inputs / name, text)
    _write_text(inputs / "files.json", json.dumps(dict(files), indent=2))
    index = microgrid.calendar.utc.rename("time")
    write_frame(
        inputs / "series.parquet", pd.DataFrame(dict(microgrid.series), index=index)
    )


def write_tables(folder: Path, plan: Outcome, baseline: Outcome | None) -> None:
    """Every table as Parquet; those of the baseline under ``baseline_NAME``.

    And two of both: ``finance``, the key figures, and ``yearly_cash_flow``.
    """
    tables = folder / "tables"
    tables.mkdir(exist_ok=True)
    for prefix, outcome in (("", plan), ("baseline_", baseline)):
        if outcome is not None:
            for name, frame in outcome.tables.items():
                write_frame(tables / f"{prefix}{name}.parquet", _flat(frame))
    money = finances(plan, baseline)
    write_frame(tables / "finance.parquet", money.table)
    write_frame(tables / "yearly_cash_flow.parquet", money.yearly)


def write_table(folder: Path, name: str, frame: pd.DataFrame) -> None:
    """One more table as Parquet."""
    write_frame(folder / "tables" / f"{name}.parquet", _flat(frame))


def write_summary(folder: Path, summary: Mapping[str, Any]) -> None:
    """``summary.json``, with null where a number is not defined."""
    text = json.dumps(plain_data(summary), indent=2, allow_nan=False)
    _write_text(folder / "summary.json", text)


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Parquet knows one level of columns: (node, component, item) becomes a name."""
    if isinstance(frame.columns, pd.MultiIndex):
        names = [" | ".join(map(str, key)) for key in frame.columns]
        return frame.set_axis(names, axis="columns")
    return frame


def plain_data(value: Any) -> Any:
    """Data that JSON can hold: numbers that are not finite become null."""
    if isinstance(value, Mapping):
        return {str(key): plain_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_data(item) for item in value]
    if hasattr(value, "item"):
        return plain_data(value.item())
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value


def _write_text(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """A table as Parquet, whole or not at all."""
    part = path.with_name(path.name + ".part")
    frame.to_parquet(part)
    os.replace(part, path)
