"""A digest of everything that decides a result: inputs, versions, options."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from verdigrid import __version__
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.summary import WATCHED
from verdigrid.scenarios.load import Scenario
from verdigrid.solvers.solve import SolveOptions

#: Folders of the package whose code decides a result.
CODE = ("models", "scenarios", "solvers", "results", "studies")


def fingerprint(microgrid: Microgrid) -> str:
    """SHA-256 of a resolved microgrid, the bytes of its series included."""
    digest = hashlib.sha256()
    for field in fields(microgrid):
        value = getattr(microgrid, field.name)
        if isinstance(value, Microgrid):  # the site before its retrofit
            digest.update(f"{field.name} {fingerprint(value)}\n".encode())
        elif field.name != "series":
            part = {field.name: value}
            text = json.dumps(part, default=_plain, sort_keys=True)
            digest.update(text.encode() + b"\n")
    for path in sorted(microgrid.series):
        values = np.ascontiguousarray(microgrid.series[path], dtype=np.float64)
        digest.update(f"{path} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def _plain(value: object) -> object:
    """What JSON does not know: models by their class and fields, dates as text."""
    if isinstance(value, BaseModel):
        return {"": type(value).__name__, **value.model_dump()}
    if is_dataclass(value) and not isinstance(value, type):
        return {"": type(value).__name__, **asdict(value)}
    return str(value)


def fingerprint_of(scenario: Scenario) -> str:
    """SHA-256 of what is planned: the one year, or every stage of a pathway."""
    pathway = scenario.pathway
    if pathway is None:
        return fingerprint(scenario.microgrid)
    parts = [f"{s.year} {fingerprint(s.microgrid)}" for s in pathway.stages]
    parts.append(json.dumps(dict(pathway.across), default=_plain, sort_keys=True))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def result_key(scenario: Scenario, options: SolveOptions) -> str:
    """Name of the result of ``scenario`` under ``options``, with these versions."""
    return _key(fingerprint_of(scenario), options)


def _key(inputs: str, options: SolveOptions) -> str:
    told = {
        "inputs": inputs,
        "options": asdict(options),
        "versions": versions(),
        "code": code_digest(),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def search_key(
    microgrid: Microgrid, options: SolveOptions, asked: Mapping[str, object]
) -> str:
    """Name of a search of several solves: as above, and what else decides them."""
    told = [_key(fingerprint(microgrid), options), asked]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@cache
def versions() -> dict[str, str]:
    """Versions of verdigrid, Python and the packages that can change a result."""
    watched = {package: version(package) for package in WATCHED}
    return {"verdigrid": __version__, "python": platform.python_version(), **watched}


@cache
def code_digest() -> str:
    """SHA-256 of verdigrid's own code: a changed line counts as another version."""
    root, digest = Path(__file__).resolve().parent.parent, hashlib.sha256()
    for folder in CODE:
        for file in sorted((root / folder).rglob("*.py")):
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
