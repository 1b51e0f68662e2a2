"""Report: BENCHMARKS.md and the plots, from the results of a whole run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import plots
from cells import ALL, Cell
from figures import Figures, best, chief, ratio, short, spread
from workers import GROUPS, TOP, Worker, load

PATTERNS = {
    "pushpull": ("PUSH to PULL", "messages a second"),
    "reqrep": ("REQ/REP round trip", "median microseconds"),
    "pubsub": ("PUB to 1 and to 8 SUBs", "messages delivered a second, all subscribers together"),
}

METHOD = """\
Each run starts fresh processes: a receiver, which binds, and a sender (of pubsub one receiver or
eight); over inproc one process with two threads, in asyncio, Node and Lua two tasks of one loop.
The clock of a stream runs in the receiver and leaves out the first tenth of the messages; round
trips are timed one at a time. All peers take turns in each run, so that the machine's noise falls
on all alike: **compare only within a row**. A figure is the median of the runs; the spread is the
distance from the least to the greatest, over the greatest.

Every send is the plain call on the caller's buffer, and copies it, as a program would; but
sockery's modules for Python hold on to large `bytes`, which never change, instead, and over inproc
hand them to the receiver. Every receive is the idiomatic single call (`recv` in a loop, `await
recv()`), never a batched one. Queues hold 1,000 messages a side where a peer counts messages; where
it counts bytes (nanomsg, and sockery's SP dialect) its default of 128 KiB. Sizes are not limited,
segments not delayed (TCP_NODELAY). A publisher waits for slow subscribers where it can (sockery;
libzmq from C, from Python and from LuaJIT); of the others the table says what was lost. The floors
are no messaging libraries: plain sockets, or a channel between two threads.
"""


class Page:
    """One page being written."""

    def __init__(self, results: dict) -> None:
        self.results = results
        self.lines: list[str] = []
        measured = {name for rows in results["cells"].values() for name in rows}
        self.workers = [worker for worker in load() if worker.name in measured]

    def add(self, *lines: str) -> None:
        self.lines += [*lines, ""]

    def cells(self, pattern: str) -> Iterator[tuple[Cell, dict[str, Figures]]]:
        for cell in ALL:
            if cell.pattern == pattern and cell.name in self.results["cells"]:
                yield cell, self.results["cells"][cell.name]

    def rivals(self, worker: Worker, rows: dict[str, Figures]) -> dict[str, Figures]:
        """The peers of its group, floors aside."""
        names = [
            w.name for w in self.workers if w.group == worker.group and not w.ours and not w.floor
        ]
        return {name: rows[name] for name in names if name in rows}

    def standing(
        self, worker: Worker, cell: Cell, rows: dict[str, Figures]
    ) -> tuple[float, str] | None:
        """How many times as good as the best rival, and who that is."""
        rival = best(cell, self.rivals(worker, rows))
        if rival is None or worker.name not in rows:
            return None
        return ratio(cell, rows[worker.name], rows[rival]), rival

    def table(self, head: list[str], rows: list[list[str]], align: str = "---:") -> None:
        rule = ["---"] + [align] * (len(head) - 1)
        self.add(*("| " + " | ".join(row) + " |" for row in [head, rule, *rows]))


def write(results: dict, beside: dict | None) -> None:
    page = Page(results)
    _introduce(page)
    page.add("## Where we stand")
    _summarize(page, page)
    if beside:
        _summarize_beside(page, Page(beside))
    for group, title in GROUPS.items():
        _group(page, group, title)
    _memory(page)
    _explain(page)
    (TOP / "BENCHMARKS.md").write_text("\n".join(page.lines).rstrip() + "\n")
    plots.write(results)
    print("written: BENCHMARKS.md, docs/bench/*.svg")


def _introduce(page: Page) -> None:
    page.add("# Benchmarks")
    page.add(
        f"sockery and its public peers, measured side by side on {page.results['date']} by",
        "`tests/bench/run`, which wrote this page. A ratio is against the best peer of the same",
        "language in that cell: over 1 (**bold**) we are ahead, under 1 the cell is lost to it. No",
        "cell is left out.",
    )
    page.add(*(f"![{title}](docs/bench/{name}.svg)" for name, title in plots.TITLES.items()))


def _summarize(page: Page, measured: Page) -> None:
    """Of each of our workers: how many cells are won, and each that is lost."""
    rows, lost = [], []
    for worker in (worker for worker in measured.workers if worker.ours):
        won, behind = 0, []
        for pattern in PATTERNS:
            for cell, figures in measured.cells(pattern):
                standing = measured.standing(worker, cell, figures)
                if standing and standing[0] >= 1:
                    won += 1
                elif standing:
                    behind.append(f"{cell.name} {standing[0]:.2f}× {standing[1]}")
        rows.append([worker.name, str(won), str(len(behind))])
        if behind:
            lost.append(f"- **{worker.name}**: {'; '.join(behind)}")
    page.table(["", "cells ahead", "cells lost"], rows)
    page.add("Lost, each with the peer it is lost to:")
    page.add(*(lost or ["- none"]))


def _summarize_beside(page: Page, measured: Page) -> None:
    """The same, while other programs want the processors."""
    results = measured.results
    page.add("## Beside busy processes")
    page.add(
        f"The same cells while {results['beside']} other processes never rested, on {results['date']}"
        f" ({results['runs']} runs of about {results['seconds']} seconds each).",
    )
    _summarize(page, measured)


def _group(page: Page, group: str, title: str) -> None:
    workers = [worker for worker in page.workers if worker.group == group]
    if not workers:
        return
    page.add(f"## {title}")
    page.table(
        ["name", "what it is"],
        [[w.name, w.version + (" (floor)" if w.floor else "")] for w in workers],
        align="---",
    )
    for pattern, (name, unit) in PATTERNS.items():
        page.add(f"### {name}, {unit}")
        _figures(page, pattern, workers, lambda w, cell, rows: _figure(page, w, cell, rows))
    page.add(
        "<details><summary>Spread of the runs, and processor seconds a million messages</summary>",
        "",
    )
    for pattern in PATTERNS:
        _figures(page, pattern, workers, _cost)
    page.add("</details>")


def _figures(page: Page, pattern: str, workers: list[Worker], text: Callable) -> None:
    played = [w for w in workers if any(w.name in rows for _, rows in page.cells(pattern))]
    head = [PATTERNS[pattern][0], *(worker.name for worker in played)]
    page.table(
        head,
        [
            [cell.words, *(text(w, cell, rows) for w in played)]
            for cell, rows in page.cells(pattern)
        ],
    )


def _figure(page: Page, worker: Worker, cell: Cell, rows: dict[str, Figures]) -> str:
    if worker.name not in rows:
        return "failed" if worker.plays(cell.pattern, cell.transport) else ""
    figures = rows[worker.name]
    text = short(chief(cell, figures))
    if figures.get("lost", 0) >= 0.005:
        text += f", lost {figures['lost']:.0%}"
    standing = page.standing(worker, cell, rows) if worker.ours else None
    if standing is None:
        return text
    times = f"{standing[0]:.2f}×"
    return f"{text} ({f'**{times}**' if standing[0] >= 1 else times})"


def _cost(worker: Worker, cell: Cell, rows: dict[str, Figures]) -> str:
    if worker.name not in rows:
        return ""
    figures = rows[worker.name]
    return f"{spread(figures):.0%}, {figures['processor']:.2f} s"


def _memory(page: Page) -> None:
    memory = page.results["memory"]
    page.add("## Memory of an open connection")
    page.add(
        "KiB resident a connection, 1,000 of them on one PULL socket: idle, and after one message",
        "of 64 B each.",
    )
    ordered = sorted(memory, key=lambda name: memory[name]["idle"])
    page.table(
        ["", "idle", "used"],
        [[n, f"{memory[n]['idle']:.1f}", f"{memory[n]['used']:.1f}"] for n in ordered],
    )


def _explain(page: Page) -> None:
    results = page.results
    page.add(
        "## Method",
        "",
        METHOD.rstrip(),
        "",
        f"Runs a cell: {results['runs']}, of about {results['seconds']} seconds each.",
    )
    page.add("## The machine")
    page.add(*(f"- {value}" for value in results["machine"]))
    loads = " and ".join(f"{load:.1f}" for load in results["loads"])
    page.add(f"Load average before and after: {loads}. All traffic stays on the machine.")
    if results["notes"]:
        page.add("## Not measured, or not wholly")
        page.add(*(f"- {note}" for note in results["notes"]))
    page.add("## To repeat it")
    page.add(
        "    tests/bench/run            # all of it; writes this page",
        "    tests/bench/run --quick    # the key cells, in about a minute",
    )
    page.add(
        "It says what it installs before it does, and puts the peers into `.build/bench`.",
        "`tests/bench/README.md` has the rest.",
    )
