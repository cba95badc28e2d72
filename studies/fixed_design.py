"""A plan whose sizes are given: dispatch is optimised, everything bought is paid.

The columns of the design are held at the sizes of another plan, in the problem of this
scenario: prices, loads and limits are this scenario's, so is what the sizes cost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyomo.environ as pyo

from verdigrid.models.build import BuiltModel, build
from verdigrid.models.capacity import Capacity
from verdigrid.models.errors import Finding, InfeasibleError
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.objective import Objective
from verdigrid.models.solution import Size
from verdigrid.results.checks import require
from verdigrid.results.outcome import Outcome
from verdigrid.solvers.compile import templates
from verdigrid.solvers.solve import SolveOptions, solve
from verdigrid.studies.plan import EXCLUSIVE_ROUNDS, Baseline, against_baseline

#: Sizes are the same up to this share; what is smaller than it of the limit is nothing.
ROUNDING = 1e-7


def plan_with_sizes(
    microgrid: Microgrid,
    sizes: Sequence[Size],
    options: SolveOptions,
    baseline: Baseline,
) -> Outcome:
    """The cheapest verified dispatch with these sizes.

    Raises InfeasibleError if the sizes don't fit into the scenario, or can't keep its
    limits; what a purchase may cost no longer matters, so a budget is none of them.
    """
    known = {(size.component, size.field): size for size in sizes}
    plain = replace(microgrid, objective=Objective())
    bound = against_baseline(plain, *baseline)
    every = tuple(range(bound.calendar.periods))
    for number in range(EXCLUSIVE_ROUNDS + 1):
        with templates():
            built = build(bound)
        hold_sizes(built, known)
        solution = solve(built, options)
        if not solution.overlaps:
            break
        steps = dict(bound.exclusive_steps)
        for name, more in solution.overlaps.items():
            found = {*steps.get(name, ()), *more}
            last = number + 1 >= EXCLUSIVE_ROUNDS
            steps[name] = every if last else tuple(sorted(found))
        bound = replace(bound, exclusive_steps=steps)
    outcome = Outcome(solution)
    require(outcome.checks)
    return outcome


def hold_sizes(built: BuiltModel, sizes: Mapping[tuple[str, str], Size]) -> None:
    """Hold every design decision of the model at a plan's; others at nothing new."""
    for name, component in built.microgrid.components.items():
        for field, capacity in component.capacities().items():
            block = built.model.find_component(f"design.{name}.{field}")
            size = sizes.get((name, field))
            for variable, value in _values(capacity, size).items():
                found = block.find_component(variable)
                if found is not None:
                    _hold(found, value, f"components.{name}.{field}")
                elif variable == "new" and value > 0:
                    raise _does_not_fit(f"components.{name}.{field}", value, 0.0)


def _values(capacity: Capacity, size: Size | None) -> dict[str, float]:
    """Values of the variables of a capacity that say how large it is."""
    if size is None:
        return {"new": 0.0, "kept": capacity.existing, "keep": 1.0}
    found = {"new": size.new if size.new > ROUNDING * size.limit else 0.0}
    found["kept"] = size.kept
    if capacity.existing > 0:
        found["keep"] = float(round(size.kept / capacity.existing))
    if capacity.unit:
        found["kept_units"] = float(round(size.kept / capacity.unit))
    if size.units is not None:
        found["units"] = float(size.units)
    for number, product in enumerate(capacity.catalogue or ()):
        found[f"count_{number}"] = float(size.products.get(product.name, 0))
    return found


def _hold(variable: Any, value: float, path: str) -> None:
    """Give a variable one value. Raises InfeasibleError if it is out of bounds."""
    low, high = pyo.value(variable.lb), pyo.value(variable.ub)
    room = ROUNDING * max(1.0, abs(value))
    if value > high + room or value < low - room:
        raise _does_not_fit(path, value, high)
    held = min(max(value, low), high)
    variable.setlb(held)
    variable.setub(held)


def _does_not_fit(path: str, value: float, most: float) -> InfeasibleError:
    text = f"{value:,.6g} does not fit, at most {most:,.6g} can be bought here"
    return InfeasibleError([Finding(path, text)])
