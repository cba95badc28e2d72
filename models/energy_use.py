"""Energy that a site consumes, as China's statistics add it up.

    use = w (bought + own green use of power) + fuel + heat   [kWh, heating value]
    w   = electricity_kgce_per_kwh / 0.12284

Power of an engine on site is not counted, its fuel is; own green use as in
``verdigrid.models.share``. ``w`` is about 1 where power
counts by its energy (0.1229 kgce/kWh), 2.3 where it counts by the fuel that a power
station would need (equal value, 0.2856 kgce/kWh).

Sources: 1 kgce = 29307.6 kJ (GB/T 2589-2020, 2020), so 1 kWh = 0.12284 kgce;
0.1229 kgce/kWh: GB/T 2589-2020, 2020; 0.2856 kgce/kWh: equal value used for the
zero-carbon factories (secondary source, read 2026).
"""

from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.share import OWN_GREEN_USE, Parts

#: Coal equivalent of a kWh of heating value, kgce/kWh.
KGCE_PER_KWH = 3600 / 29307.6


def coal_equivalent_of_power() -> float:
    """The field ``electricity_kgce_per_kwh`` of a policy."""
    field: float = parameter(
        0.1229,
        unit="kgce/kWh",
        doc="what a kWh of power counts; 0.2856 by the fuel of a power station",
        source="GB/T 2589-2020, calorific value of electricity, 2020",
        gt=0,
        le=1,
    )
    return field


def power_weight(kgce_per_kwh: float) -> float:
    """How many kWh of heating value a kWh of power counts."""
    return kgce_per_kwh / KGCE_PER_KWH


def scaled(parts: Parts, factor: float) -> dict[Measure, float]:
    """The same sum, every part times ``factor``."""
    return {measure: factor * weight for measure, weight in parts.items()}


def energy_use(kgce_per_kwh: float) -> Parts:
    """All energy that the site consumes, in kWh of heating value."""
    power = {Measure.BOUGHT_POWER: 1.0, **OWN_GREEN_USE}
    return {
        **scaled(power, power_weight(kgce_per_kwh)),
        Measure.FUEL: 1.0,
        Measure.BOUGHT_HEAT: 1.0,
        Measure.SOLD_HEAT: -1.0,
        Measure.RENEWABLE_HEAT: 1.0,
    }
