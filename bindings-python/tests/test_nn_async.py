"""nnmsg's coroutines, in asyncio and in trio."""

import asyncio

import pytest

from sockery import nnmsg

trio = pytest.importorskip("trio")


class Asyncio:
    """What the tests do in either library."""

    cancelled = asyncio.CancelledError

    @staticmethod
    def run(main):
        return asyncio.run(main())

    @staticmethod
    async def together(*calls):
        return await asyncio.wait_for(asyncio.gather(*(call() for call in calls)), 20)

    @staticmethod
    async def turns(count):
        for _ in range(count):
            await asyncio.sleep(0)

    @staticmethod
    async def cancelled_after(turns, call):
        """Starts a call and cancels it; its result if it was faster, else None."""
        task = asyncio.ensure_future(call())
        await Asyncio.turns(turns)
        task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            return None


class Trio:
    @staticmethod
    def run(main):
        return trio.run(main)

    @staticmethod
    async def together(*calls):
        results = [None] * len(calls)

        async def one(index, call):
            results[index] = await call()

        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                for index, call in enumerate(calls):
                    nursery.start_soon(one, index, call)
        return results

    @staticmethod
    async def turns(count):
        for _ in range(count):
            await trio.lowlevel.checkpoint()

    @staticmethod
    async def cancelled_after(turns, call):
        result = None

        async def one():
            nonlocal result
            result = await call()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(one)
            await Trio.turns(turns)
            nursery.cancel_scope.cancel()
        return result


@pytest.fixture(params=[Asyncio, Trio], ids=["asyncio", "trio"])
def library(request):
    return request.param


def test_every_form(library, nn_pair):
    a, b = nn_pair("pair", "pair")

    async def main():
        assert await a.asend("h\u00e9") == 3 and await b.arecv() == b"h\xc3\xa9"
        assert await a.asend(memoryview(b"xyz")[1:]) == 2 and await b.arecv() == b"yz"
        assert await a.asendTable({"a": [1, None]}) > 0
        assert await b.arecvTable() == {"a": [1, None]}
        assert await a.asendStruct("u16 x", {"x": 5}) == 2
        assert await b.arecvStruct("u16 x") == ({"x": 5}, 2)
        room = bytearray(4)
        assert await a.asendBuffer(b"abcdef", 5) == 5
        assert await b.arecvBuffer(room) == (room, 5) and room == b"abcd"
        await a.asend(b"\xc1")
        with pytest.raises(nnmsg.TableError) as caught:
            await b.arecvTable()
        assert caught.value.message == b"\xc1"
        with pytest.raises(nnmsg.NNError) as caught:
            await b.arecv(nnmsg.NN_DONTWAIT)
        assert caught.value.name == "EAGAIN"
        b.setopt(nnmsg.NN_RCVTIMEO, 20)
        with pytest.raises(nnmsg.NNError) as caught:
            await b.arecv()
        assert caught.value.name == "ETIMEDOUT"
        with pytest.raises(TypeError):
            await a.asend(5)

    library.run(main)


def test_waiting_lets_others_run(library, nn_pair):
    a, b = nn_pair("pair", "pair")

    async def echo():
        for _ in range(100):
            await b.asend(await b.arecv())

    async def ask():
        for number in range(100):
            await a.asend(str(number))
            assert await a.arecv() == str(number).encode()

    async def main():
        await library.together(echo, ask)

    library.run(main)


def test_receivers_take_turns(library, nn_pair):
    push, pull = nn_pair("push", "pull")
    got = []

    async def receive():
        got.append(await pull.arecv())

    async def send():
        await library.turns(5)
        for number in range(6):
            await push.asend(str(number))

    async def main():
        await library.together(*[receive] * 6, send)

    library.run(main)
    assert sorted(got) == [b"0", b"1", b"2", b"3", b"4", b"5"]


def test_a_full_queue_makes_senders_wait(library, nn_pair):
    push, pull = nn_pair("push", "pull")
    body = bytes(300_000)

    async def send():
        for _ in range(40):
            assert await push.asend(body) == 300_000

    async def receive():
        await library.turns(50)
        for _ in range(40):
            assert len(await pull.arecv()) == 300_000

    async def main():
        await library.together(send, receive)

    library.run(main)


def test_cancelling_loses_no_message(library, nn_pair):
    push, pull = nn_pair("push", "pull")
    count = 300

    async def main():
        got = []
        for number in range(count):
            push.send(str(number))
            raced = await library.cancelled_after(number % 7, pull.arecv)
            if raced is not None:
                got.append(raced)
        # What comes by the plain form must come in order too.
        while len(got) < count:
            got.append(pull.recv() if len(got) % 2 else await pull.arecv())
        return got

    pull.setopt(nnmsg.NN_RCVTIMEO, 10_000)
    assert library.run(main) == [str(number).encode() for number in range(count)]


def test_polls_and_loops(library, nn_pair):
    a, b = nn_pair("pair", "pair")
    push, pull = nn_pair("push", "pull")

    async def main():
        assert await nnmsg.apoll([{"fd": b, "events": nnmsg.NN_POLLIN}], 0) == 0
        assert await nnmsg.apoll([{"fd": b, "events": nnmsg.NN_POLLIN}], 20) == 0
        assert [sock async for sock in nnmsg.aeachIn([b, pull], 1)] == []
        assert [sock async for sock in nnmsg.aeachOut([a, push], 5_000)] == [a, push]

        async def later():
            await library.turns(3)
            await push.asend(b"1")

        async def wait():
            return [sock async for sock in nnmsg.aeachIn([b, pull])]

        ready, _ = await library.together(wait, later)
        assert ready == [pull]
        assert [pair async for pair in nnmsg.aeachInOut([a], 1000)] == [(a, nnmsg.NN_POLLOUT)]
        # As in nanomsg, a poll that asks for the impossible is an error, and so nothing here.
        assert [pair async for pair in nnmsg.aeachInOut([push, pull], 1000)] == []
        with pytest.raises(nnmsg.NNError) as caught:
            await nnmsg.apoll([{"fd": push, "events": nnmsg.NN_POLLIN}], 0)
        assert caught.value.name == "ENOPROTOOPT"
        with pytest.raises(TypeError, match=r"items\[0\] must be a dict"):
            await nnmsg.apoll([push])

    library.run(main)


def test_closing_ends_what_waits(library, nn_pair):
    a, b = nn_pair("pair", "pair")

    async def wait():
        try:
            await b.arecv()
        except (nnmsg.NNError, asyncio.CancelledError) as error:
            return error
        return None

    async def close():
        await library.turns(5)
        b.close()

    async def main():
        return (await library.together(wait, close))[0]

    error = library.run(main)
    assert isinstance(error, asyncio.CancelledError) or error.name == "EBADF"


def test_outside_of_both_it_says_so(nn_pair):
    a, _ = nn_pair("pair", "pair")
    with pytest.raises(RuntimeError):
        a.arecv()


def test_contexts_ask_and_answer_at_the_same_time(library, nn_pair):
    rep, req = nn_pair("rep", "req")

    async def main():
        order = []

        async def answer(number):
            with rep.context() as context:
                asked = await context.arecv()
                if asked == b"0":
                    # The first asked is answered last.
                    while len(order) < 4:
                        await library.turns(1)
                await context.asend(b"re " + asked)

        async def ask(number):
            with req.context() as context:
                await context.asend(b"%d" % number)
                assert await context.arecv() == b"re %d" % number
                order.append(number)

        calls = [lambda n=n: answer(n) for n in range(5)] + [lambda n=n: ask(n) for n in range(5)]
        await library.together(*calls)
        assert sorted(order) == list(range(5)) and order[-1] == 0

    library.run(main)
