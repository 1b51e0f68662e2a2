"""Counts the instructions of each cell under callgrind and holds them against counts.txt.

Run by `tests/run bench-counts`, which builds the cells first; README.md says what is counted.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUDGETS = HERE / "counts.txt"
#: How far a count may be off its budget: other compilers and C libraries differ by less.
SLACK = 0.10
#: Seconds that a cell may take; it takes about one.
PATIENCE = 60
#: The C library copies long pieces by one string instruction, and callgrind counts that once a byte.
TUNABLES = "glibc.cpu.hwcaps=-ERMS,-FSRM"


class Cells:
    """The program that has the cells, and how it is run."""

    def __init__(self, program: pathlib.Path, folder: pathlib.Path) -> None:
        self.program, self.folder = program, folder
        self.clock = folder / "clock.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", self.clock, HERE / "clock.c"], check=True)

    def names(self) -> list[str]:
        return subprocess.run([self.program], check=True, capture_output=True, text=True).stdout.split()

    def run(self, name: str) -> tuple[int, pathlib.Path]:
        """How many operations were counted, and callgrind's file of them."""
        profile = self.folder / name.replace("/", "-")
        command = ["valgrind", "--tool=callgrind", "--toggle-collect=*::metered", f"--callgrind-out-file={profile}"]
        # Whoever waits does not watch first: whether that pays, and is tried, is the machine's matter.
        steady = {"LD_PRELOAD": str(self.clock), "GLIBC_TUNABLES": TUNABLES, "SOCKERY_WATCH_US": "0"}
        environment = os.environ | steady
        done = subprocess.run(
            [*command, self.program, name], env=environment, capture_output=True, text=True, timeout=PATIENCE
        )
        if done.returncode != 0:
            raise RuntimeError(f"{name} failed:\n{done.stderr}")
        return int(done.stdout), profile

    def count(self, name: str) -> float:
        """Instructions an operation."""
        operations, profile = self.run(name)
        total = int(re.search(r"^totals: (\d+)", profile.read_text(), re.MULTILINE)[1])
        if not total or not operations:
            raise RuntimeError(f"{name}: nothing was counted")
        return total / operations

    def where(self, name: str) -> str:
        """The functions that a cell's instructions are in, with how many an operation takes in each."""
        operations, profile = self.run(name)
        command = ["callgrind_annotate", "--auto=no", profile]
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows = re.findall(r"^ *([\d,]+) \([ \d.]+%\)  (.+?)(?: \[.*)?$", shown, re.MULTILINE)
        per_operation = ((int(total.replace(",", "")) / operations, what) for total, what in rows)
        return "\n".join(f"{count:9.1f}  {what.removeprefix('???:')}" for count, what in per_operation)


def read_budgets() -> dict[str, int]:
    lines = BUDGETS.read_text().splitlines() if BUDGETS.exists() else []
    rows = (line.split() for line in lines if line and not line.startswith("#"))
    return {name: int(budget) for name, budget in rows}


def write_budgets(counts: dict[str, float]) -> None:
    head = [line for line in BUDGETS.read_text().splitlines() if line.startswith("#")]
    rows = [f"{name:24} {round(count):7}" for name, count in counts.items()]
    BUDGETS.write_text("\n".join([*head, *rows, ""]))


def verdict(count: float | None, budget: int | None) -> tuple[bool, str]:
    """Whether a count is within its budget, and what to say of it."""
    if count is None:
        return False, "no such cell: take its row out"
    if budget is None:
        return False, "no budget: --write gives it one"
    if count > budget * (1 + SLACK):
        return False, "OVER its budget"
    if count < budget * (1 - SLACK):
        return True, "well under its budget: --write lowers it"
    return True, ""


def show(counts: dict[str, float], budgets: dict[str, int]) -> int:
    """Prints the table; how many rows failed."""
    print(f"{'instructions an operation':26}{'count':>8}{'budget':>8}{'':>9}")
    failed = 0
    names = [*counts, *(name for name in budgets if name not in counts)]
    for name in names:
        count, budget = counts.get(name), budgets.get(name)
        passed, remark = verdict(count, budget)
        failed += not passed
        difference = f"{count / budget - 1:+.1%}" if count and budget else ""
        numbers = ["" if number is None else str(round(number)) for number in (count, budget)]
        print(f"{name:26}{numbers[0]:>8}{numbers[1]:>8}{difference:>9}  {remark}".rstrip())
    print(f"{len(names) - failed} passed, {failed} failed")
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path, help="the built sockery-counts")
    parser.add_argument("--write", action="store_true", help="makes the counts the new budgets")
    parser.add_argument("--where", metavar="CELL", help="only shows the functions that a cell's instructions are in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cells = Cells(options.program, pathlib.Path(folder))
        if options.where:
            print(cells.where(options.where))
            return 0
        names = cells.names()
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            counts = dict(zip(names, pool.map(cells.count, names)))
    if options.write:
        write_budgets(counts)
    return 1 if show(counts, read_budgets()) else 0


if __name__ == "__main__":
    sys.exit(main())
