"""One member of a study: load, plan, summarize, write; its row for the table.

A row holds plain data by column. ``status`` is that of the plan (``optimal``,
``feasible at limit``), or why there is none; then ``reason`` says more and there are
no figures.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from verdigrid.models.errors import (
    InfeasibleError,
    InputError,
    LimitError,
    SolverError,
    UnboundedError,
    VerdigridError,
    VerificationError,
)
from verdigrid.results.pathway_tables import PathwayReport
from verdigrid.results.write import plain_data, write_inputs, write_tables
from verdigrid.scenarios.load import Scenario, load
from verdigrid.scenarios.show import input_texts
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.backends.cache import Cache
from verdigrid.studies.backends.fingerprint import result_key, versions
from verdigrid.studies.backends.whole_files import write_bytes
from verdigrid.studies.backends.worker_state import WorkerState
from verdigrid.studies.members import Member
from verdigrid.studies.options import Job
from verdigrid.studies.plan import Plan
from verdigrid.studies.plan_pathway import PathwayPlan
from verdigrid.studies.plan_scenario import plan_scenario, summary_of
from verdigrid.studies.row import Row, failure, figures

#: Statuses by error, the first that fits.
STATUSES: tuple[tuple[type[VerdigridError], str], ...] = (
    (InputError, "invalid input"),
    (InfeasibleError, "infeasible"),
    (UnboundedError, "unbounded"),
    (LimitError, "no plan at limit"),
    (VerificationError, "not verified"),
    (SolverError, "solver failed"),
)
#: Statuses that a slower or busier computer would find, too.
LASTING = ("optimal", "infeasible", "unbounded")
#: A solve gets at least this long, even if the member's time is nearly over.
LEAST_SECONDS = 1.0


def solve_member(member: Member, job: Job, state: WorkerState) -> Row:
    """The row of ``member``; its folder is written if it has a plan.

    Raises OSError if its folder can't be written.
    """
    clock = _Clock()
    try:
        scenario = load(member.scenario, member.settings, stages=True)
    except InputError as error:
        return failure("invalid input", str(error))
    clock.stop("load")
    # figures and tables are not in the cache
    cache = Cache(Path(job.cache)) if job.cache and job.keep != "full" else None
    key = result_key(scenario, job.solve)
    entry, note = cache.get(key) if cache else (None, "")
    if entry is None:
        entry = _solved(member, scenario, job, state, clock)
        if cache and entry["row"]["status"] in LASTING:
            cache.put(key, entry)
    else:
        entry["row"]["cached"] = True
    if entry["summary"] is not None:
        clock.restart()
        _write_summary(Path(job.folder), member, entry["summary"])
        entry["row"]["seconds_write"] = clock.stop("write")
    return {**entry["row"], "note": note}


def _solved(
    member: Member, scenario: Scenario, job: Job, state: WorkerState, clock: "_Clock"
) -> dict[str, Any]:
    """Row and summary of a member that is in no cache."""
    told: Row = {"cached": False, **_version_columns()}
    try:
        found = _planned(scenario, job.solve, state)
    except VerdigridError as error:
        status = next(word for kind, word in STATUSES if isinstance(error, kind))
        return {"row": {**failure(status, str(error)), **told}, "summary": None}
    clock.stop("plan")
    summary = summary_of(found)
    clock.stop("summary")
    if job.keep == "full":
        _write_everything(Path(job.folder), member, scenario, found)
        clock.stop("tables")
    stages = _stages(found.plan.solution.facts, clock.seconds)
    data = plain_data(summary)
    return {"row": {**figures(data), **stages, **told}, "summary": data}


def _planned(
    scenario: Scenario, options: SolveOptions, state: WorkerState
) -> Plan | PathwayPlan:
    """Plan and baselines within the member's time. Raises VerdigridError."""
    ends = time.monotonic() + options.time_limit_s

    def left() -> SolveOptions:
        seconds = max(LEAST_SECONDS, ends - time.monotonic())
        return replace(options, time_limit_s=seconds)

    known = state.baselines(scenario, left())
    return plan_scenario(scenario, left(), kept=state.kept, known=known)


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.restart()

    def restart(self) -> None:
        """Begin the next stage now."""
        self._last = time.perf_counter()

    def stop(self, stage: str) -> float:
        """End a stage, and begin the next; returns its seconds."""
        now = time.perf_counter()
        self.seconds[stage], self._last = now - self._last, now
        return self.seconds[stage]


def _stages(facts: Mapping[str, Any], clock: Mapping[str, float]) -> dict[str, float]:
    """Seconds by stage: what the plan took, the rest of planning, around it."""
    inner: dict[str, float] = dict(facts["stage_seconds"])
    rest = clock["plan"] - sum(inner.values())
    return {
        "seconds_load": clock["load"],
        "seconds_build": inner["build"],
        "seconds_compile": inner["compile"],
        "seconds_solve": inner["solve"],
        "seconds_baseline_and_checks": max(0.0, rest) + clock["summary"],
        "seconds_tables": clock.get("tables", 0.0),
    }


def _version_columns() -> dict[str, str]:
    return {f"version_{package}": number for package, number in versions().items()}


def _write_summary(folder: Path, member: Member, summary: Mapping[str, Any]) -> None:
    """``summary.json`` in the member's folder. Raises OSError."""
    told = {"member": member.number, "settings": dict(member.overrides), **summary}
    target = folder / "members" / member.folder
    target.mkdir(parents=True, exist_ok=True)
    text = json.dumps(told, indent=2, allow_nan=False)
    write_bytes(target / "summary.json", text.encode())


def _write_everything(
    folder: Path,
    member: Member,
    scenario: Scenario,
    found: Plan | PathwayPlan,
) -> None:
    """What ``run`` writes beside the summary. Raises OSError."""
    from verdigrid.results.certificate_file import (
        write_certificate,
        write_pathway_certificate,
    )
    from verdigrid.results.figures import draw_all
    from verdigrid.results.write_pathway import draw_pathway, write_pathway

    target = folder / "members" / member.folder
    target.mkdir(parents=True, exist_ok=True)
    texts = input_texts(scenario)
    write_inputs(target, scenario.microgrid, texts, scenario.files, scenario.sources)
    if isinstance(found, PathwayPlan):
        report = PathwayReport(found.plan, found.baselines)
        write_pathway(target, report)
        write_pathway_certificate(target, found.plan.solution)
        draw_pathway(target, report)
        return
    write_tables(target, found.plan, found.baseline)
    write_certificate(target, found.plan.solution)
    draw_all(found.plan, found.baseline, target / "figures")
