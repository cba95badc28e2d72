"""From a scenario file to a Microgrid.

    scenario = load("plant.yaml", ["finance.discount_rate=0.06"])
    scenario.microgrid        what the model is built from
    scenario.notes            what was inferred on the way, to be shown to the user

Loading goes in two stages: first everything that can be said without reading data
(keys, types, connections), then the series. Each stage reports all its problems.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

import verdigrid.models.components
import verdigrid.models.policies  # noqa: F401  (both fill the registries)
from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import Surroundings
from verdigrid.models.earning import earning_problems
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.metered import Metered
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.objective import Objective
from verdigrid.models.pathway import Pathway, pathway_of, stage_problems
from verdigrid.models.profile import Profile, profiles_of
from verdigrid.models.retrofitted import retrofitted
from verdigrid.models.tariffs.trading import trading_problems
from verdigrid.scenarios.again import merged_data
from verdigrid.scenarios.document import Document
from verdigrid.scenarios.options import OPTIONS
from verdigrid.scenarios.packages import WrittenOptions, take_options
from verdigrid.scenarios.paths import LIBRARY, Files, library_folder
from verdigrid.scenarios.profiles import ProfileReader
from verdigrid.scenarios.resolve import resolved_data
from verdigrid.scenarios.sources import read_document
from verdigrid.scenarios.stages import (
    STAGES,
    Overlaid,
    WrittenStages,
    take_stages,
)
from verdigrid.scenarios.structure import Structure, read_structure
from verdigrid.scenarios.tariff_files import apply_tariff_files, tariff_notes
from verdigrid.scenarios.weather import Weather, read_weather
from verdigrid.scenarios.wording import listed, refusal


@dataclass(frozen=True)
class Scenario:
    """A loaded scenario.

    ``document`` is the merged raw data with the origin of every entry (its
    ``locate`` finds file and line of a problem), ``resolved`` the same with all
    defaults, enough to be run again, ``files`` every file read with its SHA-256,
    ``sources`` where the files lie that ``resolved`` names by a relative path.
    ``options`` are the retrofit packages that it offers; where it uses some, ``before``
    is the scenario without them, which ``resolved`` holds beside the packages. Of a
    scenario with several stages, ``pathway`` are all of them, the rest is the first.

    With packages or stages ``resolved`` is what the files say (``raw``), merged, and
    ``filled`` are the scenarios that come of it, each by itself: one, or one a stage.
    """

    microgrid: Microgrid
    document: Document
    resolved: dict[str, Any]
    files: dict[str, str]
    sources: dict[str, Path]
    metered: Metered | None
    options: WrittenOptions | None = None
    before: "Scenario | None" = None
    pathway: Pathway | None = None
    raw: Document | None = None
    filled: "tuple[Scenario, ...]" = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was inferred, in words."""
        return self.microgrid.notes


def load(
    path: Path | str, overrides: Sequence[str] = (), stages: bool = False
) -> Scenario:
    """Load a scenario file, or ``library:NAME``.

    ``overrides`` are texts such as ``components.pv.capacity.max_kw=500``, applied
    after the files are merged. Scenarios with several stages are refused unless
    ``stages`` says that the caller can plan a pathway. Raises InputError with every
    problem found.
    """
    file, files = _open(path)
    document = read_document(file, overrides, files)
    written = take_options(document)
    if not stages:
        _require_one_stage(document)
    if written is None:
        return _site(document, files)
    if written.used:
        return _with_packages(written, files)
    before = _before(written, files)
    _check_packages(written, files)
    return before


def _require_one_stage(document: Document) -> None:
    """Raise InputError if there are more."""
    staged = take_stages(document)
    if staged is not None and len(staged.entries) > 1:
        got, expected = f"{len(staged.entries)} stages", "none, or one"
        hint = "docs/pathway.md says which commands understand a pathway"
        raise InputError([document.problem((STAGES,), got, expected, hint)])


def _site(
    document: Document, files: Files, packages: Overlaid | None = None
) -> Scenario:
    """The scenario of a document without packages, with its stages if it has some."""
    staged = take_stages(document, packages)
    if staged is None:
        return _read(document, files)
    return _with_stages(staged, files)


def _with_stages(written: WrittenStages, files: Files) -> Scenario:
    """The scenario of the first stage, and the pathway if there are more."""
    count = len(written.entries)
    scenarios = [_read(document, files) for document in written.documents()]
    first, grids = scenarios[0], [scenario.microgrid for scenario in scenarios]
    first = replace(
        first,
        **_rerun(written.document, files),
        filled=tuple(scenarios),
    )
    if count > 1:
        _check_stages(scenarios, written)
    stages, origins = (
        written.document.data[STAGES],
        written.document.origins_below((STAGES,)),
    )
    first.document.set((STAGES,), stages, origins)
    if count == 1:
        return first
    note = f"a pathway of {count} stages, from {listed(map(str, written.years))} on"
    grids[0] = replace(grids[0], notes=(note, *grids[0].notes))
    pathway = pathway_of(written.years, grids)
    problems = [
        scenario.document.locate(problem)
        for scenario, stage in zip(scenarios, pathway.stages, strict=True)
        for problem in earning_problems(stage.microgrid)
    ]
    if problems:
        raise InputError(problems)
    return replace(first, microgrid=grids[0], pathway=pathway)


def _rerun(raw: Document, files: Files) -> dict[str, Any]:
    """Fields of a scenario that say how it is run again, when all files are read."""
    return {
        "raw": raw,
        "resolved": merged_data(raw, files),
        "files": files.hashes,
        "sources": files.below_folder(),
    }


def _check_stages(scenarios: Sequence[Scenario], written: WrittenStages) -> None:
    """Raise InputError for stages that can't be one pathway."""
    first = scenarios[0].microgrid
    problems = written.horizon_problems(first.finance.horizon_years)
    for number, scenario in enumerate(scenarios):
        later = scenario.microgrid if number else None
        before = scenarios[number - 1].microgrid if number else None
        for problem in stage_problems(first, later, before):
            located = scenario.document.locate(problem)
            if located not in problems:
                problems.append(located)
    if problems:
        raise InputError(problems)


def _before(written: WrittenOptions, files: Files) -> Scenario:
    """The scenario without packages; its document still tells of them."""
    found = _site(written.without_packages(), files, written.overlaid())
    if found.pathway is not None:  # its stages may name what only packages have
        found = replace(found, **_rerun(written.document, files))
    everything = written.document
    packages, origins = everything.data[OPTIONS], everything.origins_below((OPTIONS,))
    found.document.set((OPTIONS,), packages, origins)
    return replace(found, options=written)


def _with_packages(written: WrittenOptions, files: Files) -> Scenario:
    """The scenario with the packages that it uses laid over."""
    names = written.used
    before = _before(written, files)
    after = _site(written.with_packages(names), files, written.overlaid(names))
    note = f"with the packages {', '.join(names)}"
    told = replace(after.microgrid, notes=(note, *after.microgrid.notes))
    pathway = after.pathway
    if pathway is not None and before.pathway is not None:
        pairs = zip(pathway.stages, before.pathway.stages, strict=True)
        grids = [retrofitted(a.microgrid, b.microgrid, names) for a, b in pairs]
        grids[0] = replace(grids[0], notes=told.notes)
        pathway = pathway.with_microgrids(grids)
    return replace(
        after,
        microgrid=retrofitted(told, before.microgrid, names),
        options=written,
        before=before,
        pathway=pathway,
        filled=after.filled or (after,),
        **_rerun(written.document, files),
    )


def _check_packages(written: WrittenOptions, files: Files) -> None:
    """Every package by itself, with what it requires, but for its series.

    Raises InputError with every problem found.
    """
    problems: dict[Problem, None] = {}
    for name in written.options.packages:
        try:
            names = written.options.with_needed(name)
            document = written.with_packages(names)
            staged = take_stages(document, written.overlaid(names))
            for one in [document] if staged is None else staged.documents():
                apply_tariff_files(one, files)
                read_structure(one)
        except InputError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise InputError(list(problems))


def _read(document: Document, files: Files) -> Scenario:
    """The scenario of a document without packages."""
    tariff_remarks = apply_tariff_files(document, files)
    structure = read_structure(document)
    site = structure.file.site
    calendar = structure.file.time.calendar(site.timezone if site else "UTC")
    series, notes = _series(structure, calendar, document, files)
    notes += [*tariff_remarks, *tariff_notes(structure.components, calendar)]
    microgrid = Microgrid(
        name=structure.file.name,
        currency=structure.file.currency,
        site=site,
        calendar=calendar,
        finance=structure.finance,
        buses=structure.file.buses,
        components=structure.components,
        policies=structure.policies,
        series=series,
        notes=(*structure.notes, *notes),
        objective=structure.file.objective or Objective(),
    )
    found = earning_problems(microgrid)
    if found:
        raise InputError([document.locate(problem) for problem in found])
    return Scenario(
        microgrid=microgrid,
        document=document,
        resolved=resolved_data(structure, calendar, document, files),
        files=files.hashes,
        sources=files.below_folder(),
        metered=structure.file.metered,
    )


def _open(path: Path | str) -> tuple[Path, Files]:
    """The scenario's file and everything that may be read with it."""
    if str(path).startswith(LIBRARY):
        files = Files(library_folder())
        return files.find(str(path), library_folder(), ".yaml"), files
    try:
        file = Path(path).resolve()
        exists = file.is_file()
    except (OSError, ValueError, RuntimeError):
        exists = False
    if not exists:
        raise refusal("no such file", "a scenario file", file=str(path))
    return file, Files(file.parent)


def _series(
    structure: Structure, calendar: Calendar, document: Document, files: Files
) -> tuple[dict[str, Floats], list[str]]:
    """Every profile and every prepared series by path, each (steps,); and notes.

    Raises InputError.
    """
    site = structure.file.site
    reader = ProfileReader(
        document,
        files,
        calendar,
        structure.file.currency,
        (site.latitude, site.longitude) if site else None,
    )
    series: dict[str, Floats] = {}
    problems: list[Problem] = []
    for path, profile, unit in _profiles(structure):
        try:
            series[path] = reader.resolve(path, profile, unit)
        except InputError as error:
            problems += error.problems
    weather: Weather | None = None
    try:
        weather = _weather(structure, calendar, document, files)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    frame = weather.frame if weather else None
    series |= _prepared(structure, calendar, document, series, frame)
    return series, [*reader.notes, *(weather.notes if weather else ())]


def _profiles(structure: Structure) -> Iterator[tuple[str, Profile, str]]:
    """Every profile of the scenario: its path, itself, its unit."""
    for name, component in structure.components.items():
        yield from profiles_of(component, f"components.{name}")
    for name, policy in structure.policies.items():
        yield from profiles_of(policy, f"policies.{name}")


def _weather(
    structure: Structure, calendar: Calendar, document: Document, files: Files
) -> Weather | None:
    """The weather of the scenario, if it names any. Raises InputError."""
    named, site = structure.file.weather, structure.file.site
    if named is None or site is None:
        return None
    place = ("weather", "file")
    try:
        path = files.find(named.file, document.origin(place).folder)
        label, raw = files.label(path), files.read(path)
        return read_weather(path, raw, label, named.format, calendar, site)
    except InputError as error:
        located = [_at("weather.file", one, document) for one in error.problems]
        raise InputError(located) from None


def _prepared(
    structure: Structure,
    calendar: Calendar,
    document: Document,
    series: Mapping[str, Floats],
    weather: pd.DataFrame | None,
) -> dict[str, Floats]:
    """Series that components compute from profiles and weather, by path.

    Raises InputError.
    """
    site = structure.file.site
    around = Surroundings(
        latitude=site.latitude if site else None,
        longitude=site.longitude if site else None,
        altitude_m=site.altitude_m if site else 0.0,
        weather=weather,
        calendar=calendar,
        nodes=structure.nodes,
    )
    prepared: dict[str, Floats] = {}
    problems: list[Problem] = []
    for name, component in structure.components.items():
        head = f"components.{name}"
        own = {
            path.removeprefix(f"{head}."): values
            for path, values in series.items()
            if path.startswith(f"{head}.")
        }
        try:
            for key, values in component.prepare(around, own).items():
                prepared[f"{head}.{key}"] = values
        except InputError as error:
            for one in error.problems:
                path = f"{head}.{one.path}" if one.path else head
                problems.append(_at(path, one, document))
        except ValueError as error:
            problems.append(document.problem((*head.split("."),), "inputs", str(error)))
    if not problems:
        every = {**series, **prepared}
        found = trading_problems(structure.components, every, calendar)
        problems += [document.locate(problem) for problem in found]
    if problems:
        raise InputError(problems)
    return prepared


def _at(path: str, problem: Problem, document: Document) -> Problem:
    """The problem at ``path`` of the scenario, with its file and line."""
    return document.locate(replace(problem, path=path))
