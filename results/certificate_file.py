"""``certificate.npz``: the plan and what proves it, to be checked without the solver.

::

    x            (columns,)         every column of the problem: the plan itself
    decisions    (decisions,)       columns that were branched on
    leaf_lower   (leaves, decisions)  cases that cover all decisions: their bounds,
    leaf_upper   (leaves, decisions)
    row_dual     (leaves, rows)     and the multipliers of the rows in each of them
    history      (moments, 3)       seconds, bound, cost of the best plan
    about        text               JSON: what else fixes the problem (see Proof)

Without a certificate there are no leaves: the bound is the solver's word.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.certificate import Certificate, Leaf, Moment
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.pathway import PathwaySolution
from verdigrid.models.solution import Solution

CERTIFICATE, SUMMARY, INPUTS = "certificate.npz", "summary.json", "inputs"
FORMAT = 1


@dataclass(frozen=True)
class Proof:
    """What a run folder keeps to prove its plan.

    ``files`` SHA-256 of every file below ``inputs/``; ``policies`` the caps that were
    stated against the baseline, with the number they got; ``exclusive_steps`` the
    steps in which flows of a component must not run both ways; ``asked`` the options
    of the solve.
    """

    x: Floats
    certificate: Certificate | None
    files: Mapping[str, str]
    policies: Mapping[str, Mapping[str, Any]]
    exclusive_steps: Mapping[str, tuple[int, ...]]
    asked: Mapping[str, Any]

    def of_stage(self, key: str) -> "Proof":
        """What it says of one stage of a pathway, by the names there."""
        head = f"{key}."
        return replace(
            self,
            policies=_below(head, self.policies),
            exclusive_steps=_below(head, self.exclusive_steps),
        )


def write_certificate(folder: Path, solution: Solution) -> None:
    """Write ``certificate.npz``; the inputs of the run must have been written."""
    _write(folder, solution, {"": solution.microgrid})


def write_pathway_certificate(folder: Path, solution: PathwaySolution) -> None:
    """The same of a pathway; what a stage has is named ``Y2030.NAME``."""
    stages = zip(solution.pathway.stages, solution.stages, strict=True)
    _write(folder, solution, {f"{s.key}.": plan.microgrid for s, plan in stages})


def _write(
    folder: Path,
    solution: Solution | PathwaySolution,
    microgrids: Mapping[str, Microgrid],
) -> None:
    """Write it; ``microgrids`` by what goes before the names in them."""
    certificate = solution.certificate or Certificate(np.empty(0, dtype=np.int64), ())
    leaves = certificate.leaves
    history = [(m.seconds, m.bound, m.incumbent) for m in certificate.history]
    about = {
        "format": FORMAT,
        "files": hashes_below(folder / INPUTS),
        "policies": {
            head + name: policy.model_dump(mode="json")
            for head, grid in microgrids.items()
            for name, policy in grid.policies.items()
        },
        "exclusive_steps": {
            head + name: list(steps)
            for head, grid in microgrids.items()
            for name, steps in grid.exclusive_steps.items()
        },
        "asked": dict(solution.facts.get("asked", {})),
        "facts": dict(certificate.facts),
    }
    part = folder / f"{CERTIFICATE}.part"
    with part.open("wb") as file:
        np.savez_compressed(
            file,
            x=solution.x,
            decisions=certificate.decisions,
            leaf_lower=np.array([leaf.lower for leaf in leaves]),
            leaf_upper=np.array([leaf.upper for leaf in leaves]),
            row_dual=np.array([leaf.row_dual for leaf in leaves]),
            history=np.array(history).reshape(-1, 3),
            about=np.array(json.dumps(about)),
        )
    os.replace(part, folder / CERTIFICATE)


def _below(head: str, named: Mapping[str, Any]) -> dict[str, Any]:
    """What begins with ``head``, without it."""
    return {n.removeprefix(head): v for n, v in named.items() if n.startswith(head)}


def hashes_below(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below ``folder``, by name seen from there."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read_proof(folder: Path) -> Proof:
    """What ``write_certificate`` wrote. Raises InputError if it is not that."""
    path = _existing(folder, CERTIFICATE)
    try:
        with np.load(path, allow_pickle=False) as stored:
            about = json.loads(str(stored["about"]))
            if about["format"] != FORMAT:
                raise _refusal(path, f"format {about['format']}", f"format {FORMAT}")
            return Proof(
                x=_numbers(stored["x"], 1),
                certificate=_certificate(stored, about),
                files={str(k): str(v) for k, v in about["files"].items()},
                policies={str(k): dict(v) for k, v in about["policies"].items()},
                exclusive_steps={
                    str(name): tuple(int(step) for step in steps)
                    for name, steps in about["exclusive_steps"].items()
                },
                asked=dict(about["asked"]),
            )
    except (
        *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError),
        *(IndexError, OverflowError, MemoryError),
        *(zipfile.BadZipFile, zlib.error, NotImplementedError),
    ) as error:
        raise _refusal(path, f"what is no certificate ({error})") from None


def _certificate(stored: Mapping[str, Any], about: Mapping[str, Any]) -> Any:
    """The certificate in the file, None if there is none. Raises ValueError."""
    duals = np.asarray(stored["row_dual"], dtype=np.float64)
    if not duals.size:
        return None
    decisions = np.asarray(stored["decisions"])
    if decisions.ndim != 1 or not (
        np.issubdtype(decisions.dtype, np.integer) or not decisions.size
    ):
        raise ValueError("decisions are not columns")
    count = len(_numbers(duals, 2))
    sides = [_numbers(stored[name], 2) for name in ("leaf_lower", "leaf_upper")]
    if any(side.shape != (count, decisions.size) for side in sides):
        raise ValueError("leaves of different sizes")
    lower, upper = sides
    leaves = tuple(map(Leaf, lower, upper, duals))
    moments = np.asarray(stored["history"], dtype=np.float64).reshape(-1, 3)
    history = tuple(Moment(*row) for row in moments.tolist())
    facts = {str(name): float(value) for name, value in about["facts"].items()}
    return Certificate(decisions.astype(np.int64), leaves, history, facts)


def _numbers(values: Any, dimensions: int) -> Floats:
    """An array of numbers with so many dimensions. Raises ValueError."""
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != dimensions or not np.isfinite(numbers).all():
        raise ValueError("an array that holds no numbers, or has another shape")
    return numbers


def read_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that the run read. Raises InputError."""
    path = _existing(folder, f"{INPUTS}/files.json")
    try:
        hashes = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(digest) for name, digest in hashes.items()}
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise _refusal(path, f"what is no list of hashes ({error})") from None


def read_summary(folder: Path) -> dict[str, Any]:
    """``summary.json`` of a run folder. Raises InputError if it is not one."""
    path = _existing(folder, SUMMARY)
    try:
        text = path.read_text(encoding="utf-8")
        summary = json.loads(text, parse_constant=_no_number)
    except (OSError, ValueError, RecursionError) as error:
        raise _refusal(path, f"what is no JSON ({error})") from None
    needed = ("scenario", "status", "objective", "bound", "gap", "capacities")
    missing = [k for k in needed if not isinstance(summary, dict) or k not in summary]
    if missing:
        raise _refusal(path, f"no {', '.join(missing)}")
    return dict(summary)


def summary_with_measures(folder: Path, with_overrides: bool) -> dict[str, Any]:
    """The summary of a run that says what policies are made of.

    Raises InputError for a run of an older version, and if ``with_overrides``: what is
    stored can't be changed.
    """
    if with_overrides:
        got = f"--set and the run {folder}"
        raise InputError([Problem("", got, "--set with a scenario only")])
    summary = read_summary(folder)
    if "measures" not in summary:
        got, hint = f"{folder}, of an older verdigrid", "run the scenario again"
        raise InputError([Problem("", got, "a run with its measures", hint)])
    return summary


def _no_number(name: str) -> float:
    """JSON has no such numbers, though Python reads them. Raises ValueError."""
    raise ValueError(f"{name} is no number")


def _existing(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        what = "which has no" if folder.is_dir() else "which is no folder and has no"
        raise InputError(
            [
                Problem(
                    "RUN_FOLDER",
                    f"{folder}, {what} {name}",
                    "the folder that `verdigrid run` wrote",
                )
            ]
        )
    return path


def _refusal(
    path: Path, got: str, expected: str = "what `verdigrid run` wrote"
) -> InputError:
    return InputError([Problem("", got, expected, file=str(path))])
