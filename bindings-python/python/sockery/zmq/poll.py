"""Poller and select: wait on any mix of sockets and descriptors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import _sockery
from .._errors import zmq_named
from .constants import POLLERR, POLLIN, POLLOUT

_TERM = _sockery.TERM


def _milliseconds(timeout: float | None) -> int | None:
    if timeout is None:
        return None
    if not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout must be int or None, not {type(timeout).__name__}")
    return int(timeout)


class Poller:
    """Waits on what is registered. Not to be polled by two threads at once."""

    def __init__(self) -> None:
        self._native = _sockery.Poller()
        #: Pairs of what was registered and its events, in that order.
        self.sockets: list[tuple[Any, int]] = []
        self._keys: dict[Any, int] = {}
        self._items: dict[int, Any] = {}
        self._next = 0

    def __contains__(self, socket: Any) -> bool:
        return socket in self._keys

    def register(self, socket: Any, flags: int = POLLIN | POLLOUT) -> None:
        """Watches a socket, a descriptor or an object with ``fileno()``; again, changes its events.

        No events at all takes it out.
        """
        if not flags:
            if socket in self._keys:
                self.unregister(socket)
            return
        key = self._keys.get(socket)
        if key is not None:
            self._native.modify(key, int(flags))
            self.sockets = [(s, flags if self._keys[s] == key else f) for s, f in self.sockets]
            return
        key, self._next = self._next, self._next + 1
        self._native.add(key, socket, int(flags))
        self._keys[socket] = key
        self._items[key] = socket
        self.sockets.append((socket, flags))

    def modify(self, socket: Any, flags: int = POLLIN | POLLOUT) -> None:
        """Changes the events of something registered."""
        self.register(socket, flags)

    def unregister(self, socket: Any) -> None:
        """Watches something no longer. KeyError when it is not registered."""
        key = self._keys.pop(socket)
        del self._items[key]
        self.sockets = [pair for pair in self.sockets if pair[0] in self._keys]
        self._native.remove(key)

    def poll(self, timeout: int | None = None) -> list[tuple[Any, int]]:
        """Waits at most `timeout` ms (None for ever): pairs of what is ready and its events."""
        items = self._items
        ready = self._native.wait(_milliseconds(timeout))
        found = []
        for key, events in ready:
            socket = items[key]
            if events & _TERM:
                raise _gone(socket)
            found.append((socket, events))
        return found


def _gone(socket: Any) -> Exception:
    return zmq_named("ENOTSOCK" if socket.closed else "ETERM")


def zmq_poll(sockets: Iterable[tuple[Any, int]], timeout: int = -1) -> list[tuple[Any, int]]:
    """Polls pairs of (socket or descriptor, events) once."""
    pairs = [(socket, int(flags)) for socket, flags in sockets]
    ready = _sockery.poll("zmtp", pairs, _milliseconds(timeout))
    found = []
    for (socket, _), events in zip(pairs, ready):
        if events & _TERM:
            raise _gone(socket)
        if events:
            found.append((socket, events))
    return found


def select(
    rlist: Iterable[Any], wlist: Iterable[Any], xlist: Iterable[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """``select.select`` for sockets and descriptors; `timeout` is in seconds."""
    lists = [list(rlist), list(wlist), list(xlist)]
    wanted: dict[Any, int] = {}
    for flag, sockets in zip((POLLIN, POLLOUT, POLLERR), lists):
        for socket in sockets:
            wanted[socket] = wanted.get(socket, 0) | flag
    milliseconds = None if timeout is None or timeout < 0 else int(timeout * 1000)
    ready = dict(zmq_poll(list(wanted.items()), milliseconds if milliseconds is not None else -1))
    r, w, x = (
        [socket for socket in sockets if ready.get(socket, 0) & flag]
        for flag, sockets in zip((POLLIN, POLLOUT, POLLERR), lists)
    )
    return r, w, x
