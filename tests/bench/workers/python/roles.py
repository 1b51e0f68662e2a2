"""The roles of the worker protocol for blocking sockets.

`play(open_socket)` wants `open_socket(kind, bind, url)`, which gives an object with `send(bytes)`
and `recv()`; kinds are `push`, `pull`, `req`, `rep`, `pub` and `sub`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from time import sleep
from typing import Any

from stdio import PAIRS, Job, line_waits, now, say, skip_line, wait_for_end


def pull(job: Job, sock: Any) -> None:
    recv = sock.recv
    for _ in range(job.warm_up):
        recv()
    began = now()
    for _ in range(job.measured):
        message = recv()
    job.tell(job.measured, now() - began)
    job.check(message)


def push(job: Job, sock: Any) -> None:
    send, body = sock.send, job.body
    for _ in range(job.count):
        send(body)


def req(job: Job, sock: Any) -> None:
    send, recv, body = sock.send, sock.recv, job.body
    trips = []
    for number in range(job.count):
        asked = now()
        if number == job.warm_up:
            began = asked
            trips.clear()
        send(body)
        message = recv()
        trips.append(now() - asked)
    job.tell(job.measured, now() - began, trips)
    job.check(message)


def rep(job: Job, sock: Any) -> None:
    for _ in range(job.count):
        sock.send(sock.recv())


def pub(job: Job, sock: Any) -> None:
    while not line_waits():
        sock.send(b"H")
        sleep(0.001)
    skip_line()
    push(job, sock)
    while not line_waits():
        sleep(0.001)
        sock.send(b"E")


def sub(job: Job, sock: Any) -> None:
    recv, size = sock.recv, job.size
    recv()
    say("READY")
    while len(recv()) != size:
        pass
    received, began = 1, now()
    while len(recv()) == size:
        received += 1
    job.tell(received, now() - began)


def idle(job: Job, sock: Any) -> None:
    pass


ROLES = {role.__name__: role for role in (pull, push, req, rep, pub, sub, idle)}


def alone(job: Job, open_socket: Callable) -> None:
    sock = open_socket(job.kind, job.binds, job.url)
    if job.binds:
        say("READY")
    ROLES[job.role](job, sock)
    wait_for_end()
    if job.tells:
        job.tell_processor()


def both(job: Job, open_socket: Callable) -> None:
    """The pair in one process, the other half in a thread."""
    here, there = PAIRS[job.role]
    sock = open_socket(here, True, job.url)
    other = open_socket(there, False, job.url)
    threading.Thread(target=ROLES[there], args=(job, other), daemon=True).start()
    ROLES[here](job, sock)
    wait_for_end()


def play(open_socket: Callable[[str, bool, str], Any]) -> None:
    """Plays the role that the command line names, to its end; nothing is closed after it."""
    job = Job()
    (both if job.role in PAIRS else alone)(job, open_socket)
    os._exit(0)
