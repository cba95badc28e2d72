"""All kinds of components and policies, for people to read."""

import verdigrid.models.components
import verdigrid.models.policies  # noqa: F401  (both fill the registries)
from verdigrid.models.component import Component
from verdigrid.models.describe import describe
from verdigrid.models.policy import Policy
from verdigrid.scenarios.library_costs import library_costs
from verdigrid.scenarios.wording import did_you_mean, refusal


def summaries() -> dict[str, dict[str, str]]:
    """A line on every kind, under ``components`` and ``policies``."""
    return {
        "components": {n: c.summary for n, c in sorted(Component.registry.items())},
        "policies": {n: p.summary for n, p in sorted(Policy.registry.items())},
    }


def explained(kind: str) -> str:
    """Equations, parameters and costs of one kind. Raises InputError if unknown."""
    known: dict[str, type[Component] | type[Policy]] = {
        **Component.registry,
        **Policy.registry,
    }
    if kind not in known:
        expected = f"one of {', '.join(sorted(known))}"
        raise refusal(kind, expected, did_you_mean(kind, known), path="components")
    text, costs = describe(known[kind]), library_costs(kind)
    if costs:
        text = "\n".join([text, "", "Costs in the library", "", *costs])
    return text
