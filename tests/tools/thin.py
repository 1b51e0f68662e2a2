"""Holds the bindings to being thin: their lines of Rust beside core's, and no number of a table.

Run by tests/run with the modules importable: the tables come from the engine itself.
"""

from __future__ import annotations

import pathlib
import re
import sys

from sockery import _sockery

TOP = pathlib.Path(__file__).resolve().parents[2]
BINDINGS = ("bindings-python", "bindings-lua", "bindings-node")
#: Small numbers mean too many things (a count, an index, a shift) to tell a constant by.
LEAST = 32
NUMBER = re.compile(r"(?<![\w.])(0x[0-9a-fA-F_]+|[0-9][0-9_]*)(?:[iu](?:8|16|32|64|size))?(?![\w.])")


def rust_files(folder: str) -> list[pathlib.Path]:
    return sorted((TOP / folder / "src").rglob("*.rs"))


def lines(files: list[pathlib.Path]) -> int:
    return sum(len(path.read_text().splitlines()) for path in files)


def table_numbers() -> dict[int, str]:
    numbers: dict[int, str] = {}
    for dialect in ("sp", "zmtp"):
        for name, value in dict(_sockery.constants(dialect)).items():
            # Powers of two, the monitor's events, are sizes just as well.
            if value >= LEAST and value & (value - 1):
                numbers.setdefault(value, name)
    return numbers


def literals(path: pathlib.Path) -> list[tuple[int, int]]:
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        code = re.sub(r'"(?:\\.|[^"\\])*"', '""', line.split("//")[0])
        for match in NUMBER.finditer(code):
            found.append((number, int(match[1].replace("_", ""), 0)))
    return found


def main() -> int:
    core = lines(rust_files("core"))
    print(f"core             {core:6} lines of Rust")
    numbers = table_numbers()
    faults = []
    for binding in BINDINGS:
        files = rust_files(binding)
        count = lines(files)
        print(f"{binding:16} {count:6} lines of Rust, {100 * count / core:.1f}% of core")
        for path in files:
            for line, value in literals(path):
                if value in numbers:
                    faults.append(f"{path.relative_to(TOP)}:{line}: {value} is {numbers[value]}")
    print(*faults, sep="\n", end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
