"""Socket: the zmq.Socket whose operations are awaited."""

from __future__ import annotations

import asyncio
import operator
from collections import deque
from collections.abc import Callable
from typing import Any

from ... import _sockery
from ..._errors import Again
from .. import constants
from ..frame import Frame, received
from ..poll import _milliseconds
from ..socket import Socket as _Socket, _copy_into
from .poll import wait
from .side import Side, same
from .turns import Turns

_IN = _sockery.IN
_OUT = _sockery.OUT
_DONTWAIT = int(constants.DONTWAIT)
_WHOLE = operator.itemgetter(0)


class Socket(_Socket):
    """A socket whose ``send``, ``recv`` and ``poll`` in all their forms return futures.

    A future is done already when nothing had to be waited for; one that is done so is no
    ``asyncio.Future`` but acts as one. ``close`` cancels those that wait.
    """

    # What `Side` asks: options, and the errors of what may not wait and of what waited too long.
    _timeouts = {"in": int(constants.RCVTIMEO), "out": int(constants.SNDTIMEO)}
    _would_wait = _late = Again

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Parts that a cancelled receive had taken: pairs of the part and whether more follow.
        self._returned: deque[tuple[bytes, bool]] = deque()
        self._receives = Side(self, _IN, "in")
        self._sends = Side(self, _OUT, "out")
        self._turns = Turns(self)

    @classmethod
    def from_socket(cls, socket: _Socket) -> Socket:
        """An awaited handle of a socket; closing one closes both."""
        return cls(socket)

    # Receiving.

    recv: Any = _Socket._recv_or_queue

    def _queue_recv(self, flags: int, copy: bool, track: bool) -> Any:
        return self._receive_part(flags, copy, same)

    recv_multipart: Any = _Socket._recv_parts_or_queue

    def _queue_recv_parts(self, flags: int, copy: bool, track: bool) -> Any:
        return self._receive_parts(flags, copy, same)

    def recv_into(self, buffer: Any, /, *, nbytes: int = 0, flags: int = 0) -> Any:
        room = memoryview(buffer).cast("B")
        if nbytes:
            room = room[:nbytes]
        return self._receive_part(flags, True, lambda part: _copy_into(part, room))

    def recv_string(self, flags: int = 0, encoding: str = "utf-8") -> Any:
        return self._receive_part(flags, True, lambda part: part.decode(encoding))

    recv_unicode = recv_string

    def recv_json(self, flags: int = 0, **kwargs: Any) -> Any:
        import json

        return self._receive_part(flags, True, lambda part: json.loads(part, **kwargs))

    def recv_pyobj(self, flags: int = 0) -> Any:
        """Receives a pickle, which **runs whatever code its sender likes**."""
        import pickle

        return self._receive_part(flags, True, pickle.loads)

    def recv_table(self, flags: int = 0) -> Any:
        return self._receive_part(flags, True, _sockery.unpack)

    def recv_serialized(self, deserialize: Any, flags: int = 0, copy: bool = True) -> Any:
        return self._receive_parts(flags, copy, deserialize)

    def recv_many(self, limit: int, flags: int = 0) -> Any:
        def put_back(messages: list[list[bytes]]) -> None:
            for parts in reversed(messages):
                self._return_message(parts)

        return self._receive(flags, self._take_many, (limit,), same, put_back)

    def _receive_part(self, flags: int, copy: bool, finish: Callable[[Any], Any]) -> Any:
        if copy:
            shape = lambda raw: finish(raw[0])  # noqa: E731
        else:
            shape = lambda raw: finish(_framed(*raw))  # noqa: E731
        return self._receive(flags, self._take_part, (copy,), shape, self._returned.appendleft)

    def _receive_parts(self, flags: int, copy: bool, finish: Callable[[Any], Any]) -> Any:
        def shape(parts: list[bytes]) -> Any:
            last = len(parts) - 1
            return finish([_framed(part, index < last) for index, part in enumerate(parts)])

        shape = finish if copy else shape
        return self._receive(flags, self._take_message, (copy,), shape, self._return_message)

    def _receive(self, flags: int, attempt: Any, args: Any, finish: Any, put_back: Any) -> Any:
        return self._receives.start(attempt, args, finish, put_back, not flags & _DONTWAIT)

    def _take_part(self, copy: bool) -> tuple[bytes, bool] | None:
        return self._returned.popleft() if self._returned else self._try_recv_part(copy)

    def _take_many(self, limit: int) -> list[list[bytes]] | None:
        if self._returned:
            parts = self._take_message(True)
            return None if parts is None else [parts]
        return _unless_again(_Socket.recv_many, self, limit, _DONTWAIT)

    def _return_message(self, parts: list[bytes]) -> None:
        last = len(parts) - 1
        for index in range(last, -1, -1):
            self._returned.appendleft((parts[index], index < last))

    def _take_message(self, copy: bool) -> list[bytes] | None:
        """A message; one that was put back first, up to its end."""
        parts = []
        more = True
        while more and self._returned:
            part, more = self._returned.popleft()
            parts.append(part)
        if more:
            # Of one that was put back only the first parts had been taken.
            rest = self._try_recv_parts(copy)
            return rest if not parts else parts + (rest or [])
        return parts

    # Sending.

    send: Any = _Socket._send_or_queue

    def _queue_send(self, data: Any, flags: int, copy: bool, track: bool, **kwargs: Any) -> Any:
        if track or kwargs or isinstance(data, Frame):
            return self._send(flags, _Socket.send, data, copy, track, **kwargs)
        wait = not flags & _DONTWAIT
        return self._sends.start(self._try_send_part, (data, flags), _nothing, None, wait)

    send_multipart: Any = _Socket._send_parts_or_queue

    def _queue_send_parts(
        self, msg_parts: Any, flags: int, copy: bool, track: bool, **kwargs: Any
    ) -> Any:
        return self._send(flags, _Socket.send_multipart, list(msg_parts), copy, track, **kwargs)

    def send_table(self, value: Any, flags: int = 0) -> Any:
        data = _sockery.pack(value)
        wait = not flags & _DONTWAIT
        size = len(data)
        return self._sends.start(self._try_send_part, (data, flags), lambda _: size, None, wait)

    def send_many(self, messages: Any, flags: int = 0) -> Any:
        """Sends messages one after the other and waits for none but the first: how many."""
        return self._send(flags, _Socket.send_many, list(messages))

    def _send(self, flags: int, call: Callable, what: Any, *args: Any, **kwargs: Any) -> Any:
        now = int(flags) | _DONTWAIT

        def attempt() -> tuple[Any] | None:
            return _unless_again(lambda: (call(self, what, now, *args, **kwargs),))

        return self._sends.start(attempt, (), _WHOLE, None, not flags & _DONTWAIT)

    # Waiting.

    def poll(self, timeout: int | None = None, flags: int = constants.POLLIN) -> Any:
        """The future of the events that hold, 0 after `timeout` ms."""
        return asyncio.ensure_future(self._poll(_milliseconds(timeout), int(flags)))

    async def _poll(self, timeout: int | None, flags: int) -> int:
        found = await wait([(self, flags)], timeout)
        return found[0][1] if found else 0

    def wait_for_peers(self, count: int = 1, timeout: int | None = None) -> Any:
        return self._in_thread(_Socket.wait_for_peers, count, timeout)

    def wait_for_subscribers(
        self, prefix: str | bytes, count: int = 1, timeout: int | None = None
    ) -> Any:
        return self._in_thread(_Socket.wait_for_subscribers, prefix, count, timeout)

    def _in_thread(self, call: Any, *args: Any) -> Any:
        return asyncio.get_running_loop().run_in_executor(None, call, self, *args)

    def _sides(self, flags: int) -> list[Side]:
        """Those that have these events."""
        return [side for side in (self._receives, self._sends) if side._events & flags]

    def _events_now(self) -> int:
        """The events that hold, counting what was put back."""
        now = self._readiness
        return now | _IN if self._returned else now

    def close(self, linger: int | None = None) -> None:
        """Closes the socket and cancels what waits for it."""
        if not self.closed:
            self._receives.stop()
            self._sends.stop()
            self._turns.end()
        super().close(linger)

    def __del__(self) -> None:
        # Descriptors must leave the loop before they are closed.
        for name in ("_receives", "_sends"):
            side = self.__dict__.get(name)
            if side is not None:
                side._unwatch()
        turns = self.__dict__.get("_turns")
        if turns is not None:
            turns.end()


def _nothing(_: Any) -> None:
    return None


def _framed(part: bytes, more: bool) -> Frame:
    """A part as a Frame, which it is unless it was put back by a receive of bytes."""
    return part if isinstance(part, Frame) else received(part, more)


def _unless_again(call: Callable, *args: Any) -> Any:
    """What a call answers; None where it would have to wait."""
    try:
        return call(*args)
    except Again:
        return None
