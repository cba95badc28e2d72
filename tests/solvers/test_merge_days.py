"""Alike days merged into one typical day: rows and columns by hand."""

import numpy as np
import pytest
from drafts import INF, Draft, before, sunny_site
from problems import design_whole, solved
from random_models import Wanted, random_model

from verdigrid.models.compiled import CompiledModel
from verdigrid.solvers.merge_days import Merged, merge_days


def one_typical_day(model: CompiledModel, per_day: int) -> Merged:
    days = (int(model.columns.index.max()) + 1) // per_day
    return merge_days(model, np.zeros(days, dtype=int), per_day)


def named_rows(
    merged: Merged, name: str
) -> list[tuple[dict[str, float], float, float]]:
    """Coefficients by name of column, and sides, of the rows of one family."""
    model = merged.model
    rows = []
    for row in model.rows.where("operation", name):
        entries = model.matrix.tocsr()[[row]].tocoo()
        named = {
            model.columns.describe(int(column)).split(".", 1)[1]: float(value)
            for column, value in zip(entries.coords[1], entries.data, strict=True)
        }
        rows.append((named, float(model.row_lower[row]), float(model.row_upper[row])))
    return rows


def test_two_days_become_their_mean() -> None:
    # Days of two steps: demands 10, 20 and 14, 24; yields 0.2, 0.4 and 0.4, 0.8;
    # prices 1, 2 and 3, 4. One day of flows, each paid twice.
    draft = Draft(4)
    pv = draft.design("pv", 50.0, cost=7.0)
    buy = draft.timed("buy", [10.0, 20.0, 30.0, 40.0], cost=[1.0, 2.0, 3.0, 4.0])
    output = draft.timed("output", lower=[0.0, 1.0, 1.0, 2.0])
    draft.rows("yield", -INF, 0.0, (output, 1.0), (pv, [-0.2, -0.4, -0.4, -0.8]))
    draft.rows("load", [10.0, 20.0, 14.0, 24.0], INF, (buy, 1.0), (output, 1.0))
    draft.row("cap", -INF, 60.0, (buy, [0.5, 0.5, 0.25, 0.25]))
    merged = one_typical_day(draft.model(offset=3.0), 2)
    assert named_rows(merged, "load") == [
        ({"buy[0]": 1.0, "output[0]": 1.0}, 12.0, INF),
        ({"buy[1]": 1.0, "output[1]": 1.0}, 22.0, INF),
    ]
    (first, _, _), (second, _, _) = named_rows(merged, "yield")
    assert first == pytest.approx({"pv.new": -0.3, "output[0]": 1.0})
    assert second == pytest.approx({"pv.new": -0.6, "output[1]": 1.0})
    assert named_rows(merged, "cap") == [({"buy[0]": 0.75, "buy[1]": 0.75}, -INF, 60.0)]
    model = merged.model
    at = model.columns.where("operation", "buy")
    assert model.cost[at].tolist() == [4.0, 6.0]
    assert model.upper[at].tolist() == [20.0, 30.0]
    output_at = model.columns.where("operation", "output")
    assert model.lower[output_at].tolist() == [0.5, 1.5]
    assert model.cost[model.columns.where("design.pv", "new")].tolist() == [7.0]
    assert model.offset == 3.0
    assert merged.expanded(np.arange(model.shape[1]) * 1.0)[1:5].tolist() == [
        *merged.column_of[1:3],
        *merged.column_of[1:3],
    ]


def test_stored_content_keeps_every_step() -> None:
    model = sunny_site([1.0] * 8, [0.0, 1.0, 1.0, 0.0] * 2)
    merged = one_typical_day(model, 4)
    columns = merged.model.columns
    assert columns.where("operation", "content").size == 8
    assert columns.where("operation", "charge").size == 4
    assert len(named_rows(merged, "content_is")) == 8
    assert len(named_rows(merged, "room")) == 8
    assert len(named_rows(merged, "balance")) == 4
    rows = [row for row, _, _ in named_rows(merged, "content_is")]
    assert rows[5] == {
        "content[5]": 1.0,
        "content[4]": -1.0,
        "charge[1]": -1.0,
        "discharge[1]": 1.0,
    }


def test_an_output_that_ramps_is_merged_and_looks_at_the_day_before() -> None:
    # Three days of two steps, the first two alike: step 0 follows either the last
    # step of its own typical day or that of the other, and these are not mixed.
    draft = Draft(6)
    output, more = draft.timed("output", 10.0), draft.timed("more", 10.0)
    draft.rows("balance", 5.0, 5.0, (output, 1.0), (more, 1.0))
    draft.rows("ramp", -INF, 1.0, (output, 1.0), (before(output), -1.0))
    merged = merge_days(draft.model(), np.array([0, 0, 1]), 2)
    assert merged.model.columns.where("operation", "output").size == 4
    assert len(named_rows(merged, "balance")) == 4
    assert sorted(sorted(row) for row, _, _ in named_rows(merged, "ramp")) == [
        ["output[0]", "output[1]"],  # within the first typical day, and into itself
        ["output[0]", "output[1]"],
        ["output[0]", "output[5]"],
        ["output[1]", "output[4]"],
        ["output[4]", "output[5]"],
    ]


def test_every_month_keeps_the_peak_of_its_typical_days() -> None:
    # Four days of two steps in two months, all of one typical day.
    draft = Draft(8)
    buy = draft.timed("buy", cost=1.0)
    peak = draft.static("peak", size=2, cost=[5.0, 6.0])
    draft.rows("load", 3.0, INF, (buy, 1.0))
    draft.rows("peak_is", 0.0, INF, (peak[np.arange(8) // 4], 1.0), (buy, -1.0))
    merged = one_typical_day(draft.model(), 2)
    assert len(named_rows(merged, "load")) == 2
    assert len(named_rows(merged, "peak_is")) == 4  # two steps, two months
    assert solved(merged.model).objective == 8 * 3.0 + 3.0 * (5.0 + 6.0)


def test_a_size_with_a_yield_of_zero_is_no_other_company() -> None:
    # At night the size is missing from its row; the mean of night and day has half.
    draft = Draft(2)
    pv = draft.design("pv", 50.0)
    output = draft.timed("output", 100.0)
    draft.rows("yield", -INF, 0.0, (output, 1.0), (pv, [0.0, -0.8]))
    merged = one_typical_day(draft.model(), 1)
    assert named_rows(merged, "yield") == [
        ({"pv.new": -0.4, "output[0]": 1.0}, -INF, 0.0)
    ]


@pytest.mark.parametrize("seed", range(12))
def test_a_typical_day_for_every_day_is_the_problem_itself(seed: int) -> None:
    model = random_model(seed, Wanted(steps=24))
    merged = merge_days(model, np.arange(6), 4).model
    assert merged.shape == model.shape
    true = solved(design_whole(model)).objective
    assert solved(merged).objective == pytest.approx(true, rel=1e-6)
