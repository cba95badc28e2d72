"""What a worker keeps from one member to the next.

Neighbours follow each other in a worker (``order.py``), so what was
found for the last member is close to what the next one needs: its baseline, the basis
or the cuts of its plan (:mod:`verdigrid.studies.kept`). No plan itself is kept: it
would hold the whole model in memory.
"""

from dataclasses import dataclass, field

from verdigrid.models.microgrid import Microgrid
from verdigrid.scenarios.load import Scenario
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.kept import Kept
from verdigrid.studies.plan import Baseline, make_baseline


@dataclass
class WorkerState:
    """Kept by a worker as long as it lives."""

    kept: Kept = field(default_factory=Kept)
    of_stages: dict[int, Kept] = field(default_factory=dict)

    def baseline(self, microgrid: Microgrid, options: SolveOptions) -> Baseline:
        """The site as it stands, solved only if it is another than before."""
        return make_baseline(microgrid, options, kept=self.kept)

    def baselines(
        self, scenario: Scenario, options: SolveOptions
    ) -> tuple[Baseline, ...]:
        """The same of the one year, or of every stage of a pathway."""
        if scenario.pathway is None:
            return (self.baseline(scenario.microgrid, options),)
        return tuple(
            make_baseline(
                stage.microgrid,
                options,
                kept=self.of_stages.setdefault(stage.year, Kept()),
            )
            for stage in scenario.pathway.stages
        )
