"""The compiled problem of a pathway, and how each of its stages sees it.

Stages follow each other on one long axis of steps: a step of a stage has the number of
all steps before it added, so that windows, segments and commitment see one time.
"""

from dataclasses import replace

import numpy as np

from verdigrid.models.build_pathway import BuiltPathway
from verdigrid.models.compiled import CompiledModel, Family, Labels
from verdigrid.solvers.compile import compile_with


def compile_pathway(built: BuiltPathway) -> CompiledModel:
    """Compile all stages to one matrix."""
    model, stages = built.model, built.pathway.stages
    steps = [model.operation.component(stage.key).steps for stage in stages]
    compiled = compile_with(model, steps)
    return replace(
        compiled,
        columns=_shifted(compiled.columns, built, 1),
        rows=_shifted(compiled.rows, built, 1),
        first_steps=tuple(_starts(built).values()),
    )


def stage_view(
    built: BuiltPathway, compiled: CompiledModel, number: int
) -> CompiledModel:
    """The same problem with the names and steps of one stage as if it were alone."""
    key = built.pathway.stages[number].key

    def named(labels: Labels) -> Labels:
        local = _shifted(labels, built, -1)
        families = tuple(_as_own(family, key) for family in local.families)
        return Labels(families, local.family, local.index)

    return replace(compiled, columns=named(compiled.columns), rows=named(compiled.rows))


def merged_view(compiled: CompiledModel) -> CompiledModel:
    """The same problem as one operation, whose components are ``Y2030.NAME``."""

    def named(labels: Labels) -> Labels:
        families = []
        for family in labels.families:
            head, key, *rest = family.owner.split(".")
            if head == "operation" and rest[:1] == ["components"]:
                name = f"{head}.components.{key}.{'.'.join(rest[1:])}"
                family = family._replace(owner=name)
            families.append(family)
        return Labels(tuple(families), labels.family, labels.index)

    return replace(compiled, columns=named(compiled.columns), rows=named(compiled.rows))


def _as_own(family: Family, key: str) -> Family:
    """The name that a stage's own family would have alone; others count as untimed."""
    head, _, rest = family.owner.partition(".")
    own, _, inner = rest.partition(".")
    if own != key:
        return family._replace(timed=False)
    return family._replace(owner=f"{head}.{inner}" if inner else head)


def _starts(built: BuiltPathway) -> dict[str, int]:
    """First step of every stage on the long axis."""
    starts, before = {}, 0
    for stage in built.pathway.stages:
        starts[stage.key] = before
        before += stage.microgrid.calendar.periods
    return starts


def _shifted(labels: Labels, built: BuiltPathway, sign: int) -> Labels:
    """Steps moved to (1) or from (-1) the long axis."""
    starts = _starts(built)
    moves = [
        sign * starts.get(family.owner.split(".")[1], 0)
        if family.timed and "." in family.owner
        else 0
        for family in labels.families
    ]
    move = np.array(moves, dtype=np.int64)[labels.family]
    return Labels(labels.families, labels.family, labels.index + move)
