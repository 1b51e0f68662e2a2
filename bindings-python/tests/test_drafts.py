"""Drafts of libzmq as pyzmq shows them: routing ids and groups of frames, keyword arguments, asyncio."""

import asyncio

import pytest

from sockery import zmq
from sockery.zmq.asyncio import Context as AsyncContext


def pair(context, bound, connected, endpoint="tcp://127.0.0.1:*"):
    one, other = context.socket(bound), context.socket(connected)
    one.bind(endpoint)
    other.connect(one.last_endpoint.decode().rstrip("\0"))
    for sock in (one, other):
        sock.rcvtimeo = sock.sndtimeo = 10_000
    return one, other


def test_a_frame_is_answered_to_whom_it_came_from():
    with zmq.Context() as context:
        server, client = pair(context, zmq.SERVER, zmq.CLIENT)
        client.send(b"question")
        frame = server.recv(copy=False)
        assert (bytes(frame), frame.group, frame.more) == (b"question", None, False)
        assert frame["routing_id"] == frame.routing_id > 0
        answer = zmq.Frame(b"answer")
        answer.set("routing_id", frame.routing_id)
        server.send(answer, copy=False)
        assert client.recv() == b"answer"
        server.send_string("more", routing_id=frame.routing_id)
        assert client.recv_multipart() == [b"more"]
        client.send_multipart([b"again"])
        assert [part.routing_id for part in server.recv_multipart(copy=False)] == [frame.routing_id]
        server.close(0)
        client.close(0)


def test_a_group_is_str_or_bytes():
    with zmq.Context() as context:
        radio, dish = pair(context, zmq.RADIO, zmq.DISH)
        dish.join("news")
        dish.join(b"sport")
        radio.wait_for_subscribers(b"sport", timeout=10_000)
        radio.send(b"1", group="news")
        radio.send_json({"a": 1}, group=b"sport")
        frame = dish.recv(copy=False)
        assert (bytes(frame), frame.group) == (b"1", "news")
        assert dish.recv_json() == {"a": 1}
        with pytest.raises(zmq.ZMQError) as refused:
            dish.leave("weather")
        assert refused.value.errno == zmq.EINVAL
        radio.close(0)
        dish.close(0)


@pytest.mark.parametrize("wrong", [0.5, "1", -1, 1 << 32])
def test_a_routing_id_is_an_integer(wrong):
    with zmq.Context() as context, context.socket(zmq.SERVER) as server:
        with pytest.raises(TypeError, match="routing_id"):
            server.send(b"x", routing_id=wrong)


def test_other_types_take_neither():
    with zmq.Context() as context, context.socket(zmq.PUSH) as push:
        for extra in ({"routing_id": 1}, {"group": "g"}):
            with pytest.raises(zmq.ZMQError, match="PUSH sockets take no") as refused:
                push.send(b"x", zmq.DONTWAIT, **extra)
            assert refused.value.errno == zmq.EINVAL


def test_peers_connect_and_know_each_other():
    with zmq.Context() as context:
        one, other = context.socket(zmq.PEER), context.socket(zmq.PEER)
        one.bind("inproc://peer")
        one.rcvtimeo = other.rcvtimeo = 10_000
        number = other.connect_peer("inproc://peer")
        other.send(b"hello", routing_id=number)
        one.send(b"welcome", routing_id=one.recv(copy=False).routing_id)
        assert other.recv(copy=False).routing_id == number
        other.immediate = True
        with pytest.raises(zmq.ZMQError) as refused:
            other.connect_peer("inproc://peer")
        assert refused.value.errno == zmq.EFAULT
        one.close(0)
        other.close(0)


def test_drafts_are_awaited():
    async def main():
        context = AsyncContext()
        server, client = pair(context, zmq.SERVER, zmq.CLIENT)
        asked = asyncio.ensure_future(server.recv(copy=False))
        await client.send(b"question")
        frame = await asked
        await server.send(b"answer", routing_id=frame.routing_id)
        assert await client.recv() == b"answer"
        reply = zmq.Frame(b"once more")
        reply.routing_id = frame.routing_id
        await server.send(reply)
        assert await client.recv_multipart() == [b"once more"]
        radio, dish = pair(context, zmq.RADIO, zmq.DISH)
        dish.join("g")
        await radio.wait_for_subscribers(b"g", timeout=10_000)
        await radio.send(b"1", group="g")
        assert (await dish.recv(copy=False)).group == "g"
        context.destroy(linger=0)

    asyncio.run(main())


def test_the_package_says_that_it_has_drafts():
    assert zmq.has("draft")
    assert zmq.DRAFT_API
