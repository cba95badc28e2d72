"""verdigrid: plan green microgrids for factories and industrial parks.

The interface is four verbs, each in its own package::

    from verdigrid.scenarios.load import load        # file -> Microgrid
    from verdigrid.models.build import build         # Microgrid -> Pyomo model
    from verdigrid.solvers.solve import solve        # Pyomo model -> Solution
    from verdigrid.results.tabulate import tabulate  # Solution -> tables

``verdigrid.studies.plan.make_plan`` strings them together: baseline, plan,
verification.
"""

__version__ = "0.1.0"
