"""zmq.asyncio: awaiting, cancelling, and loops of other kinds."""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sockery import zmq
from sockery.zmq.asyncio import Context, Poller, Socket


class Bare(asyncio.SelectorEventLoop):
    """A loop that, as Windows' Proactor loop, cannot watch descriptors."""

    def add_reader(self, *_):
        raise NotImplementedError

    def remove_reader(self, *_):
        raise NotImplementedError


@pytest.fixture(params=[asyncio.new_event_loop, Bare], ids=["selector", "no add_reader"])
def run(request):
    loop = request.param()
    yield lambda coroutine: loop.run_until_complete(asyncio.wait_for(coroutine, 30))
    loop.close()


@pytest.fixture
def pair():
    with Context() as context:
        a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        a.bind("tcp://127.0.0.1:*")
        b.connect(a.last_endpoint.decode())
        zmq.Socket.wait_for_peers(a, 1, 10_000)
        yield a, b


def test_all_forms(run, pair):
    a, b = pair

    async def main():
        waiting = b.recv()
        assert isinstance(waiting, asyncio.Future) and not waiting.done()
        assert await a.send(b"1") is None
        assert await waiting == b"1"
        await a.send_multipart([b"1", b"2"])
        assert await b.recv_multipart() == [b"1", b"2"]
        await a.send_multipart(part for part in (b"1", b"2"))
        assert [frame.more for frame in await b.recv_multipart(copy=False)] == [True, False]
        await a.send_multipart([b"1"], zmq.SNDMORE)
        await a.send_multipart((b"2", b"3"))
        assert await b.recv() == b"1"
        assert await b.recv_multipart() == [b"2", b"3"]
        with pytest.raises(TypeError):
            await a.send_multipart([b"1", 2])
        await a.send(b"x", zmq.SNDMORE)
        await a.send(b"y")
        frame = await b.recv(copy=False)
        assert frame.more and frame.bytes == b"x"
        assert await b.recv() == b"y"
        await a.send_json([1])
        assert await b.recv_json() == [1]
        await a.send_string("h\u00e9")
        assert await b.recv_string() == "h\u00e9"
        await a.send_pyobj({1})
        assert await b.recv_pyobj() == {1}
        await a.send_table({"a": 1})
        assert await b.recv_table() == {"a": 1}
        await a.send_serialized(5, lambda n: [b"%d" % n])
        assert await b.recv_serialized(lambda parts: int(parts[0])) == 5
        assert await a.send_many([b"1", [b"2", b"3"]]) == 2
        got = []
        while len(got) < 2:
            got += await b.recv_many(5)
        assert got == [[b"1"], [b"2", b"3"]]
        room = bytearray(1)
        await a.send(b"long")
        assert await b.recv_into(room) == 4 and room == b"l"
        await b.wait_for_peers(1, 1000)
        with pytest.raises(zmq.Again):
            await b.recv(zmq.DONTWAIT)
        with pytest.raises(ValueError):
            await a.send(b"{")
            await b.recv_json()

    run(main())


def test_what_is_done_acts_as_a_future(run, pair):
    a, b = pair

    async def main():
        loop = asyncio.get_running_loop()
        assert await a.poll(10_000, zmq.POLLOUT)
        sent = a.send(b"x")
        assert await b.poll(10_000)
        ready = b.recv()
        for future, value in ((sent, None), (ready, b"x")):
            assert asyncio.isfuture(future) and future.done() and not future.cancelled()
            assert future.result() == value and future.exception() is None
            assert not future.cancel() and not future.cancel("why")
            assert future.get_loop() is loop
            called = loop.create_future()
            future.add_done_callback(called.set_result)
            assert future.remove_done_callback(called.set_result) == 0
            assert await called is future
            for _ in range(2):
                assert await future == value
            assert await asyncio.wait_for(future, 10) == value
            assert await asyncio.gather(future, asyncio.shield(future)) == [value, value]
            assert await asyncio.wait([future]) == ({future}, set())
        sent = a.send_multipart([b"1", b"2"])
        assert await b.poll(10_000)
        ready = b.recv_multipart()
        assert sent.done() and ready.done() and ready.result() == [b"1", b"2"]

    run(main())


def test_a_receive_that_could_go_ahead_waits_behind_others(run, pair):
    """Neither those that wait nor what a cancelled receive put back is overtaken."""
    a, b = pair

    async def main():
        first = b.recv()
        zmq.Socket.send_multipart(a, [b"1", b"2"])
        assert zmq.Socket.poll(b, 10_000)
        second = b.recv()
        assert not second.done()
        assert [await first, await second] == [b"1", b"2"]

        async def one():
            return await b.recv()

        cancelled = asyncio.ensure_future(one())
        await asyncio.sleep(0)
        for body in (b"3", b"4"):
            zmq.Socket.send(a, body)
        assert zmq.Socket.poll(b, 10_000)
        b._receives._advance()
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert [await b.recv(), await b.recv()] == [b"3", b"4"]

    run(main())


def test_order_of_many(run, pair):
    a, b = pair
    count = 3000

    async def send():
        for index in range(count):
            await a.send(b"%d" % index)

    async def receive():
        return [await b.recv() for _ in range(count)]

    async def main():
        _, got = await asyncio.gather(send(), receive())
        assert got == [b"%d" % index for index in range(count)]
        waiting = [b.recv() for _ in range(20)]
        for index in range(20):
            await a.send(b"%d" % index)
        assert await asyncio.gather(*waiting) == [b"%d" % index for index in range(20)]

    run(main())


def test_cancelled_receives_lose_nothing(run, pair):
    a, b = pair

    async def one(call):
        return await call()

    async def main():
        for index in range(200):
            parts = [b"%d" % index, b"end"]
            task = asyncio.ensure_future(one(b.recv if index % 3 else b.recv_multipart))
            await asyncio.sleep(0)
            zmq.Socket.send_multipart(a, parts)
            if index % 2:
                assert zmq.Socket.poll(b, 10_000)
                # The message is taken for the task, which is cancelled before it runs again.
                b._receives._advance()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await b.poll(10_000) == zmq.POLLIN
            assert await b.recv_multipart() == parts

    run(main())


def test_a_message_put_back_goes_to_the_next_receiver(run, pair):
    a, b = pair

    async def one():
        return await b.recv()

    async def main():
        first, second = asyncio.ensure_future(one()), asyncio.ensure_future(one())
        await asyncio.sleep(0)
        zmq.Socket.send(a, b"x")
        assert zmq.Socket.poll(b, 10_000)
        b._receives._advance()
        first.cancel()
        assert await second == b"x"

    run(main())


def test_wait_for_and_timeouts(run, pair):
    a, b = pair

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(b.recv(), 0.01)
        b.rcvtimeo = 20
        with pytest.raises(zmq.Again):
            await b.recv()
        b.rcvtimeo = -1
        await a.send(b"x")
        assert await b.recv() == b"x"
        assert await b.poll(10) == 0

    run(main())


def test_a_full_queue(run):
    async def main():
        with Context() as context:
            push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
            push.sndhwm = pull.rcvhwm = 2
            push.bind("inproc://full")
            waiting = push.send(b"0")
            assert not waiting.done()
            pull.connect("inproc://full")
            await waiting
            later = [push.send(b"%d" % index) for index in range(1, 50)]
            assert not later[-1].done()
            got = [await pull.recv() for _ in range(50)]
            assert got == [b"%d" % index for index in range(50)]
            await asyncio.gather(*later)
            push.sndtimeo = 10
            pull.close()
            with pytest.raises(zmq.Again):
                for _ in range(50):
                    await push.send(b"x")

    run(main())


def test_poller(run, pair):
    a, b = pair

    async def main():
        poller = Poller()
        poller.register(b, zmq.POLLIN)
        assert await poller.poll(10) == []
        waiting = asyncio.ensure_future(poller.poll())
        await asyncio.sleep(0)
        await a.send(b"x")
        assert await waiting == [(b, zmq.POLLIN)]
        poller.register(a, zmq.POLLOUT)
        assert dict(await poller.poll(1000)) == {a: zmq.POLLOUT, b: zmq.POLLIN}
        poller.unregister(b)
        poller.modify(a, zmq.POLLIN)
        assert await poller.poll(0) == []
        with pytest.raises(KeyError):
            poller.unregister(b)

    run(main())


def test_poller_with_descriptors_and_plain_sockets(pair):
    a, b = pair

    async def main():
        reader, writer = os.pipe()
        poller = Poller()
        poller.register(reader, zmq.POLLIN)
        plain = zmq.Socket.shadow(b)
        poller.register(plain, zmq.POLLIN)
        waiting = asyncio.ensure_future(poller.poll(10_000))
        await asyncio.sleep(0)
        os.write(writer, b"x")
        assert await waiting == [(reader, zmq.POLLIN)]
        os.read(reader, 1)
        waiting = asyncio.ensure_future(poller.poll(10_000))
        await asyncio.sleep(0)
        await a.send(b"x")
        assert await waiting == [(plain, zmq.POLLIN)]
        os.close(reader)
        os.close(writer)

    asyncio.run(asyncio.wait_for(main(), 30))


def test_close_and_term_end_what_waits(run):
    async def main():
        context = Context()
        sock, other = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        waiting = sock.recv(), sock.send(b"x")
        sock.close()
        for future in waiting:
            with pytest.raises(asyncio.CancelledError):
                await future
        with pytest.raises(zmq.ZMQError) as caught:
            await sock.recv()
        assert caught.value.errno == zmq.ENOTSOCK
        waiting = other.recv()
        context.shutdown()
        with pytest.raises(zmq.ContextTerminated):
            await waiting
        other.close()
        context.term()

    run(main())


def test_another_loop_later(pair):
    a, b = pair

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(b.recv(), 0.01)
        await a.send(b"x")
        assert await b.recv() == b"x"

    for _ in range(3):
        asyncio.run(main())


def test_the_loop_gets_its_turns(run, pair):
    """A receiver that never has to wait leaves time to others."""
    a, b = pair

    async def main():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0)
                ticks += 1

        other = asyncio.ensure_future(tick())
        for index in range(2000):
            zmq.Socket.send(a, b"x")
            assert await b.recv() == b"x"
        assert ticks >= 5
        other.cancel()

    run(main())


def test_an_idle_socket_makes_no_wakes(pair):
    a, b = pair

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(b.recv(), 0.01)
        await a.send(b"unread")
        assert zmq.Socket.poll(b, 10_000)
        loop = asyncio.get_running_loop()
        wakes = 0
        ready = b._receives._ready

        def counted():
            nonlocal wakes
            wakes += 1
            ready()

        if b._receives._fd is not None:
            loop.add_reader(b._receives._fd, counted)
        # Each turn looks at the descriptors: one that stayed ready would wake the loop every time.
        for _ in range(1000):
            await asyncio.sleep(0)
        assert wakes < 3
        assert await b.recv() == b"unread"

    asyncio.run(asyncio.wait_for(main(), 30))


def test_a_loop_that_stays_away_holds_nobody_up(pair):
    a, b = pair

    def greet():
        """Ends once `a`, whose loop does not run now, has answered a new peer's handshake."""
        with zmq.Context() as context, context.socket(zmq.PAIR) as peer:
            peer.connect(a.last_endpoint.decode())
            try:
                peer.wait_for_peers(1, 10_000)
            except zmq.Again:
                return False
            return True

    async def main():
        for _ in range(10):
            waiting = b.recv()
            await a.send(b"x")
            await waiting
        never = a.recv()
        await asyncio.sleep(0)
        assert a._turns._fd is not None and b._turns._fd is not None
        b.close()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(greet).result(), "the I/O thread takes the socket back"
        never.cancel()

    asyncio.run(asyncio.wait_for(main(), 30))


def test_from_socket(run):
    async def main():
        with zmq.Context() as context:
            sync, peer = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
            sync.bind("inproc://both")
            peer.connect("inproc://both")
            sock = Socket.from_socket(sync)
            waiting = sock.recv()
            peer.send(b"x")
            assert await waiting == b"x"
            assert isinstance(Context(context).socket(zmq.SUB), Socket)
            sock.close()
            assert sync.closed

    run(main())


def test_round_trips_are_quick(pair):
    """Nothing in a round trip waits for a timer: bounded by 5 x what a slow machine takes."""
    a, b = pair

    async def echo():
        while True:
            await b.send(await b.recv())

    async def main():
        other = asyncio.ensure_future(echo())
        began = time.monotonic()
        for _ in range(200):
            await a.send(b"x")
            assert await a.recv() == b"x"
        other.cancel()
        return time.monotonic() - began

    assert asyncio.run(main()) < 5
