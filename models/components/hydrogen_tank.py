"""Hydrogen tank: pressure vessel on a hydrogen bus.

The equations are those of ``verdigrid.models.storage``. Content is counted in kWh of
the hydrogen bus (its heating value); the cushion gas that keeps the pressure up is
``min_soc``. Compression is a machine of its own, so nothing is lost by charging; to
count it here as a loss, give a ``charge_efficiency`` below 1.

symbol   name      unit   meaning
size     energy    kWh    capacity, cushion gas included
power    power     kW     charging and discharging power, if given

Sources: Danish Energy Agency technology data, hydrogen storage, 2020 (smallest content,
life, charge efficiency 0.88 with its compressor).
"""

from typing import ClassVar, Literal

from verdigrid.models.parameter import parameter
from verdigrid.models.storage import Storage

_DEA = "Danish Energy Agency technology data, hydrogen storage, 2020"


class HydrogenTank(Storage):
    """A tank of compressed hydrogen."""

    kind: Literal["hydrogen_tank"] = "hydrogen_tank"
    summary: ClassVar[str] = "compressed hydrogen, without its compressor"
    carriers: ClassVar[tuple[str, ...]] = ("hydrogen",)
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = f"{_DEA}: 25 to 30 years"

    charge_efficiency: float = parameter(
        1.0,
        unit="1",
        doc="share stored; 1, as the compressor is a machine of its own",
        gt=0,
        le=1,
    )
    discharge_efficiency: float = parameter(
        1.0, unit="1", doc="share of what is taken out that arrives", gt=0, le=1
    )
    standing_loss_per_hour: float = parameter(
        0.0, unit="1/h", doc="share of the content lost in an hour", ge=0, lt=1
    )
    min_soc: float = parameter(
        0.06,
        unit="1",
        doc="cushion gas that stays inside, share of the size",
        source=f"{_DEA}: 6 %",
        ge=0,
        lt=1,
    )
