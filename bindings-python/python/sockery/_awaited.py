"""nnmsg's sends, receives and polls as coroutines, in asyncio and in trio.

Every operation is tried at once. In asyncio what would wait joins the queues of ``zmq.asyncio``
(``side.Side``); in trio the task waits for the socket's descriptor, one task a direction.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import _sockery
from ._errors import nn_named

if TYPE_CHECKING:
    from .nnmsg import Socket

_IN = _sockery.IN
_OUT = _sockery.OUT
_NAMES = {_IN: "in", _OUT: "out"}
_TIMEOUTS = {
    name: number
    for names, _, number, *_ in _sockery.options("sp")
    for name in names
    if name in ("RCVTIMEO", "SNDTIMEO")
}


def running_trio() -> Any:
    """The module trio when the caller is a task of it; None in asyncio."""
    trio = sys.modules.get("trio")
    if trio is not None:
        try:
            trio.lowlevel.current_task()
        except RuntimeError:
            pass
        else:
            return trio
    return None


class AsyncioHalf:
    """What ``zmq.asyncio`` asks of a socket whose operations wait in its queues."""

    _timeouts = {"in": _TIMEOUTS["RCVTIMEO"], "out": _TIMEOUTS["SNDTIMEO"]}
    _late = staticmethod(lambda: nn_named("ETIMEDOUT"))
    _would_wait = staticmethod(lambda: nn_named("EAGAIN"))
    #: Messages that cancelled receives had taken already.
    _returned: Any = ()
    _receives: Any = None
    _sends: Any = None
    _turns: Any = None
    _trio: Any = None

    def _begin(self) -> None:
        """Makes the queues, at the first operation that is awaited in asyncio."""
        if self._receives is None:
            from .zmq.asyncio.side import Side
            from .zmq.asyncio.turns import Turns

            self._returned = deque()
            self._receives = Side(self, _IN, "in")
            self._sends = Side(self, _OUT, "out")
            self._turns = Turns(self)

    def _sides(self, flags: int) -> list[Any]:
        self._begin()
        return [side for side in (self._receives, self._sends) if side._events & flags]

    def _events_now(self: Any) -> int:
        now = self._readiness
        return now | _IN if self._returned else now

    def _put_back(self: Any, raw: tuple[bytes, bool]) -> None:
        """Keeps the message of a cancelled receive for the next one of whatever form."""
        self._returned.appendleft(raw)
        for name in _SHADOWED:
            self.__dict__[name] = getattr(self, f"_{name}_returned")

    def _take_back(self: Any) -> bytes:
        body = self._returned.popleft()[0]
        if not self._returned:
            for name in _SHADOWED:
                self.__dict__.pop(name, None)
        return body

    def _recv_returned(self: Any, flags: int = 0) -> bytes:
        return self._take_back()

    def _recvTable_returned(self: Any, flags: int = 0) -> Any:
        return _sockery.unpack(self._take_back())

    def _recvMany_returned(self: Any, limit: int, flags: int = 0) -> list[bytes]:
        bodies = []
        while self._returned and len(bodies) < limit:
            bodies.append(self._take_back())
        return bodies

    def _try_body(self: Any) -> tuple[bytes, bool] | None:
        if self._returned:
            return self._take_back(), False
        return self._try_recv_part(True)

    def _leave(self) -> None:
        """Ends what waits, since the socket closes."""
        if self._receives is not None:
            self._receives.stop()
            self._sends.stop()
            self._turns.end()

    def __del__(self) -> None:
        # Descriptors must leave the loop before they are closed.
        if self._receives is not None:
            self._receives._unwatch()
            self._sends._unwatch()
            self._turns.end()


#: Receives that must see what was put back. They are shadowed only while there is any.
_SHADOWED = ("recv", "recvTable", "recvMany")


class TrioSide:
    """One direction of a socket in trio: a descriptor, and whose turn it is to wait for it."""

    def __init__(self, trio: Any, fd: int) -> None:
        # A descriptor of our own, which stays valid when the socket is closed by another task.
        self.fd = os.dup(fd)
        self.turn = trio.StrictFIFOLock()

    def __del__(self) -> None:
        os.close(self.fd)


def _trio_side(trio: Any, sock: Any, events: int) -> TrioSide:
    if sock._trio is None:
        sock._trio = {}
    if events not in sock._trio:
        sock._trio[events] = TrioSide(trio, sock._descriptor(_NAMES[events]))
    return sock._trio[events]


async def _in_trio(
    trio: Any, sock: Any, events: int, attempt: Any, args: Any, finish: Any, wait: bool
) -> Any:
    """Nothing is taken before the last wait is over, so that cancelling loses nothing."""
    await trio.lowlevel.checkpoint_if_cancelled()
    raw = None
    side = sock._trio and sock._trio.get(events)
    if side is None or not side.turn.locked():
        raw = attempt(*args)
    if raw is None:
        if not wait:
            raise sock._would_wait()
        timeout = sock._get(0, sock._timeouts[_NAMES[events]])
        with trio.move_on_after(timeout / 1000 if timeout >= 0 else float("inf")):
            side = _trio_side(trio, sock, events)
            async with side.turn:
                raw = attempt(*args)
                while raw is None:
                    await trio.lowlevel.wait_readable(side.fd)
                    raw = attempt(*args)
        if raw is None:
            raise sock._late()
    await trio.lowlevel.cancel_shielded_checkpoint()
    return finish(raw)


def start(
    sock: Socket, events: int, attempt: Any, args: Any, finish: Any, put_back: Any, wait: bool
) -> Any:
    """An awaitable of the operation, in the library that the caller runs in."""
    trio = running_trio()
    if trio is not None:
        return _in_trio(trio, sock, events, attempt, args, finish, wait)
    (side,) = sock._sides(events)
    return side.start(attempt, args, finish, put_back, wait)


async def poll(pairs: list[tuple[Any, int]], timeout: int | None, now: Callable[..., Any]) -> Any:
    """What ``now(pairs, 0)`` answers, once that is anything or the time is over."""
    trio = running_trio()
    if trio is not None:
        await trio.lowlevel.checkpoint()
        clock = trio.current_time
    else:
        import asyncio

        loop = asyncio.get_running_loop()
        clock = loop.time
    deadline = None if timeout is None or timeout < 0 else clock() + timeout / 1000
    while True:
        ready = now(pairs, 0)
        rest = None if deadline is None else deadline - clock()
        if any(ready) or rest is not None and rest <= 0:
            return ready
        if trio is not None:
            await _any_in_trio(trio, pairs, rest)
        else:
            from .zmq.asyncio.poll import _any

            await _any(loop, pairs, rest)


async def _any_in_trio(trio: Any, pairs: list[tuple[Any, int]], timeout: float | None) -> None:
    async def look(fd: int, scope: Any, write: bool) -> None:
        try:
            await (trio.lowlevel.wait_writable(fd) if write else trio.lowlevel.wait_readable(fd))
        finally:
            os.close(fd)
        scope.cancel()

    # Before the nursery, which would wrap what this raises.
    watched = []
    for item, events in pairs:
        for one in (_IN, _OUT):
            if events & one and isinstance(item, _sockery.Socket):
                watched.append((item._descriptor(_NAMES[one]), False))
            elif events & one:
                watched.append((item if isinstance(item, int) else item.fileno(), one == _OUT))
    forever = float("inf")
    deadline = forever if timeout is None else trio.current_time() + timeout
    async with trio.open_nursery() as nursery:
        nursery.cancel_scope.deadline = deadline
        for fd, write in watched:
            # Its own, since trio lets but one task wait for a descriptor.
            nursery.start_soon(look, os.dup(fd), nursery.cancel_scope, write)
