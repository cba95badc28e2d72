"""Real products instead of a price per unit: so many of each.

    new  =  sum of size_i n_i        cost  =  sum of capex_i n_i        n_i whole

    one product:   n_i <= max_count_i chosen_i,     sum of chosen_i <= 1
    any products:  n_i <= max_count_i

symbol     name       unit         meaning
size       kw         kW           size of one piece
n          count      1            how many pieces are bought
chosen     chosen     0 or 1       whether it is this product
max_count  max_count  1            most pieces of the product
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product as combinations
from math import prod
from typing import Any, Literal

import pyomo.environ as pyo
from pydantic import ConfigDict

from verdigrid.models.held import add_variable
from verdigrid.models.parameter import Strict, parameter

Choice = Literal["one", "any"]

#: Where there are more ways to combine products, the largest purchase is not searched.
MOST_COMBINATIONS = 10_000


class Product(Strict):
    """Something that can be ordered, with its size and price."""

    name: str = parameter(unit="", doc="what it is called")
    size: float = parameter(unit="unit", doc="size of one piece", gt=0)
    capex: float = parameter(unit="currency", doc="investment per piece", ge=0)
    om_per_year: float = parameter(
        unit="currency/a", doc="yearly operation and maintenance per piece", ge=0
    )
    embodied_kg: float = parameter(
        0.0,
        unit="kgCO2e",
        doc="carbon of making a piece, counted over its life; 0 counts none",
        ge=0,
    )
    max_count: int = parameter(1, unit="1", doc="most pieces", ge=1, le=1000)


class PowerProduct(Product):
    """A product in kW."""

    model_config = ConfigDict(
        alias_generator=lambda name: "kw" if name == "size" else name
    )


class EnergyProduct(Product):
    """A product in kWh."""

    model_config = ConfigDict(
        alias_generator=lambda name: "kwh" if name == "size" else name
    )


def largest(products: Sequence[Product], choice: Choice, room: float) -> float:
    """Largest purchase that fits into ``room``."""
    fits = room * (1 + 1e-9)
    most = [int(min(p.max_count, fits / p.size)) for p in products]
    if choice == "one":
        return max(p.size * n for p, n in zip(products, most, strict=True))
    total = sum(p.size * n for p, n in zip(products, most, strict=True))
    if total <= fits:
        return total
    if prod(n + 1 for n in most) > MOST_COMBINATIONS:
        return room
    sums = (
        sum(p.size * n for p, n in zip(products, counts, strict=True))
        for counts in combinations(*(range(n + 1) for n in most))
    )
    return max(total for total in sums if total <= fits)


def build_catalogue(
    block: pyo.Block, products: Sequence[Product], choice: Choice, build: Any
) -> dict[str, Any]:
    """Tie ``block.new`` to whole products; returns how many of each, by name.

    ``build`` is 1 if anything is bought, or None where nobody asks.
    """
    pieces = [
        add_variable(
            block,
            f"count_{n}",
            domain=pyo.NonNegativeIntegers,
            bounds=(0, product.max_count),
        )
        for n, product in enumerate(products)
    ]
    sizes = sum(p.size * count for p, count in zip(products, pieces, strict=True))
    block.new_is_products = pyo.Constraint(expr=block.new == sizes)
    if choice == "one" and len(products) > 1:
        _only_one(block, products, pieces)
    if build is not None:
        block.something_if_built = pyo.Constraint(expr=sum(pieces) >= build)
    names = [product.name for product in products]
    return dict(zip(names, pieces, strict=True))


def _only_one(block: pyo.Block, products: Sequence[Product], pieces: list[Any]) -> None:
    """All pieces are of one product; single pieces need no other decision."""
    chosen = []
    for n, (product, count) in enumerate(zip(products, pieces, strict=True)):
        if product.max_count == 1:
            chosen.append(count)
            continue
        chosen.append(add_variable(block, f"chosen_{n}", domain=pyo.Binary))
        only = pyo.Constraint(expr=count <= product.max_count * chosen[-1])
        block.add_component(f"count_{n}_only_if_chosen", only)
    block.one_product = pyo.Constraint(expr=sum(chosen) <= 1)


def total_of(
    products: Sequence[Product],
    counts: Mapping[str, Any],
    each: Callable[[Product], float],
) -> Any:
    """Sum over all pieces of what ``each`` says of a product; nothing of no pieces."""
    return sum(
        each(product) * counts[product.name]
        for product in products
        if product.name in counts
    )
