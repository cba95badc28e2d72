"""The park as a scenario file of verdigrid: loaded, built, compiled, handed over."""

from verdigrid import __version__
from verdigrid.models.build import build
from verdigrid.models.errors import InputError
from verdigrid.models.solution import Status
from verdigrid.scenarios.load import load
from verdigrid.solvers.branch import Limits, branch_and_bound, is_small_tree
from verdigrid.solvers.compile import compile_model, templates
from verdigrid.solvers.highs import Result, Session

from .measure import Clock, NotAvailable, Options
from .park import Case

#: Options of HiGHS that the search over decisions sets by itself.
SEARCH = ("time_limit", "mip_rel_gap")


def version() -> str:
    return f"verdigrid {__version__}"


def run(case: Case, options: Options, clock: Clock) -> None:
    try:
        microgrid = load(case.scenario_file).microgrid
    except InputError as error:
        raise NotAvailable(f"the scenario is refused: {error}") from error
    clock.done("load")
    with templates():
        built = build(microgrid)
    clock.done("build")
    compiled = compile_model(built)
    clock.done("compile")
    rows, columns = compiled.shape
    settings = dict(options)
    by_tree = settings.pop("tree", False) and is_small_tree(compiled)
    if by_tree:
        clock.solver_starts(rows, columns, compiled.matrix.nnz)
        lp = {k: v for k, v in settings.items() if k not in SEARCH}
        lp |= {"solver": "hipo", "run_crossover": "on"}
        gap, limit = settings["mip_rel_gap"], settings["time_limit"]
        _, result = branch_and_bound(compiled, Limits(gap, limit, lp), None)
    else:
        session = Session(compiled)
        session.set_options(**settings)
        clock.solver_starts(rows, columns, compiled.matrix.nnz)
        result = session.run("solving")
    _report(result, clock, by_tree)


def _report(result: Result, clock: Clock, by_tree: bool) -> None:
    facts = dict(result.facts)
    status = str(facts.get("highs_status", result.status))
    if by_tree and result.status is Status.OPTIMAL:
        status = "Optimal"
    clock.solver_ended(
        status,
        result.objective,
        bound=result.bound,
        nodes=facts.get("programs", facts.get("mip_nodes")),
        ipm_iterations=facts.get("ipm_iterations"),
        simplex_iterations=facts.get("simplex_iterations"),
    )
