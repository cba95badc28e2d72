"""A site that retrofit packages have changed, and the site before them.

What a retrofit saves is measured against the plant as it stands. Packages may remove a
boiler, change a tariff or a load; the baseline is that of the site before all of that.
"""

from dataclasses import dataclass, field

from verdigrid.models.microgrid import Microgrid


@dataclass(frozen=True)
class Retrofitted(Microgrid):
    """A microgrid with packages laid over it; ``before`` is the one without them."""

    before: Microgrid = field(kw_only=True)
    packages: tuple[str, ...] = field(default=(), kw_only=True)

    def baseline(self) -> Microgrid:
        """The site before the packages, with existing assets only."""
        return self.before.baseline()


def retrofitted(
    after: Microgrid, before: Microgrid, packages: tuple[str, ...]
) -> Retrofitted:
    """``after`` as what ``packages`` have made of ``before``."""
    return Retrofitted(**vars(after), before=before, packages=packages)
