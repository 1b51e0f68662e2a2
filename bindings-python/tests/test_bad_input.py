"""Bad input is a clear error and leaves the socket usable."""

import pytest

from sockery import nnmsg, zmq


def nn():
    return nnmsg.socket.pair()


NNMSG = {
    "no address": (lambda s: s.bind(""), "EINVAL"),
    "no scheme": (lambda s: s.connect("127.0.0.1:1"), "EINVAL"),
    "unknown scheme": (lambda s: s.connect("foo://bar"), "EPROTONOSUPPORT"),
    "no port": (lambda s: s.bind("tcp://127.0.0.1"), "EINVAL"),
    "port too high": (lambda s: s.connect("tcp://127.0.0.1:65536"), "EINVAL"),
    "unknown option": (lambda s: s.setopt(4711, 1), "ENOPROTOOPT"),
    "unknown level": (lambda s: s.getopt(1, None, 4711), "ENOPROTOOPT"),
    "option too small": (lambda s: s.setopt(nnmsg.NN_SNDPRIO, 0), "EINVAL"),
    "option of wrong type": (lambda s: s.setopt(nnmsg.NN_RCVTIMEO, "1"), "EINVAL"),
    "option of wrong size": (lambda s: s.setopt(nnmsg.NN_RCVTIMEO, b"123"), "EINVAL"),
    "unknown endpoint": (lambda s: s.shutdown(4711), "EINVAL"),
    "unknown protocol": (lambda s: nnmsg.socket(4711), "EINVAL"),
    "unknown domain": (lambda s: nnmsg.socket(nnmsg.NN_PAIR, 7), "EAFNOSUPPORT"),
}

TYPES = {
    "send an int": (lambda s: s.send(5), "data must be str or bytes-like, not int"),
    "send nothing": (lambda s: s.send(None), "data must be str or bytes-like, not NoneType"),
    "address of wrong type": (lambda s: s.bind(5), "endpoint must be str, not int"),
    "option of no type": (lambda s: s.setopt(1, 1.5), "value must be int, str or bytes-like"),
    "protocol of wrong type": (lambda s: nnmsg.socket("pair"), "protocol must be int, not str"),
    "read-only buffer": (lambda s: s.recvBuffer(b"123"), "p must be a writable buffer"),
    "no buffer": (lambda s: s.recvBuffer(5), "p must be a writable buffer, not int"),
    "poll of no dict": (lambda s: nnmsg.poll([s], 0), r"items\[0\] must be a dict"),
    "poll of no socket": (lambda s: nnmsg.poll([{"fd": "x", "events": 1}], 0), "socket must be"),
}


def usable(sock):
    sock.bind("tcp://127.0.0.1:0")
    with nn() as peer:
        peer.connect(sock.lastEndpoint)
        peer.send("x")
        assert sock.recv() == b"x"
    sock.close()


@pytest.mark.parametrize("case", NNMSG)
def test_nnmsg(case):
    call, name = NNMSG[case]
    sock = nn()
    with pytest.raises(nnmsg.NNError) as caught:
        call(sock)
    assert caught.value.name == name, str(caught.value)
    assert nnmsg.lasterrno() == getattr(nnmsg, f"NN_{name}")
    usable(sock)


@pytest.mark.parametrize("case", TYPES)
def test_types(case):
    call, text = TYPES[case]
    sock = nn()
    with pytest.raises(TypeError, match=text):
        call(sock)
    usable(sock)


ZMQ = {
    "no scheme": (lambda s: s.bind("nonsense"), "EINVAL"),
    "unknown scheme": (lambda s: s.connect("foo://bar"), "EPROTONOSUPPORT"),
    "bad port": (lambda s: s.bind("tcp://127.0.0.1:99999"), "EINVAL"),
    "unknown option": (lambda s: s.set(4711, 1), "EINVAL"),
    "unknown option to get": (lambda s: s.get(4711), "EINVAL"),
    "option too small": (lambda s: s.set(zmq.RCVHWM, -1), "EINVAL"),
    "unbind of nothing": (lambda s: s.unbind("tcp://127.0.0.1:1"), "ENOENT"),
    "disconnect of nothing": (lambda s: s.disconnect("tcp://127.0.0.1:1"), "ENOENT"),
    "unknown type": (lambda s: s.context.socket(4711), "EINVAL"),
    "would wait": (lambda s: s.recv(zmq.NOBLOCK), "EAGAIN"),
}

ZMQ_TYPES = {
    "send a str": (lambda s: s.send("x"), "data must be bytes-like, not str"),
    "part of wrong type": (lambda s: s.send_multipart([b"", 5]), r"msg_parts\[1\] must be bytes"),
    "bytes for parts": (lambda s: s.send_multipart(b"ab"), r"msg_parts\[0\] must be .*, not int"),
    "parts of no sequence": (lambda s: s.send_multipart(5), "msg_parts must be a sequence"),
    "int option, bytes": (lambda s: s.set(zmq.LINGER, b"1"), "LINGER takes an int"),
    "bytes option, int": (lambda s: s.set(zmq.ROUTING_ID, 1), "ROUTING_ID takes bytes"),
    "bytes option, str": (lambda s: setattr(s, "routing_id", "x"), "use set_string"),
    "type of wrong type": (lambda s: s.context.socket("PUB"), "socket_type must be int"),
    "no context": (lambda s: zmq.Socket("x", zmq.PUB), "context must be a Context, not str"),
}


@pytest.mark.parametrize("case", {**ZMQ, **ZMQ_TYPES})
def test_zmq(case, context):
    sock = context.socket(zmq.PAIR)
    if case in ZMQ:
        call, name = ZMQ[case]
        with pytest.raises(zmq.ZMQError) as caught:
            call(sock)
        assert caught.value.name == name, str(caught.value)
    else:
        call, text = ZMQ_TYPES[case]
        with pytest.raises(TypeError, match=text):
            call(sock)
    sock.bind("tcp://127.0.0.1:*")
    peer = context.socket(zmq.PAIR)
    peer.connect(sock.last_endpoint.decode())
    peer.send(b"x")
    assert sock.recv_multipart() == [b"x"]


def test_wrong_turn(context, nn_pair):
    rep = context.socket(zmq.REP)
    with pytest.raises(zmq.ZMQError) as caught:
        rep.send(b"x")
    assert caught.value.errno == zmq.EFSM
    req, rep = nn_pair("req", "rep")
    with pytest.raises(nnmsg.NNError) as refused:
        rep.send("x")
    assert refused.value.nn_errno == nnmsg.NN_EFSM
    req.send("1")
    assert rep.recv() == b"1"


USES = {
    "send": lambda s: s.send(b"x"),
    "recv": lambda s: s.recv(),
    "recv now": lambda s: s.recv(1),
    "bind": lambda s: s.bind("tcp://127.0.0.1:*"),
    "connect": lambda s: s.connect("tcp://127.0.0.1:1"),
    "many": lambda s: (getattr(s, "send_many", None) or s.sendMany)([b""]),
}


@pytest.mark.parametrize("use", USES)
def test_use_after_close(use, context):
    sock = context.socket(zmq.PAIR)
    sock.close()
    sock.close()
    with pytest.raises(zmq.ZMQError) as caught:
        USES[use](sock)
    assert caught.value.errno == zmq.ENOTSOCK
    sock = nn()
    sock.close()
    sock.close()
    with pytest.raises(nnmsg.NNError) as refused:
        USES[use](sock)
    assert refused.value.nn_errno == nnmsg.NN_EBADF
