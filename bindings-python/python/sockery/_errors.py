"""The exceptions of both modules. The native half makes them through the functions at the end."""

from __future__ import annotations

import functools
import threading

from . import _sockery

_ROWS = _sockery.errors()
#: number (the host's and libzmq's) -> (name, number of document 000, text)
_BY_HOST: dict[int, tuple[str, int, str]] = {}
#: number of document 000 -> (name, the host's number, text)
_BY_NN: dict[int, tuple[str, int, str]] = {}
for _name, _host, _nn, _text in _ROWS:
    _BY_HOST.setdefault(_host, (_name, _nn, _text))
    _BY_NN.setdefault(_nn, (_name, _host, _text))
#: name -> number (the host's and libzmq's)
NUMBERS = {name: host for name, host, _, _ in _ROWS}
#: name -> number of document 000
NN_NUMBERS = {name: nn for name, _, nn, _ in _ROWS}


class Error(Exception):
    """Any error of sockery."""


# nnmsg


class NNError(Error, OSError):
    """An error of ``nnmsg``.

    It is also of the built-in class of its errno where Python has one: a timeout is a
    ``TimeoutError``, a DONTWAIT that would wait a ``BlockingIOError``.
    """

    #: The number of this error on this host.
    errno: int
    #: The number in document 000, the same on every host: one of the ``_NN_E*`` constants.
    nn_errno: int
    #: Its name, such as ``EAGAIN``.
    name: str

    def __new__(cls, errno=0, text=None, *rest):
        kind = _nn_class(cls, errno) if isinstance(errno, int) else cls
        return super().__new__(kind, errno, text)

    def __init__(self, errno=0, text=None, nn_errno=None, name=None):
        row = _BY_HOST.get(errno) or _BY_NN.get(errno) or (str(errno), errno, "unknown error")
        super().__init__(errno, row[2] if text is None else text)
        self.nn_errno = row[1] if nn_errno is None else nn_errno
        self.name = row[0] if name is None else name

    def __str__(self) -> str:
        return f"{self.name}: {self.strerror}"

    def __reduce__(self):
        return _restore, (self.errno, self.strerror, self.nn_errno, self.name)


class TableError(NNError, ValueError):
    """Received bytes that are no table."""

    #: The message as it was received.
    message: bytes = b""


@functools.lru_cache(maxsize=None)
def _nn_class(cls, errno):
    """`cls`, joined with the built-in class that Python gives to this errno."""
    builtin = type(OSError(errno, ""))
    if builtin is OSError or issubclass(cls, builtin):
        return cls
    return type(f"{cls.__name__}", (cls, builtin), {"__module__": __name__, "__doc__": cls.__doc__})


def _restore(errno, text, nn_errno, name):
    return NNError(errno, text, nn_errno, name)


# zmq


class ZMQBaseError(Error):
    """Any error of ``zmq``."""


class ZMQError(ZMQBaseError):
    """An error with a number.

    ``errno`` is libzmq's: POSIX's, or one of ETERM, EFSM, ENOCOMPATPROTO, EMTHREAD.
    """

    errno: int | None = None
    strerror: str = ""

    def __init__(self, errno: int | None = None, msg: str | None = None):
        super().__init__(errno, msg)
        if errno is None:
            errno = _last.errno
        self.errno = errno if isinstance(errno, int) else None
        self.strerror = strerror(errno) if msg is None else msg

    def __str__(self) -> str:
        return self.strerror

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.strerror!r})"

    @property
    def name(self) -> str | None:
        """The name of the number, such as ``EAGAIN``."""
        row = None if self.errno is None else _BY_HOST.get(self.errno)
        return row and row[0]


class Again(ZMQError):
    """The call would have to wait, and may not or no longer: EAGAIN."""

    def __init__(self, errno: int | None = None, msg: str | None = None):
        super().__init__(NUMBERS["EAGAIN"] if errno is None else errno, msg)


class ContextTerminated(ZMQError):
    """The context of the socket was terminated: ETERM."""

    def __init__(self, errno: int | None = None, msg: str | None = None):
        super().__init__(NUMBERS["ETERM"] if errno is None else errno, msg)


class InterruptedSystemCall(ZMQError, InterruptedError):  # type: ignore[misc]
    """A signal interrupted the call: EINTR. Calls are begun again by themselves, so it is rare."""

    def __init__(self, errno: int | None = None, msg: str | None = None):
        super().__init__(NUMBERS["EINTR"] if errno is None else errno, msg)


class ZMQBindError(ZMQBaseError):
    """``bind_to_random_port`` found no free port."""


class NotDone(ZMQBaseError):
    """A message was not sent within the time that ``MessageTracker.wait`` had."""


class ZMQVersionError(NotImplementedError):
    """A feature is of another version."""

    def __init__(self, min_version: str, msg: str = "Feature"):
        super().__init__(min_version, msg)
        self.min_version = min_version
        self.msg = msg

    def __str__(self) -> str:
        return f"{self.msg} requires {self.min_version}"


class DraftFDWarning(RuntimeWarning):
    """Kept for programs that filter it; nothing warns so."""


class TableDecodeError(ZMQError, ValueError):
    """Received bytes that are no table."""

    message: bytes = b""


# Last errors, one a thread.


class _Last(threading.local):
    errno = 0
    nn_errno = 0
    nn_text = ""


_last = _Last()


def strerror(errno) -> str:
    """The text of an error number."""
    row = _BY_HOST.get(errno) or _BY_NN.get(errno)
    if row is not None:
        return row[2]
    import os

    return os.strerror(errno) if isinstance(errno, int) else str(errno)


# Made by the native half.


def nn_error(errno, nn_errno, name, text):
    _last.nn_errno = nn_errno
    _last.nn_text = text
    return NNError(errno, text, nn_errno, name)


def nn_named(name, text=None):
    """An error of nnmsg's own Python code."""
    row = _BY_HOST[NUMBERS[name]]
    text = row[2] if text is None else f"{row[2]}: {text}"
    return nn_error(NUMBERS[name], NN_NUMBERS[name], name, text)


_CLASSES = {
    NUMBERS["EAGAIN"]: Again,
    NUMBERS["ETERM"]: ContextTerminated,
    NUMBERS["EINTR"]: InterruptedSystemCall,
}


def zmq_error(errno, text=None):
    _last.errno = errno
    return _CLASSES.get(errno, ZMQError)(errno, text)


def zmq_named(name, text=None):
    """An error of zmq's own Python code."""
    errno = NUMBERS[name]
    return zmq_error(errno, strerror(errno) if text is None else f"{strerror(errno)}: {text}")


def table_error(cause, message):
    if isinstance(cause, NNError):
        error = TableError(cause.errno, cause.strerror, cause.nn_errno, cause.name)
    else:
        error = TableDecodeError(cause.errno, cause.strerror)
    error.message = message
    return error
