"""Draws fill the cube as their method promises; values have their distribution."""

import warnings
from typing import Any

import numpy as np
import pytest
from scipy import stats

from verdigrid.studies.samples import DISTRIBUTIONS, Method, draw

METHODS: tuple[Method, ...] = ("latin_hypercube", "sobol", "monte_carlo")
SHAPES: dict[str, dict[str, Any]] = {
    "uniform": {"low": 2.0, "high": 5.0},
    "normal": {"mean": 3.0, "standard_deviation": 0.5},
    "triangular": {"low": 1.0, "mode": 1.5, "high": 4.0},
    "lognormal": {"median": 2.0, "spread_factor": 1.3},
}
KNOWN = {
    "uniform": stats.uniform(2.0, 3.0),
    "normal": stats.norm(3.0, 0.5),
    "triangular": stats.triang(1 / 6, 1.0, 3.0),
    "lognormal": stats.lognorm(np.log(1.3), scale=2.0),
}


def made(name: str, **more: Any) -> Any:
    return DISTRIBUTIONS[name](distribution=name, **{**SHAPES[name], **more})


@pytest.mark.parametrize("name", list(SHAPES))
@pytest.mark.parametrize("method", METHODS)
def test_values_have_their_distribution(name: str, method: Method) -> None:
    values = draw([made(name)], method, 500, 1)[:, 0]
    assert stats.kstest(values, KNOWN[name].cdf).pvalue > 0.01


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_draws(method: Method) -> None:
    two = [made("uniform"), made("normal")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = draw(two, method, 13, 5)
    assert one.shape == (13, 2)
    assert np.array_equal(one, draw(two, method, 13, 5))
    assert not np.array_equal(one, draw(two, method, 13, 6))
    assert np.isfinite(draw(two, method, 1, 0)).all()


def test_latin_hypercube_has_one_value_in_every_stripe() -> None:
    values = draw([made("uniform", low=0.0, high=20.0)] * 2, "latin_hypercube", 20, 0)
    for column in values.T:
        assert sorted(np.floor(column)) == list(range(20))


def test_a_cut_normal_stays_within_its_ends() -> None:
    cut = made("normal", low=2.9, high=3.05)
    values = draw([cut], "monte_carlo", 400, 0)
    assert values.min() >= 2.9
    assert values.max() <= 3.05
    half = draw([made("normal", low=3.0)], "monte_carlo", 400, 0)
    assert half.min() >= 3.0
    assert half.max() > 3.5


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("uniform", {"low": 6.0}),
        ("normal", {"standard_deviation": 0.0}),
        ("normal", {"low": 2.0, "high": 1.0}),
        ("triangular", {"mode": 9.0}),
        ("lognormal", {"median": -1.0}),
        ("lognormal", {"spread_factor": 1.0}),
    ],
)
def test_nonsense_is_refused(name: str, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"low|mode|greater"):
        made(name, **wrong)
