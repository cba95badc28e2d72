"""Figures of a run; the only place that imports matplotlib."""

from verdigrid.results.figures.draw import draw_all

__all__ = ["draw_all"]
