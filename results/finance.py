"""Is it worth it? Cash flow of the plan against the baseline, and its key figures.

From the payments of both (``results/cash_flow.py``), which are restated from sizes and
recomputed years; a saving is a payment in. After tax if the scenario has one.

    NPV                  sum of discounted payments
    IRR                  the one discount rate at which the NPV is nothing
    payback              from when on the cumulative cash flow (simple: undiscounted)
                         stays above nothing; within a year it grows evenly, and what
                         is left at the end of the horizon does not count
    benefit-cost ratio   present worth of saved running costs / that of the purchases
                         (with replacements, less rebates, credits, what is left)
    equivalent annual    NPV x capital recovery factor
    per tonne avoided    - equivalent annual saving / tonnes avoided a year
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from verdigrid.models.finance import Finance, capital_recovery_factor
from verdigrid.models.microgrid import Microgrid
from verdigrid.results import cash_flow
from verdigrid.results.cash_flow import OPERATING, RESIDUAL, Payment
from verdigrid.results.outcome import Outcome
from verdigrid.results.unit_costs import unit_costs

#: Rates between which internal rates of return are looked for, 1/a.
LOWEST_RATE, HIGHEST_RATE, RATES = -0.99, 1e3, 4000
#: Amounts below this share of the largest are rounding.
ROUNDING = 1e-7
#: Scopes whose tonnes are avoided.
SCOPES = (1, 2, 3)
#: Figures of what a kWh costs, by carrier.
LEVELISED = {
    "electricity": "levelised_cost_of_power",
    "heat": "levelised_cost_of_heat",
    "cooling": "levelised_cost_of_cooling",
}

PER_TONNE = "cost_per_tonne_avoided"

#: A number, or None and the reason.
Found = tuple[float | None, str]

NO_BASELINE = "undefined: there is no baseline to compare with"
AS_IS = "undefined: the horizon counts as it is and stands for no year"
NOTHING_BOUGHT = "undefined: nothing is invested"


@dataclass(frozen=True)
class KeyFigure:
    """One number to judge the investment by, or the reason why there is none."""

    name: str
    value: float | None
    unit: str
    reason: str = ""


@dataclass(frozen=True)
class Finances:
    """The money of a plan over its horizon.

    ``figures`` by name; ``yearly`` a row per year, currency, payments in positive:
    ``plan``, ``baseline`` and their difference by what it is for, ``net``,
    ``cumulative``, ``discounted``, ``cumulative_discounted`` (of the plan alone without
    a baseline). ``purchases`` are the new assets with what they cost; ``replacements``
    the years in which they are bought again.
    """

    figures: tuple[KeyFigure, ...]
    yearly: pd.DataFrame
    purchases: pd.DataFrame
    replacements: pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        """The key figures: name, value, unit, reason where there is no value."""
        rows = [asdict(figure) for figure in self.figures]
        return pd.DataFrame(rows, columns=["name", "value", "unit", "reason"])

    def figure(self, name: str) -> KeyFigure:
        """A key figure by name."""
        return next(figure for figure in self.figures if figure.name == name)

    def value(self, name: str) -> float | None:
        """The value of a key figure by name."""
        return self.figure(name).value


def finances(plan: Outcome, baseline: Outcome | None) -> Finances:
    """Cash flow and key figures of a plan."""
    microgrid = plan.solution.microgrid
    ours = cash_flow.payments(plan.solution, plan.recomputed)
    today = [] if baseline is None else _payments(baseline)
    yearly = yearly_table(ours, today, microgrid.finance)
    figures = [
        *_against_baseline(microgrid, ours, today, baseline is not None),
        _per_tonne(plan, baseline, ours, today),
        *_per_kwh(plan),
    ]
    bought = _purchases(plan)
    return Finances(tuple(figures), yearly, bought, _replacements(plan))


def as_summary(found: Finances) -> dict[str, Any]:
    """Plain data for ``summary.json``."""
    return {
        "figures": {figure.name: asdict(figure) for figure in found.figures},
        "yearly": found.yearly.to_dict("records"),
        "purchases": found.purchases.to_dict("records"),
        "replacements": found.replacements.to_dict("records"),
    }


def _payments(outcome: Outcome) -> list[Payment]:
    return cash_flow.payments(outcome.solution, outcome.recomputed)


# -- years --------------------------------------------------------------------------


def _no_years() -> pd.DataFrame:
    names = ["year", "plan", "baseline", "net", "cumulative"]
    return pd.DataFrame(columns=[*names, "discounted", "cumulative_discounted"])


def yearly_table(
    ours: Sequence[Payment], today: Sequence[Payment], finance: Finance
) -> pd.DataFrame:
    """Payments of plan and baseline by year, as in ``Finances.yearly``."""
    if not ours and not today:
        return _no_years()
    years = range(finance.horizon_years + 1)
    found = {name: [0.0] * len(years) for name in ("plan", "baseline")}
    for column, sign, side in (("plan", 1.0, ours), ("baseline", -1.0, today)):
        for payment in side:
            for name, amount in (
                (column, payment.amount),
                (_column(payment), sign * payment.amount),
            ):
                sums = found.setdefault(name, [0.0] * len(years))
                sums[payment.year] += amount
    table = pd.DataFrame(found, index=years)
    table["net"] = table["plan"] - table["baseline"]
    table["cumulative"] = table["net"].cumsum()
    worths = [0.0] * len(years)
    for sign, side in ((1.0, ours), (-1.0, today)):
        for payment in side:
            worth = cash_flow.worth(payment, finance.discount_rate)
            worths[payment.year] += sign * worth
    table["discounted"] = worths
    table["cumulative_discounted"] = table["discounted"].cumsum()
    return table.rename_axis("year").reset_index()


def _column(payment: Payment) -> str:
    """``investment``, ``tax_credit``, ..; running costs by class: ``electricity``."""
    if payment.kind == OPERATING:
        return payment.item
    return payment.kind.replace(" ", "_")


# -- key figures ----------------------------------------------------------------------


def _against_baseline(
    microgrid: Microgrid,
    ours: Sequence[Payment],
    today: Sequence[Payment],
    has_baseline: bool,
) -> list[KeyFigure]:
    if has_baseline and cash_flow.has_years(microgrid):
        return money_figures(microgrid.finance, microgrid.currency, ours, today)
    why = AS_IS if has_baseline else NO_BASELINE
    return undefined_figures(microgrid.currency, why)


def undefined_figures(currency: str, why: str) -> list[KeyFigure]:
    """Key figures against a baseline where there is nothing to compare."""
    return [KeyFigure(name, None, unit, why) for name, unit in _units(currency).items()]


def _units(currency: str) -> dict[str, str]:
    """Key figures against the baseline and their units."""
    return {
        "net_present_value": currency,
        "internal_rate_of_return": "1/a",
        "simple_payback": "a",
        "discounted_payback": "a",
        "benefit_cost_ratio": "1",
        "equivalent_annual_saving": f"{currency}/a",
    }


def money_figures(
    finance: Finance,
    currency: str,
    ours: Sequence[Payment],
    today: Sequence[Payment],
) -> list[KeyFigure]:
    """Key figures of the payments of a plan against those of its baseline."""
    rate, years = finance.discount_rate, finance.horizon_years
    both = [*ours, *(_reversed(payment) for payment in today)]
    value = cash_flow.total_worth(both, rate)
    running = [payment for payment in both if payment.about == OPERATING]
    saved = cash_flow.total_worth(running, rate)
    spent = saved - value
    simple, discounted = (
        _payback(both, finance, factor) for factor in (0.0, finance.discount_rate)
    )
    ratio: Found = (saved / spent, "") if spent > 0 else (None, NOTHING_BOUGHT)
    annuity = capital_recovery_factor(rate, years)
    found: dict[str, Found] = {
        "net_present_value": (value, ""),
        "internal_rate_of_return": internal_rate_of_return(
            [payment.time for payment in both], [payment.amount for payment in both]
        ),
        "simple_payback": simple,
        "discounted_payback": discounted,
        "benefit_cost_ratio": ratio,
        "equivalent_annual_saving": (value * annuity, ""),
    }
    units = _units(currency)
    return [KeyFigure(n, found[n][0], unit, found[n][1]) for n, unit in units.items()]


def _reversed(payment: Payment) -> Payment:
    """What a payment of the baseline is to the plan, which saves it."""
    return replace(payment, amount=-payment.amount)


def internal_rate_of_return(times: Sequence[float], amounts: Sequence[float]) -> Found:
    """The only rate at which payments are worth nothing, 1/a, or why there is none.

    >>> rate, _ = internal_rate_of_return([0, 1, 2], [-100, 60, 60])
    >>> round(rate, 6)
    0.130662
    >>> internal_rate_of_return([0, 1, 2], [-100, 230, -132])
    (None, 'undefined: more than one rate fits (10.0 %, 20.0 %)')
    """
    sums: dict[float, float] = {}
    for time, amount in zip(times, amounts, strict=True):
        sums[time] = sums.get(time, 0.0) + amount
    least = ROUNDING * max((abs(amount) for amount in amounts), default=0.0)
    at = np.array([time for time, amount in sums.items() if abs(amount) > least])
    paid = np.array([amount for amount in sums.values() if abs(amount) > least])
    if not (paid > 0).any() or not (paid < 0).any():
        what = "paid out" if (paid > 0).any() else "earned"
        what = what if paid.size else "paid or earned"
        return None, f"undefined: nothing is {what} against the baseline"

    def value(logarithm: float) -> float:
        return float(np.sum(paid * np.exp(-logarithm * at)))

    grid = np.linspace(np.log1p(LOWEST_RATE), np.log1p(HIGHEST_RATE), RATES)
    signs = np.sign(np.exp(-np.outer(grid, at)) @ paid)
    places = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    found = [float(np.expm1(brentq(value, grid[n], grid[n + 1]))) for n in places]
    found += np.expm1(grid[signs == 0]).tolist()
    if not found:
        return None, "undefined: the payments are worth nothing at no rate"
    if len(found) > 1:
        rates = ", ".join(f"{rate:.1%}".replace("%", " %") for rate in sorted(found))
        return None, f"undefined: more than one rate fits ({rates})"
    return found[0], ""


def _payback(both: Sequence[Payment], finance: Finance, rate: float) -> Found:
    """From when on the cumulative cash flow stays above nothing, years."""
    cumulative = [0.0] * (finance.horizon_years + 1)
    for payment in both:
        if payment.about != RESIDUAL:
            cumulative[payment.year] += cash_flow.worth(payment, rate)
    largest = max((abs(payment.amount) for payment in both), default=0.0)
    net = np.cumsum(cumulative)
    if net.min() >= -ROUNDING * largest:
        return None, NOTHING_BOUGHT
    last = int(np.flatnonzero(net < 0)[-1])
    if last == finance.horizon_years:
        return None, f"undefined: not within {finance.horizon_years} years"
    gain = net[last + 1] - net[last]
    return float(last - net[last] / gain), ""


def _per_tonne(
    plan: Outcome,
    baseline: Outcome | None,
    ours: Sequence[Payment],
    today: Sequence[Payment],
) -> KeyFigure:
    """What a tonne less costs; negative where it is saved money as well."""
    microgrid = plan.solution.microgrid
    if baseline is not None and cash_flow.has_years(microgrid):
        before, after = (o.recomputed.yearly.emitted(SCOPES) for o in (baseline, plan))
        rate = microgrid.finance.discount_rate
        saved = cash_flow.total_worth(ours, rate) - cash_flow.total_worth(today, rate)
        kept = saved * microgrid.annuity
        return per_tonne(kept, before / 1000, after / 1000, microgrid.currency)
    why = NO_BASELINE if baseline is None else AS_IS
    return KeyFigure(PER_TONNE, None, f"{microgrid.currency}/t", why)


def per_tonne(saved: float, before: float, after: float, currency: str) -> KeyFigure:
    """Cost of a tonne less from what is saved, and the tonnes ``before`` and ``after``.

    Money and tonnes of a year, or both of all years and discounted alike.
    """
    unit = f"{currency}/t"
    if before - after <= ROUNDING * abs(before):
        return KeyFigure(PER_TONNE, None, unit, "undefined: no carbon is avoided")
    return KeyFigure(PER_TONNE, -saved / (before - after), unit)


def _per_kwh(plan: Outcome) -> list[KeyFigure]:
    """Levelised costs of power, heat and cooling."""
    costs = unit_costs(plan.solution, plan.recomputed)
    unit = f"{plan.solution.microgrid.currency}/kWh"
    found = [
        KeyFigure(name, costs.by_carrier[carrier], unit)
        for carrier, name in LEVELISED.items()
        if carrier in costs.by_carrier
    ]
    if costs.own_power is not None:
        found.insert(1, KeyFigure("levelised_cost_of_own_power", costs.own_power, unit))
    return found


# -- what is bought ------------------------------------------------------------------


def _purchases(plan: Outcome) -> pd.DataFrame:
    """New assets: price, rebate, that of a replacement, lives, net present cost."""
    microgrid = plan.solution.microgrid
    rows = [
        (
            *(bought.component, bought.capacity, bought.price, bought.rebate),
            *(bought.replacement, *bought.lives, bought.net_present_cost(microgrid)),
        )
        for bought in cash_flow.purchases(plan.solution)
    ]
    names = ["component", "capacity", "price", "rebate", "replacement_price"]
    names += ["lifetime_years", "replacement_lifetime_years", "net_present_cost"]
    return pd.DataFrame(rows, columns=names)


def _replacements(plan: Outcome) -> pd.DataFrame:
    """When new assets are bought again, and at what price."""
    rows = [
        (payment.time, payment.item, -payment.amount)
        for payment in _payments(plan)
        if payment.kind == cash_flow.REPLACEMENT
    ]
    return pd.DataFrame(rows, columns=["time", "item", "price"]).sort_values(
        "time", kind="stable", ignore_index=True
    )
