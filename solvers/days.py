"""Choose typical days: extreme days stand alone, days that look alike are gathered.

A day is described by what the matrix says about its steps (demands, prices, yields,
efficiencies; :func:`verdigrid.solvers.segments.features`). For every series, the day
with its highest value, the day with its highest mean and the day with its lowest mean
are typical days of their own, so that peaks and lulls are seen as they are. The
others are clustered by ``tsam``, hierarchically (Ward).
"""

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.errors import InputError, Problem

#: Any date does: tsam wants stamps, and only their distance counts.
START = "2001-01-01"


def steps_of_a_day(steps: int, step_minutes: int) -> int:
    """How many steps a day has; InputError if steps or horizon make no whole days."""
    per_day, rest = divmod(24 * 60, step_minutes)
    if rest or steps % per_day:
        raise InputError(
            [
                Problem(
                    "method",
                    f"typical-days over {steps} steps of {step_minutes} minutes",
                    "whole days of whole steps",
                    "lengthen the horizon to whole days, or use another method",
                )
            ]
        )
    return per_day


def choose_days(features: Floats, steps_per_day: int, count: int) -> Ints:
    """Number of the typical day that stands for every day (days,), from 0.

    ``features`` (steps, series); ``count`` clusters are made, extreme days come on top.
    Where no more days than that are left, every day stands for itself. Raises
    InputError if tsam is missing.
    """
    series = np.unique(features, axis=1)
    by_day = series.reshape(-1, steps_per_day, series.shape[1])
    days = by_day.shape[0]
    if (by_day == by_day[0]).all():
        return np.zeros(days, dtype=np.int64)
    extreme = _extreme_days(by_day)
    others = np.setdiff1d(np.arange(days), extreme)
    typical = np.empty(days, dtype=np.int64)
    typical[extreme] = np.arange(extreme.size)
    if others.size <= count:
        typical[others] = extreme.size + np.arange(others.size)
    else:
        typical[others] = extreme.size + _clustered(by_day[others], count)
    return typical


def _extreme_days(by_day: Floats) -> Ints:
    """Days of highest value, highest and lowest mean of every series."""
    highest, mean = by_day.max(axis=1), by_day.mean(axis=1)
    found = [highest.argmax(axis=0), mean.argmax(axis=0), mean.argmin(axis=0)]
    return np.unique(np.concatenate(found))


def _clustered(by_day: Floats, count: int) -> Ints:
    """Cluster of every day by tsam, from 0; ``by_day`` (days, steps, series)."""
    try:
        import tsam
    except ImportError:
        raise InputError(
            [
                Problem(
                    "method",
                    "typical-days without the package tsam",
                    "tsam, which chooses the days",
                    'pip install "verdigrid[typical-days]"',
                )
            ]
        ) from None
    days, steps, series = by_day.shape
    stamps = pd.date_range(
        START, periods=days * steps, freq=pd.Timedelta(days=1) / steps
    )
    found = tsam.aggregate(
        pd.DataFrame(by_day.reshape(-1, series), index=stamps),
        count,
        period_duration=24,
        temporal_resolution=24 / steps,
        cluster=tsam.ClusterConfig(method="hierarchical"),
        preserve_column_means=False,
    )
    _, cluster = np.unique(found.cluster_assignments, return_inverse=True)
    return np.asarray(cluster, dtype=np.int64)
