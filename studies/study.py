"""From a study file to its members.

    study = read_study(Path("study.yaml"))
    table = run_members(study.members, folder)

Every section of the file is an axis: a list of settings (values by path). The members
are all combinations of the axes; ``set`` is laid below each of them.
"""

import hashlib
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from verdigrid.models.errors import InputError, Problem
from verdigrid.scenarios.again import update_with_files
from verdigrid.scenarios.document import Document
from verdigrid.scenarios.load import Scenario, load
from verdigrid.scenarios.paths import LIBRARY, Files
from verdigrid.scenarios.wording import shown
from verdigrid.scenarios.yaml_file import Place
from verdigrid.studies.members import Member, Value
from verdigrid.studies.samples import draw
from verdigrid.studies.study_file import StudyFile, distributions_of, read_study_file

MOST_MEMBERS = 200_000
#: What a member of ``list`` may have beside paths.
NAME = "name"

Setting = dict[str, Value]


@dataclass(frozen=True)
class Study:
    """A study ready to be run; ``varied`` are the paths that differ among members."""

    name: str
    members: list[Member]
    varied: tuple[str, ...]
    base: Scenario


def read_study(path: Path) -> Study:
    """The study in a file. Raises InputError with every problem found."""
    file, document = read_study_file(path)
    name = _scenario_name(file.scenario, path)
    fixed = Member(0, name, file.set).settings
    base = _base(name, fixed, document)
    places = _places(file, document)
    _refuse_unknown_paths(name, file, places, document)
    axes = _axes(file, base, document)
    count = math.prod(len(axis) for axis in axes)
    if count > MOST_MEMBERS:
        got, expected = f"{count:,} members", f"at most {MOST_MEMBERS:,}"
        hint = "fewer values, or samples: instead of grid:"
        raise InputError([document.problem((), got, expected, hint)])
    varied = tuple(places)
    inputs = _digest_of_files(base, axes)
    told = {path: _value_at(base, path) for path in varied}
    members = [
        Member(
            number=number,
            scenario=name,
            overrides={**file.set, **{p: v for p, v in setting.items() if p != NAME}},
            labels={**_name_of(setting), **told, **_without_name(setting)},
            inputs=inputs,
        )
        for number, setting in enumerate(_combinations(axes), start=1)
    ]
    return Study(file.name, members, varied, base)


def _scenario_name(scenario: str, path: Path) -> str:
    """The scenario as the workers find it, from whatever folder."""
    if scenario.startswith(LIBRARY):
        return scenario
    return str((path.resolve().parent / scenario).resolve())


def _base(name: str, fixed: list[str], document: Document) -> Scenario:
    """The scenario as ``set`` makes it. Raises InputError."""
    try:
        return load(name, fixed, stages=True)
    except InputError as error:
        raise InputError(
            [_in_study(problem, "set", document) for problem in error.problems]
        ) from None


def _in_study(problem: Problem, section: str, document: Document) -> Problem:
    """A problem of the scenario; where ``--set`` caused it, at its place here."""
    if problem.file != "--set":
        if problem.file or problem.path:
            return problem
        return document.problem(("scenario",), problem.got, problem.expected)
    place: Place = (section, problem.path)
    if document.get(place) is None:  # a problem around or inside of what was set
        return problem
    return document.problem(place, problem.got, problem.expected, problem.hint)


# -- paths --------------------------------------------------------------------


def _places(file: StudyFile, document: Document) -> dict[str, Place]:
    """Every path that a section varies, and where. Raises InputError for doubles."""
    found: list[tuple[str, Place]] = [(path, ("grid", path)) for path in file.grid]
    for number, group in enumerate(file.linked or ()):
        found += [(path, ("linked", number, path)) for path in group]
    if file.samples:
        found += [(path, ("samples", "of", path)) for path in file.samples.of]
    found += [(path, ("one_at_a_time", path)) for path in file.one_at_a_time]
    listed: dict[str, Place] = {}
    for number, setting in enumerate(file.list or ()):
        for path in setting:
            listed.setdefault(path, ("list", number, path))
    listed.pop(NAME, None)
    found += list(listed.items())
    places: dict[str, Place] = {}
    problems = []
    for path, place in found:
        if path in places:
            got = f"{path} again, which varies under {places[path][0]}: too"
            problems.append(document.problem(place, got, "every path in one section"))
        places[path] = place
    if not found:
        expected = "grid:, list:, linked:, samples: or one_at_a_time:"
        problems.append(document.problem((), "nothing that varies", expected))
    if problems:
        raise InputError(problems)
    return places


def _refuse_unknown_paths(
    name: str, file: StudyFile, places: Mapping[str, Place], document: Document
) -> None:
    """Raise InputError for paths that the scenario does not know.

    A value that is wrong is another thing: it costs its member alone.
    """
    first = _first_values(file, document)
    if not any(map(_is_unknown, _problems_with(name, {**file.set, **first}))):
        return
    problems = []
    for path, place in places.items():
        for one in _problems_with(name, {**file.set, path: first[path]}):
            if _is_unknown(one):
                found = document.problem(place, one.got, one.expected, one.hint)
                problems.append(replace(found, path=path))
    raise InputError(problems or [_together(document)])


def _problems_with(name: str, setting: Setting) -> tuple[Problem, ...]:
    """What is wrong with the scenario under these settings."""
    try:
        load(name, Member(0, name, setting).settings, stages=True)
    except InputError as error:
        return error.problems
    return ()


def _is_unknown(problem: Problem) -> bool:
    """True if a ``--set`` names what is not there, not only a value that is wrong."""
    unknown = ("the unknown ", "a path inside ", "item ")
    is_fixed = problem.expected == "another path"
    return problem.file == "--set" and (is_fixed or problem.got.startswith(unknown))


def _together(document: Document) -> Problem:
    got, expected = "paths that do not go together", "paths of one scenario"
    return document.problem((), got, expected, "one replaces what another is inside of")


def _first_values(file: StudyFile, document: Document) -> Setting:
    """A value of every path, to try the path with."""
    found: Setting = {path: values.all()[0] for path, values in file.grid.items()}
    for group in file.linked or ():
        found |= {path: values.all()[0] for path, values in group.items()}
    for setting in reversed(file.list or ()):
        found |= _without_name(setting)
    if file.samples:
        distributions, _ = distributions_of(file.samples, document)
        ordered = list(distributions.values())
        values = draw(ordered, "monte_carlo", 1, 0)[0]
        found |= dict(zip(distributions, map(float, values), strict=True))
    for path, around in file.one_at_a_time.items():
        tried = around.low if around.low is not None else around.high
        found[path] = 0.0 if tried is None else tried
    return found


def _value_at(base: Scenario, path: str) -> Value:
    """What the scenario says at ``path``, with defaults; None if nothing."""
    known = [*(one.resolved for one in base.filled[:1]), base.resolved]
    found = [_inside(data, path) for data in known]
    return next((value for value in found if value is not None), None)


def _inside(data: Any, path: str) -> Value:
    here = data
    for part in path.split("."):
        if isinstance(here, list) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        elif isinstance(here, dict) and part in here:
            here = here[part]
        else:
            return None
    return here


# -- axes ---------------------------------------------------------------------


def _axes(
    file: StudyFile, base: Scenario, document: Document
) -> list[Sequence[Setting]]:
    """The settings of every section, in the order of the table's columns."""
    axes: list[Sequence[Setting]] = []
    if file.list:
        axes.append(file.list)
    axes += [[{p: v} for v in values.all()] for p, values in file.grid.items()]
    for group in file.linked or ():
        rows = zip(*(values.all() for values in group.values()), strict=True)
        axes.append([dict(zip(group, row, strict=True)) for row in rows])
    if file.samples:
        distributions, _ = distributions_of(file.samples, document)
        drawn = draw(
            list(distributions.values()),
            file.samples.method,
            file.samples.count,
            file.samples.seed,
        )
        axes.append(
            [dict(zip(distributions, map(float, r), strict=True)) for r in drawn]
        )
    if file.one_at_a_time:
        axes.append(list(_one_at_a_time(file, base, document)))
    return axes


def _one_at_a_time(
    file: StudyFile, base: Scenario, document: Document
) -> Iterator[Setting]:
    """The base, then every value around it alone. Raises InputError."""
    yield {}
    problems = []
    for path, around in file.one_at_a_time.items():
        if around.fraction is None:
            yield from ({path: v} for v in (around.low, around.high) if v is not None)
            continue
        value = _value_at(base, path)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value:
            got = f"a fraction of {shown(value)}, which the scenario says there"
            place = ("one_at_a_time", path)
            hint = "give low: and high: instead"
            problems.append(
                document.problem(place, got, "a fraction of a number", hint)
            )
            continue
        for factor in (1 - around.fraction, 1 + around.fraction):
            yield {path: float(f"{value * factor:.12g}")}
    if problems:
        raise InputError(problems)


def _combinations(axes: Sequence[Sequence[Setting]]) -> Iterator[Setting]:
    for parts in itertools.product(*axes):
        yield {path: value for part in parts for path, value in part.items()}


def _name_of(setting: Setting) -> Setting:
    return {NAME: setting[NAME]} if NAME in setting else {}


def _without_name(setting: Setting) -> Setting:
    return {path: value for path, value in setting.items() if path != NAME}


def _digest_of_files(base: Scenario, axes: Sequence[Sequence[Setting]]) -> str:
    """A digest of every file behind the members, those that they vary included."""
    digest = hashlib.sha256("\n".join(sorted(base.files.values())).encode())
    folder = base.document.origin(()).folder
    files = Files(folder)
    update_with_files(digest, base.raw or base.document)
    named = sorted({name for axis in axes for one in axis for name in _files_in(one)})
    for name in named:
        try:
            digest.update(files.read(files.find(name, folder)))
        except InputError:
            digest.update(b"missing")  # its members will say so
    return digest.hexdigest()


def _files_in(value: Value) -> Iterator[str]:
    """Names of files in a setting: under ``file``, alone or at the end of a path."""
    if isinstance(value, dict):
        for key, item in value.items():
            is_file = key == "file" or key.endswith(".file")
            if is_file and isinstance(item, str):
                yield item
            else:
                yield from _files_in(item)
