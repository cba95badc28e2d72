"""Progress on the terminal: stage, seconds, bound, incumbent and gap as they move."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from verdigrid.solvers.highs import Progress, Watcher


@contextmanager
def no_progress() -> Iterator[Watcher | None]:
    """Nothing is shown."""
    yield None


@contextmanager
def show_progress() -> Iterator[Watcher | None]:
    """A status line on standard error, or a line per stage where it is no terminal."""
    console = Console(stderr=True)
    seen: set[str] = set()
    with console.status("building the model") as status:

        def watch(progress: Progress) -> None:
            if console.is_terminal:
                status.update(describe(progress))
            elif progress.stage not in seen:
                console.print(progress.stage, highlight=False)
                seen.add(progress.stage)

        yield watch


def describe(progress: Progress) -> str:
    """One line on how far a solve is.

    >>> describe(Progress("plan", 12.0, incumbent=110.0, bound=100.0))
    'plan, 12 s, best 110, bound 100, gap 9.09 %'
    """
    text = f"{progress.stage}, {progress.seconds:.0f} s"
    best, bound = progress.incumbent, progress.bound
    if abs(best) < float("inf"):
        text += f", best {best:,.0f}"
    if abs(bound) < float("inf"):
        text += f", bound {bound:,.0f}"
    if abs(best) < float("inf") and abs(bound) < float("inf") and best:
        text += f", gap {100 * (best - bound) / abs(best):.2f} %"
    return text
