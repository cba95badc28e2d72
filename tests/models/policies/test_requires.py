"""requires: nothing is bought before what it presupposes."""

from dataclasses import replace

import pytest
from policy_sites import standing_of
from purchase_sites import (
    bought,
    cheapest_of_all,
    drawn_site,
    name_of,
    three_roofs,
)

from support import checks_of, planned, policy

GONE = {"removal_per_kw": 0.0, "scrap_per_kw": 0.0}


def rule(capacity, needs):
    return {
        "kind": "requires",
        "capacity": name_of(capacity),
        "needs": [name_of(c) for c in needs],
    }


def test_the_dear_one_is_bought_because_the_cheap_one_needs_it():
    """a saves 0.06 x 30 = 1.8; c at its smallest costs no more than it saves."""
    dear = (0.04, 0.2, 0.13)
    assert bought(planned(three_roofs(None, dear))) == "a"
    plan = planned(three_roofs({"rule": rule("a", "c")}, dear))
    assert [s.new for s in plan.sizes] == pytest.approx([30, 0, 10])
    assert plan.objective == pytest.approx(12 - 1.8 + 10 * 0.03)
    assert standing_of(plan).value == 0


def test_all_prerequisites_or_nothing():
    """b at its smallest costs 1.0 more than it saves, and c 1.1; a saves 1.8."""
    plan = planned(three_roofs({"rule": rule("a", "bc")}, (0.04, 0.2, 0.21)))
    assert bought(plan) == ""


def test_what_stands_is_there():
    parts = {"roof_c": {"existing_kw": 5.0}}
    plan = planned(three_roofs({"rule": rule("a", "c")}, (0.04, 0.2, 0.2), **parts))
    assert bought(plan) == "a"


def test_what_is_given_up_does_not_stand():
    """Scrap of 0.5 for 4 kW of c is worth more than them, but a needs c."""
    gone = {"removal_per_kw": 0.0, "scrap_per_kw": 0.125}
    parts = {"roof_c": {"existing_kw": 4.0, "retire": gone}}
    free = planned(three_roofs(None, (0.04, 0.2, 0.2), **parts))
    assert free.size("roof_c", "capacity").kept == pytest.approx(0, abs=1e-9)
    plan = planned(three_roofs({"rule": rule("a", "c")}, (0.04, 0.2, 0.2), **parts))
    assert plan.size("roof_c", "capacity").kept == pytest.approx(4)
    assert bought(plan) == "a"


CHAINS = {
    "one": ([("a", "b")], lambda s: "a" not in s or "b" in s),
    "two": ([("a", "bc")], lambda s: "a" not in s or {"b", "c"} <= set(s)),
    "chain": (
        [("a", "b"), ("b", "c")],
        lambda s: ("a" not in s or "b" in s) and ("b" not in s or "c" in s),
    ),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("chain", sorted(CHAINS))
def test_same_as_brute_force(seed, chain):
    pairs, allowed = CHAINS[chain]
    site = drawn_site(seed)
    rules = {f"rule_{n}": policy(**rule(*pair)) for n, pair in enumerate(pairs)}
    plan = planned(replace(site, policies=rules))
    assert plan.objective == pytest.approx(cheapest_of_all(site, {}, allowed))


def test_a_purchase_without_its_prerequisite_fails_the_check():
    plan = planned(three_roofs(None))
    assert bought(plan) == "ab"
    wrong = replace(
        plan,
        microgrid=replace(plan.microgrid, policies={"rule": policy(**rule("a", "c"))}),
    )
    failed = [check.what for check in checks_of(wrong) if not check.holds]
    assert failed == ["policy rule kept"]


def problems(*rules, **more):
    made = {f"rule_{n}": policy(**fields) for n, fields in enumerate(rules)}
    site = three_roofs(None, **more)
    return [
        str(problem)
        for one in made.values()
        for problem in one.problems(site.components, made)
    ]


def test_names_are_looked_up():
    assert problems(rule("a", "b")) == []
    found = problems({**rule("a", "b"), "needs": ["roof_x.capacity"]})
    assert "expected a capacity: one of roof_a.capacity" in found[0]
    (found,) = problems(rule("a", "b"), roof_a={"max_kw": 0.0, "min_kw": 0.0})
    assert "no room for new capacity" in found
    (found,) = problems(rule("a", "b"), roof_b={"max_kw": 0.0, "min_kw": 0.0})
    assert "no room for new capacity" in found
    (found,) = problems(rule("a", "bb"))
    assert "twice" in found


def test_a_prerequisite_has_a_smallest_purchase():
    (found,) = problems(rule("a", "b"), roof_b={"min_kw": 0.0})
    assert "next to nothing would count as bought" in found
    stands = {"min_kw": 0.0, "existing_kw": 3.0}
    assert problems(rule("a", "b"), roof_b=stands) == []
    assert len(problems(rule("a", "b"), roof_b={**stands, "retire": GONE})) == 1
    assert problems(rule("a", "b"), roof_a={"min_kw": 0.0}) == []


def test_circles_are_refused():
    (found,) = problems(rule("a", "a"))
    assert "a circle: roof_a.capacity needs roof_a.capacity" in found
    found = problems(rule("a", "b"), rule("b", "c"), rule("c", "a"))
    assert len(found) == 3
    assert (
        "a circle: roof_a.capacity needs roof_b.capacity needs roof_c.capacity needs "
        "roof_a.capacity" in found[0]
    )
    assert "a package buys all of them or none" in found[0]
    told = {**rule("b", "a"), "enforce": False}
    assert problems(rule("a", "b"), told) == []
