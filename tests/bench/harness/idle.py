"""Idle: what an open connection costs in memory. The harness itself speaks both handshakes."""

from __future__ import annotations

import contextlib
import re
import socket
import time

from measure import endpoint
from process import Process
from workers import Worker

CONNECTIONS = 1000
PATIENCE = 40
SETTLE = 0.5  # seconds that a worker gets until its memory is looked at

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x04\x1a\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH"
SP_PUSH = b"\0SP\0\0\x50\0\0"
BODY = b"x" * 64


def _resident(pid: int) -> int:
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        return int(re.search(r"^Rss:\s+(\d+)", rollup.read(), re.M)[1])


def _read(sock: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        some = sock.recv(size - len(got))
        if not some:
            raise RuntimeError("the worker closed in the handshake")
        got += some
    return got


def _shake_hands(sock: socket.socket, wire: str) -> None:
    if wire == "sp":
        sock.sendall(SP_PUSH)
        _read(sock, len(SP_PUSH))
        return
    sock.sendall(GREETING)
    _read(sock, len(GREETING))
    sock.sendall(READY)
    _read(sock, _read(sock, 2)[1])


def _frame(wire: str) -> bytes:
    head = b"\0" + bytes([len(BODY)]) if wire == "zmtp" else len(BODY).to_bytes(8, "big")
    return head + BODY


def idle(worker: Worker) -> dict[str, float]:
    """KiB a connection: `idle`, and `used` after one message each."""
    deadline = time.monotonic() + PATIENCE
    with endpoint("tcp") as url, contextlib.ExitStack() as stack:
        process = stack.enter_context(Process(worker, deadline, "idle", url, len(BODY), 0))
        process.ready()
        time.sleep(SETTLE)
        before = _resident(process.pid)
        port = int(url.rpartition(":")[2])
        socks = []
        for _ in range(CONNECTIONS):
            sock = socket.create_connection(("127.0.0.1", port), timeout=5)
            socks.append(stack.enter_context(sock))
            _shake_hands(sock, worker.wire)
        time.sleep(SETTLE)
        connected = _resident(process.pid)
        for sock in socks:
            sock.sendall(_frame(worker.wire))
        time.sleep(SETTLE)
        used = _resident(process.pid)
    return {"idle": (connected - before) / CONNECTIONS, "used": (used - before) / CONNECTIONS}
