"""Tariffs in files of their own: below what stands beside, refused by their line."""

import json
import re

import jsonschema
import pytest

from verdigrid.scenarios.json_schema import scenario_schema
from verdigrid.scenarios.show import merged_text, resolved_text
from verdigrid.scenarios.yaml_file import parse_yaml

TARIFF = """\
source: quote of 2026
currency: EUR
valid: {from: "2026-01-01", until: "2026-12-31"}
bands: {day: 0.2, night: 0.1}
periods:
  - {band: day, hours: ["6-22"]}
otherwise: night
demand_charge_per_kw_month: 8
"""
FILE = "{file: tariffs/works.yaml}"


def scenario(box, tariff=TARIFF, beside=FILE):
    box.write("tariffs/works.yaml", tariff)
    return box.edited(("{price_per_kwh: 0.2}", beside))


def edited(old, new):
    assert TARIFF.count(old) == 1, old
    return TARIFF.replace(old, new)


# -- what is laid over what ---------------------------------------------------------


def test_the_file_is_the_tariff(box):
    loaded = box.load(scenario(box))
    tariff = loaded.microgrid.components["grid"].tariff
    assert tariff.bands == {"day": 0.2, "night": 0.1}
    assert tariff.source == "quote of 2026"
    assert tariff.valid.until == "2026-12-31"
    assert "tariffs/works.yaml" in loaded.files
    assert not [note for note in loaded.notes if "tariff" in note]


def test_keys_beside_are_laid_over_it(box):
    beside = (
        "{file: tariffs/works.yaml, bands: {night: 0.12}, "
        "demand_charge_per_kw_month: 9}"
    )
    tariff = box.load(scenario(box, beside=beside)).microgrid.components["grid"].tariff
    assert tariff.bands == {"day": 0.2, "night": 0.12}
    assert tariff.demand_charge_per_kw_month == 9


def test_show_names_the_file_and_line_of_each_entry(box):
    beside = "{file: tariffs/works.yaml, demand_charge_per_kw_month: 9}"
    loaded = box.load(scenario(box, beside=beside))
    for text in (resolved_text(loaded), merged_text(loaded)):
        assert "day: 0.2  # tariffs/works.yaml:4" in text
        assert "otherwise: night  # tariffs/works.yaml:7" in text
        assert re.search(r"demand_charge_per_kw_month: 9(\.0)?  # s\.yaml:17", text)
        assert "file:" not in text.split("tariff:")[1]


def test_the_resolved_scenario_loads_the_same(box):
    first = box.load(scenario(box))
    again = box.load(resolved_text(first))
    assert again.resolved == first.resolved


def test_one_file_serves_several_connections(box):
    text = (
        scenario(box)
        + "  second:\n"
        + "\n".join(
            f"    {line}"
            for line in (
                "kind: grid",
                "bus: electricity",
                "import_limit_kw: 10",
                "emissions_kg_per_kwh: 0.4",
                f"tariff: {FILE}",
            )
        )
    )
    parts = box.load(text).microgrid.components
    assert parts["second"].tariff == parts["grid"].tariff


def test_set_reaches_into_the_tariff_and_names_another_file(box):
    box.write("other.yaml", edited("0.2,", "0.3,"))
    loaded = box.load(
        scenario(box),
        "components.grid.tariff.file=other.yaml",
        "components.grid.tariff.bands.night=0.15",
    )
    bands = loaded.microgrid.components["grid"].tariff.bands
    assert bands == {"day": 0.3, "night": 0.15}


def test_a_tariff_file_may_extend_another_and_remove(box):
    box.write("tariffs/base.yaml", TARIFF)
    own = "extends: base.yaml\nremove: demand_charge_per_kw_month\nbands: {day: 0.25}\n"
    tariff = box.load(scenario(box, own)).microgrid.components["grid"].tariff
    assert tariff.bands == {"day": 0.25, "night": 0.1}
    assert tariff.demand_charge_per_kw_month == 0


def test_series_are_seen_from_the_folder_of_the_tariff(box):
    box.write("tariffs/prices.csv", "price_per_kwh\n0.1\n0.2\n0.3\n0.4\n")
    priced = "price_per_kwh: {file: prices.csv, column: price_per_kwh}\n"
    text = TARIFF.split("bands:")[0] + priced
    loaded = box.load(scenario(box, text))
    price = loaded.microgrid.series["components.grid.import_price"]
    assert price.tolist() == [0.1, 0.2, 0.3, 0.4]
    kept = loaded.resolved["components"]["grid"]["tariff"]["price_per_kwh"]["file"]
    assert kept == "tariffs/prices.csv"


def test_another_year_is_a_note(box):
    tariff = edited("2026-12-31", "2026-01-31") + 'holidays: ["2026-01-01"]\n'
    text = scenario(box, tariff).replace("2026-01-01, periods", "2027-05-01, periods")
    first, second = box.load(text).notes[-2:]
    assert first == (
        "components.grid.tariff: its prices are of 2026-01-01 to 2026-01-31, the "
        "horizon is 2027-05-01 to 2027-05-01"
    )
    assert "holidays: 2026-01-01 to 2026-01-01 is in no year" in second


def test_a_connection_above_its_transformer_is_a_note(box):
    basic = (
        "basic_charge: {mode: transformer_capacity, transformer_kva: 400, "
        "per_kva_month: 20}\n"
    )
    (note,) = [
        one for one in box.load(scenario(box, TARIFF + basic)).notes if "kVA" in one
    ]
    assert note.startswith("components.grid.import_limit_kw: 500 kW is more than")
    enough = basic.replace("400", "500")
    assert not [
        one for one in box.load(scenario(box, TARIFF + enough)).notes if "kVA" in one
    ]


def test_schema_knows_the_file(box):
    validator = jsonschema.Draft202012Validator(scenario_schema())
    assert not list(validator.iter_errors(parse_yaml(scenario(box), "s").data))
    wrong = scenario(box, beside="{file: 7}")
    assert list(validator.iter_errors(parse_yaml(wrong, "s").data))


# -- what is refused, by file and line ------------------------------------------------

HERE = "tariffs/works.yaml"


@pytest.mark.parametrize(
    ("tariff", "place", "words"),
    [
        (edited("source: quote of 2026\n", ""), "1", "tariff.source: got nothing"),
        (edited("currency: EUR\n", ""), "1", "tariff.currency: got nothing"),
        (edited("valid:", "# valid:"), "1", "tariff.valid: got nothing"),
        (edited("EUR", "CNY"), "2", "tariff.currency: got 'CNY', expected 'EUR'"),
        (edited("2026-12-31", "2025-12-31"), "3", "not before from"),
        (edited("2026-12-31", "December"), "3", "'December' is no date"),
        (edited("bands:", "bnds:"), "4", "did you mean bands?"),
        (edited("hours:", "hour:"), "6", "did you mean hours?"),
        (edited('["6-22"]', '["6-26"]'), "5", "an hour above 24"),
        (edited("otherwise: night\n", ""), "5", "hours of the day: 00:00"),
        (
            edited(
                "otherwise:",
                '  - {band: day, hours: ["0-3"]}\n'
                '  - {band: night, hours: ["2-6"]}\notherwise:',
            ),
            "5",
            "period 3 (night) overlaps day in 1 steps, first 2026-01-01 02:00",
        ),
        (
            edited("otherwise: night", "otherwise: noon"),
            "1",
            "bands noon have no price",
        ),
        (edited("month: 8", "month: -8"), "8", "expected at least 0"),
        (
            TARIFF + "energy_tiers:\n  - {up_to_kwh: 9, price_per_kwh: 1}\n"
            "  - {up_to_kwh: 5, price_per_kwh: 1}\n  - {price_per_kwh: 2}\n",
            "9",
            "up_to_kwh must rise",
        ),
        (
            TARIFF + "demand_charges:\n  - name: a\n    tiers:\n"
            "      - {rate_per_kw: 1}\n      - {rate_per_kw: 2}\n",
            "10",
            "every tier but the last needs up_to_kw",
        ),
        (
            TARIFF + "demand_charges:\n  - name: a\n    rate_per_kw: 1\n"
            "    ratchet: {share: 0.8, look_back_months: 11}\n",
            "12",
            "a ratchet needs a whole year of data",
        ),
        (
            TARIFF + "demand_charges:\n  - {name: a, rate_per_kw: 1}\n"
            "  - {name: a, rate_per_kw: 1}\n",
            "9",
            "a name of its own",
        ),
        (TARIFF + "holidays: [Monday]\n", "9", "'Monday' is no date"),
        (TARIFF + "export_bands: {day: 0.1}\n", "1", "a price of every band"),
        (
            TARIFF + "full_load_hours_fee:\n  below: {per_kw_year: 1, per_kwh: 0}\n"
            "  above: {per_kw_year: 9, per_kwh: 0}\n",
            "9",
            "would raise its peak",
        ),
        (
            TARIFF + "basic_charge: {mode: choose, per_kw_month: 1}\n",
            "9",
            "mode choose needs per_kva_month and transformer_kva",
        ),
    ],
)
def test_refusals_name_the_line_of_the_tariff_file(box, tariff, place, words):
    message = box.problem(scenario(box, tariff))
    assert message.startswith(f"{HERE}:{place}: components.grid.tariff"), message
    assert words in message


@pytest.mark.parametrize(
    ("beside", "words"),
    [
        ("{file: tariffs/work.yaml}", "tariffs/work.yaml, which does not exist"),
        ("{file: library:tariffs/hubei}", "library:tariffs/hubei-110kv-2026"),
        ("{file: 7}", "expected tariff file"),
        ("{file: a.yaml, urdb: b.json}", "either file: or urdb:"),
        ("{file: ../elsewhere.yaml}", "which is outside"),
        ("{file: library:costs-eur}", "expected a tariff file"),
    ],
)
def test_refusals_of_the_name_are_in_the_scenario(box, beside, words):
    messages = [str(one) for one in box.problems(scenario(box, beside=beside))]
    assert any(words in one for one in messages), messages
    if "library:costs" not in beside:
        assert messages[0].startswith("s.yaml:17: components.grid.tariff")


def test_overriding_with_another_form_of_price_is_refused_where_it_is_written(box):
    beside = "{file: tariffs/works.yaml, price_per_kwh: 0.3}"
    message = box.problem(scenario(box, beside=beside))
    assert message.startswith("s.yaml:17: components.grid.tariff: ")
    assert "either price_per_kwh" in message


def test_currency_of_an_inline_tariff_must_agree_too(box):
    text = box.edited(("{price_per_kwh: 0.2}", "{price_per_kwh: 0.2, currency: USD}"))
    assert "expected 'EUR', the currency of the scenario" in box.problem(text)


def test_all_tariff_files_are_read_before_anything_is_refused(box):
    second = box.base.split("  grid:")[1].replace(
        "{price_per_kwh: 0.2}", "{file: no.yaml}"
    )
    text = scenario(box, edited("EUR", "CNY")) + f"  second:{second}"
    messages = [str(one) for one in box.problems(text)]
    assert len(messages) == 2
    assert json.dumps(messages).count("components.") == 2
