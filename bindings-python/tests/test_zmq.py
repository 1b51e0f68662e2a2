"""zmq: what pyzmq's users expect of the names."""

import json
import pickle
import socket as plain
import subprocess
import sys

import pytest

from sockery import Error, zmq


def test_parts_and_messages(zmq_pair):
    push, pull = zmq_pair(zmq.PUSH, zmq.PULL)
    assert push.send(b"one") is None
    assert pull.recv() == b"one"
    push.send_multipart([b"a", bytearray(b"b"), memoryview(b"c"), zmq.Frame(b"d")])
    assert pull.recv_multipart() == [b"a", b"b", b"c", b"d"]
    push.send(b"x", zmq.SNDMORE)
    push.send(b"y")
    assert (pull.recv(), pull.rcvmore, pull.recv(), pull.get(zmq.RCVMORE)) == (b"x", 1, b"y", 0)
    push.send_multipart([b"x"], zmq.SNDMORE)
    push.send_multipart([b"y", b"z"])
    assert pull.recv() == b"x"
    assert pull.recv_multipart() == [b"y", b"z"]
    push.send(b"")
    assert pull.recv() == b""


def test_frames_and_trackers(zmq_pair):
    push, pull = zmq_pair(zmq.PUSH, zmq.PULL)
    tracker = push.send(b"a", zmq.SNDMORE, copy=False, track=True)
    assert tracker.done and tracker.wait() is None
    push.send(zmq.Frame(b"b\xff"))
    first, second = pull.recv_multipart(copy=False)
    assert (first.more, second.more) == (True, False)
    assert first.get(zmq.MORE) == 1
    assert type(second.bytes) is bytes and second.bytes == b"b\xff"
    assert second.buffer == b"b\xff" and len(second) == 2 and second == b"b\xff"
    with pytest.raises(TypeError):
        zmq.Frame("text")
    room = bytearray(2)
    push.send(b"long")
    assert pull.recv_into(room) == 4 and room == b"lo"


def test_forms(zmq_pair):
    push, pull = zmq_pair(zmq.PUSH, zmq.PULL)
    push.send_string("h\u00e9")
    assert pull.recv_string() == "h\u00e9"
    push.send_json({"a": [1, None]}, sort_keys=True)
    assert pull.recv_json() == {"a": [1, None]}
    push.send_pyobj({1, 2})
    assert pull.recv_pyobj() == {1, 2}
    push.send_serialized((1, 2), lambda pair: [b"%d" % n for n in pair])
    assert pull.recv_serialized(lambda parts: tuple(map(int, parts))) == (1, 2)
    push.send_table({"a": b"x"})
    assert pull.recv_table() == {"a": b"x"}
    assert push.send_many([b"1", [b"2", b"3"], bytearray(b"4")]) == 3
    got = []
    while len(got) < 3:
        got += pull.recv_many(10)
    assert got == [[b"1"], [b"2", b"3"], [b"4"]]


def test_constructor_forms():
    with zmq.Context() as context:
        assert zmq.Socket(context, zmq.SUB).type == zmq.SUB
        assert context.socket(zmq.SUB).context is context
    with zmq.Socket(zmq.SUB) as sock:
        assert sock.type is zmq.SocketType.SUB
        assert sock.context is zmq.Context.instance()

    class Sub(zmq.Socket):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.mine = args[1]

    with zmq.Context() as context:
        sock = context.socket(zmq.PUB, socket_class=Sub)
        assert isinstance(sock, Sub) and sock.mine == zmq.PUB
        again = zmq.Socket.shadow(sock)
        again.close()
        assert sock.closed


def test_instance_is_made_again():
    first = zmq.Context.instance()
    assert zmq.Context.instance() is first
    first.term()
    second = zmq.Context.instance()
    assert second is not first and not second.closed
    second.term()


def test_options(context):
    sock = context.socket(zmq.DEALER)
    assert sock.linger == -1
    sock.linger = 7
    assert (sock.LINGER, sock.get(zmq.LINGER), sock.getsockopt(zmq.LINGER)) == (7, 7, 7)
    sock.setsockopt(zmq.IDENTITY, b"me")
    assert sock.identity == sock.routing_id == b"me"
    sock.set_string(zmq.ROUTING_ID, "you")
    assert sock.get_string(zmq.ROUTING_ID) == "you"
    sock.hwm = 5
    assert (sock.sndhwm, sock.rcvhwm, sock.get_hwm()) == (5, 5, 5)
    assert sock.TYPE == zmq.DEALER
    assert {"linger", "rcvtimeo", "RCVTIMEO"} <= set(dir(sock))
    with pytest.raises(AttributeError):
        sock.no_such_option
    with pytest.raises(AttributeError):
        sock.rcvmore = 1
    sub = context.socket(zmq.SUB)
    sub.subscribe("a")
    sub.subscribe = b"b"
    sub.unsubscribe(b"a")
    sub.setsockopt(zmq.SUBSCRIBE, b"")
    with sub.bind("tcp://127.0.0.1:*"):
        assert sub.last_endpoint.startswith(b"tcp://127.0.0.1:")


def test_context_options():
    with zmq.Context(io_threads=1) as context:
        assert context.get(zmq.IO_THREADS) == context.io_threads == 1
        context.linger = 3
        context.setsockopt(zmq.SUBSCRIBE, b"")
        assert context.linger == 3
        assert context.socket(zmq.PUSH).linger == 3
        context.max_sockets = 2
        assert context.get(zmq.MAX_SOCKETS) == 2


def test_bind_to_random_port(context):
    sock = context.socket(zmq.PULL)
    port = sock.bind_to_random_port("tcp://127.0.0.1")
    assert sock.last_endpoint == b"tcp://127.0.0.1:%d" % port
    low = sock.bind_to_random_port("tcp://127.0.0.1", 40_000, 50_000)
    assert 40_000 <= low < 50_000
    with pytest.raises(zmq.ZMQBindError):
        sock.bind_to_random_port("tcp://127.0.0.1", low, low + 1, 2)
    sock.unbind(f"tcp://127.0.0.1:{low}")
    with pytest.raises(zmq.ZMQError) as caught:
        sock.unbind(f"tcp://127.0.0.1:{low}")
    assert caught.value.errno == zmq.ENOENT


def test_poll(zmq_pair):
    a, b = zmq_pair(zmq.PAIR, zmq.PAIR)
    left, right = plain.socketpair()
    poller = zmq.Poller()
    poller.register(b, zmq.POLLIN)
    poller.register(left, zmq.POLLIN)
    poller.register(a)
    assert b in poller and right not in poller
    assert poller.poll(0) == [(a, zmq.POLLOUT)]
    poller.modify(a, zmq.POLLIN)
    assert poller.poll(0) == []
    a.send(b"x")
    right.send(b"x")
    found = {}
    while len(found) < 2:
        found.update(poller.poll(10_000))
    assert found == {b: zmq.POLLIN, left: zmq.POLLIN}
    poller.unregister(left)
    with pytest.raises(KeyError):
        poller.unregister(left)
    assert b.poll(10_000) == zmq.POLLIN == b.poll()
    assert zmq.select([b, left], [a], [], 5) == ([b, left], [a], [])
    assert zmq.zmq_poll([(b, zmq.POLLIN)], 10) == [(b, 1)]
    assert b.recv() == b"x"
    assert b.poll(0) == 0
    assert isinstance(b.fileno(), int) and b.FD == b.fileno()
    b.close()
    with pytest.raises(zmq.ZMQError) as caught:
        poller.poll(0)
    assert caught.value.errno == zmq.ENOTSOCK
    for end in (left, right):
        end.close()


def test_one_poller_over_both_dialects_and_a_descriptor(zmq_pair, nn_pair):
    zmq_far, zmq_near = zmq_pair(zmq.PAIR, zmq.PAIR)
    nn_far, nn_near = nn_pair("pair", "pair")
    far, near = plain.socketpair()
    poller = zmq.Poller()
    for end in (zmq_near, nn_near, near):
        poller.register(end, zmq.POLLIN)
    assert poller.poll(0) == []
    reads = {zmq_near: zmq_near.recv, nn_near: nn_near.recv, near: lambda: near.recv(1)}
    for sender, end in [(zmq_far, zmq_near), (nn_far, nn_near), (far, near)]:
        sender.send(b"x")
        assert poller.poll(10_000) == [(end, zmq.POLLIN)]
        assert reads[end]() == b"x"
    assert poller.poll(0) == []
    for sender in (zmq_far, nn_far, far):
        sender.send(b"x")
    found = {}
    while len(found) < 3:
        found.update(poller.poll(10_000))
    assert found == dict.fromkeys(reads, zmq.POLLIN)
    far.close()
    near.close()


def test_waiting_for_peers(context):
    pub, sub = context.socket(zmq.PUB), context.socket(zmq.SUB)
    pub.bind("tcp://127.0.0.1:*")
    with pytest.raises(zmq.Again):
        pub.wait_for_peers(1, 10)
    sub.subscribe("topic")
    sub.connect(pub.last_endpoint.decode())
    pub.wait_for_subscribers(b"topic", 1, 10_000)
    pub.send(b"topic 1")
    assert sub.recv() == b"topic 1"
    assert pub.peers == 1
    assert all(isinstance(count, int) for count in pub.dropped().values())


def test_errors(context):
    with pytest.raises(zmq.Again) as caught:
        context.socket(zmq.PULL).recv(zmq.DONTWAIT)
    error = caught.value
    assert isinstance(error, (zmq.ZMQError, zmq.ZMQBaseError, Error))
    assert (error.errno, error.name, zmq.zmq_errno()) == (zmq.EAGAIN, "EAGAIN", zmq.EAGAIN)
    assert zmq.strerror(zmq.ETERM) == str(zmq.ContextTerminated())
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.errno, str(copy)) == (zmq.Again, error.errno, str(error))
    assert zmq.error.ZMQError is zmq.ZMQError
    assert issubclass(zmq.error.InterruptedSystemCall, InterruptedError)


def test_versions():
    assert zmq.zmq_version() == "4.3.5" and zmq.zmq_version_info() == (4, 3, 5)
    assert zmq.pyzmq_version() == zmq.__version__
    assert zmq.has("ipc") and zmq.has("WS") and zmq.has("curve") and not zmq.has("gssapi")


def test_enums():
    assert zmq.SocketType(8) is zmq.PUSH
    assert zmq.SocketOption.LINGER == zmq.LINGER == 17
    assert zmq.POLLIN | zmq.POLLOUT == zmq.PollEvent(3)
    assert zmq.ContextOption.IO_THREADS is zmq.IO_THREADS
    assert zmq.EVENT_CONNECTED == zmq.Event.CONNECTED
    assert zmq.constants.Errno.EFSM == zmq.EFSM == 156384763


def test_every_number_of_libzmqs_header_is_ours_too():
    # pyzmq has them all, drafts too. In a process of its own: nothing of other libraries may be loaded here.
    program = """
import json, zmq.constants
kinds = [kind for kind in vars(zmq.constants).values() if isinstance(kind, type)]
kinds = [kind for kind in kinds if issubclass(kind, int) and getattr(kind, "__members__", None)]
print(json.dumps({kind.__name__: {n: int(v) for n, v in kind.__members__.items()} for kind in kinds}))
"""
    run = [sys.executable, "-c", program]
    told = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)
    theirs = json.loads(told.stdout)
    assert len(theirs["SocketOption"]) > 100 and len(theirs["Event"]) > 30
    for kind, members in theirs.items():
        kept = getattr(zmq, kind).__members__
        ours = {name: getattr(zmq, name, kept.get(name)) for name in members}
        assert ours == members, kind
    # Numbers of options that libzmq has not stay clear of those that it may add; its own may have other names too.
    more = set(zmq.SocketOption.__members__) - set(theirs["SocketOption"])
    own = {name for name in more if zmq.SocketOption[name] not in theirs["SocketOption"].values()}
    assert all(zmq.SocketOption[name] > 10_000 for name in own), own


def test_properties_of_the_users_own_are_shown_to_libzmq(context):
    sock = context.socket(zmq.PUSH)
    for text in (b"X-colour:blue", b"X-unit:km/h", b"X-colour:red"):
        sock.set(zmq.METADATA, text)
    port = sock.bind_to_random_port("tcp://127.0.0.1")
    # In a process of its own: nothing of other libraries may be loaded here.
    program = f"""
import zmq
with zmq.Context() as context, context.socket(zmq.PULL) as pull:
    pull.rcvtimeo = 10_000
    pull.connect("tcp://127.0.0.1:{port}")
    frame = pull.recv(copy=False)
    print(frame.bytes.decode(), *(frame.get(name) for name in ("X-colour", "X-unit")))
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as run:
        sock.send(b"x")
        assert run.communicate(timeout=60)[0].split() == ["x", "red", "km/h"]


def test_a_socket_that_listens_already_is_taken_over(context):
    # Its own, as systemd hands one to a service.
    listener = plain.create_server(("127.0.0.1", 0))
    address, number = "tcp://{}:{}".format(*listener.getsockname()), listener.detach()
    sock = context.socket(zmq.PUSH)
    sock.use_fd = number
    sock.bind("tcp://127.0.0.1:*")
    assert sock.last_endpoint.decode().rstrip("\0") == address
    program = f"""
import zmq
with zmq.Context() as context, context.socket(zmq.PULL) as pull:
    pull.rcvtimeo = 10_000
    pull.connect("{address}")
    print(pull.recv().decode())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as run:
        sock.send(b"to libzmq")
        assert run.communicate(timeout=60)[0] == "to libzmq\n"
    sock.unbind(address)
    with pytest.raises(zmq.ZMQError, match=f"USE_FD takes a listening .*, but {number} is") as raised:
        sock.bind("tcp://127.0.0.1:*")
    assert raised.value.errno in (zmq.EBADF, zmq.ENOTSOCK, zmq.EINVAL)
    sock.use_fd = -1
    sock.bind("tcp://127.0.0.1:*")


def test_stream_talks_with_plain_tcp(context):
    with context.socket(zmq.STREAM) as stream:
        port = stream.bind_to_random_port("tcp://127.0.0.1")
        with plain.create_connection(("127.0.0.1", port), timeout=10) as client:
            peer, came = stream.recv_multipart()
            assert (came, stream.routing_id) == (b"", peer)
            client.sendall(b"GET")
            assert stream.recv_multipart() == [peer, b"GET"]
            # As programs for libzmq write it: every part with SNDMORE.
            for part in (peer, b"page", peer, b""):
                stream.send(part, zmq.SNDMORE)
            assert client.recv(100) + client.recv(100) == b"page"
        with pytest.raises(zmq.ZMQError, match="host unreachable"):
            stream.send_multipart([peer, b"late"])


def test_nothing_of_other_libraries():
    # In a process of its own: other tests load them, to compare.
    program = """
import sys
import sockery.nnmsg, sockery.zmq.asyncio, sockery.zmq.auth, sockery.socketcore
assert not {"zmq", "pynng", "nanomsg"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
