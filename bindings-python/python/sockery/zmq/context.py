"""Context: owner of zmq sockets."""

from __future__ import annotations

import os
from typing import Any

from .. import _sockery
from .._errors import ZMQError, zmq_named
from . import constants
from .attributes import ContextOptions, check_value, shown


class Context(_sockery.Context, ContextOptions):
    """Opens sockets.

    Options of sockets that are set on a context (``context.linger = 0``) are what its new sockets
    begin with. ``io_threads`` is accepted; sockets share what threads there are.
    """

    #: What ``socket`` makes.
    _socket_class: Any = None
    _instances: dict[type, Context] = {}

    def __new__(cls, io_threads: Any = 1, shadow: Any = None, **kwargs: Any) -> Context:
        if isinstance(io_threads, _sockery.Context):
            io_threads, shadow = 1, io_threads
        if shadow is not None and not isinstance(shadow, (_sockery.Context, str)):
            raise TypeError(f"shadow must be a Context, not {type(shadow).__name__}")
        return super().__new__(cls, shadow)

    def __init__(self, io_threads: Any = 1, shadow: Any = None, **kwargs: Any) -> None:
        self.sockopts: dict[int, Any] = {}
        self._pid = os.getpid()
        if isinstance(io_threads, int) and io_threads != 1 and shadow is None:
            self.set(constants.IO_THREADS, io_threads)

    @classmethod
    def instance(cls, io_threads: int = 1) -> Context:
        """The context of the process, made when there is none, or none open, or after a fork."""
        found = Context._instances.get(cls)
        if found is None or found.closed or found._pid != os.getpid():
            found = Context._instances[cls] = cls(shadow="zmtp")
        return found

    @classmethod
    def shadow(cls, address: Any) -> Context:
        """Another handle of the same context."""
        return cls(shadow=address)

    def socket(self, socket_type: int, socket_class: Any = None, **kwargs: Any) -> Any:
        """Opens a socket; keyword arguments go to its class."""
        make = socket_class or self._socket_class
        sock = make(self, socket_type, **kwargs)
        for option, value in self.sockopts.items():
            try:
                sock.set(option, value)
            except ZMQError:
                # SUBSCRIBE on a socket that is no SUB, for instance.
                pass
        return sock

    def term(self, timeout: int | None = None) -> None:
        """Ends the context: waits until its sockets are closed and, by their LINGER, flushed.

        Calls that block in other threads end with ``ContextTerminated``. With ``timeout`` (ms) it
        gives up with ``Again``, naming the sockets still open.
        """
        self._terminate(timeout)

    def destroy(self, linger: int | None = None) -> None:
        """Closes all sockets, with this linger (ms) if given, and then the context."""
        if self.closed:
            return
        self._close_all(linger)
        self.term()

    def set(self, option: int, optval: Any) -> None:
        """Sets an option of the context, or what its new sockets begin with."""
        if _is_of_context(option):
            self._set(option, check_value(option, optval, context=True))
        else:
            check_value(option, optval)
            self.sockopts[option] = optval

    def get(self, option: int) -> Any:
        """An option of the context, or what was set for its new sockets."""
        if _is_of_context(option):
            return shown(self._get(option))
        if option in self.sockopts:
            return self.sockopts[option]
        raise zmq_named("EINVAL", f"option {option!r} was not set on this context")

    def setsockopt(self, opt: int, value: Any) -> None:
        """Sets what new sockets begin with."""
        check_value(opt, value)
        self.sockopts[opt] = value

    def getsockopt(self, opt: int) -> Any:
        """What was set for new sockets."""
        try:
            return self.sockopts[opt]
        except KeyError:
            raise zmq_named("EINVAL", f"option {opt!r} was not set on this context") from None

    @property
    def underlying(self) -> int:
        """A number that names this context while it lives."""
        return id(self)

    def __enter__(self) -> Context:
        return self

    def __exit__(self, *exc: object) -> None:
        self.destroy()

    def __copy__(self, memo: Any = None) -> Context:
        return type(self)(shadow=self)

    __deepcopy__ = __copy__

    def __repr__(self) -> str:
        return f"<zmq.{type(self).__name__} {'closed' if self.closed else 'open'} at {id(self):#x}>"


def _is_of_context(option: int) -> bool:
    # IO_THREADS and AFFINITY have numbers in common with options of sockets; what pyzmq gives an
    # enum of its own tells them apart.
    return isinstance(option, constants.ContextOption) or (
        not isinstance(option, constants.SocketOption) and option in _CONTEXT_NUMBERS
    )


_CONTEXT_NUMBERS = {int(option) for option in constants.ContextOption}

