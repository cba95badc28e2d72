"""shared_limit: what several capacities need together fits into what there is."""

import pytest
from policy_sites import standing_of
from purchase_sites import name_of, three_roofs

from support import option, planned, policy, standing
from verdigrid.models.policies.shared_limit import SharedLimit


def limit(at_most, uses=(1.0, 1.0, 1.0), **more):
    named = {name_of(c): use for c, use in zip("abc", uses, strict=True)}
    return {"rule": {"kind": "shared_limit", "uses": named, "at_most": at_most, **more}}


def sizes(plan):
    return [size.new for size in plan.sizes]


def test_the_cheapest_use_the_space():
    """20 kW fit, and the first roof saves most for each."""
    plan = planned(three_roofs(limit(20.0)))
    assert sizes(plan) == pytest.approx([20, 0, 0])
    assert plan.objective == pytest.approx(12 - 20 * 0.06)


def test_space_goes_to_what_saves_most_for_it():
    """The first saves 0.06 on 3 m2, the second 0.05 on 2, the third 0.04 on 1."""
    plan = planned(three_roofs(limit(70.0, (3.0, 2.0, 1.0), measured_in="m2")))
    assert sizes(plan) == pytest.approx([0, 20, 30])
    found = standing_of(plan)
    assert (found.value, found.unit) == (pytest.approx(70), "m2")


def test_the_next_unit_of_space_has_a_price():
    parts = {f"roof_{c}": {"min_kw": 0.0} for c in "abc"}
    plan = planned(three_roofs(limit(20.0), **parts))
    assert plan.shadow_prices["rule"] == pytest.approx(0.06)


@pytest.mark.parametrize(("counts", "new"), [("new", 20.0), ("total", 12.0)])
def test_what_stands_counts_if_the_limit_says_so(counts, new):
    parts = {"roof_c": {"existing_kw": 8.0}}
    plan = planned(three_roofs(limit(20.0, counts=counts), **parts))
    assert sum(sizes(plan)) == pytest.approx(new)


def test_what_is_given_up_makes_room():
    gone = {"removal_per_kw": 0.0, "scrap_per_kw": 0.05}
    parts = {"roof_c": {"existing_kw": 8.0, "retire": gone}}
    plan = planned(three_roofs(limit(20.0, counts="total"), **parts))
    assert plan.size("roof_c", "capacity").kept == pytest.approx(0, abs=1e-9)
    assert sizes(plan) == pytest.approx([20, 0, 0])


def test_looser_never_costs_more():
    costs = [planned(three_roofs(limit(most))).objective for most in (0, 15, 40, 99)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == pytest.approx(planned(three_roofs()).objective)


def test_it_needs_no_decision():
    assert policy(**limit(9.0)["rule"]).needs_decision() == []


def problems(rule, **more):
    site = three_roofs(None, **more)
    return [str(p) for p in policy(**rule).problems(site.components, {})]


def test_names_are_looked_up():
    rule = {**limit(9.0)["rule"], "uses": {"roof_x.capacity": 1.0, name_of("a"): 1.0}}
    (found,) = problems(rule)
    assert "got 'roof_x.capacity', expected a capacity: one of roof_a.capacity" in found


def test_what_stands_is_no_more_than_there_is():
    fixed = {"roof_b": {**standing("kw", 5.0), "max_kw": 5.0, "min_kw": 0.0}}
    assert problems(limit(9.0)["rule"], **fixed) == []  # it may come in a later stage
    assert problems(limit(9.0, counts="total")["rule"], **fixed) == []
    (short,) = problems(limit(4.0, counts="total")["rule"], **fixed)
    assert "at_most: got 4, where what stands needs 5" in short


@pytest.mark.parametrize("uses", [{}, {"roof_a.capacity": -1.0}])
def test_what_is_refused(uses):
    with pytest.raises(ValueError, match="at least one capacity, none below 0"):
        SharedLimit(uses=uses, at_most=1.0)


def test_storage_is_named_by_its_part():
    from support import microgrid

    battery = {
        "kind": "battery",
        "bus": "power",
        "energy": option("kwh", 100, 0.01),
        "power": option("kw", 50, 0.01),
    }
    rule = policy("shared_limit", uses={"battery.energy": 0.2}, at_most=1.0)
    grid = microgrid({"battery": battery}, 1)
    assert rule.problems(grid.components, {}) == []
