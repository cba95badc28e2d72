"""Purchases that earn by themselves: nobody sells such, so an input is wrong.

Credits, tax saved, rebates and what is left at the end may together exceed a price (a
tax credit beside a long life, prices of assets that grow faster than money). A plan
would buy as much as it can, used or not.
"""

from itertools import accumulate

from verdigrid.models.capacity import Capacity
from verdigrid.models.errors import Problem
from verdigrid.models.held import Held
from verdigrid.models.microgrid import Microgrid

#: A cost below nothing by less than this share of the price is rounding.
ROUNDING = 1e-9


def earning_problems(microgrid: Microgrid) -> list[Problem]:
    """Capacities whose purchase costs less than nothing over the horizon."""
    problems = []
    for name, component in microgrid.components.items():
        for field, capacity in component.capacities().items():
            life = component.lifetime_years(capacity)
            for held in _purchases(capacity):
                price = capacity.investment(held)
                cost = float(microgrid.purchase_cost((name, field), life, held, price))
                if cost < -ROUNDING * max(1.0, price):
                    got = (
                        f"a purchase of {float(held.new):,.6g} {capacity.unit_name} "
                        f"for {price:,.6g} that earns {-cost:,.6g} by itself"
                    )
                    expected = "one that costs something, used or not"
                    hint = (
                        "rebates, tax credit, tax saved and what is left at the end "
                        "exceed the price: look at incentives, finance.tax, "
                        "finance.escalation and the lives"
                    )
                    path = f"components.{name}.{field}"
                    problems.append(Problem(path, got, expected, hint))
                    break
    return problems


def _purchases(capacity: Capacity) -> list[Held]:
    """What can be bought, as far as prices differ: between these they are straight."""
    most = capacity.most_new
    if most == 0:
        return []
    if capacity.catalogue:
        return [
            Held(0.0, 0.0, product.size, 1.0, {product.name: 1})
            for product in capacity.catalogue
        ]
    curve = capacity.curve
    ends = list(accumulate(curve.widths)) if curve is not None else [most]
    return [Held(0.0, 0.0, end, 1.0) for end in ends]
