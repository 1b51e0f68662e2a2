"""Turns: the work of a socket, done by the loop."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .socket import Socket


class Turns:
    """The socket's work, done by the loop while one of its sides waits.

    That spares each message the way over the engine's own thread, which takes the socket back when
    the loop stays away. What the engine's thread, other threads and inproc peers do, the sides'
    descriptors tell of.
    """

    def __init__(self, sock: Socket) -> None:
        self._sock = weakref.ref(sock)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fd: int | None = None
        self._due = False

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """A side waits in this loop. Of several loops the first takes the turns."""
        sock = self._sock()
        if sock is None:
            return
        wanted = sock._wants_turn()
        if self._loop is not None and self._loop.is_closed():
            self.end()
        if self._fd is None:
            fd = sock._poll_fd
            if fd is None:
                return
            loop.add_reader(fd, self._take)
            self._fd, self._loop = fd, loop
        if wanted and loop is self._loop:
            self._soon()

    def end(self) -> None:
        if self._fd is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._fd)
        self._fd = self._loop = None
        self._due = False

    def _soon(self) -> None:
        if not self._due and self._loop is not None:
            self._due = True
            self._loop.call_soon(self._take)

    def _take(self) -> None:
        self._due = False
        sock = self._sock()
        if sock is None:
            return
        sides = [side for side in (sock._receives, sock._sends) if side.waits_in(self._loop)]
        if not sides:
            self.end()
            return
        if sock._turn():
            self._soon()
        for side in sides:
            side._advance()
