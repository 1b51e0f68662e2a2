"""Holds document 000 (tests/documents/nnmsg.txt) against nnmsg in Python, Lua and Node.

Run by tests/run with the modules importable. Reads the document, prints a table of its functions,
properties and constants beside what each language has, and fails when one is missing or a constant
has another value. `--table` prints every row, otherwise only what differs and the counts.
"""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys

from sockery import nnmsg

TOP = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = TOP / "tests" / "documents" / "nnmsg.txt"
#: As many rows as the document has, so that a change of its form cannot hide any.
ROWS = {"module": 9, "form": 11, "socket": 20, "constant": 121}

LUA = """
local nnmsg = require "sockery.nnmsg"
local sock = nnmsg.socket.pair()
sock:bind("inproc://document")
local function says(kind, name, value)
  local callable = type(value) == "function" or type(value) == "table"
  print(kind, name, type(value) == "nil" and "missing" or callable and "function" or value)
end
for line in io.lines() do
  local kind, name = line:match("(%S+) (%S+)")
  if kind == "socket" then
    says(kind, name, sock[name])
  else
    says(kind, name, (kind == "form" and nnmsg.socket or nnmsg)[name])
  end
end
"""

NODE = """
const nnmsg = require('sockery/nnmsg');
const sock = nnmsg.socket.pair();
sock.bind('inproc://document');
for (const line of require('fs').readFileSync(0, 'utf8').trim().split('\\n')) {
  const [kind, name] = line.split(' ');
  const value = ({ socket: sock, form: nnmsg.socket }[kind] ?? nnmsg)[name];
  const shown = value === undefined ? 'missing' : typeof value === 'function' ? 'function' : value;
  console.log([kind, name, shown].join('\\t'));
}
sock.close();
"""


def document() -> list[tuple[str, str, int | None]]:
    """What the document names: (what it is, name, value of a constant)."""
    text = DOCUMENT.read_bytes().decode("utf-8", "replace").replace("\\", "")
    rows: dict[tuple[str, str], int | None] = {}
    for line in text.splitlines():
        if found := re.match(r"### nnmsg\.socket\.(\w+)", line):
            rows["form", found[1]] = None
        elif found := re.match(r"### nnmsg\.(\w+)", line):
            rows["module", found[1]] = None
        elif found := re.match(r"### nnSocketObject\.(\w+)", line):
            rows["socket", found[1]] = None
        elif found := re.match(r"(_\w+)=(-?\w+)\s*$", line):
            rows["constant", found[1]] = int(found[2], 0)
    return [(kind, name, value) for (kind, name), value in rows.items()]


def python(rows: list[tuple[str, str, int | None]]) -> dict[tuple[str, str], str]:
    sock = nnmsg.socket.pair()
    sock.bind("inproc://document")
    owners = {"socket": sock, "form": nnmsg.socket}
    found = {}
    for kind, name, _ in rows:
        value = getattr(owners.get(kind, nnmsg), name, None)
        found[kind, name] = (
            "missing" if value is None else "function" if callable(value) else str(value)
        )
    sock.close()
    return found


def asked(
    command: list[str], rows: list[tuple[str, str, int | None]]
) -> dict[tuple[str, str], str]:
    lines = "".join(f"{kind} {name}\n" for kind, name, _ in rows)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]}: {done.stderr}")
    answers = (line.split("\t") for line in done.stdout.splitlines())
    return {(kind, name): value for kind, name, value in answers}


def main() -> int:
    rows = document()
    counts = {kind: sum(row[0] == kind for row in rows) for kind in ROWS}
    wrong = [kind for kind in ROWS if counts[kind] != ROWS[kind]]
    faults = [f"{kind}: {counts[kind]} rows, not {ROWS[kind]}" for kind in wrong]
    languages = {
        "Python": python(rows),
        "Lua": asked(["lua5.4", "-e", LUA], rows),
        "Node": asked(["node", "-e", NODE], rows),
    }
    for kind, name, value in rows:
        cells = [found.get((kind, name), "missing") for found in languages.values()]
        wanted = None if value is None else str(value)
        good = all(cell != "missing" if wanted is None else cell == wanted for cell in cells)
        if "--table" in sys.argv or not good:
            document_has = name if wanted is None else f"{name} = {wanted}"
            print(f"| {kind} | {document_has} | " + " | ".join(cells) + " |")
        if not good:
            faults.append(f"{kind} {name}: " + json.dumps(dict(zip(languages, cells))))
    print(f"document 000: {len(rows)} rows, {len(faults)} of them missing or different")
    print(*faults, sep="\n", end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
