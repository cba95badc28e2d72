"""A member of a study, and beside its best plan the base plan in its place.

regret = net present cost of the base plan's sizes here - that of the best plan here

The base plan's sizes stand in ``base.json`` of the study's folder.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from verdigrid.models.errors import VerdigridError
from verdigrid.models.solution import Size
from verdigrid.results.outcome import Outcome
from verdigrid.scenarios.load import load
from verdigrid.studies.backends.whole_files import write_bytes
from verdigrid.studies.backends.worker_state import WorkerState
from verdigrid.studies.fixed_design import plan_with_sizes
from verdigrid.studies.members import Member
from verdigrid.studies.one_member import solve_member
from verdigrid.studies.options import Job
from verdigrid.studies.row import Row, has_plan

#: How workers find the function below.
FUNCTION = "verdigrid.studies.regret:solve_with_regret"
BASE = "base.json"


def keep_base(folder: Path, base: Outcome) -> None:
    """Write the base plan's sizes for the workers."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = [{**asdict(size), "drivers": ()} for size in base.solution.sizes]
    write_bytes(folder / BASE, json.dumps({"sizes": sizes}, indent=2).encode())


def read_base(folder: Path) -> list[Size]:
    """The base plan's sizes."""
    told: dict[str, Any] = json.loads((folder / BASE).read_text(encoding="utf-8"))
    return [Size(**{**size, "drivers": ()}) for size in told["sizes"]]


def solve_with_regret(member: Member, job: Job, state: WorkerState) -> Row:
    """The member's row, with what the base plan would cost in it.

    ``base_status`` is ``kept`` where it serves the loads and keeps all limits; else
    ``base_reason`` says what it misses, and there is no regret in money.
    """
    row = solve_member(member, job, state)
    if not has_plan(row):
        return row
    microgrid = load(member.scenario, member.settings).microgrid
    baseline = state.baseline(microgrid, job.solve)
    sizes = read_base(Path(job.folder))
    try:
        fixed = plan_with_sizes(microgrid, sizes, job.solve, baseline)
    except VerdigridError as error:
        return {**row, "base_status": "missed", "base_reason": str(error)}
    cost = fixed.solution.objective
    regret = cost - float(row["net_present_cost"])
    return {
        **row,
        "base_status": "kept",
        "base_reason": "",
        "base_net_present_cost": cost,
        "regret": regret,
        "regret_per_year": regret * microgrid.annuity,
    }
