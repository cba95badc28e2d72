"""Every command in the README and the docs does what it says it does."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "scenarios" / "library").glob("*.md")),
]
FENCE = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[str]:
    """Lines of the bash blocks that call verdigrid, cut out of && chains."""
    blocks = FENCE.findall(page.read_text(encoding="utf-8"))
    lines = [line for block in blocks for line in block.splitlines()]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    return [part for part in parts if part.startswith("verdigrid")]


def is_slow(page: Path) -> bool:
    return any("run library:" in command for command in commands(page))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.slow] if is_slow(page) else [])
        for page in PAGES
        if commands(page)
    ],
    ids=lambda page: page.name,
)
def test_commands_of_page_work_in_their_order(page: Path, tmp_path: Path) -> None:
    for command in commands(page):
        words = shlex.split(command, comments=True)[1:]
        done = subprocess.run(
            [sys.executable, "-m", "verdigrid.cli", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout.strip()


def test_every_page_is_looked_at() -> None:
    assert {page.name for page in PAGES} >= {"README.md", "scenario.md", "commands.md"}
    assert commands(ROOT / "README.md")


def test_links_of_the_pages_lead_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")
    for page in PAGES:
        for target in link.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
