"""Side: the sends or the receives of a socket, and the queue of those that wait."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from ... import _sockery
from .pending import Pending

if TYPE_CHECKING:
    from .socket import Socket

_IN = _sockery.IN
_TERM = _sockery.TERM

#: So many operations of one side of a socket go ahead at once before the loop gets a turn.
_RUN = 256


def same(value: Any) -> Any:
    """What an operation came to, as it is."""
    return value


class Side:
    """The operations of one direction, and how the loop is told to look after them."""

    def __init__(self, sock: Socket, events: int, which: Literal["in", "out"]) -> None:
        # Weak, so that a socket is collected as soon as it is let go of: what waits holds it.
        self._sock = weakref.ref(sock)
        self._events = events
        self._which = which
        self._waiting: deque[Pending] = deque()
        self._watchers: list[asyncio.Future] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fd: int | None = None
        self._armed: Any = None
        self._grant()

    def start(
        self,
        attempt: Callable[..., Any],
        args: tuple[Any, ...],
        finish: Callable[[Any], Any] = same,
        put_back: Callable[[Any], None] | None = None,
        wait: bool = True,
    ) -> asyncio.Future | _sockery.Done:
        """The future of an operation, which is done already if it need not wait."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._enter(loop)
        if not wait or self._may_go():
            try:
                raw = attempt(*args)
                if raw is not None:
                    return _sockery.Done(finish(raw))
                if not wait:
                    raise self.error(late=False)
            except Exception as error:
                future = loop.create_future()
                future.set_exception(error)
                return future
        elif not self._waiting:
            # A loop that never waits would starve all others.
            loop.call_soon(self._advance)
        return self._enqueue(Pending(self, loop, attempt, args, finish, put_back))

    def _enqueue(self, pending: Pending) -> Pending:
        self._waiting.append(pending)
        self._grant()
        timeout = self._timeout()
        if timeout >= 0:
            pending.timer = pending.get_loop().call_later(timeout / 1000, pending.expire)
        self._watch()
        return pending

    def watch(self) -> asyncio.Future:
        """A future that is done when the events hold."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._enter(loop)
        future = loop.create_future()
        self._watchers.append(future)
        future.add_done_callback(self._settled)
        self._watch()
        return future

    def stop(self) -> None:
        """Cancels everything: the socket is being closed."""
        self._unwatch()
        futures = [*self._waiting, *self._watchers]
        self._waiting.clear()
        self._watchers.clear()
        for future in futures:
            future.cancel()

    def let_go(self, pending: Pending) -> None:
        """It waits no more."""
        if pending.timer is not None:
            pending.timer.cancel()
        if pending in self._waiting:
            self._waiting.remove(pending)
            self._grant()

    def waits_in(self, loop: asyncio.AbstractEventLoop | None) -> bool:
        return loop is self._loop and bool(self._waiting or self._watchers)

    def _enter(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None and not self._loop.is_closed() and self._busy():
            raise RuntimeError("another event loop waits for this socket")
        # Of the loop that is left nothing is waited for any more.
        self._unwatch()
        self._waiting.clear()
        self._watchers.clear()
        self._loop = loop
        self._grant()

    def _busy(self) -> bool:
        return any(not future.done() for future in [*self._waiting, *self._watchers])

    def _may_go(self) -> bool:
        sock = self._sock()
        return sock is not None and sock._may_go(self._events)

    def _grant(self) -> None:
        """Lets the next operations go ahead; while others wait, or what was put back, none."""
        sock = self._sock()
        if sock is not None:
            held = self._waiting or self._events == _IN and sock._returned
            sock._grant(self._events, 0 if held else _RUN)

    def _timeout(self) -> int:
        sock = self._sock()
        return -1 if sock is None else sock._get(0, sock._timeouts[self._which])

    def error(self, late: bool) -> Exception:
        """Of an operation that may not wait, or whose time is over, as the socket's module has it."""
        sock = self._sock()
        if sock is None:
            return RuntimeError("the socket is gone")
        return sock._late() if late else sock._would_wait()

    def _advance(self) -> None:
        """Does what can be done now, in order."""
        waiting = self._waiting
        while waiting:
            pending = waiting[0]
            if not pending.done() and not pending.attempt():
                break
            if pending.timer is not None:
                pending.timer.cancel()
            if waiting and waiting[0] is pending:
                waiting.popleft()
        self._grant()
        sock = self._sock()
        if self._watchers and sock is not None:
            now = sock._events_now()
            if now & (self._events | _TERM):
                watchers, self._watchers = self._watchers, []
                for future in watchers:
                    if not future.done():
                        future.set_result(now)

    # The loop's side.

    def _settled(self, future: asyncio.Future) -> None:
        if future.cancelled():
            self._watchers = [future for future in self._watchers if not future.done()]

    def _ready(self) -> None:
        """The loop saw the descriptor; it is let go of once nobody waits."""
        if not self._waiting and not self._watchers:
            self._unwatch()
            return
        self._advance()

    def _notified(self) -> None:
        self._armed = None
        self._advance()
        if self._waiting or self._watchers:
            self._watch()

    def _watch(self) -> None:
        """Has the loop look after what waits, and do the socket's work meanwhile."""
        sock, loop = self._sock(), self._loop
        if sock is None or loop is None:
            return
        if self._fd is None and self._armed is None:
            try:
                fd = sock._descriptor(self._which)
                loop.add_reader(fd, self._ready)
            except NotImplementedError:
                notify = self._notified
                self._armed = sock._arm(self._events, lambda: loop.call_soon_threadsafe(notify))
            else:
                self._fd = fd
        if self._fd is not None:
            sock._turns.begin(loop)

    def _unwatch(self) -> None:
        if self._fd is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._fd)
        self._fd = self._armed = None
