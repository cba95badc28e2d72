"""The numbers of the park, and the case of it that is measured.

Every tool gets its numbers from here and its series from one CSV file, so that all
build the same park. Money is CNY, power kW, energy kWh, carbon kg CO2e.
"""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

YEAR = 2026
HOURS_PER_YEAR = 8760
DAYS_OF_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
VARIANTS = ("lp", "milp", "commitment", "quarter-hour")


@dataclass(frozen=True)
class Option:
    """Something that may be bought: per unit, and once if it is a decision."""

    capex_per_unit: float
    lifetime_years: float
    maximum: float
    capex_fixed: float = 0.0


@dataclass(frozen=True)
class Park:
    """All numbers that are not series."""

    discount_rate: float = 0.08

    import_limit_kw: float = 20_000.0
    export_limit_kw: float = 6_000.0
    demand_charge_per_kw_month: float = 40.0
    export_price_per_kwh: float = 0.20
    grid_kg_per_kwh: float = 0.55
    gas_price_per_kwh: float = 0.38
    gas_kg_per_kwh: float = 0.20

    boiler_kw: float = 9_000.0  # stands already, output
    boiler_efficiency: float = 0.92
    electric_boiler_efficiency: float = 0.99
    chp_electric_efficiency: float = 0.42
    chp_heat_efficiency: float = 0.43
    chp_min_load: float = 0.5  # where there is commitment, share of the size

    battery_charge_efficiency: float = 0.957
    battery_discharge_efficiency: float = 0.957
    battery_loss_per_hour: float = 0.0002
    tank_charge_efficiency: float = 0.99
    tank_discharge_efficiency: float = 0.99
    tank_loss_per_hour: float = 0.002

    pv: Option = Option(3_600.0, 25.0, 15_000.0)
    battery_energy: Option = Option(650.0, 12.0, 60_000.0, 1_500_000.0)
    battery_power: Option = Option(300.0, 12.0, 15_000.0)
    tank: Option = Option(120.0, 30.0, 60_000.0)
    chp: Option = Option(5_500.0, 20.0, 8_000.0, 3_000_000.0)
    electric_boiler: Option = Option(600.0, 20.0, 6_000.0)
    heat_pump: Option = Option(3_500.0, 20.0, 6_000.0, 1_500_000.0)

    def carbon_reduction(self, months: int) -> float:
        """How far below buying all power and burning all heat carbon must be.

        Chosen so that the cap binds; a winter alone can't save as much as a year.
        """
        return {1: 0.44, 3: 0.47}.get(months, 0.50)


PARK = Park()

#: What may be bought, as :class:`Park` names it.
SIZES = (
    "pv",
    "battery_energy",
    "battery_power",
    "tank",
    "chp",
    "electric_boiler",
    "heat_pump",
)
#: What varies with time in the models that are written by hand; the two storages
#: are their contents.
FLOWS = (
    "imported",
    "exported",
    "pv",
    "charge",
    "discharge",
    "battery",
    "fill",
    "draw",
    "tank",
    "chp",
    "boiler",
    "electric_boiler",
    "heat_pump",
    "gas",
)


def option(name: str) -> Option:
    """One of :data:`SIZES` with its numbers."""
    found: Option = getattr(PARK, name)
    return found


@dataclass(frozen=True)
class Case:
    """One variant of the park over the first months of the year.

    ``folder`` holds the series and the scenario, ``cap_kg`` is the carbon that the
    horizon may emit.
    """

    variant: str
    months: int
    folder: str
    cap_kg: float

    @property
    def park(self) -> Park:
        return PARK

    @property
    def series_file(self) -> Path:
        return Path(self.folder) / "park.csv"

    @property
    def scenario_file(self) -> Path:
        return Path(self.folder) / "park.yaml"

    @property
    def step_minutes(self) -> int:
        return 15 if self.variant == "quarter-hour" else 60

    @property
    def step_hours(self) -> float:
        return self.step_minutes / 60

    @property
    def days(self) -> int:
        return sum(DAYS_OF_MONTHS[: self.months])

    @property
    def steps(self) -> int:
        return self.days * 24 * 60 // self.step_minutes

    @cached_property
    def month(self) -> Ints:
        """Number of the month of each step, 0 for January (steps,)."""
        days = DAYS_OF_MONTHS[: self.months]
        per_day = 24 * 60 // self.step_minutes
        return np.repeat(np.arange(self.months), [d * per_day for d in days])

    @property
    def decisions(self) -> bool:
        """True if buying battery, CHP and heat pump are yes/no decisions."""
        return self.variant in ("milp", "commitment")

    @property
    def commitment(self) -> bool:
        """True if the CHP is on above its least load, or off."""
        return self.variant == "commitment"

    def unit_cost(self, option: Option) -> float:
        """What a unit costs over the horizon: its annuity, for the share of a year."""
        return self._share(option) * option.capex_per_unit

    def fixed_cost(self, option: Option) -> float:
        """What the decision to buy costs over the horizon; 0 where it is none."""
        return self._share(option) * option.capex_fixed if self.decisions else 0.0

    def _share(self, option: Option) -> float:
        rate, years = PARK.discount_rate, option.lifetime_years
        annuity = rate / (1 - (1 + rate) ** -years)
        return float(annuity * self.days * 24 / HOURS_PER_YEAR)

    def keep(self, loss_per_hour: float) -> float:
        """Share of a storage's content that is left after a step."""
        return float((1 - loss_per_hour) ** self.step_hours)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Case":
        fields: dict[str, Any] = json.loads(text)
        return cls(**fields)
