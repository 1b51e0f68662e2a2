"""Workers: who is measured. Reads workers.json (ours) and peers.json (the others)."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
from dataclasses import dataclass, field

from cells import TRANSPORTS

BENCH = pathlib.Path(__file__).resolve().parents[1]
TOP = BENCH.parents[1]
BUILD = TOP / ".build" / "bench"

#: The groups in the order of the report, and which of our workers belong to them, by language.
GROUPS = {
    "engine": "Engines, from Rust and C",
    "python": "Python, blocking",
    "asyncio": "Python, asyncio",
    "node": "Node.js",
    "lua": "Lua",
}
LANGUAGES = {"rust": "engine", "lua5.4": "lua", "luajit": "lua"}
#: Where there is a peer that has TLS.
SECURED = ("rust", "python")


@dataclass
class Worker:
    """One row of the tables: a program that speaks the worker protocol."""

    name: str
    cmd: list[str]
    wire: str | None
    group: str
    version: str = ""
    #: Few peers know "ws" and "tls+tcp": those that do say so.
    transports: tuple[str, ...] = ("tcp", "ipc", "inproc")
    roles: str = "pushpull reqrep pubsub idle"
    env: dict[str, str] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    #: The first guess at its rate, against libzmq's in C.
    speed: float = 1.0
    floor: bool = False
    ours: bool = False
    quick: bool = False

    def plays(self, role: str, transport: str) -> bool:
        return role in self.roles.split() and transport in self.transports

    def missing(self) -> str | None:
        """What is not there that it cannot do without."""
        wanted = [*self.needs, *(word for word in self.cmd if "/" in word)]
        for path in wanted:
            if not os.path.exists(path):
                return os.path.relpath(path, TOP)
        return None if shutil.which(self.cmd[0]) else self.cmd[0]


def _words(words: list[str]) -> list[str]:
    """Paths: `./` is this folder, `{bench}` where setup.sh builds and installs."""
    return [
        str(BENCH / word[2:]) if word.startswith("./") else word.replace("{bench}", str(BUILD))
        for word in words
    ]


def _of_ours(language: str) -> tuple[str, ...]:
    return tuple(one for one in TRANSPORTS if one != "tls+tcp" or language in SECURED)


def _worker(row: dict) -> Worker:
    row = dict(row)
    note = row.pop("note", "")
    if note == "project":
        language = row["cmd"][1]
        row |= {"ours": True, "group": LANGUAGES.get(language, language), "transports": _of_ours(language)}
        row["quick"] = language == "rust" or row["wire"] == "zmtp"
        row["version"] = f"sockery, {'ZMTP' if row['wire'] == 'zmtp' else 'SP'}"
    row["cmd"] = _words(row["cmd"])
    row["needs"] = _words(row.get("needs", []))
    row["env"] = {name: _words([value])[0] for name, value in row.get("env", {}).items()}
    return Worker(**row)


def load() -> list[Worker]:
    """All workers, ours first in each group."""
    rows = [
        row
        for name in ("workers.json", "peers.json")
        for row in json.loads((BENCH / name).read_text())
    ]
    order = list(GROUPS)
    return sorted(map(_worker, rows), key=lambda worker: order.index(worker.group))
