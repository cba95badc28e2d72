"""Methane slip: gas that leaves an engine, turbine or burner as it came.

    slip(t) = slip_factor fuel(t)                   kg CH4 per hour
    carbon (scope 1, "methane slip") = gwp x slip(t)

symbol        name                       unit         meaning
fuel          -                          kW           burnt, lower heating value
slip_factor   methane_slip_kg_per_kwh    kg CH4/kWh   of the fuel
gwp           methane_gwp                1            warming of a kg, in kg CO2

Lean-burn gas engines lose most: 315 g per GJ of fuel (Danish Energy Agency technology
data, gas engine 1-10 MW, 2020), that is 0.001134 kg/kWh and, at 28, 0.032 kg CO2e for a
kWh of fuel, beside the 0.2 of burning it. Turbines and boilers lose far less.

The carbon of the fuel (``fuel_supply``) counts all of it as burnt. The warming factor
leaves out the CO2 that methane becomes in the air, so nothing is counted twice. Methane
of biogas warms as much: its slip counts in scope 1, although its CO2 does not.

Source of the factor: IPCC, Fifth Assessment Report, Working Group I, table 8.7, 2013
(100 years, without climate-carbon feedback).
"""

from collections.abc import Mapping

from verdigrid.models.carbon import Carbon
from verdigrid.models.conversion import Conversion, Port
from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter

#: Carriers that are methane, or hold some.
_METHANE = ("gas", "biomass", "fuel")


class MethaneSlip(Conversion):
    """Base of machines that may burn gas; stands behind the base that says the ports.

    ``class Chp(Cogeneration, MethaneSlip)``
    """

    methane_slip_kg_per_kwh: float = parameter(
        0.0,
        unit="kgCH4/kWh",
        doc="methane that leaves unburnt, per kWh of fuel; 0 counts none",
        ge=0,
        le=0.072,
    )
    methane_gwp: float = parameter(
        28.0,
        unit="kgCO2e/kgCH4",
        doc="warming by a kg of methane over 100 years",
        source="IPCC, Fifth Assessment Report, WG I, table 8.7, 2013",
        gt=0,
        le=100,
    )

    def emissions_of(
        self, port: Port, nodes: Mapping[str, Node]
    ) -> dict[Carbon, float]:
        """Slip of what is drawn from a bus of fuel, kg CO2e per kWh."""
        lost = self.methane_slip_kg_per_kwh * self.methane_gwp
        if not lost or nodes[port.node].carrier not in _METHANE:
            return {}
        return {Carbon(1, "methane slip"): lost}

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        found = super().problems(nodes)
        carriers = {nodes[link.node].carrier for link in self.connections()}
        if self.methane_slip_kg_per_kwh and carriers.isdisjoint(_METHANE):
            got = f"{self.methane_slip_kg_per_kwh:g} of a fuel without methane"
            expected = f"0, or a bus of {', '.join(_METHANE)}"
            found.append(Problem("methane_slip_kg_per_kwh", got, expected))
        return found
