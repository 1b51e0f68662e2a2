"""The sockets, timers and messages of this process: what socketcore and rtos are two views of."""

from __future__ import annotations

import os

from . import _sockery

_current = _sockery.Station()


def station() -> _sockery.Station:
    """The process's own. A child of a fork has a new one: what it inherited is its parent's."""
    return _current


def _in_child() -> None:
    global _current
    _current = _sockery.Station()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
