"""Pending: a send or receive that waits for its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .side import Side


class Pending(asyncio.Future):
    """A send or receive that waits for its turn.

    ``attempt(*args)`` answers None as long as it would have to wait. What a receive took goes back
    if its task is cancelled just then.
    """

    __slots__ = ("_args", "_attempt", "_finish", "_put_back", "_raw", "_side", "timer")

    def __init__(
        self, side: Side, loop: Any, attempt: Callable, args: tuple, finish: Any, put_back: Any
    ) -> None:
        super().__init__(loop=loop)
        self._side = side
        self._attempt = attempt
        self._args = args
        self._finish = finish
        self._put_back = put_back
        self._raw: Any = None
        self.timer: asyncio.TimerHandle | None = None

    def attempt(self) -> bool:
        """Tries; False when it would have to wait."""
        try:
            raw = self._attempt(*self._args)
            if raw is None:
                return False
            self._raw = raw
            result = self._finish(raw)
        except Exception as error:
            self.set_exception(error)
        else:
            self.set_result(result)
        return True

    def cancel(self, msg: Any = None) -> bool:
        if not super().cancel(msg):
            return False
        self._side.let_go(self)
        return True

    def expire(self) -> None:
        if not self.done():
            self.set_exception(self._side.error(late=True))
            self._side.let_go(self)

    def __await__(self):
        if not self.done():
            self._asyncio_future_blocking = True
            try:
                yield self
            except BaseException:
                # The task was cancelled after the message came and before it ran again.
                if self._raw is not None and self._put_back is not None:
                    self._put_back(self._raw)
                    self._side._advance()
                raise
            if not self.done():
                raise RuntimeError("await was not used with a future")
        return self.result()

    __iter__ = __await__


def give(value: Any) -> Any:
    """What ``await`` goes through where the value is there already; called by the native half."""
    return value
    yield
