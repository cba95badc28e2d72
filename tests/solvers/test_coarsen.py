"""Relaxing by time: coefficients worked out by hand, bounds for any problem."""

import numpy as np
import pytest
from drafts import INF, Draft, before
from problems import relaxed, solved
from random_models import Wanted, random_model, random_segments

from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers.boxes import implied_boxes
from verdigrid.solvers.certificate import Leaf, leaf_bound
from verdigrid.solvers.coarsen import Coarse, coarsen

SEEDS = range(16)


def joined(draft: Draft, *lengths: int) -> Coarse:
    """The draft relaxed, with segments of these lengths (all in one by default)."""
    lengths = lengths or (draft.steps,)
    return coarsen(draft.model(), np.repeat(np.arange(len(lengths)), lengths))


def named_rows(coarse: Coarse, name: str) -> list[tuple[list[float], float, float]]:
    """Coefficients and sides of the coarse rows of one family."""
    model = coarse.model
    at = model.rows.where("operation", name)
    dense = model.matrix.toarray()
    return [
        (dense[row].tolist(), float(model.row_lower[row]), float(model.row_upper[row]))
        for row in at
    ]


def optimum(model: CompiledModel) -> float:
    result = solved(model)
    assert result.status is Status.OPTIMAL
    return result.objective


# -- by hand ---------------------------------------------------------------------


def test_demand_is_met_at_the_least_price() -> None:
    # 10 kWh at 1 and 10 kWh at 3 cost 40; 20 kWh in one segment cost 1 each.
    draft = Draft(2)
    buy = draft.timed("buy", cost=[1.0, 3.0])
    draft.rows("load", 10.0, INF, (buy, 1.0))
    assert optimum(draft.model()) == 40.0
    coarse = joined(draft)
    assert named_rows(coarse, "load") == [([1.0], 20.0, INF)]
    assert optimum(coarse.model) == 20.0


def test_an_equality_with_a_varying_cop_becomes_both_sides() -> None:
    # heat = 2 and 4 times the intake: 10 + 20 kWh need 5 + 5. Together they need at
    # least 30 / 4 and at most 30 / 2.
    draft = Draft(2)
    intake, heat = draft.timed("intake", cost=1.0), draft.timed("heat")
    draft.rows("cop", 0.0, 0.0, (heat, 1.0), (intake, [-2.0, -4.0]))
    draft.rows("load", [10.0, 20.0], INF, (heat, 1.0))
    coarse = joined(draft)
    assert named_rows(coarse, "cop") == [
        ([-4.0, 1.0], -INF, 0.0),
        ([-2.0, 1.0], 0.0, INF),
    ]
    assert optimum(draft.model()) == 10.0
    assert optimum(coarse.model) == 7.5


def test_an_equality_with_equal_coefficients_stays_one() -> None:
    draft = Draft(2)
    intake, heat = draft.timed("intake", cost=1.0), draft.timed("heat")
    draft.rows("cop", [1.0, 2.0], [1.0, 2.0], (heat, 1.0), (intake, -3.0))
    assert named_rows(joined(draft), "cop") == [([-3.0, 1.0], 3.0, 3.0)]


@pytest.mark.parametrize(
    ("second", "least", "most"), [(2.0, 0.0, 2.0), (-2.0, -2.0, 0.0)]
)
def test_an_absent_coefficient_is_zero(
    second: float, least: float, most: float
) -> None:
    # y appears in the second step only: "<=" keeps the smaller of 0 and its
    # coefficient, ">=" the larger; a ranged row keeps both sides.
    draft = Draft(2)
    x, y = draft.timed("x"), draft.timed("y")
    draft.rows("range", 1.0, [3.0, 4.0], (x, 1.0), (y, [0.0, second]))
    assert named_rows(joined(draft), "range") == [
        ([1.0, least], -INF, 7.0),
        ([1.0, most], 2.0, INF),
    ]


def test_one_sided_rows_stay_one_sided() -> None:
    draft = Draft(2)
    x = draft.timed("x")
    draft.rows("most", -INF, [3.0, 4.0], (x, [1.0, 2.0]))
    draft.rows("least", [1.0, 2.0], INF, (x, [1.0, 2.0]))
    coarse = joined(draft)
    assert named_rows(coarse, "most") == [([1.0], -INF, 7.0)]
    assert named_rows(coarse, "least") == [([2.0], 3.0, INF)]


def test_lower_bounds_are_taken_out() -> None:
    # x >= 2 and 3, x <= 5 and 6: above the lower bounds there is room for 3 + 3.
    # x >= 4 in both steps: 8 in total, 3 more than the lower bounds. These cost
    # 1 x 2 + 2 x 3 = 8 with an offset of 7: 15; the rest costs at least 1 each.
    draft = Draft(2)
    x = draft.timed("x", [5.0, 6.0], lower=[2.0, 3.0], cost=[1.0, 2.0])
    draft.rows("least", 4.0, INF, (x, 1.0))
    model = draft.model(offset=7.0)
    coarse = coarsen(model, np.zeros(2, dtype=int)).model
    assert coarse.offset == 15.0
    assert (coarse.lower.tolist(), coarse.upper.tolist()) == ([0.0], [6.0])
    assert coarse.row_lower.tolist() == [3.0]
    assert optimum(coarse) == 18.0
    assert optimum(model) == 7.0 + 4.0 + 8.0


def test_static_columns_keep_their_bounds_and_add_up_coefficients() -> None:
    draft = Draft(2)
    size = draft.design("size", 50.0, cost=3.0)
    output = draft.timed("output")
    draft.rows("yield", -INF, 0.0, (output, 1.0), (size, [-0.2, -0.5]))
    coarse = joined(draft)
    assert named_rows(coarse, "yield") == [([-0.7, 1.0], -INF, 0.0)]
    assert coarse.model.upper.tolist() == [50.0, INF]


def test_columns_without_a_lower_bound_stay_as_they_are() -> None:
    draft = Draft(2)
    net, buy = draft.timed("net", 9.0, lower=-INF), draft.timed("buy", 4.0)
    draft.rows("net_is", 0.0, 0.0, (net, [1.0, 3.0]), (buy, -1.0))
    coarse = joined(draft)
    assert named_rows(coarse, "net_is") == [([3.0, 1.0, -1.0], 0.0, 0.0)] or named_rows(
        coarse, "net_is"
    ) == [([1.0, 3.0, -1.0], 0.0, 0.0)]
    assert sorted(coarse.model.upper.tolist()) == [8.0, 9.0, 9.0]
    assert sorted(coarse.model.lower.tolist()) == [-INF, -INF, 0.0]


def test_columns_to_keep_stay_as_they_are() -> None:
    draft = Draft(3)
    x = draft.timed("x", [1.0, 2.0, 3.0], lower=0.5, cost=[5.0, 6.0, 7.0])
    draft.rows("total", 1.0, INF, (x, [1.0, 2.0, 3.0]))
    keep = np.array([False, True, False])
    coarse = coarsen(draft.model(), np.zeros(3, dtype=int), keep)
    model, at = coarse.model, coarse.column_of
    assert at[0] == at[2] != at[1]
    # The sum of the others lacks their lower bounds: 0.5 + 2.5 in all, 4 of it in rows.
    assert model.upper[at].tolist() == [3.0, 2.0, 3.0]
    assert model.lower[at].tolist() == [0.0, 0.5, 0.0]
    assert model.cost[at].tolist() == [5.0, 6.0, 5.0]
    assert model.matrix.toarray()[0, at].tolist() == [3.0, 2.0, 3.0]
    assert model.row_lower.tolist() == [3.0 - 0.5 * (1.0 + 3.0)]


def test_binaries_of_a_step_become_a_count() -> None:
    draft = Draft(3)
    on = draft.timed("on", 1.0, cost=1.0, integer=True)
    draft.rows("load", [0.5, 0.4, 0.3], INF, (on, 1.0))
    coarse = joined(draft).model
    assert coarse.integer.tolist() == [True]
    assert coarse.upper.tolist() == [3.0]
    assert optimum(coarse) == 2.0  # 1.2, rounded up
    assert optimum(draft.model()) == 3.0


def store(steps: int, kept: object, cost: float = 0.0) -> tuple[Draft, np.ndarray]:
    """content(t) = kept content(t-1) + charge - discharge <= size."""
    draft = Draft(steps)
    size = draft.design("size", 40.0)
    charge, discharge = draft.timed("charge"), draft.timed("discharge")
    content = draft.timed("content", cost=cost)
    draft.rows(
        "balance",
        0.0,
        0.0,
        (content, 1.0),
        (before(content), -np.asarray(kept)),
        (charge, -1.0),
        (discharge, 1.0),
    )
    draft.rows("room", -INF, 0.0, (content, 1.0), (size, -1.0))
    return draft, content


def test_the_rows_of_a_lossy_storage_are_discounted_to_the_end() -> None:
    # Half of the content is lost per step: what is charged in the first of three steps
    # is worth a quarter at the end, as is what was there: 1/8 of the end before it.
    draft, content = store(3, 0.5)
    coarse = joined(draft)
    weights = coarse.sums.toarray()[coarse.group_of[0]]
    assert weights[:3].tolist() == [0.25, 0.5, 1.0]
    # size, charge, discharge, content at the end
    assert named_rows(coarse, "balance") == [
        ([0.0, -1.0, 0.25, 0.875], -INF, 0.0),
        ([0.0, -0.25, 1.0, 0.875], 0.0, INF),
    ]
    # Between the ends, the content vanishes and its ceiling with it.
    assert (coarse.column_of[content] >= 0).tolist() == [False, False, True]
    assert named_rows(coarse, "room") == [([-1.0, 0.0, 0.0, 1.0], -INF, 0.0)]


def test_losses_that_vary_compound() -> None:
    # The content before step t is multiplied by kept(t): 0.5, then 0.8.
    draft, _ = store(3, [0.9, 0.5, 0.8])
    coarse = joined(draft)
    weights = coarse.sums.toarray()[coarse.group_of[0]]
    assert weights[:3] == pytest.approx([0.4, 0.8, 1.0], rel=1e-15)
    # The year closes on itself: 1 - 0.9 x 0.5 x 0.8 of the content at the end.
    assert named_rows(coarse, "balance")[0][0][3] == pytest.approx(0.64, rel=1e-14)


def test_rows_written_at_another_scale_are_discounted_alike() -> None:
    # Contents count 1, 2 and 4 in their own row and 1 in the next: the second row
    # counts 1/2, so that its content cancels, and the first as much as the second.
    draft = Draft(3)
    content, charge = draft.timed("content"), draft.timed("charge")
    own, kept = (content, [1.0, 2.0, 4.0]), (before(content), -1.0)
    draft.rows("balance", 0.0, 0.0, own, kept, (charge, -1.0))
    coarse = joined(draft)
    assert coarse.sums.toarray()[coarse.group_of[0]].tolist() == [0.5, 0.5, 1.0]
    # content at the end, 4 less the 1/2 of the first row; charge
    assert named_rows(coarse, "balance") == [
        ([3.5, -1.0], -INF, 0.0),
        ([3.5, -0.5], 0.0, INF),
    ]


def test_a_content_that_another_row_asks_for_is_kept_between_the_ends() -> None:
    draft, content = store(3, 1.0)
    draft.row("total", -INF, 7.0, (content, [1.0, 2.0, 4.0]))
    coarse = joined(draft)
    between, end = coarse.column_of[content[[0, 2]]]
    ((total, _, upper),) = named_rows(coarse, "total")
    assert (total[between], total[end], upper) == (1.0, 4.0, 7.0)
    assert len(named_rows(coarse, "room")) == 2


def test_segments_are_linked_by_the_contents_at_their_ends() -> None:
    draft, content = store(5, 0.5)
    coarse = joined(draft, 2, 3)
    first, second = coarse.column_of[content[[1, 4]]]
    rows = [row for row, _, upper in named_rows(coarse, "balance") if upper == 0.0]
    ends = sorted([row[first], row[second]] for row in rows)
    # before: kept 0.5^2 of the second end, then kept 0.5^3 of the first
    assert ends == [[-0.125, 1.0], [1.0, -0.25]]


def test_without_losses_all_rows_count_alike() -> None:
    draft, _ = store(4, 1.0)
    coarse = joined(draft)
    # The contents cancel altogether: what is charged is discharged.
    assert named_rows(coarse, "balance") == [([0.0, -1.0, 1.0, 0.0], 0.0, 0.0)]


def test_a_content_that_costs_something_is_kept_between_the_ends() -> None:
    # Contents of steps 0 and 1 become one column, under twice the size.
    draft, content = store(3, 1.0, cost=2.0)
    coarse = joined(draft)
    between, end = coarse.column_of[content[0]], coarse.column_of[content[2]]
    assert coarse.column_of[content[1]] == between != end
    rooms = sorted(row for row, _, _ in named_rows(coarse, "room"))
    assert sorted(row[0] for row in rooms) == [-2.0, -1.0]
    assert coarse.model.cost[[between, end]].tolist() == [2.0, 2.0]


def test_a_row_that_lags_two_steps_is_not_discounted() -> None:
    draft = Draft(4)
    start, on = draft.timed("start", cost=1.0), draft.timed("on")
    starts = (start, 1.0), (before(start), 0.5), (before(start, 2), 0.25)
    draft.rows("min_up", -INF, 0.0, *starts, (on, -1.0))
    coarse = joined(draft, 2, 2)
    at = coarse.group_of[coarse.model.rows.where("operation", "min_up")]
    assert set(coarse.sums.toarray()[at].ravel()) == {0.0, 1.0}


def test_with_longer_lags_a_longer_segment_may_be_tighter() -> None:
    # x(t) + x(t-2) >= 1 over six steps: every column is in two rows, so 6 rows need 3.
    # In one segment all coefficients are 2: 2 X >= 6. In two segments the first two
    # columns of each (2 and 1 times in its own rows) count twice, and once more in the
    # other's: one of each is enough for 2 + 1 >= 3 in both.
    draft = Draft(6)
    x, other = draft.timed("x", cost=1.0), draft.timed("other", cost=9.0)
    draft.rows("least", 1.0, INF, (x, 1.0), (before(x, 2), 1.0), (other, 1.0))
    assert optimum(draft.model()) == pytest.approx(3.0)
    assert optimum(joined(draft).model) == pytest.approx(3.0)
    assert optimum(joined(draft, 3, 3).model) == pytest.approx(2.0)


def test_multipliers_are_lifted_with_the_weights_of_the_rows() -> None:
    draft, _ = store(3, 0.5)
    coarse = joined(draft)
    at_most, at_least = coarse.model.rows.where("operation", "balance")
    dual = np.zeros(coarse.model.shape[0])
    dual[at_most], dual[at_least] = -3.0, 1.0
    lifted = coarse.lift_duals(dual)
    assert lifted[:3].tolist() == [-0.5, -1.0, -2.0]
    assert not lifted[3:].any()


# -- whatever the problem ----------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_never_dearer_than_the_problem(seed: int) -> None:
    random = np.random.default_rng(seed)
    model = relaxed(random_model(seed, Wanted(int(random.choice([12, 24, 60])))))
    true = optimum(model)
    for _ in range(4):
        keep = random.random(model.shape[1]) < random.choice([0.0, 0.1, 0.5])
        also = np.flatnonzero(random.random(model.shape[0]) < 0.1)
        segment = random_segments(random, model_steps(model))
        coarse = coarsen(model, segment, keep, also)
        assert optimum(coarse.model) <= true + 1e-7 * max(1.0, abs(true))


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_for_themselves_only_tighten(seed: int) -> None:
    random = np.random.default_rng(seed)
    model = relaxed(random_model(seed, Wanted(24)))
    segment, close = random_segments(random, 24), 1e-7 * max(1.0, abs(optimum(model)))
    keep = np.ones(model.shape[1], dtype=bool)
    bounds = [
        optimum(coarsen(model, segment, keep, np.arange(count)).model)
        for count in np.linspace(0, model.shape[0], 4).astype(int)
    ]
    assert (np.diff(bounds) >= -close).all()
    # All rows and all columns: the problem itself.
    assert bounds[-1] == pytest.approx(optimum(model), abs=close)


@pytest.mark.parametrize("seed", SEEDS)
def test_never_dearer_with_integers(seed: int) -> None:
    model = random_model(seed, Wanted(12, whole_design=True, whole_hours=True))
    segment = random_segments(np.random.default_rng(seed), 12)
    true = optimum(model)
    assert optimum(coarsen(model, segment).model) <= true + 1e-6 * max(1.0, abs(true))


@pytest.mark.parametrize("seed", SEEDS)
def test_segments_of_one_step_are_the_problem(seed: int) -> None:
    model = random_model(seed, Wanted(12))
    coarse = coarsen(model, np.arange(12))
    assert optimum(coarse.model) == pytest.approx(optimum(model), rel=1e-7, abs=1e-7)
    assert (coarse.column_of >= 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_merging_segments_never_raises_the_bound(seed: int) -> None:
    """Weights compound, so a longer segment's rows are sums of those of its parts.

    Only with states that reach one step: with longer lags a state appears in the rows
    of two segments with unequal coefficients, whose least add up to less than the least
    of the sums, and the longer segment may be the tighter.
    """
    model = relaxed(random_model(seed, Wanted(36, longest_lag=1)))
    random = np.random.default_rng(seed)
    segment, bound = np.arange(36), optimum(model)
    while segment[-1] > 0:
        apart = random.random(int(segment[-1]) + 1) < 0.5
        apart[0] = False
        segment = np.cumsum(apart)[segment]
        coarser = optimum(coarsen(model, segment).model)
        assert coarser <= bound + 1e-7 * max(1.0, abs(bound))
        bound = coarser


@pytest.mark.parametrize("seed", SEEDS)
def test_lifted_multipliers_prove_the_coarse_optimum(seed: int) -> None:
    """And often more, because every column has its own reduced cost."""
    model = relaxed(random_model(seed, Wanted(36)))
    coarse = coarsen(model, random_segments(np.random.default_rng(seed), 36))
    found, true = solved(coarse.model), optimum(model)
    proven = proven_by(model, coarse.lift_duals(found.row_dual))
    assert proven >= found.objective - 1e-6 * max(1.0, abs(found.objective))
    assert proven <= true + 1e-9 * max(1.0, abs(true))


def test_lifted_multipliers_of_single_steps_prove_the_optimum() -> None:
    model = relaxed(random_model(3, Wanted(24)))
    coarse = coarsen(model, np.arange(24))
    found = solved(coarse.model)
    proven = proven_by(model, coarse.lift_duals(found.row_dual))
    assert proven == pytest.approx(optimum(model), rel=1e-6)


def proven_by(model: CompiledModel, row_dual: np.ndarray) -> float:
    """What multipliers of the rows prove, without decisions."""
    leaf = Leaf(np.zeros(0), np.zeros(0), row_dual)
    return leaf_bound(model, implied_boxes(model), np.zeros(0, dtype=int), leaf)


def model_steps(model: CompiledModel) -> int:
    return int(model.columns.index.max()) + 1
