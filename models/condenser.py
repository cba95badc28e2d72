"""A machine with a condenser: what chillers and Rankine cycles share.

    used(t) <= heat of the condenser(t)         (the rest goes to the outdoors)
    T_condensing(t) = condensing_temperature_c, or outdoor air + an approach

symbol         name                       unit   meaning
used           heat_kw                    kW     delivered to ``heat_bus``
T_condensing   condensing_temperature_c   degC   at least that of ``heat_bus``
"""

from collections.abc import Mapping
from typing import Self

from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.component import Connection, Surroundings
from verdigrid.models.conversion import Conversion, Port
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.refuse import refuse_steps
from verdigrid.models.temperatures import outdoor_air_c


class Condensing(Conversion):
    """Base of the machines with a condenser."""

    heat_bus: str | None = parameter(
        None, unit="", doc="heat bus for heat of the condenser; all rejected if none"
    )
    condensing_temperature_c: Profile | None = parameter(
        None, unit="degC", doc="where it condenses; from the outdoor air if not given"
    )

    @model_validator(mode="after")
    def _condenses_somewhere(self) -> Self:
        if self.heat_bus is not None and self.condensing_temperature_c is None:
            raise ValueError("heat_bus needs condensing_temperature_c: of its heat")
        return self

    def connections(self) -> list[Connection]:
        if self.heat_bus is None:
            return []
        return [Connection("heat_bus", self.heat_bus, ("heat",), "feeds")]

    def condensing_c(
        self,
        around: Surroundings,
        series: Mapping[str, Floats],
        approach_k: float,
        given: str,
    ) -> Floats | None:
        """Where it condenses, C (steps,); refuses what is colder than the heat bus.

        None if nothing says where, and the series ``given`` makes it needless.
        """
        field = "condensing_temperature_c"
        if self.condensing_temperature_c is None:
            if given in series:
                return None
            hint = f"add weather:, {field}: or {given}:"
            return outdoor_air_c(around, field, "nothing", hint) + approach_k
        condensing = series[field]
        if self.heat_bus is not None:
            sink = around.nodes[self.heat_bus].hot_c or 0.0
            least = f"at least the {sink:g} C of {self.heat_bus}, which it feeds"
            refuse_steps(field, condensing < sink, condensing, around, least)
        return condensing

    def condenser_ports(self, drawn: Port, per_output: float) -> list[Port]:
        """What is left for the heat bus: all that is drawn, and ``per_output``.

        Cooling brings its heat along (1), power takes it away (-1).
        """
        if self.heat_bus is None:
            return []
        left = per_output - drawn.per_output
        idle = -drawn.per_online
        return [Port(self.heat_bus, "condenser heat", left, idle, used="heat_kw")]
