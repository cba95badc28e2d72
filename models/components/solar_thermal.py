"""Solar thermal: a field of collectors that feeds a heat bus.

    0 <= heat(t) <= yield(t) size          (the difference is turned out of the sun)

What a collector makes of the sunlight G on its plane (verdigrid.models.sunlight):

    eta   = eta0 - a1 dT / G - a2 dT^2 / G, not below 0,   dT = T_mean - T_air
    yield = (1 - losses) eta G / 700 W/m2,   T_mean = (T_outlet + T_inlet) / 2

The losses of a collector that is colder than the air count as none (dT = 0), so that
eta is never above eta0. The outlet is as hot as the bus if nothing else is given.

The size is in kW by the convention of the statistics: 1 m2 of collectors is 0.7 kW.
That is the area which eta0, a1 and a2 are measured on. In full sun a cold collector
gives somewhat more than its size.

symbol     name                    unit      meaning
size       capacity                kW        collectors, 0.7 kW per m2
yield      yield                   kW/kW     most that 1 kW could deliver
heat       heat_kw                 kW        delivered to the bus
eta0       eta0                    1         efficiency without heat loss
a1         a1_w_per_m2_k           W/m2/K    heat loss
a2         a2_w_per_m2_k2          W/m2/K2   growth of the heat loss
T_outlet   outlet_temperature_c    degC      water to the bus
T_inlet    inlet_temperature_c     degC      water back to the field

Sources: ISO 9806, Solar thermal collectors, test methods, 2017 (efficiency); IEA Solar
Heating and Cooling Programme, recommendation on converting collector area into power,
2004 (0.7 kW/m2).
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import Indicator, Surroundings
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.measure import Measure
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.sunlight import Sunlit

KW_PER_M2 = 0.7
_CEA = "City Energy Analyst (ETH Zurich), database of solar collectors, read 2026"

#: eta0, a1 in W/m2/K and a2 in W/m2/K2 of each kind of collector, from _CEA.
COLLECTORS: dict[str, tuple[float, float, float]] = {
    "flat_plate": (0.775, 3.91, 0.0081),
    "evacuated_tube": (0.721, 0.89, 0.0199),
}


class SolarThermal(Sunlit):
    """A field of solar collectors that may be turned out of the sun."""

    kind: Literal["solar_thermal"] = "solar_thermal"
    summary: ClassVar[str] = "solar collectors from weather or a yield series"
    carriers: ClassVar[tuple[str, ...]] = ("heat",)
    output: ClassVar[str] = "heat"
    yield_unit: ClassVar[tuple[str, float]] = ("kWh/m2/a", KW_PER_M2)
    default_lifetime_years: ClassVar[float] = 20.0
    lifetime_source: ClassVar[str] = _CEA

    capacity: PowerCapacity = parameter(unit="kW", doc="collectors, 0.7 kW per m2")
    inlet_temperature_c: float | None = parameter(
        None,
        unit="degC",
        doc="water that comes back to the field; needed unless the yield is given",
        ge=-20,
        le=250,
    )
    outlet_temperature_c: float | None = parameter(
        None,
        unit="degC",
        doc="water that leaves the field; as hot as the bus if not given",
        ge=0,
        le=300,
    )
    collector: Literal["flat_plate", "evacuated_tube"] = parameter(
        "flat_plate", unit="", doc="kind of collector, where eta0, a1, a2 are not given"
    )
    eta0: float | None = parameter(
        None,
        unit="1",
        doc="efficiency without heat loss; that of the kind of collector if not given",
        source=_CEA,
        gt=0,
        le=1,
    )
    a1_w_per_m2_k: float | None = parameter(
        None, unit="W/m2/K", doc="heat loss, given with eta0", source=_CEA, ge=0, le=30
    )
    a2_w_per_m2_k2: float | None = parameter(
        None,
        unit="W/m2/K2",
        doc="growth of the heat loss, given with eta0",
        source=_CEA,
        ge=0,
        le=1,
    )
    losses_fraction: float = parameter(
        0.1,
        unit="1",
        doc="slanting sun, dirt, and heat lost by the pipes",
        source="engineering estimate, 2026: half for sun and dirt, half for pipes",
        ge=0,
        lt=1,
    )
    tilt_deg: float = parameter(
        35.0,
        unit="deg",
        doc="slope of the collectors, 0 is flat",
        source="usual range 30-45 degrees (engineering practice, no single source; "
        "2026)",
        ge=0,
        le=90,
    )

    @model_validator(mode="after")
    def _knows_its_yield(self) -> Self:
        if self.yield_kw_per_kw is None and self.inlet_temperature_c is None:
            raise ValueError("give inlet_temperature_c: or yield_kw_per_kw:")
        own = (self.eta0, self.a1_w_per_m2_k, self.a2_w_per_m2_k2)
        if any(value is None for value in own) and any(v is not None for v in own):
            raise ValueError(
                "eta0, a1_w_per_m2_k and a2_w_per_m2_k2 belong together: take all "
                "three from one test report"
            )
        return self

    @property
    def coefficients(self) -> tuple[float, float, float]:
        """eta0, a1 in W/m2/K and a2 in W/m2/K2."""
        eta0, a1, a2 = self.eta0, self.a1_w_per_m2_k, self.a2_w_per_m2_k2
        if eta0 is None or a1 is None or a2 is None:
            return COLLECTORS[self.collector]
        return eta0, a1, a2

    def outlet_c(self, nodes: Mapping[str, Node]) -> float | None:
        """Temperature at which the field gives its heat."""
        given = self.outlet_temperature_c
        return nodes[self.bus].hot_c if given is None else given

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        cold, outlet = nodes[self.bus].cold_c, self.outlet_c(nodes)
        if cold is None or outlet is None:
            got, hint = f"{self.bus} without a temperature", "add temperature_c: to it"
            return [Problem("bus", got, "a heat bus with a temperature", hint)]
        if outlet < cold:
            got = f"{outlet:g} C into {self.bus} at {cold:g} C"
            return [Problem("outlet_temperature_c", got, f"at least {cold:g} C")]
        if self.inlet_temperature_c is not None and self.inlet_temperature_c >= outlet:
            got = f"{self.inlet_temperature_c:g} C, and an outlet of {outlet:g} C"
            return [Problem("inlet_temperature_c", got, "an inlet below the outlet")]
        return []

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """The yield of 1 kW in every step, kW/kW."""
        problems = self.problems(around.nodes)
        if problems:
            raise InputError(problems)
        return super().prepare(around, series)

    def yield_from_weather(self, around: Surroundings, weather: pd.DataFrame) -> Floats:
        """Heat of 1 kW of collectors, kW/kW (steps,)."""
        inlet, outlet = self.inlet_temperature_c, self.outlet_c(around.nodes)
        assert inlet is not None
        assert outlet is not None
        air = weather["temp_air_c"].to_numpy(dtype=float)
        useful = self._useful_w_per_m2(
            self.sunlight(around, weather).to_numpy(dtype=float),
            (inlet + outlet) / 2 - air,
        )
        return (1 - self.losses_fraction) * useful / (1000 * KW_PER_M2)

    def _useful_w_per_m2(self, plane_w_per_m2: Floats, warmer_k: Floats) -> Floats:
        """Heat of a collector that is ``warmer_k`` than the air, W/m2 (steps,)."""
        eta0, a1, a2 = self.coefficients
        above = np.maximum(warmer_k, 0)
        gained = eta0 * plane_w_per_m2
        return np.maximum(gained - a1 * above - a2 * above**2, 0)

    def measures(self, nodes: Mapping[str, Node]) -> list[Measure]:
        return [Measure.RENEWABLE_HEAT]

    def figures(self, size: float) -> list[Indicator]:
        return [Indicator("area", size / KW_PER_M2, "m2")]
