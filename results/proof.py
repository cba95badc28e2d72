"""What is proven about a plan: how much cheaper a plan could be at most, and by what.

``bound`` is a cost that no plan can undercut. With a certificate it follows from
multipliers of the rows and a sum in NumPy; without one it is the solver's word.
"""

import math
from typing import Any

from verdigrid.models.pathway import PathwaySolution
from verdigrid.models.solution import Solution, Status
from verdigrid.results.checks import TOLERANCE

#: A plan of one year, or of several stages.
Proven = Solution | PathwaySolution

#: A gap below this share is rounding: nothing cheaper is left to be found.
CLOSED = 1e-6
#: Up to this gap a plan is called optimal; beyond, only its distance is told.
NEAR = 1e-4
#: What a certificate counts of its search; null where the method has no such thing.
COUNTS = ("segments", "windows", "cuts", "rounds", "leaves", "commitment_gap")


def relative_gap(solution: Proven) -> float:
    """Objective above its bound as a share of the objective; inf without a bound."""
    return solution.gap / max(1.0, abs(solution.objective))


def is_closed(solution: Proven) -> bool:
    """True if what is left between plan and bound is rounding."""
    return relative_gap(solution) <= CLOSED


def distance(solution: Proven) -> str:
    """How far above the cheapest the plan is at most, such as ``within 0.08 %``.

    The share is one of the bound, and rounded up, so that it holds for whatever the
    cheapest plan costs. Where cost may change its sign only the amount is told.
    """
    if solution.bound == 0 or solution.objective * solution.bound <= 0:
        return f"within {amount(solution.gap)} {solution.currency}"
    return f"within {percent(solution.gap / abs(solution.bound))}"


def status_words(solution: Proven) -> str:
    """Status and proof in one phrase, for the first line of a report."""
    stopped = solution.status is Status.FEASIBLE
    if not math.isfinite(solution.bound):
        return f"{solution.status}, with no bound on how much cheaper a plan could be"
    if is_closed(solution) and not stopped:
        return "optimal, proven cheapest"
    currency = solution.currency
    most = f"at most {amount(solution.gap)} {currency} net present"
    proof = f"proven {distance(solution)} of the cheapest ({most})"
    if stopped:
        return f"{solution.status}, {proof}"
    return f"optimal, {proof}" if relative_gap(solution) <= NEAR else proof


def bound_words(solution: Proven) -> str:
    """What the bound rests on, in one line."""
    if not math.isfinite(solution.bound):
        return "No bound: nothing proves how much cheaper a plan could be"
    least = f"{math.floor(solution.bound):,} {solution.currency} net present"
    claim = f"no plan costs less than {least}"
    certificate = solution.certificate
    if certificate is None:
        return f"Bound not checked: that {claim} is the solver's word"
    rows = certificate.leaves[0].row_dual.size
    text = f"Bound checked: multipliers of {rows:,} rows "
    if len(certificate.leaves) > 1:
        text += f"in each of {len(certificate.leaves)} cases "
    return f"{text}prove that {claim}"


def certificate_entry(solution: Proven) -> dict[str, Any]:
    """Plain data on bound, gap and search; amounts in net present currency.

    ``bound_is_checked`` says whether multipliers prove the bound, to ``tolerance``.
    """
    certificate, facts = solution.certificate, solution.facts
    known = dict(certificate.facts) if certificate else {}
    return {
        "bound": solution.bound,
        "incumbent": solution.objective,
        "relative_gap_asked": facts.get("asked", {}).get("relative_gap"),
        "relative_gap": relative_gap(solution),
        "bound_is_checked": certificate is not None,
        "proof": bound_words(solution),
        "tolerance": TOLERANCE,
        **dict.fromkeys(COUNTS),
        "leaves": len(certificate.leaves) if certificate else None,
        **{name: known[name] for name in known if name == "commitment_gap"},
        **{name: int(known[name]) for name in COUNTS[:-1] if name in known},
        "seconds": solution.seconds,
        "method": facts.get("method"),
        "method_because": facts.get("method_because"),
        "history": [
            {
                "seconds": moment.seconds,
                "bound": moment.bound,
                "incumbent": moment.incumbent,
            }
            for moment in (certificate.history if certificate else ())
        ],
    }


def percent(share: float) -> str:
    """A share in percent with two figures, rounded up: a claim that still holds.

    >>> percent(0.000791), percent(0.1234), percent(0.0), percent(2.5)
    ('0.08 %', '13 %', '0 %', '250 %')
    """
    if share <= 0:
        return "0 %"
    digits = 1 - math.floor(math.log10(100 * share))
    unit = 10.0**-digits
    up = math.ceil(100 * share / unit - 1e-9) * unit
    text = f"{up:,.{max(0, digits)}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def amount(value: float) -> str:
    """Money rounded up: to a whole unit, or to two figures where there is less.

    >>> amount(41999.2), amount(0.0123)
    ('42,000', '0.013')
    """
    if value >= 1:
        return f"{math.ceil(value):,}"
    return percent(value / 100).removesuffix(" %")
