"""Expressions of a built model at a solution, over all steps at once.

The entries of the ledger are written in terms of a step. Each is called once, with a
template of the step, and what it gives is evaluated in NumPy for all steps: a variable
``x[t]`` is its array of values, ``x[previous[t]]`` that array in another order.

Beside :mod:`verdigrid.solvers.compile` this is the only place that knows how Pyomo
writes templates.
"""

from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.numeric_types import native_numeric_types
from pyomo.core.expr.template_expr import (
    GetItemExpression,
    IndexTemplate,
    templatize_rule,
)

from verdigrid.models.arrays import Floats
from verdigrid.models.build import BuiltModel
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.ledger import Term


class Evaluator:
    """Values of expressions where the columns of ``compiled`` are ``x`` (columns,).

    Variables that the compiler dropped, because no row holds them, are 0.
    """

    def __init__(self, built: BuiltModel, compiled: CompiledModel, x: Floats) -> None:
        self._columns, self._x = compiled.columns, x
        self._model = built.model
        self._families = {
            id(built.model.find_component(f"{family.owner}.{family.name}")): family
            for family in compiled.columns.families
        }
        self._periods = built.microgrid.calendar.periods
        self._step: IndexTemplate | None = None
        self._steps = np.arange(self._periods)
        self._arrays: dict[int, Floats] = {}

    def timed(self, term: Term) -> Floats:
        """Values of a term of the ledger (steps,)."""
        steps = pyo.RangeSet(0, self._periods - 1)
        steps.construct()
        expression, (self._step,) = templatize_rule(
            self._model, lambda _, at: term(at[0]), steps
        )
        return np.full(self._periods, self._value(expression))

    def fixed(self, amount: Any) -> float:
        """Value of an expression of no step."""
        return float(self._value(amount))

    def _value(self, node: Any) -> Any:
        """A number, or an array over the steps."""
        if node.__class__ in native_numeric_types:
            return node
        if isinstance(node, IndexTemplate):
            return self._steps if node is self._step else node()
        if isinstance(node, GetItemExpression):
            return self._array(node.arg(0))[self._value(node.arg(1))]
        if node.is_expression_type():
            return node._apply_operation([self._value(arg) for arg in node.args])
        at = node.index()
        return self._array(node.parent_component())[0 if at is None else at]

    def _array(self, component: Any) -> Floats:
        """Values of a variable or parameter by its index; that of a scalar is 0."""
        found = self._arrays.get(id(component))
        if found is None:
            of = self._of_variable if component.ctype is pyo.Var else _of_parameter
            found = self._arrays[id(component)] = of(component)
        return found

    def _of_variable(self, variable: Any) -> Floats:
        last = max((at for at in variable.index_set() if at is not None), default=0)
        values = np.zeros(1 + last)
        family = self._families.get(id(variable))
        if family is not None:
            at = self._columns.where(family.owner, family.name)
            values[np.maximum(0, self._columns.index[at])] = self._x[at]
        return values


def _of_parameter(parameter: Any) -> Floats:
    given = parameter.extract_values()
    at = [0 if index is None else index for index in given]
    values = np.array(list(given.values()))
    by_index = np.zeros(1 + max(at), dtype=values.dtype)
    by_index[at] = values
    return by_index
