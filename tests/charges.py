"""A plant behind one meter, and its bill: what the tests of charges start from."""

from typing import Any

import numpy as np

from support import grid_at, load_of, microgrid, planned, standing
from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.solution import Solution
from verdigrid.models.tariffs.tariff import Tariff
from verdigrid.models.tariffs.time_of_use import by_band
from verdigrid.results.recompute import recompute

#: A battery without losses that holds all that the tests could want to shift.
BATTERY = {
    "kind": "battery",
    "bus": "power",
    "energy": standing("kwh", 10_000),
    "power": standing("kw", 1000),
    "charge_efficiency": 1.0,
    "discharge_efficiency": 1.0,
    "standing_loss_per_hour": 0.0,
    "min_soc": 0.0,
}
#: Yearly amounts count once, so that an objective is a year's cost.
ONE_YEAR = {"discount_rate": 0.0, "horizon_years": 1}


def band_prices(tariff: Tariff, calendar: Calendar) -> Floats:
    """Energy price of each step from the bands, currency/kWh, (steps,)."""
    assert tariff.bands is not None
    return by_band(list(tariff.bands.values()), tariff.band_of_steps(calendar))


def plan(load: Any, tariff: dict[str, Any], price: Any = 0.0, **more: Any) -> Solution:
    """The verified plan of a load at a tariff; ``battery=True`` lets it shift."""
    load = np.asarray(load, dtype=float)
    parts = {"grid": grid_at(price, tariff=tariff), "plant": load_of(load)}
    limit = more.pop("import_limit_kw", None)
    if limit is not None:
        parts["grid"]["import_limit_kw"] = limit
    if more.pop("battery", False):
        parts["battery"] = BATTERY
    return planned(microgrid(parts, load.size, **more))


def year_plan(daily: Any, tariff: dict[str, Any], **more: Any) -> Solution:
    """A year of one step a day, from January 2026 unless said."""
    return plan(
        daily, tariff, step_minutes=24 * 60, represents="year", finance=ONE_YEAR, **more
    )


def bill(solution: Solution) -> dict[str, Floats]:
    """Amount of each line by month."""
    account = recompute(solution).accounts["grid"]
    return {line.item: line.amount for line in account.bill}


def billed(solution: Solution) -> dict[str, Floats]:
    """Quantity of each line by month."""
    account = recompute(solution).accounts["grid"]
    return {line.item: line.quantity for line in account.bill}
