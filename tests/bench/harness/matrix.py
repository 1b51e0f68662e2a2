"""Matrix: every worker in every cell, in turns, so that the machine's noise falls on all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cells import Cell
from measure import measure
from workers import Worker

MOST = 4_000_000  # messages in a run
TRIES = 3  # runs that may fail before a worker is given up in a cell
TRIALS = 3  # runs, at most, to find how many messages fill the time
TELLING = 0.3  # a run that took this share of the time tells
PATIENCE = 50  # times the seconds that a run should take, and it has failed


@dataclass
class Row:
    """One worker in one cell."""

    worker: Worker
    cell: Cell
    #: What a run should take.
    seconds: float
    count: int = 0
    runs: list[dict[str, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def given_up(self) -> bool:
        return len(self.failures) >= TRIES

    @property
    def figures(self) -> dict[str, float] | None:
        """Medians of the runs; `low` and `high` are the least and greatest of the chief figure."""
        if not self.runs:
            return None
        names = self.runs[0].keys()
        medians = {name: statistics.median(run[name] for run in self.runs) for name in names}
        chief = [run[chief_of(self.cell)] for run in self.runs]
        return medians | {"low": min(chief), "high": max(chief), "runs": len(self.runs)}

    def find_count(self) -> None:
        """Shorter runs, which are not counted, tell how many messages fill the time: a first one, and
        another where that was over so soon that it tells of the beginning only."""
        self.count = max(20, self.cell.first_count(self.worker.speed, self.seconds) // 5)
        for _ in range(TRIALS):
            run = self._run(self.count)
            if not run:
                self.count = 0
                return
            took = run["seconds"]
            fitting = int(self.count * self.seconds / max(took, 1e-4))
            self.count = max(20, min(fitting, MOST))
            if took > self.seconds * TELLING:
                return

    def measure(self) -> None:
        run = self._run(self.count)
        if run:
            self.runs.append(run)

    def _run(self, count: int) -> dict[str, float] | None:
        """A run that succeeds, unless too many fail."""
        while not self.given_up:
            try:
                return measure(self.worker, self.cell, count, self.seconds * PATIENCE)
            except Exception as failure:
                self.failures.append(f"{type(failure).__name__}: {failure}")
        return None


def chief_of(cell: Cell) -> str:
    """The figure that a cell is about."""
    return "p50" if cell.by_time else "rate"


def rows_of(cell: Cell, workers: list[Worker], seconds: float) -> list[Row]:
    players = [worker for worker in workers if worker.plays(cell.pattern, cell.transport)]
    return [Row(worker, cell, seconds) for worker in players]


def turn(rows: list[Row], act: Callable[[Row], None], until: float) -> None:
    """One turn of all that are not given up, as long as there is time."""
    for row in rows:
        if not row.given_up and time.monotonic() < until:
            act(row)


def by_cell(
    cells: list[Cell], workers: list[Worker], runs: int, seconds: float
) -> Iterator[tuple[Cell, list[Row]]]:
    """Cell by cell, each as soon as it is done."""
    for cell in cells:
        rows = rows_of(cell, workers, seconds)
        turn(rows, Row.find_count, float("inf"))
        for _ in range(runs):
            turn(rows, Row.measure, float("inf"))
        yield cell, rows


def by_run(
    cells: list[Cell], workers: list[Worker], runs: int, seconds: float, until: float
) -> Iterator[tuple[Cell, list[Row]]]:
    """All cells once, then again: running out of time costs runs, not cells."""
    table = [(cell, rows_of(cell, workers, seconds)) for cell in cells]
    for _, rows in table:
        turn(rows, Row.find_count, until)
        turn([row for row in rows if row.count], Row.measure, until)
    for _ in range(runs - 1):
        for _, rows in table:
            turn([row for row in rows if row.count], Row.measure, until)
    yield from table
