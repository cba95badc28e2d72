"""Energy that a policy would count as used, though a bus throws it away.

A bus with ``allow_surplus`` takes what nobody uses. Where a policy counts what is
bought, made or recovered as used, it could be met by throwing energy away: sun into a
heater whose heat goes nowhere. Which buses are in question is read off the plant: where
energy that the policy counts can flow, from component to component.

    power        starts at all electricity buses
    waste heat   starts at the streams; what drives a turbine is used
    energy       starts at all electricity buses, and at the buses of what is bought or
                 caught (fuel, heat, sun); what drives an engine or turbine is used
"""

from collections.abc import Mapping
from typing import Literal

from verdigrid.models.component import Component, Connection
from verdigrid.models.node import Node

#: Whose use a policy counts.
Use = Literal["power", "waste heat", "energy"]


def reached(
    use: Use, components: Mapping[str, Component], nodes: Mapping[str, Node]
) -> set[str]:
    """Nodes that energy of which a policy counts the use can flow to."""
    plant = [component.connections() for component in components.values()]
    found = _origins(use, plant, nodes)
    growing = True
    while growing:
        before = len(found)
        for links in plant:
            drawn = {link.node for link in links if link.use != "feeds"}
            fed = {link.node for link in links if link.use != "draws"}
            if drawn & found and (use == "power" or not _turns(drawn, fed, nodes)):
                found |= fed
        growing = len(found) > before
    return found


def _origins(
    use: Use, plant: list[list[Connection]], nodes: Mapping[str, Node]
) -> set[str]:
    if use == "waste heat":
        return {name for name, node in nodes.items() if not node.takes}
    electric = {name for name, node in nodes.items() if node.carrier == "electricity"}
    if use == "power":
        return electric
    sources = [links for links in plant if all(link.use == "feeds" for link in links)]
    return electric | {link.node for links in sources for link in links}


def _turns(drawn: set[str], fed: set[str], nodes: Mapping[str, Node]) -> bool:
    """Whether heat or fuel is turned into power, which must be used in its turn."""
    draws = {nodes[name].carrier for name in drawn}
    feeds = {nodes[name].carrier for name in fed}
    return "electricity" in feeds - draws
