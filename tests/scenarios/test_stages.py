"""stages: of a scenario: what is laid over what, where it is said, what is refused."""

import json

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from staged import SITE, Site, path_of
from verdigrid.cli import app
from verdigrid.models.errors import InputError
from verdigrid.scenarios.load import load
from verdigrid.scenarios.show import merged_text, resolved_text


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_changes_of_all_stages_up_to_it_hold(site):
    scenario = site.load()
    stages = scenario.pathway.stages
    assert [stage.year for stage in stages] == [2026, 2030, 2035]
    loads = [s.microgrid.series["components.plant.profile"][0] for s in stages]
    assert loads == pytest.approx([10, 15, 15])
    prices = [s.microgrid.components["battery"].energy.capex_per_unit for s in stages]
    assert prices == [900, 600, 600]
    caps = [s.microgrid.policies["cap"].limit for s in stages]
    assert caps == [1000, 1000, 900]


def test_policies_over_all_stages_stand_apart(site):
    pathway = site.load().pathway
    assert list(pathway.across) == ["budget"]
    assert all("budget" not in s.microgrid.policies for s in pathway.stages)


def test_set_changes_the_stages_too(site):
    stages = site.load(None, "stages.2.year=2040", "finance.horizon_years=15")
    assert stages.pathway.stages[2].year == 2040
    with pytest.raises(InputError, match="before 2041"):
        site.load(None, "stages.2.year=2041", "finance.horizon_years=15")


def test_set_reaches_what_stages_change(site):
    """Keys of changes: are dotted paths; new ones can be added."""
    path = "stages.1.changes.components.battery.energy.capex_per_kwh"
    new = "stages.2.changes.components.battery.energy.capex_per_kwh"
    found = site.load(None, f"{path}=500", f"{new}=450").pathway.stages
    prices = [s.microgrid.components["battery"].energy.capex_per_unit for s in found]
    assert prices == [900, 500, 450]


def test_resolved_text_loads_as_the_same_pathway(site):
    scenario = site.load()
    again = site.load(resolved_text(scenario))
    assert again.resolved == scenario.resolved
    for number in range(3):
        one, other = path_of(scenario, number), path_of(again, number)
        mine, same = (grid.components["battery"].energy for grid in (one, other))
        assert mine.capex_per_unit == same.capex_per_unit
        assert one.policies == other.policies
        assert all(np.array_equal(one.series[k], other.series[k]) for k in one.series)
    assert "year: 2030" in merged_text(scenario)


def test_resolved_text_names_files_from_the_folder_of_the_scenario(site):
    site.write("far/base.yaml", SITE)
    site.write("far/load.csv", "kw\n10\n20\n30\n40\n")
    site.write("far/late.csv", "kw\n1\n2\n3\n4\n")
    change = "  - {year: 2030, changes: {components.plant.profile.file: late.csv}}\n"
    site.write("far/stages.yaml", f"stages:\n  - {{year: 2026}}\n{change}")
    text = "schema: 1\nname: test\nextends: [far/base.yaml, far/stages.yaml]\n"
    scenario = site.load(text)
    assert path_of(scenario, 1).series["components.plant.profile"][0] == 1
    again = yaml.safe_load(resolved_text(scenario))["stages"][1]["changes"]
    assert again == {"components.plant.profile.file": "far/late.csv"}
    assert any(file.endswith("far/late.csv") for file in scenario.files)


def test_one_stage_is_the_scenario_without_stages(site):
    bare = site.load(SITE)
    single = site.load(SITE + "stages: [{year: 2026}]\n")
    assert single.pathway is None
    assert single.microgrid.components == bare.microgrid.components
    assert single.microgrid.term is None
    assert single.microgrid.policies == bare.microgrid.policies
    changed = "stages: [{year: 2026, changes: {components.plant.profile.factor: 2}}]\n"
    doubled = site.load(SITE + changed).microgrid
    assert doubled.series["components.plant.profile"][0] == 20


def test_others_refuse_a_pathway(site):
    site.load()
    with pytest.raises(InputError, match="docs/pathway"):
        load(site.folder / "s.yaml")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("year: 2030", "year: 2026"), "stages.1.year: got 2026 after 2026"),
        (("year: 2030", "year: 2040"), "stages.2.year: got 2035 after 2040"),
        (("year: 2035", "year: 2046"), "stages.2.year: got 2046, expected before 2046"),
        (("year: 2035", "years: 2035"), "did you mean year?"),
        (("discount_rate: 0.05", "discount_rate: 8"), "use 0.08"),
        (("plant.profile.factor", "plan.profile.factor"), "did you mean plant?"),
        (("energy.capex_per_kwh:", "energy.capex_per_kw:"), "did you mean capex_per"),
        (("policies.cap.tonnes_per_year", "finance.discount_rate"), "below buses"),
        (("policies.cap.tonnes_per_year", "costs.price_year"), "below buses"),
        (("policies.cap.tonnes_per_year", "policies.cap"), "the path of a value"),
        (("policies.cap.tonnes_per_year", "policies.budget.tonnes"), "the same in all"),
        (
            (
                "energy: {max",
                "energy: {existing_kwh: 5, catalogue: [], max",
            ),
            "catalogue",
        ),
        (
            (
                "{start: 2026-01-01, periods: 4}",
                "{start: 2026-01-01, periods: 4, represents: as_is}",
            ),
            "because stages last for years",
        ),
        (("currency: EUR\n", "currency: EUR\nobjective: {budget: 5}\n"), "objective"),
        (
            (
                "policies:\n",
                "policies:\n  one: {kind: exclusive_group, capacities: "
                "[battery.energy, battery.power], at_most: 1}\n",
            ),
            "a rule about what",
        ),
        (("  - {year: 2026}\n", ""), ""),
    ],
)
def test_what_is_refused(site, edit, message):
    if not message:  # two stages are fine too
        assert len(site.load(site.edited(edit)).pathway.stages) == 2
        return
    found = site.refused(edit)
    assert any(message in problem for problem in found), found


def test_refusals_say_the_line_of_the_stage(site):
    text = site.edited(("battery.energy.capex_per_kwh: 600", "battery.energy.capex: 6"))
    line = text.splitlines().index("      components.battery.energy.capex: 6") + 1
    assert [p.line for p in site.problems(text)] == [line]


@pytest.mark.parametrize("stages", ["5", "[]", "[5]", "{year: 2026}", "null"])
def test_stages_that_are_none(site, stages):
    problems = site.problems(SITE + f"stages: {stages}\n")
    assert problems[0].path.startswith("stages")


def test_mixed_currency_years_are_refused(site):
    costs = "costs: {currency: EUR, price_year: 2024}\npolicies:\n"
    found = site.refused(
        ("policies:\n", costs),
        ("horizon_years: 20", "horizon_years: 20, currency_year: 2026"),
    )
    assert "price_year" in found[0]


# -- the commands -----------------------------------------------------------------


def called(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_run_writes_a_folder_for_every_stage(site, tmp_path):
    site.load()
    out = tmp_path / "out"
    done = called("run", tmp_path / "s.yaml", "--output", out, "--quiet")
    assert done.exit_code == 0
    assert "Stages" in done.stdout
    assert "checks hold" in done.stdout
    summary = json.loads((out / "summary.json").read_text())
    found = summary["pathway"]
    assert [stage["year"] for stage in found["stages"]] == [2026, 2030, 2035]
    assert [stage["years"] for stage in found["stages"]] == [4, 5, 11]
    assert found["verification"]["checks"] == found["verification"]["held"]
    assert found["net_present_cost"] == pytest.approx(found["objective"])
    tonnes = sum(s["years"] * s["tonnes_per_year"] for s in found["stages"])
    assert found["cumulative_tonnes"] == pytest.approx(tonnes)
    budget = next(row for row in found["policies"] if row["policy"] == "budget")
    assert (budget["year"], budget["kept"]) == (None, True)
    for year in (2026, 2030, 2035):
        assert (out / f"stage-{year}" / "tables" / "dispatch.parquet").exists()
        assert (out / f"stage-{year}" / "figures" / "costs.png").exists()
    assert (out / "tables" / "payments.parquet").exists()
    assert (out / "figures" / "pathway_emissions_and_cost.svg").exists()
    again = load(out / "inputs" / "scenario.yaml", stages=True)
    assert len(again.pathway.stages) == 3


def test_a_pathway_is_proven_again(site, tmp_path):
    """Files, caps against each stage's baseline, plan, bound, checks, sizes."""
    relative = (
        "cap: {kind: carbon_cap, scopes: [2], reduction: 0.0}\n"
        "  announced: {kind: carbon_cap, scopes: [2], reduction: 0.5, enforce: false}"
    )
    text = site.edited(
        ("cap: {kind: carbon_cap, scopes: [2], tonnes_per_year: 1000}", relative),
        ("changes: {policies.cap.tonnes_per_year: 900}", "changes: {}"),
    )
    site.load(text)
    out = tmp_path / "out"
    words = ("run", tmp_path / "s.yaml", "--output", out, "--quiet", "--no-figures")
    assert called(*words).exit_code == 0
    done = called("verify", out, "--quiet", "--json")
    found = json.loads(done.stdout)
    assert found["proven"], found
    told = [finding["what"] for finding in found["findings"]]
    assert told.count("limits") == 6  # what is not enforced is looked at, too
    looked_at = {"files", "plan", "cost", "bound", "gap", "checks", "sizes", "summary"}
    assert looked_at <= set(told)
    summary = json.loads((out / "summary.json").read_text())
    assert summary["certificate"]["bound_is_checked"]
    honest = (out / "summary.json").read_text()
    doctored = (
        ("pathway", "cumulative_tonnes"),
        ("pathway", "stages", 1, "tonnes_per_year"),
        ("pathway", "capacities", 0, "total"),
        ("pathway", "objective"),
        ("comparison", "plan", "operating_cost_per_year"),
        ("capacities", 0, "new"),
        ("costs", 0, "present_worth"),
        ("policies", 0, "value"),
    )
    for place in doctored:
        told = json.loads(honest)
        holder = told
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = (holder[place[-1]] or 0.0) * 1.1 + 1.0
        (out / "summary.json").write_text(json.dumps(told))
        again = called("verify", out, "--quiet")
        assert again.exit_code == 5, place
        assert ".".join(map(str, place)) in again.output.replace("\n", "")
    # another size in one stage is found
    row = next(r for r in summary["pathway"]["capacities"] if r["year"] == 2030)
    row["new"] += 1.0
    (out / "summary.json").write_text(json.dumps(summary))
    again = called("verify", out, "--quiet")
    assert again.exit_code == 5
    assert "2030: battery.energy is" in again.output


def test_check_and_show_understand_stages(site, tmp_path):
    site.load()
    file = tmp_path / "s.yaml"
    assert (
        "a pathway of 3 stages, from 2026, 2030, 2035 on"
        in called("check", file).stdout
    )
    assert "year: 2030" in called("show", file).stdout
    shown = called("show", file, "--resolved").stdout
    assert shown.count("# resolved-2030\n---\n") == 1
    assert "capex_per_kwh: 600" in shown
    assert "lifetime_years: 20.0  # built-in" in shown


def test_budget_that_cannot_be_kept_is_found_in_the_file(site, tmp_path):
    site.load(site.edited(("tonnes: 20000", "tonnes: 1")))
    words = ("run", tmp_path / "s.yaml", "--output", tmp_path / "out", "-q")
    with pytest.raises(Exception, match=r"s\.yaml:23: policies\.budget: 1\.0 t CO2e"):
        called(*words)


@pytest.mark.parametrize("words", [["--check-price"], ["--method", "typical-days"]])
def test_options_for_a_single_year_are_refused(site, tmp_path, words):
    site.load()
    out = tmp_path / "out"
    with pytest.raises(InputError, match=f"{words[0]}: got a pathway"):
        called("run", tmp_path / "s.yaml", "--output", out, "-q", *words)
