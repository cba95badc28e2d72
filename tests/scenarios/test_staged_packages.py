"""Retrofit packages beside stages: they hold in every stage, before its changes."""

import pytest

from staged import CHEAPER, OPTIONS, Site, path_of
from verdigrid.scenarios.show import resolved_text


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_set_reaches_what_packages_change(site):
    text = site.edited(CHEAPER) + OPTIONS.replace(
        "{remove: [components.battery]}",
        "{change: {components.battery.energy.max_kwh: 20}}",
    )
    path = "options.packages.no_battery.change.components.battery.energy.max_kwh"
    found = site.load(text, "options.use=[no_battery]", f"{path}=30")
    assert path_of(found, 0).components["battery"].energy.maximum == 30


def test_packages_hold_in_every_stage(site):
    text = site.edited(CHEAPER) + OPTIONS
    before = site.load(text).pathway
    assert all("roof" not in s.microgrid.components for s in before.stages)
    after = site.load(text, "options.use=[roof, no_battery]").pathway
    for number, stage in enumerate(after.stages):
        grid = stage.microgrid
        assert "battery" not in grid.components
        assert grid.components["roof_lump_sum"].price.capex_per_unit == 1000
        price = grid.components["roof"].capacity.capex_per_unit
        assert price == (500 if number == 2 else 800)
        assert set(grid.baseline().components) == {"plant", "grid", "battery"}
        assert grid.baseline().series["components.plant.profile"][0] == (
            10 if number == 0 else 15
        )


def test_packages_and_stages_are_written_to_be_run_again(site):
    text = site.edited(CHEAPER) + OPTIONS
    for use in ("[no_battery]", "[roof]"):
        scenario = site.load(text, f"options.use={use}")
        again = site.load(resolved_text(scenario))
        assert again.resolved == scenario.resolved
        for number in range(3):
            one, other = path_of(scenario, number), path_of(again, number)
            assert list(one.components) == list(other.components)
            assert one.policies == other.policies
    roof = path_of(again, 2).components["roof"]
    assert roof.capacity.capex_per_unit == 500


def test_stage_may_not_name_what_no_package_has(site):
    text = site.edited((CHEAPER[0], CHEAPER[1].replace(".roof.", ".rof."))) + OPTIONS
    found = [str(problem) for problem in site.problems(text)]
    assert any("the unknown name 'rof'" in problem for problem in found)


def test_what_a_stage_says_of_a_package_is_checked(site):
    wrong = CHEAPER[1].replace("capex_per_kw: 500", "capex_per_kw: -5")
    found = [str(p) for p in site.problems(site.edited((CHEAPER[0], wrong)) + OPTIONS)]
    assert any("capex_per_kw" in problem for problem in found)
