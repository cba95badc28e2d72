"""What can go wrong, as a tree of exceptions.

::

    VerdigridError
    ├── InputError          the scenario or a file it names is wrong     exit 2
    ├── InfeasibleError     no plan keeps every limit                    exit 3
    ├── UnboundedError      the cost can fall without end                exit 3
    ├── LimitError          a limit was reached and there is no plan yet exit 4
    ├── SolverError         the solver failed or refused an option       exit 5
    └── VerificationError   the plan failed its independent check        exit 5

Everything else that escapes is a bug of verdigrid and exits with 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input, and what to do about it.

    ``path`` is the place in the scenario (``components.grid.tariff``); the
    loader adds ``file`` and ``line``.
    """

    path: str
    got: str
    expected: str
    hint: str = ""
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = self.file + (f":{self.line}" if self.line is not None else "")
        head = ": ".join(part for part in (place, self.path) if part)
        text = f"{head}: got {self.got}, expected {self.expected}"
        return f"{text}; {self.hint}" if self.hint else text


class VerdigridError(Exception):
    """Base of all errors that verdigrid raises on purpose."""

    exit_code: ClassVar[int] = 1


class InputError(VerdigridError):
    """The input is wrong; carries every problem found, not only the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True)
class Finding:
    """One reason why there is no plan: a path of the scenario, and what is wrong."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


class InfeasibleError(VerdigridError):
    """No plan keeps every limit; the findings say which, in the user's words."""

    exit_code = 3

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in findings))


class UnboundedError(VerdigridError):
    """The cost can fall without end: something is given away without a limit."""

    exit_code = 3


class LimitError(VerdigridError):
    """A time limit was reached before any feasible plan was found."""

    exit_code = 4


class SolverError(VerdigridError):
    """The solver failed, or refused an option or the model."""

    exit_code = 5


class VerificationError(VerdigridError):
    """The independent recomputation does not agree with the solver."""

    exit_code = 5
