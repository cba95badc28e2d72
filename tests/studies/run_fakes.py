"""Run a study of fake members in a process of its own, to be killed.

python run_fakes.py FOLDER MEMBERS SECONDS_EACH [resume]
"""

import sys
from pathlib import Path

from verdigrid.models.errors import VerdigridError
from verdigrid.studies.backends.runner import run_members
from verdigrid.studies.members import Member
from verdigrid.studies.options import StudyOptions


def members(count: int, sleep: float) -> list[Member]:
    return [
        Member(n, "fake", {"x.y": n}, {"x.y": n, "sleep": sleep})
        for n in range(1, count + 1)
    ]


OPTIONS = StudyOptions(workers=2, function="fake_members:counted", memory_mb=2000.0)

if __name__ == "__main__":
    folder, count, sleep = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    try:
        run_members(
            members(count, sleep), folder, OPTIONS, resume=sys.argv[4:] == ["resume"]
        )
    except KeyboardInterrupt:
        sys.exit(130)
    except VerdigridError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
