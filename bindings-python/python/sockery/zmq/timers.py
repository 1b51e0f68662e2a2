"""Timers: repeating ones, served by whoever polls (``zmq_timers_*``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import _sockery


class Timers(_sockery.Timers):
    """Handlers that are called again and again, by ``execute`` and in its thread.

    >>> timers = Timers()
    >>> beat = timers.add(1000, lambda: socket.send(b"alive"))
    >>> while True:
    ...     poller.poll(timers.timeout())
    ...     timers.execute()
    """

    def __init__(self) -> None:
        self._handlers: dict[int, tuple[Callable[..., Any], tuple[Any, ...]]] = {}

    def add(self, interval: int, handler: Callable[..., Any], *args: Any) -> int:
        """Calls ``handler(*args)`` every ``interval`` ms from now on: the timer's number."""
        if not callable(handler):
            raise TypeError(f"handler must be callable, not {type(handler).__name__}")
        timer = self._add(_interval(interval))
        self._handlers[timer] = handler, args
        return timer

    def cancel(self, timer: int) -> None:
        """Ends a timer. EINVAL when there is none of that number."""
        self._cancel(timer)
        self._handlers.pop(timer, None)

    def set_interval(self, timer: int, interval: int) -> None:
        """Gives a timer another interval (ms) and starts it anew."""
        self._set_interval(timer, _interval(interval))

    def reset(self, timer: int) -> None:
        """Starts a timer anew."""
        self._reset(timer)

    def timeout(self) -> int:
        """Milliseconds until a timer is due, 0 when one is; -1 when there is none."""
        return self._timeout()

    def execute(self) -> None:
        """Calls the handlers of the timers that are due."""
        for timer in self._take_due():
            # Another handler may have ended it.
            found = self._handlers.get(timer)
            if found is not None:
                handler, args = found
                handler(*args)


def _interval(interval: int) -> int:
    if not isinstance(interval, int):
        raise TypeError(f"interval must be int, not {type(interval).__name__}")
    if interval < 0:
        raise ValueError(f"interval must be 0 or more milliseconds, got {interval}")
    return interval
