"""The lines of the paper bill that follow from a tariff and the meter readings."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import BillLine
from verdigrid.models.tariffs.charge import Readings, month_scale
from verdigrid.models.tariffs.tariff import ENERGY, Tariff


def kwh_line(
    item: str,
    calendar: Calendar,
    power: Floats,
    price: Floats,
    kind: Literal["energy", "adder", "feed-in"],
) -> BillLine:
    """A line on kilowatt-hours at a price of each step."""
    kwh = power * calendar.step_hours
    quantity, amount = calendar.monthly_sums(kwh), calendar.monthly_sums(kwh * price)
    return BillLine(item, "kWh", quantity, amount, kind)


def energy_lines(
    tariff: Tariff, series: Mapping[str, Floats], readings: Readings
) -> list[BillLine]:
    """Energy by band, then every other part of its price."""
    calendar, imported = readings.calendar, readings.imported
    band: Ints | None = None
    if "band" in series:
        band = series["band"].astype(np.int64)
    parts = tariff.price_parts(series, band, calendar.periods)
    # What is left of the whole price is that of the energy itself.
    adders = {name: price for name, price in parts.items() if name != ENERGY}
    price = readings.price - sum(adders.values(), np.zeros(calendar.periods))
    if band is None:
        lines = [kwh_line("energy", calendar, imported, price, "energy")]
    else:
        lines = [
            kwh_line(
                f"energy {name}",
                calendar,
                np.where(band == number, imported, 0.0),
                price,
                "energy",
            )
            for number, name in enumerate(tariff.band_names)
        ]
    return lines + [
        kwh_line(name, calendar, imported, price, "adder")
        for name, price in adders.items()
    ]


def charge_lines(
    tariff: Tariff, readings: Readings, energy: Sequence[BillLine]
) -> dict[str, list[BillLine]]:
    """Lines of every charge by its item, and what lacks to the minimum bill.

    ``energy`` are the lines on kilowatt-hours of the horizon.
    """
    found = {}
    months = len(readings.calendar.month_names)
    scale = month_scale(readings.calendar)
    counted = sum((scale * line.amount for line in energy), np.zeros(months))
    for _, charge in tariff.charges():
        lines = charge.bill(readings)
        found[charge.item] = lines
        if charge.counts_in_minimum:
            counted = sum((line.amount for line in lines), counted)
    if tariff.minimum_per_month:
        lacking = np.maximum(tariff.minimum_per_month - counted, 0)
        line = BillLine("minimum bill", "month", np.ones(months), lacking, "fixed")
        found["minimum bill"] = [line]
    return found
