"""What is looked at to prove a run again; one year and pathways alike.

What is wrong is noted in the report, not raised, unless it is no folder of a run.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from pydantic import ValidationError

from verdigrid.models.arrays import Floats
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.policy import Policy
from verdigrid.models.solution import Solution
from verdigrid.results.certificate_file import (
    CERTIFICATE,
    INPUTS,
    Proof,
    hashes_below,
    read_hashes,
)
from verdigrid.results.checks import TOLERANCE, Check
from verdigrid.results.proof import percent
from verdigrid.scenarios.load import Scenario
from verdigrid.solvers.certificate import proven_bound
from verdigrid.solvers.highs import Watcher
from verdigrid.solvers.method import Method
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.plan import against_baseline, make_baseline


@dataclass(frozen=True)
class Finding:
    """One thing looked at, whether it holds, and what was found."""

    what: str
    holds: bool
    text: str


@dataclass
class Report:
    """What was proven about the run in ``folder``, in the order it was looked at."""

    folder: Path
    scenario: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """True if everything that was looked at holds."""
        return all(finding.holds for finding in self.findings)

    def add(self, what: str, holds: bool, text: str) -> bool:
        """Note a finding; returns whether it holds."""
        self.findings.append(Finding(what, bool(holds), text))
        return bool(holds)


# -- inputs ---------------------------------------------------------------------


def check_files(report: Report, proof: Proof) -> bool:
    """The files below ``inputs/`` against their hashes in the certificate."""
    now = hashes_below(report.folder / INPUTS)
    wrong = [f"{name} is missing" for name in proof.files if name not in now]
    wrong += [
        f"{name} has changed"
        for name, digest in proof.files.items()
        if name in now and now[name] != digest
    ]
    text = f"{len(proof.files)} input files are those of the run"
    return report.add("files", not wrong, "; ".join(wrong) or text)


def check_library(report: Report, scenario: Scenario) -> None:
    """Files read from elsewhere (the library) against what the run read."""
    known = {*read_hashes(report.folder).values()}
    known |= {*hashes_below(report.folder / INPUTS).values()}
    changed = [name for name, sha in scenario.files.items() if sha not in known]
    if changed:
        text = f"{', '.join(changed)}: not as the run read it"
        report.add("files of the library", False, text)


# -- limits that were stated against a baseline -----------------------------------


def microgrid_of_the_run(
    report: Report,
    microgrid: Microgrid,
    proof: Proof,
    watcher: Watcher | None,
    where: str = "",
) -> Microgrid:
    """With its caps in numbers, and no flows both ways where the run found some.

    The stored numbers are used, so that the proof is of the very same problem; they
    are compared with those of a baseline that is solved again.
    """
    unknown = [n for n in proof.exclusive_steps if n not in microgrid.components]
    steps = [step for found in proof.exclusive_steps.values() for step in found]
    if unknown or not all(0 <= step < microgrid.calendar.periods for step in steps):
        raise foreign(report, "exclusive steps that the scenario does not have")
    microgrid = replace(microgrid, exclusive_steps=proof.exclusive_steps)
    stated = [name for name, p in microgrid.policies.items() if p.needs_baseline]
    if not stated:
        return microgrid
    today = replace(microgrid, exclusive_steps={})
    baseline, why = make_baseline(today, options_of(report, proof), watcher)
    if baseline is None:  # then nothing enforced could be stated against it
        stated = [name for name in stated if microgrid.policies[name].enforce]
    stored = {name: stored_policy(report, microgrid, proof, name) for name in stated}
    if baseline is not None:
        again = against_baseline(microgrid, baseline, why).policies
        for name in stated:
            compare_limit(report, where + name, stored[name], again[name])
    elif stated:
        report.add("limits", False, f"{where}there is no baseline: {why}")
    return replace(microgrid, policies={**microgrid.policies, **stored})


def stored_policy(
    report: Report, microgrid: Microgrid, proof: Proof, name: str
) -> Policy:
    """A policy as the run had it, once the baseline was known."""
    kind = Policy.registry[microgrid.policies[name].kind]
    try:
        policy = kind.model_validate(proof.policies[name])
    except (KeyError, ValidationError):
        raise foreign(report, f"no number for policies.{name}") from None
    if policy.needs_baseline:
        raise foreign(report, f"no number for policies.{name}")
    return policy


def compare_limit(report: Report, name: str, stored: Policy, again: Policy) -> None:
    """The cap of the run against that from a baseline solved again."""
    was, now = stored.model_dump(mode="json"), again.model_dump(mode="json")
    other = [key for key in now if not _close(was.get(key), now[key])]
    limit, found = stored.limit or 0.0, again.limit or 0.0
    text = f"{name}: {limit:,.3f} {stored.unit}, "
    text += f"{found:,.3f} from the baseline solved again"
    if other:
        text += f" (they differ in {', '.join(other)})"
    report.add("limits", not other, text)


def _close(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(one == other)


def options_of(report: Report, proof: Proof) -> SolveOptions:
    """The options of the run, for the baseline."""
    asked, usual = proof.asked, SolveOptions()
    try:
        method: Method = asked.get("method", usual.method)
        if method not in get_args(Method):
            raise ValueError
        return SolveOptions(
            relative_gap=float(asked.get("relative_gap", usual.relative_gap)),
            time_limit_s=float(asked.get("time_limit_s", usual.time_limit_s)),
            threads=int(asked.get("threads", usual.threads)),
            method=method,
        )
    except (ValueError, TypeError):
        raise foreign(report, "options that no solve has") from None


def foreign(report: Report, got: str) -> InputError:
    """The certificate is not of this scenario."""
    file = str(report.folder / CERTIFICATE)
    return InputError([Problem("", got, "the certificate of this run", file=file)])


# -- what is proven ---------------------------------------------------------------


def check_shape(report: Report, model: CompiledModel, proof: Proof) -> bool:
    """Is the proof of a problem of this size?"""
    rows, columns = model.shape
    text = f"{rows:,} rows, {columns:,} columns"
    fits = proof.x.size == columns
    if proof.certificate is not None:
        decisions = proof.certificate.decisions
        fits &= bool(((decisions >= 0) & (decisions < columns)).all())
        fits &= all(leaf.row_dual.size == rows for leaf in proof.certificate.leaves)
    if not fits:
        text += f": the certificate is of another problem ({proof.x.size:,} columns)"
    return report.add("problem", fits, text)


def check_plan(
    report: Report, model: CompiledModel, x: Floats, summary: Any, currency: str
) -> float:
    """Rows, bounds, whole numbers and the cost of the plan; returns the cost."""
    residual, where = _worst(model, x)
    text = f"keeps every row, bound and whole number; largest residual {residual:.1e}"
    if not residual <= TOLERANCE:
        text = f"breaks {where} by {residual:.1e} of what adds up there"
    report.add("plan", residual <= TOLERANCE, text)
    cost, said = float(model.cost @ x) + model.offset, number_in(summary["objective"])
    holds = abs(cost - said) <= TOLERANCE * max(1.0, abs(cost))
    text = f"{cost:,.2f} {currency} net present"
    if not holds:
        text += f", and the summary says {said:,.2f}"
    report.add("cost", holds, text)
    return cost


def _worst(model: CompiledModel, x: Floats) -> tuple[float, str]:
    """Largest relative residual of ``x``, and the name of where it is."""
    activity, size = model.matrix @ x, abs(model.matrix) @ np.abs(x)
    over = np.maximum(model.row_lower - activity, activity - model.row_upper)
    by_row = over / np.maximum(1.0, size)
    over = np.maximum(model.lower - x, x - model.upper)
    by_column = over / np.maximum(1.0, np.abs(x))
    undecided = np.where(model.integer, np.abs(x - np.rint(x)), 0.0)
    worst, where = 0.0, ""
    for labels, values in (
        (model.rows, by_row),
        (model.columns, by_column),
        (model.columns, undecided),
    ):
        at = int(np.argmax(values)) if values.size else 0
        if values.size and not values[at] <= worst:
            worst, where = float(values[at]), labels.describe(at)
    return worst, where


def check_bound(
    report: Report, model: CompiledModel, proof: Proof, summary: Any, currency: str
) -> None:
    """What the multipliers prove against what the summary says."""
    said, cost = number_in(summary["bound"]), float(model.cost @ proof.x) + model.offset
    room = TOLERANCE * max(1.0, abs(cost))
    if said == -math.inf:
        report.add("bound", True, "none is claimed")
        return
    if proof.certificate is None:
        text = f"{said:,.2f} {currency} is the solver's word: no multipliers stored"
        report.add("bound", _claims_no_proof(summary), text)
        return
    proven = proven_bound(model, proof.certificate)
    if proven >= said - room:
        text = f"no plan costs less than {proven:,.2f} {currency} net present"
        if cost > said + room and said > 0:
            text += f": the plan is within {percent((cost - said) / said)}"
        cases = len(proof.certificate.leaves)
        report.add("bound", True, f"{text} ({cases} cases)" if cases > 1 else text)
        return
    text = f"the summary says {said:,.2f} {currency}, the multipliers prove "
    text += f"{proven:,.2f}" if math.isfinite(proven) else "nothing"
    report.add("bound", False, text)


def check_gap(report: Report, summary: Mapping[str, Any]) -> None:
    """Everywhere in the summary, bound, cost and gap are the same."""
    cost, bound = number_in(summary["objective"]), number_in(summary["bound"])
    entry = summary.get("certificate")
    if not isinstance(entry, dict):
        report.add("gap", False, "the summary has no entry certificate")
        return
    gap, scale = max(0.0, cost - bound), max(1.0, abs(cost))
    told = {
        "gap": (number_in(summary["gap"], math.inf), gap, scale),
        "relative_gap": (
            number_in(summary.get("relative_gap"), math.inf),
            gap / scale,
            1.0,
        ),
        "certificate.relative_gap": (
            number_in(entry.get("relative_gap"), math.inf),
            gap / scale,
            1.0,
        ),
        "certificate.bound": (number_in(entry.get("bound")), bound, scale),
        "certificate.incumbent": (number_in(entry.get("incumbent")), cost, scale),
    }
    wrong = [
        f"{name} is {said:,.6g} and not {value:,.6g}"
        for name, (said, value, scale) in told.items()
        if not (said == value or abs(said - value) <= TOLERANCE * scale)
    ]
    text = "bound, cost and gap agree throughout the summary"
    report.add("gap", not wrong, "; ".join(wrong) or text)


def _claims_no_proof(summary: Mapping[str, Any]) -> bool:
    entry = summary.get("certificate")
    return not (isinstance(entry, dict) and entry.get("bound_is_checked"))


def check_restated(report: Report, checks: list[Check]) -> None:
    """The plan restated by every component, without model and matrix."""
    failed = [check for check in checks if not check.holds]
    text = f"{len(checks) - len(failed)} of {len(checks)} hold"
    if failed:
        worst = max(failed, key=lambda check: check.relative)
        text += f"; worst: {worst.what}, off by {worst.residual:.6g} {worst.unit}"
    report.add("checks", not failed, text)


def check_sizes(report: Report, told: Sequence[tuple[str, Any, Solution]]) -> None:
    """New capacity as the summary tells it; by stage: its name, records, plan."""
    wrong, count = [], 0
    for where, records, solution in told:
        said = new_sizes(records)
        for size in solution.sizes:
            count += 1
            found = said.get((size.component, size.field), math.nan)
            if not abs(found - size.new) <= TOLERANCE * max(1.0, size.total):
                name = f"{where}{size.component}.{size.field}"
                wrong.append(f"{name} is {size.new:,.3f} {size.unit}")
    text = f"{count} sizes in the summary are those of the plan"
    report.add("sizes", not wrong, "; ".join(wrong) or text)


def new_sizes(records: Any) -> dict[tuple[str, str], float]:
    """New capacity by component and capacity, as the summary tells them."""
    rows = records if isinstance(records, list) else []
    return {
        (str(row.get("component")), str(row.get("capacity"))): number_in(row.get("new"))
        for row in rows
        if isinstance(row, dict)
    }


def number_in(value: Any, null: float = -math.inf) -> float:
    """A number of the summary; what is none equals nothing."""
    if value is None:
        return null
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else math.nan
