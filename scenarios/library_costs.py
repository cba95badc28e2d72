"""What the library's cost files say of a kind, for people to read."""

from collections.abc import Iterator
from typing import Any

from verdigrid.scenarios.paths import LIBRARY, library_folder
from verdigrid.scenarios.yaml_file import read_yaml


def library_costs(kind: str) -> list[str]:
    """Costs of ``kind`` in every cost file of the library, a few lines each.

    Empty if none names it: then its costs depend too much on the site.
    """
    lines: list[str] = []
    for file in sorted(library_folder().glob("costs-*.yaml")):
        costs = read_yaml(file.read_bytes(), LIBRARY + file.name).data["costs"]
        block = costs["defaults"].get(kind)
        if block is None:
            continue
        money = f"{costs['currency']} of {costs['price_year']}"
        lines.append(f"  {LIBRARY}{file.stem}, {money}: {block['source']}")
        lines += [f"    {key}: {value:g}" for key, value in _numbers(block, "")]
    return lines


def _numbers(block: dict[str, Any], head: str) -> Iterator[tuple[str, float]]:
    for key, value in block.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{head}{key}.")
        elif isinstance(value, (int, float)):
            yield head + key, float(value)
