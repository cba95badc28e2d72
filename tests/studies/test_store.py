"""Journal, lock and table: whole whatever is cut, and quick for ten thousand rows."""

import json
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from verdigrid.models.errors import InputError
from verdigrid.studies.backends.journal import NAME, Journal, read_journal
from verdigrid.studies.backends.lock import FolderLock
from verdigrid.studies.backends.store import TABLE, Store, as_table
from verdigrid.studies.backends.whole_files import write_bytes
from verdigrid.studies.members import Member


def row(value: float) -> dict[str, Any]:
    return {"status": "optimal", "reason": "", "net_present_cost": value}


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cut=st.integers(0, 400), rubbish=st.binary(max_size=12))
def test_a_journal_cut_anywhere_keeps_its_whole_lines(
    tmp_path: Path, cut: int, rubbish: bytes
) -> None:
    path = tmp_path / NAME
    path.unlink(missing_ok=True)
    journal = Journal(tmp_path)
    for number in range(4):
        journal.add(f"k{number}", row(number))
    journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:cut] + rubbish)
    kept = whole[:cut].count(b"\n")
    journal = Journal(tmp_path)
    journal.add("last", row(9))
    journal.close()
    found = dict(read_journal(tmp_path))
    assert found["last"] == row(9)
    assert all(found[f"k{number}"] == row(number) for number in range(kept))
    assert set(found) <= {"last", "k0", "k1", "k2", "k3"}


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    assert list(read_journal(tmp_path)) == []


def test_the_lock_is_free_when_released(tmp_path: Path) -> None:
    first = FolderLock(tmp_path)
    with pytest.raises(InputError, match="where a study is running"):
        FolderLock(tmp_path)
    first.release()
    FolderLock(tmp_path).release()


def test_a_store_that_fails_to_open_holds_no_lock(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(InputError, match="a writable folder"):
        Store(tmp_path, [], resume=True)
    FolderLock(tmp_path).release()


def test_columns_of_mixed_values_become_text(tmp_path: Path) -> None:
    values = [1, 2.5, "x", {"file": "a.csv"}, None, True, [1, 2]]
    members = [Member(n, "s", labels={"p": v}) for n, v in enumerate(values, 1)]
    table = as_table(members, [row(1.0)] * 7)
    table.to_parquet(tmp_path / "t.parquet")
    read = pd.read_parquet(tmp_path / "t.parquet")["p"]
    told = ["1", "2.5", "x", '{"file": "a.csv"}', None, "true", "[1, 2]"]
    assert [None if pd.isna(text) else text for text in read] == told


def test_numbers_stay_numbers() -> None:
    members = [Member(n, "s", labels={"p": v}) for n, v in enumerate([1, 2.5], 1)]
    table = as_table(members, [row(1.0), {"status": "infeasible", "reason": "no"}])
    assert table["p"].dtype == float
    assert table["net_present_cost"].dtype == float
    assert list(table.columns[:4]) == ["member", "p", "status", "reason"]


def test_an_empty_table_can_be_written(tmp_path: Path) -> None:
    with Store(tmp_path, []) as store:
        assert store.write_table().empty
    assert pd.read_parquet(tmp_path / TABLE).empty


def test_a_file_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_bytes(path, b"old")
    with pytest.raises(TypeError):
        write_bytes(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_member_that_is_solved_later_no_longer_counts_as_failed(
    tmp_path: Path,
) -> None:
    members = [Member(n, "s", {"a.b": n}, {"a.b": n}) for n in (1, 2)]
    with Store(tmp_path, members) as store:
        store.add(members[0], {"status": "crashed", "reason": "twice"})
        assert (store.finished, store.failed) == (1, 1)
        assert store.unfinished() == members[1:]
        assert store.unfinished(retry_failed=True) == members
        store.add(members[0], row(1.0))
        assert (store.finished, store.failed) == (1, 0)
    with Store(tmp_path, members, resume=True) as store:
        assert (store.finished, store.failed) == (1, 0)
        assert store.table()["status"].tolist() == ["optimal"]


def test_ten_thousand_members_are_quick(tmp_path: Path) -> None:
    figures = {f"indicator:a.{n}": n * 1.25 for n in range(60)}
    members = [
        Member(n, "s.yaml", {"a.b": n, "c.d": n / 7}, {"a.b": n, "c.d": n / 7})
        for n in range(10_000)
    ]
    lines = (
        json.dumps({"key": member.key, "row": {**row(1.0), **figures}})
        for member in members
    )
    (tmp_path / NAME).write_text("\n".join(lines) + "\n")
    started = time.perf_counter()
    with Store(tmp_path, members, resume=True) as store:
        assert store.unfinished() == []
        opened = time.perf_counter() - started
        store.write_table()
    started = time.perf_counter()
    assert len(pd.read_parquet(tmp_path / TABLE)) == 10_000
    assert time.perf_counter() - started < 1.0
    assert opened < 5.0
