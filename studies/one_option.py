"""One combination of packages as a member of a study, given up once it is beaten."""

import json
from pathlib import Path

from verdigrid.models.errors import InputError, VerdigridError
from verdigrid.results.write import plain_data
from verdigrid.scenarios.load import load
from verdigrid.studies.backends.whole_files import write_bytes
from verdigrid.studies.backends.worker_state import WorkerState
from verdigrid.studies.choose import Cutoff
from verdigrid.studies.members import Member
from verdigrid.studies.one_member import STATUSES
from verdigrid.studies.options import Job
from verdigrid.studies.plan_scenario import plan_scenario, summary_of
from verdigrid.studies.row import Row, failure, figures

#: Label that holds the net present cost to beat.
TO_BEAT = "to_beat"
BEATEN = "beaten"
#: Name of the function for ``StudyOptions.function``.
UNLESS_BEATEN = "verdigrid.studies.one_option:solve_unless_beaten"


def solve_unless_beaten(member: Member, job: Job, state: WorkerState) -> Row:
    """The row of ``member``, or ``beaten`` once its bound exceeds the cost to beat.

    Raises OSError if its folder can't be written.
    """
    cutoff = Cutoff(float(member.labels[TO_BEAT]))
    try:
        scenario = load(member.scenario, member.settings, stages=True)
        baselines = state.baselines(scenario, job.solve)
        found = plan_scenario(scenario, job.solve, cutoff, known=baselines)
    except KeyboardInterrupt:
        if not cutoff.is_beaten:
            raise
    except InputError as error:
        return failure("invalid input", str(error))
    except VerdigridError as error:
        status = next(word for kind, word in STATUSES if isinstance(error, kind))
        return failure(status, str(error))
    if cutoff.is_beaten:
        return {**failure(BEATEN, cutoff.reason), "bound": cutoff.bound}
    data = plain_data({"settings": dict(member.overrides), **summary_of(found)})
    target = Path(job.folder) / "members" / member.folder
    target.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, indent=2, allow_nan=False)
    write_bytes(target / "summary.json", text.encode())
    return figures(data)
