"""sockery: messaging sockets in two dialects over one engine.

``sockery.nnmsg`` speaks the Scalability Protocols (nanomsg, nng), ``sockery.zmq`` ZeroMQ's ZMTP.
``sockery.socketcore`` and ``sockery.rtos`` are plain sockets whose results are messages.
All objects may be shared between threads. ``pack`` and ``unpack`` are the tables of ``sendTable``.
"""

from __future__ import annotations

import atexit as _atexit
import os as _os

from . import _sockery
from ._errors import Error
from ._sockery import __version__, pack, unpack

__all__ = ["Error", "__version__", "nnmsg", "pack", "rtos", "socketcore", "unpack", "zmq"]

_MODULES = ("nnmsg", "rtos", "socketcore", "zmq")

# What is open is flushed for a bounded time; a child of a fork has no engine threads and must not
# touch what it inherited.
_atexit.register(_sockery.leave)
if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(after_in_child=_sockery.forked)


def __getattr__(name: str):
    """Imports a module when it is first asked for."""
    if name in _MODULES:
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
