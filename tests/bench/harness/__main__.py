"""The command behind tests/bench/run, which has set up what is measured."""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
import time

import cells
import machine
import matrix
import report
import show
from idle import idle
from workers import BUILD, Worker, load

RESULTS = BUILD / "results.json"
BESIDE = BUILD / "results-beside.json"  # of a run beside busy processes
QUICK = 55  # seconds that --quick may take


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("action", nargs="?", choices=["report"])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cells", type=re.compile)
    parser.add_argument("--peers", type=lambda text: text.split(","))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--beside", type=int, default=0)
    given = parser.parse_args()
    given.seconds = given.seconds or (0.1 if given.quick else 0.4)
    return given


def choose(given: argparse.Namespace, notes: list[str]) -> list[Worker]:
    """The workers that were asked for and are there; why others are not goes into the notes."""
    everybody = load()
    unknown = set(given.peers or ()) - {worker.name for worker in everybody}
    if unknown:
        sys.exit(f"tests/bench/run: no worker is called {', '.join(unknown)}")
    chosen = []
    for worker in everybody:
        if worker.name not in given.peers if given.peers else given.quick and not worker.quick:
            continue
        missing = worker.missing()
        if missing:
            notes.append(f"{worker.name}: not measured, {missing} is missing")
        else:
            chosen.append(worker)
    return chosen


def measure(given: argparse.Namespace, workers: list[Worker]) -> dict[str, list[matrix.Row]]:
    wanted = cells.QUICK if given.quick else cells.ALL
    wanted = [cell for cell in wanted if not given.cells or given.cells.search(cell.name)]
    if given.quick:
        until = time.monotonic() + QUICK
        table = matrix.by_run(wanted, workers, given.runs, given.seconds, until)
    else:
        table = matrix.by_cell(wanted, workers, given.runs, given.seconds)
    done = {}
    for cell, rows in table:
        show.show(cell, rows)
        done[cell.name] = rows
    return done


def measure_memory(workers: list[Worker], notes: list[str]) -> dict[str, dict[str, float]]:
    memory = {}
    for worker in workers:
        if worker.plays("idle", "tcp"):
            try:
                memory[worker.name] = idle(worker)
            except Exception as failure:
                notes.append(f"{worker.name}: memory not measured, {failure}")
    show.show_idle(memory)
    return memory


def record(
    given: argparse.Namespace, rows: dict, memory: dict, notes: list[str], loads: list
) -> dict:
    failures = [
        f"{row.worker.name} failed in {name}, {len(row.failures)} times: {row.failures[-1]}"
        for name, some in rows.items()
        for row in some
        if row.failures
    ]
    return {
        "date": datetime.date.today().isoformat(),
        "runs": given.runs,
        "seconds": given.seconds,
        "beside": given.beside,
        "machine": machine.describe(),
        "loads": loads,
        "cells": {
            name: {row.worker.name: row.figures for row in some if row.figures}
            for name, some in rows.items()
        },
        "memory": memory,
        "notes": notes + failures,
    }


def write_report() -> None:
    """The pages, from the last whole runs: a quiet one, and one beside busy processes if there is any."""
    beside = json.loads(BESIDE.read_text()) if BESIDE.exists() else None
    report.write(json.loads(RESULTS.read_text()), beside)


def main() -> None:
    given = options()
    if given.action == "report":
        write_report()
        return
    began, loads = time.monotonic(), [machine.load()]
    notes = (BUILD / "skipped").read_text().splitlines()
    workers = choose(given, notes)
    whole = not (given.quick or given.cells or given.peers)
    with machine.busy(given.beside):
        rows = measure(given, workers)
        memory = measure_memory(workers, notes) if whole and not given.beside else {}
    loads.append(machine.load())
    results = record(given, rows, memory, notes, loads)
    print("\n" + "\n".join([*results["notes"], f"{time.monotonic() - began:.0f} s"]))
    if whole:
        (BESIDE if given.beside else RESULTS).write_text(json.dumps(results, indent=1))
    if whole and RESULTS.exists():
        write_report()


if __name__ == "__main__":
    main()
