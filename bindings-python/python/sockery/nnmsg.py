"""nnmsg: sockets of the Scalability Protocols (nanomsg, nng).

Names are those of aardio's nnmsg. What fails raises an ``NNError`` (an ``OSError``) with the
host's ``errno``, the documented number ``nn_errno`` and ``name``; times are in milliseconds, and
None or -1 waits for ever. Every constant exists with and without its leading underscore.

>>> from sockery import nnmsg
>>> sock = nnmsg.socket.pull()
>>> sock.bind("tcp://127.0.0.1:5555")
True
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, NamedTuple, NoReturn

from . import _awaited, _nnconstants as _constants, _sockery
from ._errors import Error, NNError, TableError, _last, nn_named
from ._nnconstants import *  # noqa: F403
from ._record import Struct, checked, described, fill, writable

__all__ = [
    "Error",
    "NNError",
    "Socket",
    "Struct",
    "Symbol",
    "TableError",
    "aeachIn",
    "aeachInOut",
    "aeachOut",
    "apoll",
    "eachIn",
    "eachInOut",
    "eachOut",
    "lasterr",
    "lasterrno",
    "poll",
    "socket",
    "struct",
    "symbol",
    "symbolInfo",
    "term",
    "version",
]

__all__ += _constants.__all__

_AF_SP = _constants.AF_SP
_AF_SP_RAW = _constants.AF_SP_RAW
_SOL_SOCKET = _constants.NN_SOL_SOCKET
_IN = _sockery.IN
_OUT = _sockery.OUT

#: The version of sockery.
version: str = _sockery.__version__

_DONTWAIT = _constants.NN_DONTWAIT
#: Stands for a value that was not given, since None may be one.
_MISSING: Any = object()
_len = len

_native = _sockery.Socket
#: Every event by its name, and those of pipes.
_EVENTS = {name.lower(): bit for name, bit in _sockery.events()}
_PIPE_EVENTS = ("add_pre", "add_post", "rem_post")


class Socket(_awaited.AsyncioHalf, _sockery.Socket):
    """One socket. Made by ``nnmsg.socket``; closed by ``close``, ``with``, or when it is collected.

    It may be used by several threads at once.
    """

    #: The id of the last endpoint that ``bind`` or ``connect`` made, for ``shutdown``; 0 is one.
    lastEndpointId: int | None = None

    def __new__(cls, protocol: int, domain: int = _AF_SP) -> Socket:
        for name, number in (("protocol", protocol), ("domain", domain)):
            if not isinstance(number, int):
                raise TypeError(f"{name} must be int, not {type(number).__name__}")
        return super().__new__(cls, _context(), "sp", domain, protocol)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    @property
    def handle(self) -> int | None:
        """The number of the socket; None once it is closed."""
        return None if self.closed else self._handle

    @property
    def protocol(self) -> int:
        """The protocol given to the constructor, such as ``NN_PAIR``."""
        return self._kind[1]

    @property
    def lastEndpoint(self) -> str:
        """The address of the last ``bind`` or ``connect``, with the port that the system gave."""
        return self._last_endpoint

    def bind(self, addr: str) -> bool:
        """Binds to an address such as ``"tcp://*:26666"``. True; sets ``lastEndpointId``."""
        self.lastEndpointId, _ = self._bind(addr)
        return True

    def connect(self, addr: str) -> bool:
        """Connects to an address, now or when there is someone. True; sets ``lastEndpointId``."""
        self.lastEndpointId, _ = self._connect(addr)
        return True

    def shutdown(self, id: int | None = None) -> bool:
        """Takes back one bind or connect by its id, the last one by default. True."""
        if id is None:
            id = self.lastEndpointId
            if id is None:
                raise nn_named("EINVAL", "nothing was bound or connected yet")
        self._shutdown(id)
        return True

    def close(self) -> None:
        """Closes the socket. What is unsent goes on being sent for up to NN_LINGER ms."""
        self._leave()
        self._close()

    send = _native._send_body
    recv = _native._recv_body
    sendTable = _native._send_table
    recvTable = _native._recv_table
    sendMany = _native._send_many
    recvMany = _native._recv_many_bodies

    def context(self) -> Socket:
        """An independent context of this socket (nng's): several requests or surveys at a time.

        REQ, REP, SUB, SURVEYOR and RESPONDENT have them, all others raise ENOTSUP. It is a socket over
        the same peers, with its own request, survey, or subscriptions (and a queue of 128 messages),
        and with its own NN_SNDTIMEO, NN_RCVTIMEO, NN_REQ_RESEND_IVL and NN_SURVEYOR_DEADLINE. Closing
        it or its socket ends who waits in it with EBADF.
        """
        return _native.__new__(Socket, self._open_context())

    def sendMsg(
        self, body: Any, header: bytes | None = None, pipe: int = 0, flags: int = 0
    ) -> int:
        """Sends a body with a header before it, as nn_sendmsg with SP_HDR: the body's size.

        `header` is what a raw socket takes: 4 bytes a word, big-endian, EINVAL where its kind cannot
        send by it. `pipe` names the peer that it goes to when NN_PAIR1_POLY is set; 0 names none.
        """
        return self._send_msg(body, header, pipe, flags)

    def recvMsg(self, flags: int = 0) -> tuple[bytes, bytes, int]:
        """Receives as nn_recvmsg: the body, the header (b"" unless raw), the number of the peer."""
        return self._recv_msg(flags)

    def peerAddress(self, pipe: int) -> str | None:
        """The address of the peer of this number, such as ``tcp://127.0.0.1:40123``.

        Over ipc and inproc it is the endpoint that both ends have. None when there is no such peer,
        or it was gone already when 32 others went.
        """
        return self._peer_address(pipe)

    def sendBuffer(self, p: Any, len: int | None = None, flags: int = 0) -> int:
        """Sends the first `len` bytes of a buffer, all by default: the number of bytes sent.

        `p` is str (as UTF-8) or any object with a buffer: bytes, array, memoryview, ctypes ...
        """
        return self._send_body(_head(p, len), flags)

    def recvBuffer(self, p: Any, len: int | None = None, flags: int = 0) -> tuple[Any, int]:
        """Receives into a writable buffer: the buffer, and the full size of the message.

        What does not fit into `len` bytes (the whole buffer by default) is cut off.
        """
        writable("p", p, len)
        message = self.recv(flags)
        fill("p", p, message, len)
        return p, _len(message)

    def sendStruct(self, struct: Any, value: Any = _MISSING, flags: int = 0) -> int:
        """Sends a C structure: the number of bytes sent.

        ``sendStruct(st, flags)`` sends the memory of a ``ctypes`` object;
        ``sendStruct(fields, value, flags)`` a record, described by a field list or what
        ``nnmsg.struct`` made of one. See there; a TypeError names the field that does not fit.
        """
        data, flags = _struct_bytes(struct, value, flags)
        return self._send_body(data, flags)

    def recvStruct(self, struct: Any, flags: int = 0) -> tuple[Any, int]:
        """Receives a C structure: it, and the full size of the message.

        Into a ``ctypes`` object goes what fits, as ``recvBuffer`` does. With a field list or what
        ``nnmsg.struct`` made of one, a new dict (or named tuple) comes; a message of another size
        than the record's is a TableError that has it as ``message``.
        """
        _struct_room(struct)
        return _struct_of(struct, self.recv(flags))

    # Coroutines, for asyncio and trio.

    def arecv(self, flags: int = 0) -> Any:
        """Awaits a message as bytes, in asyncio or trio. Cancelling loses no message."""
        return self._areceive(flags, _same)

    def arecvTable(self, flags: int = 0) -> Any:
        """Awaits a table, as ``recvTable`` gives it."""
        return self._areceive(flags, _sockery.unpack)

    def arecvBuffer(self, p: Any, len: int | None = None, flags: int = 0) -> Any:
        """Awaits a message into a writable buffer: the buffer and the message's full size."""
        writable("p", p, len)

        def finish(message: bytes) -> tuple[Any, int]:
            fill("p", p, message, len)
            return p, _len(message)

        return self._areceive(flags, finish)

    def arecvStruct(self, struct: Any, flags: int = 0) -> Any:
        """Awaits a C structure: it and the full size of the message, as ``recvStruct`` does."""
        _struct_room(struct)
        return self._areceive(flags, lambda message: _struct_of(struct, message))

    def asend(self, data: Any, flags: int = 0) -> Any:
        """Awaits that a str (as UTF-8) or buffer is sent: the number of bytes."""
        return self._asend(data.encode() if isinstance(data, str) else data, flags)

    def asendTable(self, value: Any, flags: int = 0) -> Any:
        """Awaits that a value is sent as a table: the number of bytes."""
        return self._asend(_sockery.pack(value), flags)

    def asendBuffer(self, p: Any, len: int | None = None, flags: int = 0) -> Any:
        """Awaits that the first `len` bytes of a buffer, all by default, are sent."""
        return self.asend(_head(p, len), flags)

    def asendStruct(self, struct: Any, value: Any = _MISSING, flags: int = 0) -> Any:
        """Awaits that a C structure is sent, given as to ``sendStruct``: the number of bytes."""
        return self._asend(*_struct_bytes(struct, value, flags))

    def _areceive(self, flags: int, finish: Callable[[bytes], Any]) -> Any:
        wait = not flags & _DONTWAIT
        shape = lambda raw: finish(raw[0])  # noqa: E731
        return _awaited.start(self, _IN, self._try_body, (), shape, self._put_back, wait)

    def _asend(self, data: Any, flags: int) -> Any:
        try:
            size = memoryview(data).nbytes
        except TypeError:
            kind = type(data).__name__
            raise TypeError(f"data must be str or bytes-like, not {kind}") from None
        wait = not flags & _DONTWAIT
        args = (data, flags)
        return _awaited.start(self, _OUT, self._try_send_part, args, lambda _: size, None, wait)

    def subscribe(self, topic: str | bytes | None = None) -> bool:
        """Lets messages through that begin with `topic`, all by default. SUB only. True."""
        self._subscribe(b"" if topic is None else topic)
        return True

    def unsubscribe(self, topic: str | bytes | None = None) -> bool:
        """Takes back one ``subscribe`` of the same topic. True."""
        self._unsubscribe(b"" if topic is None else topic)
        return True

    def setopt(self, option: int, value: Any, level: int = _SOL_SOCKET) -> bool:
        """Sets an option to an int, str or buffer. True."""
        self._set(level, option, value)
        return True

    def getopt(self, option: int, value: Any = None, level: int = _SOL_SOCKET) -> Any:
        """The value of an option; into a writable buffer and with its size when one is given."""
        got = self._get(level, option)
        if value is None:
            return got
        if isinstance(got, int):
            import ctypes

            got = bytes(ctypes.c_int(got))
        elif isinstance(got, str):
            got = got.encode()
        fill("value", value, got)
        return value, len(got)

    def getStatistic(self, statistic: int | str) -> int:
        """A count, by its NN_STAT_* number or by name; EINVAL when there is none such.

        Names are ``"messages_sent"`` for NN_STAT_MESSAGES_SENT and so on, and ours:
        ``"queued.out_messages"``, ``"queued.out_bytes"``, ``"queued.in_messages"``,
        ``"queued.in_bytes"`` (what waits now) and ``"dropped."`` with a reason, such as
        ``"dropped.queue_full"``.
        """
        if isinstance(statistic, str):
            return self._statistic_named(statistic)
        return self._statistic(statistic)

    def waitForPeers(self, count: int = 1, timeout: int | None = None) -> None:
        """Waits until `count` peers are connected; ETIMEDOUT after `timeout` ms."""
        self._wait_for_peers(count, timeout)

    def events(self, *kinds: str, decide: bool = False) -> Socket:
        """A queue of what happens to this socket's pipes, connections and endpoints from now on.

        ``kinds`` are ``add_pre``, ``add_post`` and ``rem_post`` (a pipe is about to be added, was
        added, was removed), which are all by default, and ``listening``, ``accepted``,
        ``connected``, ``disconnected`` and the other events of ``zmq``'s monitors. The queue is
        itself a socket: ``recvTable`` gives the next event as a dict with ``event``, ``pipe`` (its
        number), ``local``, ``remote``, ``bound`` (its endpoint was bound, not connected), ``value``,
        ``lost`` (events dropped before it because nobody took them) and over ipc ``uid``, ``gid`` and
        ``pid``, inside TLS ``tls`` (the version) and ``common_name`` (of the peer's certificate, where
        it showed one); with a failed handshake or a lost connection ``reason``, a sentence for people.
        Close it when done.

        With ``decide`` each new pipe waits after ``add_pre`` for ``accept`` or ``refuse``, at most
        30 s, and is then refused. The others are not delayed.
        """
        bits = 0
        for kind in kinds or _PIPE_EVENTS:
            bit = _EVENTS.get(kind)
            if bit is None:
                known = ", ".join(_EVENTS)
                raise nn_named("EINVAL", f"{kind!r} is no event; there are {known}")
            bits |= bit
        queue = _native.__new__(Socket, self._watch(bits))
        if decide:
            self._set_decides(True)
        return queue

    def accept(self, pipe: int) -> bool:
        """Takes the peer of a pipe that waits since its ``add_pre``. ENOENT when none does. True."""
        self._decide(pipe, True)
        return True

    def refuse(self, pipe: int) -> bool:
        """Closes the connection of such a pipe instead. ENOENT when none waits. True."""
        self._decide(pipe, False)
        return True

    def device(
        self,
        sock2: _sockery.Socket | None = None,
        topics: Iterable[str | bytes] | None = None,
    ) -> NoReturn:
        """Forwards between this raw socket and another, or back into this one, without an end.

        ``sock2`` is a raw socket of ``nnmsg`` whose kind fits (REQ to REP, BUS to BUS), or one of
        ``sockery.zmq``, which makes a bridge: PUSH and PULL, PAIR, PUB or XPUB with SUB, SUB or XSUB
        with PUB, REP with DEALER, REQ with ROUTER. A message of ``zmq`` with more than one part (after
        its envelope) cannot cross: it is dropped and counted there as ``malformed``.

        Publishers of SP hear of no subscriptions. Where messages go to one, the device subscribes to
        ``topics`` (prefixes), or to everything without them; where they go to an XPUB, to what its
        subscribers want, and to ``topics`` besides.

        Raises ``NNError``: EINVAL for sockets that are not raw or do not fit, EBADF or ETERM when either
        socket is closed or terminated (nn_device; the bridge is ours).
        """
        prefixes = None if topics is None else [t.encode() if isinstance(t, str) else t for t in topics]
        _sockery.device(self, sock2, None, prefixes)

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"handle={self._handle}"
        return f"<nnmsg.Socket {self._kind[0]} {state}>"


def _short_form(name: str, domain: int, number: int) -> Callable[[], Socket]:
    """A function that opens a socket of one kind."""

    def make() -> Socket:
        return Socket(number, domain)

    make.__name__ = name
    make.__doc__ = f"A {name} socket."
    return make


class _Maker:
    """``nnmsg.socket``: a function and the name space of its short forms."""

    def __call__(self, protocol: int, domain: int = _AF_SP) -> Socket:
        """A socket of a protocol (``NN_PAIR`` ...) and domain (``AF_SP`` or ``AF_SP_RAW``)."""
        return Socket(protocol, domain)

    @staticmethod
    def lasterr() -> tuple[str, int] | None:
        return lasterr()

    @staticmethod
    def lasterrno() -> int:
        return lasterrno()

    def __repr__(self) -> str:
        return "<nnmsg.socket>"


for _name, _domain, _number in _sockery.kinds("sp"):
    _form = ("raw" if _domain == _AF_SP_RAW else "") + _name.lower()
    setattr(_Maker, _form, staticmethod(_short_form(_form, _domain, _number)))

#: ``socket(protocol, domain)``, and ``socket.pair()``, ``.pub()``, ``.sub()``, ``.req()`` ...
socket = _Maker()


def _context() -> _sockery.Context:
    """The context of the process."""
    return _sockery.Context("sp")


def term() -> None:
    """Ends all nnmsg sockets of the process for good: every call on them raises ETERM."""
    _context().shutdown()


def lasterrno() -> int:
    """The documented number of this thread's last error, 0 before the first."""
    return _last.nn_errno


def lasterr() -> tuple[str, int] | None:
    """Text and number of this thread's last error; None before the first."""
    return (_last.nn_text, _last.nn_errno) if _last.nn_errno else None


def _poll(pairs: list[tuple[Any, int]], timeout: int | None) -> list[int]:
    for sock, events in pairs:
        if isinstance(sock, Socket) and events & (_IN | _OUT) & ~sock._possible:
            what = "POLLIN" if events & _IN & ~sock._possible else "POLLOUT"
            raise nn_named("ENOPROTOOPT", f"a {sock._kind[0]} socket never has {what}")
    held = [_IN & events if getattr(sock, "_returned", ()) else 0 for sock, events in pairs]
    ready = _sockery.poll("sp", pairs, 0 if any(held) else timeout)
    ready = [now | kept for now, kept in zip(ready, held)]
    for (sock, _), events in zip(pairs, ready):
        if events & _sockery.TERM:
            raise nn_named("EBADF" if sock.closed else "ETERM")
    return ready


def _pairs(items: list[dict[str, Any]]) -> list[tuple[Any, int]]:
    pairs = []
    for index, item in enumerate(items):
        try:
            pairs.append((item["fd"], item["events"]))
        except (TypeError, KeyError):
            raise TypeError(
                f"items[{index}] must be a dict with 'fd' and 'events', got {item!r}"
            ) from None
    return pairs


def _polled(items: list[dict[str, Any]], ready: list[int]) -> list[dict[str, Any]] | int:
    if not any(ready):
        return 0
    return [{**item, "revents": revents} for item, revents in zip(items, ready)]


def poll(items: Iterable[dict[str, Any]], timeout: int | None = None) -> list[dict[str, Any]] | int:
    """Waits until something can be done with one of the items, at most `timeout` ms.

    Items are dicts: ``{"fd": socket, "events": NN_POLLIN | NN_POLLOUT}``. Returns new dicts of all
    items with ``revents`` beside, or 0 when the time is over. Asking a socket for what it never
    does (POLLIN of PUB and PUSH, POLLOUT of SUB and PULL) is ENOPROTOOPT.
    """
    items = list(items)
    return _polled(items, _poll(_pairs(items), timeout))


async def apoll(
    items: Iterable[dict[str, Any]], timeout: int | None = None
) -> list[dict[str, Any]] | int:
    """``poll`` as a coroutine of asyncio or trio."""
    items = list(items)
    return _polled(items, await _awaited.poll(_pairs(items), timeout, _poll))


def _each(socks: Iterable[Socket], timeout: int | None, events: int) -> list[tuple[Socket, int]]:
    socks = list(socks)
    try:
        ready = _poll([(sock, events) for sock in socks], timeout)
    except NNError:
        return []
    return [(sock, now & events) for sock, now in zip(socks, ready) if now & events]


def eachIn(socks: Iterable[Socket], timeout: int | None = None) -> Iterator[Socket]:
    """Polls once, then yields each socket that can receive. Nothing at a timeout or error."""
    for sock, _ in _each(socks, timeout, _IN):
        yield sock


def eachOut(socks: Iterable[Socket], timeout: int | None = None) -> Iterator[Socket]:
    """Polls once, then yields each socket that can send. Nothing at a timeout or error."""
    for sock, _ in _each(socks, timeout, _OUT):
        yield sock


def eachInOut(
    socks: Iterable[Socket], timeout: int | None = None, events: int = _IN | _OUT
) -> Iterator[tuple[Socket, int]]:
    """Polls once, then yields each ready socket with its events. Nothing at a timeout or error.

    As in nanomsg, a socket that only sends or only receives makes the whole poll an error.
    """
    yield from _each(socks, timeout, events)


async def _aeach(
    socks: Iterable[Socket], timeout: int | None, events: int
) -> list[tuple[Socket, int]]:
    pairs = [(sock, events) for sock in socks]
    try:
        ready = await _awaited.poll(pairs, timeout, _poll)
    except NNError:
        return []
    return [(sock, now & events) for (sock, _), now in zip(pairs, ready) if now & events]


async def aeachIn(socks: Iterable[Socket], timeout: int | None = None) -> AsyncIterator[Socket]:
    """``eachIn`` for ``async for``, in asyncio or trio: one poll, then each that can receive."""
    for sock, _ in await _aeach(socks, timeout, _IN):
        yield sock


async def aeachOut(socks: Iterable[Socket], timeout: int | None = None) -> AsyncIterator[Socket]:
    """``eachOut`` for ``async for``, in asyncio or trio: one poll, then each that can send."""
    for sock, _ in await _aeach(socks, timeout, _OUT):
        yield sock


async def aeachInOut(
    socks: Iterable[Socket], timeout: int | None = None, events: int = _IN | _OUT
) -> AsyncIterator[tuple[Socket, int]]:
    """``eachInOut`` for ``async for``, in asyncio or trio: one poll, then each with its events."""
    for pair in await _aeach(socks, timeout, events):
        yield pair


def struct(text: str, name: str | None = None) -> Struct:
    """The structure that a field list describes, for ``sendStruct`` and ``recvStruct``.

    >>> point = struct("i16 x; i16 y")
    >>> point.unpack(point.pack({"x": 1, "y": -1}))
    {'x': 1, 'y': -1}
    """
    return Struct(text, name)


class Symbol(NamedTuple):
    """What nanomsg's ``nn_symbol_info`` says of a name; the fields hold ``NN_NS_*`` and so on."""

    #: Such as ``NN_PAIR`` and ``EAGAIN``.
    name: str
    #: Its number; of errors that of document 000, as the ``_NN_E*`` constants have it.
    value: int
    #: What it is: ``NN_NS_*``.
    ns: int
    #: Of options and statistics, the type of their values: ``NN_TYPE_*``.
    type: int
    #: And what they count: ``NN_UNIT_*``.
    unit: int


_SYMBOLS = tuple(Symbol(*row) for row in _sockery.symbols())


def symbolInfo() -> list[Symbol]:
    """Everything that nanomsg has a name for, with what it is."""
    return list(_SYMBOLS)


def symbol(i: int) -> Symbol | None:
    """The i-th symbol, from 0; None beyond the last."""
    return _SYMBOLS[i] if 0 <= i < len(_SYMBOLS) else None


def _same(value: Any) -> Any:
    return value


def _head(p: Any, len: int | None) -> Any:
    """The first `len` bytes of a str or buffer, all by default."""
    data = p.encode() if isinstance(p, str) else p
    if not len:
        return data
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(f"p must be str or bytes-like, not {type(p).__name__}") from None
    return view.tobytes()[: checked(len, view.nbytes)]


def _struct_bytes(struct: Any, value: Any, flags: int) -> tuple[Any, int]:
    """The bytes and flags of a ``sendStruct``."""
    described_as = described(struct)
    if described_as is not None:
        if value is _MISSING:
            raise TypeError("a field list needs a value beside it: sendStruct(fields, value)")
        return described_as.pack(value), flags
    return _struct_target(struct).tobytes(), flags if value is _MISSING else value


def _struct_target(struct: Any) -> memoryview:
    """The memory of what is no description."""
    try:
        return memoryview(struct)
    except TypeError:
        kind = type(struct).__name__
        expected = "a ctypes object, a field list or an nnmsg.struct"
        raise TypeError(f"struct must be {expected}, not {kind}") from None


def _struct_room(struct: Any) -> None:
    """Refuses what cannot be received into, before a message is taken for it."""
    if described(struct) is None:
        _struct_target(struct)
        writable("struct", struct)


def _struct_of(struct: Any, message: bytes) -> tuple[Any, int]:
    described_as = described(struct)
    if described_as is not None:
        return described_as.unpack(message), len(message)
    fill("struct", struct, message)
    return struct, len(message)
