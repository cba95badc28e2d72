"""What a storage may be asked to keep, each with an answer to be worked out by hand.

What every storage has had from the start (efficiencies, sizes apart, smallest content,
cyclic and free ends, compounded loss, varying ceiling) is in
``tests/models/components/test_battery.py``.
"""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from harness import rows_and_columns
from support import (
    AS_IS,
    checks_of,
    compiled,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
    steps_halved,
)
from verdigrid.models.components.thermal_storage import ThermalStorage
from verdigrid.models.errors import InfeasibleError

#: 100 kWh, 1000 kW, 90 % in, 80 % out, nothing lost by standing.
PLAIN = {
    "kind": "battery",
    "bus": "power",
    "energy": standing("kwh", 100),
    "power": standing("kw", 1000),
    "charge_efficiency": 0.9,
    "discharge_efficiency": 0.8,
    "standing_loss_per_hour": 0.0,
    "min_soc": 0.0,
}


def site(prices, load, exclusive_steps=None, represents="as_is", **battery):
    return microgrid(
        {
            "grid": grid_at(prices),
            "plant": load_of(load),
            "battery": {**PLAIN, **battery},
        },
        len(load),
        exclusive_steps=exclusive_steps,
        represents=represents,
        finance=AS_IS,
    )


# -- flows ------------------------------------------------------------------


@pytest.mark.parametrize(("cycles", "out"), [(0, 0), (1, 100), (1.5, 150), (9, 200)])
def test_cycles_limit_what_is_taken_out_of_the_content(cycles, out):
    """Twice 100 kWh could be taken out, of which 80 % arrive."""
    plan = planned(site([0.1, 0.3] * 2, [0, 80] * 2, max_cycles_per_year=cycles))
    cost = 0.1 * out / 0.9 + 0.3 * (160 - 0.8 * out)
    assert plan.objective == pytest.approx(cost)


def test_cycles_are_those_of_a_year():
    """Four hours stand for 2190 times as much, so 2190 cycles a year are one here."""
    load = [0, 80] * 2
    plan = planned(
        site([0.1, 0.3] * 2, load, represents="year", max_cycles_per_year=2190)
    )
    assert plan.objective == pytest.approx(2190 * (0.1 * 100 / 0.9 + 0.3 * 80))


def test_more_cycles_can_be_bought_with_more_size():
    """At half a cycle, 8 kWh out ask for 20 kWh of size where 10 would hold them."""
    energy = option("kwh", 100, 0.01)
    plan = planned(site([0.1, 0.9], [0, 8], energy=energy, max_cycles_per_year=0.5))
    assert plan.size("battery", "energy").new == pytest.approx(20)


def test_charging_is_limited_by_its_c_rate():
    """0.4 per hour of 100 kWh: 40 kW, of which 36 are stored and 28.8 arrive."""
    plan = planned(site([0.1, 0.3], [0, 80], max_charge_c_rate=0.4))
    assert plan.values["battery"]["charge_kw"] == pytest.approx([40, 0])
    assert plan.objective == pytest.approx(0.1 * 40 + 0.3 * (80 - 28.8))


def test_discharging_is_limited_by_its_c_rate():
    plan = planned(site([0.1, 0.3], [0, 80], max_discharge_c_rate=0.2))
    assert plan.values["battery"]["discharge_kw"] == pytest.approx([0, 20])
    assert plan.objective == pytest.approx(0.1 * 20 / 0.72 + 0.3 * 60)


def test_c_rate_counts_what_is_bought():
    """20 kW out at 0.2 per hour are 100 kWh, though 25 kWh would hold them."""
    energy = option("kwh", 1000, 0.01)
    plan = planned(site([0.1, 0.9], [0, 20], energy=energy, max_discharge_c_rate=0.2))
    assert plan.size("battery", "energy").new == pytest.approx(100)


@pytest.mark.parametrize(("rates", "per_hour"), [("charge", 40.0), ("discharge", 20.0)])
def test_c_rates_limit_a_store_without_a_power_too(rates, per_hour):
    tank = {
        **{key: value for key, value in PLAIN.items() if key != "power"},
        "kind": "hydrogen_tank",
        "bus": "h2",
        f"max_{rates}_c_rate": per_hour / 100,
    }
    plan = planned(
        microgrid(
            {
                "supply": heat_at([0.1, 0.3], bus="h2"),
                "furnace": load_of([0, 80], "h2"),
                "tank": tank,
            },
            2,
            buses={"h2": {"carrier": "hydrogen"}},
        )
    )
    assert plan.values["tank"][f"{rates}_kw"].max() == pytest.approx(per_hour)


def test_energy_tied_to_power_by_its_duration():
    """13.9 kW of charging make 27.8 kWh, though 12.5 kWh would hold it."""
    plan = planned(
        site(
            [0.1, 0.5],
            [0, 10],
            energy=option("kwh", 100, 0.08),
            power=option("kw", 100, 0.05),
            duration_hours=2.0,
        )
    )
    power = 12.5 / 0.9
    assert plan.size("battery", "power").new == pytest.approx(power)
    assert plan.size("battery", "energy").new == pytest.approx(2 * power)
    assert plan.objective == pytest.approx((0.1 + 0.08 * 2 + 0.05) * power)


def test_duration_counts_what_stands():
    """40 kWh and 20 kW stand; 60 kWh more come with 30 kW more."""
    plan = planned(
        site(
            [0.1, 0.9],
            [0, 80],
            energy=option("kwh", 500, 0.08, existing_kwh=40.0),
            power=option("kw", 500, 0.05, existing_kw=20.0),
            duration_hours=2.0,
            max_charge_c_rate=0.5,
        )
    )
    energy, power = (plan.size("battery", field) for field in ("energy", "power"))
    assert energy.total == pytest.approx(2 * power.total)
    assert energy.total > 40


def test_a_tied_battery_stands_in_the_baseline_as_it_is():
    """It stands with 100 kWh and 20 kW; only together with new ones it is 2 h."""
    grid = site(
        [0.1, 0.3],
        [0, 10],
        power=option("kw", 50, 0.01, existing_kw=20.0),
        duration_hours=2.0,
    )
    assert planned(grid).size("battery", "power").total == pytest.approx(50)
    before = planned(grid.baseline())
    assert before.size("battery", "power").total == pytest.approx(20)


@pytest.mark.parametrize(
    ("power", "text"),
    [(standing("kw", 30), "can't hold"), (option("kw", 49, 0.0), "can't hold")],
)
def test_durations_that_no_size_has_are_refused(power, text):
    with pytest.raises(ValidationError, match=text):
        site(0.1, [1, 1], power=power, duration_hours=2.0)


def test_standing_sizes_with_their_duration_are_accepted():
    power = standing("kw", 50)
    planned(site(0.1, [1, 1], power=power, duration_hours=2.0))


def test_duration_without_a_power_is_refused():
    with pytest.raises(ValidationError, match="add power"):
        ThermalStorage.model_validate(
            {
                "bus": "heat",
                "energy": standing("kwh", 100),
                "duration_hours": 2.0,
            }
        )


# -- start and end ----------------------------------------------------------


def test_start_as_a_share_of_the_sized_capacity():
    """Half of 50 kWh gives the 20 kWh of the first hour, put back in the second."""
    energy = option("kwh", 100, 0.05)
    plan = planned(site([0.5, 0.1], [20, 0], energy=energy, initial_soc=0.5))
    assert plan.size("battery", "energy").new == pytest.approx(50)
    assert plan.objective == pytest.approx(0.05 * 50 + 0.1 * 25 / 0.9)


@pytest.mark.parametrize(
    ("end", "bought"), [("at_least_start", 60), ("equal_start", 60), ("free", 20)]
)
def test_start_in_kwh(end, bought):
    """50 kWh give 40 kWh if they need not be put back."""
    plan = planned(site(0.3, [30, 30], initial_kwh=50.0, end=end))
    assert plan.objective == pytest.approx(0.3 * bought)


@pytest.mark.parametrize(
    ("end", "content"), [("at_least_start", 100), ("equal_start", 50), ("free", 100)]
)
@pytest.mark.parametrize("start", [{"initial_kwh": 50.0}, {"initial_soc": 0.5}])
def test_equal_to_the_start_is_not_more_either(start, end, content):
    """Paid for taking power in the last hour, it would like to be full at the end."""
    plan = planned(site([0.3, -0.1], [0, 10], {"battery": (0, 1)}, end=end, **start))
    assert plan.values["battery"]["content_kwh"][-1] == pytest.approx(content)


def test_start_in_kwh_fits_in_the_size():
    """Nothing else asks for a purchase; the content at the start needs its place."""
    energy = option("kwh", 100, 0.01)
    plan = planned(site(0.3, [10, 10], energy=energy, initial_kwh=30.0))
    assert plan.size("battery", "energy").new == pytest.approx(30)
    assert plan.objective == pytest.approx(0.3 * 20 + 0.01 * 30)


def test_start_in_kwh_fits_in_what_may_be_filled():
    energy = option("kwh", 100, 0.01)
    plan = planned(
        site(0.3, [9, 9], energy=energy, initial_kwh=40.0, usable="end_of_life")
    )
    assert plan.size("battery", "energy").new == pytest.approx(50)


def test_baseline_starts_with_what_its_size_holds():
    energy = option("kwh", 100, 0.01, existing_kwh=10.0)
    grid = site(0.3, [10, 10], energy=energy, initial_kwh=30.0)
    assert grid.baseline().components["battery"].initial_kwh == 10
    planned(grid.baseline())
    stands = site(0.3, [10, 10], initial_kwh=30.0)
    assert stands.baseline().components["battery"].initial_kwh == 30


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"initial_kwh": 50.0, "initial_soc": 0.5}, "either"),
        ({"initial_kwh": 101.0}, "does not fit"),
        ({"initial_kwh": 81.0, "usable": "end_of_life"}, "does not fit"),
        (
            {"initial_kwh": 5.0, "end": "free", "energy": option("kwh", 9, 0.1)},
            "energy for nothing",
        ),
    ],
)
def test_starts_that_can_not_be_are_refused(fields, text):
    with pytest.raises(ValidationError, match=text):
        site(0.3, [1, 1], **fields)


def test_free_end_of_what_stands_is_nothing_for_nothing():
    energy = option("kwh", 100, 0.5, existing_kwh=50.0)
    plan = planned(site(0.3, [30, 30], energy=energy, initial_kwh=50.0, end="free"))
    assert plan.objective == pytest.approx(0.3 * 20)
    assert plan.size("battery", "energy").new == pytest.approx(0)


# -- loss on the size -------------------------------------------------------

LOSSY = {"standing_loss_of_capacity_per_hour": 0.01}  # 1 kWh an hour


@pytest.mark.parametrize("halved", [0, 1])
def test_loss_on_capacity_is_the_same_at_any_content(halved):
    """10 kWh out are 12.5; an hour's loss each for the first and the second hour."""
    grid = site([0.1, 0.3], [0, 10], **LOSSY)
    plan = planned(steps_halved(grid) if halved else grid)
    assert plan.values["battery"]["content_kwh"][-1] == pytest.approx(0)
    assert plan.objective == pytest.approx(0.1 * (12.5 + 2) / 0.9)


def test_loss_on_capacity_is_made_up_for_where_nothing_is_stored():
    """The prices differ by less than the losses: only the 2 kWh are worth it."""
    plan = planned(site([0.1, 0.12], [10, 10], **LOSSY))
    assert plan.values["battery"]["content_kwh"] == pytest.approx([1, 0])
    assert plan.objective == pytest.approx(0.1 * 10 + 0.12 * 10 + 0.1 * 2 / 0.9)


def test_loss_on_capacity_never_makes_the_content_negative():
    """Where it can't be charged, there is no plan."""
    with pytest.raises(InfeasibleError):
        planned(site(0.3, [10, 10], power=standing("kw", 0), **LOSSY))


def test_loss_on_capacity_grows_with_what_is_bought():
    energy = option("kwh", 100, 0.01)
    plan = planned(site([0.1, 0.9], [0, 8], energy=energy, **LOSSY))
    size = 10 / (1 - 0.01)  # holds the loss of the second hour too
    assert plan.size("battery", "energy").new == pytest.approx(size)
    cost = 0.01 * size + 0.1 * (10 + 0.02 * size) / 0.9
    assert plan.objective == pytest.approx(cost)


# -- all together -----------------------------------------------------------

EVERYTHING = {
    "energy": option("kwh", 100, 0.01, existing_kwh=10.0),
    "power": option("kw", 100, 0.01),
    "duration_hours": 2.0,
    "max_charge_c_rate": 0.4,
    "max_discharge_c_rate": 0.3,
    "max_cycles_per_year": 400.0,
    "charge_and_discharge": "each",
    "initial_kwh": 20.0,
    "end": "equal_start",
    "usable": "mean_of_life",
    **LOSSY,
}


@pytest.mark.parametrize("start", [20.0, None])
@pytest.mark.parametrize("limits", ["sum", "each"])
def test_templates_change_nothing(start, limits):
    fields = {"initial_kwh": start, "charge_and_discharge": limits}
    grid = steps_halved(site([0.1, 0.3] * 2, [0, 80] * 2, **{**EVERYTHING, **fields}))
    grid = replace(grid, calendar=replace(grid.calendar, represents="year"))
    assert rows_and_columns(compiled(grid)) == rows_and_columns(compiled(grid, False))


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"max_cycles_per_year": 0.5}, ["cycles"]),
        ({"max_charge_c_rate": 0.5}, ["charge c-rate"]),
        ({"max_discharge_c_rate": 0.5}, ["discharge c-rate"]),
        ({"duration_hours": 1.0}, ["duration"]),
        ({"initial_kwh": 0.0}, []),
        ({"initial_kwh": 200.0}, ["content", "content at the end", "start fits"]),
        (
            {"initial_kwh": 50.0, "end": "equal_start"},
            ["content", "content at the end"],
        ),
        (LOSSY, ["content"]),
    ],
)
def test_recomputation_notices_every_limit_that_is_broken(change, broken):
    """A plan made without the limit, held against it."""
    plan = planned(site([0.1, 0.3], [0, 100]))
    battery = plan.microgrid.components["battery"]
    plan.microgrid.components["battery"] = battery.model_copy(update=change)
    failed = [check.what for check in checks_of(plan) if not check.holds]
    # What stands in it longer than it does is lost, too: that is a measure.
    failed = [what for what in failed if not what.startswith("measure")]
    assert failed == [f"battery: {residual}" for residual in broken]


@pytest.mark.parametrize("limits", ["sum", "each"])
def test_recomputation_knows_what_the_power_limits(limits):
    """150 kW in and 100 kW out are too much for 200 kW together, not for each."""
    fields = {"power": standing("kw", 200), "charge_and_discharge": limits}
    plan = planned(site([0.1, 0.3], [0, 100], **fields))
    both = {"charge_kw": np.array([150.0, 0]), "discharge_kw": np.array([100.0, 0])}
    mine = {**plan.values["battery"], **both}
    tampered = replace(plan, values={**plan.values, "battery": mine})
    failed = [check.what for check in checks_of(tampered) if not check.holds]
    assert ("battery: power limit" in failed) is (limits == "sum")
