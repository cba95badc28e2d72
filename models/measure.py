"""What shares and intensities are made of: energies that a component books by name.

A component books a measure where it knows it (``context.measured`` in ``build``,
``Account.measures`` in ``recompute``), as a rate in kW. Policies add them up and know
no component.
"""

from enum import StrEnum


class Measure(StrEnum):
    """An energy flow that policies count, kW."""

    #: What wind, sun and water could give on site, curtailed or not.
    GREEN_POSSIBLE = "green_power_possible"
    #: What they gave.
    GREEN_POWER = "green_power"
    #: All power made on site, green or from fuel or heat.
    OWN_POWER = "own_power"
    #: Power from the grid and by direct lines from outside.
    BOUGHT_POWER = "bought_power"
    #: Power fed into the grid or sold.
    EXPORTED_POWER = "exported_power"
    #: What stores of power lose, standing losses too, and hydrogen on its way back to
    #: power; and what power lines lose.
    STORAGE_LOSS = "lost_in_batteries"
    #: Of the bought power: green by a line of its own, so physically.
    GREEN_LINE = "green_power_by_line"
    #: Of the bought power: green by a contract on its supply.
    GREEN_CONTRACT = "green_power_by_contract"
    #: Of the bought power: green by certificates bought apart from it, spread evenly
    #: over the year.
    GREEN_CERTIFICATE = "green_power_by_certificate"
    #: Fuel bought or found on site, less fuel sold, lower heating value.
    FUEL = "fuel"
    #: Of the fuel: biomass, biogas, green hydrogen.
    NON_FOSSIL_FUEL = "non_fossil_fuel"
    #: Of the fuel: fossil gas.
    FOSSIL_GAS = "fossil_gas"
    #: Heat bought.
    BOUGHT_HEAT = "bought_heat"
    #: Heat sold.
    SOLD_HEAT = "sold_heat"
    #: Heat of the sun or the earth.
    RENEWABLE_HEAT = "renewable_heat"
    #: Heat of all waste-heat streams down to their lowest outlet temperature.
    WASTE_HEAT_POSSIBLE = "waste_heat_possible"
    #: What is taken from them.
    WASTE_HEAT_USED = "waste_heat_used"

    @property
    def words(self) -> str:
        """The name for people: ``green power by line``."""
        return self.value.replace("_", " ")


#: Carriers whose purchase or generation is no fuel.
NO_FUEL = ("electricity", "heat", "cooling")


def fuel_measures(carrier: str, non_fossil: bool | None) -> list[Measure]:
    """What a fuel counts as; whether it is non-fossil, unless said, the carrier says.

    >>> [str(measure) for measure in fuel_measures("gas", None)]
    ['fuel', 'fossil_gas']
    """
    if non_fossil or (non_fossil is None and carrier == "biomass"):
        return [Measure.FUEL, Measure.NON_FOSSIL_FUEL]
    return [Measure.FUEL, *[Measure.FOSSIL_GAS] * (carrier == "gas")]
