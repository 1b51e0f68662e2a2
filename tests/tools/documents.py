"""Holds document 000 (tests/documents/nnmsg.txt) against nnmsg, 001 (zmq.txt) and 002 (libzmq.txt) against
zmq, and 003 (socketcore.txt) against socketcore and rtos, in Python, Lua and Node.

Run by tests/run with the modules importable. Reads the documents, prints a table of their functions,
properties and constants beside what each language has, and fails when one is missing, or when a constant
has another value than the document or than in another language. `--table` prints every row, otherwise
only what differs and the counts. names.py has the names of 002, promises.py the sentences of 001 and 002
with what shows them; options.py sets the options beside those of libzmq's header, which `--options` prints.
"""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys

import names
import options
import promises
from sockery import nnmsg, rtos, socketcore, zmq

DOCUMENTS = pathlib.Path(__file__).resolve().parents[1] / "documents"
#: As many rows as each document has, so that a change of its form cannot hide any.
ROWS = {
    "000": {"module": 9, "form": 11, "socket": 20, "constant": 121},
    "001": {"type": 11, "class": 1},
    "003": {"socketcore": 6, "setting": 7, "rtos": 1},
}
#: What kind of row the names are of that have a number.
NUMBERS = ("constant", "setting", "type")

Row = tuple[str, str, "int | None"]

LUA = """
local nnmsg, socketcore = require "sockery.nnmsg", require "sockery.socketcore"
local zmq = require "sockery.zmq"
local sock = nnmsg.socket.pair()
sock:bind("inproc://document")
local owners = {
  module = nnmsg, constant = nnmsg, form = nnmsg.socket, socket = sock,
  socketcore = socketcore, setting = socketcore, rtos = require "sockery.rtos", type = zmq, class = zmq,
}
for line in io.lines() do
  local kind, name = line:match("(%S+) (%S+)")
  local value = owners[kind][name]
  local callable = type(value) == "function" or type(value) == "table"
  print(kind, name, type(value) == "nil" and "missing" or callable and "function" or value)
end
"""

NODE = """
const nnmsg = require('sockery/nnmsg');
const socketcore = require('sockery/socketcore');
const zmq = require('sockery/zmq');
const sock = nnmsg.socket.pair();
sock.bind('inproc://document');
const owners = {
  module: nnmsg, constant: nnmsg, form: nnmsg.socket, socket: sock,
  socketcore, setting: socketcore, rtos: require('sockery/rtos'), type: zmq, class: zmq,
};
for (const line of require('fs').readFileSync(0, 'utf8').trim().split('\\n')) {
  const [kind, name] = line.split(' ');
  const value = owners[kind][name];
  const shown = value === undefined ? 'missing' : typeof value === 'function' ? 'function' : value;
  console.log([kind, name, shown].join('\\t'));
}
sock.close();
"""


def nnmsg_rows() -> list[Row]:
    """What document 000 names: (what it is, name, value of a constant)."""
    text = (DOCUMENTS / "nnmsg.txt").read_bytes().decode("utf-8", "replace").replace("\\", "")
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


def zmq_rows() -> list[Row]:
    """What document 001 names. It gives no numbers for its constants."""
    text = (DOCUMENTS / "zmq.txt").read_text()
    types = sorted(set(re.findall(r"`public const (\w+)`", text)))
    classes = sorted(set(re.findall(r"ZmqSocket new\W+`(\w+)\(\)`", text)))
    rows: list[Row] = [("type", name, None) for name in types]
    return rows + [("class", name, None) for name in classes]


def socketcore_rows() -> list[Row]:
    """What document 003 names. It gives no numbers for its constants.

    Its last section is a table so narrow that words are broken in it: without the lines and gaps of that
    table they are whole again, but run into what follows.
    """
    text = (DOCUMENTS / "socketcore.txt").read_text()
    whole = re.sub(r"[\s|\\`+=~–—-]+", "", text)
    names = set(re.findall(r"socketcore\.(sock_[a-z_]+?)\(", whole))
    settings = set(re.findall(r"socketcore\.((?:SOL|IPPROTO|SO|TCP)_(?:[A-Z]+_)?(?:[A-Z]+))", whole))
    rows: list[Row] = [("socketcore", name, None) for name in sorted(names)]
    rows += [("setting", name, None) for name in sorted(settings)]
    return rows + [("rtos", name, None) for name in sorted(set(re.findall(r"rtos\.([a-z]+)\(", whole)))]


def python(rows: list[Row]) -> dict[tuple[str, str], str]:
    sock = nnmsg.socket.pair()
    sock.bind("inproc://document")
    owners = {"socket": sock, "form": nnmsg.socket, "socketcore": socketcore, "setting": socketcore}
    owners |= {"rtos": rtos, "type": zmq, "class": zmq}
    found = {}
    for kind, name, _ in rows:
        value = getattr(owners.get(kind, nnmsg), name, None)
        found[kind, name] = shown(value)
    sock.close()
    return found


def shown(value: object) -> str:
    if value is None:
        return "missing"
    if callable(value):
        return "function"
    return str(int(value)) if isinstance(value, int) else str(value)


def asked(command: list[str], rows: list[Row]) -> dict[tuple[str, str], str]:
    lines = "".join(f"{kind} {name}\n" for kind, name, _ in rows)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]}: {done.stderr}")
    answers = (line.split("\t") for line in done.stdout.splitlines())
    return {(kind, name): value for kind, name, value in answers}


def compare(document: str, rows: list[Row]) -> list[str]:
    """Prints the table of a document; gives what is wrong."""
    wanted_counts = ROWS[document]
    counts = {kind: sum(row[0] == kind for row in rows) for kind in wanted_counts}
    faults = [
        f"{kind}: {counts[kind]} rows, not {count}"
        for kind, count in wanted_counts.items()
        if counts[kind] != count
    ]
    languages = {
        "Python": python(rows),
        "Lua": asked(["lua5.4", "-e", LUA], rows),
        "Node": asked(["node", "-e", NODE], rows),
    }
    for kind, name, value in rows:
        cells = [found.get((kind, name), "missing") for found in languages.values()]
        wanted = cells[0] if value is None and kind in NUMBERS else value
        if wanted is None:
            good = "missing" not in cells
        else:
            good = all(cell == str(wanted) and cell.lstrip("-").isdigit() for cell in cells)
        if "--table" in sys.argv or not good:
            document_has = name if value is None else f"{name} = {value}"
            print(f"| {kind} | {document_has} | " + " | ".join(cells) + " |")
        if not good:
            faults.append(f"{kind} {name}: " + json.dumps(dict(zip(languages, cells))))
    print(f"document {document}: {len(rows)} rows, {len(faults)} of them missing or different")
    return faults


def main() -> int:
    if "--options" in sys.argv:
        options.show()
        return 0
    faults = compare("000", nnmsg_rows()) + compare("001", zmq_rows()) + names.check()
    faults += compare("003", socketcore_rows())
    faults += promises.check("zmq") + promises.check("libzmq") + options.check()
    print(*faults, sep="\n", end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
