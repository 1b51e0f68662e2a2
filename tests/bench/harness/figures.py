"""Figures: how numbers are written, and who is ahead. Used by the tables and the plots."""

from __future__ import annotations

from cells import Cell
from matrix import chief_of

Figures = dict[str, float]


def short(number: float) -> str:
    """Three figures: 2.45 M, 651 k, 98.2."""
    for limit, unit in ((999_500, "M"), (999.5, "k")):
        if number >= limit:
            number /= 1e6 if unit == "M" else 1e3
            return f"{number:.{_places(number)}f} {unit}"
    return f"{number:.{_places(number)}f}"


def _places(number: float) -> int:
    return 2 if number < 9.995 else 1 if number < 99.95 else 0


def chief(cell: Cell, figures: Figures) -> float:
    return figures[chief_of(cell)]


def ratio(cell: Cell, ours: Figures, theirs: Figures) -> float:
    """How many times as good ours is; under 1 it is behind."""
    a, b = chief(cell, ours), chief(cell, theirs)
    return b / a if cell.by_time else a / b


def best(cell: Cell, rows: dict[str, Figures]) -> str | None:
    """The name of the best of these."""
    if not rows:
        return None
    choose = min if cell.by_time else max
    return choose(rows, key=lambda name: chief(cell, rows[name]))


def spread(figures: Figures) -> float:
    middle = sorted((figures["low"], figures["high"]))
    return (middle[1] - middle[0]) / max(middle[1], 1e-9)
