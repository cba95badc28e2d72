"""What is said of plan and baseline against every policy."""

import pytest

from support import grid_at, load_of, microgrid, option
from verdigrid.models.policy import Standing
from verdigrid.results.standings import limit_lines, number, policy_rows
from verdigrid.studies.plan import Plan, make_plan


@pytest.fixture(scope="module")
def made() -> Plan:
    """PV of at most 60 kW at noon; a share that it just reaches, one it misses."""
    parts = {
        "grid": grid_at(0.1),
        "plant": load_of([100, 100]),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": {"values": [1.0, 0.0]},
            "capacity": option("kw", 60, 1.0),
        },
    }
    policies = {
        "green": {"kind": "green_power_share", "at_least": 0.25},
        "budget": {"kind": "investment_budget", "at_most": 80.0},
        "wish": {"kind": "green_power_share", "at_least": 0.9, "enforce": False},
        "price": {"kind": "carbon_price", "scopes": [2], "price_per_tonne": 1.0},
    }
    return make_plan(microgrid(parts, 2, policies=policies))


def test_rows(made: Plan) -> None:
    rows = {row.policy: row for row in policy_rows(made.plan, made.baseline)}
    green, budget, wish, price = rows.values()
    assert (green.kept, green.baseline_kept) == (True, False)
    assert (green.value, green.baseline) == (pytest.approx(0.25), 0)
    # 1 kWh less bought for 1.00: 0.10 and the carbon of 0.5 kg are saved.
    assert green.shadow_price == pytest.approx(1 - 0.1 - 0.0005)
    assert budget.unit == "EUR"
    assert budget.value == pytest.approx(50)
    assert budget.margin == pytest.approx(30)
    assert wish.kept is False
    assert wish.margin == pytest.approx(-0.65)
    assert (price.limit, price.kept, price.unit) == (None, None, "")


def test_lines(made: Plan) -> None:
    lines = limit_lines(policy_rows(made.plan, made.baseline), "EUR", False)
    assert lines == [
        "green: 25.0%, at least 25.0%; the next kWh more would cost 0.899 EUR",
        "budget: 50.0 of 80.0 EUR; it does not bind",
        "wish: 25.0%, at least 90.0% (not enforced, missed)",
    ]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "share", "-"),
        (0.1234, "share", "12.3%"),
        (1234.56, "kW", "1,234.6"),
        (0.01234, "t", "0.01234"),
    ],
)
def test_numbers(value: float | None, unit: str, text: str) -> None:
    assert number(value, unit) == text


@pytest.mark.parametrize(
    ("sense", "missed", "margin"), [("at most", 10, -0.1), ("at least", 0, 0.1)]
)
def test_standing(sense: str, missed: float, margin: float) -> None:
    found = Standing(60.0, 100.0, 0.5, sense, "share", "kWh")
    assert found.value == pytest.approx(0.6)
    assert found.missed_by == pytest.approx(missed)
    assert found.margin == pytest.approx(margin)


def test_share_of_nothing() -> None:
    found = Standing(0.0, 0.0, 0.5, "at least", "share", "kWh")
    assert found.value is None
    assert found.margin is None
    assert found.missed_by == 0
