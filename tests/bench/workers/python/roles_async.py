"""The roles of the worker protocol for asyncio.

`play(open_socket)` wants what `roles.play` wants, but `send` and `recv` are awaited.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

from stdio import Job, line_waits, now, say, skip_line, wait_for_end


async def pull(job: Job, sock: Any) -> None:
    for _ in range(job.warm_up):
        await sock.recv()
    began = now()
    for _ in range(job.measured):
        message = await sock.recv()
    job.tell(job.measured, now() - began)
    job.check(message)


async def push(job: Job, sock: Any) -> None:
    for _ in range(job.count):
        await sock.send(job.body)


async def req(job: Job, sock: Any) -> None:
    trips = []
    for number in range(job.count):
        asked = now()
        if number == job.warm_up:
            began = asked
            trips.clear()
        await sock.send(job.body)
        message = await sock.recv()
        trips.append(now() - asked)
    job.tell(job.measured, now() - began, trips)
    job.check(message)


async def rep(job: Job, sock: Any) -> None:
    for _ in range(job.count):
        await sock.send(await sock.recv())


async def pub(job: Job, sock: Any) -> None:
    while not line_waits():
        await sock.send(b"H")
        await asyncio.sleep(0.001)
    skip_line()
    await push(job, sock)
    while not line_waits():
        await asyncio.sleep(0.001)
        await sock.send(b"E")


async def sub(job: Job, sock: Any) -> None:
    await sock.recv()
    say("READY")
    while len(await sock.recv()) != job.size:
        pass
    received, began = 1, now()
    while len(await sock.recv()) == job.size:
        received += 1
    job.tell(received, now() - began)


async def idle(job: Job, sock: Any) -> None:
    pass


#: As `roles.ROLES`.
ROLES: dict[str, tuple[str, Callable, bool, bool]] = {
    "pull": ("pull", pull, True, False),
    "push": ("push", push, False, True),
    "rep": ("rep", rep, True, True),
    "req": ("req", req, False, False),
    "pub": ("pub", pub, True, True),
    "sub": ("sub", sub, False, False),
    "idle": ("pull", idle, True, False),
}
PAIRS = {"both-pushpull": (pull, push), "both-reqrep": (req, rep)}


async def both(job: Job, open_socket: Callable) -> None:
    """The pair in one loop: the first half binds, the other connects in a task."""
    here, there = PAIRS[job.role]
    sock = open_socket(here.__name__, True, job.url)
    other = asyncio.create_task(there(job, open_socket(there.__name__, False, job.url)))
    await here(job, sock)
    await other


async def act(job: Job, open_socket: Callable) -> None:
    if job.role in PAIRS:
        await both(job, open_socket)
        return await end()
    kind, role, binds, tells = ROLES[job.role]
    sock = open_socket(kind, binds, job.url)
    if binds:
        say("READY")
    await role(job, sock)
    await end()
    if tells:
        job.tell_processor()


async def end() -> None:
    await asyncio.get_running_loop().run_in_executor(None, wait_for_end)


def play(open_socket: Callable[[str, bool, str], Any]) -> None:
    """Plays the role that the command line names, to its end; nothing is closed after it."""
    asyncio.run(act(Job(), open_socket))
    os._exit(0)
