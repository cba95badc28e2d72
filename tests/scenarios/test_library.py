"""The bundled scenarios: they load, their series are reproducible and add up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from verdigrid.models.capacity import EnergyCapacity, PowerCapacity
from verdigrid.models.component import Component
from verdigrid.models.components.grid import Grid
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.profile import Profile, profiles_of
from verdigrid.scenarios.library import make_series
from verdigrid.scenarios.library.series.us_plant import us_plant
from verdigrid.scenarios.load import Scenario, load
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.plan import make_plan

LIBRARY = Path(make_series.__file__).parent
SITES = (
    "cement-works",
    "dyeing-park",
    "dyeing-pathway",
    "dyeing-retrofit",
    "first-minute",
    "food-factory",
    "three-firm-park",
    "us-plant",
)
#: Sites with series of their own, whose electric load is one component.
LARGE_SITES = ("cement-works", "dyeing-park", "food-factory", "three-firm-park")
COST_FILES = ("costs-cny", "costs-eur", "costs-usd")


#: Every kind that can be built, but those that only its site can price.
KINDS_WITH_COSTS = {
    kind
    for kind, component in Component.registry.items()
    if {"capacity", "energy"} & set(component.model_fields)
} - {"blend", "generator", "link", "power_purchase"}


@pytest.fixture(scope="module")
def sites() -> dict[str, Scenario]:
    return {name: load(f"library:{name}", stages=True) for name in SITES}


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


def grids_of(microgrid: Microgrid) -> dict[str, Grid]:
    return {n: c for n, c in microgrid.components.items() if isinstance(c, Grid)}


def test_every_file_is_a_known_one() -> None:
    found = {path.stem for path in LIBRARY.glob("*.yaml")}
    policies = {name for name in found if name.startswith("policies-")}
    assert found - policies == {*SITES, *COST_FILES, "factors"}
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


@pytest.mark.parametrize("name", [*LARGE_SITES, "us-plant"])
def test_series_add_up_to_the_yearly_figures(
    name: str, sites: dict[str, Scenario]
) -> None:
    profiles = file_profiles(sites[name])
    assert profiles
    for path, profile in profiles.items():
        assert profile.file is not None
        if "price" in str(profile.column):
            continue
        assert profile.annual_kwh is not None, path
        raw = pd.read_csv(LIBRARY / profile.file)[profile.column].to_numpy()
        # whole kW: rounding leaves some 50 kWh, more where one value holds for months
        assert raw.sum() == pytest.approx(profile.annual_kwh, abs=2000), path
        used = sites[name].microgrid.series[path]
        assert used.sum() == pytest.approx(profile.annual_kwh, rel=1e-9), path


@pytest.mark.parametrize("name", make_series.SERIES)
def test_series_can_be_made_again(name: str) -> None:
    assert make_series.differences(name) == []


def test_check_reports_what_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make_series.main(["--check"]) == 0
    monkeypatch.setitem(make_series.SERIES, "us-plant.csv", lambda: us_plant() + 5)
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
    """Nor does it where power passes from the grid of one firm to that of another."""
    microgrid = sites[name].microgrid
    paths = [f"components.{grid}" for grid in grids_of(microgrid)]
    dearest = np.max([microgrid.series[f"{p}.export_price"] for p in paths], axis=0)
    cheapest = np.min([microgrid.series[f"{p}.import_price"] for p in paths], axis=0)
    assert (dearest < cheapest).all()


def test_only_the_us_plant_has_a_decision(
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
    assert decisions == dict.fromkeys(SITES, 0) | {"us-plant": 1}


@pytest.mark.parametrize("name", ["dyeing-park", "first-minute", "us-plant"])
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


def what_stands(site: Scenario, name: str) -> float:
    return site.microgrid.components[name].capacities()["capacity"].existing


def peak(name: str, *columns: str) -> float:
    """Largest sum of these columns of a site's loads, kW."""
    return float(
        pd.read_csv(LIBRARY / f"data/{name}.csv")[list(columns)].sum(axis=1).max()
    )


def test_what_stands_can_serve_the_food_factory(sites: dict[str, Scenario]) -> None:
    site, name = sites["food-factory"], "food-factory"
    heat = ("steam_kw", "kettles_kw", "cleaning_kw")
    assert peak(name, *heat) < what_stands(site, "steam_boilers")
    assert peak(name, "kettles_kw") < what_stands(site, "kettle_valve")
    assert peak(name, "cleaning_kw") < what_stands(site, "steam_to_hot_water")
    assert peak(name, "frozen_kw") < what_stands(site, "freezing_plant")
    assert peak(name, "chilled_kw") < what_stands(site, "chilling_plant")
    cold = peak(name, "frozen_kw") / 2.8 + peak(name, "chilled_kw") / 4.8
    electric = peak(name, "electricity_kw") + cold
    assert electric < grid_of(site).import_limit_kw


def test_what_stands_can_serve_the_cement_works(sites: dict[str, Scenario]) -> None:
    """The exhaust dries the raw meal in every hour."""
    site, name = sites["cement-works"], "cement-works"
    exhaust = pd.read_csv(LIBRARY / f"data/{name}-waste-heat.csv")["preheater_kw"]
    drying = pd.read_csv(LIBRARY / f"data/{name}.csv")["drying_kw"]
    assert (drying <= exhaust).all()
    assert drying.max() < what_stands(site, "drying_duct")
    electric = peak(name, "works_kw", "cement_mills_kw")
    assert electric < grid_of(site).import_limit_kw


def test_what_stands_can_serve_the_three_firms(sites: dict[str, Scenario]) -> None:
    site, name = sites["three-firm-park"], "three-firm-park"
    grids = grids_of(site.microgrid)
    electric = {
        "foundry": peak(name, "foundry_kw", "melting_kw"),
        "dairy": peak(name, "dairy_kw"),
        "logistics": peak(name, "logistics_kw") + 40 * 60,
    }
    for firm, power in electric.items():
        assert power < grids[f"{firm}_grid"].import_limit_kw, firm
    heat = peak(name, "dairy_steam_kw", "dairy_hot_kw")
    assert heat < what_stands(site, "dairy_boilers")
    assert peak(name, "dairy_hot_kw") < what_stands(site, "steam_to_hot_water")


def test_hubei_prices_by_hand() -> None:
    """The published factors act on energy and losses; so come all four prices."""
    energy = 0.3845 + 0.0136
    flat = energy + 0.0884 + 0.0823 + 0.0452
    factors = {"sharp": 2.0, "peak": 1.49, "flat": 1.0, "valley": 0.45}
    bands = grid_of(load("library:cement-works")).tariff.bands
    assert bands == pytest.approx(
        {name: flat + energy * (factor - 1) for name, factor in factors.items()},
        abs=1e-3,
    )


def test_the_kiln_stands_in_spring() -> None:
    data = LIBRARY / "data"
    exhaust = pd.read_csv(
        data / "cement-works-waste-heat.csv", index_col=0, parse_dates=True
    )
    assert (exhaust.loc["2026-01-24":"2026-03-04"] == 0).all().all()  # type: ignore[misc]
    running = exhaust["preheater_kw"] > 0
    clinker = running.sum() / 24 * 5000
    assert clinker == pytest.approx(1.45e6, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cement-works", "food-factory", "three-firm-park"])
def test_a_week_can_be_planned(name: str) -> None:
    """A week of spring, in which everything runs, within 2 %; the plan is verified."""
    week = ["time.periods=168", "time.start=2026-03-16"]
    plan = make_plan(
        load(f"library:{name}", week).microgrid,
        SolveOptions(relative_gap=0.02, time_limit_s=120.0),
    )
    assert plan.plan.solution.gap <= 0.02
    assert plan.baseline is not None
    assert plan.plan.solution.objective < plan.baseline.solution.objective


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
    # what is bought and built; nothing that only stands for a demand or a contract
    assert set(costs["defaults"]) == KINDS_WITH_COSTS
