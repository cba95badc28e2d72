"""Why a capacity has the size it has, in one sentence."""

from verdigrid.models.microgrid import Microgrid
from verdigrid.models.solution import Size

#: Sizes closer than this to a limit count as at it.
NEAR = 1e-6


def reason(size: Size, microgrid: Microgrid) -> str:
    """The limit or constraint that binds the size, and what a unit more is worth."""
    room = size.limit - size.existing
    if room <= 0:
        return "as it stands; nothing to decide"
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


def _drivers(size: Size) -> str:
    """What the size is bought for."""
    parts = []
    for driver in size.drivers[:2]:
        when = f", most in {driver.month}" if driver.month else ""
        steps = f" in {driver.steps:,} steps{when}" if driver.steps else ""
        parts.append(f"{driver.worth:.0%} of its worth from {driver.limit}{steps}")
    return ": " + "; ".join(parts) if parts else ""
