"""Who may feed whom: streams only give, demands only take."""

from pathlib import Path

import pytest

from verdigrid.models.errors import InputError
from verdigrid.scenarios.load import load

SITE = """\
schema: 1
name: site
currency: EUR
time: {start: 2026-01-01, periods: 2, represents: as_is}
buses:
  gas: {carrier: gas}
  hot: {carrier: heat, temperature_c: 90}
components:
  bath:
    kind: load
    bus: hot
    profile: 10
    supply_temperature_c: 15
    target_temperature_c: 80
  effluent:
    {kind: waste_heat, temperature_c: 62, outlet_temperature_c: 25, profile: 20}
  gas_main:
    {kind: fuel_supply, bus: gas, price_per_kwh: 0.05, emissions_kg_per_kwh: 0.2}
  boiler:
    kind: boiler
    input_bus: gas
    bus: BOILER_BUS
    capacity: {existing_kw: 20, om_per_kw_year: 0}
  preheater:
    kind: heat_exchanger
    source: SOURCE
    sink: SINK
    capacity: {existing_kw: 20, om_per_kw_year: 0}
"""


def load_with(tmp_path: Path, boiler_bus: str, source: str, sink: str) -> None:
    text = SITE.replace("BOILER_BUS", boiler_bus)
    text = text.replace("SOURCE", source).replace("SINK", sink)
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    load(tmp_path / "site.yaml")


def test_stream_to_demand_is_fine(tmp_path: Path) -> None:
    load_with(tmp_path, "hot", "effluent", "bath")


@pytest.mark.parametrize(
    ("boiler_bus", "source", "sink", "said"),
    [
        (
            "effluent",
            "effluent",
            "bath",
            "components.boiler.bus: got 'effluent', which",
        ),
        ("hot", "bath", "hot", "components.preheater.source: got 'bath', which only"),
        ("hot", "hot", "effluent", "components.preheater.sink: got 'effluent', which"),
    ],
)
def test_the_wrong_way_is_refused_with_its_line(
    tmp_path: Path, boiler_bus: str, source: str, sink: str, said: str
) -> None:
    with pytest.raises(InputError) as raised:
        load_with(tmp_path, boiler_bus, source, sink)
    assert said in str(raised.value)
    assert "site.yaml:" in str(raised.value)
