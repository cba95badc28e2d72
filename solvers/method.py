"""Which way a problem is solved, and why.

``monolithic``    HiGHS solves the whole problem at once, or a few such problems
``certified``     coarse problem, dispatch by windows, cuts, and a proven gap
``typical-days``  a design from a few days, dispatched over the year, and a proven gap

``typical-days`` is never chosen by itself: it is for those who want typical days, and
its gap is whatever its design leaves (:mod:`verdigrid.solvers.typical_days`).
"""

from typing import Literal

from verdigrid.models.compiled import CompiledModel
from verdigrid.solvers.commit import hourly_decisions
from verdigrid.solvers.windows import cut_into_windows, design_columns

Method = Literal["auto", "certified", "monolithic", "typical-days"]


def choose_method(model: CompiledModel, wanted: Method) -> tuple[Method, str]:
    """The method to use and the reason in words; never ``auto``."""
    if wanted != "auto":
        return wanted, "asked for"
    switches = bool(hourly_decisions(model).any())
    if not design_columns(model).any() and not switches:
        return "monolithic", "nothing to size: dispatch alone is quick"
    windows = len(cut_into_windows(model).windows)
    if windows < 2:
        return "monolithic", "a short horizon: quick to solve as one"
    what = "sizes and hourly decisions" if switches else "sizes"
    return "certified", f"{what} over {windows} windows: faster than as one"
