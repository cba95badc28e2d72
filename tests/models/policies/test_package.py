"""package: bought together or not at all."""

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


def rule(letters):
    return {"kind": "package", "capacities": [name_of(c) for c in letters]}


def test_bought_together_where_that_pays():
    """c at 0.13 costs 0.3 more than it saves; with a it saves 1.8."""
    plan = planned(three_roofs({"rule": rule("ac")}, (0.04, 0.2, 0.13)))
    assert [s.new for s in plan.sizes] == pytest.approx([30, 0, 10])
    assert standing_of(plan).value == 0


def test_not_at_all_where_it_does_not():
    plan = planned(three_roofs({"rule": rule("ac")}, (0.04, 0.2, 0.3)))
    assert bought(plan) == ""


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("letters", ["ab", "bc", "abc"])
def test_same_as_brute_force(seed, letters):
    site = drawn_site(seed)
    plan = planned(replace(site, policies={"rule": policy(**rule(letters))}))

    def allowed(chosen):
        return {*letters} <= {*chosen} or not {*letters} & {*chosen}

    assert plan.objective == pytest.approx(cheapest_of_all(site, {}, allowed))


def test_part_of_a_package_fails_the_check():
    plan = planned(three_roofs(None))
    rules = {"rule": policy(**rule("ac"))}
    wrong = replace(plan, microgrid=replace(plan.microgrid, policies=rules))
    failed = [check.what for check in checks_of(wrong) if not check.holds]
    assert failed == ["policy rule kept"]


def problems(fields, **more):
    site = three_roofs(None, **more)
    return [str(p) for p in policy(**fields).problems(site.components, {})]


def test_what_is_refused():
    assert problems(rule("abc")) == []
    (found,) = problems(rule("abc"), roof_b={"min_kw": 0.0})
    assert "a smallest purchase" in found
    (found,) = problems(rule("abc"), roof_b={"max_kw": 0.0, "min_kw": 0.0})
    assert "no room for new capacity" in found
    (found,) = problems(rule("aab"))
    assert "twice" in found
    found = problems({"kind": "package", "capacities": ["plant.capacity"]})
    assert "'plant.capacity', expected a capacity: one of" in found[0]


GOODS = [
    {"name": "small", "kw": 6.0, "capex": 1.0, "om_per_year": 0.0},
    {"name": "large", "kw": 9.0, "capex": 1.2, "om_per_year": 0.0},
]


@pytest.mark.parametrize(
    ("smallest", "new"),
    [
        ({"unit_kw": 7.0}, 7.0),
        ({"catalogue": GOODS, "capex_per_kw": None}, 9.0),
        ({"min_kw": 5.0}, 5.0),
    ],
)
def test_what_belongs_to_it_is_bought_at_its_smallest(smallest, new):
    """c for 0.13 a kW does not pay; the large product loses 0.3, the small one 0.4."""
    parts = {"roof_c": {"min_kw": 0.0, **smallest}}
    plan = planned(three_roofs({"rule": rule("ac")}, (0.04, 0.2, 0.13), **parts))
    assert [s.new for s in plan.sizes] == pytest.approx([30, 0, new])
