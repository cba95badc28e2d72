"""Pyomo model -> labelled sparse matrix, through Pyomo's template mode.

All that depends on private parts of Pyomo lives here: the switches of the template
mode (a rule over time is turned into matrix entries once, not 8760 times), and what
``LinearStandardFormCompiler`` does behind our backs: it drops unused columns, splits
ranged rows in two, and returns no integrality. ``tests/solvers/test_compile.py`` is
the contract: a Pyomo upgrade that moves any of this fails there.
"""

import gc
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.errors import InfeasibleConstraintException
from pyomo.core.base import constraint, objective
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from scipy.sparse import csc_array

from verdigrid.models.build import BuiltModel
from verdigrid.models.compiled import CompiledModel, Family, Labels
from verdigrid.models.context import SOME_STEPS
from verdigrid.models.errors import Finding, InfeasibleError, SolverError


@contextmanager
def templates() -> Iterator[None]:
    """Build inside this context to have rules over time templated.

    Only one place may switch the mode; it is switched back whatever happens.
    """
    before = constraint.TEMPLATIZE_CONSTRAINTS, objective.TEMPLATIZE_OBJECTIVES
    constraint.TEMPLATIZE_CONSTRAINTS = objective.TEMPLATIZE_OBJECTIVES = True
    try:
        with _no_collection():
            yield
    finally:
        constraint.TEMPLATIZE_CONSTRAINTS, objective.TEMPLATIZE_OBJECTIVES = before


@contextmanager
def _no_collection() -> Iterator[None]:
    """Have Python look for no garbage: what is made here stays.

    Looking through it again and again would take as long as making it.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def compile_model(built: BuiltModel) -> CompiledModel:
    """Compile a built model to a matrix in natural units with labels.

    Raises InfeasibleError if a row without variables can't hold, SolverError if a
    coefficient is not finite.
    """
    return compile_with(built.model, [built.model.operation.steps])


def compile_with(model: pyo.ConcreteModel, steps: Sequence[pyo.Set]) -> CompiledModel:
    """Compile a model whose timed families are those over one of ``steps``."""
    form = _standard_form(model)
    columns = form.columns
    bound_type = np.array([row.bound_type for row in form.rows])
    right = np.asarray(form.rhs, dtype=float)
    lower = np.array([-np.inf if v.lb is None else v.lb for v in columns], dtype=float)
    upper = np.array([np.inf if v.ub is None else v.ub for v in columns], dtype=float)
    compiled = CompiledModel(
        matrix=csc_array(form.A),
        cost=np.asarray(form.c.todense(), dtype=float).ravel(),
        offset=float(np.asarray(form.c_offset).ravel()[0]),
        row_lower=np.where(bound_type <= 0, right, -np.inf),
        row_upper=np.where(bound_type >= 0, right, np.inf),
        lower=lower,
        upper=upper,
        integer=np.array([v.is_integer() for v in columns], dtype=bool),
        columns=_labels(columns, steps),
        rows=_labels([row.constraint for row in form.rows], steps),
    )
    _refuse_non_finite(compiled)
    return compiled


def _standard_form(model: pyo.ConcreteModel) -> Any:
    with _quiet_pyomo(), _no_collection():
        try:
            return LinearStandardFormCompiler().write(model, mixed_form=True)
        except InfeasibleConstraintException as error:
            raise InfeasibleError([_finding(str(error))]) from error


def _finding(message: str) -> Finding:
    """A row without variables, which Pyomo names in its message, in plain words."""
    bus = re.search(r"operation\.(?:Y\d+\.)?balance\.(\w+)\[", message)
    if bus is None:
        return Finding("", f"a limit without any choice can't hold: {message}")
    return Finding(
        f"buses.{bus[1]}", "nothing feeds it (or takes from it), so it can't balance"
    )


@contextmanager
def _quiet_pyomo() -> Iterator[None]:
    """Hold back a deprecation that Pyomo 6.10 raises against itself."""

    def speaks_to_users(record: logging.LogRecord) -> bool:
        return "sparse_iteritems" not in record.getMessage()

    logger = logging.getLogger("pyomo")
    handlers = list(logger.handlers)
    for handler in handlers:
        handler.addFilter(speaks_to_users)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(speaks_to_users)


def _labels(data: Sequence[Any], steps: Sequence[pyo.Set]) -> Labels:
    """Family and index of every variable or constraint datum."""
    numbers: dict[int, int] = {}
    families: list[Family] = []
    family = np.empty(len(data), dtype=np.int64)
    index = np.empty(len(data), dtype=np.int64)
    last, number = None, -1
    for position, datum in enumerate(data):
        component = datum.parent_component()
        if component is not last:
            last = component
            found = numbers.get(id(component))
            if found is None:
                found = numbers[id(component)] = len(families)
                families.append(_family(component, steps))
            number = found
        family[position] = number
        at = datum.index()
        index[position] = -1 if at is None else at
    return Labels(tuple(families), family, index)


def _family(component: Any, steps: Sequence[pyo.Set]) -> Family:
    index = component.index_set()
    timed = any(index is one for one in steps) or index.local_name == SOME_STEPS
    return Family(component.parent_block().name, component.local_name, timed)


def _refuse_non_finite(compiled: CompiledModel) -> None:
    """HiGHS loops or lies on NaN, so nothing of the kind may reach it."""
    entries = compiled.matrix.tocoo()
    bad = np.flatnonzero(~np.isfinite(entries.data))
    if bad.size:
        row = compiled.rows.describe(int(entries.coords[0][bad[0]]))
        raise SolverError(f"a coefficient of {row} is not finite")
    if not np.isfinite(compiled.cost).all():
        column = int(np.flatnonzero(~np.isfinite(compiled.cost))[0])
        raise SolverError(
            f"a cost of {compiled.columns.describe(column)} is not finite"
        )
    for bounds in (compiled.row_lower, compiled.row_upper):
        if np.isnan(bounds).any():
            row = compiled.rows.describe(int(np.flatnonzero(np.isnan(bounds))[0]))
            raise SolverError(f"the limit of {row} is not a number")
