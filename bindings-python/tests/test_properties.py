"""What received frames know of the peer that sent them, beside libzmq's."""

import asyncio

import pytest
from sockery import zmq
from sockery.zmq import asyncio as zmq_asyncio

libzmq = pytest.importorskip("zmq")
WAIT = 10_000
NAMES = ("Socket-Type", "Identity", "Peer-Address", "User-Id", "X-no")


def known(frame):
    """Each property, or that there is none."""
    found = {}
    for name in NAMES:
        try:
            found[name] = frame.get(name)
        except Exception as error:
            found[name] = error.errno
    return found


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("identity", [b"", b"me"])
@pytest.mark.parametrize("kinds", [("ROUTER", "DEALER"), ("PULL", "PUSH")])
def test_the_same_as_libzmq(tmp_path, transport, identity, kinds):
    """Both libraries receive from one peer and know the same of it."""
    seen = []
    for number, module in enumerate((zmq, libzmq)):
        place = "tcp://127.0.0.1:*" if transport == "tcp" else f"ipc://{tmp_path}/{number}"
        with module.Context() as context, libzmq.Context() as other:
            with context.socket(getattr(module, kinds[0])) as receiver:
                with other.socket(getattr(libzmq, kinds[1])) as sender:
                    receiver.bind(place)
                    if identity:
                        sender.setsockopt(libzmq.ROUTING_ID, identity)
                    sender.connect(receiver.getsockopt(module.LAST_ENDPOINT).decode().rstrip("\0"))
                    sender.send_multipart([b"a", b"b"])
                    assert receiver.poll(WAIT)
                    seen.append([known(frame) for frame in receiver.recv_multipart(copy=False)])
    assert seen[0] == seen[1]
    assert len(seen[0]) == (3 if kinds[0] == "ROUTER" else 2)


def test_own_properties_and_the_user():
    with zmq.Context() as context:
        handler = context.socket(zmq.REP)
        handler.bind("inproc://zeromq.zap.01")
        server, client = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        server.plain_server, server.zap_domain = 1, b"d"
        client.plain_username, client.plain_password = b"ann", b"secret"
        client.set(zmq.METADATA, b"X-name:one")
        server.rcvtimeo = handler.rcvtimeo = WAIT
        server.bind("tcp://127.0.0.1:*")
        client.connect(server.last_endpoint.decode())
        version, request, _, address, *_ = handler.recv_multipart()
        assert address == b"127.0.0.1"
        handler.send_multipart([version, request, b"200", b"", b"user of ann", b""])
        client.send_multipart([b"one", b"two"])
        for more in (True, False):
            frame = server.recv(copy=False)
            assert frame.more is more
            assert (frame["User-Id"], frame["x-NAME"]) == ("user of ann", "one")
        client.send(b"plain")
        assert type(server.recv()) is bytes
        with pytest.raises(zmq.ZMQError) as caught:
            frame.get("X-other")
        assert caught.value.errno == zmq.EINVAL
        with pytest.raises(zmq.ZMQError):
            zmq.Frame(b"mine").get("Peer-Address")
        for socket in (client, server, handler):
            socket.close(0)


def test_awaited_frames_know_it_too():
    async def run():
        with zmq_asyncio.Context() as context:
            pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
            pull.bind("tcp://127.0.0.1:*")
            waits = asyncio.ensure_future(pull.recv(copy=False))
            await asyncio.sleep(0)
            push.connect(pull.last_endpoint.decode())
            await push.send(b"one")
            frame = await asyncio.wait_for(waits, WAIT / 1000)
            assert frame["Socket-Type"] == "PUSH"
            waits = asyncio.ensure_future(pull.recv_multipart(copy=False))
            await asyncio.sleep(0)
            await push.send_multipart([b"a", b"b"])
            frames = await asyncio.wait_for(waits, WAIT / 1000)
            assert [frame["Socket-Type"] for frame in frames] == ["PUSH", "PUSH"]
            assert [frame.more for frame in frames] == [True, False]
            push.close(0)
            pull.close(0)

    asyncio.run(run())
