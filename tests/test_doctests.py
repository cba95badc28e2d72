"""Every example in a docstring of the package is true."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import verdigrid

MODULES = sorted(
    name
    for _, name, _ in pkgutil.walk_packages(verdigrid.__path__, "verdigrid.")
    if not name.startswith(("verdigrid.tests", "verdigrid.benchmarks"))
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_module(name: str) -> None:
    module = importlib.import_module(name)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    result = doctest.testmod(module, extraglobs={"np": np}, optionflags=options)
    assert result.failed == 0
