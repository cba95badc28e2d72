"""Retrofit options side by side: baseline, packages alone, named sets, the optimum.

Every option is a member of a study: its own scenario, planned in a worker, kept in a
journal. The named ones are planned to the end; what is left of the combinations that
may be chosen only until a better one is known (``one_option.py``).
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from verdigrid.models.microgrid import Microgrid
from verdigrid.results.options_table import BASELINE, Option, options_table
from verdigrid.results.write import plain_data
from verdigrid.scenarios.again import update_with_files
from verdigrid.scenarios.load import Scenario
from verdigrid.scenarios.options import Combination
from verdigrid.scenarios.packages import WrittenOptions
from verdigrid.scenarios.paths import LIBRARY
from verdigrid.scenarios.yaml_file import parse_yaml
from verdigrid.studies.backends.runner import Report, run_members
from verdigrid.studies.backends.whole_files import write_bytes, write_whole
from verdigrid.studies.choose import ROUNDING, USE, load_base, require_cost
from verdigrid.studies.members import Member, Value
from verdigrid.studies.one_option import TO_BEAT, UNLESS_BEATEN
from verdigrid.studies.options import StudyOptions
from verdigrid.studies.plan_scenario import baseline_summary
from verdigrid.studies.row import failure, has_plan

NONE = "no_package"
NOT_COMBINABLE = "not combinable"


@dataclass(frozen=True)
class Case:
    """An option to be planned: its name, and its packages in order."""

    name: str
    title: str
    packages: Combination


@dataclass(frozen=True)
class Compared:
    """All options with their plans.

    ``options`` are those to be shown, the baseline first; ``considered`` is a table of
    every combination that may be chosen.
    """

    scenario: Scenario
    options: tuple[Option, ...]
    considered: pd.DataFrame

    @property
    def failed(self) -> int:
        """Options that should have a plan and have none."""
        return sum(option.summary is None for option in self.options)

    @property
    def doubts(self) -> list[str]:
        """Combinations that could still be cheaper than the best, within their gap."""
        if not self.considered["best"].any():
            return []
        best = self.considered[self.considered["best"]].iloc[0]
        others = self.considered[~self.considered["best"].astype(bool)]
        least = best["net_present_cost"] * (1 - ROUNDING)
        found = others.loc[others["bound"].astype(float) < least, "packages"]
        return [str(names) or NONE for names in found]

    @property
    def currency(self) -> str:
        """Currency of all amounts."""
        return self.scenario.microgrid.currency


def compare_options(
    path: str,
    overrides: Sequence[str],
    folder: Path,
    study: StudyOptions,
    progress: Report | None = None,
    resume: bool = False,
) -> Compared:
    """Plan every option of a scenario; their rows are kept in ``folder``.

    Raises InputError if the scenario is wrong or offers no packages.
    """
    base, written = load_base(path, overrides)
    allowed = written.combinations() if written.options.choose else []
    if allowed:
        require_cost(base)
    cases = list(_cases(base, written))
    every = list(dict.fromkeys([*(case.packages for case in cases), *allowed]))
    bad = {names: why for names in every if (why := written.conflicts(names))}
    members = dict(_members(path, overrides, base, written, every, bad))
    first = [members[case.packages] for case in cases if case.packages in members]
    first = _once(first)
    table = run_members(first, folder, study, progress, resume)
    rows = _by_packages(first, table)
    left = [members[n] for n in allowed if n in members and n not in rows]
    if left:
        rows |= _the_rest(first, left, allowed, rows, folder, study, progress)
    rows |= {n: failure(NOT_COMBINABLE, why) for n, why in bad.items()}
    best = _best(allowed, rows)
    shown = list(cases)
    if best is not None and best not in {case.packages for case in cases}:
        shown.append(Case("optimum", written.options.titles(best), best))
    found = [
        _option(case, members.get(case.packages), rows[case.packages], folder, best)
        for case in shown
    ]
    considered = _considered(allowed, rows, best)
    today = _judged(_baseline(base, study), found)
    compared = Compared(base, (today, *found), considered)
    _write(folder, compared)
    return compared


# -- what is planned ----------------------------------------------------------------


def _cases(base: Scenario, written: WrittenOptions) -> Iterator[Case]:
    """No package where that is a plan of its own, each alone, and the named sets."""
    options = written.options
    if _has_something_to_decide(base):
        yield Case(NONE, options.titles(()), ())
    seen: set[Combination] = set()
    for name in options.packages:
        names = options.with_needed(name)
        seen.add(names)
        yield Case(name, options.titles(names), names)
    for name, wanted in options.compare.items():
        names = options.in_order(set(wanted))
        if names not in seen:
            yield Case(name, name.replace("_", " "), names)


def _has_something_to_decide(base: Scenario) -> bool:
    """True if the site without packages is more than its baseline."""
    grids = [base.microgrid]
    if base.pathway is not None:
        grids = [stage.microgrid for stage in base.pathway.stages]
    return any(map(_decides, grids)) or _has_rules_across(base)


def _decides(grid: Microgrid) -> bool:
    parts = [c for one in grid.components.values() for c in one.capacities().values()]
    may_build = any(part.room > 0 for part in parts)
    return may_build or any(policy.enforce for policy in grid.policies.values())


def _has_rules_across(base: Scenario) -> bool:
    return base.pathway is not None and any(
        policy.enforce for policy in base.pathway.across.values()
    )


def _members(
    path: str,
    overrides: Sequence[str],
    base: Scenario,
    written: WrittenOptions,
    every: Sequence[Combination],
    bad: dict[Combination, str],
) -> Iterator[tuple[Combination, Member]]:
    """A member for every combination that can be laid over the scenario."""
    name = path if path.startswith(LIBRARY) else str(Path(path).resolve())
    inputs, settings = _digest(base, written), dict(map(_setting, overrides))
    for number, names in enumerate(every, start=1):
        if names not in bad:
            values = {**settings, USE: list(names)}
            labels = {"name": " ".join(names) or NONE}
            yield names, Member(number, name, values, labels, inputs)


def _setting(text: str) -> tuple[str, Value]:
    """Path and value of a ``--set``."""
    path, _, value = text.partition("=")
    return path.strip(), parse_yaml(value, "--set").data


def _digest(base: Scenario, written: WrittenOptions) -> str:
    """A digest of every file behind the options, also those that packages name."""
    digest = hashlib.sha256("\n".join(sorted(base.files.values())).encode())
    update_with_files(digest, written.document)
    return digest.hexdigest()


def _once(members: Sequence[Member]) -> list[Member]:
    """Members, each once."""
    return list({member.number: member for member in members}.values())


# -- what comes back -----------------------------------------------------------------


def _by_packages(
    members: Sequence[Member], table: pd.DataFrame
) -> dict[Combination, dict[str, Any]]:
    """Rows of the study by the packages of their member."""
    records: list[Any] = table.to_dict("records")
    rows: dict[int, dict[str, Any]] = {int(row["member"]): row for row in records}
    return {tuple(m.overrides[USE]): rows[m.number] for m in members}


def _the_rest(
    first: list[Member],
    left: list[Member],
    allowed: Sequence[Combination],
    rows: dict[Combination, dict[str, Any]],
    folder: Path,
    study: StudyOptions,
    progress: Report | None,
) -> dict[Combination, dict[str, Any]]:
    """Rows of what else may be chosen, given up where it is beaten already."""
    best = _best(allowed, rows)
    if best is not None:
        cost = float(rows[best]["net_present_cost"])
        left = [replace(m, labels={**m.labels, TO_BEAT: cost}) for m in left]
        study = replace(study, function=UNLESS_BEATEN)
    table = run_members([*first, *left], folder, study, progress, resume=True)
    return _by_packages([*first, *left], table)


def _best(
    allowed: Sequence[Combination], rows: dict[Combination, dict[str, Any]]
) -> Combination | None:
    """The combination of least net present cost among those that may be chosen."""
    planned = [names for names in allowed if names in rows and has_plan(rows[names])]
    return min(planned, key=lambda n: rows[n]["net_present_cost"], default=None)


def _option(
    case: Case,
    member: Member | None,
    row: dict[str, Any],
    folder: Path,
    best: Combination | None,
) -> Option:
    summary = None
    if member is not None and has_plan(row):
        path = folder / "members" / member.folder / "summary.json"
        summary = json.loads(path.read_text(encoding="utf-8"))
    reason = "" if has_plan(row) else str(row["reason"])
    status, is_best = str(row["status"]), case.packages == best
    return Option(
        case.name, case.title, case.packages, status, summary, reason, is_best
    )


def _baseline(base: Scenario, study: StudyOptions) -> Option:
    """The site as it stands, against itself."""
    summary, why = baseline_summary(base, study.solve)
    if summary is None:
        return Option(BASELINE, "as it stands", (), "infeasible", None, why)
    status = str(summary["status"])
    return Option(BASELINE, "as it stands", (), status, plain_data(summary))


def _judged(today: Option, options: Sequence[Option]) -> Option:
    """The site as it stands, held against the policies of the options.

    A baseline has none of its own; every plan tells where its baseline stands.
    """
    plan = next((o.summary for o in options if o.summary is not None), None)
    if today.summary is None or plan is None:
        return today
    policies = [
        {**row, "value": row["baseline"], "kept": row["baseline_kept"]}
        for row in plan["policies"]
    ]
    return replace(today, summary={**today.summary, "policies": policies})


def _considered(
    allowed: Sequence[Combination],
    rows: dict[Combination, dict[str, Any]],
    best: Combination | None,
) -> pd.DataFrame:
    """Every combination that may be chosen, with its cost or why it is out."""
    columns = ("status", "net_present_cost", "bound", "reason")
    told = [
        {
            "packages": " ".join(names),
            "best": names == best,
            **{column: rows[names].get(column) for column in columns},
        }
        for names in allowed
    ]
    return pd.DataFrame(told, columns=["packages", "best", *columns])


def _write(folder: Path, compared: Compared) -> None:
    """``comparison.csv``, ``.parquet`` and ``.json``."""
    table = options_table(compared.options)
    write_whole(folder / "comparison.parquet", table.to_parquet)
    write_bytes(folder / "comparison.csv", table.to_csv(index=False).encode())
    told = {
        "scenario": compared.scenario.microgrid.name,
        "currency": compared.currency,
        "options": [plain_data(row) for row in table.to_dict("records")],
        "considered": [
            plain_data(row) for row in compared.considered.to_dict("records")
        ],
    }
    text = json.dumps(told, indent=2, allow_nan=False, ensure_ascii=False)
    write_bytes(folder / "comparison.json", text.encode())
