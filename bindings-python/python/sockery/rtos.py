"""rtos: the messages and timers that go with ``sockery.socketcore``.

>>> from sockery import rtos
>>> rtos.timer_start(7, 1)
1
>>> rtos.receive(rtos.INF_TIMEOUT).timer_id
7
"""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from . import _rtosconstants as _constants
from ._rtosconstants import *  # noqa: F403
from ._sockery import __version__ as _version
from ._station import station as _station

__all__ = [
    "Message",
    "fileno",
    "get_version",
    "poweron",
    "poweron_reason",
    "receive",
    "receive_async",
    "recv",
    "restart",
    "tick",
    "timer_start",
    "timer_stop",
]
__all__ += _constants.__all__

_FOREVER = _constants.INF_TIMEOUT
_TIMEOUT = _constants.WAIT_MSG_TIMEOUT


class Message(NamedTuple):
    """One message; what it does not have is None."""

    #: ``WAIT_MSG_TIMEOUT``, ``MSG_TIMER``, ``MSG_SOCK_CONN_CNF`` ...
    id: int
    socket_index: int | None = None
    #: 0, or 1 where it failed.
    result: int | None = None
    send_len: int | None = None
    recv_len: int | None = None
    timer_id: int | None = None
    #: Ours: the id of a new connection, and where it comes from.
    accept_index: int | None = None
    addr: str | None = None
    #: Ours: why it failed.
    error: str | None = None


def receive(timeout: float) -> Message:
    """The next message; after ``timeout`` milliseconds one whose id is ``WAIT_MSG_TIMEOUT``.
    ``INF_TIMEOUT`` or below 0 waits as long as it takes, 0 not at all."""
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout must be int, not {type(timeout).__name__}")
    fields = _station().receive(-1 if timeout >= _FOREVER else max(-1, int(timeout)))
    return Message(_TIMEOUT) if fields is None else Message(**fields)


#: Document 003's name of ``receive``.
recv = receive


def fileno() -> int:
    """A descriptor that is readable while messages wait: ``loop.add_reader(rtos.fileno(), ...)``."""
    return _station().descriptor()


async def receive_async(timeout: float | None = None) -> Message:
    """``receive`` for asyncio: ``timeout`` in milliseconds, None as long as it takes. One task at a
    time may wait."""
    loop = asyncio.get_running_loop()
    end = None if timeout is None or timeout < 0 or timeout >= _FOREVER else loop.time() + timeout / 1000
    while True:
        message = receive(0)
        left = None if end is None else end - loop.time()
        if message.id != _TIMEOUT or (left is not None and left <= 0):
            return message
        ready = loop.create_future()
        loop.add_reader(fileno(), lambda: ready.done() or ready.set_result(None))
        try:
            await asyncio.wait([ready], timeout=left)
        finally:
            loop.remove_reader(fileno())


def timer_start(id: int, ms: float) -> int:
    """Starts a timer, or starts it anew: ``MSG_TIMER`` comes once, after ``ms`` milliseconds. 1; 0 for
    a negative time, or where 65,536 timers run."""
    return int(_station().timer_start(id, int(ms)))


def timer_stop(id: int) -> int:
    """Stops a timer; one that does not run is fine. 1."""
    _station().timer_stop(id)
    return 1


def tick() -> int:
    """How long the program runs, in ticks of 5 ms."""
    return _station().tick()


def get_version() -> str:
    """The version of this library."""
    return f"sockery_{_version}"


def poweron_reason() -> int:
    """Why the device was started: somebody pressed its key."""
    return _constants.POWERON_KEY


def poweron(*_: Any) -> None:
    """Does nothing: a computer has no such part."""


def restart() -> None:
    """Does nothing: a program's end is its host's matter."""
