"""Battery: electricity storage with energy and power sized apart.

The equations are those of ``verdigrid.models.storage``; efficiencies are AC to AC.

Ageing can be told in three ways, all linear. Wear as a cost per discharged kWh
(``degradation_cost_per_kwh``). A reserve: only a share of what is bought is filled,

    content(t)  <=  max_soc(t) usable_share size
    usable_share  =  1 (as_new),  (1 + s) / 2 (mean_of_life),  s (end_of_life)

with s = ``end_of_life_share``. And a fact about the plan, no decision: of the capacity,

    lost(D)  =  k_cal sqrt(D) + k_cyc c D / 365            after D days

is lost at c full cycles a year. It reaches 1 - s, the end of life, after

    D  =  (2 (1 - s) / (k_cal + sqrt(k_cal^2 + 4 k_cyc (1 - s) c / 365)))^2

To have it last L years, buy with ``lifetime_years`` L and limit the cycles:

    max_cycles_per_year  =  (1 - s - k_cal sqrt(365 L)) / (k_cyc L)

which is 205 a year for 20 years with the defaults. Calendar fade is that of a full
battery, which is on the safe side.

symbol  name                        unit        meaning
s       end_of_life_share           1           share of the size left at the end
k_cal   calendar_fade_per_sqrt_day  1/sqrt(d)   share lost by age
k_cyc   cycle_fade_per_full_cycle   1           share lost by a full cycle

Source of the two fades: NREL, REopt.jl, read 2026. There the calendar fade grows with
days^0.428 and the mean content, so that a battery lasts longer than here.
"""

import math
from typing import ClassVar, Literal

from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import Dispatch, Indicator, Inputs
from verdigrid.models.parameter import parameter
from verdigrid.models.storage import YEARS_TO_END_OF_LIFE, Storage

_DEA = "Danish Energy Agency technology data, lithium-ion battery, 2020"
_REOPT = "NREL REopt.jl, read 2026"
DAYS_PER_YEAR = 365.0


class Battery(Storage):
    """A battery with its inverter."""

    kind: Literal["battery"] = "battery"
    summary: ClassVar[str] = "electricity storage, energy and power sized apart"
    carriers: ClassVar[tuple[str, ...]] = ("electricity",)
    default_lifetime_years: ClassVar[float] = 20.0
    lifetime_source: ClassVar[str] = _DEA

    power: PowerCapacity = parameter(unit="kW", doc="inverter power, AC side")
    charge_efficiency: float = parameter(
        0.957,
        unit="1",
        doc="share stored",
        source=f"{_DEA}: AC round trip 91.5 %, split evenly",
        gt=0,
        le=1,
    )
    discharge_efficiency: float = parameter(
        0.957,
        unit="1",
        doc="share of what is taken out that arrives",
        source=f"{_DEA}: AC round trip 91.5 %, split evenly",
        gt=0,
        le=1,
    )
    standing_loss_per_hour: float = parameter(
        4.2e-5,
        unit="1/h",
        doc="share of the content lost in an hour",
        source=f"{_DEA}: 0.1 % a day",
        ge=0,
        lt=1,
    )
    min_soc: float = parameter(
        0.2,
        unit="1",
        doc="smallest content, share of the size",
        source="NREL REopt.jl 0.57 default for electric storage, 2026",
        ge=0,
        lt=1,
    )

    usable: Literal["as_new", "mean_of_life", "end_of_life"] = parameter(
        "as_new",
        unit="",
        doc="what can be filled: all that is bought, the mean of its life, or what is "
        "left at the end",
    )
    end_of_life_share: float = parameter(
        0.8,
        unit="1",
        doc="share of the size left when it is worn out",
        source=f"{_REOPT}: replaced at 80 %",
        gt=0,
        lt=1,
    )
    calendar_fade_per_sqrt_day: float = parameter(
        1.16e-3,
        unit="1/sqrt(d)",
        doc="share of the size lost by age, times the square root of the days",
        source=_REOPT,
        ge=0,
    )
    cycle_fade_per_full_cycle: float = parameter(
        2.46e-5,
        unit="1",
        doc="share of the size lost by a full cycle",
        source=_REOPT,
        ge=0,
    )

    @property
    def usable_share(self) -> float:
        shares = {
            "as_new": 1.0,
            "mean_of_life": (1 + self.end_of_life_share) / 2,
            "end_of_life": self.end_of_life_share,
        }
        return shares[self.usable]

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        figures = super().indicators(inputs, dispatch)
        if not figures:
            return []
        # A horizon taken as it is would be followed by others like it.
        cycles = self.full_cycles(inputs, dispatch) / inputs.calendar.fixed_cost_share
        years = years_to_fade(
            1 - self.end_of_life_share,
            self.calendar_fade_per_sqrt_day,
            self.cycle_fade_per_full_cycle,
            cycles,
        )
        if math.isfinite(years):
            figures.append(Indicator(YEARS_TO_END_OF_LIFE, years, "a"))
        return figures


def years_to_fade(
    share: float, per_sqrt_day: float, per_cycle: float, cycles_per_year: float
) -> float:
    """Years until ``share`` of the capacity is lost, by age and by cycles.

    >>> round(years_to_fade(0.2, 1.16e-3, 2.46e-5, 0.0), 1)  # (0.2 / 1.16e-3)^2 days
    81.4
    >>> round(years_to_fade(0.2, 0.0, 2.46e-5, 365.0), 1)  # 0.2 / 2.46e-5 days
    22.3
    >>> round(years_to_fade(0.2, 1.16e-3, 2.46e-5, 365.0), 1)
    13.3
    """
    per_day = per_cycle * cycles_per_year / DAYS_PER_YEAR
    speed = per_sqrt_day + math.sqrt(per_sqrt_day**2 + 4 * per_day * share)
    if speed == 0:
        return math.inf
    return (2 * share / speed) ** 2 / DAYS_PER_YEAR


def cycles_for_life(
    years: float, share: float, per_sqrt_day: float, per_cycle: float
) -> float:
    """Full cycles a year with which ``share`` is lost after ``years``; 0 if by age.

    >>> round(cycles_for_life(20.0, 0.2, 1.16e-3, 2.46e-5))
    205
    >>> cycles_for_life(90.0, 0.2, 1.16e-3, 2.46e-5)
    0.0
    """
    left = share - per_sqrt_day * math.sqrt(DAYS_PER_YEAR * years)
    return max(0.0, left) / (per_cycle * years)
