"""What a socket's monitor sends: received and taken apart."""

from __future__ import annotations

import struct
from typing import Any

from ..asyncio import Socket as _AsyncSocket
from ..constants import Event
from ..socket import Socket

#: Number and value of an event, in the form of version 1.
_HEAD = struct.Struct("=hi")
_NUMBER = struct.Struct("=Q")


def parse_monitor_message(msg: list[bytes]) -> dict[str, Any]:
    """The event of a monitor's message: a dict with ``event``, ``value`` and ``endpoint``.

    A message of version 2 has ``values``, ``local`` and ``remote`` beside. RuntimeError for what no
    monitor sends.
    """
    if len(msg) == 2 and len(msg[0]) == _HEAD.size:
        number, value = _HEAD.unpack(msg[0])
        return {"event": Event(number & 0xFFFF), "value": value, "endpoint": msg[1]}
    if len(msg) > 4 and all(len(part) == _NUMBER.size for part in msg[:-2]):
        number, count, *values = (_NUMBER.unpack(part)[0] for part in msg[:-2])
        if count == len(values):
            local, remote = msg[-2:]
            return {
                "event": Event(number),
                "value": values[0],
                "values": values,
                "endpoint": remote or local,
                "local": local,
                "remote": remote,
            }
    raise RuntimeError(f"not a message of a monitor: {msg}")


def recv_monitor_message(socket: Socket, flags: int = 0) -> Any:
    """The next event of a monitor's socket; awaitable when the socket is one of ``zmq.asyncio``.

    ``Again`` when there is none and ``flags`` say not to wait.
    """
    if isinstance(socket, _AsyncSocket):
        return _recv_awaited(socket, flags)
    return parse_monitor_message(socket.recv_multipart(flags))


async def _recv_awaited(socket: Any, flags: int) -> dict[str, Any]:
    return parse_monitor_message(await socket.recv_multipart(flags))


__all__ = ["parse_monitor_message", "recv_monitor_message"]
