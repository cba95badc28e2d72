"""Storage of energy: the physics that batteries, tanks and heat stores share.

    content(t) = keep content(t-1) - dt standing size
                 + dt (eta_in charge(t) - discharge(t) / eta_out)
    keep       = (1 - standing_loss_per_hour) ^ dt
    min_soc size  <=  content(t)  <=  max_soc(t) usable size,     content(t) >= 0

The state before the first step is the one after the last (cyclic), or it is given: as a
share of the size (``initial_soc``) or in kWh (``initial_kwh``, which fits in the size).
Then the end holds at least as much, the same, or what it likes. A loss on the size
(``standing``) does not stop at an empty storage: where it can't be charged, there is
no plan.

symbol      name                  unit   meaning
content     content_kwh           kWh    stored at the end of a step
charge      charge_kw             kW     taken from the bus
discharge   discharge_kw          kW     given to the bus
size        energy                kWh    capacity
standing    standing_loss_of_capacity_per_hour   1/h   loss on the size
eta_in      charge_efficiency     1      share stored
eta_out     discharge_efficiency  1      share of what is taken out that arrives
usable      usable_share          1      share of the size that can be filled; 1, or
                                         less where a kind says so (an aged battery)

The limits of the flows (power, c-rates, cycles, duration) are those of
``verdigrid.models.storage_flows``. Charging and discharging at once is impossible on
one bus. On two buses both may flow: what goes in at one side comes out at the other.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.component import Account, Dispatch, Inputs, Surroundings
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.refuse import refuse_steps
from verdigrid.models.storage_flows import StorageFlows

#: Name of the indicator of a storage that wears out; read by the cautions.
YEARS_TO_END_OF_LIFE = "years to end of life"


class BaseStorage(StorageFlows):
    """A content between the flows; ``Storage`` and ``TwoSidedStorage`` derive."""

    content: ClassVar[str | None] = "content_kwh"

    min_soc: float = parameter(
        0.0, unit="1", doc="smallest content, share of the size", ge=0, lt=1
    )
    max_soc: Profile = parameter(
        Profile(constant=1.0),
        unit="1",
        doc="largest content at the end of a step, share of the size",
    )
    initial_soc: float | None = parameter(
        None,
        unit="1",
        doc="content before the first step, share of the size; cyclic if neither this "
        "nor initial_kwh is given",
        ge=0,
        le=1,
    )
    initial_kwh: float | None = parameter(
        None,
        unit="kWh",
        doc="content before the first step; the size is at least that large",
        ge=0,
    )
    end: Literal["at_least_start", "equal_start", "free", "free_even_if_bought"] = (
        parameter(
            "at_least_start",
            unit="",
            doc="content at the end, if that at the start is given; "
            "free_even_if_bought reproduces tools that give away what a bought storage "
            "holds at the start",
        )
    )

    @model_validator(mode="after")
    def _start_fits(self) -> Self:
        if self.initial_soc is not None and self.initial_kwh is not None:
            raise ValueError("give either initial_soc: or initial_kwh:")
        usable = self.usable_share
        if self.min_soc > usable or (self.initial_soc or 0.0) > usable:
            raise ValueError(
                f"min_soc and initial_soc are at most {usable:g}, the share of the "
                "size that can be filled"
            )
        if (self.initial_kwh or 0.0) > usable * self.energy.limit:
            raise ValueError(
                f"initial_kwh {self.initial_kwh:g} does not fit in "
                f"{usable * self.energy.limit:g} kWh, the most that can be stored"
            )
        return self

    @model_validator(mode="after")
    def _nothing_for_free(self) -> Self:
        grows_with_size = bool(self.initial_soc) and self.energy.room > 0
        if self.end == "free" and (grows_with_size or self._must_buy_for_the_start):
            raise ValueError(
                "end: at_least_start where more storage can be bought: its content at "
                "the start would be energy for nothing (end: free_even_if_bought "
                "accepts that)"
            )
        return self

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Nothing to compute; refuses a false ceiling, and content for nothing."""
        ceiling = series["max_soc"]
        shares = f"shares from min_soc ({self.min_soc:g}) to 1"
        wrong = (ceiling > 1) | (ceiling < self.min_soc)
        refuse_steps("max_soc", wrong, ceiling, around, shares)
        given = self.initial_soc is not None or self.initial_kwh is not None
        if given and self.end.startswith("free") and around.calendar.year_weight > 1:
            days = around.calendar.hours / 24
            problem = Problem(
                "end",
                f"{self.end} where {days:g} days stand for a year",
                "at_least_start",
                "the content at the start would come for nothing many times a year",
            )
            raise InputError([problem])
        return {}

    @property
    def usable_share(self) -> float:
        """Share of the size that can be filled."""
        return 1.0

    @property
    def _must_buy_for_the_start(self) -> bool:
        """True if what stands can't hold the content at the start."""
        return (self.initial_kwh or 0.0) > self.usable_share * self.energy.existing

    def only_existing(self) -> Self:
        today = super().only_existing()
        if today.initial_kwh is None or not today._must_buy_for_the_start:
            return today
        held = today.usable_share * today.energy.existing
        return today.model_copy(update={"initial_kwh": held})

    def _start(self, size: Any) -> Any:
        """Content before the first step, kWh; None if it is that after the last."""
        return self.initial_kwh if self.initial_soc is None else self.initial_soc * size

    def _keep(self, step_hours: float) -> float:
        return float((1 - self.standing_loss_per_hour) ** step_hours)

    def _standing_losses(self, step_hours: float) -> tuple[float, float]:
        """Lost by standing, kW per kWh of content, and per kWh of size.

        The content at the end of a step stands in for that at its beginning: over a
        year that ends as it began it comes to the same.
        """
        per_content = (1 - self._keep(step_hours)) / step_hours
        return per_content, self.standing_loss_of_capacity_per_hour

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        self.build_flows(block, context)
        context.flow(block, "content_kwh", "kWh at the end of the step")
        if self._is_electric(context.nodes):
            lost_in, lost_out = self._conversion_losses()
            per_content, per_size = self._standing_losses(context.step_hours)
            size = context.size("energy")
            context.measured(
                Measure.STORAGE_LOSS,
                lambda t: (
                    lost_in * block.charge_kw[t]
                    + lost_out * block.discharge_kw[t]
                    + per_content * block.content_kwh[t]
                    + per_size * size
                ),
            )
        self._build_content(block, context)
        self._build_limits(block, context)
        self.limit_flows(block, context)

    def _build_content(self, block: pyo.Block, context: BuildContext) -> None:
        hours, previous = context.step_hours, context.previous
        keep, size = self._keep(hours), context.size("energy")
        lost = self.standing_loss_of_capacity_per_hour

        def gained(b: pyo.Block, t: Any) -> Any:
            into = self.charge_efficiency * b.charge_kw[t]
            gain = hours * (into - b.discharge_kw[t] / self.discharge_efficiency)
            return gain - hours * lost * size if lost else gain

        start = self._start(size)
        if start is None:
            context.rule(
                block,
                "content_balance",
                lambda b, t: (
                    b.content_kwh[t] == keep * b.content_kwh[previous[t]] + gained(b, t)
                ),
                "kWh",
            )
            return
        first = np.zeros(context.calendar.periods)
        first[0] = 1.0
        is_first = context.parameter(block, "is_first_step", first)
        context.rule(
            block,
            "content_balance",
            lambda b, t: (
                b.content_kwh[t]
                == keep * (1 - is_first[t]) * b.content_kwh[previous[t]]
                + keep * is_first[t] * start
                + gained(b, t)
            ),
            "kWh",
        )
        last = context.calendar.periods - 1
        if self.end == "at_least_start":
            block.content_at_end = pyo.Constraint(
                rule=lambda b: b.content_kwh[last] >= start
            )
        if self.end == "equal_start":
            block.content_at_end = pyo.Constraint(
                rule=lambda b: b.content_kwh[last] == start
            )
        if self._must_buy_for_the_start:
            block.start_fits = pyo.Constraint(
                rule=lambda b: self.usable_share * size >= start
            )

    def _build_limits(self, block: pyo.Block, context: BuildContext) -> None:
        size = context.size("energy")
        most = self.usable_share * context.array("max_soc")
        ceiling = context.parameter(block, "max_soc", most)
        context.rule(
            block,
            "content_ceiling",
            lambda b, t: b.content_kwh[t] <= ceiling[t] * size,
            "kWh",
        )
        if self.min_soc:
            context.rule(
                block,
                "content_floor",
                lambda b, t: b.content_kwh[t] >= self.min_soc * size,
                "kWh",
            )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        hours, size = inputs.calendar.step_hours, inputs.sizes["energy"]
        charge: Floats = dispatch["charge_kw"]
        discharge: Floats = dispatch["discharge_kw"]
        content: Floats = dispatch["content_kwh"]
        before, start = np.roll(content, 1), self._start(size)
        if start is not None:
            before[0] = start
        gain = charge * self.charge_efficiency - discharge / self.discharge_efficiency
        gain = gain - self.standing_loss_of_capacity_per_hour * size
        most = self.usable_share * inputs.series["max_soc"] * size
        residuals = {
            "content": content - self._keep(hours) * before - hours * gain,
            "ceiling": np.maximum(content - most, 0),
            "floor": np.maximum(self.min_soc * size - content, 0),
            **self.flow_residuals(inputs, dispatch),
        }
        if start is not None and not self.end.startswith("free"):
            short = start - content[-1]
            off = abs(short) if self.end == "equal_start" else max(0.0, short)
            residuals["content at the end"] = np.array([off])
        if self.initial_kwh is not None:
            over = self.initial_kwh - self.usable_share * size
            residuals["start fits"] = np.array([max(0.0, over)])
        return Account(
            flows=self.flows(dispatch),
            residuals=residuals,
            costs={("om", "wear"): self.degradation_cost_per_kwh * discharge},
            measures=self._measures(inputs, dispatch),
        )

    def _measures(self, inputs: Inputs, dispatch: Dispatch) -> dict[Measure, Floats]:
        """What policies count, kW."""
        if not self._is_electric(inputs.nodes):
            return {}
        lost_in, lost_out = self._conversion_losses()
        per_content, per_size = self._standing_losses(inputs.calendar.step_hours)
        lost = lost_in * dispatch["charge_kw"] + lost_out * dispatch["discharge_kw"]
        lost = lost + per_content * dispatch["content_kwh"]
        return {Measure.STORAGE_LOSS: lost + per_size * inputs.sizes["energy"]}


class Storage(BaseStorage):
    """Base of the storages that either charge or discharge, unless on two buses."""

    @property  # what the base has for a whole kind depends on the buses here
    def exclusive(self) -> tuple[tuple[str, str], ...]:
        pair = ("charge_kw", "discharge_kw")
        return (pair,) if self.outlet == self.bus else ()

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        super().build(block, context)
        if self.exclusive:
            most_in, most_out = self.largest_flows(context)
            context.exclude(block, ("charge_kw", most_in), ("discharge_kw", most_out))

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        account = super().recompute(inputs, dispatch)
        if self.exclusive:
            both = np.minimum(dispatch["charge_kw"], dispatch["discharge_kw"])
            account.residuals["charge and discharge at once"] = both
        return account


class TwoSidedStorage(BaseStorage):
    """Base of the kinds that always stand between two buses."""

    discharge_bus: str = parameter(unit="", doc="bus that it discharges to")
    charge_efficiency: float = parameter(1.0, unit="1", doc="share stored", gt=0, le=1)
    discharge_efficiency: float = parameter(
        1.0, unit="1", doc="share of what is taken out that arrives", gt=0, le=1
    )
    charge_and_discharge: Literal["sum", "each"] = parameter(
        "each", unit="", doc="what the power limits: both flows together, or each alone"
    )
