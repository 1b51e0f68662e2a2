"""The roles of the worker protocol for asyncio.

`play(open_socket)` wants what `roles.play` wants, but `send` and `recv` are awaited.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

from stdio import PAIRS, Job, line_waits, now, say, skip_line, wait_for_end


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


ROLES = {role.__name__: role for role in (pull, push, req, rep, pub, sub, idle)}


async def alone(job: Job, open_socket: Callable) -> None:
    sock = open_socket(job.kind, job.binds, job.url)
    if job.binds:
        say("READY")
    await ROLES[job.role](job, sock)
    await end()
    if job.tells:
        job.tell_processor()


async def both(job: Job, open_socket: Callable) -> None:
    """The pair in one loop, the other half in a task.

    Both sockets are held here: one that is let go of closes, and drops what is unsent.
    """
    here, there = PAIRS[job.role]
    sock = open_socket(here, True, job.url)
    other = open_socket(there, False, job.url)
    task = asyncio.create_task(ROLES[there](job, other))
    await ROLES[here](job, sock)
    await task
    await end()


async def end() -> None:
    await asyncio.get_running_loop().run_in_executor(None, wait_for_end)


def play(open_socket: Callable[[str, bool, str], Any]) -> None:
    """Plays the role that the command line names, to its end; nothing is closed after it."""
    job = Job()
    asyncio.run((both if job.role in PAIRS else alone)(job, open_socket))
    os._exit(0)
