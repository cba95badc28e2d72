"""A member whose figure is a line through its values; imported by workers."""

from typing import Any


def act(member: Any, job: Any, state: Any) -> dict[str, Any]:
    values = member.overrides
    y = 4.0 * values["a"] + 0.1 * values["b"]
    return {"status": "optimal", "reason": "", "y": y}
