"""Poller: waits, as the loop's other tasks go on, for any mix of sockets and descriptors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ... import _sockery
from ..._errors import zmq_named
from .. import constants
from ..poll import Poller as _Poller, _milliseconds

_IN = _sockery.IN
_OUT = _sockery.OUT
_TERM = _sockery.TERM


class Poller(_Poller):
    """A Poller whose ``poll`` is awaited. Sockets of either kind and descriptors."""

    def register(self, socket: Any, flags: int = constants.POLLIN | constants.POLLOUT) -> None:
        if not flags:
            if socket in self._keys:
                self.unregister(socket)
            return
        if socket not in self._keys:
            self._keys[socket] = self._next
            self._next += 1
            self.sockets.append((socket, flags))
        self.sockets = [(s, flags if s is socket or s == socket else f) for s, f in self.sockets]

    def unregister(self, socket: Any) -> None:
        del self._keys[socket]
        self.sockets = [pair for pair in self.sockets if pair[0] in self._keys]

    def poll(self, timeout: int | None = -1) -> Any:
        """The future of pairs of what is ready and how; none after `timeout` ms."""
        return asyncio.ensure_future(wait(list(self.sockets), _milliseconds(timeout)))


def _now(items: list[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """What is ready at this moment."""
    found = []
    for item, flags in items:
        if isinstance(item, _sockery.Socket):
            if item.closed:
                raise zmq_named("ENOTSOCK")
            events = item._events_now() if _is_awaited(item) else item._readiness
            if events & _TERM:
                raise zmq_named("ETERM")
        else:
            (events,) = _sockery.poll("zmtp", [(item, int(flags))], 0)
        if events & flags:
            found.append((item, events & int(flags)))
    return found


async def wait(items: list[tuple[Any, int]], timeout: int | None) -> list[tuple[Any, int]]:
    """Waits until one of the items is ready."""
    found = _now(items)
    if found or timeout == 0:
        return found
    loop = asyncio.get_running_loop()
    deadline = None if timeout is None or timeout < 0 else loop.time() + timeout / 1000
    while not found:
        rest = None if deadline is None else max(0, deadline - loop.time())
        if rest == 0:
            break
        await _any(loop, items, rest)
        found = _now(items)
    return found


async def _any(loop: Any, items: list[tuple[Any, int]], timeout: float | None) -> None:
    """Waits until something happened to one of the items; may wake for nothing."""
    woken = loop.create_future()

    def wake(*_: Any) -> None:
        if not woken.done():
            woken.set_result(None)

    timer = None if timeout is None else loop.call_later(timeout, wake)
    undo: list[Callable[[], Any]] = []
    try:
        for item, flags in items:
            undo += _look(loop, item, int(flags), wake)
        await woken
    finally:
        if timer is not None:
            timer.cancel()
        for call in undo:
            call()


def _look(loop: Any, item: Any, flags: int, wake: Callable[..., None]) -> list[Callable[[], Any]]:
    """Has `wake` called at the item's events: what takes that back."""
    if _is_awaited(item):
        futures = [side.watch() for side in item._sides(flags)]
        for future in futures:
            future.add_done_callback(wake)
        return [future.cancel for future in futures]
    if isinstance(item, _sockery.Socket):
        armed = item._arm(flags & (_IN | _OUT), lambda: loop.call_soon_threadsafe(wake))
        return [lambda: armed and None]
    fd = item if isinstance(item, int) else item.fileno()
    undo = []
    if flags & _IN:
        loop.add_reader(fd, wake)
        undo.append(lambda: loop.remove_reader(fd))
    if flags & _OUT:
        loop.add_writer(fd, wake)
        undo.append(lambda: loop.remove_writer(fd))
    return undo


def _is_awaited(item: Any) -> bool:
    """Whether it is a socket of this module, which has sides."""
    return hasattr(item, "_sides")
