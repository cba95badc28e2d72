"""What every component must keep; a component's test file inherits all of it.

::

    class TestBattery(ComponentHarness):
        kind = "battery"
        residuals = ("content", "ceiling", "charge and discharge at once")
        example: ClassVar = {"components": {...}, "periods": 6}
        variants: ClassVar = {"given start": {"initial_soc": 0.5}}

The example is a site that really uses the component; variants change its fields and
are there for the golden rows of constraints that the example has not.
``tests/models/components/test_every_component.py`` fails for a kind without one.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from golden import rows_of
from support import (
    built,
    checks_of,
    compiled,
    constraints_of,
    first_steps,
    flows_of,
    microgrid,
    money_scaled,
    objective,
    planned,
    policy,
    steps_halved,
    with_changes,
)
from verdigrid.models.arrays import Floats
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.component import Component
from verdigrid.models.errors import InfeasibleError
from verdigrid.models.finance import Finance
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.parameter import source_of, unit_of
from verdigrid.models.solution import Solution
from verdigrid.results.recompute import recompute

GOLDEN = Path(__file__).parent / "models" / "components" / "golden"
KELVIN = 273.15
#: All other carriers can do work; what they carry has no temperature.
HEAT = ("heat", "cooling")
AMBIENT_C = 25.0


def is_number(annotation: Any) -> bool:
    """True if a field holds numbers: a float, a profile, or a table of floats."""
    text = str(annotation)
    return any(name in text for name in ("float", "'int'", "Profile", "Capacity"))


def work_per_kw(carrier: str, temperature_c: float | None) -> float:
    """Work that a kW of a carrier could do in surroundings of 25 C."""
    if carrier not in HEAT:
        return 1.0
    if temperature_c is None:
        return 0.0
    ratio = (AMBIENT_C + KELVIN) / (temperature_c + KELVIN)
    return max(0.0, ratio - 1 if carrier == "cooling" else 1 - ratio)


class ComponentHarness:
    """Checks of one component kind on a small site."""

    kind: ClassVar[str]
    example: ClassVar[Mapping[str, Any]]
    variants: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    #: What ``recompute`` checks in the example.
    residuals: ClassVar[tuple[str, ...]] = ()
    #: Relative change of the objective that finer steps may bring.
    split_tolerance: ClassVar[float] = 1e-8

    @classmethod
    @functools.cache
    def site(cls) -> Microgrid:
        return microgrid(**cls.example)

    @classmethod
    @functools.cache
    def plan(cls) -> Solution:
        return planned(cls.site())

    @property
    def name(self) -> str:
        return next(n for n, c in self.site().components.items() if c.kind == self.kind)

    def outside_kw(self, solution: Solution) -> Floats | float:
        """Energy that the component may bring into the site, kW (steps,)."""
        return 0.0

    # -- parameters ---------------------------------------------------------

    def test_numbers_declare_their_unit(self) -> None:
        fields = Component.registry[self.kind].model_fields
        numbers = [n for n, field in fields.items() if is_number(field.annotation)]
        without = [n for n in numbers if not unit_of(Component.registry[self.kind], n)]
        assert not without
        assert all(field.description for n, field in fields.items() if n != "kind")

    def test_default_numbers_have_a_source(self) -> None:
        model = Component.registry[self.kind]
        without = [
            name
            for name, field in model.model_fields.items()
            if isinstance(field.default, float)
            and field.default not in (0.0, 1.0)
            and not any(ch.isdigit() for ch in source_of(model, name))  # its year
        ]
        assert not without
        if self.site().components[self.name].capacities():
            assert any(ch.isdigit() for ch in model.lifetime_source)

    # -- the model ----------------------------------------------------------

    def test_every_rule_over_time_is_templated(self) -> None:
        model = built(self.site()).model
        timed = [
            family
            for family in constraints_of(model.operation)
            if family.index_set() is model.operation.steps
        ]
        written_out = [
            family.name for family in timed if not hasattr(family[0], "template_expr")
        ]
        assert timed
        assert not written_out

    def test_templates_change_nothing(self) -> None:
        """Not a digit; only the order of the columns is Pyomo's own affair.

        Half hours, a year's weight and every policy stand in front of the sums.
        """
        site = replace(
            steps_halved(self.site()),
            policies={
                "cap": policy("carbon_cap", scopes=[1, 2, 3], tonnes_per_year=1e6),
                "price": policy("carbon_price", scopes=[1, 2, 3], price_per_tonne=50.0),
            },
            finance=Finance(discount_rate=0.08, horizon_years=20),
        )
        site = replace(site, calendar=replace(site.calendar, represents="year"))
        fast, plain = compiled(site), compiled(site, templated=False)
        assert rows_and_columns(fast) == rows_and_columns(plain)
        assert fast.offset == plain.offset

    @pytest.mark.parametrize("variant", ["plain", "others"])
    def test_rows_are_golden(self, variant: str, update_golden: bool) -> None:
        text = self._golden_text(variant)
        if not text:
            pytest.skip("the component has no variants")
        file = GOLDEN / f"{self.kind}.{variant}.lp"
        if update_golden:
            file.write_text(text)
        assert file.exists(), f"no {file.name}; write it with --update-golden"
        assert text == file.read_text()

    def _golden_text(self, which: str) -> str:
        site = self.site()
        if which == "plain":
            return rows_of(first_steps(site, 2), self.name)
        fields = self.example["components"][self.name]
        parts = []
        for title, change in self.variants.items():
            change = dict(change)
            apart = {self.name: change.pop("exclusive_steps", ())}
            changed = with_changes(site, **{self.name: {**fields, **change}})
            short = first_steps(replace(changed, exclusive_steps=apart), 2)
            rows = rows_of(short, self.name)
            parts.append(f"\\ {title}\n\n{rows}")
        return "\n\n".join(parts)

    # -- the plan -----------------------------------------------------------

    def test_example_really_uses_it(self) -> None:
        flows = self._own_flows()
        assert flows
        assert max(np.abs(kw).max() for kw in flows.values()) > 1.0

    def _own_flows(self) -> dict[str, Floats]:
        """Flows of the component; of a stream, those at its node."""
        flows = flows_of(self.plan(), self.name)
        taken = [kw for e, kw in self.plan().booked.injections if e.node == self.name]
        return flows or {self.name: sum(taken, np.zeros(1))}

    def test_creates_no_energy(self) -> None:
        solution = self.plan()
        hours = solution.microgrid.calendar.step_hours
        given = sum(flows_of(solution, self.name).values())
        content = solution.microgrid.components[self.name].content
        if content is not None:
            stored = solution.values[self.name][content]
            given = given + (stored - np.roll(stored, 1)) / hours
        assert np.max(given - self.outside_kw(solution)) < 1e-6

    def test_creates_no_work(self) -> None:
        """Second law: what comes out could do no more work than what went in.

        A kW of heat at T can do 1 - T0 / T, of cold at T T0 / T - 1, of all else 1.
        Heat colder than the surroundings counts nothing. A storage may give later.
        """
        solution, nodes = self.plan(), self.site().nodes
        if np.any(self.outside_kw(solution)):
            pytest.skip("brings its energy from elsewhere")
        given = np.zeros(self.site().calendar.periods)
        for entry, kw in solution.booked.injections:
            if entry.owner == self.name:
                node, reached = nodes[entry.node], entry.temperature_c
                out = node.hot_c if reached is None else reached
                given = given + np.maximum(kw, 0) * work_per_kw(node.carrier, out)
                given = given - np.maximum(-kw, 0) * work_per_kw(
                    node.carrier, node.hot_c
                )
        stores = solution.microgrid.components[self.name].content is not None
        assert (given.sum() if stores else given.max()) < 1e-6

    def test_every_corruption_is_noticed(self) -> None:
        solution = self.plan()
        unnoticed = []
        for variable, values in solution.values[self.name].items():
            at = int(np.argmax(values))
            for change in (1.0, 0.01 * float(np.max(values))):
                if change == 0:
                    continue
                wrong = np.array(values, dtype=float)
                wrong[at] += change
                mine = {**solution.values[self.name], variable: wrong}
                tampered = replace(
                    solution, values={**solution.values, self.name: mine}
                )
                if all(check.holds for check in checks_of(tampered)):
                    unnoticed.append(f"{variable}[{at}] + {change:g}")
        assert not unnoticed

    def test_every_residual_can_fire(self) -> None:
        """Each equation that ``recompute`` restates is broken by some tampering."""
        fired: set[str] = set()
        assert self._broken(self.plan()) == set()
        for tampered in self._tampered(self.plan()):
            fired |= self._broken(tampered)
        assert fired == set(self.residuals)

    def _tampered(self, solution: Solution) -> Iterator[Solution]:
        """The plan with far too much or too little of something."""
        mine = solution.values[self.name]
        everything = {name: np.asarray(kw) + 1000.0 for name, kw in mine.items()}
        changed = [everything]
        for name, kw in mine.items():
            changed += [{**mine, name: np.asarray(kw) + by} for by in (1e3, -1e3)]
        for values in changed:
            yield replace(solution, values={**solution.values, self.name: values})
        for entry, _ in solution.booked.injections:  # too much at its own node
            if entry.node == self.name:
                more = {
                    name: np.asarray(kw) + 1e3
                    for name, kw in solution.values[entry.owner].items()
                }
                yield replace(solution, values={**solution.values, entry.owner: more})
        sizes = [
            replace(s, new=0.0) if s.component == self.name else s
            for s in solution.sizes
        ]
        yield replace(solution, sizes=tuple(sizes))

    def _broken(self, solution: Solution) -> set[str]:
        component, again = solution.microgrid.components[self.name], recompute(solution)
        residuals = dict(again.accounts[self.name].residuals)
        here = [flow for _, flow in again.flows_at(self.name)]
        if component.node() is not None:
            inputs, values = again.inputs[self.name], solution.values[self.name]
            residuals |= component.node_residuals(inputs, here, values)
        return {name for name, off in residuals.items() if np.abs(off).max() > 1e-4}

    def test_corrupted_sizes_are_noticed(self) -> None:
        solution = self.plan()
        unnoticed = []
        for size in solution.sizes:
            if size.component != self.name or size.new == 0:
                continue
            wrong = replace(size, new=size.new * 1.01)
            sizes = tuple(wrong if s is size else s for s in solution.sizes)
            if all(c.holds for c in checks_of(replace(solution, sizes=sizes))):
                unnoticed.append(size.field)
        assert not unnoticed

    # -- what must not depend on how it is said -----------------------------

    def test_all_costs_doubled_double_the_objective(self) -> None:
        twice = objective(money_scaled(self.site(), 2.0))
        assert twice == pytest.approx(2 * self.plan().objective, rel=1e-8, abs=1e-8)

    def test_order_of_components_does_not_matter(self) -> None:
        site = self.site()
        backwards = replace(site, components=dict(reversed(site.components.items())))
        assert objective(backwards) == pytest.approx(self.plan().objective, rel=1e-8)

    def test_an_option_is_never_dearer(self) -> None:
        site, before = self.site(), self.plan().objective
        for bus in site.buses:
            dear = {
                "kind": "fuel_supply",
                "bus": bus,
                "price_per_kwh": 0.2,
                "emissions_kg_per_kwh": 0.0,
            }
            free = {**dear, "price_per_kwh": 0.0}
            offered = objective(with_changes(site, option=dear))
            given = objective(with_changes(site, option=free))
            assert given <= offered + 1e-7
            assert offered <= before + 1e-7

    def test_without_the_purchase_it_is_never_cheaper(self) -> None:
        site = self.site()
        component = site.components[self.name]
        if not any(c.room for c in component.capacities().values()):
            pytest.skip("nothing to buy")
        without = {**site.components, self.name: component.only_existing()}
        try:
            bare = objective(replace(site, components=without))
        except InfeasibleError:
            return
        assert bare >= self.plan().objective - 1e-7

    def test_half_steps_cost_the_same(self) -> None:
        halved = objective(steps_halved(self.site()))
        assert halved == pytest.approx(self.plan().objective, rel=self.split_tolerance)


def rows_and_columns(model: CompiledModel) -> tuple[dict[str, Any], dict[str, Any]]:
    """Limits and entries of every row, cost and bounds of every column, by label."""
    names = [model.columns.describe(n) for n in range(model.shape[1])]
    matrix = model.matrix.tocsr()
    rows = {}
    for n in range(model.shape[0]):
        part = matrix[[n], :].tocoo()
        at = [names[column] for column in part.coords[1]]
        entries = dict(zip(at, part.data.tolist(), strict=True))
        limits = (float(model.row_lower[n]), float(model.row_upper[n]))
        rows[model.rows.describe(n)] = (limits, entries)
    kept = zip(model.cost, model.lower, model.upper, model.integer, strict=True)
    columns = dict(zip(names, kept, strict=True))
    assert (len(rows), len(columns)) == model.shape, "two rows or columns of one name"
    return rows, columns
