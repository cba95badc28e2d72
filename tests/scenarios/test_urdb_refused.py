"""Rates of the US Utility Rate Database that are refused, and why."""

import pytest

from urdb_rates import FLAT, RATE, one_price, tariff_of

_TWO = [{"max": 100, "rate": 0.1}, {"rate": 0.2}]


@pytest.mark.parametrize(
    ("data", "key", "words"),
    [
        ({**RATE, "energyratestructre": []}, "energyratestructre", "did you mean"),
        ({**RATE, "surcharge": 0.01}, "surcharge", "unknown key"),
        (
            {**RATE, "demandreactivepowercharge": 0.25},
            "demandreactivepowercharge",
            "no price of reactive power",
        ),
        (
            {**RATE, "coincidentratestructure": [[{"rate": 3.0}]]},
            "coincidentratestructure",
            "names afterwards",
        ),
        ({**RATE, "annualmincharge": 100}, "annualmincharge", "only of a month"),
        ({**RATE, "demandrateunit": "kVA"}, "demandrateunit", "expected kW"),
        ({**RATE, "flatdemandunit": "kW daily"}, "flatdemandunit", "expected kW"),
        (
            one_price({"max": 9, "rate": 0.1, "unit": "kWh daily"}, {"rate": 0.2}),
            "energyratestructure.0.0.unit",
            "tiers by day",
        ),
        (
            one_price({"max": 9, "rate": 0.1, "unit": "kWh/kW"}, {"rate": 0.2}),
            "energyratestructure.0.0.unit",
            "got 'kWh/kW'",
        ),
        (one_price({"rate": 0.1, "max": 50}), "energyratestructure.0.0.max", "no end"),
        (
            one_price({"rate": 0.1}, {"rate": 0.2}),
            "energyratestructure.0.0.max",
            "upper end",
        ),
        (one_price({"unit": "kWh"}), "energyratestructure.0.0.rate", "got nothing"),
        (one_price({"rate": "0.1"}), "energyratestructure.0.0.rate", "a number"),
        (
            one_price({"rate": 1, "price": 2}),
            "energyratestructure.0.0.price",
            "unknown",
        ),
        (one_price([]), "energyratestructure.0.0", "a map with rate"),
        (
            {**RATE, "energyratestructure": [_TWO, [{"rate": 0.1}], _TWO]},
            "energyratestructure.1",
            "same max in every period",
        ),
        (
            {
                **RATE,
                "energyratestructure": [
                    _TWO,
                    [{"max": 100, "rate": 0.1}, {"rate": 0.3}],
                    _TWO,
                ],
            },
            "energyratestructure.1",
            "differ by the same",
        ),
        ({**RATE, "energyweekdayschedule": [[0] * 24]}, "energyweekdayschedule", "12"),
        (
            {**RATE, "energyweekendschedule": [[7] * 24] * 12},
            "energyweekendschedule",
            "numbers of the 3 periods",
        ),
        (
            {**RATE, "flatdemandstructure": [[{"rate": 1.0}]]},
            "flatdemandmonths",
            "twelve numbers",
        ),
        (
            {**RATE, **FLAT, "flatdemandmonths": [5] * 12},
            "flatdemandmonths",
            "numbers of 2 periods",
        ),
        (
            {**RATE, "demandratchetpercentage": [0.5] * 12},
            "demandratchetpercentage or lookback",
            "flatdemandstructure",
        ),
        (
            {**RATE, **FLAT, "demandratchetpercentage": [80] * 12},
            "demandratchetpercentage",
            "shares from 0 to 1",
        ),
        ({**RATE, **FLAT, "lookbackpercent": 0.5}, "lookbackpercent", "either"),
        ({**RATE, "fixedchargeunits": "$/meter"}, "fixedchargeunits", "$/month"),
        ({**RATE, "fixedmonthlycharge": 4}, "fixedmonthlycharge", "one of the two"),
        (
            {**RATE, "mincharge": 4, "minchargeunits": "$/year"},
            "minchargeunits",
            "$/month",
        ),
        (
            {**RATE, "fueladjustmentsmonthly": [0.1] * 11 + [0.2]},
            "fueladjustmentsmonthly",
            "the same in every month",
        ),
        ({**RATE, "dgrules": "Buy All Sell All"}, "dgrules", "Net Metering"),
        (one_price(*_TWO, dgrules="Net Metering"), "dgrules", "tiers"),
        (
            one_price({**_TWO[0], "sell": 0.01}, _TWO[1]),
            "energyratestructure.0.0.sell",
            "one price of feed-in",
        ),
        ({**RATE, "country": "CAN"}, "country", "USA"),
        ({**RATE, "startdate": "soon"}, "startdate", "seconds since 1970"),
        ([RATE, RATE], "items", "2 rates"),
        ({"label": "abc"}, "", "energyratestructure"),
    ],
)
def test_refused_by_its_key(rate, data, key, words):
    box, text = rate(data)
    problems = box.problems(text)
    paths = [one.path for one in problems]
    assert f"components.grid.tariff.{key}".rstrip(".") in paths
    assert words in "\n".join(map(str, problems))
    assert {one.file for one in problems} == {"rate.json"}


@pytest.mark.parametrize("text", ["{", "[NaN]", "7", '{"energyratestructure": NaN}'])
def test_no_json_of_a_rate(box, text):
    box.write("rate.json", text)
    scenario = box.edited(("{price_per_kwh: 0.2}", "{urdb: rate.json}"))
    assert box.problems(scenario)[0].file == "rate.json"


def test_what_costs_nothing_is_not_refused(rate):
    nothing = {
        "demandreactivepowercharge": 0,
        "coincidentratestructure": [[{"rate": 0.0}]],
        "annualmincharge": None,
        "demandratchetpercentage": [0] * 12,
        "flatdemandstructure": [[{"rate": 0}]],
        "demandratestructure": [[{"rate": 0}]],
        "lookbackMonths": [0] * 12,
        "dgrules": "",
    }
    tariff = tariff_of(rate({**RATE, **nothing}))
    assert tariff.demand_charges == []
