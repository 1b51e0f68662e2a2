"""Frame: one received part with what is known of it; MessageTracker: whether a send is done."""

from __future__ import annotations

from typing import Any

from .._errors import zmq_named
from .._sockery import Peer
from .constants import MORE

_item = bytes.__getitem__
_plain_repr = bytes.__repr__

class Frame(bytes):
    """One part of a message.

    It is a bytes object with the properties that pyzmq's frames have, so it can be sent, compared
    and looked into without a copy.
    """

    #: Whether further parts of the same message follow.
    more: bool = False
    #: Of SERVER and PEER: the number of the peer that it came from, or is to go to.
    routing_id: int | None = None
    #: Of RADIO and DISH: the group that it was sent to, or is to go to.
    group: str | None = None
    #: Whether the engine is done with the memory: it is, since it has copied what may change.
    tracker: MessageTracker | None = None
    tracker_event = None
    #: The native half of what is known of the peer, of a received frame.
    _peer: Peer | None = None

    def __new__(
        cls,
        data: Any = None,
        track: bool = False,
        copy: bool | None = None,
        copy_threshold: int | None = None,
    ) -> Frame:
        if isinstance(data, str):
            raise TypeError("data must be bytes-like, not str; encode it")
        self = super().__new__(cls, b"" if data is None else memoryview(data))
        if track:
            self.tracker = MessageTracker()
        return self

    @property
    def bytes(self) -> bytes:
        """The part as plain bytes."""
        return bytes(memoryview(self))

    @property
    def buffer(self) -> memoryview:
        """A view of the part."""
        return memoryview(self)

    def get(self, option: int | str) -> Any:
        """A property: MORE, ``"routing_id"``, ``"group"``, or as a str what is known of the peer.

        That is ``"Peer-Address"`` (its host; over ipc its user, group and process), ``"Socket-Type"``,
        ``"Identity"`` (or ``"Routing-Id"``), ``"User-Id"`` (of a ZAP handler) or what the peer says by
        METADATA (``"X-..."``); capitals do not matter. Received frames have it, those of ``copy=False``.
        Raises ``ZMQError`` with EINVAL for a property that is not there.
        """
        if option == MORE:
            return int(self.more)
        if option in ("routing_id", "group"):
            return getattr(self, option)
        known = self._peer.get(option) if self._peer is not None and isinstance(option, str) else None
        if known is not None:
            return known.decode("utf-8", "replace")
        raise zmq_named("EINVAL", f"a frame has no property {option!r}")

    def __getitem__(self, key: Any) -> Any:
        return self.get(key) if isinstance(key, str) else _item(self, key)

    def set(self, option: int | str, value: Any) -> None:
        """Sets ``"routing_id"`` or ``"group"``."""
        if option not in ("routing_id", "group"):
            raise zmq_named("EINVAL", f"property {option!r} of a frame cannot be set")
        setattr(self, option, value)

    def __copy__(self) -> Frame:
        return self

    def __str__(self) -> str:
        return self.decode("utf-8", "replace")

    def __repr__(self) -> str:
        return f"<zmq.Frame({_plain_repr(self)})>"


#: pyzmq's older name.
Message = Frame


def received(data: bytes, more: bool, peer: Peer | None = None) -> Frame:
    """Called by the native half for ``copy=False``."""
    frame = Frame(data)
    frame.more = more
    frame._peer = peer
    return frame


class MessageTracker:
    """Says whether the engine is done with the memory of messages: it is at once."""

    def __init__(self, *towatch: Any) -> None:
        self._watched = towatch

    @property
    def done(self) -> bool:
        return True

    def wait(self, timeout: float | None = -1) -> None:
        """Returns at once."""
