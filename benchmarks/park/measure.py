"""Measure one tool on one case, in a process of its own.

    python -m park CASE.json TOOL OPTIONS.json

Prints one line of JSON. The clock of a tool starts when its library is imported and
stops for the first time when HiGHS is about to run: whatever the tool's interface does
before (reading, building, translating, handing over) counts as its own. Peers call
``highspy.Highs.run`` from inside their interface, so that is where the clock is read;
verdigrid starts HiGHS in a thread and reports to the same clock.
"""

import json
import resource
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from .park import Case

#: Options that HiGHS gets from every tool.
Options = Mapping[str, Any]


class NotAvailable(Exception):  # noqa: N818  (an answer, not an error)
    """The tool's ordinary interface can't express the case."""


class Done(Exception):  # noqa: N818
    """All that is measured has been measured; what the interface does next is not."""


def peak_mb() -> float:
    """Peak resident memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass
class Clock:
    """Seconds by stage and facts of the solve; ``solve`` false stops before HiGHS."""

    solve: bool
    stages: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def done(self, stage: str) -> None:
        """Everything since the last call was ``stage``."""
        now = time.perf_counter()
        self.stages[stage] = self.stages.get(stage, 0.0) + now - self._last
        self._last = now

    def solver_starts(self, rows: int, columns: int, nonzeros: int) -> None:
        """HiGHS has the model and is about to run."""
        self.done("hand-over")
        self.facts |= {"rows": rows, "variables": columns, "nonzeros": nonzeros}
        self.facts["start_mb"] = peak_mb()
        if not self.solve:
            raise Done
        self._last = time.perf_counter()

    def solver_ended(self, status: str, objective: float, **facts: Any) -> None:
        """HiGHS has ended, with what it says."""
        self.done("solve")
        self.facts |= {"status": status, "objective": objective, **facts}
        raise Done


@contextmanager
def watched_highs(clock: Clock) -> Iterator[None]:
    """Read the clock when anything calls ``highspy.Highs.run``."""
    import highspy

    original = highspy.Highs.run

    def run(highs: Any) -> None:
        clock.solver_starts(highs.getNumRow(), highs.getNumCol(), highs.getNumNz())
        original(highs)
        info = highs.getInfo()
        clock.solver_ended(
            highs.modelStatusToString(highs.getModelStatus()),
            float(info.objective_function_value),
            bound=float(info.mip_dual_bound),
            nodes=int(info.mip_node_count),
            ipm_iterations=int(info.ipm_iteration_count),
            simplex_iterations=int(info.simplex_iteration_count),
        )

    highspy.Highs.run = run
    try:
        yield
    finally:
        highspy.Highs.run = original


def measure(case: Case, tool: str, options: Options, solve: bool) -> dict[str, Any]:
    """Seconds, sizes, memory and objective of one tool; or why there are none."""
    started = time.perf_counter()
    module = import_module(f".{tool}_park", __package__)
    import_module("highspy")  # some interfaces would import it only when they solve
    imported = time.perf_counter() - started
    found: dict[str, Any] = {
        "tool": tool,
        "version": module.version(),
        "import": imported,
        "import_mb": peak_mb(),
    }
    clock = Clock(solve)
    try:
        with watched_highs(clock):
            module.run(case, options, clock)
        raise RuntimeError(f"{tool} never started HiGHS")
    except Done:
        pass
    except NotAvailable as reason:
        return {**found, "not_available": str(reason)}
    if not case.decisions:
        clock.facts.pop("bound", None)  # of a MIP only
    return {**found, "stages": clock.stages, **clock.facts, "peak_mb": peak_mb()}


def main(case_file: str, tool: str, options_file: str) -> None:
    case = Case.from_json(Path(case_file).read_text())
    settings = json.loads(Path(options_file).read_text())
    try:
        found = measure(case, tool, settings["options"], settings["solve"])
    except Exception as error:
        traceback.print_exc()
        found = {"tool": tool, "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(found))
