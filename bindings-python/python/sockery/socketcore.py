"""socketcore: plain TCP, UDP, TLS and raw sockets whose results come as messages (document 003).

No call waits; ``sockery.rtos.receive`` does, and gives every result. Arguments of a wrong type raise
``TypeError``; nothing else raises. Ids are 0 to 9, the next free one after the last given.

>>> from sockery import rtos, socketcore
>>> server = socketcore.sock_listen(0)
>>> client = socketcore.sock_conn(0, "127.0.0.1", socketcore.sock_port(server))
>>> {rtos.receive(1000).id for _ in range(2)} == {rtos.MSG_SOCK_CONN_CNF, rtos.MSG_SOCK_ACCEPT_IND}
True
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Union

from . import _socketcoreconstants as _constants, _sockery
from ._errors import Error as _Error
from ._socketcoreconstants import *  # noqa: F403
from ._station import station as _station

__all__ = [
    "dropped",
    "lasterr",
    "limit",
    "sock_close",
    "sock_conn",
    "sock_conn_ext",
    "sock_destroy",
    "sock_getremainbuf",
    "sock_listen",
    "sock_port",
    "sock_recv",
    "sock_send",
    "sock_setopt",
]
__all__ += _constants.__all__

#: ``hostName``, ``caCert``, ``clientCert``, ``clientKey``; of listeners ``serverCert``, ``serverKey``
#: and ``caCert``: PEM texts. ``insecure`` (ours): accept any certificate.
Certificates = Mapping[str, Union[str, bytes, bool, None]]

_OK = _constants.ERR_OK
_FIELDS = _sockery.certificate_fields()
_last: str | None = None


def _said(cert: Any) -> dict[str, bytes] | None:
    """What a mapping says about TLS; a number in its place is newer firmware's buffer size."""
    if cert is None or isinstance(cert, int):
        return None
    if not isinstance(cert, Mapping):
        raise TypeError(f"cert must be a mapping or None, not {type(cert).__name__}")
    said = {}
    for field in _FIELDS:
        value = cert.get(field)
        if field == "insecure":
            value = field if value else None
        if isinstance(value, str):
            value = value.encode()
        if value is not None:
            said[field] = value
    return said


def _number(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be int, not {type(value).__name__}")
    # No id, port or option is past 64 bits: what is, is clipped to what is none of them either.
    return int(max(-(2**63), min(2**63 - 1, value))) if value == value else -1


def _word(name: str, value: Any) -> int | str:
    return value if isinstance(value, str) else _number(name, value)


def _connect(type: int, addr: str, port: int | str, cert: Any) -> int | None:
    global _last
    said = _said(cert)
    try:
        kind, first, second = _number("type", type), _word("addr", addr), _word("port", port)
        return _station().connect(kind, first, second, said)
    except _Error as error:
        _last = str(error)
        return None


def sock_conn(
    type: int, addr: str, port: int | str, cert: Certificates | int | None = None, *more: Any
) -> int | None:
    """Begins to connect; the socket's id, or None when all are in use or an argument cannot be.

    ``rtos.MSG_SOCK_CONN_CNF`` follows: with result 0 once connected (and TLS agreed), with result 1
    where the name is unknown, nobody accepts, or TLS fails; ``error`` then says why.

    ``type`` is 0 TCP, 1 UDP, 2 SSL, 4 (or 3) RAW: an IP socket whose ``port`` is the IP protocol (1 is
    ICMP), None where the process may not have one. ``port`` may be digits. Without ``caCert`` a TLS
    server must be one that this system trusts. What else newer firmware takes counts as nothing.
    """
    return _connect(type, addr, port, cert)


def sock_conn_ext(
    type: int, addr: str, port: int | str, cert: Certificates | int | None = None, *more: Any
) -> int:
    """The same as ``sock_conn``, but -1 where that gives None."""
    id = _connect(type, addr, port, cert)
    return -1 if id is None else id


def sock_send(socket_id: int, data: Any) -> tuple[int, int]:
    """Sends a str as UTF-8, or anything with a buffer. ``(1, ERR_OK)`` when it was accepted:
    ``rtos.MSG_SOCK_SEND_CNF`` follows once all of it is with the operating system.

    ``(0, code)`` when not: ``ERR_ENOTCONN``, ``ERR_EINPROGRESS`` (one send may be under way),
    ``ERR_ECLSD``; no message follows then, unless a live socket has just failed.
    """
    code = _station().send(
        _number("socket_id", socket_id), data.encode() if isinstance(data, str) else data
    )
    return (1 if code == _OK else 0), code


def sock_recv(socket_id: int, len: int) -> bytes:
    """What has come, up to ``len`` bytes, without waiting; of UDP and RAW one datagram, cut off there.

    One read of ``recv_len`` bytes for each ``rtos.MSG_SOCK_RECV_IND`` gets all.
    """
    return _station().recv(_number("socket_id", socket_id), _number("len", len))


def sock_close(socket_id: int) -> int:
    """Closes. ``rtos.MSG_SOCK_CLOSE_CNF`` follows in any case. What was accepted for sending still
    goes; what had come stays readable until ``sock_destroy``. 1; 0 (and no message) for what can be
    no id."""
    return int(_station().close(_number("socket_id", socket_id)))


def sock_destroy(socket_id: int) -> int:
    """Gives the id back; messages of it that were not received yet are dropped. 1; 0 for what can be
    no id."""
    return int(_station().destroy(_number("socket_id", socket_id)))


def sock_setopt(socket_id: int, level: Any, optname: Any, optval: Any) -> int:
    """Sets ``SO_KEEPALIVE`` or ``SO_REUSEADDR`` of ``SOL_SOCKET``, ``TCP_KEEPIDLE``, ``TCP_KEEPINTVL``
    (s) or ``TCP_KEEPCNT`` of ``IPPROTO_TCP``. 0; -1 for anything unknown."""
    id = _number("socket_id", socket_id)
    if not all(isinstance(value, (int, float)) for value in (level, optname, optval)):
        return -1
    values = (_number("value", value) for value in (level, optname, int(optval)))
    return 0 if _station().set(id, *values) else -1


def sock_getremainbuf(socket_id: int) -> int:
    """How many more received bytes there is room for; 0 without a socket."""
    return _station().room(_number("socket_id", socket_id))


def sock_listen(port: int, addr: str | None = None, cert: Certificates | None = None) -> int | None:
    """Ours: listens, at ``port`` (0 takes a free one: see ``sock_port``) of ``addr``, an address of
    this host ("*": all of them; 127.0.0.1 without). The listener's id, or None when it cannot be.

    Each connection comes as ``rtos.MSG_SOCK_ACCEPT_IND`` with ``accept_index``, its own id, and
    ``addr``, where it comes from; it waits while all ids are in use. With ``cert`` they are TLS.
    """
    global _last
    if addr is not None and not isinstance(addr, str):
        raise TypeError(f"addr must be str or None, not {type(addr).__name__}")
    try:
        return _station().listen(_number("port", port), addr, _said(cert))
    except _Error as error:
        _last = str(error)
        return None


def sock_port(socket_id: int) -> int | None:
    """Ours: the local port of a socket."""
    return _station().port(_number("socket_id", socket_id))


def limit(n: int | None = None) -> int:
    """Ours: how many sockets there may be; sets it first (1 to 1048576). 10 as on the device."""
    return _station().limit(None if n is None else _number("n", n))


def lasterr() -> str | None:
    """Ours: why ``sock_conn``, ``sock_conn_ext`` or ``sock_listen`` last gave no id."""
    return _last


def dropped() -> int:
    """Ours: bytes that were accepted for sending and never sent."""
    return _station().dropped()
