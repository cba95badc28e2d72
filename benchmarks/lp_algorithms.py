"""Which algorithm of HiGHS solves a site's linear program fastest.

    python benchmarks/lp_algorithms.py [SCENARIO] [--baseline]

All run in one process, one after the other, on the same matrix; the ratio to the
first is what to compare. All end in a vertex but the one without crossover.
"""

import sys

ALGORITHMS: dict[str, dict[str, str]] = {
    "HiPO with crossover": {"solver": "hipo", "run_crossover": "on"},
    "HiPO without crossover": {"solver": "hipo", "run_crossover": "off"},
    "IPX with crossover": {"solver": "ipx", "run_crossover": "on"},
    "dual simplex": {"solver": "simplex"},
}


def main(scenario: str, baseline: bool) -> None:
    from dataclasses import replace

    from verdigrid.models.build import build
    from verdigrid.scenarios.load import load
    from verdigrid.solvers.compile import compile_model, templates
    from verdigrid.solvers.highs import Session
    from verdigrid.studies.plan import make_baseline

    microgrid = load(scenario).microgrid
    today, _ = make_baseline(microgrid)
    if today is not None:
        year = today.recomputed.yearly
        policies = {n: p.against(year) for n, p in microgrid.policies.items()}
        microgrid = replace(microgrid, policies=policies)
    with templates():
        compiled = compile_model(build(microgrid.baseline() if baseline else microgrid))
    print(f"{scenario}: {compiled.shape[0]:,} rows, {compiled.shape[1]:,} columns")
    first = None
    for name, options in ALGORITHMS.items():
        session = Session(compiled)
        session.set_options(**options, time_limit=600.0)
        result = session.run(name)
        first = first or result.seconds
        print(
            f"{result.seconds:8.1f} s  {result.seconds / first:5.2f}  {name:24s} "
            f"{result.status} {result.objective:,.2f} {dict(result.facts)}",
            flush=True,
        )


if __name__ == "__main__":
    names = [word for word in sys.argv[1:] if not word.startswith("--")]
    main(names[0] if names else "library:dyeing-park", "--baseline" in sys.argv)
