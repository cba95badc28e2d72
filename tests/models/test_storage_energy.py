"""No storage makes energy: any kind, on one bus or two, with any of its limits."""

from hypothesis import given, settings
from hypothesis import strategies as st

from support import heat_at, load_of, microgrid, planned, standing

STEPS = 4
PLACES = [("thermal_storage", b) for b in ("heat", "hot")]
PLACES += [("steam_accumulator", "hot")]
few = settings(max_examples=15, deadline=None, derandomize=True)


def numbers(low, high):
    return st.integers(0, 20).map(lambda n: low + (high - low) * n / 20)


@st.composite
def stores(draw):
    """Any storage on one bus or two: cyclic or from a given start, with all limits."""
    fields = {
        "energy": standing("kwh", 100),
        "charge_efficiency": draw(numbers(0.5, 1.0)),
        "discharge_efficiency": draw(numbers(0.5, 1.0)),
        "standing_loss_per_hour": draw(numbers(0.0, 0.2)),
        "standing_loss_of_capacity_per_hour": draw(st.sampled_from([0.0, 0.02])),
        "max_charge_c_rate": draw(st.none() | numbers(0.2, 2.0)),
        "max_discharge_c_rate": draw(st.none() | numbers(0.2, 2.0)),
        "max_cycles_per_year": draw(st.none() | numbers(0.0, 2.0)),
        "charge_and_discharge": draw(st.sampled_from(["sum", "each"])),
        "initial_kwh": draw(st.none() | numbers(0.0, 100.0)),
        "end": draw(st.sampled_from(["at_least_start", "equal_start", "free"])),
        "power": standing("kw", 60),
    }
    kind, bus = draw(st.sampled_from(PLACES))
    return {**fields, "kind": kind, "bus": bus, "discharge_bus": "heat"}


@few
@given(stores(), st.lists(numbers(0.02, 0.4), min_size=STEPS, max_size=STEPS))
def test_no_more_energy_out_than_in(fields, prices):
    """Taken out: what was put in, times both efficiencies, and what the start held."""
    hot = {"carrier": "heat", "temperature_c": 180.0}
    plan = planned(
        microgrid(
            {
                "steam": heat_at(prices, bus=fields["bus"]),
                "dear": heat_at(0.5),
                "process": load_of([30, 60, 10, 80], "heat"),
                "store": fields,
            },
            STEPS,
            buses={"hot": hot},
        )
    )
    mine, start = plan.values["store"], fields["initial_kwh"]
    content = mine["content_kwh"]
    before = content[-1] if start is None else start
    into, out = fields["charge_efficiency"], fields["discharge_efficiency"]
    had = into * mine["charge_kw"].sum() + before - content[-1]
    assert mine["discharge_kw"].sum() <= out * had + 1e-6
    assert (content >= -1e-7).all()
