"""Which retrofit packages go together, and what is refused, by file and line."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retrofits import PUMP, TUNE, line_of, plant, use

from verdigrid.scenarios.document import Document, Origin
from verdigrid.scenarios.option_rules import rule_problems
from verdigrid.scenarios.options import Options

# -- which go together -------------------------------------------------------------


def options(**packages: dict[str, object]) -> Options:
    """Packages by name; each pays one unit unless it says what it does."""
    choose = packages.pop("choose", "any")
    filled = {name: {"capex": 1.0, **given} for name, given in packages.items()}
    return Options.model_validate({"choose": choose, "packages": filled})


NOWHERE = Document({}, {(): Origin("s.yaml", 1, Path())})


def combinations(found: Options) -> list[set[str]]:
    return [set(names) for names in found.combinations(NOWHERE)]


def by_brute_force(found: Options) -> list[set[str]]:
    """Every set of packages, kept if it breaks no rule."""
    names, kept = list(found.packages), []
    for count in range(len(names) + 1):
        for taken in itertools.combinations(names, count):
            packages = [found.packages[name] for name in taken]
            complete = all(set(p.requires) <= set(taken) for p in packages)
            apart = not any(set(p.excludes) & set(taken) for p in packages)
            if complete and apart and found.choose.allows(count):
                kept.append(set(taken))
    return kept


def test_by_hand():
    one = options(a={}, b={}, c={"requires": ["b"]}, choose="at most one")
    # c needs two, so it can't be among at most one: that is refused as a whole
    assert [p.path for p in rule_problems(one, NOWHERE)] == [
        "options.packages.c.requires"
    ]
    found = options(a={"excludes": ["b"]}, b={}, c={"requires": ["b"]})
    assert combinations(found) == [set(), {"a"}, {"b"}, {"b", "c"}]
    found = options(a={}, b={}, c={}, choose="exactly one")
    assert combinations(found) == [{"a"}, {"b"}, {"c"}]
    found = options(a={}, b={}, c={}, choose={"exactly": 2})
    assert combinations(found) == [{"a", "b"}, {"a", "c"}, {"b", "c"}]
    found = options(a={}, b={}, c={}, choose={"at_most": 2})
    assert len(combinations(found)) == 1 + 3 + 3


NAMES = ["a", "b", "c", "d", "e"]
LISTS = st.lists(st.sampled_from(NAMES), unique=True, max_size=2)
CHOICES = st.sampled_from(
    ["any", "at most one", "exactly one", {"at_most": 2}, {"exactly": 3}]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(LISTS, LISTS), min_size=5, max_size=5), CHOICES)
def test_enumeration_is_brute_force(rules, choose):
    packages = {
        name: {
            "requires": [n for n in needs if n != name],
            "excludes": [n for n in apart if n != name],
        }
        for name, (needs, apart) in zip(NAMES, rules, strict=True)
    }
    found = options(**packages, choose=choose)
    if rule_problems(found, NOWHERE):
        return  # circles and what could never be taken are refused
    expected = by_brute_force(found)
    if not expected:
        return
    key = sorted
    assert sorted(map(key, combinations(found))) == sorted(map(key, expected))


def test_what_is_required_is_laid_over_first():
    found = options(a={"requires": ["c"]}, b={}, c={"requires": ["b"]})
    assert found.with_needed("a") == ("b", "c", "a")
    assert found.in_order({"a", "b", "c"}) == ("b", "c", "a")


def test_more_than_64_combinations_are_refused(box):
    packages = "".join(f"    p{n}: {{capex: 1}}\n" for n in range(7))
    found = box.load(plant(box, packages, "  choose: any\n"))
    with pytest.raises(Exception, match="more than 64 comb") as caught:
        found.options.combinations()
    assert "at_most: 2" in str(caught.value)
    found = box.load(plant(box, packages, "  choose: {at_most: 2}\n"))
    assert len(found.options.combinations()) == 1 + 7 + 21


def test_without_choose_nothing_is_chosen(box):
    found = box.load(plant(box, PUMP))
    with pytest.raises(Exception, match="choose: got nothing"):
        found.options.combinations()


# -- what is refused ---------------------------------------------------------------

REFUSED = {
    "unknown key": (
        "    a: {capx: 3}\n",
        ("a: {capx", "the unknown key 'capx'", "did you mean capex?"),
    ),
    "unknown package": (
        "    pump: {capex: 1}\n    b: {capex: 1, requires: [pmup]}\n",
        ("b: {", "the unknown package 'pmup'", "did you mean pump?"),
    ),
    "unknown exclusion": (
        "    pump: {capex: 1}\n    b: {capex: 1, excludes: [pum]}\n",
        ("b: {", "the unknown package 'pum'", "did you mean pump?"),
    ),
    "itself": (
        "    a: {capex: 1, requires: [a]}\n",
        ("a: {", "a itself", "other packages"),
    ),
    "circle": (
        "    a: {capex: 1, requires: [b]}\n    b: {capex: 1, requires: [c]}\n"
        "    c: {capex: 1, requires: [a]}\n",
        ("a: {", "a requires b requires c requires a", "one package of them"),
    ),
    "contradiction": (
        "    a: {capex: 1, requires: [b]}\n"
        "    b: {capex: 1, requires: [c]}\n    c: {capex: 1, excludes: [a]}\n",
        ("a: {", "exclude each other", "go together"),
    ),
    "changes an unknown component": (
        "    a:\n      change:\n        components.boilr.efficiency: 0.9\n",
        ("components.boilr", "the unknown name 'boilr'", "did you mean boiler?"),
    ),
    "removes an unknown component": (
        "    a:\n      capex: 1\n      remove: [components.boilr]\n",
        ("remove:", "the unknown name 'boilr'", "did you mean boiler?"),
    ),
    "removes an unknown key": (
        "    a:\n      capex: 1\n      remove: [components.boiler.eficiency]\n",
        ("remove:", "not in components.boiler", "did you mean efficiency?"),
    ),
    "unknown key of a component": (
        "    a:\n      change:\n        components.boiler.eficiency: 0.9\n",
        (
            "components.boiler.efi",
            "unknown key 'eficiency'",
            "did you mean efficiency?",
        ),
    ),
    "wrong value": (
        "    a:\n      change:\n        components.boiler.efficiency: 90\n",
        ("components.boiler.efficiency: 90", "90", "use 0.9"),
    ),
    "changes the yardstick": (
        "    a:\n      change:\n        finance.discount_rate: 0.01\n",
        ("finance.discount_rate", "finance.discount_rate", "can't be compared"),
    ),
    "adds what is there": (
        "    a:\n      add:\n        components:\n          boiler: {kind: load}\n",
        ("boiler: {kind: load}", "there already", "use change:"),
    ),
    "adds nonsense": (
        "    a:\n      add:\n        components:\n          x: {kind: boyler}\n",
        ("x: {kind: boyler}", "boyler", "did you mean boiler?"),
    ),
    "a life without a sum": (
        "    a: {lifetime_years: 3, remove: [components.grid]}\n",
        ("a: {", "", "capex:"),
    ),
    "does nothing": ("    a: {title: x}\n", ("a: {", "", "at least one of add")),
    "takes away what a load needs": (
        "    a:\n      remove: [buses.heat]\n",
        ("bus: heat", "'heat'", ""),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_line(box, name):
    packages, (part, *words) = REFUSED[name]
    text = plant(box, packages)
    problems = [str(problem) for problem in box.problems(text)]
    start = text.index("options:") if "bus: heat" not in part else 0
    line = line_of(text, text[start + text[start:].index(part) :])
    found = [p for p in problems if f"s.yaml:{line}: " in p]
    assert found, problems
    assert all(any(word in p for p in found) for word in words), found


@pytest.mark.parametrize(
    ("choose", "words"),
    [
        ("some", "one of exactly one, at most one, any"),
        ("{at_most: 1, exactly: 1}", "not both"),
        ("{exactly: 3}", "at most 2 packages"),
    ],
)
def test_choose_is_checked(box, choose, words):
    text = plant(box, PUMP + TUNE, f"  choose: {choose}\n")
    message = box.problem(text)
    assert f"s.yaml:{line_of(text, 'choose:')}: options.choose" in message
    assert words in message


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("[pump, tun]", "did you mean tune?"),
        ("[pump, pump]", "pump twice"),
        ("[more]", "add pump"),
        ("[pump, other]", "exclude each other"),
        ("[pump, tune]", "packages that agree"),
    ],
)
def test_named_combinations_are_checked(box, names, words):
    packages = (
        PUMP
        + TUNE
        + (
            "    more: {capex: 1, requires: [pump]}\n"
            "    other: {capex: 1, excludes: [pump]}\n"
        )
    )
    text = plant(box, packages, f"  compare:\n    mine: {names}\n")
    assert any(words in str(problem) for problem in box.problems(text))
    assert any(
        words in str(p) for p in box.problems(plant(box, packages), use(names[1:-1]))
    )


# -- packages that want different things -------------------------------------------

A = "    a:\n      change: {components.boiler.efficiency: 0.90}\n"


@pytest.mark.parametrize(
    ("other", "agree"),
    [
        ("change: {components.boiler.efficiency: 0.90}", True),
        ("change: {components.boiler.efficiency: 0.95}", False),
        ("change: {components.boiler.bus: heat}", True),
        ("remove: [components.boiler]", False),
        ("requires: [a]\n      change: {components.boiler.efficiency: 0.95}", True),
    ],
)
def test_packages_agree_or_can_not_be_combined(box, other, agree):
    text = plant(box, f"{A}    b:\n      {other}\n")
    if agree:
        found = box.load(text, use("a", "b"))
        assert found.microgrid.components["boiler"].efficiency >= 0.9
        return
    message = box.problem(text, use("a", "b"))
    one = line_of(text, "efficiency: 0.90")
    assert f"s.yaml:{one}" in message
    assert "can't be combined" in message
    assert box.load(text).options.conflicts(["a", "b"]) == message
    # whichever comes first in the file
    turned = plant(box, f"    b:\n      {other}\n{A}")
    assert "can't be combined" in box.problem(turned, use("a", "b"))


def test_the_same_addition_twice_is_one(box):
    add = "{components: {roof: {kind: load, bus: heat, profile: 1}}}"
    text = plant(box, f"    a: {{add: {add}}}\n    b: {{add: {add}}}\n")
    assert "roof" in box.load(text, use("a", "b")).microgrid.components
    other = text.replace("profile: 1}}}}\n    b", "profile: 2}}}}\n    b")
    assert other != text
    assert "packages that agree" in box.problem(other, use("a", "b"))


def test_what_another_package_adds_must_be_required(box):
    text = plant(box, PUMP + "    x:\n      change: {components.pump.cop: 5}\n")
    assert "the unknown name 'pump'" in box.problem(text)
