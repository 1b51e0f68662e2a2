"""zmq.asyncio: sockets whose sends, receives and polls are awaited.

    from sockery import zmq
    from sockery.zmq.asyncio import Context

    sock = Context.instance().socket(zmq.PULL)
    parts = await sock.recv_multipart()

Every operation is tried at once; only one that would wait joins a queue, and only while somebody
waits does the event loop watch the socket. A cancelled receive loses no message: one that had
already been taken for it is given to the next receive.
"""

from __future__ import annotations

import asyncio
import operator
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

from .. import _sockery
from .._errors import Again, zmq_named
from . import constants
from .context import Context as _Context
from .frame import received
from .poll import Poller as _Poller, _milliseconds
from .socket import Socket as _Socket, _copy_into

__all__ = ["Context", "Poller", "Socket"]

_IN = _sockery.IN
_OUT = _sockery.OUT
_TERM = _sockery.TERM
_DONTWAIT = int(constants.DONTWAIT)
_TIMEOUTS = {"in": int(constants.RCVTIMEO), "out": int(constants.SNDTIMEO)}
_WHOLE = operator.itemgetter(0)

#: So many operations of one side of a socket go ahead at once before the loop gets a turn.
_RUN = 256


def _same(value: Any) -> Any:
    return value


def _nothing(_: Any) -> None:
    return None


def _give(value: Any) -> Any:
    """What `await` goes through where the value is there already."""
    return value
    yield


def _unless_again(call: Callable, *args: Any) -> Any:
    """What a call answers; None where it would have to wait."""
    try:
        return call(*args)
    except Again:
        return None


class _Pending(asyncio.Future):
    """A send or receive that waits for its turn.

    ``attempt(*args)`` answers None as long as it would have to wait. What a receive took goes back
    if its task is cancelled just then.
    """

    __slots__ = ("_args", "_attempt", "_finish", "_put_back", "_raw", "_side", "timer")

    def __init__(
        self, side: _Side, loop: Any, attempt: Callable, args: tuple, finish: Any, put_back: Any
    ) -> None:
        super().__init__(loop=loop)
        self._side = side
        self._attempt = attempt
        self._args = args
        self._finish = finish
        self._put_back = put_back
        self._raw: Any = None
        self.timer: asyncio.TimerHandle | None = None

    def attempt(self) -> bool:
        """Tries; False when it would have to wait."""
        try:
            raw = self._attempt(*self._args)
            if raw is None:
                return False
            self._raw = raw
            result = self._finish(raw)
        except Exception as error:
            self.set_exception(error)
        else:
            self.set_result(result)
        return True

    def cancel(self, msg: Any = None) -> bool:
        if not super().cancel(msg):
            return False
        self._side.let_go(self)
        return True

    def expire(self) -> None:
        if not self.done():
            self.set_exception(Again())
            self._side.let_go(self)

    def __await__(self):
        if not self.done():
            self._asyncio_future_blocking = True
            try:
                yield self
            except BaseException:
                # The task was cancelled after the message came and before it ran again.
                if self._raw is not None and self._put_back is not None:
                    self._put_back(self._raw)
                    self._side._advance()
                raise
            if not self.done():
                raise RuntimeError("await was not used with a future")
        return self.result()

    __iter__ = __await__


class _Side:
    """The operations of one direction, and how the loop is told to look after them."""

    def __init__(self, sock: Socket, events: int, which: Literal["in", "out"]) -> None:
        # Weak, so that a socket is collected as soon as it is let go of: what waits holds it.
        self._sock = weakref.ref(sock)
        self._events = events
        self._which = which
        self._waiting: deque[_Pending] = deque()
        self._watchers: list[asyncio.Future] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fd: int | None = None
        self._armed: Any = None
        self._grant()

    def start(
        self,
        attempt: Callable[..., Any],
        args: tuple[Any, ...],
        finish: Callable[[Any], Any] = _same,
        put_back: Callable[[Any], None] | None = None,
        wait: bool = True,
    ) -> asyncio.Future:
        """The future of an operation, which is done already if it need not wait."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._enter(loop)
        if not wait or self._may_go():
            future = asyncio.Future(loop=loop)
            try:
                raw = attempt(*args)
                if raw is not None:
                    future.set_result(finish(raw))
                    return future
                if not wait:
                    raise Again()
            except Exception as error:
                future.set_exception(error)
                return future
        elif not self._waiting:
            # A loop that never waits would starve all others.
            loop.call_soon(self._advance)
        return self._enqueue(_Pending(self, loop, attempt, args, finish, put_back))

    def _enqueue(self, pending: _Pending) -> _Pending:
        self._waiting.append(pending)
        self._grant()
        timeout = self._timeout()
        if timeout >= 0:
            pending.timer = pending.get_loop().call_later(timeout / 1000, pending.expire)
        self._watch()
        return pending

    def watch(self) -> asyncio.Future:
        """A future that is done when the events hold."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._enter(loop)
        future = loop.create_future()
        self._watchers.append(future)
        future.add_done_callback(self._settled)
        self._watch()
        return future

    def stop(self) -> None:
        """Cancels everything: the socket is being closed."""
        self._unwatch()
        futures = [*self._waiting, *self._watchers]
        self._waiting.clear()
        self._watchers.clear()
        for future in futures:
            future.cancel()

    def let_go(self, pending: _Pending) -> None:
        """It waits no more."""
        if pending.timer is not None:
            pending.timer.cancel()
        if pending in self._waiting:
            self._waiting.remove(pending)
            self._grant()

    def waits_in(self, loop: asyncio.AbstractEventLoop | None) -> bool:
        return loop is self._loop and bool(self._waiting or self._watchers)

    def _enter(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None and not self._loop.is_closed() and self._busy():
            raise RuntimeError("another event loop waits for this socket")
        # Of the loop that is left nothing is waited for any more.
        self._unwatch()
        self._waiting.clear()
        self._watchers.clear()
        self._loop = loop
        self._grant()

    def _busy(self) -> bool:
        return any(not future.done() for future in [*self._waiting, *self._watchers])

    def _may_go(self) -> bool:
        sock = self._sock()
        return sock is not None and sock._may_go(self._events)

    def _grant(self) -> None:
        """Lets the next operations go ahead; while others wait, or what was put back, none."""
        sock = self._sock()
        if sock is not None:
            held = self._waiting or self._events == _IN and sock._returned
            sock._grant(self._events, 0 if held else _RUN)

    def _timeout(self) -> int:
        sock = self._sock()
        return -1 if sock is None else sock._get(0, _TIMEOUTS[self._which])

    def _advance(self) -> None:
        """Does what can be done now, in order."""
        waiting = self._waiting
        while waiting:
            pending = waiting[0]
            if not pending.done() and not pending.attempt():
                break
            if pending.timer is not None:
                pending.timer.cancel()
            if waiting and waiting[0] is pending:
                waiting.popleft()
        self._grant()
        sock = self._sock()
        if self._watchers and sock is not None:
            now = sock._events_now()
            if now & (self._events | _TERM):
                watchers, self._watchers = self._watchers, []
                for future in watchers:
                    if not future.done():
                        future.set_result(now)

    # The loop's side.

    def _settled(self, future: asyncio.Future) -> None:
        if future.cancelled():
            self._watchers = [future for future in self._watchers if not future.done()]

    def _ready(self) -> None:
        """The loop saw the descriptor; it is let go of once nobody waits."""
        if not self._waiting and not self._watchers:
            self._unwatch()
            return
        self._advance()

    def _notified(self) -> None:
        self._armed = None
        self._advance()
        if self._waiting or self._watchers:
            self._watch()

    def _watch(self) -> None:
        """Has the loop look after what waits, and do the socket's work meanwhile."""
        sock, loop = self._sock(), self._loop
        if sock is None or loop is None:
            return
        if self._fd is None and self._armed is None:
            try:
                fd = sock._descriptor(self._which)
                loop.add_reader(fd, self._ready)
            except NotImplementedError:
                notify = self._notified
                self._armed = sock._arm(self._events, lambda: loop.call_soon_threadsafe(notify))
            else:
                self._fd = fd
        if self._fd is not None:
            sock._turns.begin(loop)

    def _unwatch(self) -> None:
        if self._fd is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._fd)
        self._fd = self._armed = None


class _Turns:
    """The socket's work, done by the loop while one of its sides waits.

    That spares each message the way over the engine's own thread, which takes the socket back when
    the loop stays away. What the engine's thread, other threads and inproc peers do, the sides'
    descriptors tell of.
    """

    def __init__(self, sock: Socket) -> None:
        self._sock = weakref.ref(sock)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fd: int | None = None
        self._due = False

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """A side waits in this loop. Of several loops the first takes the turns."""
        sock = self._sock()
        if sock is None:
            return
        wanted = sock._wants_turn()
        if self._loop is not None and self._loop.is_closed():
            self.end()
        if self._fd is None:
            fd = sock._poll_fd
            if fd is None:
                return
            loop.add_reader(fd, self._take)
            self._fd, self._loop = fd, loop
        if wanted and loop is self._loop:
            self._soon()

    def end(self) -> None:
        if self._fd is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._fd)
        self._fd = self._loop = None
        self._due = False

    def _soon(self) -> None:
        if not self._due and self._loop is not None:
            self._due = True
            self._loop.call_soon(self._take)

    def _take(self) -> None:
        self._due = False
        sock = self._sock()
        if sock is None:
            return
        sides = [side for side in (sock._receives, sock._sends) if side.waits_in(self._loop)]
        if not sides:
            self.end()
            return
        if sock._turn():
            self._soon()
        for side in sides:
            side._advance()


class Socket(_Socket):
    """A socket whose ``send``, ``recv`` and ``poll`` in all their forms return futures.

    A future is done already when nothing had to be waited for; those that ``send`` and ``recv``
    return then are no ``asyncio.Future`` but act as one. ``close`` cancels those that wait.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Parts that a cancelled receive had taken: pairs of the part and whether more follow.
        self._returned: deque[tuple[bytes, bool]] = deque()
        self._receives = _Side(self, _IN, "in")
        self._sends = _Side(self, _OUT, "out")
        self._turns = _Turns(self)

    @classmethod
    def from_socket(cls, socket: _Socket) -> Socket:
        """An awaited handle of a socket; closing one closes both."""
        return cls(socket)

    # Receiving.

    recv: Any = _Socket._recv_or_queue

    def _queue_recv(self, flags: int, copy: bool, track: bool) -> Any:
        return self._receive_part(flags, copy, _same)

    def recv_multipart(self, flags: int = 0, copy: bool = True, track: bool = False) -> Any:
        return self._receive_parts(flags, copy, _same)

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

        return self._receive(flags, self._take_many, (limit,), _same, put_back)

    def _receive_part(self, flags: int, copy: bool, finish: Callable[[Any], Any]) -> Any:
        if copy:
            shape = lambda raw: finish(raw[0])  # noqa: E731
        else:
            shape = lambda raw: finish(received(*raw))  # noqa: E731
        return self._receive(flags, self._take_part, (), shape, self._returned.appendleft)

    def _receive_parts(self, flags: int, copy: bool, finish: Callable[[Any], Any]) -> Any:
        def shape(parts: list[bytes]) -> Any:
            last = len(parts) - 1
            return finish([received(part, index < last) for index, part in enumerate(parts)])

        shape = finish if copy else shape
        return self._receive(flags, self._take_message, (), shape, self._return_message)

    def _receive(self, flags: int, attempt: Any, args: Any, finish: Any, put_back: Any) -> Any:
        return self._receives.start(attempt, args, finish, put_back, not flags & _DONTWAIT)

    def _take_part(self) -> tuple[bytes, bool] | None:
        return self._returned.popleft() if self._returned else self._try_recv_part()

    def _take_many(self, limit: int) -> list[list[bytes]] | None:
        if self._returned:
            parts = self._take_message()
            return None if parts is None else [parts]
        return _unless_again(_Socket.recv_many, self, limit, _DONTWAIT)

    def _return_message(self, parts: list[bytes]) -> None:
        last = len(parts) - 1
        for index in range(last, -1, -1):
            self._returned.appendleft((parts[index], index < last))

    def _take_message(self) -> list[bytes] | None:
        """A message; one that was put back first, up to its end."""
        parts = []
        more = True
        while more and self._returned:
            part, more = self._returned.popleft()
            parts.append(part)
        if more:
            # Of one that was put back only the first parts had been taken.
            rest = self._try_recv_parts()
            return rest if not parts else parts + (rest or [])
        return parts

    # Sending.

    send: Any = _Socket._send_or_queue

    def _queue_send(self, data: Any, flags: int, copy: bool, track: bool, **kwargs: Any) -> Any:
        if track or kwargs:
            return self._send(flags, _Socket.send, data, copy, track, **kwargs)
        wait = not flags & _DONTWAIT
        return self._sends.start(self._try_send_part, (data, flags), _nothing, None, wait)

    def send_multipart(  # type: ignore[override]
        self, msg_parts: Any, flags: int = 0, copy: bool = True, track: bool = False, **kwargs: Any
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
        found = await _poll([(self, flags)], timeout)
        return found[0][1] if found else 0

    def wait_for_peers(self, count: int = 1, timeout: int | None = None) -> Any:
        return self._in_thread(_Socket.wait_for_peers, count, timeout)

    def wait_for_subscribers(
        self, prefix: str | bytes, count: int = 1, timeout: int | None = None
    ) -> Any:
        return self._in_thread(_Socket.wait_for_subscribers, prefix, count, timeout)

    def _in_thread(self, call: Any, *args: Any) -> Any:
        return asyncio.get_running_loop().run_in_executor(None, call, self, *args)

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


class Context(_Context):
    """A context of sockets that are awaited."""

    _socket_class = Socket


Context._socket_class = Socket


class Poller(_Poller):
    """A Poller whose ``poll`` is awaited. Sockets of either kind and descriptors."""

    def register(self, socket: Any, flags: int = constants.POLLIN | constants.POLLOUT) -> None:
        if not flags:
            if socket in self._keys:
                self.unregister(socket)
            return
        if socket not in self._keys:
            self._keys[socket] = self._next
            self._next += 1
            self.sockets.append((socket, flags))
        self.sockets = [(s, flags if s is socket or s == socket else f) for s, f in self.sockets]

    def unregister(self, socket: Any) -> None:
        del self._keys[socket]
        self.sockets = [pair for pair in self.sockets if pair[0] in self._keys]

    def poll(self, timeout: int | None = -1) -> Any:
        """The future of pairs of what is ready and how; none after `timeout` ms."""
        return asyncio.ensure_future(_poll(list(self.sockets), _milliseconds(timeout)))


def _now(items: list[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """What is ready at this moment."""
    found = []
    for item, flags in items:
        if isinstance(item, _sockery.Socket):
            if item.closed:
                raise zmq_named("ENOTSOCK")
            events = item._events_now() if isinstance(item, Socket) else item._readiness
            if events & _TERM:
                raise zmq_named("ETERM")
        else:
            (events,) = _sockery.poll("zmtp", [(item, int(flags))], 0)
        if events & flags:
            found.append((item, events & int(flags)))
    return found


async def _poll(items: list[tuple[Any, int]], timeout: int | None) -> list[tuple[Any, int]]:
    """Waits until one of the items is ready."""
    found = _now(items)
    if found or timeout == 0:
        return found
    loop = asyncio.get_running_loop()
    deadline = None if timeout is None or timeout < 0 else loop.time() + timeout / 1000
    while not found:
        rest = None if deadline is None else max(0, deadline - loop.time())
        if rest == 0:
            break
        await _any(loop, items, rest)
        found = _now(items)
    return found


async def _any(loop: Any, items: list[tuple[Any, int]], timeout: float | None) -> None:
    """Waits until something happened to one of the items; may wake for nothing."""
    woken = loop.create_future()

    def wake(*_: Any) -> None:
        if not woken.done():
            woken.set_result(None)

    timer = None if timeout is None else loop.call_later(timeout, wake)
    undo: list[Callable[[], Any]] = []
    try:
        for item, flags in items:
            undo += _look(loop, item, int(flags), wake)
        await woken
    finally:
        if timer is not None:
            timer.cancel()
        for call in undo:
            call()


def _look(loop: Any, item: Any, flags: int, wake: Callable[..., None]) -> list[Callable[[], Any]]:
    """Has `wake` called at the item's events: what takes that back."""
    if isinstance(item, Socket):
        sides = [side for side in (item._receives, item._sends) if side._events & flags]
        futures = [side.watch() for side in sides]
        for future in futures:
            future.add_done_callback(wake)
        return [future.cancel for future in futures]
    if isinstance(item, _sockery.Socket):
        armed = item._arm(flags & (_IN | _OUT), lambda: loop.call_soon_threadsafe(wake))
        return [lambda: armed and None]
    fd = item if isinstance(item, int) else item.fileno()
    undo = []
    if flags & _IN:
        loop.add_reader(fd, wake)
        undo.append(lambda: loop.remove_reader(fd))
    if flags & _OUT:
        loop.add_writer(fd, wake)
        undo.append(lambda: loop.remove_writer(fd))
    return undo
