import numpy as np
import pytest

from support import compiled, gas_at, grid_at, load_of, microgrid, option
from verdigrid.models.solution import Status
from verdigrid.solvers import highs
from verdigrid.solvers.highs import Session
from verdigrid.solvers.scaling import Scaling, scaling_of


def site(scale=1.0):
    """Battery, boiler and PV for a day; ``scale`` times as big."""
    hour = np.arange(24)
    return microgrid(
        {
            "grid": grid_at(
                0.1 + 0.1 * (hour > 16) + 0.0003 * hour**1.3,
                import_limit_kw=1e6,
                tariff={"demand_charge_per_kw_month": 1.7},
            ),
            "plant": load_of(scale * (30 + 20 * np.sin(hour) + 0.37 * hour)),
            "process": load_of(scale * (20 + 9 * np.cos(hour)), "heat"),
            "gas": gas_at(0.05),
            "boiler": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "heat",
                "capacity": option("kw", 1e5, 0.3),
            },
            "roof": {
                "kind": "pv",
                "bus": "power",
                "yield_kw_per_kw": {
                    "values": np.clip(np.sin((hour - 6) / 4), 0, 1).tolist()
                },
                "capacity": option("kw", 25 * scale, 0.4),
            },
            "battery": {
                "kind": "battery",
                "bus": "power",
                "energy": option("kwh", 1e5, 0.03),
                "power": option("kw", 1e5, 0.02),
            },
        },
        24,
        policies={
            "cap": {
                "kind": "carbon_cap",
                "scopes": [1, 2],
                "tonnes_per_year": 0.429 * scale,
            }
        },
    )


def solved(model):
    session = Session(model)
    session.set_options(solver="simplex")
    result = session.run("test")
    assert result.status is Status.OPTIMAL
    return result


def nothing_scaled(model):
    rows, columns = model.shape
    return Scaling(np.ones(rows), np.ones(columns), 1.0)


def is_power_of_two(values):
    return (np.frexp(values)[0] == 0.5).all()


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_factors_are_powers_of_two(scale):
    scaling = scaling_of(compiled(site(scale)))
    assert is_power_of_two(scaling.row)
    assert is_power_of_two(scaling.column)
    assert is_power_of_two(np.array([scaling.objective]))
    assert scaling.column.max() > 1


def test_entries_come_near_one():
    model = compiled(site())
    entries = np.abs(scaling_of(model).matrix(model.matrix).data)
    spread = np.abs(model.matrix.data)
    assert entries.max() / entries.min() < spread.max() / spread.min()


def test_integer_columns_are_left_alone():
    grid = microgrid(
        {
            "plant": load_of([5000.0]),
            "grid": grid_at(0.1, import_limit_kw=1e4),
            "roof": {
                "kind": "pv",
                "bus": "power",
                "yield_kw_per_kw": 0.5,
                "capacity": option("kw", 9000, 0.001, capex_fixed=4.0),
            },
        },
        1,
    )
    model = compiled(grid)
    assert model.integer.sum() == 1
    assert (scaling_of(model).column[model.integer] == 1).all()
    (decision,) = np.flatnonzero(model.integer)
    assert solved(model).x[decision] == pytest.approx(1)


@pytest.mark.parametrize("scale", [1e-2, 1.0, 1e3])
def test_optimum_is_that_of_the_unscaled_problem(monkeypatch, scale):
    model = compiled(site(scale))
    scaled = solved(model)
    monkeypatch.setattr(highs, "scaling_of", nothing_scaled)
    plain = solved(model)
    assert scaled.objective == pytest.approx(plain.objective, rel=1e-7)
    for result in (scaled, plain):
        activity = model.matrix @ result.x
        slack = 1e-5 * scale
        assert (activity <= model.row_upper + slack).all()
        assert (activity >= model.row_lower - slack).all()
        assert model.cost @ result.x + model.offset == pytest.approx(result.objective)


def test_row_duals_are_what_a_unit_more_costs():
    """Dual of a row against the objective with its limit moved by a little."""
    model, small = compiled(site()), 1e-4
    base = solved(model)
    picked = [
        "operation.balance.power[3]",
        "operation.balance.power[18]",
        "operation.balance.heat[7]",
        "operation.policies.cap.limit",
        "operation.components.battery.content_balance[5]",
        "operation.components.roof.yield_limit[9]",
    ]
    names = [model.rows.describe(n) for n in range(model.shape[0])]
    for name in picked:
        at = names.index(name)
        changes = []
        for sign in (-1, 1):
            lower, upper = model.row_lower.copy(), model.row_upper.copy()
            lower[at] += sign * small
            upper[at] += sign * small
            moved = type(model)(
                **{**vars(model), "row_lower": lower, "row_upper": upper}
            )
            changes.append((solved(moved).objective - base.objective) / (sign * small))
        low, high = sorted(changes)
        assert low - 1e-5 <= base.row_dual[at] <= high + 1e-5, name
        assert abs(base.row_dual[at]) > 1e-6, f"{name} should bind"


def test_column_duals_are_what_a_unit_of_room_is_worth():
    model = compiled(site())
    base = solved(model)
    (size,) = model.columns.where("design.roof.capacity", "new")
    upper = model.upper.copy()
    upper[size] += 0.01
    more = solved(type(model)(**{**vars(model), "upper": upper}))
    gained = (more.objective - base.objective) / 0.01
    assert base.column_dual[size] == pytest.approx(gained, rel=1e-4)
    assert gained < -0.01
