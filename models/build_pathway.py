"""Pathway -> Pyomo model: the operations of all stages under one design.

    for every stage s and capacity:  carried(s) = sum of new(k), k before s, that serve
                                     kept(s) + carried(s) + new(s) <= maximum(s)
                                     retired(s) = existing - kept(s) >= retired(s-1)

    minimise  sum over stages of their net present cost (as in ``build.py``)

Design decisions of a stage live on ``model.design.Y2030``, what is indexed by time in
``model.operation.Y2030``; policies over all stages in ``model.operation.across``.
"""

from dataclasses import dataclass
from typing import Any, cast

import pyomo.environ as pyo

from verdigrid.models.build import BuiltModel, Estate, build_parts, net_present_cost
from verdigrid.models.held import Held, Inherited, added
from verdigrid.models.ledger import Ledger
from verdigrid.models.pathway import Pathway, Stage
from verdigrid.models.policy import PolicyContext

#: What every stage holds, by component and field.
Holdings = dict[str, dict[str, Held]]


@dataclass(frozen=True)
class BuiltPathway:
    """A Pyomo model of all stages; each of ``stages`` is seen as a model of its own."""

    pathway: Pathway
    model: pyo.ConcreteModel
    stages: tuple[BuiltModel, ...]


class StageModel:
    """The part of the model that is one stage's, with the names of a single one."""

    def __init__(self, model: pyo.ConcreteModel, key: str) -> None:
        self._model, self._key = model, key
        self.operation = model.operation.component(key)

    def find_component(self, path: str) -> Any:
        """What is at ``path`` in this stage, or else in the whole model."""
        head, _, rest = path.partition(".")
        found = self._model.find_component(f"{head}.{self._key}.{rest}")
        return self._model.find_component(path) if found is None else found


def build_pathway(pathway: Pathway) -> BuiltPathway:
    """Build the planning problem of all stages (see ``build``)."""
    model = pyo.ConcreteModel(name=pathway.first.name)
    model.design, model.operation = pyo.Block(), pyo.Block()
    ledgers: list[Ledger] = []
    holdings: list[Holdings] = []
    for stage in pathway.stages:
        design, operation, ledger = pyo.Block(), pyo.Block(), Ledger()
        model.design.add_component(stage.key, design)
        model.operation.add_component(stage.key, operation)
        before = pathway.stages[: len(holdings)]
        estate = _estate(before, holdings, stage)
        holdings.append(build_parts(design, operation, stage.microgrid, ledger, estate))
        ledgers.append(ledger)
    _build_across(model, pathway, ledgers)
    steps = [model.operation.component(stage.key).steps for stage in pathway.stages]
    model.net_present_cost = pyo.Objective(
        rule=lambda _: sum(
            [
                net_present_cost(stage.microgrid, ledger, own)
                for stage, ledger, own in zip(
                    pathway.stages, ledgers, steps, strict=True
                )
            ]
        )
    )
    built = tuple(
        BuiltModel(
            stage.microgrid,
            cast(pyo.ConcreteModel, StageModel(model, stage.key)),
            ledger,
        )
        for stage, ledger in zip(pathway.stages, ledgers, strict=True)
    )
    return BuiltPathway(pathway, model, built)


def _estate(
    before: tuple[Stage, ...], holdings: list[Holdings], stage: Stage
) -> Estate:
    """What earlier stages leave: purchases that still serve, and what is gone."""
    left: dict[tuple[str, str], Inherited] = {}
    for earlier, held in zip(before, holdings, strict=True):
        for name, parts in held.items():
            for field, part in parts.items():
                known = left.get((name, field), Inherited())
                carried, counts = known.carried, known.counts
                life = earlier.life_of(name, field)
                may_be = not isinstance(part.new, float)
                if may_be and life.serves(stage.term.number):
                    carried = part.new if carried is None else carried + part.new
                    counts = added(counts, part.counts)
                left[name, field] = Inherited(carried, part.retired, counts)
    return left


def _build_across(
    model: pyo.ConcreteModel, pathway: Pathway, ledgers: list[Ledger]
) -> None:
    """Constraints over all stages."""
    across = pyo.Block()
    model.operation.add_component("across", across)
    for name, policy in pathway.across.items():
        if not policy.enforce:
            continue
        block = pyo.Block()
        across.add_component(name, block)
        contexts = []
        for stage, ledger in zip(pathway.stages, ledgers, strict=True):
            calendar = stage.microgrid.calendar
            steps = model.operation.component(stage.key).steps
            hours = calendar.step_hours * calendar.year_weight
            contexts.append(
                PolicyContext(name, calendar, ledger, steps, hours, {}, stage.years)
            )
        policy.build_across(block, contexts)
