"""Windows of a year: where they begin, what links them, what they share."""

import numpy as np
import pytest
from drafts import INF, Draft, before
from random_models import Wanted, random_model

from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.windows import Windows, cut_into_windows, parts_of_window


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)


def named(found: Windows, columns: np.ndarray) -> list[str]:
    """Names of columns, without their owner."""
    labels = found.model.columns
    return [labels.describe(at).split(".")[-1] for at in columns]


def named_rows(found: Windows, rows: np.ndarray) -> set[str]:
    """Families of rows."""
    labels = found.model.rows
    return {labels.families[labels.family[at]].name for at in rows}


def buying(steps: int) -> tuple[Draft, np.ndarray]:
    draft = Draft(steps)
    buy = draft.timed("buy", 50.0, cost=1.0)
    draft.rows("load", 10.0, INF, (buy, 1.0))
    return draft, buy


def test_a_short_horizon_is_one_window() -> None:
    draft, buy = buying(17)
    found = cut_into_windows(draft.model())
    assert found.first_step.tolist() == [0]
    assert found.windows[0].columns.tolist() == buy.tolist()
    assert not found.linking.any()
    assert found.shared.size == 0


def test_capacities_and_the_last_contents_link_the_windows() -> None:
    draft, buy = buying(24)
    size = draft.design("size", 9.0, cost=1.0)
    content = draft.timed("content")
    change = (content, 1.0), (before(content), -0.9)
    draft.rows("balance", 0.0, 0.0, *change, (buy, -1.0))
    draft.rows("room", -INF, 0.0, (content, 1.0), (size, -1.0))
    found = cut_into_windows(draft.model())
    first, second = found
    assert found.first_step.tolist() == [0, 12]
    linking = ["new", "content[11]", "content[23]"]
    assert named(found, np.flatnonzero(found.linking)) == linking
    assert named(found, first.linking) == linking
    assert named(found, second.linking) == linking
    assert first.columns.tolist() == [*buy[:12], *content[:11]]
    assert second.columns.tolist() == [*buy[12:], *content[12:23]]
    # The ceilings of the last contents hold linking columns only.
    assert (first.rows.size, second.rows.size) == (12 + 12 + 11, 12 + 12 + 11)


def test_a_lag_of_two_links_two_steps() -> None:
    draft, _ = buying(24)
    start, on = draft.timed("start"), draft.timed("on")
    lagged = (start, 1.0), (before(start, 2), 1.0)
    draft.rows("min_up", -INF, 0.0, *lagged, (on, -1.0))
    found = cut_into_windows(draft.model())
    expected = ["start[10]", "start[11]", "start[22]", "start[23]"]
    assert named(found, np.flatnonzero(found.linking)) == expected


def test_no_window_begins_inside_what_a_peak_holds_together() -> None:
    # Peaks of five steps, 0-4, 5-9, 10-14, ...: 10 is nearer to 12 than 15 is.
    draft, buy = buying(25)
    peak = draft.static("peak", size=5, cost=2.0)
    month = np.arange(25) // 5
    draft.rows("peak_is", 0.0, INF, (peak[month], 1.0), (buy, -1.0))
    found = cut_into_windows(draft.model())
    first, second = found
    assert found.first_step.tolist() == [0, 10]
    assert np.isin(peak[:2], first.columns).all()
    assert np.isin(peak[2:], second.columns).all()
    assert not found.linking.any()


def test_a_peak_of_the_whole_year_links() -> None:
    draft, buy = buying(24)
    peak = draft.static("peak", cost=2.0)
    draft.rows("peak_is", 0.0, INF, (peak, 1.0), (buy, -1.0))
    found = cut_into_windows(draft.model())
    assert found.first_step.tolist() == [0, 12]
    assert np.flatnonzero(found.linking).tolist() == peak.tolist()


def test_yearly_rows_are_shared_with_all_their_coefficients() -> None:
    draft, buy = buying(24)
    size = draft.design("size", 9.0, cost=1.0)
    kg = np.arange(24) + 1.0
    draft.row("cap", -INF, 90.0, (buy, kg), (size, 5.0))
    draft.row("january", -INF, 70.0, (buy[:12], 1.0))
    draft.row("space", -INF, 8.0, (size, 1.0))
    found = cut_into_windows(draft.model())
    first, second = found
    assert named_rows(found, found.shared) == {"cap"}
    assert found.parts.toarray().tolist() == [[*kg, 5.0]]
    assert named_rows(found, first.rows) == {"load", "january"}
    assert named_rows(found, second.rows) == {"load"}
    prices = parts_of_window(found, second, np.array([2.0]))
    assert prices.tolist() == (2.0 * kg[12:]).tolist()


@pytest.mark.parametrize("seed", range(25))
def test_everything_has_one_place(seed: int) -> None:
    model = random_model(seed, Wanted(36))
    found = cut_into_windows(model)
    assert len(found.windows) > 1
    matrix = abs(model.matrix)
    homes = found.linking.astype(int)
    row_homes = np.zeros(model.shape[0], dtype=int)
    row_homes[found.shared] += 1
    only_linking = matrix @ (~found.linking).astype(float) == 0
    row_homes[only_linking] += 1
    for window in found:
        homes[window.columns] += 1
        row_homes[window.rows] += 1
        inside = np.zeros(model.shape[1], dtype=bool)
        inside[window.columns] = inside[window.linking] = True
        assert (matrix[:, ~inside].sum(axis=1)[window.rows] == 0).all()
        used = matrix.tocsr()[window.rows].sum(axis=0)[window.linking]
        assert (used > 0).all()
    assert (homes == 1).all()
    assert (row_homes == 1).all()
