"""Electric vehicles of one kind, charged here, as one battery.

    content(t) = content(t-1) + dt (eta_in charge(t) - discharge(t) / eta_out)
                 - vehicles trip leaving(t)
    charge(t) + discharge(t)  <=  charge_kw vehicles present(t)
    content(t) >= vehicles (leaving(t+1) ready + away(t) (ready - trip))
    content(t) <= vehicles (battery - away(t) trip)
    ready      =  max(departure_soc battery, trip)

symbol      name                   unit   meaning
content     content_kwh            kWh    in all vehicles, here or away, end of a step
charge      charge_kw              kW     taken from the bus
discharge   discharge_kw           kW     given to the bus (with vehicle_to_site)
trip        energy_per_day_kwh     kWh    used from a departure to the return, each
battery     battery_kwh            kWh    size, each
ready       departure_soc          kWh    least content at departure, each
present     present                1      share of the fleet that is here; away the rest
leaving                            1      max(present(t-1) - present(t), 0)

Who is here: a clock, or a series ``present_fraction``. The clock has two meanings:

- arrival before departure (8 and 17 h): visitors; here on ``days`` between the two
- departure before arrival (7 and 18 h): at home; away on ``days`` between the two, and
  here all the rest

A step belongs to the hours in which it begins. A visitor's time away from Friday to
Monday is one trip like any other. A vehicle that leaves takes the energy of its trip
with it at once: while it is away nothing can be done with it, so that the hour in which
it is used makes no difference here.

At the ends of the horizon the step before the first is the last (cyclic): what is
driven is charged within the horizon, and the content of the start is that of the end.

What one battery instead of many neglects. Where all come and go together (the clock),
nothing: what vehicles of one kind can do together they can do in equal parts. With a
series, the content of some present vehicles may stand in for that of others that leave
(they are ready together, not each), vehicles that swap places within a step are not
seen, and what a vehicle holds above ``ready`` when it leaves may be used while it is
away. With departure_soc 1 there is nothing above ``ready``. All neglects are in favour
of the plan, none of them makes energy. Charging elsewhere, and a charging power that
falls towards a full battery, are neglected too.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Bools, Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import (
    Account,
    Component,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.hours import days_mask
from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Days, Profile
from verdigrid.models.refuse import first_of, refuse_above_one

_CHARGERS = "94-96 % for chargers (engineering practice, no single source; 2026)"


class EvFleet(Component):
    """Vehicles of one kind that are charged, and may be discharged, at one bus."""

    kind: Literal["ev_fleet"] = "ev_fleet"
    summary: ClassVar[str] = "electric vehicles charged on site, as one battery"
    content: ClassVar[str | None] = "content_kwh"

    bus: str = parameter(unit="", doc="electricity bus of the chargers")
    vehicles: int = parameter(unit="1", doc="number of vehicles, and of chargers", gt=0)
    battery_kwh: float = parameter(unit="kWh", doc="usable battery, each", gt=0)
    charge_kw: float = parameter(unit="kW", doc="charging power, each, AC", gt=0)
    arrival_hour: float | None = parameter(
        None, unit="h", doc="when they come, hours after midnight, civil", ge=0, le=24
    )
    departure_hour: float | None = parameter(
        None, unit="h", doc="when they leave, hours after midnight, civil", ge=0, le=24
    )
    days: Days = parameter(
        "workdays", unit="", doc="days on which visitors come, or residents drive"
    )
    present_fraction: Profile | None = parameter(
        None, unit="1", doc="share of the fleet that is here; replaces the clock"
    )
    energy_per_day_kwh: float = parameter(
        unit="kWh", doc="used from a departure to the return, once a day, each", ge=0
    )
    departure_soc: float = parameter(
        1.0,
        unit="1",
        doc="least content at departure, share of the battery; 0 asks for no more than "
        "the trip needs",
        ge=0,
        le=1,
    )
    charge_efficiency: float = parameter(
        0.95, unit="1", doc="share stored", source=_CHARGERS, gt=0, le=1
    )
    vehicle_to_site: bool = parameter(
        False, unit="", doc="whether vehicles may feed the bus"
    )
    discharge_efficiency: float = parameter(
        0.95,
        unit="1",
        doc="share of what is taken out that arrives",
        source=_CHARGERS,
        gt=0,
        le=1,
    )
    degradation_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="wear per discharged kWh; 0 counts none", ge=0
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        clock = (self.arrival_hour, self.departure_hour)
        series = self.present_fraction is not None
        if series != (clock == (None, None)) or (not series and None in clock):
            raise ValueError(
                "give either arrival_hour: and departure_hour:, or present_fraction:"
            )
        if not series and clock[0] == clock[1]:
            raise ValueError("arrival_hour and departure_hour must differ")
        if self.energy_per_day_kwh > self.battery_kwh:
            raise ValueError(
                f"energy_per_day_kwh ({self.energy_per_day_kwh:g}) at most battery_kwh "
                f"({self.battery_kwh:g})"
            )
        if self.degradation_cost_per_kwh and not self.vehicle_to_site:
            raise ValueError("degradation_cost_per_kwh needs vehicle_to_site: true")
        return self

    @property
    def exclusive(self) -> tuple[tuple[str, str], ...]:
        return (("charge_kw", "discharge_kw"),)

    def connections(self) -> list[Connection]:
        use: Literal["both", "draws"] = "both" if self.vehicle_to_site else "draws"
        return [Connection("bus", self.bus, ("electricity",), use)]

    # -- who is here --------------------------------------------------------

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Share of the fleet that is here in every step; refuses what can't charge."""
        calendar = around.calendar
        if self.present_fraction is None:
            present = self._by_the_clock(calendar).astype(float)
        else:
            present = series["present_fraction"]
            refuse_above_one("present_fraction", present, around)
            self._refuse_idle_fleet(present)
        self._refuse_too_little_time(present, calendar)
        return {"present": present}

    def _refuse_idle_fleet(self, present: Floats) -> None:
        """Refuse a series in which nobody leaves: no energy would ever be driven."""
        if self.energy_per_day_kwh > 0 and np.ptp(present) == 0:
            problem = Problem(
                "present_fraction",
                f"{present[0]:g} in every step, so that no vehicle leaves",
                "a series that falls when vehicles leave, or energy_per_day_kwh: 0",
            )
            raise InputError([problem])

    def _by_the_clock(self, calendar: Calendar) -> Bools:
        """True where the fleet is here (steps,)."""
        arrival, departure = self.arrival_hour or 0.0, self.departure_hour or 0.0
        minute = np.asarray(calendar.civil.hour * 60 + calendar.civil.minute)
        on_days = days_mask(self.days, calendar)
        if arrival < departure:
            return on_days & (60 * arrival <= minute) & (minute < 60 * departure)
        return ~(on_days & (60 * departure <= minute) & (minute < 60 * arrival))

    def _refuse_too_little_time(self, present: Floats, calendar: Calendar) -> None:
        """Refuse departures that a fleet which always charges can't be ready for."""
        taken, least, most = self._limits(present)
        gain = calendar.step_hours * self.charge_efficiency * self._power(present)
        content = float(most[-1])
        # Twice through the horizon, because its start follows its end.
        for t in [*range(calendar.periods), *range(calendar.periods)]:
            content = min(content - taken[t] + gain[t], float(most[t]))
            if content < least[t] * (1 - 1e-9) - 1e-9:
                problem = Problem(
                    "charge_kw",
                    f"{content:.6g} kWh at most in the fleet at the end of the step "
                    f"{first_of([t], calendar)}",
                    f"{least[t]:.6g} kWh to be ready",
                    "more charge_kw or time, or less departure_soc",
                )
                raise InputError([problem])

    def _power(self, present: Floats) -> Floats:
        """Most that the chargers can take or give, kW (steps,)."""
        return self.charge_kw * self.vehicles * present

    def _limits(self, present: Floats) -> tuple[Floats, Floats, Floats]:
        """Energy that leaves with trips, least and largest content, kWh (steps,)."""
        trip, battery = self.energy_per_day_kwh, self.battery_kwh
        ready, away = max(self.departure_soc * battery, trip), 1 - present
        leaving = np.maximum(np.roll(present, 1) - present, 0)
        least = np.roll(leaving, -1) * ready + away * (ready - trip)
        most = battery - away * trip
        return (
            self.vehicles * trip * leaving,
            self.vehicles * least,
            self.vehicles * most,
        )

    # -- the model ----------------------------------------------------------

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        charge = context.flow(block, "charge_kw", "kW taken from the bus")
        content = context.flow(block, "content_kwh", "kWh at the end of the step")
        if self.vehicle_to_site:
            self._build_discharge(block, context)
        present = context.array("present")
        taken, least, most = self._limits(present)
        trips = context.parameter(block, "trips_kwh", taken)
        floor = context.parameter(block, "floor_kwh", least)
        ceiling = context.parameter(block, "ceiling_kwh", most)
        power = context.parameter(block, "power_kw", self._power(present))
        hours, previous = context.step_hours, context.previous

        def flows(t: Any, into: float, out: float) -> Any:
            """Charging times ``into`` plus discharging times ``out``."""
            if not self.vehicle_to_site:
                return into * charge[t]
            return into * charge[t] + out * block.discharge_kw[t]

        gain, loss = self.charge_efficiency, -1 / self.discharge_efficiency
        context.rule(
            block,
            "content_balance",
            lambda b, t: (
                content[t]
                == content[previous[t]] + hours * flows(t, gain, loss) - trips[t]
            ),
            "kWh",
        )
        context.rule(
            block, "power_limit", lambda b, t: flows(t, 1.0, 1.0) <= power[t], "kW"
        )
        context.rule(block, "content_floor", lambda b, t: content[t] >= floor[t], "kWh")
        context.rule(
            block, "content_ceiling", lambda b, t: content[t] <= ceiling[t], "kWh"
        )
        context.inject(self.bus, "charging", lambda t: -charge[t])

    def _build_discharge(self, block: pyo.Block, context: BuildContext) -> None:
        discharge = context.flow(block, "discharge_kw", "kW given to the bus")
        context.inject(self.bus, "discharging", lambda t: discharge[t])
        charge = block.charge_kw
        lost_in, lost_out = self._conversion_losses()
        context.measured(
            Measure.STORAGE_LOSS,
            lambda t: lost_in * charge[t] + lost_out * discharge[t],
        )
        most = self.charge_kw * self.vehicles
        context.exclude(block, ("charge_kw", most), ("discharge_kw", most))
        if self.degradation_cost_per_kwh:
            wear = self.degradation_cost_per_kwh
            context.cost("om", "wear", lambda t: wear * discharge[t])

    def _conversion_losses(self) -> tuple[float, float]:
        """Lost per kW charged, and per kW discharged."""
        return 1 - self.charge_efficiency, 1 / self.discharge_efficiency - 1

    # -- the same in NumPy --------------------------------------------------

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        present, hours = inputs.series["present"], inputs.calendar.step_hours
        charge, content = dispatch["charge_kw"], dispatch["content_kwh"]
        discharge: Floats = dispatch.get("discharge_kw", np.zeros_like(present))
        taken, least, most = self._limits(present)
        gain = charge * self.charge_efficiency - discharge / self.discharge_efficiency
        excess = charge + discharge - self._power(present)
        lost_in, lost_out = self._conversion_losses()
        lost = lost_in * charge + lost_out * discharge
        return Account(
            measures={Measure.STORAGE_LOSS: lost} if self.vehicle_to_site else {},
            flows=[
                Flow(self.bus, "charging", -charge),
                Flow(self.bus, "discharging", discharge),
            ],
            residuals={
                "content": content - np.roll(content, 1) - hours * gain + taken,
                "power limit": np.maximum(excess, 0),
                "ready at departure": np.maximum(least - content, 0),
                "ceiling": np.maximum(content - most, 0),
                "charge and discharge at once": np.minimum(charge, discharge),
            },
            costs={("om", "wear"): self.degradation_cost_per_kwh * discharge},
        )

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        present, weight = inputs.series["present"], inputs.calendar.year_weight
        yearly = inputs.calendar.step_hours * weight
        charge: Floats = dispatch["charge_kw"]
        discharge: Floats = dispatch.get("discharge_kw", np.zeros_like(present))
        charged, fed = float(charge.sum()) * yearly, float(discharge.sum()) * yearly
        leaving = float(np.maximum(np.roll(present, 1) - present, 0).sum())
        driven = self.vehicles * self.energy_per_day_kwh * leaving * weight
        figures = [
            Indicator("charged", charged, "kWh/a"),
            Indicator("driven", driven, "kWh/a"),
            Indicator("lost", charged - driven - fed, "kWh/a"),
            Indicator("trips of each vehicle", leaving * weight, "1/a"),
            Indicator("peak of charging", float(charge.max()), "kW"),
        ]
        if self.vehicle_to_site:
            figures.append(Indicator("fed to the site", fed, "kWh/a"))
        return figures
