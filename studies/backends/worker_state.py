"""What a worker keeps from one member to the next.

Neighbours follow each other in a worker (``order.py``), so what was
found for the last member is close to what the next one needs: its baseline, the basis
or the cuts of its plan (:mod:`verdigrid.studies.kept`). No plan itself is kept: it
would hold the whole model in memory.
"""

from dataclasses import dataclass, field

from verdigrid.models.microgrid import Microgrid
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.kept import Kept
from verdigrid.studies.plan import Baseline, make_baseline


@dataclass
class WorkerState:
    """Kept by a worker as long as it lives."""

    kept: Kept = field(default_factory=Kept)

    def baseline(self, microgrid: Microgrid, options: SolveOptions) -> Baseline:
        """The site as it stands, solved only if it is another than before."""
        return make_baseline(microgrid, options, kept=self.kept)
