"""What a component is: one file, one frozen class, registered by its ``kind``.

A component says its physics twice. ``build`` writes it as Pyomo constraints and
books flows, costs and carbon in the ledger. ``recompute`` says the same in NumPy,
from inputs and dispatch alone; the checks compare the two after every solve.

Importing ``verdigrid.models.components`` fills the registry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

import pandas as pd
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.capacity import Capacity
from verdigrid.models.carbon import Carbon
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import Problem
from verdigrid.models.measure import Measure
from verdigrid.models.node import Node
from verdigrid.models.parameter import Strict


@dataclass(frozen=True)
class Surroundings:
    """What ``prepare`` may look at: site, weather and the other nodes.

    ``weather`` has one row per step with the columns ``ghi_w_per_m2``,
    ``dni_w_per_m2``, ``dhi_w_per_m2``, ``temp_air_c`` and ``wind_speed_m_per_s``
    (means over the step), or is None if the scenario names no weather.
    """

    latitude: float | None
    longitude: float | None
    altitude_m: float
    weather: pd.DataFrame | None
    calendar: Calendar
    nodes: Mapping[str, Node]


@dataclass(frozen=True)
class Connection:
    """A field of a component that names a node, and what may stand there.

    ``use`` says whether the component feeds the node, draws from it, or both; no
    carriers means any.
    """

    field: str
    node: str
    carriers: tuple[str, ...]
    use: Literal["feeds", "draws", "both"]


@dataclass(frozen=True)
class HeatPath:
    """Heat may pass from a source to a sink at least ``approach_k`` colder."""

    source: str
    sink: str
    approach_k: float


@dataclass(frozen=True)
class Inputs:
    """What a recomputation may look at: inputs and sizes, never the model.

    ``series`` are the component's series by field, ``sizes`` its total
    capacities by field.
    """

    name: str
    calendar: Calendar
    nodes: Mapping[str, Node]
    series: Mapping[str, Floats]
    sizes: Mapping[str, float]


#: Values of a component's variables by name, each (steps,), (months,) or scalar.
Dispatch = Mapping[str, Any]


@dataclass(frozen=True)
class Flow:
    """Power into a node in every step, kW (steps,); negative: out of it."""

    node: str
    item: str
    kw: Floats
    temperature_c: float | None = None


@dataclass(frozen=True)
class BillLine:
    """One line of a supplier's bill, month by month, each array (months,).

    ``unit`` is that of the quantity (kWh, kW); the amount is in currency and is
    negative for a revenue. ``kind`` says what is paid for; an ``adder`` is one more
    price on kilowatt-hours that an ``energy`` line counts already.
    """

    item: str
    unit: str
    quantity: Floats
    amount: Floats
    kind: Literal["energy", "adder", "demand", "fixed", "feed-in"] = "energy"


@dataclass
class Account:
    """A component's year in plain numbers, recomputed without the model.

    ``residuals`` are violations in kW or kWh (0 where the physics holds), one
    array per equation or limit; ``costs`` are currency per hour by (class, item);
    ``fixed_costs`` currency per year; ``emissions`` kg per hour by scope, source and
    books; ``measures`` what policies count, kW; ``bill`` what the supplier of bought
    energy writes on paper.
    """

    flows: list[Flow] = field(default_factory=list)
    residuals: dict[str, Floats] = field(default_factory=dict)
    costs: dict[tuple[str, str], Floats] = field(default_factory=dict)
    fixed_costs: dict[tuple[str, str], float] = field(default_factory=dict)
    emissions: dict[Carbon, Floats] = field(default_factory=dict)
    measures: dict[Measure, Floats] = field(default_factory=dict)
    bill: list[BillLine] = field(default_factory=list)


@dataclass(frozen=True)
class Indicator:
    """A key figure that lets an engineer judge an asset's year."""

    name: str
    value: float
    unit: str


class Component(Strict):
    """Base of all components; subclasses declare ``kind: Literal["..."] = "..."``."""

    kind: str

    #: Short description for ``verdigrid components``.
    summary: ClassVar[str] = ""
    #: Source and year of the kind's default life, and the life itself.
    default_lifetime_years: ClassVar[float] = 20.0
    lifetime_source: ClassVar[str] = ""
    #: Variable that holds a stored content at the end of a step, kWh.
    content: ClassVar[str | None] = None

    registry: ClassVar[dict[str, type["Component"]]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        kind = cls.model_fields["kind"].default
        if not isinstance(kind, str):  # a base class of several kinds
            return
        known = Component.registry.get(kind)
        if known is not None and known.__qualname__ != cls.__qualname__:
            raise TypeError(f"two components of kind {kind!r}: {known} and {cls}")
        Component.registry[kind] = cls

    # -- what the component is connected to --------------------------------

    def connections(self) -> list[Connection]:
        """Nodes that the component feeds or draws from."""
        return []

    def node(self) -> Node | None:
        """The node that the component itself is, if others may connect to it."""
        return None

    @property
    def exclusive(self) -> tuple[tuple[str, str], ...]:
        """Pairs of variables that must not both be positive in a step."""
        return ()

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        """What is wrong with the component among these nodes (paths inside it)."""
        return []

    @property
    def power_per_hydrogen(self) -> float:
        """Most power that a kWh of its hydrogen takes; 0 if it makes none of power."""
        return 0.0

    def heat_paths(self) -> list[HeatPath]:
        """Between which nodes the component passes heat down in temperature."""
        return []

    def heat_needs(self, nodes: Mapping[str, Node]) -> list[tuple[str, float]]:
        """Nodes that it draws heat from, and how hot that must be, C."""
        return []

    # -- capacities --------------------------------------------------------

    def capacities(self) -> dict[str, Capacity]:
        """The component's capacities by field name."""
        fields = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: value for name, value in fields if isinstance(value, Capacity)}

    def lifetime_years(self, capacity: Capacity) -> float:
        """Life of a capacity: its own, or the default of the kind."""
        return capacity.lifetime_years or self.default_lifetime_years

    def later_life(self, capacity: Capacity) -> float:
        """Life of each asset that replaces what is bought of a capacity."""
        own = capacity.replacement_lifetime_years
        return own or self.lifetime_years(capacity)

    def only_existing(self) -> Self:
        """The component as it stands today."""
        standing = {
            name: capacity.only_existing()
            for name, capacity in self.capacities().items()
        }
        return self.model_copy(update=standing)

    # -- the physics, twice ------------------------------------------------

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Series that have to be computed (PV yield, COP), each (steps,)."""
        return {}

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        """Write variables and constraints on ``block``; book in the ledger."""
        raise NotImplementedError

    def finish(self, block: pyo.Block, context: BuildContext) -> None:
        """Write what depends on those who connected to the component's node."""

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        """The same physics in NumPy."""
        raise NotImplementedError

    def node_residuals(
        self, inputs: Inputs, flows: list[Flow], dispatch: Dispatch
    ) -> dict[str, Floats]:
        """Violations at the component's own node, given everyone's flows there, kW."""
        return {}

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        """Key figures of the year."""
        return []
