"""The bundled policies: they load over a scenario, and can be changed by it."""

from pathlib import Path

import pytest

from verdigrid.models.errors import InputError
from verdigrid.models.policy import Policy
from verdigrid.scenarios.library_files import library_names
from verdigrid.scenarios.load import load
from verdigrid.scenarios.paths import library_folder

BUNDLES = sorted(file.stem for file in library_folder().glob("policies-*.yaml"))

SCENARIO = """\
schema: 1
name: small
currency: {currency}
extends: [library:{bundle}]
time: {{start: 2026-01-05, periods: 24, represents: as_is}}
buses: {{power: {{carrier: electricity}}}}
components:
  works: {{kind: load, bus: power, profile: 100}}
  grid:
    kind: grid
    bus: power
    import_limit_kw: 150
    tariff: {{price_per_kwh: 0.7}}
    emissions_kg_per_kwh: 0.5306
policies: {policies}
"""


def policies_of(folder: Path, bundle: str, changes: str = "{}") -> dict[str, Policy]:
    """The policies of a scenario that extends ``bundle``."""
    file = folder / "small.yaml"
    currency = "EUR" if "-eu-" in bundle else "CNY"
    text = SCENARIO.format(bundle=bundle, policies=changes, currency=currency)
    file.write_text(text, encoding="utf-8")
    return dict(load(file).microgrid.policies)


def limits(policies: dict[str, Policy]) -> dict[str, float | None]:
    return {name: policy.limit for name, policy in policies.items()}


def test_there_are_bundles():
    assert len(BUNDLES) == 7
    assert not set(BUNDLES) & set(library_names())


@pytest.mark.parametrize("bundle", BUNDLES)
def test_bundle_loads_and_is_enforced(bundle, tmp_path):
    found = policies_of(tmp_path, bundle)
    assert found
    assert all(policy.enforce for policy in found.values())
    trading = {"policies-eu-ets", "policies-china-ets"}
    assert all(policy.limit is not None for policy in found.values()) or (
        bundle in trading
    )


@pytest.mark.parametrize("bundle", BUNDLES)
def test_every_bundle_says_its_document_and_year(bundle):
    text = (library_folder() / f"{bundle}.yaml").read_text(encoding="utf-8")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert any("号" in line or "trading" in line for line in comments)
    assert any("202" in line for line in comments)
    assert any(f"library:{bundle}" in line for line in comments)


def test_target_is_stricter_than_basic(tmp_path):
    basic = limits(policies_of(tmp_path, "policies-zero-carbon-factory-basic"))
    target = limits(policies_of(tmp_path, "policies-zero-carbon-factory-target"))
    assert basic == {
        "carbon_per_energy": 1.8,
        "non_fossil": 0.3,
        "green_power_physical": 0.35,
    }
    assert target == basic | {"carbon_per_energy": 0.2, "non_fossil": 0.95}


def test_a_scenario_changes_a_number_and_leaves_one_to_be_told(tmp_path):
    changes = "{own_use: {at_least: 0.7}, feed_in: {enforce: false}}"
    found = policies_of(tmp_path, "policies-green-microgrid-2026", changes)
    assert limits(found) == {"own_use": 0.7, "feed_in": 0.2}
    assert not found["feed_in"].enforce


def test_a_price_in_another_currency_is_refused(tmp_path):
    file = tmp_path / "small.yaml"
    text = SCENARIO.format(bundle="policies-eu-ets", policies="{}", currency="CNY")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="currency"):
        load(file)
