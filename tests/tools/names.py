"""Holds the names of libzmq that document 002 has against `zmq` of Python, Lua and Node.

Called by documents.py. The document has C's names, and each language its own: tests/documents/
libzmq-names.txt says which, as an expression that must give something. Constants must be the same number
everywhere. A name of the document that is not in the table is a fault, and so is one that gives nothing.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
from typing import Any

from sockery import zmq

DOCUMENTS = pathlib.Path(__file__).resolve().parents[1] / "documents"
#: As many names as the document has, so that a change of its form cannot hide any.
NAMES = 53
#: What is written like a name and is none of libzmq's.
OTHERS = set("ACK API IPC PSH RFC TCP UDP ZMTP ZWS".split())

LUA = """
local zmq = require "sockery.zmq"
local context = zmq.context()
local scope = {
  zmq = zmq, context = context, socket = context:socket(zmq.PAIR), poller = zmq.poller(),
  message = "text", error = zmq.error(zmq.EAGAIN),
}
for line in io.lines() do
  local chunk = assert(load("return " .. line, line, "t", scope))
  local value = chunk()
  print(type(value) == "number" and value or type(value))
end
"""

NODE = """
const zmq = require('sockery/zmq');
const { context } = zmq;
const socket = new zmq.Pair();
const message = Buffer.from('text');
const error = Object.assign(new Error('x'), { errno: zmq.EAGAIN });
for (const line of require('fs').readFileSync(0, 'utf8').trim().split('\\n')) {
  const value = eval(line);
  console.log(typeof value === 'number' ? value : value === undefined ? 'nil' : typeof value);
}
socket.close();
"""


def documented() -> set[str]:
    """libzmq's functions, types and constants, and ZMTP's properties, in the document."""
    text = (DOCUMENTS / "libzmq.txt").read_text()
    pattern = r"\b(?:zmq_[a-z_]*[a-z]|ZMQ_[A-Z_]+|[A-Z]{3,}[A-Z_]*|[A-Z][a-z]+-[A-Z][a-z]+)\b"
    return set(re.findall(pattern, text, re.ASCII)) - OTHERS


def table() -> list[list[str]]:
    """The rows of the table: the name and a cell for each language."""
    lines = (DOCUMENTS / "libzmq-names.txt").read_text().splitlines()
    rows = [line.split(" | ") for line in lines if " | " in line and not line.startswith("#")]
    return rows[1:]


def is_expression(cell: str) -> bool:
    return not cell.startswith(("own: ", "missing: "))


def python(expressions: list[str]) -> list[str]:
    context = zmq.Context()
    scope: dict[str, Any] = {"zmq": zmq, "context": context, "socket": context.socket(zmq.PAIR)}
    scope |= {"poller": zmq.Poller(), "message": zmq.Frame(b"text"), "error": zmq.Again()}
    values = [eval(expression, {}, scope) for expression in expressions]  # noqa: S307
    context.destroy(0)
    return [str(int(value)) if isinstance(value, int) else type(value).__name__ for value in values]


def asked(command: list[str], expressions: list[str]) -> list[str]:
    lines = "".join(f"{expression}\n" for expression in expressions)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]}: {done.stderr}")
    return done.stdout.split()


def answers(language: int, ask: Any) -> dict[str, str]:
    """What each name is in a language: a number, a type, or the words of its cell."""
    told = {row[0]: row[1 + language] for row in table()}
    asking = [name for name, cell in told.items() if is_expression(cell)]
    told.update(zip(asking, ask([told[name] for name in asking])))
    return told


def check() -> list[str]:
    """Prints what is missing and the counts; gives what is wrong."""
    names = [row[0] for row in table()]
    faults = [f"not in the table: {name}" for name in sorted(documented() - set(names))]
    faults += [f"not in the document: {name}" for name in sorted(set(names) - documented())]
    if len(names) != NAMES:
        faults.append(f"{len(names)} names, not {NAMES}")
    columns = [
        answers(0, python),
        answers(1, lambda asking: asked(["lua5.4", "-e", LUA], asking)),
        answers(2, lambda asking: asked(["node", "-e", NODE], asking)),
    ]
    missing = 0
    for name in names:
        cells = [column[name] for column in columns]
        lacks = sum(cell.startswith("missing: ") for cell in cells)
        missing += lacks
        numbers = {cell for cell in cells if cell.lstrip("-").isdigit()}
        if name.isupper() and not lacks and (len(numbers) != 1 or numbers & set(cells) != set(cells)):
            faults.append(f"{name}: {cells}")
        faults += [f"{name}: gives nothing" for cell in cells if cell in ("nil", "NoneType")]
        if lacks or "--table" in sys.argv:
            print(f"| {name} | " + " | ".join(cells) + " |")
    print(f"document 002: {len(names)} names, {missing} cells of {3 * len(names)} missing")
    return [f"document 002: {fault}" for fault in faults]
