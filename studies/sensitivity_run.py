"""What ``verdigrid sensitivity`` does: members, their solution, tables, figures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from matplotlib.figure import Figure

from verdigrid.models.errors import InputError, Problem
from verdigrid.results.figures import sensitivity as figures_of
from verdigrid.results.figures.style import save
from verdigrid.results.write import plain_data
from verdigrid.studies import regret
from verdigrid.studies.backends.runner import Report, StudyProgress, run_members
from verdigrid.studies.backends.whole_files import write_bytes
from verdigrid.studies.indices import Design, indices, make_design, members_of
from verdigrid.studies.members import Member
from verdigrid.studies.options import ONE_MEMBER, StudyOptions
from verdigrid.studies.plan import make_plan
from verdigrid.studies.row import WITH_PLAN
from verdigrid.studies.sensitivity import build_frequency, regret_summary, tornado
from verdigrid.studies.study import Study, read_study
from verdigrid.studies.study_file import StudyFile, distributions_of, read_study_file

Method = Literal["tornado", "morris", "sobol", "robustness"]


@dataclass(frozen=True)
class Asked:
    """Which study, how it is looked at, and how its members are solved.

    ``count`` is the number of groups of a Morris or Sobol design (None: the count of
    the study's samples).
    """

    file: Path
    method: Method
    figure: str = "cost_per_year"
    count: int | None = None
    folder: Path | None = None
    options: StudyOptions = field(default_factory=StudyOptions)
    resume: bool = False
    figures: bool = True


@dataclass(frozen=True)
class Sensitivity:
    """What came out: ``main`` is the table that the method is about."""

    method: Method
    figure: str
    folder: Path
    currency: str
    main: pd.DataFrame
    members: pd.DataFrame
    regret: dict[str, Any] | None = None

    @property
    def failed(self) -> int:
        """Members without a plan."""
        return int((~self.members["status"].isin(WITH_PLAN)).sum())

    def data(self) -> dict[str, Any]:
        """Plain data for JSON."""
        found: dict[str, Any] = plain_data(
            {
                "method": self.method,
                "figure": self.figure,
                "members": len(self.members),
                "failed": self.failed,
                "rows": self.main.to_dict("records"),
                "regret": self.regret,
            }
        )
        return found

    def text(self) -> str:
        """The table in lines for people."""
        head = f"{self.method} of {self.figure}, {len(self.members):,} members"
        if self.method == "robustness":
            head = f"robustness, {len(self.members):,} members"
        if self.failed:
            head += f", {self.failed:,} without a plan"
        shown = self.main.drop(
            columns=[c for c in self.main if str(c).endswith("_reason")]
        )
        lines = [head, shown.to_string(index=False, float_format="{:,.5g}".format)]
        lines += [f"{name}: {value}" for name, value in (self.regret or {}).items()]
        return "\n".join(lines)


def run_sensitivity(asked: Asked, report: Report | None = None) -> Sensitivity:
    """Solve the members, write tables and figures. Raises InputError and the like."""
    study = read_study(asked.file)
    file, _ = read_study_file(asked.file)
    folder = asked.folder or default_folder(study, asked.method)
    currency = study.base.microgrid.currency
    if asked.method == "robustness" and study.base.pathway is not None:
        got, expected = "a pathway of several stages", "a single year"
        raise InputError([Problem("stages", got, expected, "robustness fixes sizes")])
    members, design = _members(asked, study, file)
    options = asked.options
    if asked.method == "robustness" and options.function == ONE_MEMBER:
        base = make_plan(study.base.microgrid, options.solve).plan
        regret.keep_base(folder, base)
        options = replace(options, function=regret.FUNCTION)
    table = run_members(members, folder, options, report, asked.resume)
    told = None
    if asked.method == "tornado":
        main = tornado(members, table, asked.figure)
    elif design is not None:
        main = indices(design, table, asked.figure)
    else:
        main, told = build_frequency(table), dict(regret_summary(table))
    found = Sensitivity(asked.method, asked.figure, folder, currency, main, table, told)
    _write(found, asked.figures)
    return found


def default_folder(study: Study, method: Method) -> Path:
    """Where the results go if nobody says."""
    return Path("results/sensitivity") / f"{study.name}-{method}"


def _members(
    asked: Asked, study: Study, file: StudyFile
) -> tuple[list[Member], Design | None]:
    """The members of the method, and the design that they stand for."""
    if asked.method in ("tornado", "robustness"):
        if asked.method == "robustness" and file.samples is None:
            raise _needs("samples:")
        return study.members, None
    if file.samples is None or len(study.members) != file.samples.count:
        raise _needs("samples: alone")
    _, document = read_study_file(asked.file)
    distributions, _ = distributions_of(file.samples, document)
    count = asked.count or file.samples.count
    method: Any = asked.method
    design = make_design(distributions, method, count, file.samples.seed)
    first = study.members[0]
    return members_of(design, first.scenario, file.set, first.inputs), design


def _needs(section: str) -> InputError:
    expected = f"a study with {section}"
    return InputError([Problem("study", "another study", expected)])


def _write(found: Sensitivity, with_figures: bool) -> None:
    folder = found.folder
    found.main.to_parquet(folder / f"{found.method}.parquet")
    text = json.dumps(found.data(), indent=2, allow_nan=False)
    write_bytes(folder / f"{found.method}.json", text.encode())
    if not with_figures:
        return
    (folder / "figures").mkdir(exist_ok=True)
    for name, figure in _figures(found).items():
        save(figure, folder / "figures", name)


def _figures(found: Sensitivity) -> dict[str, Figure]:
    if found.main.empty:
        return {}
    if found.method == "tornado":
        figure = figures_of.tornado_figure(found.main, found.figure)
        return {} if figure is None else {"tornado": figure}
    if found.method == "robustness":
        drawn = {"build_frequency": figures_of.frequency_figure(found.main)}
        regrets = figures_of.regret_figure(found.members, found.currency)
        return drawn if regrets is None else {**drawn, "regret": regrets}
    return {found.method: figures_of.indices_figure(found.main, found.figure)}


@contextmanager
def shown_progress(quiet: bool) -> Iterator[Report | None]:
    """A line on standard error that says how far the members are."""
    from rich.console import Console

    from verdigrid.studies.sweep import progress_text

    if quiet:
        yield None
        return
    with Console(stderr=True).status("starting the workers") as status:

        def report(progress: StudyProgress) -> None:
            status.update(progress_text(progress))

        yield report
