"""The bundled scenarios: they load, their series are reproducible and add up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from verdigrid.models.capacity import EnergyCapacity, PowerCapacity
from verdigrid.models.component import Component
from verdigrid.models.components.grid import Grid
from verdigrid.models.profile import Profile, profiles_of
from verdigrid.scenarios.library import make_series
from verdigrid.scenarios.load import Scenario, load

LIBRARY = Path(make_series.__file__).parent
SITES = ("dyeing-park", "first-minute", "us-plant")
COST_FILES = ("costs-cny", "costs-eur", "costs-usd")


@pytest.fixture(scope="module")
def sites() -> dict[str, Scenario]:
    return {name: load(f"library:{name}") for name in SITES}


def file_profiles(site: Scenario) -> dict[str, Profile]:
    return {
        path: profile
        for name, component in site.microgrid.components.items()
        for path, profile, _ in profiles_of(component, f"components.{name}")
        if profile.file is not None
    }


def grid_of(site: Scenario) -> Grid:
    grid = site.microgrid.components["grid"]
    assert isinstance(grid, Grid)
    return grid


def test_every_file_is_a_known_one() -> None:
    found = {path.stem for path in LIBRARY.glob("*.yaml")}
    assert found == {*SITES, *COST_FILES}
    assert {path.name for path in (LIBRARY / "data").iterdir()} == set(
        make_series.SERIES
    )


@pytest.mark.parametrize("name", SITES)
def test_loads_a_full_year(name: str, sites: dict[str, Scenario]) -> None:
    microgrid = sites[name].microgrid
    assert microgrid.name == name
    assert microgrid.calendar.periods == 8760
    for path, series in microgrid.series.items():
        assert series.shape == (8760,), path
        assert np.isfinite(series).all(), path


def test_sites_load_the_same_from_their_path(sites: dict[str, Scenario]) -> None:
    direct = load(LIBRARY / "dyeing-park.yaml").microgrid
    assert set(direct.series) == set(sites["dyeing-park"].microgrid.series)


@pytest.mark.parametrize("name", ["dyeing-park", "us-plant"])
def test_series_add_up_to_the_yearly_figures(
    name: str, sites: dict[str, Scenario]
) -> None:
    profiles = file_profiles(sites[name])
    assert profiles
    for path, profile in profiles.items():
        assert profile.file is not None
        assert profile.annual_kwh is not None, path
        raw = pd.read_csv(LIBRARY / profile.file)[profile.column].to_numpy()
        # whole kW: the rounding of 8760 hours leaves some 50 kWh
        assert raw.sum() == pytest.approx(profile.annual_kwh, abs=500), path
        used = sites[name].microgrid.series[path]
        assert used.sum() == pytest.approx(profile.annual_kwh, rel=1e-9), path


@pytest.mark.parametrize("name", make_series.SERIES)
def test_series_can_be_made_again(name: str) -> None:
    assert make_series.differences(name) == []


def test_check_reports_what_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make_series.main(["--check"]) == 0
    original = make_series.us_plant
    monkeypatch.setitem(make_series.SERIES, "us-plant.csv", lambda: original() + 5)
    assert make_series.main(["--check"]) == 1
    assert "electricity_kw differs in 8760 hours" in capsys.readouterr().out


def test_data_files_stay_small() -> None:
    for path in (LIBRARY / "data").iterdir():
        assert path.stat().st_size < 400_000, path.name


def test_stops_and_shifts_are_visible() -> None:
    park = pd.read_csv(LIBRARY / "data/dyeing-park.csv", index_col=0, parse_dates=True)
    spring_festival = park.loc["2026-02-17"]
    assert (spring_festival["dye_bath_kw"] == 0).all()
    assert (spring_festival["electricity_kw"] < 1000).all()
    assert park["electricity_kw"].max() == pytest.approx(8000, rel=0.1)


def test_weather_is_that_of_jiangsu() -> None:
    weather = pd.read_csv(
        LIBRARY / "data/taizhou-weather.csv", index_col=0, parse_dates=True
    )
    assert weather["ghi_w_per_m2"].sum() / 1000 == pytest.approx(1310, abs=2)
    monthly = (
        weather["temp_air_c"].groupby(pd.DatetimeIndex(weather.index).month).mean()
    )
    assert monthly[1] == pytest.approx(3, abs=1)
    assert monthly[7] == pytest.approx(28, abs=1)
    assert weather["wind_speed_m_per_s"].mean() == pytest.approx(3, abs=0.1)
    assert (weather[["ghi_w_per_m2", "dni_w_per_m2", "dhi_w_per_m2"]] >= 0).all().all()
    assert (weather["dhi_w_per_m2"] <= weather["ghi_w_per_m2"] + 1).all()


def test_band_prices_by_hand() -> None:
    """Published peak, flat and valley prices give the energy part and all bands."""
    energy = (0.9566 - 0.6400) / 0.80
    rest = 0.6400 - energy
    assert pytest.approx(energy, abs=1e-4) == (0.6400 - 0.3828) / 0.65
    assert rest == pytest.approx(0.1357 + 0.0294 + 0.0792, abs=1e-4)
    bands = grid_of(load("library:dyeing-park")).tariff.bands
    assert bands == pytest.approx(
        {
            "sharp": rest + energy * 1.8 * 1.2,
            "peak": rest + energy * 1.8,
            "flat": rest + energy,
            "valley": rest + energy * 0.35,
            "deep_valley": rest + energy * 0.35 * 0.8,
        },
        abs=1e-4,
    )


# hour of the day -> band: s sharp, p peak, f flat, v valley, d deep valley
@pytest.mark.parametrize(
    ("day", "bands"),
    [
        ("2026-01-14", "vvvvvvfffffvvfppppssppff"),  # winter, sharp 18-20
        ("2026-02-04", "vvvvvvfffffvvfppppppppff"),  # winter workday without sharp
        ("2026-02-07", "vvvvvvffffddddppppppppff"),  # weekend for the holidays
        ("2026-04-11", "ffvvvvffffvvvvfpppppppff"),  # spring
        ("2026-05-13", "ffvvvvffffvvvvfpppppppff"),  # spring workday
        ("2026-05-16", "ffvvvvffffddddfpppppppff"),
        ("2026-06-10", "vvvvvvfffffvvfppppppppff"),  # summer without sharp
        ("2026-07-15", "vvvvvvfffffvvfspppppssff"),  # sharp 14-15 and 19:30-21:30
        ("2026-11-04", "ffvvvvffffvvvvfpppppppff"),
    ],
)
def test_five_bands_by_the_clock(
    day: str, bands: str, sites: dict[str, Scenario]
) -> None:
    tariff = grid_of(sites["dyeing-park"]).tariff
    calendar = sites["dyeing-park"].microgrid.calendar
    names = [name[0] for name in tariff.bands or {}]
    here = np.asarray(calendar.civil.normalize() == pd.Timestamp(day))
    got = "".join(names[band] for band in tariff.band_of_steps(calendar)[here])
    assert got == bands


def test_every_hour_has_a_band(sites: dict[str, Scenario]) -> None:
    for name in ("dyeing-park", "us-plant"):
        tariff, calendar = grid_of(sites[name]).tariff, sites[name].microgrid.calendar
        band = tariff.band_of_steps(calendar)
        assert set(band) == set(range(len(tariff.bands or {})))


def test_on_peak_follows_daylight_saving(sites: dict[str, Scenario]) -> None:
    site = sites["us-plant"].microgrid
    price = pd.Series(
        site.series["components.grid.import_price"], index=site.calendar.standard
    )
    on_peak = pd.DatetimeIndex(price[price > 0.08].index)
    summer = on_peak[on_peak.normalize() == pd.Timestamp("2026-07-15")]
    winter = on_peak[on_peak.normalize() == pd.Timestamp("2026-01-14")]
    assert list(summer.hour) == list(range(12, 20))  # 13-21 h daylight saving time
    assert list(winter.hour) == list(range(6, 13))


@pytest.mark.parametrize("name", SITES)
def test_buying_to_sell_never_pays(name: str, sites: dict[str, Scenario]) -> None:
    series = sites[name].microgrid.series
    earned = series["components.grid.export_price"]
    assert (earned < series["components.grid.import_price"]).all()


def test_the_park_is_continuous_and_the_plant_has_one_decision(
    sites: dict[str, Scenario],
) -> None:
    decisions = {
        name: sum(
            capacity.has_decision
            for component in site.microgrid.components.values()
            for capacity in component.capacities().values()
        )
        for name, site in sites.items()
    }
    assert decisions == {"dyeing-park": 0, "first-minute": 0, "us-plant": 1}


@pytest.mark.parametrize("name", SITES)
def test_what_stands_can_serve_the_demand(
    name: str, sites: dict[str, Scenario]
) -> None:
    """The baseline is feasible: boilers and connection carry the peaks."""
    microgrid = sites[name].microgrid
    series = microgrid.series
    load_kw = {
        component: series[f"components.{component}.profile"]
        for component, each in microgrid.components.items()
        if each.kind == "load"
    }
    electric = load_kw.pop("electric_load", load_kw.pop("plant", np.zeros(1)))
    assert electric.max() < grid_of(sites[name]).import_limit_kw
    boilers = [c for c in microgrid.components.values() if c.kind == "boiler"]
    if boilers:
        capacity = sum(c.capacities()["capacity"].existing for c in boilers)
        assert np.sum(list(load_kw.values()), axis=0).max() < capacity
    limits = {
        component: each.capacities()["capacity"].existing
        for component, each in microgrid.components.items()
        if each.kind == "heat_exchanger"
    }
    if name == "dyeing-park":
        warm, baths = load_kw["warm_water_load"], load_kw["dye_baths"]
        assert warm.max() < limits["hot_to_warm_water"]
        assert (warm + baths).max() < limits["steam_to_hot_water"]


@pytest.mark.parametrize("name", COST_FILES)
def test_cost_files_fit_their_kinds_and_name_sources(name: str) -> None:
    text = YAML(typ="safe").load(LIBRARY / f"{name}.yaml")
    costs = text["costs"]
    assert costs["currency"] == name.removeprefix("costs-").upper()
    for kind, values in costs["defaults"].items():
        fields = Component.registry[kind].model_fields
        assert values["source"], kind
        assert set(values) - {"source"} <= set(fields), kind
        for field in ("capacity", "energy", "power"):
            if field in values:
                model = EnergyCapacity if field == "energy" else PowerCapacity
                capacity = model.model_validate(values[field])
                assert capacity.capex_per_unit is not None
                assert capacity.om_per_unit_year is not None
    assert set(costs["defaults"]) == {
        "pv",
        "battery",
        "thermal_storage",
        "boiler",
        "electric_boiler",
        "heat_pump",
        "chp",
        "heat_exchanger",
    }
