"""What ``verdigrid sweep`` does: estimate, ask, run, draw, tell."""

import json
import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from verdigrid.scenarios.wording import refusal
from verdigrid.studies.backends.runner import Report, StudyProgress, run_members
from verdigrid.studies.backends.store import TABLE
from verdigrid.studies.options import StudyOptions
from verdigrid.studies.row import WITH_PLAN
from verdigrid.studies.study import Study

#: More members, or more seconds, are asked for before.
ASK_MEMBERS, ASK_SECONDS = 200, 3600.0
#: With fewer members for each worker no time is spent on an estimate.
FEW_EACH = 4
#: Seconds that a worker takes to start: it imports Pyomo, pandas and HiGHS.
START_SECONDS = 3.0


@dataclass(frozen=True)
class Request:
    """A study, its file, where its results go, and how it is run."""

    study: Study
    file: Path
    folder: Path
    options: StudyOptions
    resume: bool = False


@dataclass(frozen=True)
class Estimate:
    """Time and memory of a study, from one member that was solved."""

    members: int
    workers: int
    seconds_each: float
    memory_mb: float
    status: str

    @property
    def seconds(self) -> float:
        """Of the whole study."""
        rounds = math.ceil(self.members / self.workers)
        return START_SECONDS + rounds * self.seconds_each

    def text(self) -> str:
        """A few lines for the user."""
        memory = self.memory_mb * min(self.workers, self.members) / 1024
        return (
            f"{self.members:,} members on {self.workers} workers\n"
            f"member 1: {self.status}, {self.seconds_each:.1f} s, "
            f"{self.memory_mb:,.0f} MB\n"
            f"all: about {duration(self.seconds)}, {memory:.1f} GB at a time"
        )


@dataclass(frozen=True)
class StudyOutcome:
    """A finished study."""

    table: pd.DataFrame
    folder: Path
    currency: str

    @property
    def failed(self) -> int:
        """Members without a plan."""
        return int((~self.table["status"].isin(WITH_PLAN)).sum())

    def text(self) -> str:
        """What came out, in a few lines."""
        counts = self.table["status"].value_counts()
        told = ", ".join(f"{count:,} {status}" for status, count in counts.items())
        lines = [f"{len(self.table):,} members: {told}"]
        found = self.table[self.table["status"].isin(WITH_PLAN)]
        if "net_present_cost" in found and not found.empty:
            best = found.iloc[int(found["net_present_cost"].astype(float).argmin())]
            amount = f"{best['net_present_cost']:,.0f} {self.currency}"
            lines.append(f"cheapest: member {best['member']}, {amount} net present")
        wrong = self.table[~self.table["status"].isin(WITH_PLAN)]
        for _, row in wrong.head(3).iterrows():
            lines.append(f"member {row['member']}: {row['status']}: {row['reason']}")
        if len(wrong) > 3:
            lines.append(f"and {len(wrong) - 3:,} more; see the column reason")
        lines += [f"note: {text}" for text in self._mixed_versions()]
        lines.append(f"table: {self.folder / TABLE}")
        return "\n".join(lines)

    def _mixed_versions(self) -> Iterator[str]:
        """What to say where rows of a resumed study are of different versions."""
        for column in self.table.filter(like="version_"):
            found = self.table[column].dropna().unique()
            if len(found) > 1:
                package = str(column).removeprefix("version_")
                yield f"rows of {package} {' and of '.join(found)} are mixed"

    def json(self) -> str:
        """The same for machines."""
        counts = self.table["status"].value_counts().to_dict()
        told = {
            "members": len(self.table),
            "failed": self.failed,
            "statuses": {str(status): int(n) for status, n in counts.items()},
            "table": str(self.folder / TABLE),
        }
        return json.dumps(told, indent=2)


def estimated(request: Request) -> Estimate:
    """Time and memory of the study, from its first member.

    It is solved now; its result is in the cache when the study runs.
    """
    first, options = request.study.members[0], request.options
    local = replace(options, dask="", workers=1, keep="summary")
    with tempfile.TemporaryDirectory() as folder:
        row = run_members([first], Path(folder), local).iloc[0]
    stages = [float(row[c]) for c in row.index if c.startswith("seconds_")]
    each = math.fsum(stages) if stages else float(row["seconds"])
    return Estimate(
        len(request.study.members),
        options.slots,
        max(each, float(row["seconds"])) if not stages else each,
        float(row["peak_memory_mb"]),
        str(row["status"]),
    )


def question(request: Request) -> str | None:
    """What to ask before the study is run; None if it is short."""
    count, each = len(request.study.members), FEW_EACH * request.options.slots
    if request.resume or count <= min(each, ASK_MEMBERS):
        return None
    estimate = estimated(request)
    if count <= ASK_MEMBERS and estimate.seconds <= ASK_SECONDS:
        return None
    return f"{count:,} members, about {duration(estimate.seconds)}"


def run_study(request: Request, figures: bool, quiet: bool) -> StudyOutcome:
    """Run the study, copy its file beside the results, draw the figures."""
    study, folder = request.study, request.folder
    with _no_progress() if quiet else _show_progress() as report:
        table = run_members(
            study.members, folder, request.options, report, request.resume
        )
    currency = study.base.microgrid.currency
    try:
        shutil.copyfile(request.file, folder / "study.yaml")
        if figures:
            _draw(study, table, folder, currency)
    except OSError as error:
        got = f"{error.strerror or error}, after all members were finished"
        raise refusal(got, "room for the figures", file=str(folder)) from error
    return StudyOutcome(table, folder, currency)


def _draw(study: Study, table: pd.DataFrame, folder: Path, currency: str) -> None:
    from verdigrid.results.figures.style import save
    from verdigrid.results.figures.sweep import sweep_figures

    drawn = sweep_figures(table, study.varied, currency)
    if drawn:
        (folder / "figures").mkdir(exist_ok=True)
    for name, figure in drawn.items():
        save(figure, folder / "figures", name)


@contextmanager
def _no_progress() -> Iterator[Report | None]:
    yield None


@contextmanager
def _show_progress() -> Iterator[Report | None]:
    """A status line on standard error; where it is no terminal, a line at times."""
    from rich.console import Console

    console = Console(stderr=True)
    told = [0.0, 0]
    with console.status("starting the workers") as status:

        def report(progress: StudyProgress) -> None:
            if console.is_terminal:
                status.update(progress_text(progress))
                return
            is_last = progress.finished == progress.members != told[1]
            if progress.seconds - told[0] >= 30 or is_last:
                told[:] = [progress.seconds, progress.finished]
                console.print(progress_text(progress), highlight=False)

        yield report


def progress_text(progress: StudyProgress) -> str:
    """One line on how far a study is.

    >>> progress_text(StudyProgress(500, 20, 120, 3, 120.0))
    '120 of 500, 3 failed, 3,000 an hour, 7.6 min left'
    """
    text = f"{progress.finished:,} of {progress.members:,}, {progress.failed:,} failed"
    if progress.finished > progress.earlier:
        rate, left = progress.per_hour, duration(progress.seconds_left)
        text += f", {rate:,.0f} an hour, {left} left"
    return text


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(42.4), duration(150.0), duration(9000.0)
    ('42 s', '2.5 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
