"""Small sites with several things to buy, and what brute force finds there."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from support import grid_at, load_of, microgrid, option, planned, series
from verdigrid.models.errors import InfeasibleError
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.policy import Policy


def three_roofs(
    policies: Mapping[str, Mapping[str, Any]] | None = None,
    prices: tuple[float, float, float] = (0.04, 0.05, 0.06),
    **more: Mapping[str, Any],
) -> Microgrid:
    """Load of 60 and 60; three roofs of up to 30 kW each, 10 at the least.

    A kW saves 0.1 in the hour in which it yields: 0.04, 0.05, 0.06 is its price.
    """
    parts: dict[str, Any] = {"grid": grid_at(0.1), "plant": load_of([60, 60])}
    for number, price in enumerate(prices):
        name = f"roof_{'abc'[number]}"
        capacity = {**option("kw", 30, price, min_kw=10.0), **more.get(name, {})}
        parts[name] = {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": series([1.0, 0.0]),
            "capacity": capacity,
        }
    return microgrid(parts, 2, policies=policies or {})


def name_of(letter: str) -> str:
    return f"roof_{letter}.capacity"


def bought(plan: Any) -> str:
    """Letters of the roofs of which something is bought."""
    return "".join(s.component[-1] for s in plan.sizes if s.new > 1e-6)


def drawn_site(seed: int) -> Microgrid:
    """Three roofs, a battery and a CHP-like generator at random prices, no policies."""
    random = np.random.default_rng(seed)
    prices = tuple(random.uniform(0.01, 0.12, 3).round(3))
    fixed = {f"roof_{c}": {"capex_fixed": float(random.uniform(0, 1))} for c in "ab"}
    return three_roofs(None, prices, **fixed)


def cheapest_of_all(
    site: Microgrid, rules: Mapping[str, Policy], allowed: Callable[[str], bool]
) -> float:
    """Least cost over all allowed sets of roofs, each solved by itself."""
    costs = []
    names = sorted(n for n in site.components if n.startswith("roof_"))
    for choice in product([False, True], repeat=len(names)):
        letters = "".join(n[-1] for n, yes in zip(names, choice, strict=True) if yes)
        if not allowed(letters):
            continue
        try:
            costs.append(planned(with_only(site, letters)).objective)
        except InfeasibleError:
            continue
    assert not rules or costs
    return min(costs)


def with_only(site: Microgrid, letters: str) -> Microgrid:
    """The site in which just these roofs are bought, each at least at its minimum."""
    parts = dict(site.components)
    for name, component in site.components.items():
        if not name.startswith("roof_"):
            continue
        capacity = component.capacities()["capacity"]
        if name[-1] not in letters:
            changed = capacity.only_existing()
            parts[name] = component.model_copy(update={"capacity": changed})
    rules = {
        letter: Policy.registry["exclusive_group"].model_validate(
            {
                "kind": "exclusive_group",
                "capacities": [name_of(letter)],
                "exactly": 1,
            }
        )
        for letter in letters
    }
    return replace(site, components=parts, policies=rules)
