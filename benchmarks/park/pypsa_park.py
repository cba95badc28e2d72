"""The park in PyPSA, optimised through its own interface and handed over directly.

Peaks, the common inverter and yes/no decisions are added to the linopy model in
``extra_functionality``, which is PyPSA's own place for them. What PyPSA writes beyond
the common formulation: lower limits of flows and stores as rows instead of bounds,
free instead of nonnegative variables, and a size for each storage link.
"""

# mypy: ignore-errors
import logging
from typing import Any

import pandas as pd
import pypsa
import xarray as xr

from .measure import Clock, Options
from .park import PARK, Case, Option

#: Links that would be unlimited if PyPSA allowed it: more than any flow of the park.
PLENTY_KW = 1e5


def version() -> str:
    return f"PyPSA {pypsa.__version__}"


def run(case: Case, options: Options, clock: Clock) -> None:
    for name in ("linopy", "pypsa"):
        logging.getLogger(name).setLevel(logging.ERROR)
    series = pd.read_csv(case.series_file, index_col="time", parse_dates=True)
    clock.done("load")
    network = build(case, series)
    clock.done("network")

    def extra(n: pypsa.Network, _: pd.Index) -> None:
        _add_inverter(n)
        _add_peaks(n, case)
        _add_decisions(n, case)
        clock.done("build")

    network.optimize(
        solver_name="highs",
        solver_options=dict(options),
        extra_functionality=extra,
        include_objective_constant=False,
        io_api="direct",
        set_names=False,
        log_to_console=False,
    )


def build(case: Case, series: pd.DataFrame) -> pypsa.Network:
    n = pypsa.Network()
    n.set_snapshots(series.index, default_snapshot_weightings=case.step_hours)
    for bus in ("electricity", "gas", "heat", "cells", "water"):
        n.add("Bus", bus)
    n.add("Carrier", "grid", co2_emissions=PARK.grid_kg_per_kwh)
    n.add("Carrier", "gas", co2_emissions=PARK.gas_kg_per_kwh)
    n.add("Load", "plant", bus="electricity", p_set=series["electricity_kw"])
    n.add("Load", "process", bus="heat", p_set=series["heat_kw"])
    _add_supply(n, case, series)
    _add_converters(n, case, series)
    _add_storages(n, case)
    n.add(
        "GlobalConstraint",
        "carbon_cap",
        type="primary_energy",
        carrier_attribute="co2_emissions",
        sense="<=",
        constant=case.cap_kg,
    )
    return n


def _bought(case: Case, option: Option, per_input: float = 1.0) -> dict[str, Any]:
    """Size of a unit that is bought; links count their input, prices the output."""
    return {
        "p_nom_extendable": True,
        "p_nom_max": option.maximum / per_input,
        "capital_cost": case.unit_cost(option) * per_input,
    }


def _add_supply(n: pypsa.Network, case: Case, series: pd.DataFrame) -> None:
    n.add(
        "Generator",
        "import",
        bus="electricity",
        carrier="grid",
        p_nom=PARK.import_limit_kw,
        marginal_cost=series["price_cny_per_kwh"],
    )
    n.add(
        "Generator",
        "export",
        bus="electricity",
        sign=-1,
        p_nom=PARK.export_limit_kw,
        marginal_cost=-PARK.export_price_per_kwh,
    )
    n.add(
        "Generator",
        "gas",
        bus="gas",
        carrier="gas",
        p_nom=PLENTY_KW,
        marginal_cost=PARK.gas_price_per_kwh,
    )
    n.add(
        "Generator",
        "pv",
        bus="electricity",
        p_max_pu=series["pv_kw_per_kw"],
        **_bought(case, PARK.pv),
    )


def _add_converters(n: pypsa.Network, case: Case, series: pd.DataFrame) -> None:
    committed = {"committable": True, "p_min_pu": PARK.chp_min_load}
    n.add(
        "Link",
        "chp",
        bus0="gas",
        bus1="electricity",
        bus2="heat",
        efficiency=PARK.chp_electric_efficiency,
        efficiency2=PARK.chp_heat_efficiency,
        **_bought(case, PARK.chp, PARK.chp_electric_efficiency),
        **(committed if case.commitment else {}),
    )
    n.add(
        "Link",
        "boiler",
        bus0="gas",
        bus1="heat",
        efficiency=PARK.boiler_efficiency,
        p_nom=PARK.boiler_kw / PARK.boiler_efficiency,
    )
    n.add(
        "Link",
        "electric_boiler",
        bus0="electricity",
        bus1="heat",
        efficiency=PARK.electric_boiler_efficiency,
        **_bought(case, PARK.electric_boiler, PARK.electric_boiler_efficiency),
    )
    # A link's size is that of its input; with the heat bus first, where it takes the
    # negative of the heat it gives, the size is that of the heat.
    n.add(
        "Link",
        "heat_pump",
        bus0="heat",
        bus1="electricity",
        efficiency=1 / series["heat_pump_cop"],
        p_min_pu=-1,
        p_max_pu=0,
        **_bought(case, PARK.heat_pump),
    )


def _add_storages(n: pypsa.Network, case: Case) -> None:
    for store, bus, option, loss in (
        ("battery", "cells", PARK.battery_energy, PARK.battery_loss_per_hour),
        ("tank", "water", PARK.tank, PARK.tank_loss_per_hour),
    ):
        n.add(
            "Store",
            store,
            bus=bus,
            e_nom_extendable=True,
            e_nom_max=option.maximum,
            capital_cost=case.unit_cost(option),
            standing_loss=loss,
            e_cyclic=True,
        )
    inverter = _bought(case, PARK.battery_power)
    plenty = {"p_nom": PLENTY_KW}
    for name, bus0, bus1, efficiency, size in (
        ("charge", "electricity", "cells", PARK.battery_charge_efficiency, inverter),
        (
            "discharge",
            "cells",
            "electricity",
            PARK.battery_discharge_efficiency,
            plenty,
        ),
        ("fill", "heat", "water", PARK.tank_charge_efficiency, plenty),
        ("draw", "water", "heat", PARK.tank_discharge_efficiency, plenty),
    ):
        n.add("Link", name, bus0=bus0, bus1=bus1, efficiency=efficiency, **size)


def _add_inverter(n: pypsa.Network) -> None:
    """Charging and discharging share the power that is bought."""
    flow, size = n.model["Link-p"], n.model["Link-p_nom"]
    out = PARK.battery_discharge_efficiency * flow.sel(name="discharge", drop=True)
    both = flow.sel(name="charge", drop=True) + out
    n.model.add_constraints(both - size.sel(name="charge", drop=True) <= 0, name="both")


def _add_peaks(n: pypsa.Network, case: Case) -> None:
    """Highest import of each month, and its charge."""
    months = pd.RangeIndex(case.months, name="month")
    peak = n.model.add_variables(lower=0, coords=[months], name="peak")
    month = xr.DataArray(case.month, coords=[n.snapshots], dims="snapshot")
    bought = n.model["Generator-p"].sel(name="import", drop=True)
    n.model.add_constraints(bought - peak.sel(month=month) <= 0, name="peak_of_month")
    n.model.objective += (PARK.demand_charge_per_kw_month * peak).sum()


def _add_decisions(n: pypsa.Network, case: Case) -> None:
    """PyPSA has no fixed cost of its own: a binary beside the size bears it."""
    m = n.model
    for name, variable, option, per_input in (
        ("battery", "Store-e_nom", PARK.battery_energy, 1.0),
        ("chp", "Link-p_nom", PARK.chp, PARK.chp_electric_efficiency),
        ("heat_pump", "Link-p_nom", PARK.heat_pump, 1.0),
    ):
        if not case.fixed_cost(option):
            continue
        built = m.add_variables(binary=True, name=f"build_{name}")
        size = m[variable].sel(name=name, drop=True)
        most = option.maximum / per_input
        m.add_constraints(size - most * built <= 0, name=f"only_if_built_{name}")
        m.objective += case.fixed_cost(option) * built
