"""Ways to get something for nothing that are closed, each with its figures."""

import pytest

from support import gas_at, grid_at, heat_at, load_of, microgrid, planned, standing
from verdigrid.models.carbon import Carbon
from verdigrid.models.errors import InfeasibleError, InputError
from verdigrid.results.recompute import recompute

HOT = {"steam": {"carrier": "heat", "temperature_c": 150.0}}
BIOMASS = {"biomass": {"carrier": "biomass"}}


def pump(**fields):
    machine = {
        "kind": "heat_pump",
        "electricity_bus": "power",
        "bus": "steam",
        "capacity": standing("kw", 1000),
    }
    stream = {
        "kind": "waste_heat",
        "temperature_c": 31.0,
        "outlet_temperature_c": 30.0,
        "profile": 1000.0,
    }
    parts = {
        "pump": {**machine, "source": "stream", **fields},
        "stream": stream,
        "grid": grid_at(0.1),
        "process": load_of(100.0, "steam"),
    }
    return microgrid(parts, 2, buses=HOT)


def test_a_given_cop_is_below_carnot():
    """From 31 to 150 C: 423.15 / 119 = 3.56."""
    pump(cop=3.5)
    with pytest.raises(InputError, match=r"cop: got 3.6 .*below Carnot"):
        pump(cop=3.6)


def test_a_heat_pump_does_not_heat_its_source_at_part_load():
    """COP 1.5, two thirds of it at part load: the work alone would be the heat."""
    plan = {"min_load": 0.4, "part_load_efficiency": 0.67}
    pump(cop=1.5, commitment=plan)
    with pytest.raises(InputError, match="part_load_efficiency"):
        pump(cop=1.49, commitment=plan)


def battery(**fields):
    store = {
        "kind": "battery",
        "bus": "power",
        "energy": standing("kwh", 100),
        "power": standing("kw", 100),
        "charge_efficiency": 0.8,
        "discharge_efficiency": 0.8,
        "standing_loss_per_hour": 0.0,
        "min_soc": 0.2,
    }
    return {**store, **fields}


@pytest.mark.parametrize("ceiling", [50.0, 0.1, {"values": [1.0, 1.01]}])
def test_a_ceiling_is_a_share(ceiling):
    parts = {"grid": grid_at(0.1), "store": battery(max_soc=ceiling)}
    with pytest.raises(InputError, match="max_soc"):
        microgrid(parts, 2)


@pytest.mark.parametrize("start", [{"initial_soc": 1.0}, {"initial_kwh": 50.0}])
def test_content_at_the_start_is_not_given_away_every_day(start):
    parts = {"grid": grid_at(0.1), "store": battery(**start, end="free")}
    microgrid(parts, 24)
    with pytest.raises(InputError, match="many times a year"):
        microgrid(parts, 24, represents="year")


def green_share(parts, rule, hours=1, buses=None):
    grid = microgrid(parts, hours, policies={"rule": rule}, buses=buses)
    return planned(grid)


def test_content_at_the_start_is_no_green_power():
    store = battery(initial_soc=1.0, end="free", min_soc=0.0)
    parts = {"grid": grid_at(0.1), "store": store, "plant": load_of(90.0)}
    with pytest.raises(InfeasibleError):
        green_share(parts, {"kind": "green_power_share", "at_least": 0.5})


def test_what_vehicles_lose_is_no_use_of_green_power():
    """Like a battery of the same efficiencies, and no better."""
    sun = {
        "kind": "pv",
        "bus": "power",
        "yield_kw_per_kw": {"values": [1.0, 1.0, 0.0, 0.0]},
        "capacity": standing("kw", 100),
    }
    fleet = {
        "kind": "ev_fleet",
        "bus": "power",
        "vehicles": 10,
        "battery_kwh": 100.0,
        "charge_kw": 10.0,
        "present_fraction": 1.0,
        "energy_per_day_kwh": 0.0,
        "charge_efficiency": 0.6,
        "vehicle_to_site": True,
        "discharge_efficiency": 0.6,
    }
    parts = {"sun": sun, "grid": grid_at(0.1), "plant": load_of(50.0)}
    rule = {"kind": "green_power_share", "at_least": 0.67}
    like = battery(
        charge_efficiency=0.6,
        discharge_efficiency=0.6,
        min_soc=0.0,
        energy=standing("kwh", 1000),
    )
    for store in (fleet, like):
        site = {**parts, "store": store}
        # 100 kWh of surplus give 36: 136 of 200 kWh, 0.68
        assert green_share(site, rule, 4).objective == pytest.approx(0.1 * 64, rel=0.1)
        with pytest.raises(InfeasibleError):
            green_share(site, {**rule, "at_least": 0.69}, 4)


def test_a_heat_store_is_no_battery():
    """PV of 50 kW goes into hot sand, all of it used: as with an electric boiler."""
    sun = {
        "kind": "pv",
        "bus": "power",
        "yield_kw_per_kw": 1.0,
        "curtailable": False,
        "capacity": standing("kw", 50),
    }
    sand = {
        "kind": "high_temperature_storage",
        "medium": "sand",
        "bus": "power",
        "discharge_bus": "heat",
        "energy": standing("kwh", 1000),
        "charge_efficiency": 0.9,
        "discharge_efficiency": 1.0,
        "standing_loss_per_hour": 0.0,
    }
    parts = {
        "sun": sun,
        "sand": sand,
        "grid": grid_at(0.1),
        "process": load_of(90.0, "heat"),
    }
    rule = {"kind": "self_consumption", "at_least": 1.0}
    assert green_share(parts, rule).objective == pytest.approx(0.1 * 50)


def fuels(**more):
    boiler = {"kind": "boiler", "bus": "heat", "efficiency": 1.0}
    boiler["capacity"] = standing("kw", 1000)
    return {
        "gas": gas_at(0.03),
        "wood": gas_at(0.06, bus="biomass"),
        "gas_boiler": {**boiler, "input_bus": "gas"},
        "wood_boiler": {**boiler, "input_bus": "biomass"},
        "process": load_of(100.0, "heat"),
        **more,
    }


def test_fuel_that_is_sold_again_is_not_consumed():
    """Half biomass costs 50 x 0.06 + 50 x 0.03, whatever is bought and sold beside."""
    rule = {"kind": "non_fossil_share", "at_least": 0.5}
    resale = {"kind": "sale", "bus": "biomass", "price_per_kwh": 0.06, "limit_kw": 1e3}
    for parts in (fuels(), fuels(resale=resale)):
        plan = green_share(parts, rule, buses=BIOMASS)
        assert plan.objective == pytest.approx(4.5)


def test_green_heat_that_is_sold_is_not_consumed():
    """The process burns gas, the sun's heat goes to the neighbour: nothing is green."""
    sun = {
        "kind": "solar_thermal",
        "bus": "warm",
        "yield_kw_per_kw": 1.0,
        "capacity": standing("kw", 100),
    }
    sale = {"kind": "sale", "bus": "warm", "price_per_kwh": 0.1, "limit_kw": 100.0}
    parts = {key: value for key, value in fuels().items() if not key.startswith("wood")}
    warm = {"warm": {"carrier": "heat", "temperature_c": 60.0}}
    rule = {"kind": "non_fossil_share", "at_least": 0.01}
    site = {**parts, "sun": {**sun, "curtailable": False}, "sale": sale}
    with pytest.raises(InfeasibleError):
        green_share(site, rule, buses=warm)


def test_bought_power_and_heat_are_scope_2_by_themselves():
    power = gas_at(0.1, bus="power", emissions_kg_per_kwh=0.5)
    heat = heat_at(0.1, scope=None, emissions_kg_per_kwh=0.4)
    parts = {
        "line": power,
        "district": heat,
        "plant": load_of(10.0),
        "process": load_of(10.0, "heat"),
    }
    found = recompute(planned(microgrid(parts, 1))).emissions_by_source
    assert {key: kg for key, kg in found.items() if kg} == pytest.approx(
        {Carbon(2, "power"): 5.0, Carbon(2, "heat"): 4.0}
    )


HALF_SUN = {
    "kind": "pv",
    "bus": "power",
    "yield_kw_per_kw": {"values": [1.0, 0.0]},
    "capacity": standing("kw", 100),
}


def line(start, end):
    return {
        "kind": "link",
        "from_bus": start,
        "to_bus": end,
        "length_km": 2.0,
        "loss_per_km": 0.05,
        "both_ways": False,
        "capacity": standing("kw", 1000),
    }


#: An amount that is thrown away by losing it: 100 kWh of sun, 100 kWh used.
LEAKS = {
    "by standing": {
        "store": battery(standing_loss_of_capacity_per_hour=0.25, min_soc=0.0)
    },
    "by age of the content": {
        "store": battery(
            charge_efficiency=1.0,
            discharge_efficiency=1.0,
            standing_loss_per_hour=0.9,
            min_soc=0.0,
        )
    },
    "round and round": {"go": line("power", "far"), "back": line("far", "power")},
}


@pytest.mark.parametrize("leak", LEAKS)
def test_what_is_lost_is_no_use_of_green_power(leak):
    """50 of 100 kWh used are of the sun; 55 if 5 survive in the battery of 0.9/h."""
    parts = {"sun": HALF_SUN, "grid": grid_at(0.1), "plant": load_of(50.0)}
    site, far = {**parts, **LEAKS[leak]}, {"far": {"carrier": "electricity"}}
    rule = {"kind": "green_power_share", "at_least": 0.56}
    with pytest.raises(InfeasibleError):
        green_share(site, rule, 2, far)


def hydrogen_loop(efficiency=0.5):
    stack = {
        "kind": "electrolyser",
        "electricity_bus": "power",
        "bus": "h2",
        "efficiency": efficiency,
        "capacity": standing("kw", 100),
    }
    cell = {
        "kind": "fuel_cell",
        "fuel_bus": "h2",
        "electricity_bus": "power",
        "electric_efficiency": 0.5,
        "capacity": standing("kw", 100),
    }
    tank = {
        "kind": "hydrogen_tank",
        "bus": "h2",
        "energy": standing("kwh", 1000),
        "min_soc": 0.0,
    }
    return {"stack": stack, "cell": cell, "tank": tank}


H2 = {"h2": {"carrier": "hydrogen"}}


def test_hydrogen_as_a_store_of_power_is_no_better_than_a_battery():
    """50 kWh of surplus give 12.5: 62.5 of 100 kWh at most, in either way."""
    parts = {"sun": HALF_SUN, "grid": grid_at(0.1), "plant": load_of(50.0)}
    rule = {"kind": "green_power_share", "at_least": 0.63}
    with pytest.raises(InfeasibleError):
        green_share({**parts, **hydrogen_loop()}, rule, 2, H2)
    # 62.5 kWh green of 100 consumed and of 12.5 that came back: the safe side
    plan = green_share({**parts, **hydrogen_loop()}, {**rule, "at_least": 0.55}, 2, H2)
    assert plan.objective == pytest.approx(0.1 * 37.5)
    year = recompute(plan).yearly
    standing_of = plan.microgrid.policies["rule"].standing(year)
    assert standing_of.value == pytest.approx(62.5 / 112.5)


def test_power_for_hydrogen_that_is_needed_is_used():
    """No fuel cell: all of the sun's 100 kW makes hydrogen for the process."""
    stack = hydrogen_loop()["stack"]
    sun = {**HALF_SUN, "yield_kw_per_kw": 1.0, "curtailable": False}
    parts = {"sun": sun, "stack": stack, "process": load_of(50.0, "h2")}
    rule = {"kind": "self_consumption", "at_least": 1.0}
    assert green_share(parts, rule, 2, H2).objective == pytest.approx(0)


@pytest.mark.parametrize("said", [{}, {"non_fossil": True}])
def test_hydrogen_of_the_sun_that_is_sold_is_not_consumed(said):
    """100 kW of sun make 50 kW that are sold; the process burns 100 kW of gas.

    What is non-fossil is at most the 50 kW lost in the electrolyser, of 150 consumed.
    """
    gas = {key: value for key, value in fuels().items() if not key.startswith("wood")}
    sale = {"kind": "sale", "bus": "h2", "price_per_kwh": 0.01, "limit_kw": 1000.0}
    sun = {**HALF_SUN, "yield_kw_per_kw": 1.0}
    parts = {**gas, "sun": sun, "stack": hydrogen_loop()["stack"]}
    rule = {"kind": "non_fossil_share", "at_least": 0.34}
    with pytest.raises(InfeasibleError):
        green_share({**parts, "sale": {**sale, **said}}, rule, buses=H2)


def test_biogas_is_not_sold_as_fossil_gas():
    """Bought as biogas and sold without a word, it made the share of the rest."""
    biogas = gas_at(0.06, bus="gas", non_fossil=True)
    sale = {"kind": "sale", "bus": "gas", "price_per_kwh": 0.06, "limit_kw": 1000.0}
    coal = {"coal": {"carrier": "coal"}}
    boiler = {**fuels()["gas_boiler"], "input_bus": "coal"}
    parts = {
        "biogas": biogas,
        "sale": sale,
        "mine": gas_at(0.01, bus="coal"),
        "boiler": boiler,
        "process": load_of(100.0, "heat"),
    }
    rule = {"kind": "non_fossil_share", "at_least": 0.5}
    with pytest.raises(InfeasibleError):
        green_share(parts, rule, buses=coal)
