"""zmq: ZeroMQ's sockets, by pyzmq's names.

>>> from sockery import zmq
>>> socket = zmq.Context.instance().socket(zmq.PULL)
>>> port = socket.bind_to_random_port("tcp://127.0.0.1")
"""

from __future__ import annotations

from .. import _sockery
from .._errors import _last, strerror
from . import constants, error
from .constants import *  # noqa: F403
from .context import Context
from .error import *  # noqa: F403
from .frame import Frame, Message, MessageTracker
from .poll import Poller, select, zmq_poll
from .socket import Socket
from .timers import Timers

SyncContext = Context
SyncSocket = Socket

#: The version of sockery.
__version__: str = _sockery.__version__
#: The libzmq whose behaviour and constants these are.
_LIBZMQ = (4, 3, 5)

#: pyzmq's; sends copy in any case.
COPY_THRESHOLD = 65536
#: Whether drafts' sockets can be opened.
DRAFT_API = PYZMQ_DRAFT_API = True
IPC_PATH_MAX_LEN = 107


def zmq_version() -> str:
    """The version of libzmq whose behaviour this is."""
    return ".".join(map(str, _LIBZMQ))


def zmq_version_info() -> tuple[int, int, int]:
    """``zmq_version`` as numbers."""
    return _LIBZMQ


def pyzmq_version() -> str:
    """The version of this package."""
    return __version__


def pyzmq_version_info() -> tuple[int, ...]:
    """``pyzmq_version`` as numbers."""
    return tuple(int(part) for part in __version__.split("-")[0].split("."))


def zmq_errno() -> int:
    """The number of this thread's last error."""
    return _last.errno


def curve_keypair() -> tuple[bytes, bytes]:
    """A new pair of CURVE keys, each as 40 bytes of Z85: the public and the secret one."""
    public, secret = _sockery.curve_keypair()
    return public.encode(), secret.encode()


def curve_public(secret_key: bytes | str) -> bytes:
    """The public key (Z85) of a secret one: 32 bytes, or 40 of Z85.

    Raises ``ZMQError`` with EINVAL for anything else.
    """
    secret = secret_key.encode() if isinstance(secret_key, str) else bytes(secret_key)
    return _sockery.curve_public(secret).encode()


_CAPABILITIES = frozenset(_sockery.capabilities())


def has(capability: str) -> bool:
    """Whether there is a transport or mechanism such as ``"ipc"``, ``"ws"`` or ``"curve"``."""
    return capability.lower() in _CAPABILITIES


def proxy(frontend: Socket, backend: Socket, capture: Socket | None = None) -> None:
    """Passes messages between two sockets, and copies of them to ``capture``, without an end.

    One of them may be a raw socket of ``nnmsg``: see ``nnmsg.Socket.device``. Raises EINVAL when the
    two do not fit, and ``ContextTerminated`` or ENOTSOCK when one of them ends.
    """
    _sockery.device(frontend, backend, capture)


def proxy_steerable(
    frontend: Socket,
    backend: Socket,
    capture: Socket | None = None,
    control: Socket | None = None,
) -> None:
    """``proxy`` that obeys what ``control`` (PAIR, PULL, SUB or REP) receives.

    PAUSE and RESUME; TERMINATE, upon which it returns; STATISTICS, answered with eight parts, each a
    number of 8 bytes in the host's order: of the frontend and then of the backend the messages and
    bytes received and the messages and bytes sent.
    """
    _sockery.steer(frontend, backend, capture, control)


def device(device_type: int, frontend: Socket, backend: Socket) -> None:
    """``proxy`` by its older name; all types are the same."""
    proxy(frontend, backend)


__all__ = [
    "Context",
    "Frame",
    "Message",
    "MessageTracker",
    "Poller",
    "Socket",
    "Timers",
    "constants",
    "curve_keypair",
    "curve_public",
    "device",
    "error",
    "has",
    "proxy",
    "proxy_steerable",
    "pyzmq_version",
    "pyzmq_version_info",
    "select",
    "strerror",
    "zmq_errno",
    "zmq_poll",
    "zmq_version",
    "zmq_version_info",
]
__all__ += constants.__all__
__all__ += error.__all__
