"""The parts of a scenario and how they hang together, before any number is read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from verdigrid.models.component import Component, Connection
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.finance import Finance
from verdigrid.models.microgrid import Bus, nodes_of
from verdigrid.models.node import Node
from verdigrid.models.objective import BUDGET, CARBON
from verdigrid.models.policy import Policy
from verdigrid.models.surplus import reached
from verdigrid.scenarios.costs import apply_costs
from verdigrid.scenarios.document import Document
from verdigrid.scenarios.factors import apply_factors, judge_factors
from verdigrid.scenarios.schema import ScenarioFile, zone_exists
from verdigrid.scenarios.validate import validate
from verdigrid.scenarios.wording import did_you_mean, listed, shown

Kind = TypeVar("Kind", Component, Policy)

#: Finance of a horizon that stands for itself: what is spent counts as it is.
_AS_IS_FINANCE = Finance(discount_rate=0.0, horizon_years=1, investment="full")


@dataclass(frozen=True)
class Structure:
    """A scenario whose every part is valid by itself and connected."""

    file: ScenarioFile
    finance: Finance
    components: dict[str, Component]
    policies: dict[str, Policy]
    notes: tuple[str, ...]

    @property
    def nodes(self) -> dict[str, Node]:
        """Buses and the nodes that components bring along, by name."""
        return nodes_of(self.file.buses, self.components)


def read_structure(document: Document) -> Structure:
    """Validate the whole document. Raises InputError with every problem found."""
    problems = apply_costs(document)
    problems += apply_factors(document)
    file, found = validate(ScenarioFile, document.data, document, ())
    problems += found
    components, found = _by_kind(Component.registry, "components", document)
    problems += found
    policies, found = _by_kind(Policy.registry, "policies", document)
    problems += found
    buses = _valid_buses(document)
    problems += _connection_problems(buses, components, document)
    problems += _renewal_problems(components, document)
    found, notes = judge_factors(
        components, policies, nodes_of(buses, components), document, _year(file)
    )
    problems += found
    if file is not None:
        problems += _file_problems(file, document)
        if file.finance is None or file.finance.tax is None:
            problems += _incentive_problems(components, document)
    if not problems:  # what an invalid component would have been is not known
        problems += _policy_problems(policies, components, document)
        problems += _surplus_problems(buses, policies, components, document)
    if file is None or problems:
        raise InputError(problems)
    finance = file.finance
    if finance is None:
        finance = _AS_IS_FINANCE
        notes.append("finance: not given; investments count in full, without interest")
    return Structure(file, finance, components, policies, tuple(notes))


def _year(file: ScenarioFile | None) -> int | None:
    """Year of the horizon's beginning."""
    return int(file.time.start[:4]) if file is not None else None


def _by_kind(
    registry: Mapping[str, type[Kind]], section: str, document: Document
) -> tuple[dict[str, Kind], list[Problem]]:
    """The valid entries of a section, and what is wrong with the others."""
    valid: dict[str, Kind] = {}
    problems: list[Problem] = []
    entries = document.get((section,))
    for name, data in entries.items() if isinstance(entries, dict) else ():
        if not isinstance(data, dict):
            continue  # the validation of the whole file says so
        kind = data.get("kind")
        model = registry.get(kind) if isinstance(kind, str) else None
        if model is None:
            problems.append(_kind_problem(registry, (section, name), kind, document))
            continue
        entry, found = validate(model, data, document, (section, name))
        problems += found
        if entry is not None:
            valid[name] = entry
    return valid, problems


def _renewal_problems(
    components: Mapping[str, Component], document: Document
) -> list[Problem]:
    """What stands can't last longer than a life, which may be that of the kind."""
    problems = []
    for name, component in components.items():
        for field, capacity in component.capacities().items():
            life, left = component.lifetime_years(capacity), capacity.remaining_years
            if left is not None and left > life:
                place = document.place(f"components.{name}.{field}.remaining_years")
                expected = f"at most its life, {life:g} years"
                hint = "give its own lifetime_years, if it lasts longer"
                problems.append(document.problem(place, f"{left:g}", expected, hint))
    return problems


def _policy_problems(
    policies: Mapping[str, Policy],
    components: Mapping[str, Component],
    document: Document,
) -> list[Problem]:
    """What is wrong with policies among these components."""
    return [
        document.locate(replace(own, path=f"policies.{name}.{own.path}"))
        for name, policy in policies.items()
        for own in policy.problems(components, policies)
    ]


def _surplus_problems(
    buses: Mapping[str, Bus],
    policies: Mapping[str, Policy],
    components: Mapping[str, Component],
    document: Document,
) -> list[Problem]:
    """Buses that throw away what an enforced policy counts as used."""
    surplus = {name for name, bus in buses.items() if bus.allow_surplus}
    nodes, problems = nodes_of(buses, components), []
    for name, policy in policies.items():
        use = policy.counts_use_of
        if use is None or not policy.enforce or not surplus:
            continue
        thrown = sorted(surplus & reached(use, components, nodes))
        if thrown:
            got = f"{policy.kind} with allow_surplus on {listed(thrown, 40)}"
            expected = f"no surplus of {use} that counts as used"
            hint = (
                "it could be kept by throwing energy away: remove allow_surplus and "
                "curtail at the source, add a sale at the price 0 if someone takes it, "
                "or only report the policy with enforce: false"
            )
            place = ("policies", name)
            problems.append(document.problem(place, got, expected, hint))
    return problems


def _valid_buses(document: Document) -> dict[str, Bus]:
    """The buses that are valid, even if the file as a whole is not."""
    entries = document.get(("buses",))
    valid: dict[str, Bus] = {}
    for name, data in entries.items() if isinstance(entries, dict) else ():
        bus, _ = validate(Bus, data, document, ("buses", name))
        if bus is not None:
            valid[name] = bus
    return valid


def _kind_problem(
    registry: Mapping[str, type[Kind]],
    place: tuple[str, str],
    kind: object,
    document: Document,
) -> Problem:
    known = sorted(registry)
    expected = f"one of {listed(known, 40)}"
    if kind is None:
        return document.problem(
            (*place, "kind"), "nothing", expected, f"add kind: to {place[1]}"
        )
    hint = did_you_mean(str(kind), known)
    return document.problem((*place, "kind"), shown(kind), expected, hint)


def _file_problems(file: ScenarioFile, document: Document) -> list[Problem]:
    """What one entry of the file demands of another."""
    problems = []
    if file.finance is None and file.time.represents == "year":
        problems.append(
            document.problem(
                ("finance",),
                "nothing",
                "discount_rate and horizon_years",
                "add finance:, or time: {represents: as_is}",
            )
        )
    problems += _finance_problems(file, document)
    for name in {CARBON, BUDGET} & file.policies.keys():
        got, expected = f"the name {name!r}", "another: it stands for the objective"
        problems.append(document.problem(("policies", name), got, expected))
    if file.site is not None and not zone_exists(file.site.timezone):
        problems.append(_zone_problem(file.site.timezone, document))
    if file.weather is not None and file.site is None:
        expected = "latitude, longitude and timezone of the weather"
        problems.append(document.problem(("site",), "nothing", expected, "add site:"))
    if not file.components:
        expected = "at least one component"
        problems.append(document.problem(("components",), "none", expected))
    for name in file.components:
        if name in file.buses:
            got = f"{name!r}, which is also a bus"
            expected = "names of its own for buses and components"
            problems.append(document.problem(("components", name), got, expected))
    return problems


def _finance_problems(file: ScenarioFile, document: Document) -> list[Problem]:
    """Prices of two years, and taxes on what is no year."""
    finance, problems = file.finance, []
    if finance is None:
        return []
    year = finance.currency_year
    if year is not None and file.costs is not None and year != file.costs.price_year:
        place = ("finance", "currency_year")
        expected = f"{file.costs.price_year}, the price_year of the costs"
        hint = "convert one to the prices of the other: they are added up as they are"
        problems.append(document.problem(place, str(year), expected, hint))
    if finance.tax is not None and file.time.represents == "as_is":
        expected = "none with time.represents: as_is"
        hint = "depreciation takes years: use represents: year"
        place = ("finance", "tax")
        problems.append(document.problem(place, "a tax", expected, hint))
    return problems


def _incentive_problems(
    components: Mapping[str, Component], document: Document
) -> list[Problem]:
    """Tax rules of a purchase without a tax."""
    hint = "add finance.tax (with rate: 0 if there is only a credit)"
    return [
        document.problem(
            ("components", name, field, "incentives"),
            "a tax credit or depreciation",
            "none without finance.tax",
            hint,
        )
        for name, component in components.items()
        for field, capacity in component.capacities().items()
        if capacity.incentives is not None and capacity.incentives.needs_tax
    ]


def _zone_problem(timezone: str, document: Document) -> Problem:
    from zoneinfo import available_timezones

    hint = did_you_mean(timezone, sorted(available_timezones()))
    place = ("site", "timezone")
    expected = "an IANA name such as Asia/Shanghai"
    return document.problem(place, shown(timezone), expected, hint)


def _connection_problems(
    buses: Mapping[str, Bus], components: Mapping[str, Component], document: Document
) -> list[Problem]:
    """Connections to nodes that do not exist or carry something else; odd buses."""
    nodes = nodes_of(buses, components)
    named = {*_names(document, "buses"), *_names(document, "components")}
    # what an invalid bus or component would have been is not known: do not judge it
    unknown = named - set(buses) - set(components)
    problems: list[Problem] = []
    used: set[str] = set()
    for name, component in components.items():
        links = component.connections()
        used.update(link.node for link in links)
        links = [link for link in links if link.node not in unknown]
        found = [_link_problem(name, link, nodes, document) for link in links]
        problems += [problem for problem in found if problem is not None]
        if not any(found) and all(
            link.node in nodes for link in component.connections()
        ):
            problems += [
                document.locate(replace(own, path=f"components.{name}.{own.path}"))
                for own in component.problems(nodes)
            ]
    for name, bus in buses.items():
        if name not in used and not unknown:
            hint = "connect a component to it, or remove the bus"
            got, expected = "no component connected", "at least one"
            problems.append(document.problem(("buses", name), got, expected, hint))
        if bus.carrier == "heat" and bus.temperature_c is None:
            place = ("buses", name, "temperature_c")
            expected = "the temperature of a heat bus"
            hint = "add temperature_c:, the supply temperature"
            problems.append(document.problem(place, "nothing", expected, hint))
    return problems


def _names(document: Document, section: str) -> list[str]:
    entries = document.get((section,))
    return list(entries) if isinstance(entries, dict) else []


def _link_problem(
    name: str, link: Connection, nodes: Mapping[str, Node], document: Document
) -> Problem | None:
    """What is wrong with one connection of the component ``name``."""
    place = document.place(f"components.{name}.{link.field}")
    is_itself = link.node == name and name not in _names(document, "buses")
    if link.node not in nodes or is_itself:
        known = [node for node in nodes if node != name]
        expected, hint = f"one of {listed(known, 40)}", did_you_mean(link.node, known)
        return document.problem(place, shown(link.node), expected, hint)
    carrier = nodes[link.node].carrier
    if link.carriers and carrier not in link.carriers:
        expected = f"a node that carries {' or '.join(link.carriers)}"
        return document.problem(
            place, f"{link.node!r}, which carries {carrier}", expected
        )
    node = nodes[link.node]
    if link.use != "draws" and not node.takes:
        got, expected = f"{link.node!r}, which only gives", "a node that can be fed"
        return document.problem(place, got, expected, "name a bus or a demand")
    if link.use != "feeds" and not node.gives:
        got, expected = f"{link.node!r}, which only takes", "a node to draw from"
        return document.problem(
            place, got, expected, "name a bus or a waste-heat stream"
        )
    return None
