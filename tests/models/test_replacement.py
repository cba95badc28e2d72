"""What replacing an asset costs, by hand: a price of its own, a life, what is left.

The roof serves the whole load, so that a plan costs what its purchase does.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from replaced_roofs import CURVE, PAID, PLAIN, TAX, life_of, site, worth
from support import grid_at, microgrid, option, planned
from verdigrid.models.capacity import EnergyCapacity, PowerCapacity
from verdigrid.models.finance import Finance, replacement_years, residual_share
from verdigrid.models.held import Held
from verdigrid.models.incentives import Incentives
from verdigrid.results.cash_flow import Purchase, total_worth
from verdigrid.results.cash_flow import _of_purchase as payments_of
from verdigrid.results.finance import finances
from verdigrid.results.outcome import Outcome
from verdigrid.scenarios.load import load

# -- a year by itself ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "finance", "by_hand"),
    [
        pytest.param(
            life_of(10), {}, 1000 + 400 * worth(10), id="the life ends at the horizon"
        ),
        pytest.param(
            life_of(15),
            {},
            1000 + 400 * worth(15) - 2 / 3 * 400 * worth(20),
            id="two thirds of the replacement are left",
        ),
        pytest.param(
            life_of(6),
            {},
            1000 + 400 * (worth(6) + worth(12) + worth(18)) - 2 / 3 * 400 * worth(20),
            id="three times",
        ),
        pytest.param(
            life_of(25), {}, 1000 - 0.2 * 1000 * worth(20), id="never replaced"
        ),
        pytest.param(
            life_of(15),
            {"escalation": {"investment": 0.02}},
            1000 + 400 * worth(15, 0.02) - 2 / 3 * 400 * worth(20, 0.02),
            id="prices that grow",
        ),
        pytest.param(
            life_of(15),
            {"tax": TAX},
            1000 * PAID + 0.75 * (400 * worth(15) - 2 / 3 * 400 * worth(20)),
            id="deducted at once",
        ),
        pytest.param(
            life_of(15),
            {"tax": {**TAX, "credit_share": 0.3}, "escalation": {"investment": 0.02}},
            1000 * (PAID - 0.3 / 1.1)
            + 0.75 * (400 * worth(15, 0.02) - 2 / 3 * 400 * worth(20, 0.02)),
            id="no credit for it",
        ),
        pytest.param(
            {**life_of(10), "capex_fixed": 300.0},
            {},
            1300 + 400 * worth(10),
            id="no fixed price again",
        ),
        pytest.param(
            {
                **life_of(10),
                "incentives": {"rebate_share": 0.2, "rebate_per_unit": 10.0},
            },
            {},
            700 + 400 * worth(10),
            id="no rebate again",
        ),
        pytest.param(
            {**life_of(10), "cost_curve": CURVE, "capex_per_kw": None},
            {},
            800 + 400 * worth(10),
            id="no curve again",
        ),
        pytest.param(
            {**life_of(10), "unit_kw": 5.0}, {}, 1000 + 400 * worth(10), id="units"
        ),
        pytest.param(
            life_of(10, 15.0),
            {"horizon_years": 25},
            1000 + 400 * worth(10),
            id="once, and it serves to the end",
        ),
        pytest.param(
            life_of(10, 20.0),
            {"horizon_years": 25},
            1000 + 400 * worth(10) - 0.25 * 400 * worth(25),
            id="the second one lasts longer",
        ),
        pytest.param(
            life_of(5, 8.0),
            {},
            1000 + 400 * (worth(5) + worth(13)) - 1 / 8 * 400 * worth(20),
            id="a short first life",
        ),
        pytest.param(
            life_of(25, 1.0),
            {},
            1000 - 0.2 * 1000 * worth(20),
            id="a later life that never begins",
        ),
        pytest.param(
            life_of(15), {"salvage": "none"}, 1000 + 400 * worth(15), id="nothing left"
        ),
        pytest.param(
            life_of(25), {"salvage": "none"}, 1000, id="nothing left of the first"
        ),
        pytest.param(
            {**life_of(10), "replacement_per_kw": 0.0}, {}, 1000, id="for nothing"
        ),
        pytest.param(
            {**life_of(10), "capex_per_kw": 0.0},
            {},
            400 * worth(10),
            id="a first one for nothing",
        ),
        pytest.param(
            {**life_of(15), "capex_fixed": 300.0, "replacement_per_kw": None},
            {},
            1300 * (1 + worth(15) - 2 / 3 * worth(20)),
            id="the same price again if there is no other",
        ),
    ],
)
def test_cost_by_hand(more, finance, by_hand):
    """The plan is verified: its payments, one by one, come to the same."""
    fields = {"replacement_per_kw": 40.0, **more}
    outcome = Outcome(planned(site({**PLAIN, **finance}, **fields)))
    assert outcome.solution.size("roof", "capacity").new == pytest.approx(10)
    assert outcome.solution.objective == pytest.approx(by_hand)
    assert outcome.recomputed.net_present_cost == pytest.approx(by_hand)
    table = outcome.tables.cash_flow
    assert -table["present_worth"].sum() == pytest.approx(by_hand)
    # what a kWh costs is what its plant does
    rate, years = 0.1, outcome.solution.microgrid.finance.horizon_years
    yearly = by_hand * rate / (1 - (1 + rate) ** -years)
    found = finances(outcome, None).value("levelised_cost_of_own_power")
    assert found == pytest.approx(yearly / 87600)


def test_schedule_and_purchases_are_told():
    fields = {"replacement_per_kw": 40.0, **life_of(6, 9.0)}
    finance = {**PLAIN, "escalation": {"investment": 0.02}}
    found = finances(Outcome(planned(site(finance, **fields))), None)
    assert found.replacements["time"].tolist() == [6.0, 15.0]
    prices = [400 * 1.02**6, 400 * 1.02**15]
    assert found.replacements["price"].tolist() == pytest.approx(prices)
    (row,) = found.purchases.to_dict("records")
    assert (row["price"], row["replacement_price"]) == pytest.approx((1000, 400))
    assert (row["lifetime_years"], row["replacement_lifetime_years"]) == (6, 9)
    left = found.yearly["residual_value"].iloc[-1]
    assert left == pytest.approx(4 / 9 * 400 * 1.02**20)


def test_a_horizon_as_it_is_replaces_nothing():
    once = {"discount_rate": 0.1, "horizon_years": 20, "investment": "full"}
    fields = {"replacement_per_kw": 40.0, **life_of(2)}
    plan = planned(site(once, represents="as_is", capex=1.0, **fields))
    assert plan.objective == pytest.approx(10)


def test_a_dear_replacement_can_be_a_reason_not_to_buy():
    """20 years of a kW save 8760 x 0.01 x 8.51 = 746; it costs 500 and then 1000."""
    fields = {"replacement_per_kw": 1000.0, **life_of(10)}
    grid = site(capex=500.0, **fields)
    cheap = {"grid": grid_at(0.01)}
    parts = {name: dict(part) for name, part in _parts(grid).items()} | cheap
    plan = planned(microgrid(parts, 2, represents="year", finance=PLAIN))
    assert plan.size("roof", "capacity").new == pytest.approx(0)
    parts["roof"]["capacity"] = {**parts["roof"]["capacity"], "replacement_per_kw": 400}
    plan = planned(microgrid(parts, 2, represents="year", finance=PLAIN))
    assert plan.size("roof", "capacity").new == pytest.approx(10)


def _parts(grid):
    """Components as a file would hold them."""
    return {
        name: part.model_dump(by_alias=True, exclude_defaults=True, exclude_none=True)
        | {"kind": part.kind}
        for name, part in grid.components.items()
    }


@pytest.mark.parametrize("salvage", ["straight_line", "none"])
def test_renewal_of_what_stands_and_what_is_left_of_it(salvage):
    """Due in years 5 and 15 for 80 each; half of the last one is left."""
    due = {"existing_kw": 10.0, "remaining_years": 5.0, "renewal_per_kw": 80.0}
    finance = {**PLAIN, "salvage": salvage}
    plan = planned(site(finance, replacement_per_kw=40.0, **due, **life_of(10)))
    left = 400 * worth(20) if salvage == "straight_line" else 0.0
    assert plan.objective == pytest.approx(800 * (worth(5) + worth(15)) - left)


def test_where_prices_fall_a_purchase_that_earns_is_no_exception():
    """All is credited and more: the dear first half can't be skipped."""
    tax = {"rate": 0.5, "depreciation": [1.0], "credit_share": 1.0}
    fields = {"cost_curve": CURVE, "capex_per_kw": None, "replacement_per_kw": 40.0}
    plan = planned(site({**PLAIN, "tax": tax}, **fields, **life_of(10)))
    by_hand = 800 * (1 - 1.5 / 1.1) + 0.5 * 400 * worth(10)
    assert plan.objective == pytest.approx(by_hand)


def test_a_price_that_earns_fills_no_dear_segment_first():
    """A kW of 100 is credited with more than one of 60, but comes after it.

    Both cost something, for what replaces them: three kW are bought, no more.
    """
    tax = {"rate": 0.5, "depreciation": [1.0], "credit_share": 1.0}
    curve = [{"up_to_kw": 5, "capex_per_kw": 60}, {"up_to_kw": 10, "capex_per_kw": 100}]
    fields = {"cost_curve": curve, "capex": None, "replacement_per_kw": 200.0}
    plan = planned(site({**PLAIN, "tax": tax}, load=3.0, **fields, **life_of(10)))
    by_hand = 3 * (60 * (1 - 1.5 / 1.1) + 0.5 * 200 * worth(10))
    assert plan.size("roof", "capacity").new == pytest.approx(3)
    assert plan.objective == pytest.approx(by_hand)


# -- whatever the numbers -----------------------------------------------------------


@given(
    life=st.floats(0.5, 40.0),
    later=st.floats(0.5, 40.0) | st.none(),
    replacement=st.floats(0.0, 200.0),
    growth=st.floats(-0.03, 0.06),
    taxed=st.booleans(),
    salvage=st.sampled_from(["straight_line", "none"]),
    rebate=st.floats(0.0, 1.0),
)
def test_payments_come_to_the_factors(
    life, later, replacement, growth, taxed, salvage, rebate
):
    """Payment by payment and by factors, a purchase costs the same."""
    finance = Finance.model_validate(
        {
            **PLAIN,
            "escalation": {"investment": growth},
            "salvage": salvage,
            "tax": TAX if taxed else None,
        }
    )
    own = Incentives(rebate_share=rebate)
    held = Held(existing=0.0, kept=0.0, new=1.0, build=1.0)
    lives = life, later or life
    bought = Purchase("roof", "capacity", 100.0, replacement, held, lives, own)
    first, again = finance.purchase_worths(life, own, later)
    cost = first * 100 * (1 - rebate) + again * replacement
    paid = total_worth(payments_of(bought, finance), 0.1)
    assert -paid == pytest.approx(cost, rel=1e-9, abs=1e-7)


@given(life=st.floats(0.5, 40.0), later=st.floats(0.5, 40.0))
def test_lives_follow_each_other_to_the_end(life, later):
    years = replacement_years(life, 20, later)
    ends = [*years, (years[-1] + later) if years else life]
    assert ends[0] == life
    assert all(end < 20 for end in ends[:-1])
    assert ends[-1] >= 20 - 1e-6
    last = later if years else life
    assert residual_share(life, 20, later) == pytest.approx((ends[-1] - 20) / last)


@given(life=st.floats(0.5, 40.0), growth=st.floats(-0.03, 0.06))
def test_the_same_life_again_is_that_of_the_first(life, growth):
    finance = Finance(**PLAIN, escalation={"investment": growth})
    assert finance.purchase_worths(life, None, life) == finance.purchase_worths(life)


# -- what is refused ------------------------------------------------------------------

GOODS = [{"name": "A", "kw": 5.0, "capex": 500.0, "om_per_year": 0.0}]


def test_products_are_replaced_at_their_own_price():
    fields = {"catalogue": GOODS, "lifetime_years": 10.0}
    with pytest.raises(ValidationError, match="no replacement_per_kw with a catalogue"):
        PowerCapacity.model_validate({**fields, "replacement_per_kw": 40.0})
    longer = {**fields, "replacement_lifetime_years": 20.0}
    assert PowerCapacity.model_validate(longer).replacement_lifetime_years == 20


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"replacement_per_kwh": -1.0}, "greater than or equal to 0"),
        ({"replacement_lifetime_years": 0.0}, "greater than or equal to 0"),
        ({"replacement_per_kw": 1.0}, "Extra inputs"),
    ],
)
def test_nonsense_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        EnergyCapacity.model_validate({**option("kwh", 1, 1.0), **fields})


def test_salvage_is_one_of_two():
    with pytest.raises(ValidationError, match="straight_line"):
        Finance(**PLAIN, salvage="half")


# -- from a file ----------------------------------------------------------------------

SCENARIO = """\
schema: 1
name: replaced
currency: EUR
time: {start: 2026-01-01, periods: 24, represents: year}
finance: {discount_rate: 0.1, horizon_years: 20, salvage: none}
buses: {electricity: {carrier: electricity}}
costs:
  price_year: 2026
  currency: EUR
  defaults:
    battery:
      source: an offer, 2026
      power: {capex_per_kw: 200, om_per_kw_year: 0, replacement_per_kw: 90}
      energy: {capex_per_kwh: 300, om_per_kwh_year: 0, replacement_per_kwh: 110}
components:
  plant: {kind: load, bus: electricity, profile: 100}
  grid:
    kind: grid
    bus: electricity
    import_limit_kw: 500
    emissions_kg_per_kwh: 0.5
    tariff: {price_per_kwh: 0.1}
  battery:
    kind: battery
    bus: electricity
    power: {max_kw: 10, replacement_lifetime_years: 12}
    energy:
      max_kwh: 40
      catalogue: [{name: A, kwh: 20, capex: 5000, om_per_year: 1, max_count: 2}]
  works: {kind: lump_sum, price: {capex: 1000, replacement: 0, lifetime_years: 10}}
"""


def test_file_with_costs_of_its_kind(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text(SCENARIO)
    grid = load(path).microgrid
    battery = grid.components["battery"]
    assert grid.finance.salvage == "none"
    assert battery.power.replacement_per_unit == 90
    assert battery.later_life(battery.power) == 12
    # products say their own price: no cost is laid under them
    assert battery.energy.replacement_per_unit is None
    assert battery.later_life(battery.energy) == battery.lifetime_years(battery.energy)
    works = grid.components["works"]
    assert works.price.replacement_per_unit == 0
    cost = grid.purchase_cost(("works", "price"), 10.0, Held(0, 0, 1.0, 1.0), 1000.0)
    assert cost == pytest.approx(1000)
