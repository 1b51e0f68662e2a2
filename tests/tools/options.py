"""The options of `zmq` beside those of libzmq's header: no name missing, none with another number.

Called by documents.py; `--options` prints the whole table. libzmq's numbers, the drafts' too, are those that
pyzmq's enums have of its header, read in a process of its own. Ours come from the engine's table, which
the runner prints; what cannot be done is tried, to show how it is refused.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import NamedTuple

from sockery import zmq

TESTS = pathlib.Path(__file__).resolve().parents[1]
#: From here on numbers are ours and not libzmq's.
OURS = 10_000
THEIRS = """
import json, zmq.constants as constants
enums = (constants.SocketOption, constants.ContextOption)
members = [{name: int(value) for name, value in enum.__members__.items()} for enum in enums]
print(json.dumps(members))
"""
#: What zmq.h has and pyzmq leaves out: contexts' options.
LEFT_OUT = {"BLOCKY": 70}


class Option(NamedTuple):
    """A row of the engine's table."""

    names: str
    number: str
    kind: str
    range: str
    default: str
    access: str
    scope: str
    kinds: str
    lacks: str

    @property
    def of_context(self) -> bool:
        return self.scope == "context"


def ours() -> list[Option]:
    built = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", TESTS.parent / "target"))
    command = [built / "try" / "sockery-tests", "--options"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [Option(*line.split("\t")) for line in done.stdout.splitlines()]


def theirs() -> list[dict[str, int]]:
    """libzmq's options of sockets, and those of contexts."""
    done = subprocess.run([sys.executable, "-c", THEIRS], capture_output=True, text=True, check=True)
    sockets, contexts = json.loads(done.stdout)
    return [sockets, contexts | LEFT_OUT]


#: Values of bytes and texts that must be of a form; of others any do.
FORMS = {
    "CURVE_PUBLICKEY": b"k" * 32,
    "CURVE_SECRETKEY": b"k" * 32,
    "CURVE_SERVERKEY": b"k" * 32,
    "METADATA": b"X-name:value",
    "TCP_ACCEPT_FILTER": b"10.0.0.0/8",
}
#: What must have been set before, to the same value, so that an option has something to take back.
BEFORE = {"THREAD_AFFINITY_CPU_REMOVE": zmq.THREAD_AFFINITY_CPU_ADD}


def value_of(option: Option) -> int | bytes:
    """What to set an option to: its default where it is there, something else where it is not."""
    if option.kind in ("bytes", "text"):
        return FORMS.get(option.names.split()[0], b"x")
    default = int(option.default)
    if not option.lacks:
        return default
    return 1 - default if option.kind == "bool" else 2 if default == 1 else 1


def tried(option: Option) -> str:
    """By setting and reading it: supported, or how it is refused; or that no type is there to have it."""
    kind = option.kinds.split()[0] if option.kinds else "DEALER"
    with zmq.Context() as context:
        try:
            opened = context.socket(getattr(zmq, kind))
        except zmq.ZMQError:
            return f"missing: there is no {kind} yet"
        try:
            with opened as sock:
                target = context if option.of_context else sock
                if option.names in BEFORE:
                    target.set(BEFORE[option.names], value_of(option))
                if "write" in option.access:
                    target.set(int(option.number), value_of(option))
                if "read" in option.access:
                    target.get(int(option.number))
        except zmq.ZMQError as error:
            return f"refused: {error.name}: {error}"
    return "supported"


def known_as(option: Option, name: str) -> str:
    """libzmq's number of an option, and its name there if that is another of ours."""
    numbers = THEIR_NUMBERS[option.of_context]
    if name in numbers:
        return str(numbers[name])
    others = (f"{numbers[other]} as {other}" for other in option.names.split() if other in numbers)
    return next(others, "none")


def rows() -> list[tuple[str, ...]]:
    """Every option: name, our number, theirs, type, range, default, access, scope, kinds, how it is."""
    found = []
    for option in ours():
        state = tried(option)
        for name in option.names.split():
            columns = (name, option.number, known_as(option, name), *option[2:7])
            found.append((*columns, option.kinds or "all", state))
    return found


THEIR_NUMBERS = theirs()
HEAD = ("name", "ours", "libzmq", "type", "range", "default", "access", "of", "kinds", "state")


def show() -> None:
    for row in (HEAD, ("---",) * len(HEAD), *rows()):
        print("| " + " | ".join(row) + " |")


def check() -> list[str]:
    """Prints the counts; gives what is wrong."""
    table = rows()
    lacking = {name: option.lacks for option in ours() for name in option.names.split()}
    faults = []
    for name, own, known, *rest in table:
        state = rest[-1]
        if known == "none" and int(own) < OURS:
            faults.append(f"option {name}: libzmq has none of this name, and {own} may become another's")
        elif known.split()[0] not in ("none", own):
            faults.append(f"option {name}: {own}, and not {known} in libzmq")
        if state.startswith("refused") and not state.startswith("refused: ENOTSUP: "):
            faults.append(f"option {name}: {state}")
        if state == "supported" and lacking.get(name):
            faults.append(f"option {name}: taken, without {lacking[name]}")
    named = {row[0] for row in table}
    missing = [name for numbers in THEIR_NUMBERS for name in numbers if name not in named]
    faults += [f"option {name}: missing" for name in missing]
    refused = sum(row[-1].startswith("refused") for row in table)
    waiting = sum(row[-1].startswith("missing") for row in table)
    count = sum(map(len, THEIR_NUMBERS))
    print(
        f"options: {len(table)} names, {count} of libzmq's header, {len(missing)} of those missing, "
        f"{len(table) - refused - waiting} supported, {refused} refused in words, {waiting} of types that are not there yet"
    )
    return faults
