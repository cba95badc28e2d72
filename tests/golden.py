"""The rows of one component as Pyomo writes them, in a form a reader can check.

Pyomo's LP text of the model that was built without templates, shortened to what
belongs to one component: its part of the objective (with all constant costs), every
row that it stands in (its own and the balances of its nodes), its bounds, and its part
of the yearly emissions, kg (the row of a carbon cap that is far away).
"""

import re
import tempfile
from dataclasses import replace
from pathlib import Path

from support import built, policy
from verdigrid.models.microgrid import Microgrid

_NUMBER = re.compile(r"(?<![\w(])[+-]?\d+\.?\d*(?:e[+-]?\d+)?(?![\w)])")


def rows_of(grid: Microgrid, component: str) -> str:
    """Objective terms, constraints and bounds of ``component``, one a line."""
    cap = policy("carbon_cap", scopes=[1, 2, 3], tonnes_per_year=1e6)
    text = _lp_text(replace(grid, policies={"carbon": cap}))
    own = (f"operation_components_{component}_", f"design_{component}_")
    costs = (*own, "ONE_VAR_CONSTANT")
    head, rest = text.split("s.t.")
    rows, bounds = rest.split("bounds")
    terms = [line for line in head.splitlines() if any(o in line for o in costs)]
    lines = [" ".join(["min", *terms])]
    for row in rows.strip().split("\n\n"):
        name, *body = row.splitlines()
        if "operation_policies_carbon_limit" in name:
            terms = [line for line in body if any(o in line for o in own)]
            lines += [f"carbon: {' '.join(terms)}"] if terms else []
        elif any(o in row for o in own):
            lines.append(f"{_row_name(name)}: {' '.join(body)}")
    for line in bounds.splitlines():
        if any(o in line for o in own):
            lines.append(line.strip())
    return "\n".join(_tidy(line) for line in lines) + "\n"


def _lp_text(grid: Microgrid) -> str:
    model = built(grid, templated=False).model
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.lp"
        model.write(str(path), io_options={"symbolic_solver_labels": True})
        return path.read_text()


def _row_name(name: str) -> str:
    """The name without the writer's mark of its sense."""
    return re.sub(r"^c_[a-z]_(.*?)_?:$", r"\1", name)


def _tidy(line: str) -> str:
    line = line.replace("operation_components_", "").replace("operation_balance_", "")
    return _NUMBER.sub(lambda m: _rounded(m.group()), line)


def _rounded(number: str) -> str:
    sign = "+" if number.startswith("+") else ""
    return sign + f"{float(number):.10g}"
