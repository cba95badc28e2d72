"""The wheel holds every package, and nothing that does not belong."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_PACKAGED = {"tests", "docs", "benchmarks", "build", "runs"}


def test_every_folder_with_code_is_packaged() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(config["tool"]["setuptools"]["packages"])
    found = {"verdigrid"}
    for init in ROOT.rglob("__init__.py"):
        parts = init.parent.relative_to(ROOT).parts
        hidden = any(part.startswith(".") for part in parts)
        if parts and parts[0] not in NOT_PACKAGED and not hidden:
            found.add(".".join(("verdigrid", *parts)))
    assert listed == found


def test_root_has_only_the_package_and_the_command_line() -> None:
    assert {path.name for path in ROOT.glob("*.py")} <= {"__init__.py", "cli.py"}
    assert (ROOT / "py.typed").exists()
