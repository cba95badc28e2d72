"""exclusive_group: only so many of several alternatives are bought."""

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

from support import planned, policy
from verdigrid.models.microgrid import Microgrid


def group(letters="abc", **number):
    names = [name_of(c) for c in letters]
    return {"rule": {"kind": "exclusive_group", "capacities": names, **number}}


def with_rules(site: Microgrid, rules) -> Microgrid:
    return replace(site, policies={n: policy(**r) for n, r in rules.items()})


@pytest.mark.parametrize(
    ("at_most", "letters"), [(0, ""), (1, "a"), (2, "ab"), (3, "ab")]
)
def test_at_most(at_most, letters):
    """Of three roofs for 60 kW two are enough, and the cheapest are taken."""
    plan = planned(three_roofs(group(at_most=at_most)))
    assert bought(plan) == letters
    assert standing_of(plan).value == len(letters)


def test_exactly_may_mean_more_than_pays():
    """All three: the dearest at its smallest, 10 kW, in the place of the second."""
    plan = planned(three_roofs(group(exactly=3)))
    assert [s.new for s in plan.sizes] == pytest.approx([30, 20, 10])
    assert standing_of(plan).value == 0
    assert planned(three_roofs(group(exactly=0))).objective == pytest.approx(12)


def test_what_stands_does_not_count():
    parts = {"roof_c": {"existing_kw": 5.0}}
    assert bought(planned(three_roofs(group(at_most=1), **parts))) == "a"


def test_only_the_named_get_a_decision():
    free = {f"roof_{c}": {"min_kw": 0.0} for c in "abc"}
    plan = planned(three_roofs(group("ab", at_most=1), **free))
    assert plan.facts["integers"] == 2
    assert planned(three_roofs(None, **free)).facts["integers"] == 0
    told = {"rule": {**group("ab", at_most=1)["rule"], "enforce": False}}
    assert planned(three_roofs(told, **free)).facts["integers"] == 0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("number", [{"at_most": 1}, {"at_most": 2}, {"exactly": 2}])
def test_same_as_brute_force(seed, number):
    site = drawn_site(seed)
    plan = planned(with_rules(site, group(**number)))

    def allowed(letters):
        count = len(letters)
        return (
            count == number["exactly"]
            if "exactly" in number
            else (count <= number["at_most"])
        )

    assert plan.objective == pytest.approx(cheapest_of_all(site, {}, allowed))


def problems(rule, **more):
    site = three_roofs(None, **more)
    return [str(p) for p in policy(**rule).problems(site.components, {})]


def test_names_are_looked_up():
    rule = group(at_most=1)["rule"]
    assert problems(rule) == []
    (found,) = problems({**rule, "capacities": ["roof_a.power"]})
    assert "'roof_a.power', expected a capacity: one of roof_a.capacity" in found
    (found,) = problems({**rule, "capacities": [name_of("a")] * 2})
    assert "twice" in found
    (found,) = problems(rule, roof_b={"max_kw": 0.0, "min_kw": 0.0})
    assert "no room for new capacity" in found


def test_a_purchase_of_nothing_is_none():
    """Exactly one would be met by 0 kW of it: it needs a smallest purchase."""
    free = {"roof_b": {"min_kw": 0.0}}
    assert problems(group(at_most=1)["rule"], **free) == []
    (found,) = problems(group(exactly=1)["rule"], **free)
    assert "give it a minimum, a unit or a catalogue" in found
    assert (
        problems(group(exactly=1)["rule"], roof_b={"min_kw": 0.0, "unit_kw": 5.0}) == []
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "give either at_most: or exactly:"),
        ({"at_most": 1, "exactly": 1}, "give either"),
        ({"exactly": 4}, "more than the 3 capacities"),
        ({"at_most": -1}, "at_most"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        policy(**group(**fields)["rule"])


def test_products_are_alternatives_too():
    goods = [{"name": "p", "kw": 20.0, "capex": 0.1, "om_per_year": 0.0}]
    parts = {"roof_b": {"catalogue": goods, "capex_per_kw": None, "min_kw": 0.0}}
    plan = planned(three_roofs(group(exactly=1), **parts))
    # 20 kW for 0.1 save 1.9, more than 30 kW for 1.2
    assert plan.size("roof_b", "capacity").products == {"p": 1}
    assert bought(plan) == "b"
