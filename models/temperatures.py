"""Temperatures that several machines look at: outdoors, and where heat is taken."""

from collections.abc import Mapping

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.component import Surroundings
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.node import Node

KELVIN = 273.15


def outdoor_air_c(around: Surroundings, field: str, got: str, hint: str) -> Floats:
    """Temperature of the outdoor air, C (steps,).

    Raises InputError at ``field`` for a scenario without weather.
    """
    if around.weather is None:
        raise InputError([Problem(field, got, "a scenario with weather:", hint)])
    return around.weather["temp_air_c"].to_numpy(dtype=float)


def log_mean_c(hot_c: float, cold_c: float) -> float:
    """Mean temperature at which a stream that is cooled gives its heat, C.

    >>> round(log_mean_c(300, 60), 1)
    169.2
    """
    if hot_c - cold_c < 1e-6:
        return hot_c
    hot, cold = hot_c + KELVIN, cold_c + KELVIN
    return float((hot - cold) / np.log(hot / cold)) - KELVIN


def cooled_to_c(
    nodes: Mapping[str, Node], source: str, outlet_c: float | None
) -> float | None:
    """Temperature down to which a machine cools its source, C; no heat is colder.

    That of a bus, ``outlet_c`` of a stream, or the lowest it may be cooled to.
    """
    return nodes[source].cold_c if outlet_c is None else outlet_c


def outlet_problems(
    nodes: Mapping[str, Node], source: str, outlet_c: float | None, field: str
) -> list[Problem]:
    """What is wrong with an outlet temperature that was given for a source."""
    node = nodes[source]
    if outlet_c is None or node.hot_c is None or node.cold_c is None:
        return []
    if node.cold_c <= outlet_c < node.hot_c:
        return []
    span = f"from {node.cold_c:g} to below {node.hot_c:g} C"
    return [Problem(field, f"{outlet_c:g} C of {source}", span)]


def bus_problems(nodes: Mapping[str, Node], field: str, name: str) -> list[Problem]:
    """What is wrong with a node that must be a bus: both give and take."""
    if nodes[name].gives and nodes[name].takes:
        return []
    hint = "join a stream or a demand to a bus with a heat_exchanger"
    return [Problem(field, f"{name!r}, which is no bus", "a bus", hint)]
