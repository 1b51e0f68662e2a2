"""Show: the tables of a run on the terminal."""

from __future__ import annotations

from cells import Cell
from figures import best, ratio, short, spread
from matrix import Row
from workers import GROUPS


def show(cell: Cell, rows: list[Row]) -> None:
    """One cell: a line a worker, by groups, and how ours stand to the best peer of their group."""
    lost = f"{'lost':>7}" if cell.pattern == "pubsub" else ""
    times = f"{'p50 us':>9}{'p99 us':>9}" if cell.by_time else ""
    print(
        f"\n{cell.name:21}{'msg/s':>10}{'spread':>8}{'cpu s/M':>9}{times}{lost}   to the best peer"
    )
    for group in GROUPS:
        ranked = {row.worker.name: row for row in rows if row.worker.group == group}
        peers = {
            name: row.figures
            for name, row in ranked.items()
            if row.figures and not row.worker.ours and not row.worker.floor
        }
        for name, row in ranked.items():
            print(f"  {name:19}{_line(cell, row, peers)}", flush=True)


def _line(cell: Cell, row: Row, peers: dict) -> str:
    figures = row.figures
    if figures is None:
        return f"failed: {row.failures[-1]}" if row.failures else "no time left for it"
    text = f"{short(figures['rate']):>10}{spread(figures):>8.0%}{figures['processor']:>9.2f}"
    if cell.by_time:
        text += f"{figures['p50']:>9.1f}{figures['p99']:>9.1f}"
    if "lost" in figures:
        text += f"{figures['lost']:>7.0%}"
    rival = best(cell, peers) if row.worker.ours else None
    return f"{text}   {ratio(cell, figures, peers[rival]):.2f} x {rival}" if rival else text


def show_idle(memory: dict[str, dict[str, float]]) -> None:
    print("\nKiB a connection, idle and after one message of 64 B")
    for name, figures in memory.items():
        print(f"  {name:19}{figures['idle']:10.1f}{figures['used']:8.1f}")
