"""Parameters of a scenario: strict, with unit, bounds, meaning and source.

Every class that a scenario file fills derives from :class:`Strict`, and every
field is declared with :func:`parameter`, so that the schema, ``show
--resolved`` and the documentation know the unit and, for a built-in default,
where the number comes from.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """A frozen part of the scenario; unknown keys and lax types are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False
    )


def parameter(
    default: Any = ...,
    *,
    unit: str,
    doc: str,
    source: str = "",
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    factory: Any = None,
) -> Any:
    """Declare a field of a :class:`Strict` class.

    ``unit`` is the unit of the value ("1" for a fraction, "" for names),
    ``source`` the origin and year of a built-in default number; ``ge`` to
    ``lt`` bound the value; ``factory`` makes a mutable default.
    """
    given = {"default_factory": factory} if factory else {"default": default}
    return Field(
        description=doc,
        ge=ge,
        gt=gt,
        le=le,
        lt=lt,
        json_schema_extra={"unit": unit, "source": source},
        **given,
    )


def unit_of(model: type[BaseModel], field: str) -> str:
    """Unit that ``field`` of ``model`` was declared with."""
    extra = model.model_fields[field].json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def source_of(model: type[BaseModel], field: str) -> str:
    """Source that the default of ``field`` of ``model`` was declared with."""
    extra = model.model_fields[field].json_schema_extra
    return str(extra.get("source", "")) if isinstance(extra, dict) else ""
