from typing import ClassVar

import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    AS_IS,
    EXACT,
    FLOW_LIMITS,
    built,
    checks_of,
    figures_of,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.components.battery import cycles_for_life, years_to_fade
from verdigrid.results.cautions import cautions
from verdigrid.results.compare import compare
from verdigrid.solvers.solve import solve
from verdigrid.studies.plan import make_plan

#: 100 kWh, 100 kW, 90 % in, 80 % out, nothing lost by standing.
PLAIN = {
    "kind": "battery",
    "bus": "power",
    "energy": standing("kwh", 100),
    "power": standing("kw", 100),
    "charge_efficiency": 0.9,
    "discharge_efficiency": 0.8,
    "standing_loss_per_hour": 0.0,
    "min_soc": 0.0,
}


class TestBattery(ComponentHarness):
    kind = "battery"
    residuals = (
        "ceiling",
        "charge and discharge at once",
        "content",
        "floor",
        "power limit",
    )
    split_tolerance = 1e-4  # standing loss begins with the step after charging
    example: ClassVar = {
        "periods": 4,
        "components": {
            "grid": grid_at([0.1, 0.12, 0.3, 0.35]),
            "plant": load_of([10, 20, 30, 40]),
            "battery": {
                "kind": "battery",
                "bus": "power",
                "energy": option("kwh", 100, 0.05, embodied_kg_per_kwh=60.0),
                "power": option("kw", 50, 0.02, lifetime_years=15.0),
                "degradation_cost_per_kwh": 0.01,
            },
        },
    }
    variants: ClassVar = {
        "given start": {"initial_soc": 0.5},
        "fixed cost of the inverter, smallest purchase": {
            "power": option("kw", 50, 0.02, capex_fixed=3.0, min_kw=5.0)
        },
        "charging or discharging": {"exclusive_steps": (1,)},
        "tied sizes, c-rates, cycles": FLOW_LIMITS,
        "each alone, start in kWh, reserve for ageing, loss on the size": {
            "charge_and_discharge": "each",
            "initial_kwh": 10.0,
            "usable": "end_of_life",
            "standing_loss_of_capacity_per_hour": 0.001,
        },
        "same at the end, reserve for ageing": {
            "initial_soc": 0.5,
            "end": "equal_start",
            "usable": "mean_of_life",
        },
    }


def site(prices, load, periods=None, exclusive_steps=None, step_minutes=60, **battery):
    return microgrid(
        {
            "grid": grid_at(prices),
            "plant": load_of(load),
            "battery": {**PLAIN, **battery},
        },
        periods or len(load),
        step_minutes=step_minutes,
        exclusive_steps=exclusive_steps,
    )


def test_arbitrage_pays_both_efficiencies():
    plan = planned(site([0.1, 0.3], [10, 10]))
    battery = plan.values["battery"]
    assert battery["discharge_kw"] == pytest.approx([0, 10])
    assert battery["content_kwh"] == pytest.approx([10 / 0.8, 0])
    assert battery["charge_kw"] == pytest.approx([10 / 0.8 / 0.9, 0])
    assert plan.objective == pytest.approx(0.1 * (10 + 10 / 0.72))


def test_power_limits_charging():
    plan = planned(site([0.1, 0.3], [10, 10], power=standing("kw", 4)))
    assert plan.values["battery"]["charge_kw"] == pytest.approx([4, 0])
    assert plan.values["battery"]["discharge_kw"] == pytest.approx([0, 4 * 0.72])
    assert plan.objective == pytest.approx(0.1 * 14 + 0.3 * (10 - 2.88))


def test_spread_below_the_losses_is_left_alone():
    plan = planned(site([0.1, 0.1 / 0.72 - 0.001], [10, 10]))
    assert plan.values["battery"]["charge_kw"] == pytest.approx([0, 0], abs=1e-9)


def test_sizes_follow_the_need():
    """10 kWh out of the battery need 12.5 kWh of content and 13.9 kW of charging."""
    plan = planned(
        site(
            [0.1, 0.5],
            [0, 10],
            energy=option("kwh", 100, 0.08),
            power=option("kw", 100, 0.05),
        )
    )
    assert plan.size("battery", "energy").new == pytest.approx(12.5)
    assert plan.size("battery", "power").new == pytest.approx(12.5 / 0.9)
    cost = 0.1 * 12.5 / 0.9 + 0.08 * 12.5 + 0.05 * 12.5 / 0.9
    assert plan.objective == pytest.approx(cost)


def test_too_dear_a_battery_is_not_built():
    plan = planned(
        site(
            [0.1, 0.5],
            [0, 10],
            energy=option("kwh", 100, 0.25),
            power=option("kw", 100, 0.05),
        )
    )
    assert plan.size("battery", "energy").new == pytest.approx(0, abs=1e-9)
    assert plan.objective == pytest.approx(5)


@pytest.mark.parametrize(
    ("step_minutes", "load"), [(60, [0, 100]), (15, [0] * 7 + [400])]
)
def test_standing_loss_is_compounded(step_minutes, load):
    """100 kWh lose a tenth an hour: 81 are left after two, in steps of any length."""
    plan = planned(
        site(
            0.3,
            load,
            step_minutes=step_minutes,
            power=standing("kw", 500),
            standing_loss_per_hour=0.1,
            initial_soc=1.0,
            end="free",
        )
    )
    bought = 100 - 81 * 0.8
    assert plan.objective == pytest.approx(0.3 * bought)


def test_content_is_that_of_the_end_of_the_step():
    """A full battery holds nothing more: the first step can't charge."""
    plan = planned(site([0.01, 0.3], [0, 50], initial_soc=1.0, end="free"))
    assert plan.values["battery"]["charge_kw"][0] == pytest.approx(0, abs=1e-9)
    assert plan.values["battery"]["content_kwh"] == pytest.approx([100, 100 - 50 / 0.8])


@pytest.mark.parametrize(("end", "bought"), [("at_least_start", 60), ("free", 20)])
def test_end_holds_the_start_or_what_it_likes(end, bought):
    """Half of 100 kWh gives 40 kWh if it need not be put back."""
    plan = planned(site(0.3, [30, 30], initial_soc=0.5, end=end))
    assert plan.objective == pytest.approx(0.3 * bought)


def test_smallest_content_stays_inside():
    plan = planned(site(0.3, [30, 30], initial_soc=0.5, end="free", min_soc=0.2))
    assert plan.objective == pytest.approx(0.3 * (60 - 30 * 0.8))


def test_what_is_bought_does_not_come_charged_for_nothing():
    """Half full at the start and empty at the end would be energy without a price."""
    energy = option("kwh", 100, 0.39)
    with pytest.raises(ValidationError, match="energy for nothing"):
        site(1.0, [20, 20], initial_soc=0.5, end="free", energy=energy)


def test_tools_that_give_the_start_away_can_be_reproduced():
    """A kWh bought holds half a kWh, of which 0.4 arrive: worth 0.40, and 0.39 dear."""
    energy = option("kwh", 100, 0.39)
    given = {"initial_soc": 0.5, "end": "free_even_if_bought"}
    plan = planned(site(1.0, [20, 20], energy=energy, **given))
    assert plan.size("battery", "energy").new == pytest.approx(100)
    assert plan.objective == pytest.approx(39)


def test_ceiling_varies_in_time():
    """It may hold 30 kWh after the first hour and 60 after the second."""
    plan = planned(
        site([0.1, 0.2, 0.9], [0, 0, 100], max_soc={"values": [0.3, 0.6, 1.0]})
    )
    battery = plan.values["battery"]
    assert battery["content_kwh"] == pytest.approx([30, 60, 0])
    assert plan.objective == pytest.approx(
        0.1 * 30 / 0.9 + 0.2 * 30 / 0.9 + 0.9 * (100 - 60 * 0.8)
    )


def test_wear_counts_with_the_discharge():
    plan = planned(site([0.1, 0.3], [0, 10], degradation_cost_per_kwh=0.05))
    assert plan.objective == pytest.approx(0.1 * 10 / 0.72 + 0.05 * 10)


def test_cycle_closes_over_the_horizon():
    """Discharging in the first hour is owed by the last one."""
    plan = planned(site([0.5, 0.1], [10, 0]))
    assert plan.values["battery"]["content_kwh"] == pytest.approx([0, 12.5])
    assert plan.objective == pytest.approx(0.1 * 10 / 0.72)


def test_paid_for_burning_power_charges_and_discharges_at_once():
    """A negative price makes the losses pay; the overlap is reported.

    The second hour burns what the first one stored too much.
    """
    free = solve(built(site([-0.1, 0.1], [10, 10], power=standing("kw", 20))), EXACT)
    assert free.overlaps == {"battery": (0, 1)}
    assert free.objective < -0.1 * (10 + 10 / 0.72) - 0.01


def test_exclusive_steps_leave_the_honest_optimum():
    """It charges what the second hour can use and no more."""
    plan = planned(
        site(
            [-0.1, 0.1],
            [10, 10],
            power=standing("kw", 20),
            exclusive_steps={"battery": (0, 1)},
        )
    )
    assert plan.overlaps == {}
    assert plan.objective == pytest.approx(-0.1 * (10 + 10 / 0.72))


def test_end_below_the_start_fails_the_check():
    """A plan that emptied the battery, held against the rule that it must not."""
    plan = planned(site(0.3, [30, 30], initial_soc=0.5, end="free"))
    kept = plan.microgrid.components["battery"].model_copy(
        update={"end": "at_least_start"}
    )
    plan.microgrid.components["battery"] = kept
    failed = [check.what for check in checks_of(plan) if not check.holds]
    assert failed == ["battery: content at the end"]


# -- ageing -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("usable", "share"), [("as_new", 1.0), ("mean_of_life", 0.9), ("end_of_life", 0.8)]
)
def test_reserve_leaves_a_share_of_the_size_unused(usable, share):
    power = standing("kw", 200)
    plan = planned(site([0.1, 0.3], [0, 100], usable=usable, power=power))
    content = plan.values["battery"]["content_kwh"]
    assert content == pytest.approx([100 * share, 0])
    cost = 0.1 * 100 * share / 0.9 + 0.3 * (100 - 80 * share)
    assert plan.objective == pytest.approx(cost)


def test_reserve_is_bought_on_top():
    """8 kWh of content at the end of life are 10 kWh bought."""
    plan = planned(
        site(
            [0.1, 0.9],
            [0, 6.4],
            usable="end_of_life",
            energy=option("kwh", 100, 0.08),
        )
    )
    assert plan.size("battery", "energy").new == pytest.approx(10)


def test_reserve_multiplies_the_ceiling():
    ceiling = {"values": [0.5, 1.0]}
    plan = planned(site([0.1, 0.3], [0, 100], usable="end_of_life", max_soc=ceiling))
    assert plan.values["battery"]["content_kwh"] == pytest.approx([40, 0])


@pytest.mark.parametrize("fields", [{"initial_soc": 0.9}, {"min_soc": 0.85}])
def test_contents_beyond_the_reserve_are_refused(fields):
    with pytest.raises(ValidationError, match=r"at most 0\.8"):
        site(0.3, [1, 1], usable="end_of_life", **fields)


def test_a_fuller_battery_than_the_reserve_allows_fails_the_check():
    plan = planned(site([0.1, 0.3], [0, 100]))
    battery = plan.microgrid.components["battery"]
    aged = battery.model_copy(update={"usable": "end_of_life"})
    plan.microgrid.components["battery"] = aged
    failed = [check.what for check in checks_of(plan) if not check.holds]
    assert failed == ["battery: ceiling"]


@pytest.mark.parametrize("represents", ["year", "as_is"])
def test_years_to_the_end_of_life(represents):
    """A full cycle in two hours is 4380 a year, with two hours for a year or as is.

    One percent by each cycle and nothing by age: 20 % are gone after 20 cycles.
    """
    plan = planned(
        microgrid(
            {
                "grid": grid_at([0.1, 0.3]),
                "plant": load_of([0, 80]),
                "battery": {
                    **PLAIN,
                    "power": standing("kw", 200),
                    "cycle_fade_per_full_cycle": 0.01,
                    "calendar_fade_per_sqrt_day": 0.0,
                },
            },
            2,
            represents=represents,
            finance=AS_IS,
        )
    )
    figures = figures_of(plan, "battery")
    assert figures["years to end of life"] == pytest.approx(20 / 4380)
    weight = 4380 if represents == "year" else 1
    assert figures["full cycles"] == pytest.approx(weight)


def test_an_idle_battery_fades_by_age_alone():
    """0.2 / 0.01 is 20, the root of 400 days."""
    fade = {"calendar_fade_per_sqrt_day": 0.01}
    plan = planned(site(0.3, [10, 10], **fade))
    years = figures_of(plan, "battery")["years to end of life"]
    assert years == pytest.approx(400 / 365)


def test_a_battery_without_fade_has_no_end_of_life():
    fade = {"calendar_fade_per_sqrt_day": 0.0, "cycle_fade_per_full_cycle": 0.0}
    idle = figures_of(planned(site(0.3, [1, 1], **fade)), "battery")
    assert "years to end of life" not in idle


@pytest.mark.parametrize("cycles", [50.0, 205.0, 365.0, 700.0])
def test_life_is_where_both_fades_add_up_to_the_loss(cycles):
    years = years_to_fade(0.2, 1.16e-3, 2.46e-5, cycles)
    lost = 1.16e-3 * (365 * years) ** 0.5 + 2.46e-5 * cycles * years
    assert lost == pytest.approx(0.2)
    assert cycles_for_life(years, 0.2, 1.16e-3, 2.46e-5) == pytest.approx(cycles)


@pytest.mark.parametrize(("life", "cautioned"), [(20.0, True), (0.004, False)])
def test_a_battery_that_wears_out_early_is_cautioned_against(life, cautioned):
    energy = option("kwh", 100, 0.001, lifetime_years=life)
    plan = make_plan(
        site([0.1, 0.3], [0, 50], energy=energy, cycle_fade_per_full_cycle=0.01)
    )
    texts = cautions(plan.plan, plan.baseline, compare(plan.plan, plan.baseline))
    assert any("worn out after" in text for text in texts) == cautioned
