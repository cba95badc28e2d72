"""Tariffs in files of their own: ``tariff: {file: ...}`` or ``tariff: {urdb: ...}``.

What the file says is put into the component, key by key, below what stands beside
``file:`` there; every entry keeps the file and line it was written in. A tariff file
may extend others, like a scenario.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from verdigrid.models.calendar import Calendar
from verdigrid.models.component import Component
from verdigrid.models.components.grid import Grid
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.tariffs.tariff import Tariff
from verdigrid.scenarios.document import Data, Document, Origin
from verdigrid.scenarios.paths import Files
from verdigrid.scenarios.sources import read_chain
from verdigrid.scenarios.urdb import read_urdb
from verdigrid.scenarios.validate import keys_of
from verdigrid.scenarios.wording import refusal, shown
from verdigrid.scenarios.yaml_file import Place, dotted

#: Keys of a tariff that name a file, and what kind of file it is.
FORMS = {
    "file": "tariff file: a path, or library:tariffs/NAME",
    "urdb": "JSON file of a rate in the format of the US Utility Rate Database",
}
_NEEDED = {
    "source": "where the prices come from, and their year",
    "currency": "currency of the prices, such as EUR",
    "valid": "from and until when the prices hold",
}


def apply_tariff_files(document: Document, files: Files) -> list[str]:
    """Put the tariffs that ``document`` names into it; returns notes.

    Raises InputError with every problem found.
    """
    problems: list[Problem] = []
    notes: list[str] = []
    for place in _tariffs(document):
        try:
            notes += _lay_below(document, place, files)
            problems += _currency_problems(document, place)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return notes


def tariff_notes(
    components: Mapping[str, Component], calendar: Calendar
) -> Iterator[str]:
    """What a reader should know: prices of another year, a transformer too small."""
    for name, component in components.items():
        for field, tariff in component:
            if isinstance(tariff, Tariff):
                for text in tariff.notes(calendar):
                    yield f"components.{name}.{field}: {text}"
        if isinstance(component, Grid) and component.tariff.basic_charge is not None:
            limit = component.import_limit_kw
            size = component.tariff.basic_charge.transformer_kva
            if size is not None and limit > size:
                yield (
                    f"components.{name}.import_limit_kw: {limit:g} kW is more than "
                    f"the {size:g} kVA that basic_charge is for can carry"
                )


def _tariffs(document: Document) -> list[Place]:
    """Places of all tariffs that are maps."""
    components = document.get(("components",))
    names = list(components) if isinstance(components, dict) else []
    places: list[Place] = [("components", name, "tariff") for name in names]
    return [place for place in places if isinstance(document.get(place), dict)]


def _lay_below(document: Document, place: Place, files: Files) -> list[str]:
    """Replace the name of a file by what it says; returns notes. Raises InputError."""
    own: Data = document.get(place)
    forms = [form for form in FORMS if form in own]
    if not forms:
        return []
    if len(forms) > 1:
        expected = "either file: or urdb:"
        raise InputError([document.problem(place, "both file and urdb", expected)])
    form = forms[0]
    here = (*place, form)
    base, notes = _read(document, here, form, files)
    beside = Document(
        {key: value for key, value in own.items() if key != form},
        document.origins_below(place),
    )
    top = base.origins[()]
    base.lay_over(beside)
    if not beside.data:
        base.origins[()] = top  # nothing but the file can be wrong
    document.set(place, base.data, base.origins)
    return [f"{dotted(place)}: {note}" for note in notes]


def _read(
    document: Document, here: Place, form: str, files: Files
) -> tuple[Document, list[str]]:
    """The file named at ``here``, and notes on it. Raises InputError."""
    name = document.get(here)
    if not isinstance(name, str):
        raise InputError([document.problem(here, shown(name), FORMS[form])])
    folder = document.origin(here).folder
    try:
        path = files.find(name, folder, ".yaml" if form == "file" else "")
    except InputError as error:
        raise InputError([_at(here, one, document) for one in error.problems]) from None
    label = files.label(path)
    if form == "urdb":
        try:
            data, notes = read_urdb(files.read(path))
        except InputError as error:
            raise InputError(
                [_inside(here[:-1], one, label) for one in error.problems]
            ) from None
        origin = Origin(label, None, path.parent)
        return Document(data, dict.fromkeys(_places(data, ()), origin)), notes
    base = read_chain(path, files)
    base.data.pop("schema", None)
    _require_a_tariff(base, here[:-1], label)
    return base, []


def _places(data: Any, place: Place) -> Iterator[Place]:
    """Places of all entries inside maps and lists."""
    yield place
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _places(value, (*place, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _places(value, (*place, number))


def _require_a_tariff(base: Document, place: Place, label: str) -> None:
    """Refuse a file without source, currency or validity, or of something else."""
    if not set(base.data) & set(keys_of(Tariff)):
        got = shown(base.data)
        raise refusal(got, "a tariff file", path=dotted(place), file=label, line=1)
    problems = []
    for key, what in _NEEDED.items():
        if key not in base.data:
            problem = base.problem((key,), "nothing", what, f"add {key}:")
            problems.append(_inside(place, problem, label))
    if problems:
        raise InputError(problems)


def _currency_problems(document: Document, place: Place) -> list[Problem]:
    own = document.get(("currency",))
    place = (*place, "currency")
    prices = document.get(place)
    if own is None or prices is None or own == prices:
        return []
    expected = f"{shown(own)}, the currency of the scenario"
    hint = "take a tariff in that currency, or convert its amounts"
    return [document.problem(place, shown(prices), expected, hint)]


def _at(place: Place, problem: Problem, document: Document) -> Problem:
    return document.problem(place, problem.got, problem.expected, problem.hint)


def _inside(place: Place, problem: Problem, label: str) -> Problem:
    """A problem of the tariff's file, with its path in the scenario."""
    path = f"{dotted(place)}.{problem.path}".rstrip(".")
    return replace(problem, path=path, file=problem.file or label)
