"""What limits a machine that is on or off; the equations stand in ``machine.py``."""

import math
from typing import Literal, Self

from pydantic import model_validator

from verdigrid.models.parameter import Strict, parameter


class Commitment(Strict):
    """What limits a machine that is either on or off."""

    min_load: float = parameter(
        unit="1", doc="smallest output while on, share of the size", ge=0, le=1
    )
    start_cost: float = parameter(
        0.0,
        unit="currency/start",
        doc="cost of a start of the whole machine; 0 counts none",
        ge=0,
    )
    min_up_hours: float = parameter(
        0.0, unit="h", doc="shortest time on, once started; 0 asks for none", ge=0
    )
    min_down_hours: float = parameter(
        0.0, unit="h", doc="shortest time off, once stopped; 0 asks for none", ge=0
    )
    ramp_per_hour: float | None = parameter(
        None,
        unit="1/h",
        doc="most that the output changes in an hour while on, share of the size; "
        "a start reaches min_load at once; any change if not given",
        gt=0,
    )

    part_load_efficiency: float = parameter(
        1.0,
        unit="1",
        doc="efficiency at min_load, share of that at full load",
        gt=0,
        le=1,
    )

    initially: Literal["cyclic", "on", "off"] = parameter(
        "cyclic",
        unit="",
        doc="before the first step: as after the last, on, or off",
    )

    @model_validator(mode="after")
    def _part_load_has_two_ends(self) -> Self:
        if self.part_load_efficiency < 1 and not 0 < self.min_load < 1:
            raise ValueError(
                "part_load_efficiency is that at min_load, which must be between 0 "
                "and 1"
            )
        return self

    @property
    def slope_and_idle(self) -> tuple[float, float]:
        """Input per output and per online size, as shares of the input at full load.

        >>> half = Commitment(min_load=0.5, part_load_efficiency=0.8)
        >>> half.slope_and_idle  # input at half load: 0.5 x 0.75 + 0.25 = 0.5 / 0.8
        (0.75, 0.25)
        """
        if self.part_load_efficiency == 1:
            return 1.0, 0.0
        idle = (1 / self.part_load_efficiency - 1) / (1 / self.min_load - 1)
        return 1 - idle, idle

    @property
    def on_before(self) -> bool | None:
        """Whether it ran before the first step; None if that is the last one."""
        return None if self.initially == "cyclic" else self.initially == "on"

    @property
    def counts_starts(self) -> bool:
        """True if it matters when the machine is switched."""
        return max(self.start_cost, self.min_up_hours, self.min_down_hours) > 0

    def ramp_and_jump(self, step_hours: float) -> tuple[float, float]:
        """Largest change in a step, while on and at a switch; shares of the size."""
        ramp = (self.ramp_per_hour or math.inf) * step_hours
        return ramp, max(self.min_load, ramp)


def whole_steps(hours: float, step_hours: float) -> int:
    """Steps that last ``hours`` at least, and one at least."""
    # 1.1 h are 3 steps of 22 minutes, and 3.0000000000000004 in floating point.
    return max(1, math.ceil(hours / step_hours - 1e-9))
