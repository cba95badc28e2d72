"""Rates as the US Utility Rate Database writes them."""

#: Off peak (0) but for a workday's 8-20 h; dearer (2) in June to September.
WINTER = [0] * 8 + [1] * 12 + [0] * 4
SUMMER = [0] * 8 + [2] * 12 + [0] * 4
MONTHS = [SUMMER if 6 <= m <= 9 else WINTER for m in range(1, 13)]
RATE = {
    "label": "abc",
    "utility": "Example Power",
    "name": "Large General Service",
    "country": "USA",
    "startdate": 1767225600,  # 1 January 2026
    "approved": True,
    "energyratestructure": [
        [{"rate": 0.05, "adj": 0.01, "unit": "kWh"}],
        [{"rate": 0.08, "unit": "kWh"}],
        [{"rate": 0.12, "adj": -0.01}],
    ],
    "energyweekdayschedule": MONTHS,
    "energyweekendschedule": [[0] * 24] * 12,
    "fixedchargefirstmeter": 90.0,
    "fixedchargeunits": "$/month",
}
FLAT = {
    "flatdemandstructure": [[{"rate": 4.0, "adj": 1.0}], [{"rate": 7.0}]],
    "flatdemandmonths": [0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0],
    "flatdemandunit": "kW",
}
#: In June to September the highest import of workdays 12-18 h and weekends 14-16 h.
DEMAND = {
    "demandratestructure": [[{"rate": 0.0}], [{"rate": 10.0, "adj": 0.5}]],
    "demandweekdayschedule": [
        [0] * 12 + [int(6 <= m <= 9)] * 6 + [0] * 6 for m in range(1, 13)
    ],
    "demandweekendschedule": [
        [0] * 14 + [int(6 <= m <= 9)] * 2 + [0] * 8 for m in range(1, 13)
    ],
}


def one_price(*tiers, **more):
    """A rate with one period at all hours."""
    zeros = [[0] * 24] * 12
    schedules = {"energyweekdayschedule": zeros, "energyweekendschedule": zeros}
    return {
        **RATE,
        "energyratestructure": [list(tiers) or [{"rate": 0.1}]],
        **schedules,
        **more,
    }


def tariff_of(loaded):
    box, text = loaded
    return box.load(text).microgrid.components["grid"].tariff
