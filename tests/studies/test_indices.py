"""Morris and Sobol indices of functions whose indices are known."""

import sys

import numpy as np
import pandas as pd
import pytest

from verdigrid.models.errors import InputError
from verdigrid.studies.backends.runner import run_members
from verdigrid.studies.indices import indices, make_design, members_of
from verdigrid.studies.options import StudyOptions
from verdigrid.studies.samples import LogNormal, Normal, Uniform

UNIFORM = {
    "a": Uniform(distribution="uniform", low=0.0, high=1.0),
    "b": Uniform(distribution="uniform", low=10.0, high=30.0),
    "c": Uniform(distribution="uniform", low=-1.0, high=1.0),
}
#: y = 4 a + 0.1 b: over their ranges 4, 2 and 0, so that a has 4/5 of the variance.
SLOPES = {"a": 4.0, "b": 0.1, "c": 0.0}


def table_of(design, function, failed=()):
    rows = []
    for member in members_of(design, "s.yaml", {}, "x"):
        value = function(**member.overrides)
        bad = member.number in failed
        rows.append(
            {
                "member": member.number,
                "status": "infeasible" if bad else "optimal",
                "y": np.nan if bad else value,
            }
        )
    return pd.DataFrame(rows)


def linear(**values):
    return sum(SLOPES[path] * value for path, value in values.items())


def test_morris_of_a_line():
    """mu_star is slope x range, without any spread."""
    design = make_design(UNIFORM, "morris", 6, seed=1)
    found = indices(design, table_of(design, linear), "y")
    assert found["path"].tolist() == ["a", "b", "c"]
    assert found["mu_star"].tolist() == pytest.approx([4, 2, 0], abs=1e-6)
    assert found["mu"].tolist() == pytest.approx([4, 2, 0], abs=1e-6)
    assert found["sigma"].tolist() == pytest.approx([0, 0, 0], abs=1e-6)
    assert len(design.unit) == 6 * 4


def test_sobol_of_a_line():
    """Variances 16/12, 4/12 and 0: shares 0.8, 0.2, 0; none comes of two together."""
    design = make_design(UNIFORM, "sobol", 1000, seed=1)
    assert len(design.unit) == 1024 * 5
    found = indices(design, table_of(design, linear), "y")
    assert found["S1"].tolist() == pytest.approx([0.8, 0.2, 0.0], abs=0.02)
    assert found["ST"].tolist() == pytest.approx([0.8, 0.2, 0.0], abs=0.02)


def test_sobol_of_a_product():
    """y = a c: neither alone says anything of the mean but both of the spread.

    With a in [0, 1] and c in [-1, 1]: E[y|a] = 0, E[y|c] = c / 2. Var = 1/9, of which
    c alone explains (1/12) / (1/9) = 3/4; the rest is of both together.
    """
    design = make_design(UNIFORM, "sobol", 2048, seed=2)
    table = table_of(design, lambda a, b, c: a * c)
    found = indices(design, table, "y").set_index("path")
    assert found.loc["a", "S1"] == pytest.approx(0.0, abs=0.03)
    assert found.loc["c", "S1"] == pytest.approx(0.75, abs=0.04)
    assert found.loc["a", "ST"] == pytest.approx(0.25, abs=0.03)
    assert found.loc["c", "ST"] == pytest.approx(1.0, abs=0.05)
    assert found.loc["b", "ST"] == pytest.approx(0.0, abs=0.01)


def test_groups_with_a_failed_member_do_not_count():
    design = make_design(UNIFORM, "morris", 8, seed=3)
    table = table_of(design, linear, failed=(1, 2, 9))
    found = indices(design, table, "y")
    assert found["mu_star"].tolist() == pytest.approx([4, 2, 0], abs=1e-6)
    assert set(found["groups"]) == {6}
    assert set(found["dropped"]) == {2}
    table = table_of(design, linear, failed=range(1, 25))
    with pytest.raises(InputError, match="2 of 8 groups"):
        indices(design, table, "y")


def test_a_constant_depends_on_nothing():
    design = make_design(UNIFORM, "sobol", 16, seed=1)
    found = indices(design, table_of(design, lambda **_: 7.0), "y")
    assert found["ST"].tolist() == [0, 0, 0]


def test_values_follow_the_distributions():
    """Levels of a Morris design never lie infinitely far out."""
    spread = {
        "n": Normal(distribution="normal", mean=5.0, standard_deviation=1.0),
        "l": LogNormal(distribution="lognormal", median=2.0, spread_factor=1.5),
        "a": UNIFORM["a"],
    }
    design = make_design(spread, "morris", 10, seed=1)
    low, high = design.values.min(axis=0), design.values.max(axis=0)
    assert (low[0], high[0]) == pytest.approx((5 - 2.326, 5 + 2.326), abs=1e-3)
    assert low[1] * high[1] == pytest.approx(4.0, rel=1e-6)
    assert (low[2], high[2]) == pytest.approx((0.0, 1.0), abs=1e-9)
    assert np.isfinite(make_design(spread, "sobol", 64, seed=1).values).all()


def test_the_same_seed_gives_the_same_design():
    for method in ("morris", "sobol"):
        one, other = (make_design(UNIFORM, method, 8, seed=5) for _ in range(2))
        assert (one.values == other.values).all()
        another = make_design(UNIFORM, method, 8, seed=6)
        assert (one.values != another.values).any()


def test_through_the_workers(tmp_path):
    """Members are solved by a function that the options name."""
    design = make_design(UNIFORM, "morris", 4, seed=1)
    members = members_of(design, "s.yaml", {}, "x")
    options = StudyOptions(workers=2, function="fake_linear:act")
    table = run_members(members, tmp_path / "out", options)
    found = indices(design, table, "y")
    assert found["mu_star"].tolist() == pytest.approx([4, 2, 0], abs=1e-6)


def test_without_salib(monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.analyze", None)
    with pytest.raises(InputError, match="SALib"):
        make_design(UNIFORM, "morris", 4, seed=1)


def test_a_figure_that_is_not_there():
    design = make_design(UNIFORM, "morris", 4, seed=1)
    with pytest.raises(InputError, match="no figure z"):
        indices(design, table_of(design, linear), "z")
