"""What every Python worker needs besides sockets: arguments, clocks, and lines of speech."""

from __future__ import annotations

import json
import os
import resource
import select
import sys
from time import perf_counter as now

__all__ = ["PAIRS", "Job", "line_waits", "now", "say", "skip_line", "wait_for_end"]

#: Roles whose kind of socket is not their own name; those that bind; those that end with their
#: processor time; and those that play two in one process, of which the first binds.
KINDS = {"idle": "pull"}
BINDS = {"pull", "rep", "pub", "idle"}
TELLS = {"push", "rep", "pub"}
PAIRS = {"both-pushpull": ("pull", "push"), "both-reqrep": ("req", "rep")}


def say(line: str) -> None:
    print(line, flush=True)


def wait_for_end() -> None:
    sys.stdin.read()


def line_waits() -> bool:
    return bool(select.select([0], [], [], 0)[0])


def skip_line() -> None:
    os.read(0, 64)


def _processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Job:
    """What the harness asked for: `ROLE URL SIZE COUNT`, the last arguments of the command."""

    def __init__(self) -> None:
        self.role, self.url, size, count = sys.argv[-4:]
        self.size, self.count = int(size), int(count)
        self.warm_up = self.count // 10
        self.measured = self.count - self.warm_up
        self.body = b"x" * self.size
        self.kind = KINDS.get(self.role, self.role)
        self.binds = self.role in BINDS
        self.tells = self.role in TELLS
        self._began = _processor()

    def check(self, message: bytes) -> None:
        if len(message) != self.size:
            raise SystemExit(f"received {len(message)} bytes instead of {self.size}")

    def tell(self, messages: int, seconds: float, trips: list[float] | None = None) -> None:
        result = {"n": messages, "secs": seconds, "cpu": _processor() - self._began}
        if trips:
            trips.sort()
            result["p50"] = trips[len(trips) // 2] * 1e6
            result["p99"] = trips[len(trips) * 99 // 100] * 1e6
        say(json.dumps(result))

    def tell_processor(self) -> None:
        say(json.dumps({"cpu": _processor() - self._began}))
