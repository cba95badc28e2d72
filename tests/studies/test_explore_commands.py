"""The commands ``pareto`` to ``break-even`` as a user meets them, and their figures."""

import json

import numpy as np
import pandas as pd
import pytest
from test_sensitivity import CAPEX, PRICE, SITE
from typer.testing import CliRunner

from verdigrid.cli import app
from verdigrid.models.errors import InputError
from verdigrid.results.figures.pareto import pareto_figure
from verdigrid.results.figures.sensitivity import (
    frequency_figure,
    indices_figure,
    regret_figure,
    tornado_figure,
)


@pytest.fixture(autouse=True)
def _site(tmp_path, monkeypatch):
    (tmp_path / "s.yaml").write_text(SITE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def call(*words):
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    return done.exit_code, done.output


DEAR = ("--set", f"{CAPEX}=1.0")


def test_pareto_writes_table_json_and_figure(tmp_path):
    """A roof that does not pay: from 80 and 160 kg to 90 and 80 kg, 125 a tonne."""
    words = ("pareto", "s.yaml", *DEAR, "--points", "4", "--quiet", "--output", "out")
    code, text = call(*words)
    assert code == 0
    assert "emissions of scopes 1, 2 (location)" in text
    assert "cheapest" in text
    assert "no plan is below 0.08" in text
    table = pd.read_parquet("out/points.parquet")
    assert table["y"].iloc[[0, -1]].tolist() == pytest.approx([80, 90], rel=1e-4)
    assert table["x"].iloc[[0, -1]].tolist() == pytest.approx([0.16, 0.08], rel=1e-4)
    assert table["looser"].dropna().tolist() == pytest.approx(
        [125] * (len(table) - 1), rel=1e-3
    )
    told = json.loads((tmp_path / "out" / "front.json").read_text())
    assert told["points"][0]["end"] == "best y"
    assert told["points"][0]["looser"] is None
    assert (tmp_path / "out" / "pareto.png").exists()


def test_pareto_of_axes_that_can_not_be():
    with pytest.raises(InputError, match="two axes"):
        call("pareto", "s.yaml", "--x", "cost", "--quiet")
    code, text = call("pareto", "s.yaml", "--scopes", "4", "--quiet")
    assert code == 2
    assert "scopes such as 1,2" in text


def test_alternatives_writes_ranges_and_plans(tmp_path):
    """80 is least; 4 more buy 20 kW of the roof that costs 0.2 a kW too much."""
    words = ("alternatives", "s.yaml", *DEAR, "--within", "0.05", "--quiet")
    code, text = call(*words, "--output", "out", "--json")
    assert code == 0
    told = json.loads(text[: text.rindex("}") + 1])
    roof, carbon = told["ranges"]
    assert (roof["least"], roof["greatest"]) == pytest.approx((0, 20), abs=1e-5)
    assert roof["verdict"] == "taste"
    assert carbon["least"] == pytest.approx(0.128)
    assert pd.read_parquet("out/ranges.parquet").shape[0] == 2
    assert pd.read_parquet("out/plans.parquet").shape[0] == 4
    assert (tmp_path / "out" / "alternatives.png").exists()
    assert "taste" in call(*words, "--output", "out2")[1]


def test_break_even_on_the_command_line():
    words = ("break-even", "s.yaml", CAPEX, "--low", "0.1", "--high", "2")
    code, text = call(*words, "--figure", "size:roof.capacity", "--json")
    assert code == 0
    assert json.loads(text)["value"] == pytest.approx(0.8, abs=0.002)
    code, text = call(*words, "--figure", "net_present_saving", "--above", "10")
    # 50 kW x (0.8 - capex) is 10 at 0.6
    assert "capex_per_kw = 0.6" in text or "capex_per_kw = 0.59" in text


STUDY = "schema: 1\nname: t\nscenario: s.yaml\n"


@pytest.mark.slow
def test_sensitivity_on_the_command_line(tmp_path):
    around = f"one_at_a_time:\n  {PRICE}: {{low: 0.1, high: 0.3}}\n"
    (tmp_path / "t.yaml").write_text(STUDY + around)
    words = ("sensitivity", "t.yaml", "--workers", "1", "--quiet")
    code, text = call(*words, "--output", "tornado")
    assert code == 0
    assert PRICE in text
    assert (tmp_path / "tornado" / "figures" / "tornado.png").exists()
    samples = (
        "samples:\n  count: 4\n  of:\n"
        f"    {PRICE}: {{distribution: uniform, low: 0.05, high: 0.3}}\n"
    )
    (tmp_path / "t.yaml").write_text(STUDY + samples)
    code, text = call(*words, "--method", "robustness", "--output", "r", "--json")
    assert code == 0
    told = json.loads(text[: text.rindex("}") + 1])
    (roof,) = told["rows"]
    table = pd.read_parquet("r/results.parquet")
    assert roof["built"] == int((table[PRICE] > 0.125).sum())
    # 50 kW too much, each at what its 0.5 miss the 4 h of the price by
    exact = 50 * (0.5 - 4 * table[PRICE]).clip(lower=0)
    assert table["regret"].tolist() == pytest.approx(exact.tolist(), abs=1e-6)
    assert told["regret"]["greatest_regret"] == pytest.approx(exact.max(), abs=1e-6)
    code, _ = call(*words, "--method", "morris", "--count", "4", "--output", "m")
    assert code == 0
    # without a roof 400 kWh at the price; from 0.125 on 200: the ends are 20 and 85
    found = pd.read_parquet("m/morris.parquet")
    assert 0 < found["mu_star"].iloc[0] < 120
    with pytest.raises(InputError, match="one_at_a_time"):
        call(*words, "--output", "again")


def test_a_study_without_samples_is_refused(tmp_path):
    (tmp_path / "t.yaml").write_text(STUDY + f"grid:\n  {PRICE}: [0.1, 0.2]\n")
    for method in ("sobol", "robustness"):
        with pytest.raises(InputError, match="samples:"):
            call("sensitivity", "t.yaml", "--method", method, "--quiet")


# -- figures ------------------------------------------------------------------------


def test_a_limit_without_a_plan_is_a_gap_in_the_front():
    table = pd.DataFrame(
        {
            "x": [4.0, 3.0, None, 1.0],
            "y": [1.0, 2.0, None, 9.0],
            "limit": [None, 3.0, 2.0, 1.0],
            "price": [0.0, 2.0, None, 5.0],
            "knee": [False, True, False, False],
            "end": ["best y", "", "", "best x"],
            "size:roof.capacity": [0.0, 1.0, None, 5.0],
            "size:boiler.capacity": [9.0, 9.0, None, 9.0],  # the same in all: not drawn
        }
    )
    figure = pareto_figure(table, "emissions, t", "cost, EUR")
    curve = figure.axes[0].lines[0].get_xdata()
    assert np.isnan(curve[1])
    assert curve[[0, 2, 3]].tolist() == [1, 3, 4]
    assert len(figure.axes) == 3
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["knee"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "roof.capacity"
    ]


def test_a_failed_end_of_a_tornado_is_a_cross():
    row = {"path": "a.b", "base": 5.0, "low_value": 1, "low": None}
    table = pd.DataFrame([{**row, "high_value": 2, "high": 7.0, "swing": 2.0}])
    figure = tornado_figure(table, "cost_per_year")
    axes = figure.axes[0]
    assert len(axes.patches) == 1
    assert [line.get_marker() for line in axes.lines] == ["x", "None"]
    assert tornado_figure(table.assign(base=None), "cost_per_year") is None


def test_figures_of_indices_frequency_and_regret():
    found = {"path": ["a", "b"], "groups": 8, "dropped": 1}
    morris = pd.DataFrame({**found, "mu_star": [2.0, 1.0], "sigma": [0.0, 0.1]})
    sobol = pd.DataFrame({**found, "ST": [0.8, 0.2], "S1": [0.8, 0.2]})
    for table in (morris, sobol):
        figure = indices_figure(table, "cost_per_year")
        assert len(figure.axes[0].patches) == 4
        assert "1 left out" in figure.axes[0].get_title(loc="left") + str(
            figure._suptitle.get_text() if figure._suptitle else ""
        )
    numbers = {"members": 2, "built": 1, "least": 0.0, "mean": 3.0, "greatest": 3.0}
    table = pd.DataFrame([{"size": "roof.capacity", "share": 0.5, **numbers}])
    assert len(frequency_figure(table).axes[0].patches) == 1
    members = pd.DataFrame({"regret": [3.0, None], "base_status": ["kept", "missed"]})
    assert regret_figure(members, "EUR").axes
    assert regret_figure(pd.DataFrame({"member": [1]}), "EUR") is None
