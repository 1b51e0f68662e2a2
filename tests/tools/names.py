"""Holds the names of libzmq that document 002 has against `zmq` of Python, Lua and Node.

Called by documents.py. The document has C's names, and each language its own: tests/documents/
libzmq-names.txt says which, as an expression that must give something. Constants must be the same number
everywhere, and properties what a message tells of a peer that is made here. A name of the document that
is not in the table is a fault, and so is one that gives nothing.
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
#: Of the peer whose message `received` is: a DEALER with the routing id `me`, over tcp.
PROPERTIES = {"PEER_ADDRESS": "127.0.0.1", "Routing-Id": "me", "Socket-Type": "DEALER"}

LUA = """
local zmq = require "sockery.zmq"
local context = zmq.context()
local options = { linger = 0, rcvtimeo = 10000, sndtimeo = 10000 }
local listener, sender = context:socket(zmq.DEALER, options), context:socket(zmq.DEALER, options)
assert(listener:bind("tcp://127.0.0.1:*"))
assert(sender:set_identity("me"))
assert(sender:connect(listener:get_last_endpoint()))
assert(sender:send("text"))
local scope = {
  zmq = zmq, context = context, socket = context:socket(zmq.PAIR), poller = zmq.poller(),
  message = zmq.msg_init_data("text"), received = assert(listener:recv_new_msg()),
  error = zmq.error(zmq.EAGAIN),
}
for line in io.lines() do
  local chunk = assert(load("return " .. line, line, "t", scope))
  local value = chunk()
  print((type(value) == "number" or type(value) == "string") and value or type(value))
end
"""

NODE = """
const zmq = require('sockery/zmq');
const { context } = zmq;
const socket = new zmq.Pair();
const message = Buffer.from('text');
const error = Object.assign(new Error('x'), { errno: zmq.EAGAIN });
async function main() {
  const listener = new zmq.Dealer({ receiveTimeout: 10000 });
  const sender = new zmq.Dealer({ routingId: 'me', sendTimeout: 10000 });
  await listener.bind('tcp://127.0.0.1:*');
  sender.connect(listener.lastEndpoint);
  await sender.send('text');
  const received = await listener.receiveMessage();
  for (const line of require('fs').readFileSync(0, 'utf8').trim().split('\\n')) {
    const value = eval(line);
    const shown = typeof value === 'number' || typeof value === 'string';
    console.log(shown ? value : value == null ? 'nil' : typeof value);
  }
  for (const each of [socket, listener, sender]) each.close();
}
main();
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
    return not cell.startswith(("own: ", "none: ", "missing: "))


def python(expressions: list[str]) -> list[str]:
    context = zmq.Context()
    scope: dict[str, Any] = {"zmq": zmq, "context": context, "socket": context.socket(zmq.PAIR)}
    scope |= {"poller": zmq.Poller(), "message": zmq.Frame(b"text"), "error": zmq.Again()}
    scope["received"] = received(context)
    values = [eval(expression, {}, scope) for expression in expressions]  # noqa: S307
    context.destroy(0)
    return [shown(value) for value in values]


def received(context: zmq.Context) -> zmq.Frame:
    """A message of the peer that PROPERTIES are of."""
    listener, sender = context.socket(zmq.DEALER), context.socket(zmq.DEALER)
    listener.rcvtimeo = sender.sndtimeo = 10_000
    listener.bind("tcp://127.0.0.1:*")
    sender.routing_id = b"me"
    sender.connect(listener.last_endpoint.decode())
    sender.send(b"text")
    return listener.recv(copy=False)


def shown(value: object) -> str:
    if isinstance(value, int):
        return str(int(value))
    return value if isinstance(value, str) else type(value).__name__


def asked(command: list[str], expressions: list[str]) -> list[str]:
    lines = "".join(f"{expression}\n" for expression in expressions)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]}: {done.stderr}")
    return done.stdout.splitlines()


def answers(language: int, ask: Any) -> dict[str, str]:
    """What each name is in a language: a number, a type, or the words of its cell."""
    told = {row[0]: row[1 + language] for row in table()}
    asking = [name for name, cell in told.items() if is_expression(cell)]
    told.update(zip(asking, ask([told[name] for name in asking])))
    return told


def is_wrong(name: str, cells: list[str]) -> bool:
    """Whether a constant is no number or not the same one everywhere, or a property not the peer's."""
    if name in PROPERTIES:
        return set(cells) != {PROPERTIES[name]}
    return name.isupper() and (len(set(cells)) != 1 or not cells[0].lstrip("-").isdigit())


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
    missing = without = 0
    for name in names:
        cells = [column[name] for column in columns]
        lacks = sum(cell.startswith("missing: ") for cell in cells)
        does_without = sum(cell.startswith("none: ") for cell in cells)
        missing, without = missing + lacks, without + does_without
        if not lacks and is_wrong(name, cells):
            faults.append(f"{name}: {cells}")
        faults += [f"{name}: gives nothing" for cell in cells if cell in ("nil", "NoneType")]
        if lacks or does_without or "--table" in sys.argv:
            print(f"| {name} | " + " | ".join(cells) + " |")
    print(
        f"document 002: {len(names)} names, {missing} cells of {3 * len(names)} missing, "
        f"{without} that a language does without"
    )
    return [f"document 002: {fault}" for fault in faults]
