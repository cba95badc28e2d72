"""The component of the contribution guide works as it is printed there."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SCENARIO = """\
schema: 1
name: river
currency: EUR
time: {start: 2026-01-01, periods: 4, represents: as_is}
buses: {power: {carrier: electricity}}
components:
  works: {kind: load, bus: power, profile: 10}
  connection:
    kind: grid
    bus: power
    import_limit_kw: 20
    tariff: {price_per_kwh: 0.2}
    emissions_kg_per_kwh: 0.4
  hydro:
    kind: small_hydro
    bus: power
    capacity: {max_kw: 40, capex_per_kw: 0.1, om_per_kw_year: 0}
    yield_kw_per_kw: 0.5
"""

# The new kind lives in a file of its own, outside the package: registered on import.
RUN = """\
import small_hydro
from verdigrid.scenarios.load import load
from verdigrid.studies.plan import make_plan
plan = make_plan(load("river.yaml").microgrid)
solution = plan.plan.solution
print(round(solution.objective, 6), solution.size("hydro", "capacity").new)
"""


def test_the_recipe_works_in_one_file(tmp_path: Path) -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    code = re.search(r"^```python\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    assert code is not None
    (tmp_path / "small_hydro.py").write_text(code.group(1), encoding="utf-8")
    (tmp_path / "river.yaml").write_text(SCENARIO, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # 20 kW of turbine give the 10 kW that are needed: 20 x 0.1 instead of 8.
    objective, size = map(float, done.stdout.split())
    assert objective == 2.0
    assert abs(size - 20) < 1e-6
