"""What a study file may say: a scenario, and what varies in it.

    schema: 1
    name: roof-and-cap
    scenario: plant.yaml
    grid:
      components.roof.capacity.capex_per_kw: [600, 800, 1000]
      policies.carbon_cap.reduction: {low: 0.1, high: 0.5, steps: 5}

Every section is an axis, and the members are all combinations of the axes.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from verdigrid.models.errors import InputError, Problem
from verdigrid.models.parameter import Strict, parameter
from verdigrid.scenarios.document import Document, Origin
from verdigrid.scenarios.validate import validate
from verdigrid.scenarios.wording import refusal, shown
from verdigrid.scenarios.yaml_file import Place, read_yaml
from verdigrid.studies.members import as_json
from verdigrid.studies.samples import DISTRIBUTIONS, Distribution

STUDY_VERSION = 1


class Values(Strict):
    """The values of one path: a list, or so many from ``low`` to ``high``."""

    values: list[Any] | None = parameter(None, unit="", doc="the values themselves")
    low: int | float | None = parameter(None, unit="", doc="first value")
    high: int | float | None = parameter(None, unit="", doc="last value")
    steps: int | None = parameter(
        None, unit="", doc="number of values from low to high", ge=2, le=10_000
    )
    spacing: Literal["linear", "logarithmic"] = parameter(
        "linear", unit="", doc="whether differences or ratios are the same"
    )

    @model_validator(mode="before")
    @classmethod
    def _list_is_values(cls, value: Any) -> Any:
        return {"values": value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ends = (self.low, self.high, self.steps)
        if self.values is not None:
            if any(end is not None for end in ends):
                raise ValueError("a list, or low:, high: and steps:, not both")
            if not self.values:
                raise ValueError("at least one value")
            texts = [as_json(value) for value in self.values]
            if len(set(texts)) < len(texts):
                raise ValueError("every value once")
            return self
        if self.low is None or self.high is None or self.steps is None:
            raise ValueError("a list of values, or low:, high: and steps:")
        if not self.low < self.high:
            raise ValueError("low: below high:")
        if self.spacing == "logarithmic" and self.low <= 0:
            raise ValueError("low: above 0 where the spacing is logarithmic")
        return self

    def all(self) -> list[Any]:
        """The values in their order; whole numbers stay whole."""
        if self.values is not None:
            return self.values
        low, high, steps = self.low or 0, self.high or 0, self.steps or 2
        whole = isinstance(low, int) and isinstance(high, int)
        if self.spacing == "logarithmic":
            ratio = high / low
            found = [low * ratio ** (n / (steps - 1)) for n in range(steps)]
        else:
            found = [low + (high - low) * n / (steps - 1) for n in range(steps)]
        if whole and all(value == int(value) for value in found):
            return [int(value) for value in found]
        return [float(f"{value:.12g}") for value in (*found[:-1], float(high))]


class Around(Strict):
    """Two values around what the scenario says."""

    low: Any = parameter(None, unit="", doc="lower value")
    high: Any = parameter(None, unit="", doc="upper value")
    fraction: float | None = parameter(
        None, unit="1", doc="how far down and up from the scenario's number", gt=0, lt=1
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ends = [end for end in (self.low, self.high) if end is not None]
        if (self.fraction is not None) == bool(ends):
            raise ValueError("low: and high: (or one of them), or fraction:")
        return self


class Samples(Strict):
    """Random values, drawn from a distribution for each path."""

    method: Literal["latin_hypercube", "sobol", "monte_carlo"] = parameter(
        "latin_hypercube", unit="", doc="how the values are drawn"
    )
    count: int = parameter(unit="", doc="number of draws", ge=1, le=200_000)
    seed: int = parameter(0, unit="", doc="same seed, same draws", ge=0, lt=2**32)
    of: dict[str, dict[str, Any]] = parameter(unit="", doc="distribution by path")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.of:
            raise ValueError("at least one path with its distribution")
        return self


Listed = Annotated[list[dict[str, Any]], Field(min_length=1)]


class StudyFile(Strict):
    """A whole study."""

    schema_version: Literal[1] = Field(
        alias="schema", description="version of the file format"
    )
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")] = parameter(
        unit="", doc="short name: small letters, digits, - and _"
    )
    description: str = parameter("", unit="", doc="what the study is about")
    scenario: str = parameter(
        unit="", doc="scenario file, seen from the study's folder, or library:NAME"
    )
    set: dict[str, Any] = parameter(
        unit="", doc="by path: what is different in all members", factory=dict
    )
    list: Listed | None = parameter(
        None, unit="", doc="members one by one: values by path, and a name:"
    )
    grid: dict[str, Values] = parameter(
        unit="", doc="by path: every value with every other", factory=dict
    )
    linked: "Linked | None" = parameter(
        None, unit="", doc="groups of paths whose values go together, first with first"
    )
    samples: Samples | None = parameter(None, unit="", doc="random values")
    one_at_a_time: dict[str, Around] = parameter(
        unit="", doc="by path: the base, and each value around it alone", factory=dict
    )


Linked = Annotated[list[dict[str, Values]], Field(min_length=1)]


def read_study_file(path: Path) -> tuple[StudyFile, Document]:
    """The study in a file, and where in it everything stands.

    Raises InputError with every problem found.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "an error"
        raise refusal(reason, "a study file", file=str(path)) from None
    text = read_yaml(raw, str(path))
    if not isinstance(text.data, dict):
        got = shown(text.data)
        raise refusal(got, "a map of keys and values", file=str(path), line=1)
    folder = path.resolve().parent
    origins = {
        place: Origin(str(path), line, folder) for place, line in text.lines.items()
    }
    document = Document(text.data, origins)
    version = text.data.get("schema")
    if type(version) is int and version > STUDY_VERSION:
        hint = "the file was written for a newer verdigrid: upgrade verdigrid"
        expected = f"at most {STUDY_VERSION}"
        problem = document.problem(("schema",), str(version), expected, hint)
        raise InputError([problem])
    study, problems = validate(StudyFile, text.data, document, ())
    if study is not None:
        problems = [*_link_problems(study, document), *_draw_problems(study, document)]
    if study is None or problems:
        raise InputError(problems)
    return study, document


def _link_problems(study: StudyFile, document: Document) -> list[Problem]:
    """Linked paths need as many values as each other."""
    problems = []
    for number, group in enumerate(study.linked or ()):
        counts = {path: len(values.all()) for path, values in group.items()}
        if len(set(counts.values())) != 1:
            got = ", ".join(f"{count} of {path}" for path, count in counts.items())
            problems.append(
                document.problem(
                    ("linked", number), got or "{}", "as many values of each path"
                )
            )
    return problems


def _draw_problems(study: StudyFile, document: Document) -> list[Problem]:
    found = study.samples
    return distributions_of(found, document)[1] if found else []


def distributions_of(
    samples: Samples, document: Document
) -> tuple[dict[str, Distribution], list[Problem]]:
    """The distribution of every path, and what is wrong with the others."""
    valid: dict[str, Distribution] = {}
    problems: list[Problem] = []
    for path, data in samples.of.items():
        place: Place = ("samples", "of", path)
        name = data.get("distribution")
        model = DISTRIBUTIONS.get(name) if isinstance(name, str) else None
        if model is None:
            known = f"one of {', '.join(DISTRIBUTIONS)}"
            got = "nothing" if name is None else shown(name)
            here = (*place, "distribution")
            problems.append(document.problem(here, got, known))
            continue
        found, wrong = validate(model, data, document, place)
        problems += wrong
        if found is not None:
            valid[path] = found
    return valid, problems
