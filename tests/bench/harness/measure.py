"""Measure: one run of one worker in one cell."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import time

import certificates
from cells import Cell
from process import Process
from workers import Worker


@contextlib.contextmanager
def endpoint(transport: str):
    """A free address."""
    if transport == "tls+tcp":
        certificates.make()
    if transport in ("tcp", "ws", "tls+tcp"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        yield f"{transport}://127.0.0.1:{port}"
    elif transport == "ipc":
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield f"ipc://{folder}/s"
    else:
        yield f"inproc://bench-{os.getpid()}"


def measure(worker: Worker, cell: Cell, count: int, patience: float) -> dict[str, float]:
    """Runs it, for at most `patience` seconds.

    Gives `rate` (messages a second), `seconds`, `processor` (seconds a million messages); of round
    trips `p50` and `p99` (microseconds), of PUB and SUB the share that was `lost`.
    """
    deadline = time.monotonic() + patience

    def start(role: str, url: str) -> Process:
        return Process(worker, deadline, role, url, cell.size, count)

    with endpoint(cell.transport) as url, contextlib.ExitStack() as stack:
        run = lambda role: stack.enter_context(start(role, url))  # noqa: E731
        if cell.transport == "inproc":
            result = run(f"both-{cell.pattern}").result()
        elif cell.pattern == "pushpull":
            result = _one_way(run)
        elif cell.pattern == "reqrep":
            result = _round_trips(run)
        else:
            result = _fan_out(run, cell, count)
    return _figures(result, count)


def _one_way(run) -> dict:
    pull = run("pull")
    pull.ready()
    push = run("push")
    result = pull.result()
    push.end()
    result["cpu"] += push.result()["cpu"]
    return result


def _round_trips(run) -> dict:
    rep = run("rep")
    rep.ready()
    result = run("req").result()
    rep.end()
    result["cpu"] += rep.result()["cpu"]
    return result


def _fan_out(run, cell: Cell, count: int) -> dict:
    pub = run("pub")
    pub.ready()
    subs = [run("sub") for _ in range(cell.subscribers)]
    for sub in subs:
        sub.ready()
    pub.go()
    results = [sub.result() for sub in subs]
    pub.end()
    received = sum(result["n"] for result in results)
    return {
        "n": received,
        "secs": max(result["secs"] for result in results),
        "cpu": pub.result()["cpu"] + sum(result["cpu"] for result in results),
        "lost": 1 - received / (count * cell.subscribers),
    }


def _figures(result: dict, count: int) -> dict[str, float]:
    moved = result["n"] if "lost" in result else count
    figures = {
        "rate": result["n"] / result["secs"],
        "seconds": result["secs"],
        "processor": result["cpu"] / moved * 1e6,
    }
    return figures | {name: result[name] for name in ("p50", "p99", "lost") if name in result}
