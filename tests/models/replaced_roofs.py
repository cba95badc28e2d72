"""A roof that serves the whole load, so that a plan costs what its purchase does."""

from support import grid_at, load_of, microgrid, option

PLAIN = {"discount_rate": 0.1, "horizon_years": 20}
TAX = {"rate": 0.25, "depreciation": [0.5, 0.5]}
#: What a unit paid is after the tax that it saves.
PAID = 1 - 0.125 / 1.1 - 0.125 / 1.21
#: The first five kW for 100 each, the others for 60.
CURVE = [{"up_to_kw": 5, "capex_per_kw": 100}, {"up_to_kw": 10, "capex_per_kw": 60}]


def site(finance=None, represents="year", capex=100.0, load=10.0, **more):
    """10 kW of PV that never rests, and a grid that costs far more."""
    roof = option("kw", 10.0, capex, **more)
    parts = {
        "grid": grid_at(9.0),
        "plant": load_of([load, load]),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": 1.0,
            "capacity": roof,
        },
    }
    finance = finance or PLAIN
    return microgrid(parts, 2, represents=represents, finance=finance)


def life_of(years, later=None):
    found = {"lifetime_years": float(years)}
    return found if later is None else {**found, "replacement_lifetime_years": later}


def worth(year, growth=0.0):
    return ((1 + growth) / 1.1) ** year
