"""Outages that nobody foresees: how long a plan's site runs on, from any start.

For every start the site is operated once more, for the hours of the outage alone:

    sizes                as planned
    power from outside   none, and nothing is fed in (contracts and lines too)
    storages             begin with what the plan has in them, may end with anything
    machines             begin on or off as planned
    demands              ``critical_share`` of each load
    shiftable loads, batches, vehicles    as planned, to the hour

    minimise the energy that a source of last resort feeds into the buses

The site bridges the longest beginning of the outage in which that is nothing. The
physics is that of the components, by the same ``build`` as in the plan. So the answer
is exact for an operator who knows, once the outage has begun, how long it lasts and
what weather it brings; a real one does no better. Fuel still arrives, within its power;
what is limited by the year is not asked. What nobody can use is curtailed, or charged;
where it can be neither, the outage is bridged until then. Flows that exclude each other
do so here too: a full storage is no brake.

Compare: REopt's outage simulator (NREL, 2020), which follows a rule hour by hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.build import BuiltModel, build
from verdigrid.models.commitment import Commitment
from verdigrid.models.component import Component
from verdigrid.models.components.batch import Batch
from verdigrid.models.components.ev_fleet import EvFleet
from verdigrid.models.components.fuel_supply import FuelSupply
from verdigrid.models.components.load import Load
from verdigrid.models.components.shiftable_load import ShiftableLoad
from verdigrid.models.errors import InfeasibleError
from verdigrid.models.machine import Machine
from verdigrid.models.measure import Measure
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.policies.islanding import AnyStart, Islanding
from verdigrid.models.profile import Profile
from verdigrid.models.solution import Solution
from verdigrid.models.storage import BaseStorage
from verdigrid.solvers.compile import templates
from verdigrid.solvers.highs import Progress, Watcher
from verdigrid.solvers.solve import SolveOptions, solve

#: Unserved energy below this share of all critical demand is rounding.
ROUNDING = 1e-7
_EXCHANGED = (Measure.BOUGHT_POWER, Measure.EXPORTED_POWER)
_OPTIONS = SolveOptions(relative_gap=0.0, time_limit_s=60.0, method="monolithic")
_LAST_RESORT = "last_resort_"


@dataclass(frozen=True)
class Bridged:
    """An outage from one start: hours asked for, and hours that are bridged.

    ``unserved_kwh`` is the least energy that lacks in the whole outage; infinite if no
    operation could last that long, as where power can't be got rid of.
    """

    start: pd.Timestamp
    asked_hours: float
    hours: float
    unserved_kwh: float

    @property
    def survives(self) -> bool:
        """True if the whole outage is bridged."""
        return self.hours >= self.asked_hours


@dataclass(frozen=True)
class Outages:
    """What becomes of all the outages that one policy asks about."""

    policy: str
    found: tuple[Bridged, ...]

    def table(self) -> pd.DataFrame:
        """A row per start."""
        return outage_table(list(self.found))

    def as_data(self) -> dict[str, Any]:
        """Plain data for ``summary.json``; None where no outage fits the horizon."""
        return {
            "policy": self.policy,
            "starts": len(self.found),
            "share_survived": share_survived(list(self.found)),
            "least_bridged_hours": min((o.hours for o in self.found), default=None),
        }

    def in_words(self) -> str:
        """One line for people."""
        if not self.found:
            return f"{self.policy}: no outage fits into the horizon"
        worst = min(self.found, key=lambda outage: outage.hours)
        return (
            f"{self.policy}: outages of {worst.asked_hours:g} h are bridged from "
            f"{share_survived(list(self.found)):.1%} of {len(self.found)} starts; the "
            f"worst, from {worst.start:%Y-%m-%d %H:%M}, for {worst.hours:g} h (found "
            "out, not guaranteed)"
        )


def outages_of(plan: Solution, watcher: Watcher | None = None) -> list[Outages]:
    """Every policy of the plan that asks about outages from any start."""
    found = []
    for name, policy in plan.microgrid.policies.items():
        rule = policy.from_any_start if isinstance(policy, Islanding) else None
        if rule is not None:
            if watcher is not None:
                nan = float("nan")
                watcher(Progress(f"outages of {name}", 0.0, nan, nan))
            found.append(Outages(name, tuple(bridged_outages(plan, rule))))
    return found


def bridged_outages(plan: Solution, rule: AnyStart) -> list[Bridged]:
    """What becomes of the outage from every start of ``rule``."""
    calendar = plan.microgrid.calendar
    return [
        _bridged(islanded(plan, rule, int(start)), calendar.civil[start])
        for start in rule.starts(calendar)
    ]


def share_survived(outages: list[Bridged]) -> float | None:
    """Share of the starts from which the whole outage is bridged."""
    if not outages:
        return None
    return sum(outage.survives for outage in outages) / len(outages)


def outage_table(outages: list[Bridged]) -> pd.DataFrame:
    """A row per start: hours asked for and bridged, energy that lacks."""
    columns = ["start", "asked_hours", "bridged_hours", "unserved_kwh"]
    rows = [(o.start, o.asked_hours, o.hours, o.unserved_kwh) for o in outages]
    return pd.DataFrame(rows, columns=columns)


def _bridged(site: Microgrid, start: pd.Timestamp) -> Bridged:
    """The longest beginning without unserved energy, by halving."""
    calendar = site.calendar
    most = calendar.periods
    unserved = _least_unserved(site)
    enough, lacks = (most, most) if unserved == 0 else (0, most)
    while lacks - enough > 1:
        middle = (enough + lacks) // 2
        if _least_unserved(_beginning(site, middle)) == 0:
            enough = middle
        else:
            lacks = middle
    hours = calendar.step_hours
    return Bridged(start, most * hours, enough * hours, unserved)


def _beginning(site: Microgrid, steps: int) -> Microgrid:
    """The first ``steps`` of an outage: what comes after them does not bind them."""
    calendar = replace(site.calendar, periods=steps)
    series = {path: values[:steps] for path, values in site.series.items()}
    return replace(site, calendar=calendar, series=series)


def _least_unserved(site: Microgrid) -> float:
    """Least energy from the last resort, kWh; infinite if nothing can be operated."""
    try:
        found = _solve_exclusively(site)
    except InfeasibleError:
        return float("inf")
    demand = site.calendar.step_hours * sum(
        float(site.series[f"components.{name}.profile"].sum())
        for name, component in site.components.items()
        if isinstance(component, Load)
    )
    return 0.0 if found <= ROUNDING * max(1.0, demand) else found


def _solve_exclusively(site: Microgrid) -> float:
    """Least energy from the last resort, kWh, with no flow both ways at once.

    Outages are short: what overlaps in one step is forbidden in all of them.
    """
    everywhere = tuple(range(site.calendar.periods))
    while True:
        with templates():
            built = build(site)
        _minimise_unserved(built)
        solution = solve(built, _OPTIONS)
        more = [n for n in solution.overlaps if n not in site.exclusive_steps]
        if not more:
            return solution.objective
        known = {**site.exclusive_steps, **dict.fromkeys(more, everywhere)}
        site = replace(site, exclusive_steps=known)


def _minimise_unserved(built: BuiltModel) -> None:
    """Put the energy from the last resort, kWh, in the place of the costs."""
    model, site = built.model, built.microgrid
    supplies = [
        model.operation.components.component(name).supply_kw
        for name in site.components
        if name.startswith(_LAST_RESORT)
    ]
    hours = site.calendar.step_hours
    model.del_component("net_present_cost")
    model.net_present_cost = pyo.Objective(
        expr=sum(
            hours * supply[t]
            for supply in supplies
            for t in range(site.calendar.periods)
        )
    )


# -- the site in an outage ---------------------------------------------------------


def islanded(plan: Solution, rule: AnyStart, start: int) -> Microgrid:
    """The site of a plan over one outage, with a source of last resort on each bus."""
    whole = plan.microgrid
    steps = slice(start, start + rule.steps(whole.calendar))
    periods = steps.stop - steps.start
    series = {path: values[steps] for path, values in whole.series.items()}
    components: dict[str, Component] = {}

    def add_load(name: str, bus: str, kw: Floats) -> None:
        components[name] = Load(bus=bus, profile=Profile(constant=0.0))
        series[f"components.{name}.profile"] = kw

    outside = _from_outside(plan)
    for name, component in whole.components.items():
        share = rule.critical_share.get(name, 1.0)
        if isinstance(component, (ShiftableLoad, Batch, EvFleet)):
            for bus, kw in _drawn(plan, name).items():
                add_load(f"{name}_at_{bus}", bus, share * kw[steps])
        elif name not in outside:
            components[name] = _as_planned(plan, name, start, periods)
        path = f"components.{name}.profile"
        if share != 1.0 and path in series:
            series[path] = share * series[path]
    for bus in whole.buses:
        name = f"{_LAST_RESORT}{bus}"
        components[name] = FuelSupply(
            bus=bus, price_per_kwh=Profile(constant=0.0), emissions_kg_per_kwh=0.0
        )
        series[f"components.{name}.price_per_kwh"] = np.zeros(periods)
    return replace(
        whole,
        calendar=replace(
            whole.calendar,
            start=whole.calendar.standard[start].to_pydatetime(),
            periods=periods,
            represents="as_is",
        ),
        components=components,
        policies={},
        series=series,
        exclusive_steps={},
    )


def _from_outside(plan: Solution) -> set[str]:
    """Components that exchange power with the world outside."""
    booked = plan.booked.measured
    return {entry.owner for entry, _ in booked if entry.measure in _EXCHANGED}


def _drawn(plan: Solution, name: str) -> dict[str, Floats]:
    """What a component takes from each bus in the plan, kW (steps,)."""
    drawn: dict[str, Floats] = {}
    for entry, kw in plan.booked.injections:
        if entry.owner == name:
            drawn[entry.node] = drawn.get(entry.node, 0.0) - kw
    return drawn


def _as_planned(plan: Solution, name: str, start: int, periods: int) -> Component:
    """A component with the sizes of the plan, in the state that it has at ``start``."""
    component = plan.microgrid.components[name]
    capacities = component.capacities()
    totals = {s.field: s.total for s in plan.sizes if s.component == name}
    fixed: dict[str, Any] = {
        field: capacities[field].model_copy(update={"existing": size}).only_existing()
        for field, size in totals.items()
    }
    if isinstance(component, BaseStorage):
        hours = periods * plan.microgrid.calendar.step_hours
        fixed |= _content(component, plan.values[name], totals["energy"], start, hours)
    if isinstance(component, Machine) and component.commitment is not None:
        fixed["commitment"] = _state(component.commitment, plan.values[name], start)
    return component.model_copy(update=fixed)


def _content(
    storage: BaseStorage,
    values: Mapping[str, Any],
    size: float,
    start: int,
    hours: float,
) -> dict[str, Any]:
    """Content at the beginning, kWh; standing losses alone do not break the floor."""
    held = float(values["content_kwh"][start - 1])  # of the first step: the last
    if start == 0 and storage.initial_kwh is not None:
        held = storage.initial_kwh
    if start == 0 and storage.initial_soc is not None:
        held = storage.initial_soc * size
    held = min(max(held, 0.0), storage.usable_share * size)
    left = held * (1 - storage.standing_loss_per_hour) ** hours
    floor = min(storage.min_soc, left / size if size > 0 else 0.0)
    given = {"initial_soc": None, "initial_kwh": held, "end": "free"}
    return {**given, "min_soc": floor * (1 - ROUNDING)}


def _state(plan: Commitment, values: Mapping[str, Any], start: int) -> Commitment:
    """On or off before the outage, as planned."""
    if "on" not in values or (start == 0 and plan.on_before is not None):
        return plan
    before = "on" if values["on"][start - 1] > 0.5 else "off"
    return plan.model_copy(update={"initially": before})
