"""Puts ``tests/support.py`` within reach: ``from support import microgrid``."""

import sys
from pathlib import Path

import pytest

# Only this folder goes on the path. The root does not: verdigrid's own folders are
# reached as ``verdigrid.models`` and must not be importable as ``models``.
sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("support", "harness", "golden", "parks", "small_works")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden LP files anew instead of comparing with them",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))
