"""A factor file: emission factors by name, each with its year, region and source.

Factors are per kWh of electricity, of heat, or of the lower heating value of a fuel.
One of four figures gives them:

    kg_per_kwh                               as it is
    kg_per_gj                                x 0.0036
    kg_per_unit                              / heating value in kWh per unit
    carbon_tc_per_tj, oxidation_fraction     x 44/12 x 0.0036

44/12 is CO2 over carbon by their molar masses, rounded as in the 2006 IPCC Guidelines,
volume 2, 2006.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from verdigrid.models.energy_use import KGCE_PER_KWH
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.parameter import Strict, parameter
from verdigrid.scenarios.document import Document, Origin
from verdigrid.scenarios.paths import Files
from verdigrid.scenarios.plausible import carbon_problem
from verdigrid.scenarios.validate import validate
from verdigrid.scenarios.yaml_file import read_yaml

#: What a factor may be about.
Energy = Literal["electricity", "fuel", "heat"]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
FactorName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]

_GJ_PER_KWH = 3.6e-3
_CO2_PER_C = 44 / 12
_STATED = ("kg_per_kwh", "kg_per_gj", "kg_per_unit", "carbon_tc_per_tj")
#: Heating value and coal equivalent may differ by this share (tables are rounded).
_SAME_FUEL = 0.02


class Factor(Strict):
    """Carbon of a kilowatt-hour, with where the number comes from."""

    kind: Energy = parameter(unit="", doc="what a kWh is of")
    year: int = parameter(unit="", doc="year the factor is of", ge=1990, le=2100)
    region: Text = parameter(unit="", doc="where it holds")
    source: Text = parameter(unit="", doc="where the number comes from")
    grade: Literal["primary", "secondary", "estimate"] | None = parameter(
        None, unit="", doc="whether the source itself was read"
    )
    ledger: Literal["location", "market"] | None = parameter(
        None,
        unit="",
        doc="of electricity: location for what the grid emits, market for contracts "
        "and the residual mix",
    )
    stated_kg_per_kwh: float | None = Field(
        None, alias="kg_per_kwh", description="carbon of a kWh (fuels: lower heating)"
    )
    kg_per_gj: float | None = parameter(None, unit="kg/GJ", doc="carbon of a GJ")
    kg_per_unit: float | None = parameter(
        None, unit="kg/unit", doc="carbon of a kg or m3 of fuel"
    )
    carbon_tc_per_tj: float | None = parameter(
        None, unit="tC/TJ", doc="carbon content of a fuel"
    )
    oxidation_fraction: float | None = parameter(
        None, unit="1", doc="share of the carbon that burns", gt=0, le=1
    )
    unit: Literal["kg", "m3"] | None = parameter(
        None, unit="", doc="unit of the fuel (m3 at standard conditions)"
    )
    heating_value_kwh_per_unit: float | None = parameter(
        None, unit="kWh/unit", doc="lower heating value", ge=0.5, le=40
    )
    heating_value_mj_per_unit: float | None = parameter(
        None, unit="MJ/unit", doc="lower heating value", ge=1.8, le=144
    )
    kgce_per_unit: float | None = parameter(
        None, unit="kgce/unit", doc="coal equivalent", gt=0, le=5
    )
    upstream_kg_per_kwh: float | None = parameter(
        None, unit="kg/kWh", doc="carbon before it arrives (scope 3)"
    )
    biogenic_kg_per_kwh: float | None = parameter(
        None, unit="kg/kWh", doc="carbon of plants, beside the scopes"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self._given) != 1:
            raise ValueError(f"exactly one of {', '.join(_STATED)}")
        if (self.kind == "electricity") != (self.ledger is not None):
            raise ValueError("ledger: location or market for electricity, none else")
        per_unit = (self.kg_per_unit, self.kwh_per_unit, self.kgce_per_unit)
        of_fuel = (
            *per_unit,
            self.unit,
            self.carbon_tc_per_tj,
            self.biogenic_kg_per_kwh,
        )
        if self.kind != "fuel" and any(one is not None for one in of_fuel):
            raise ValueError("heating value, unit and carbon content for fuels alone")
        if self.oxidation_fraction is not None and self.carbon_tc_per_tj is None:
            raise ValueError("carbon_tc_per_tj beside oxidation_fraction")
        if None not in (
            self.heating_value_kwh_per_unit,
            self.heating_value_mj_per_unit,
        ):
            raise ValueError("one heating value, in kWh or in MJ")
        if self.kg_per_unit is not None and self.kwh_per_unit is None:
            raise ValueError("a heating value beside kg_per_unit")
        if self.unit is None and any(one is not None for one in per_unit):
            raise ValueError("unit: kg or m3 beside what is per unit")
        if self.kgce_per_unit is not None and self.kwh_per_unit is not None:
            means = self.kwh_per_unit * KGCE_PER_KWH
            if abs(means - self.kgce_per_unit) > _SAME_FUEL * means:
                raise ValueError(
                    f"kgce_per_unit near {means:.4g}, as the heating value says"
                )
        return self

    @property
    def _given(self) -> list[str]:
        """Which of the four figures there are."""
        data = self.model_dump(by_alias=True)
        return [key for key in _STATED if data[key] is not None]

    @property
    def stated_as(self) -> str:
        """Key of the figure that the factor comes from."""
        return self._given[0]

    @property
    def kwh_per_unit(self) -> float | None:
        """Lower heating value of a unit of fuel, kWh."""
        if self.heating_value_mj_per_unit is not None:
            return self.heating_value_mj_per_unit / 3.6
        return self.heating_value_kwh_per_unit

    @property
    def kg_per_kwh(self) -> float:
        """The factor; a computed one is rounded to a milligram.

        >>> gas = {"kind": "fuel", "year": 2011, "region": "CN", "source": "x"}
        >>> Factor(**gas, carbon_tc_per_tj=15.3, oxidation_fraction=0.99).kg_per_kwh
        0.19994
        """
        if self.stated_kg_per_kwh is not None:
            return self.stated_kg_per_kwh
        if self.kg_per_gj is not None:
            return round(self.kg_per_gj * _GJ_PER_KWH, 6)
        if self.kg_per_unit is not None and self.kwh_per_unit is not None:
            return round(self.kg_per_unit / self.kwh_per_unit, 6)
        carbon = (self.carbon_tc_per_tj or 0.0) * self._oxidation
        return round(carbon * _CO2_PER_C * _GJ_PER_KWH, 6)

    @property
    def _oxidation(self) -> float:
        return 1.0 if self.oxidation_fraction is None else self.oxidation_fraction

    @property
    def calculation(self) -> str:
        """How the factor comes from the figure in the file; empty if it is that."""
        if self.kg_per_gj is not None:
            return f"{self.kg_per_gj:g} kg/GJ x 0.0036"
        if self.kg_per_unit is not None:
            return f"{self.kg_per_unit:g} kg / {self.kwh_per_unit:.5g} kWh"
        if self.carbon_tc_per_tj is not None:
            carbon = f"{self.carbon_tc_per_tj:g} tC/TJ x {self._oxidation:g}"
            return f"{carbon} x 44/12 x 0.0036"
        return ""

    def value_for(self, key: str) -> float | None:
        """What the key of a scenario takes over; None if the factor has none."""
        if key.startswith("upstream"):
            return self.upstream_kg_per_kwh
        if key.startswith("biogenic"):
            return self.biogenic_kg_per_kwh
        return self.kg_per_kwh


class FactorFile(Strict):
    """A whole factor file."""

    schema_version: Literal[1] = Field(
        alias="schema", description="version of the file format"
    )
    factors: dict[FactorName, Factor] = parameter(unit="", doc="factors by name")


@dataclass(frozen=True)
class Entry:
    """A factor and where it stands."""

    factor: Factor
    name: str
    file: str
    line: int | None


def read_factor_file(path: Path, files: Files) -> dict[str, Entry]:
    """Entries of one file. Raises InputError."""
    label = files.label(path)
    text = read_yaml(files.read(path), label)
    origins = {
        place: Origin(label, line, path.parent) for place, line in text.lines.items()
    }
    own = Document(text.data, origins)
    file, problems = validate(FactorFile, text.data, own, ())
    entries: dict[str, Entry] = {}
    for name, factor in file.factors.items() if file else ():
        problems += _band_problems(name, factor, own)
        line = text.lines.get(("factors", name))
        entries[name] = Entry(factor, name, label, line)
    if problems:
        raise InputError(problems)
    return entries


def _band_problems(name: str, factor: Factor, own: Document) -> list[Problem]:
    """Figures of a factor that cannot be per kilowatt-hour."""
    problems = []
    for key in (factor.stated_as, "upstream_kg_per_kwh", "biogenic_kg_per_kwh"):
        value = factor.value_for(key)
        wrong = None if value is None else carbon_problem(value, factor.kind)
        if wrong is not None:
            got = f"{value:g}"
            if key == factor.stated_as and factor.calculation:
                got = f"{factor.calculation} = {value:g} kg/kWh"
            problems.append(own.problem(("factors", name, key), got, *wrong))
    return problems
