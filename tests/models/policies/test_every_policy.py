"""Every registered policy has a test file that uses it."""

from pathlib import Path

import pytest

from verdigrid.models.policies import carbon_cap  # noqa: F401  (fills the registry)
from verdigrid.models.policy import Policy


@pytest.mark.parametrize("kind", sorted(Policy.registry))
def test_kind_has_a_test_file(kind):
    file = Path(__file__).parent / f"test_{kind}.py"
    assert file.exists(), f"policy {kind!r} has no {file.name}"
    assert kind in file.read_text()


@pytest.mark.parametrize("kind", sorted(Policy.registry))
def test_fields_declare_unit_and_meaning(kind):
    for name, field in Policy.registry[kind].model_fields.items():
        if name != "kind":
            assert field.description, name
            number = "float" in str(field.annotation)
            assert not number or field.json_schema_extra["unit"], name
