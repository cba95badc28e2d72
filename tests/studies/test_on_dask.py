"""The same study on a Dask cluster; a lost node costs its members one retry."""

from dataclasses import replace
from pathlib import Path

import psutil
import pytest

pytest.importorskip("distributed")

from conftest import workers_of
from run_fakes import OPTIONS, members

from verdigrid.models.errors import InputError
from verdigrid.studies.backends.on_dask import AHEAD
from verdigrid.studies.backends.runner import StudyProgress, run_members

ON_DASK = replace(OPTIONS, dask="local")


@pytest.mark.slow
def test_a_killed_node_costs_one_retry(tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_one(progress: StudyProgress) -> None:
        if progress.finished >= 3 and not killed:
            for worker in workers_of(psutil.Process())[:1]:
                node = worker.parents()[0]
                killed.append(node.pid)
                node.kill()

    table = run_members(members(14, 0.3), tmp_path / "dask", ON_DASK, kill_one)
    assert killed
    here = run_members(members(14, 0.0), tmp_path / "here", OPTIONS)
    for column in ("member", "status", "reason", "net_present_cost"):
        assert table[column].equals(here[column])
    calls = (tmp_path / "dask" / "calls").read_text().split()
    # what the node had in hand, and what it had finished but not yet handed over
    assert len(calls) <= 14 + AHEAD + 1
    assert not workers_of(psutil.Process())


@pytest.mark.slow
def test_no_cluster_is_said(tmp_path: Path) -> None:
    nowhere = replace(OPTIONS, dask="tcp://127.0.0.1:9")
    with pytest.raises(InputError, match="--dask"):
        run_members(members(1, 0.0), tmp_path, nowhere)
