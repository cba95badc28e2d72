"""Why a capacity has the size it has, in one sentence."""

from verdigrid.models.microgrid import Microgrid
from verdigrid.models.solution import Size

#: Sizes closer than this to a limit count as at it.
NEAR = 1e-6


def reason(size: Size, microgrid: Microgrid) -> str:
    """The limit or constraint that binds the size, and what a unit more is worth."""
    capacity = microgrid.components[size.component].capacities()[size.field]
    if size.carried and size.new <= NEAR * capacity.most_new:
        return f"{size.carried:,.0f} {size.unit} of earlier stages; nothing more"
    text = _bought(size, capacity.most_new - size.carried, microgrid)
    if size.retired is None:
        return text
    given_up = size.retired
    if capacity.is_forced:
        first = f"gives up {given_up:,.0f} {size.unit}, as it must"
    elif given_up <= NEAR * size.existing:
        first = "keeps all that stands"
    else:
        first = f"gives up {given_up:,.0f} of {size.existing:,.0f} {size.unit}"
    return first if capacity.most_new == 0 else f"{first}; new: {text}"


def _bought(size: Size, room: float, microgrid: Microgrid) -> str:
    """Why so much of ``room`` is bought."""
    if room <= 0:
        return "as it stands; nothing to decide"
    if size.units is not None and size.new > NEAR * room:
        return f"{_units(size.units)} of {size.new / size.units:,.0f} {size.unit}"
    pieces = [f"{n} x {name}" for name, n in size.products.items() if n]
    if pieces:
        return ", ".join(pieces)
    worth = size.marginal_worth
    money = f"{microgrid.currency}/{size.unit}"
    if size.new <= NEAR * room:
        if worth is None or worth >= 0:
            return "not built"
        return f"not built: would pay if {-worth:,.0f} {money} cheaper (net present)"
    if size.new >= room * (1 - NEAR):
        text = f"at its limit of {size.limit:,.0f} {size.unit}"
        if worth is not None and worth > 0:
            text += f"; one more would save {worth:,.0f} {money} (net present)"
        return text
    return "its last unit just pays for itself" + _drivers(size)


def _units(count: int) -> str:
    return "1 unit" if count == 1 else f"{count} units"


def _drivers(size: Size) -> str:
    """What the size is bought for."""
    parts = []
    for driver in size.drivers[:2]:
        when = f", most in {driver.month}" if driver.month else ""
        steps = f" in {driver.steps:,} steps{when}" if driver.steps else ""
        parts.append(f"{driver.worth:.0%} of its worth from {driver.limit}{steps}")
    return ": " + "; ".join(parts) if parts else ""
