"""Socket: pyzmq's names over the native socket, which one call each suffices for."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .. import _sockery
from .._errors import ZMQBindError, ZMQError, zmq_named
from . import constants
from .attributes import SocketOptions, check_value, shown
from .constants import POLLIN, SNDMORE, SocketType
from .context import Context
from .frame import Frame

_native = _sockery.Socket
_TERM = _sockery.TERM
_EVENTS = _sockery.IN | _sockery.OUT


class _Bound:
    """What bind and connect return: leaving its ``with`` takes the endpoint back."""

    def __init__(self, sock: Socket, undo: Callable[[str], None], addr: str) -> None:
        self._socket, self._undo, self._addr = sock, undo, addr

    def __enter__(self) -> Socket:
        return self._socket

    def __exit__(self, *exc: object) -> None:
        if not self._socket.closed:
            self._undo(self._addr)

    def __repr__(self) -> str:
        return f"<{self._undo.__name__} {self._addr!r} at the end of with>"


class _Topic:
    """``subscribe`` and ``unsubscribe``: methods, and for older programs attributes to set."""

    def __init__(self, method: Callable[[Any, Any], None]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, sock: Any, owner: type) -> Any:
        return self if sock is None else self._method.__get__(sock, owner)

    def __set__(self, sock: Any, topic: Any) -> None:
        self._method(sock, topic)


class Socket(_native, SocketOptions):
    """One socket: ``context.socket(zmq.SUB)`` or ``zmq.Socket(zmq.SUB)``.

    Options are attributes: ``socket.linger = 0``, ``socket.RCVTIMEO``; times are in milliseconds,
    -1 waits for ever. Sends and receives of whole messages may come from any thread.
    """

    #: The context it belongs to.
    context: Context = None  # type: ignore[assignment]
    #: Sends copy whatever may change, so this decides nothing; programs set it.
    copy_threshold: int = 0

    def __new__(cls, *args: Any, **kwargs: Any) -> Socket:
        origin = kwargs.get("shadow", args[0] if args else None)
        if isinstance(origin, _native):
            if not isinstance(origin, Socket):
                raise TypeError("a socket of nnmsg cannot become one of zmq")
            self = super().__new__(cls, origin)
            self.context = origin.context
            return self
        context, socket_type = _origin(*args, **_only(kwargs))
        self = super().__new__(cls, context, "zmtp", 0, int(socket_type))
        self.context = context
        return self

    @classmethod
    def shadow(cls, address: Socket) -> Socket:
        """One more handle of the same socket, of this class; closing one closes both."""
        return cls(address)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    # Endpoints.

    def bind(self, addr: str) -> _Bound:
        """Accepts peers at an address such as ``tcp://*:5555``, ``ipc:///tmp/s``, ``inproc://s``.

        Usable in ``with``, which unbinds at its end. ``last_endpoint`` has the port for ``:*``.
        """
        _, address = self._bind(addr)
        return _Bound(self, self.unbind, address)

    def connect(self, addr: str) -> _Bound:
        """Connects to an address, now or when there is someone. Usable in ``with``."""
        _, address = self._connect(addr)
        return _Bound(self, self.disconnect, address)

    def unbind(self, addr: str | bytes) -> None:
        """Takes back a bind, by its address as given or as ``last_endpoint`` has it."""
        self._unbind(addr)

    def disconnect(self, addr: str | bytes) -> None:
        """Takes back a connect."""
        self._disconnect(addr)

    def bind_to_random_port(
        self, addr: str, min_port: int = 49152, max_port: int = 65536, max_tries: int = 100
    ) -> int:
        """Binds to a free port of an address without port such as ``tcp://*``: the port.

        With the limits as they are the system chooses; else one in ``[min_port, max_port)``.
        """
        if (min_port, max_port) == (49152, 65536):
            ports: Any = ["*"]
        else:
            ports = (random.randrange(min_port, max_port) for _ in range(max_tries))
        for port in ports:
            try:
                _, address = self._bind(f"{addr}:{port}")
            except ZMQError as error:
                if error.errno not in (constants.EADDRINUSE, constants.EACCES):
                    raise
            else:
                return int(address.rpartition(":")[2])
        raise ZMQBindError("no free port found")

    # Who may connect.

    def allow_curve(self, keys: Iterable[bytes | str] | None) -> None:
        """Lets in exactly the CURVE clients with these public keys, without a ZAP handler.

        Each is 32 bytes or 40 of Z85; ``auth.load_certificates(folder)`` gives those of a folder.
        From now on; peers that are connected stay. None asks the handler again. Raises EINVAL for
        what is no key.
        """
        self._allow_curve(None if keys is None else list(keys))

    def allow_plain(self, users: Mapping[str, str] | None) -> None:
        """Lets in exactly the PLAIN clients with these names and passwords, without a ZAP handler.

        Their frames have the name as ``"User-Id"``. From now on; None asks the handler again.
        """
        self._allow_plain(None if users is None else list(users.items()))

    # Events.

    #: What ``get_monitor_socket`` made.
    _monitor_socket: Any = None

    def monitor(self, addr: str | None, events: int = constants.EVENT_ALL, version: int = 1) -> None:
        """Sends what happens to connections to a PAIR that connects to ``addr`` (inproc).

        ``events`` is a set of ``zmq.Event``; ``version`` 2 has messages of more than one value, and
        PIPES_STATS. In place of an earlier monitor; with ``addr`` None that ends and no other begins.
        """
        if addr is None:
            self._stop_monitor()
        else:
            self._monitor(addr, int(events), version)

    def get_monitor_socket(self, events: int | None = None, addr: str | None = None) -> Any:
        """A PAIR to receive events from; ``zmq.utils.monitor`` takes them apart. Made once."""
        if self._monitor_socket is not None and not self._monitor_socket.closed:
            return self._monitor_socket
        if addr is None:
            addr = f"inproc://monitor.s-{self._handle}"
        self.monitor(addr, constants.EVENT_ALL if events is None else events)
        self._monitor_socket = self.context.socket(constants.PAIR)
        self._monitor_socket.connect(addr)
        return self._monitor_socket

    def disable_monitor(self) -> None:
        """Ends the monitor."""
        self._monitor_socket = None
        self.monitor(None)

    # Parts and messages.

    send = _native._send_part
    recv = _native._recv_part
    send_multipart = _native._send_parts
    recv_multipart = _native._recv_parts
    send_many = _native._send_many
    recv_many = _native._recv_many_parts
    send_table = _native._send_table
    recv_table = _native._recv_table
    wait_for_peers = _native._wait_for_peers
    wait_for_subscribers = _native._wait_for_subscribers

    def recv_into(self, buffer: Any, /, *, nbytes: int = 0, flags: int = 0) -> int:
        """Receives one part into a writable buffer: its size. What does not fit is cut off."""
        room = memoryview(buffer).cast("B")
        if room.readonly:
            raise TypeError("buffer must be writable")
        if nbytes < 0 or nbytes > room.nbytes:
            raise ValueError(f"nbytes must be 0 to {room.nbytes}, got {nbytes}")
        return _copy_into(self.recv(flags), room[:nbytes] if nbytes else room)

    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> Any:
        """Sends a str."""
        if not isinstance(u, str):
            raise TypeError(f"u must be str, not {type(u).__name__}")
        return self.send(u.encode(encoding), flags, copy, **kwargs)

    def recv_string(self, flags: int = 0, encoding: str = "utf-8") -> str:
        """Receives a str."""
        return self._deserialize(self.recv(flags), lambda part: part.decode(encoding))

    send_unicode = send_string
    recv_unicode = recv_string

    def send_json(self, obj: Any, flags: int = 0, **kwargs: Any) -> Any:
        """Sends a value as JSON; keyword arguments go to ``json.dumps`` (and ``send``)."""
        to_send = {key: kwargs.pop(key) for key in ("routing_id", "group") if key in kwargs}
        return self.send(json.dumps(obj, **kwargs).encode(), flags, **to_send)

    def recv_json(self, flags: int = 0, **kwargs: Any) -> Any:
        """Receives JSON; keyword arguments go to ``json.loads``."""
        return self._deserialize(self.recv(flags), lambda part: json.loads(part, **kwargs))

    def send_pyobj(
        self, obj: Any, flags: int = 0, protocol: int = pickle.DEFAULT_PROTOCOL, **kwargs: Any
    ) -> Any:
        """Sends a value by pickle. ``send_table`` is the safe way."""
        return self.send(pickle.dumps(obj, protocol), flags, **kwargs)

    def recv_pyobj(self, flags: int = 0) -> Any:
        """Receives a pickle, which **runs whatever code its sender likes**.

        Only for peers that are trusted as much as this program. ``recv_table`` is the safe way.
        """
        return self._deserialize(self.recv(flags), pickle.loads)

    def send_serialized(
        self, msg: Any, serialize: Callable[[Any], Sequence[Any]], flags: int = 0,
        copy: bool = True, **kwargs: Any,
    ) -> Any:
        """Sends the parts that ``serialize`` makes of a value."""
        return self.send_multipart(serialize(msg), flags, copy, **kwargs)

    def recv_serialized(
        self, deserialize: Callable[[list[Any]], Any], flags: int = 0, copy: bool = True
    ) -> Any:
        """Receives a message and makes a value of its parts."""
        return self._deserialize(self.recv_multipart(flags, copy), deserialize)

    def _deserialize(self, received: Any, load: Callable[[Any], Any]) -> Any:
        return load(received)

    # Options.

    def set(self, option: int, optval: Any) -> None:
        """Sets an option: an int, or bytes, as its type is."""
        self._set(0, option, check_value(option, optval))

    def get(self, option: int) -> Any:
        """The value of an option: an int, or bytes, as its type is."""
        return shown(self._get(0, option))

    def setsockopt(self, option: int, optval: Any) -> None:
        """Another name of ``set``."""
        self.set(option, optval)

    def getsockopt(self, option: int) -> Any:
        """Another name of ``get``."""
        return self.get(option)

    def set_string(self, option: int, optval: str, encoding: str = "utf-8") -> None:
        """Sets an option of bytes to a str."""
        if not isinstance(optval, str):
            raise TypeError(f"optval must be str, not {type(optval).__name__}")
        self.set(option, optval.encode(encoding))

    def get_string(self, option: int, encoding: str = "utf-8") -> str:
        """An option of bytes as a str."""
        value = self.get(option)
        if not isinstance(value, bytes):
            raise TypeError(f"option {option!r} is no bytes but {value!r}")
        return value.decode(encoding)

    setsockopt_string = setsockopt_unicode = set_string
    getsockopt_string = getsockopt_unicode = get_string

    def get_hwm(self) -> int:
        """SNDHWM."""
        return self.get(constants.SNDHWM)

    def set_hwm(self, value: int) -> None:
        """Sets SNDHWM and RCVHWM."""
        self.set(constants.SNDHWM, value)
        self.set(constants.RCVHWM, value)

    hwm = property(get_hwm, set_hwm, None, "SNDHWM, and when set RCVHWM too.")

    def _subscribe_topic(self, topic: str | bytes) -> None:
        """Lets messages through that begin with a topic: bytes, or a str as UTF-8."""
        self._subscribe(topic)

    def _unsubscribe_topic(self, topic: str | bytes) -> None:
        """Takes back one ``subscribe`` of the same topic."""
        self._unsubscribe(topic)

    subscribe: Any = _Topic(_subscribe_topic)
    unsubscribe: Any = _Topic(_unsubscribe_topic)

    # State.

    @property
    def type(self) -> SocketType:
        """Its type, such as ``SocketType.SUB``."""
        return SocketType(self._kind[1])

    @property
    def socket_type(self) -> SocketType:
        """Its type, such as ``SocketType.SUB``."""
        return SocketType(self._kind[1])

    @property
    def last_endpoint(self) -> bytes:
        """The address of the last bind or connect, with the port that the system gave."""
        return self.get(constants.LAST_ENDPOINT)

    LAST_ENDPOINT = last_endpoint

    @property
    def underlying(self) -> int:
        """A number that names this socket while it lives."""
        return self._handle

    def fileno(self) -> int:
        """A descriptor that turns readable when there is news; then read ``events``."""
        return self._descriptor("news")

    FD = property(fileno, None, None, "The descriptor of ``fileno``.")

    def poll(self, timeout: int | None = None, flags: int = POLLIN) -> int:
        """Waits for events at most `timeout` ms (None for ever): those that hold, or 0."""
        events = self._wait(int(flags) & _EVENTS, None if timeout is None else int(timeout))
        if events & _TERM:
            raise self._gone()
        return events & flags

    def _gone(self) -> ZMQError:
        return zmq_named("ENOTSOCK" if self.closed else "ETERM")

    def close(self, linger: int | None = None) -> None:
        """Closes the socket; what is unsent goes on being sent for up to LINGER ms.

        ``linger`` sets that time. Calls of other threads that wait end with ENOTSOCK.
        """
        self._close(linger)

    def join(self, group: str | bytes) -> None:
        """Receives the messages of a group too (DISH); at most 255 bytes. A draft of libzmq.

        EINVAL when it is in that group already.
        """
        self._join(group)

    def leave(self, group: str | bytes) -> None:
        """Receives the messages of a group no longer (DISH). EINVAL when it is not in it."""
        self._leave(group)

    def connect_peer(self, addr: str) -> int:
        """Connects, and answers the routing id of the new peer, which may be sent to at once (PEER).

        libzmq's ``zmq_connect_peer``, a draft. ENOTSUP for other types, EFAULT with IMMEDIATE.
        """
        return self._connect_peer(addr)

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"{self._kind[0]} handle={self._handle}"
        return f"<{type(self).__module__}.{type(self).__name__} {state}>"


Context._socket_class = Socket


def _origin(context: Any = None, socket_type: Any = None, *_rest: Any) -> tuple[Context, Any]:
    """The context and type of ``Socket(context, type)`` and of ``Socket(type)``."""
    if isinstance(context, int):
        context, socket_type = None, context
    if isinstance(context, _sockery.Context):
        owner = context if isinstance(context, Context) else Context(context)
    elif context is None:
        owner = Context.instance()
    else:
        raise TypeError(f"context must be a Context, not {type(context).__name__}")
    if not isinstance(socket_type, int):
        raise TypeError(f"socket_type must be int, not {type(socket_type).__name__}")
    return owner, socket_type


def _only(kwargs: dict[str, Any]) -> dict[str, Any]:
    """The keywords that choose the socket; others are a subclass's own."""
    return {key: kwargs[key] for key in ("context", "socket_type") if key in kwargs}


def _copy_into(part: bytes | Frame, room: memoryview) -> int:
    fits = min(len(part), room.nbytes)
    room[:fits] = part[:fits]
    return len(part)

