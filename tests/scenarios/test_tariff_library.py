"""The bundled tariffs: a month of each, billed by hand."""

import datetime as dt
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support import planned
from verdigrid.models.calendar import Calendar
from verdigrid.models.tariffs.time_of_use import Holidays
from verdigrid.results.recompute import recompute
from verdigrid.scenarios.load import Scenario, load
from verdigrid.scenarios.paths import Files, library_folder
from verdigrid.scenarios.sources import read_chain

FOLDER = library_folder() / "tariffs"
TARIFFS = sorted(
    path.stem for path in FOLDER.glob("*.yaml") if not path.stem.startswith("holidays")
)
SITE = """\
schema: 1
name: plant
currency: {currency}
time: {{start: {start}, periods: {hours}, represents: {represents}}}
finance: {{discount_rate: 0, horizon_years: 1}}
buses: {{power: {{carrier: electricity}}}}
components:
  plant: {{kind: load, bus: power, profile: {profile}}}
  grid:
    kind: grid
    bus: power
    import_limit_kw: 1000
    emissions_kg_per_kwh: 0.5
    tariff: {{file: library:tariffs/{tariff}}}
"""


def site(folder: Path, tariff: str, start: str, **more: object) -> Scenario:
    """100 kW, day and night, for a month (or what ``more`` says)."""
    currency = re.search(r"^currency: (\w+)$", text_of(tariff), re.MULTILINE)
    assert currency is not None
    days = pd.Timestamp(start).days_in_month
    fields = {
        "currency": currency[1],
        "start": start,
        "hours": days * 24,
        "represents": "as_is",
        "profile": 100,
        "tariff": tariff,
        **more,
    }
    path = folder / "site.yaml"
    path.write_text(SITE.format(**fields))
    return load(path)


def text_of(tariff: str) -> str:
    return (FOLDER / f"{tariff}.yaml").read_text(encoding="utf-8")


def bill(scenario: Scenario) -> dict[str, float]:
    """Amount of each line, all months together."""
    lines = recompute(planned(scenario.microgrid)).accounts["grid"].bill
    return {line.item: float(line.amount.sum()) for line in lines}


def test_hubei_in_january(tmp_path):
    """Every day 2 sharp, 6 peak, 8 flat and 8 hours of valley."""
    lines = bill(site(tmp_path, "hubei-110kv-2026", "2026-01-01"))
    kwh = 31 * 100
    assert lines["energy sharp"] == pytest.approx(kwh * 2 * 2.0 * 0.3845)
    assert lines["losses"] == pytest.approx(
        kwh * (2 * 2.0 + 6 * 1.49 + 8 + 8 * 0.45) * 0.0136
    )
    assert lines["levies"] == pytest.approx(kwh * 24 * 0.0452)
    assert lines["basic charge, peak"] == pytest.approx(39 * 100)
    published = kwh * (2 * 1.0121 + 6 * 0.8091 + 8 * 0.6140 + 8 * 0.3950)
    assert sum(lines.values()) == pytest.approx(published + 3900, abs=kwh * 24 * 1e-4)


def test_the_four_prices_of_hubei_follow_from_their_parts(tmp_path):
    prices = site(tmp_path, "hubei-110kv-2026", "2026-01-01").microgrid.series
    price = prices["components.grid.import_price"]
    published = [1.0121, 0.8091, 0.6140, 0.3950]
    assert price[[18, 16, 8, 0]].round(4).tolist() == published


def test_hubei_is_sharp_later_in_summer(tmp_path):
    prices = site(tmp_path, "hubei-110kv-2026", "2026-07-01").microgrid.series
    price = prices["components.grid.import_price"][:24].round(4)
    assert np.flatnonzero(price == 1.0121).tolist() == [20, 21]
    assert np.flatnonzero(price == 0.8091).tolist() == [16, 17, 18, 19, 22, 23]


def test_jiangsu_at_spring_festival(tmp_path):
    """Nine of 28 days have a deep valley of four hours in place of 2 flat, 2 valley."""
    lines = bill(site(tmp_path, "jiangsu-two-part-2025", "2026-02-01"))
    kwh = 100 * 0.3957
    assert lines["energy deep_valley"] == pytest.approx(9 * 4 * 0.28 * kwh)
    assert lines["energy valley"] == pytest.approx((19 * 8 + 9 * 6) * 0.35 * kwh)
    assert lines["energy flat"] == pytest.approx((19 * 8 + 9 * 6) * kwh)
    assert lines["energy peak"] == pytest.approx(28 * 8 * 1.8 * kwh)
    rest = sum(lines[name] for name in ("transmission", "losses_and_system", "levies"))
    assert rest == pytest.approx(28 * 24 * 100 * 0.2443)
    assert lines["basic charge, peak"] == pytest.approx(4000)


@pytest.mark.parametrize(
    ("start", "valley"),
    [
        ("2026-06-01", [0, 1, 2, 3, 4, 5, 11, 12]),
        ("2026-04-01", [2, 3, 4, 5, 10, 11, 12, 13]),
        ("2026-11-01", [2, 3, 4, 5, 10, 11, 12, 13]),
    ],
)
def test_the_noon_valley_of_jiangsu_has_its_season(tmp_path, start, valley):
    """Only the energy price is multiplied: flat 0.6400, peak 0.9566, valley 0.3828."""
    scenario = site(tmp_path, "jiangsu-two-part-2025", start)
    day = scenario.microgrid.series["components.grid.import_price"][:24].round(4)
    assert np.flatnonzero(day == 0.3828).tolist() == valley
    assert {0.3828, 0.6400, 0.9566} == set(day.tolist())


def test_guangdong_in_july(tmp_path):
    """Every day 3 sharp, 4 peak, 9 flat and 8 hours of valley; levies stay."""
    lines = bill(site(tmp_path, "guangdong-two-part-2026", "2026-07-01"))
    base, days = 0.40 + 0.015 + 0.11 + 0.045, 31 * 100
    energy = days * base * (3 * 2.125 + 4 * 1.7 + 9 + 8 * 0.38)
    assert lines["levies"] == pytest.approx(days * 24 * 0.029)
    assert lines["energy sharp"] == pytest.approx(days * 3 * 2.125 * 0.40)
    assert lines["basic charge, peak"] == pytest.approx(36.1 * 100)
    assert sum(lines.values()) == pytest.approx(energy + days * 24 * 0.029 + 3610)


def test_guangdong_has_no_sharp_hours_in_other_months(tmp_path):
    scenario = site(tmp_path, "guangdong-two-part-2026", "2026-10-01")
    day = scenario.microgrid.series["components.grid.import_price"][:24]
    peak = np.flatnonzero(day > 0.9).tolist()
    assert peak == [10, 11, 14, 15, 16, 17, 18]
    assert day[10] == pytest.approx(1.7 * 0.57 + 0.029)


@pytest.mark.parametrize(
    ("hours", "demand", "energy"), [(8760, 119.08, 0.0109), (2000, 21.49, 0.05)]
)
def test_germany_above_and_below_2500_hours(tmp_path, hours, demand, energy):
    """100 kW over a year, or over its first 2000 hours."""
    profile = 100 if hours == 8760 else values(hours)
    lines = bill(german_year(tmp_path, profile))
    word = "above" if hours == 8760 else "below"
    assert lines[f"grid fee, {word} 2500 h: demand"] == pytest.approx(100 * demand)
    assert lines[f"grid fee, {word} 2500 h: energy"] == pytest.approx(
        100 * hours * energy
    )
    assert lines["energy"] == pytest.approx(100 * hours * 0.1111)


def test_germany_pays_the_national_mean_at_4000_hours(tmp_path):
    total = sum(bill(german_year(tmp_path, values(4000))).values())
    assert total / 400_000 == pytest.approx(0.1799, abs=1e-4)


def german_year(folder: Path, profile: object) -> Scenario:
    name = "germany-medium-voltage-2025"
    more = {"hours": 8760, "represents": "year", "profile": profile}
    return site(folder, name, "2025-01-01", **more)


def values(hours: int) -> str:
    """100 kW in the first hours of a year, then nothing."""
    return f"{{values: {[100] * hours + [0] * (8760 - hours)}}}"


def test_edison_in_july(tmp_path):
    """23 workdays of 6, 9 and 9 hours on, mid and off peak; 8 days of weekends."""
    lines = bill(site(tmp_path, "us-sce-gs2-tou-2015", "2015-07-01"))
    assert lines["energy summer_on"] == pytest.approx(23 * 6 * 100 * 0.1355)
    assert lines["energy summer_mid"] == pytest.approx(23 * 9 * 100 * 0.08888)
    off = 23 * 9 + 8 * 24
    assert lines["energy summer_off"] == pytest.approx(off * 100 * 0.066)
    assert lines["demand charge facilities"] == pytest.approx(1320)
    assert lines["demand charge summer on-peak"] == pytest.approx(1811)
    assert lines["demand charge summer mid-peak"] == pytest.approx(530)
    assert lines["fixed charge"] == pytest.approx(259.2)


def test_edison_in_winter_has_one_demand_charge(tmp_path):
    """December 2015: 23 workdays with 13 hours of mid peak."""
    lines = bill(site(tmp_path, "us-sce-gs2-tou-2015", "2015-12-01"))
    assert lines["energy winter_mid"] == pytest.approx(23 * 13 * 100 * 0.09368)
    assert lines["demand charge summer on-peak"] == 0
    assert lines["demand charge facilities"] == pytest.approx(1320)


# -- all of them --------------------------------------------------------------------


@pytest.mark.parametrize("name", TARIFFS)
def test_says_where_it_comes_from_and_fits_its_own_year(tmp_path, name):
    start = re.search(r'valid: \{from: "([\d-]+)"', text_of(name))
    assert start is not None
    scenario = site(tmp_path, name, start[1])
    assert not [note for note in scenario.notes if "its prices are of" in note]
    tariff = scenario.resolved["components"]["grid"]["tariff"]
    assert re.search(r"\b20\d\d\b", tariff["source"])
    file = f"library:tariffs/{name}.yaml"
    assert scenario.document.origin(
        ("components", "grid", "tariff", "source")
    ).file in (file)
    assert file in scenario.files


@pytest.mark.parametrize("name", TARIFFS)
def test_a_year_that_is_not_its_own_gives_a_note(tmp_path, name):
    scenario = site(tmp_path, name, "2031-03-01")
    (note, *others) = [one for one in scenario.notes if "tariff: " in one]
    assert note.startswith("components.grid.tariff: its prices are of 20")
    assert note.endswith("the horizon is 2031-03-01 to 2031-03-31")
    dated = '"2026-' in text_of(name).split("valid:")[1].split("\n", 1)[1]
    assert bool(others) == dated
    assert all("not counted" in one for one in others)


def test_the_numbers_of_every_file_have_a_year():
    """Every line with a number says its year, or is covered by a remark that does."""
    for path in FOLDER.glob("*.yaml"):
        head, _, _ = path.read_text(encoding="utf-8").partition("schema: 1")
        assert re.search(r"20\d\d", head), path.name


# -- holidays -----------------------------------------------------------------------


def test_holidays_of_china_2026():
    """33 days off: 3, 9, 3, 5, 3, 3 and 7."""
    files = Files(library_folder())
    path = files.find("library:tariffs/holidays-china-2026", library_folder(), ".yaml")
    days = read_chain(path, files).data["holidays"]
    assert len(days) == len(set(days)) == 33
    year = Calendar(dt.datetime(2026, 1, 1), 365, 24 * 60, "Asia/Shanghai")
    steps = Holidays.of(days, True, year).steps
    months = np.bincount(np.asarray(year.civil.month)[steps], minlength=13)
    assert months.tolist()[1:] == [3, 9, 0, 3, 5, 3, 0, 0, 3, 0 + 7, 0, 0]


def test_a_tariff_of_ones_own_takes_the_holidays(tmp_path):
    """1 May 2026 is a Friday; the three days of Qingming end on a Monday."""
    (tmp_path / "mine.yaml").write_text(
        "extends: library:tariffs/holidays-china-2026\n"
        "source: quote of 2026\n"
        "currency: CNY\n"
        "valid: {from: '2026-01-01'}\n"
        "bands: {work: 1.0, rest: 0.5}\n"
        "periods: [{band: work, days: workdays}]\n"
        "otherwise: rest\n"
    )
    text = SITE.format(
        currency="CNY",
        start="2026-04-01",
        hours=31 * 24,
        represents="as_is",
        profile=100,
        tariff="x",
    ).replace("library:tariffs/x", "mine.yaml")
    (tmp_path / "site.yaml").write_text(text)
    price = load(tmp_path / "site.yaml").microgrid.series[
        "components.grid.import_price"
    ]
    daily = price.reshape(-1, 24)[:, 0]
    rest = [n + 1 for n in np.flatnonzero(daily == 0.5)]
    assert rest == [4, 5, 6, 11, 12, 18, 19, 25, 26, 31]


# -- the same rate, read from the database's format ---------------------------------


def test_edison_is_what_the_rate_database_says(tmp_path):
    """The published record (its periods and hours), read as such, bills the same."""
    winter = [0] * 8 + [1] * 13 + [0] * 3
    summer = [2] * 8 + [3] * 4 + [4] * 6 + [3] * 5 + [2]
    demand = [0] * 8 + [1] * 4 + [2] * 6 + [1] * 5 + [0]
    is_summer = [6 <= month <= 9 for month in range(1, 13)]
    prices = [0.0712, 0.09368, 0.066, 0.08888, 0.1355]
    record = {
        "label": "55fc81d7682bea28da64f9ae",
        "energyratestructure": [[{"rate": price, "unit": "kWh"}] for price in prices],
        "energyweekdayschedule": [summer if warm else winter for warm in is_summer],
        "energyweekendschedule": [[2 if warm else 0] * 24 for warm in is_summer],
        "demandratestructure": [[{"rate": rate}] for rate in (0, 5.3, 18.11)],
        "demandweekdayschedule": [demand if warm else [0] * 24 for warm in is_summer],
        "demandweekendschedule": [[0] * 24] * 12,
        "flatdemandstructure": [[{"rate": 13.2}]],
        "flatdemandmonths": [0] * 12,
        "fixedmonthlycharge": 259.2,
    }
    (tmp_path / "gs2.json").write_text(json.dumps(record))
    load_kw = [50 + 13 * (hour % 17) for hour in range(8760)]
    more = {"hours": 8760, "represents": "year", "profile": f"{{values: {load_kw}}}"}
    bundled = site(tmp_path, "us-sce-gs2-tou-2015", "2015-01-01", **more)
    text = (tmp_path / "site.yaml").read_text()
    named = "{file: library:tariffs/us-sce-gs2-tou-2015}"
    (tmp_path / "site.yaml").write_text(text.replace(named, "{urdb: gs2.json}"))
    record_read = load(tmp_path / "site.yaml")
    path = "components.grid.import_price"
    one, other = (s.microgrid.series[path] for s in (bundled, record_read))
    assert np.array_equal(one, other)
    first, second = bill(bundled), bill(record_read)
    assert sum(first.values()) == pytest.approx(sum(second.values()))
    assert second["demand charge period 2"] == pytest.approx(
        first["demand charge summer on-peak"]
    )
