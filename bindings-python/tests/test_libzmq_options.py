"""Every option of zmq's sockets, asked and set beside libzmq's own (by pyzmq).

Of every type, by every number of libzmq's header that is no draft's: the default, whether it may be read
and set, what is refused and by which error, and what is read then. `OURS` lists what differs, and why.
"""

import pytest

from sockery import zmq

libzmq = pytest.importorskip("zmq")
TYPES = "PAIR PUB SUB REQ REP DEALER ROUTER PULL PUSH XPUB XSUB".split()
#: From this number on libzmq's options are drafts, which pyzmq's packages leave out.
DRAFTS = 93
VALUES = [-2, -1, 0, 1, 2, 100, 2**31 - 1, b"", b"x", b"x" * 254, b"x" * 256]
#: By name: what is not compared, and why.
OURS = {
    "FD": "a descriptor",
    "HWM": "libzmq has left it to bindings",
    "GSSAPI_SERVER": "pyzmq's libzmq is built without; here it is refused in words",
    "GSSAPI_PRINCIPAL": "the same",
    "GSSAPI_SERVICE_PRINCIPAL": "the same",
    "GSSAPI_PLAINTEXT": "the same",
    "GSSAPI_PRINCIPAL_NAMETYPE": "the same",
    "GSSAPI_SERVICE_PRINCIPAL_NAMETYPE": "the same",
    "VMCI_BUFFER_SIZE": "the same",
    "VMCI_BUFFER_MIN_SIZE": "the same",
    "VMCI_BUFFER_MAX_SIZE": "the same",
    "VMCI_CONNECT_TIMEOUT": "the same",
    "CONFLATE": "libzmq takes it of any type and ignores it where it means nothing; here that is refused",
    "XPUB_NODROP": "it can be read here",
    "HEARTBEAT_TTL": "read back as it was set; libzmq counts in tenths of a second",
}
#: Options that libzmq takes of a type because that is made of another one, and that do nothing there.
INHERITED = {"REP": "ROUTER", "PUB": "XPUB"}
#: Keys that nobody has set: pyzmq asks with a buffer of a length that libzmq refuses.
KEYS = {"CURVE_PUBLICKEY", "CURVE_SECRETKEY", "CURVE_SERVERKEY"}
#: Values that libzmq takes without a look.
UNCHECKED = {
    "MAXMSGSIZE": {-2},
    "INVERT_MATCHING": {-2, -1},
    "IPC_FILTER_PID": {-2, -1},
    "IPC_FILTER_UID": {-2},
    "IPC_FILTER_GID": {-2},
}
#: Values that libzmq keeps and pyzmq cannot read: it asks with 255 bytes.
TOO_LONG = {"SOCKS_PROXY": {b"x" * 256}}
#: Values that only we take: the default of HEARTBEAT_TIMEOUT, and texts that are taken back (by NULL in C).
MORE = {
    "HEARTBEAT_TIMEOUT": {-1},
    "PLAIN_USERNAME": {b""},
    "PLAIN_PASSWORD": {b""},
    "ZAP_DOMAIN": {b""},
    "BINDTODEVICE": {b""},
    "SOCKS_PROXY": {b""},
    "TCP_ACCEPT_FILTER": {b""},
}


def outcome(module, call):
    """A value, "ok", or the name of an error."""
    try:
        value = call()
    except module.ZMQError as error:
        return module.Errno(error.errno).name
    except TypeError:
        return "TypeError"
    return "ok" if value is None else value if isinstance(value, bytes) else int(value)


def told(module, context, kind, number):
    """What a socket of a type says of an option: at first, and of each value when it is set and read."""
    with context.socket(getattr(module, kind)) as sock:
        first = outcome(module, lambda: sock.get(number))
    after = {}
    for value in VALUES:
        with context.socket(getattr(module, kind)) as sock:
            done = outcome(module, lambda: sock.set(number, value))  # noqa: B023
            after[value] = done, outcome(module, lambda: sock.get(number))  # noqa: B023
            sock.close(0)
    return first, after


NAMES = [name for name, option in zmq.SocketOption.__members__.items() if option < DRAFTS]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OURS])
def test_every_option(name):
    number = int(zmq.SocketOption[name])
    with zmq.Context() as context, libzmq.Context() as other:
        for kind in TYPES:
            first, after = told(zmq, context, kind, number)
            their_first, theirs = told(libzmq, other, kind, number)
            if name in KEYS:
                assert (first, their_first) == (b"0" * 40, "EINVAL")
            else:
                assert first == their_first, kind
            for value in VALUES:
                (done, read), (their_done, their_read) = after[value], theirs[value]
                where = f"{kind} {value!r:.20}"
                if value in UNCHECKED.get(name, ()):
                    assert (done, their_done) == ("EINVAL", "ok"), where
                elif value in MORE.get(name, ()):
                    assert (done, their_done) == ("ok", "EINVAL"), where
                elif value in TOO_LONG.get(name, ()):
                    assert (done, read) == (their_done, value) == ("ok", value), where
                    assert their_read == "EINVAL", where
                elif kind in INHERITED and their_done == "ok" and done != "ok":
                    assert done == "EINVAL", where
                    heir = told(zmq, context, INHERITED[kind], number)[1]
                    assert heir[value][0] == "ok", where
                else:
                    assert done == their_done, where
                    assert name in KEYS or read == their_read, where


def test_blocky_is_the_default_of_linger():
    with zmq.Context() as context:
        context.set(zmq.BLOCKY, 0)
        assert context.socket(zmq.PUSH).linger == 0
        context.set(zmq.BLOCKY, 1)
        assert context.socket(zmq.PUSH).linger == -1
        assert context.socket(zmq.SUB).linger == context.socket(zmq.XSUB).linger == 0
        context.destroy(0)
