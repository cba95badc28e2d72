"""What is wrong with retrofit packages among each other, by file and line."""

from collections.abc import Iterator, Sequence

from verdigrid.models.errors import Problem
from verdigrid.scenarios.document import Document
from verdigrid.scenarios.options import OPTIONS, Options
from verdigrid.scenarios.wording import did_you_mean, listed
from verdigrid.scenarios.yaml_file import Place

#: Tops of the scenario that a package may change: the plant, not the yardstick.
CHANGEABLE = ("buses", "components", "policies")


def rule_problems(options: Options, document: Document) -> list[Problem]:
    """Unknown names, circles, contradictions, sets that can never be taken."""
    problems = list(_unknown_names(options, document))
    if problems:
        return problems
    problems = list(_circles(options, document))
    if problems:
        return problems
    problems += _contradictions(options, document)
    problems += _never_allowed(options, document)
    problems += _incomplete_sets(options, document)
    problems += _conflicting_sets(options, document)
    return problems


def _named_sets(options: Options) -> Iterator[tuple[Place, list[str]]]:
    """Combinations that the file names, and where."""
    for name, names in options.compare.items():
        yield (OPTIONS, "compare", name), names
    yield (OPTIONS, "use"), options.use


def _unknown_names(options: Options, document: Document) -> Iterator[Problem]:
    known = list(options.packages)
    lists = list(_named_sets(options))
    for name, package in options.packages.items():
        for key, names in (
            ("requires", package.requires),
            ("excludes", package.excludes),
        ):
            here = (OPTIONS, "packages", name, key)
            lists.append((here, names))
            if name in names:
                yield document.problem(here, f"{name} itself", "other packages")
    for place, names in lists:
        for name in dict.fromkeys(names):
            if name not in known:
                got, expected = (
                    f"the unknown package {name!r}",
                    f"one of {listed(known)}",
                )
                hint = did_you_mean(name, known)
                yield document.problem(place, got, expected, hint)
            elif names.count(name) > 1:
                yield document.problem(place, f"{name} twice", "every package once")


def _circles(options: Options, document: Document) -> Iterator[Problem]:
    """One problem for each circle of prerequisites."""
    seen: set[str] = set()
    for name in options.packages:
        if name in seen or name not in options.needs(name):
            continue
        way = _way_back(options, [name])
        seen |= set(way)
        place = (OPTIONS, "packages", name, "requires")
        got = f"a circle: {' requires '.join(way)}"
        expected = "prerequisites that can be met one after the other"
        hint = "make one package of them"
        yield document.problem(place, got, expected, hint)


def _way_back(options: Options, way: list[str]) -> list[str]:
    """A way on through prerequisites to the package that it began with."""
    start = way[0]
    for name in options.packages[way[-1]].requires:
        if name == start:
            return [*way, name]
        if name not in way and start in options.needs(name):
            return _way_back(options, [*way, name])
    return way


def _contradictions(options: Options, document: Document) -> Iterator[Problem]:
    """Packages that need what they, or their prerequisites, exclude."""
    for name in options.packages:
        together = options.with_needed(name)
        for number, one in enumerate(together):
            for other in together[number + 1 :]:
                if options.exclude(one, other):
                    place = (OPTIONS, "packages", name, "requires")
                    got = f"{one} and {other}, which exclude each other"
                    expected = "prerequisites that go together"
                    yield document.problem(place, got, expected)


def _never_allowed(options: Options, document: Document) -> Iterator[Problem]:
    """Packages that need more others than ``choose`` allows."""
    choose = options.choose
    if choose is None:
        return
    if (choose.exactly or 0) > len(options.packages):
        place: Place = (OPTIONS, "choose")
        got, expected = f"{choose.exactly}", f"at most {len(options.packages)} packages"
        yield document.problem(place, got, expected)
        return
    for name in options.packages:
        together = options.with_needed(name)
        if len(together) > choose.most:
            place = (OPTIONS, "packages", name, "requires")
            got = f"{len(together)} packages ({', '.join(together)})"
            expected = f"at most {choose.most}, which choose: allows"
            hint = "a prerequisite counts as a package: choose more, or put it inside"
            yield document.problem(place, got, expected, hint)


def _incomplete_sets(options: Options, document: Document) -> Iterator[Problem]:
    """Named combinations that lack a prerequisite, or exclude each other."""
    for place, names in _named_sets(options):
        for name in names:
            for other in options.packages[name].requires:
                if other not in names:
                    got = f"{name} without {other}"
                    hint = f"add {other}"
                    expected = f"{other}, which {name} requires"
                    yield document.problem(place, got, expected, hint)
        for number, one in enumerate(names):
            for other in names[number + 1 :]:
                if options.exclude(one, other):
                    got = f"{one} and {other}, which exclude each other"
                    yield document.problem(place, got, "one of the two")


def _conflicting_sets(options: Options, document: Document) -> Iterator[Problem]:
    for _, names in _named_sets(options):
        yield from conflicts(options, document, names)


# -- packages that want different things -----------------------------------------------


def conflicts(
    options: Options, document: Document, names: Sequence[str]
) -> list[Problem]:
    """Where packages of a combination set the same to different values.

    A package that requires another comes after it and may change what that one set.
    """
    problems: list[Problem] = []
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            related = one in options.needs(other) or other in options.needs(one)
            if not related:
                problems += _between(options, document, one, other)
    return problems


#: What a package does at a place of the scenario, and where in the file it says so.
Deed = tuple[Place, str, object, Place]


def deeds(options: Options, name: str) -> list[Deed]:
    """All that a package does: place, what in words, value, where it is written."""
    package, head = options.packages[name], (OPTIONS, "packages", name)
    found: list[Deed] = []
    for section, entries in (
        ("components", package.add.components),
        ("buses", package.add.buses),
    ):
        for key, value in entries.items():
            here = (*head, "add", section, key)
            found.append(((section, key), "adds", value, here))
    for path, value in package.change.items():
        place = tuple(path.split("."))
        found.append((place, f"sets {value!r}", value, (*head, "change", path)))
    for path in package.remove:
        found.append((tuple(path.split(".")), "removes", None, (*head, "remove")))
    return found


def _between(
    options: Options, document: Document, one: str, other: str
) -> Iterator[Problem]:
    for place, words, value, here in deeds(options, other):
        for their_place, their_words, their_value, there in deeds(options, one):
            depth = min(len(place), len(their_place))
            if place[:depth] != their_place[:depth]:
                continue
            same_verb = words.split()[0] == their_words.split()[0]
            if place == their_place and same_verb and value == their_value:
                continue
            origin = document.origin(there)
            path = ".".join(map(str, their_place))
            got = (
                f"{other} {words} where {one} ({origin.file}:{origin.line}) "
                f"{their_words} {path if place != their_place else ''}".rstrip()
            )
            hint = "they can't be combined: add excludes:, or let one require the other"
            yield document.problem(here, got, "packages that agree", hint)
