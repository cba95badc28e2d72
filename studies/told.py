"""What a summary tells, against what follows from the plan once more.

Every number, yes or no and name is compared that the plan alone decides. Savings, cash
flow and whatever else needs the baseline are not: a baseline is solved, and not proven.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from verdigrid.results.checks import TOLERANCE
from verdigrid.results.write import plain_data
from verdigrid.studies.proof_checks import Report

#: Parts of a summary that follow from its plan.
PARTS = (
    *("comparison", "capacities", "indicators", "emissions", "ledgers", "costs"),
    *("balances", "firms", "exchanges", "policies", "measures", "pathway"),
)
#: What the search tells of itself, and words about it.
OF_THE_SEARCH = {
    *("reason", "shadow_price", "price_today", "status", "verification"),
    *("marginal_worth", "bound", "gap", "relative_gap", "gap_per_year"),
}
#: So many differences are told.
SHOWN = 3


def check_told(
    report: Report, told: Mapping[str, Any], found: Mapping[str, Any]
) -> None:
    """Compare the parts of a summary with those made again without a baseline."""
    again, count, wrong = plain_data(found), 0, []
    for part in PARTS:
        for place, is_same, said, value in _compared(
            part, told.get(part), again.get(part)
        ):
            count += 1
            if not is_same:
                wrong.append(f"{place} is {_short(value)} and not {_short(said)}")
    text = f"{count:,} entries of the summary are those of the plan"
    text += "; what is against the baseline was not looked at"
    more = f", and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    report.add("summary", not wrong, "; ".join(wrong[:SHOWN]) + more or text)


def _compared(
    place: str, told: Any, found: Any
) -> Iterator[tuple[str, bool, Any, Any]]:
    """Every entry of ``found`` with what is told there."""
    if found is None:  # only a baseline would tell
        return
    if isinstance(found, dict):
        known = told if isinstance(told, dict) else {}
        for key, value in found.items():
            if key not in OF_THE_SEARCH and "baseline" not in key:
                yield from _compared(f"{place}.{key}", known.get(key), value)
    elif isinstance(found, list):
        known_list = told if isinstance(told, list) else []
        if len(known_list) != len(found):
            yield place, False, f"{len(known_list)} entries", f"{len(found)} entries"
            return
        for number, value in enumerate(found):
            yield from _compared(f"{place}.{number}", known_list[number], value)
    else:
        yield place, _same(told, found), told, found


def _same(told: Any, found: Any) -> bool:
    if isinstance(found, (bool, str)) or isinstance(told, (bool, str)):
        return bool(told == found)
    if not isinstance(told, (int, float)):
        return False
    room = TOLERANCE * max(1.0, abs(found))
    return math.isfinite(told) and abs(told - found) <= room


def _short(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)[:60]
