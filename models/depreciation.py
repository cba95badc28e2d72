"""Depreciation: which share of a price may be deducted in which year.

    straight_line   1 / n in each of n years
    declining       2 / n of what is left, or what is left in equal parts over the
                    rest of the n years, whichever is more (double declining balance)
    macrs_5, _7     half-year convention, 200 % declining balance
    [shares]        as given, from year 1 on

MACRS: IRS Publication 946 (for 2023 returns), appendix A, table A-1.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import ValidationError, WrapValidator

#: Methods that need a number of years.
OVER_YEARS = ("straight_line", "declining")

#: Table A-1, half-year convention, shares of the depreciable basis in year 1, 2, ..
MACRS = {
    "macrs_5": (0.2000, 0.3200, 0.1920, 0.1152, 0.1152, 0.0576),
    "macrs_7": (
        *(0.1429, 0.2449, 0.1749, 0.1249),
        *(0.0893, 0.0892, 0.0893, 0.0446),
    ),
}


def _in_words(value: Any, handler: Callable[[Any], Any]) -> Any:
    """One message where pydantic has one for each alternative."""
    try:
        method = handler(value)
    except ValidationError:
        raise ValueError(
            "straight_line, declining, macrs_5, macrs_7, or a list with the share "
            "of every year"
        ) from None
    if isinstance(method, list):
        if not method or min(method) < 0:
            raise ValueError("shares of the years, none of them negative")
        if abs(sum(method) - 1) > 1e-6:
            raise ValueError(f"shares that add up to 1 (these make {sum(method):g})")
    return method


#: A method by name, or the share of every year.
Depreciation = Annotated[
    Literal["straight_line", "declining", "macrs_5", "macrs_7"] | list[float],
    WrapValidator(_in_words),
]


def require_years(method: Depreciation | None, years: int | None) -> None:
    """Raise ValueError unless ``depreciation_years`` fits the method."""
    if method in OVER_YEARS and years is None:
        raise ValueError(f"depreciation_years with depreciation: {method}")
    if method not in OVER_YEARS and years is not None:
        known = " or ".join(OVER_YEARS)
        raise ValueError(f"depreciation_years only with depreciation: {known}")


def yearly_shares(method: Depreciation, years: int | None = None) -> list[float]:
    """Share of the depreciable price that is deducted in year 1, 2, ..; they make 1.

    >>> yearly_shares("straight_line", 4)
    [0.25, 0.25, 0.25, 0.25]
    >>> yearly_shares("declining", 4)
    [0.5, 0.25, 0.125, 0.125]
    """
    if isinstance(method, list):
        return method
    if method in MACRS:
        return list(MACRS[method])
    assert years is not None  # require_years
    if method == "straight_line":
        return [1 / years] * years
    shares, left = list[float](), 1.0
    for year in range(years):
        share = max(left * min(1.0, 2 / years), left / (years - year))
        shares.append(share)
        left -= share
    return shares
