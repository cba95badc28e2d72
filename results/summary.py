"""The machine-readable summary of a run: everything a reader asks first."""

import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from verdigrid import __version__
from verdigrid.results.cautions import cautions
from verdigrid.results.checks import Check
from verdigrid.results.compare import compare
from verdigrid.results.finance import as_summary, finances
from verdigrid.results.outcome import Outcome
from verdigrid.results.proof import Proven, certificate_entry, relative_gap
from verdigrid.results.standings import as_data, measure_rows, policy_rows

#: Packages whose version can change a result.
WATCHED = ("pyomo", "highspy", "pvlib", "numpy", "pandas")


def summarize(
    plan: Outcome, baseline: Outcome | None, no_baseline: str = ""
) -> dict[str, Any]:
    """Plain data for ``summary.json``; amounts in currency, kW, kWh, t and kg."""
    solution = plan.solution
    microgrid = solution.microgrid
    comparison = compare(plan, baseline)
    return {
        "scenario": microgrid.name,
        "currency": microgrid.currency,
        "status": str(solution.status),
        "objective": solution.objective,
        "minimises": microgrid.objective.words,
        "bound": solution.bound,
        "gap": solution.gap,
        "relative_gap": relative_gap(solution),
        "certificate": certificate_entry(solution),
        "comparison": asdict(comparison),
        "finance": as_summary(finances(plan, baseline)),
        "no_baseline": no_baseline,
        "capacities": plan.tables.capacities.to_dict("records"),
        "indicators": plan.tables.indicators.to_dict("records"),
        "emissions": plan.tables.emissions.to_dict("records"),
        "ledgers": plan.tables.ledgers.to_dict("records"),
        "costs": plan.tables.costs.to_dict("records"),
        "balances": plan.tables.balances.to_dict("records"),
        "firms": plan.tables.firms.to_dict("records"),
        "exchanges": plan.tables.exchanges.to_dict("records"),
        "policies": as_data(policy_rows(plan, baseline)),
        "measures": measure_rows(plan, baseline),
        "cautions": cautions(plan, baseline, comparison),
        "notes": list(microgrid.notes),
        "verification": verification(plan.checks),
        **how_found(solution),
    }


def how_found(solution: Proven) -> dict[str, Any]:
    """What the solver says of itself, and the versions that could change a result."""
    return {
        "solver": {
            "algorithm": solution.algorithm,
            "seconds": solution.seconds,
            **solution.facts,
        },
        "versions": {
            "verdigrid": __version__,
            "python": platform.python_version(),
            **{package: version(package) for package in WATCHED},
        },
    }


def verification(checks: Sequence[Check]) -> dict[str, Any]:
    """How many comparisons hold, and the largest residual."""
    worst = max(checks, key=lambda check: check.relative)
    return {
        "checks": len(checks),
        "held": sum(check.holds for check in checks),
        "largest_relative_residual": worst.relative,
        "largest_at": worst.what,
    }
