"""A folder to write scenarios into, and the smallest scenario that loads."""

import json
from pathlib import Path

import pytest

from verdigrid.models.errors import InputError, Problem
from verdigrid.scenarios.load import Scenario, load

BASE = """\
schema: 1
name: test
currency: EUR
time: {start: 2026-01-01, periods: 4, represents: as_is}
buses:
  electricity: {carrier: electricity}
components:
  plant:
    kind: load
    bus: electricity
    profile: 100
  grid:
    kind: grid
    bus: electricity
    import_limit_kw: 500
    emissions_kg_per_kwh: 0.4
    tariff: {price_per_kwh: 0.2}
"""


class Sandbox:
    """Writes files into a folder and loads ``s.yaml`` from it."""

    base = BASE

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(raw)
        return path

    def edited(self, *edits: tuple[str, str]) -> str:
        """The smallest scenario with texts replaced, each found exactly once."""
        text = self.base
        for old, new in edits:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text

    def load(self, text: str | bytes | None = None, *overrides: str) -> Scenario:
        return load(self.write("s.yaml", text or self.base), overrides)

    def problems(self, text: str | bytes, *overrides: str) -> list[Problem]:
        with pytest.raises(InputError) as caught:
            self.load(text, *overrides)
        return list(caught.value.problems)

    def problem(self, text: str | bytes, *overrides: str) -> str:
        """Text of the only problem."""
        problems = self.problems(text, *overrides)
        assert len(problems) == 1, "\n".join(map(str, problems))
        return str(problems[0])

    # -- a load whose profile is a column of data.csv --------------------------

    def with_profile(self, profile: str, time: str = "", site: str = "") -> str:
        edits = [("profile: 100", f"profile: {profile}")]
        if time:
            edits.append(("{start: 2026-01-01, periods: 4, represents: as_is}", time))
        text = self.edited(*edits)
        return text.replace("buses:", f"site: {site}\nbuses:") if site else text

    def series(self, csv: str | bytes, options: str = "", **kw: str) -> list[float]:
        """The plant's load from a CSV file's column ``load_kw``."""
        self.write("data.csv", csv)
        profile = f"{{file: data.csv, column: load_kw{options}}}"
        scenario = self.load(self.with_profile(profile, **kw))
        return list(scenario.microgrid.series["components.plant.profile"])

    def csv_problem(self, csv: str | bytes, options: str = "", **kw: str) -> str:
        self.write("data.csv", csv)
        profile = f"{{file: data.csv, column: load_kw{options}}}"
        return self.problem(self.with_profile(profile, **kw))


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.chdir(tmp_path)
    return Sandbox(tmp_path)


@pytest.fixture
def rate(box):
    """Writes a rate and loads the smallest scenario with it, for so many hours."""

    def load(data, time="{start: 2026-01-01, periods: 4, represents: as_is}", **edit):
        box.write("rate.json", json.dumps(data))
        profile = edit.pop("profile", 100)
        text = box.edited(
            ("{price_per_kwh: 0.2}", edit.pop("tariff", "{urdb: rate.json}")),
            ("EUR", "USD"),
            ("{start: 2026-01-01, periods: 4, represents: as_is}", time),
            ("profile: 100", f"profile: {profile}"),
        )
        return box, text

    return load
