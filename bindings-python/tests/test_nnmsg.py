"""nnmsg: the documented names."""

import errno
import re
import select

import pytest
from conftest import ROOT, Thread, until

from sockery import nnmsg, zmq


def test_every_documented_constant():
    text = (ROOT / "tests" / "documents" / "nnmsg.txt").read_bytes().decode("utf-8", "replace")
    pairs = re.findall(r"^(_\w+)=(-?\w+)\s*$", text.replace("\\", ""), re.M)
    assert len(pairs) == 121
    for name, value in pairs:
        assert getattr(nnmsg, name) == getattr(nnmsg, name[1:]) == int(value, 0), name


def test_short_forms_and_properties():
    for name in "pair pub sub req rep push pull".split():
        with getattr(nnmsg.socket, name)() as sock:
            number = getattr(nnmsg, f"NN_{name.upper()}")
            assert sock.protocol == number
            assert isinstance(sock.handle, int)
            assert sock.lastEndpointId is None
            with nnmsg.socket(number) as other:
                assert other.handle != sock.handle
        assert sock.handle is None
        sock.close()


@pytest.mark.parametrize("name", "surveyor respondent bus rawbus pair1".split())
def test_more_forms(name):
    with getattr(nnmsg.socket, name)() as sock:
        assert not sock.closed


def test_contexts_ask_at_the_same_time(nn_pair):
    rep, req = nn_pair("rep", "req")
    contexts = [req.context() for _ in range(3)]
    for number, context in enumerate(contexts):
        context.setopt(nnmsg.NN_RCVTIMEO, 10_000)
        assert context.send(str(number)) == 1
    answering = [rep.context() for _ in contexts]
    asked = [context.recv() for context in answering]
    for context, question in reversed(list(zip(answering, asked))):
        context.send(b"re " + question)
    for number, context in reversed(list(enumerate(contexts))):
        assert context.recv() == b"re %d" % number
    with pytest.raises(nnmsg.NNError) as raised:
        contexts[0].bind("tcp://127.0.0.1:0")
    assert raised.value.name == "ENOTSUP" and "context" in str(raised.value)
    contexts[0].close()
    with pytest.raises(nnmsg.NNError) as raised:
        contexts[0].send(b"x")
    assert raised.value.name == "EBADF"
    req.close()
    with pytest.raises(nnmsg.NNError) as raised:
        contexts[1].recv()
    assert raised.value.name == "EBADF"


def test_a_context_keeps_its_socket(nn_pair):
    rep, _ = nn_pair("rep", "req")
    req = nnmsg.socket.req()
    req.connect(rep.lastEndpoint)
    context = req.context()
    del req
    context.send(b"?")
    assert rep.recv() == b"?"
    rep.send(b"!")
    assert context.recv() == b"!"


def test_no_context():
    with nnmsg.socket.pair() as pair, pytest.raises(nnmsg.NNError) as raised:
        pair.context()
    assert raised.value.name == "ENOTSUP" and "PAIR" in str(raised.value)


def test_headers(nn_pair):
    rep, req = nn_pair("rep", "req")
    raw = nnmsg.socket(nnmsg.NN_REQ, nnmsg.AF_SP_RAW)
    raw.connect(rep.lastEndpoint)
    raw.waitForPeers(1, 10_000)
    assert raw.sendMsg(b"?", bytes.fromhex("80000007")) == 1
    assert rep.recv() == b"?"
    rep.send(b"!")
    body, header, pipe = raw.recvMsg()
    assert (body, header) == (b"!", bytes.fromhex("80000007")) and pipe > 0
    for sock, header in ((raw, b"abc"), (req, b"abcd")):
        with pytest.raises(nnmsg.NNError) as raised:
            sock.sendMsg(b"", header)
        assert raised.value.name == "EINVAL" and "header" in str(raised.value)
    raw.close()


def test_send_and_recv(nn_pair):
    a, b = nn_pair("pair", "pair")
    assert a.send("h\u00e9") == 3
    assert b.recv() == b"h\xc3\xa9"
    assert a.send(b"") == 0 and b.recv() == b""
    assert a.send(memoryview(b"abc")[1:], nnmsg.NN_DONTWAIT) == 2 and b.recv() == b"bc"
    assert a.sendBuffer(bytearray(b"abcd"), 2) == 2 and b.recv() == b"ab"
    assert a.sendBuffer(b"abcd") == 4
    room = bytearray(6)
    assert b.recvBuffer(room, 2) == (room, 4) and room == b"ab\0\0\0\0"
    a.send(b"0123456789")
    got, size = b.recvBuffer(room)
    assert got is room and size == 10 and room == b"012345"
    assert a.sendMany([b"1", b"2"]) == 2
    got = []
    while len(got) < 2:
        got += b.recvMany(5)
    assert got == [b"1", b"2"]


def test_endpoints():
    with nnmsg.socket.pull() as pull:
        assert pull.bind("tcp://127.0.0.1:0") is True
        first = pull.lastEndpointId
        assert pull.connect("tcp://127.0.0.1:1") is True
        second = pull.lastEndpointId
        assert first != second
        assert pull.shutdown() is True
        assert pull.shutdown(first) is True
        with pytest.raises(nnmsg.NNError) as caught:
            pull.shutdown(first)
        assert caught.value.name == "EINVAL"


def test_subscriptions(nn_pair):
    pub, sub = nn_pair("pub", "sub")
    assert sub.subscribe("a") is True
    assert sub.subscribe() is True
    assert sub.unsubscribe() is True
    pub.send("b")
    pub.send("a1")
    assert sub.recv() == b"a1"
    with pytest.raises(nnmsg.NNError):
        sub.unsubscribe("never")


def test_options():
    with nnmsg.socket.req() as req:
        assert req.setopt(nnmsg.NN_RCVTIMEO, 30) is True
        assert req.getopt(nnmsg.NN_RCVTIMEO) == 30
        room = bytearray(4)
        assert req.getopt(nnmsg.NN_RCVTIMEO, room) == (room, 4)
        assert int.from_bytes(room, "little") == 30
        req.setopt(nnmsg.NN_RCVTIMEO, (40).to_bytes(4, "little"))
        assert req.getopt(nnmsg.NN_RCVTIMEO) == 40
        req.setopt(nnmsg.NN_REQ_RESEND_IVL, 50, nnmsg.NN_REQ)
        assert req.getopt(nnmsg.NN_REQ_RESEND_IVL, None, nnmsg.NN_REQ) == 50
        req.setopt(nnmsg.NN_SOCKET_NAME, "name")
        assert req.getopt(nnmsg.NN_SOCKET_NAME) == "name"
        assert req.getStatistic(nnmsg.NN_STAT_MESSAGES_SENT) == 0


def test_poll(nn_pair):
    a, b = nn_pair("pair", "pair")
    items = [{"fd": a, "events": nnmsg.NN_POLLIN}, {"fd": b, "events": nnmsg.NN_POLLIN, "x": 1}]
    assert nnmsg.poll(items, 10) == 0
    assert list(nnmsg.eachIn([a, b], 10)) == []
    a.send("x")
    ready = nnmsg.poll(items)
    assert [item["revents"] for item in ready] == [0, nnmsg.NN_POLLIN]
    assert ready[1]["fd"] is b and ready[1]["x"] == 1 and "revents" not in items[1]
    assert list(nnmsg.eachIn([a, b])) == [b]
    assert list(nnmsg.eachOut([a, b])) == [a, b]
    assert list(nnmsg.eachInOut([a, b])) == [(a, nnmsg.NN_POLLOUT), (b, 3)]
    assert list(nnmsg.eachInOut([a, b], -1, nnmsg.NN_POLLIN)) == [(b, 1)]


@pytest.mark.parametrize(
    "kind, events", [("pub", 1), ("push", 3), ("sub", 2), ("pull", 3), ("pull", 2)]
)
def test_one_way_sockets_refuse_the_other_way(kind, events):
    with getattr(nnmsg.socket, kind)() as sock:
        with pytest.raises(nnmsg.NNError) as caught:
            nnmsg.poll([{"fd": sock, "events": events}], 0)
        assert caught.value.nn_errno == nnmsg.NN_ENOPROTOOPT
        assert list(nnmsg.eachInOut([sock], 0, events)) == []


def test_errors_have_both_numbers():
    with nnmsg.socket.pull() as pull:
        with pytest.raises(BlockingIOError) as caught:
            pull.recv(nnmsg.NN_DONTWAIT)
        error = caught.value
        assert isinstance(error, nnmsg.NNError) and isinstance(error, OSError)
        assert (error.errno, error.nn_errno) == (errno.EAGAIN, nnmsg.NN_EAGAIN)
        assert error.name == "EAGAIN"
        pull.setopt(nnmsg.NN_RCVTIMEO, 10)
        with pytest.raises(TimeoutError) as caught:
            pull.recv()
        assert (caught.value.errno, caught.value.nn_errno) == (errno.ETIMEDOUT, nnmsg.NN_ETIMEDOUT)
        text, number = nnmsg.lasterr()
        assert number == nnmsg.lasterrno() == nnmsg.NN_ETIMEDOUT and text
        assert nnmsg.socket.lasterr() == nnmsg.lasterr()
        assert Thread(nnmsg.lasterr).result() is None
        assert Thread(nnmsg.lasterrno).result() == 0


def test_a_device_of_one_socket_sends_back_what_it_receives():
    raw, req = nnmsg.socket(nnmsg.NN_REP, nnmsg.AF_SP_RAW), nnmsg.socket.req()
    raw.bind("tcp://127.0.0.1:0")
    req.connect(raw.lastEndpoint)
    device = Thread(raw.device)
    req.send("echo")
    assert req.recv() == b"echo"
    raw.close()
    with pytest.raises(nnmsg.NNError):
        device.result()
    req.close()


@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:0", "inproc://levels"])
def test_descriptors_are_pure_levels(endpoint):
    """NN_RCVFD and NN_SNDFD can be read exactly while a receive or a send would not block."""
    pull, push = nnmsg.socket.pull(), nnmsg.socket.push()
    receiving, sending = pull.getopt(nnmsg.NN_RCVFD), push.getopt(nnmsg.NN_SNDFD)
    assert pull.getopt(nnmsg.NN_RCVFD) == receiving != sending

    def holds(descriptor, wait=0):
        return bool(select.select([descriptor], [], [], wait)[0])

    assert not holds(receiving) and not holds(sending)
    with pytest.raises(BlockingIOError):
        push.send("nobody", nnmsg.NN_DONTWAIT)
    pull.bind(endpoint)
    push.connect(pull.lastEndpoint)
    assert holds(sending, 10)
    for body in (b"1", b"2"):
        push.send(body)
    for body in (b"1", b"2"):
        # Looking takes nothing away, and one of two leaves it as it is.
        assert holds(receiving, 10) and holds(receiving)
        assert pull.recv() == body
    assert not holds(receiving)
    sent = 0
    with pytest.raises(BlockingIOError):
        while True:
            push.send(bytes(10_000), nnmsg.NN_DONTWAIT)
            sent += 1
    until(lambda: not holds(sending))
    assert sent > 10
    for _ in range(sent):
        pull.recv()
    assert holds(sending, 10)
    push.close()
    assert not holds(receiving)
    pull.close()


def test_version():
    assert nnmsg.version == nnmsg._sockery.__version__


def test_the_address_of_a_peer():
    with nnmsg.socket(nnmsg.NN_PAIR1) as one, nnmsg.socket(nnmsg.NN_PAIR1) as other:
        one.setopt(nnmsg.NN_PAIR1_POLY, 1, nnmsg.NN_PAIR1)
        one.bind("tcp://127.0.0.1:0")
        other.connect(one.lastEndpoint)
        other.send(b"x")
        body, _, pipe = one.recvMsg()
        assert body == b"x"
        host, _, port = one.peerAddress(pipe).rpartition(":")
        assert host == "tcp://127.0.0.1" and port != one.lastEndpoint.rpartition(":")[2]
        assert one.peerAddress(pipe + 1) is None
