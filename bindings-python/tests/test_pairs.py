"""Which types of sockets talk to which: every pair, whoever binds, as libzmq has it with itself."""

import itertools

import pytest

from sockery import zmq

libzmq = pytest.importorskip("zmq")
WAIT = 10_000
TYPES = "PAIR PUB SUB REQ REP DEALER ROUTER PULL PUSH XPUB XSUB".split()
#: Document 002's list, and what ZeroMQ's own documents have beside it.
LEGAL = {
    frozenset(pair.split("-"))
    for pair in (
        "PUB-SUB REQ-REP REQ-ROUTER DEALER-REP DEALER-ROUTER DEALER-DEALER ROUTER-ROUTER PUSH-PULL "
        "PAIR-PAIR PUB-XSUB XPUB-SUB XPUB-XSUB"
    ).split()
}


def outcomes(binder, connector):
    """Of every two types whether the handshake succeeds, by the monitor of who binds."""
    found = {}
    with binder.Context() as context, connector.Context() as other:
        for bound, connected in itertools.product(TYPES, TYPES):
            server = context.socket(getattr(binder, bound))
            client = other.socket(getattr(connector, connected))
            server.linger = client.linger = 0
            # One try is enough.
            client.reconnect_ivl = -1
            # Who finds the misfit first hangs up, and the other may know no more than that.
            ends = ("SUCCEEDED", "FAILED_NO_DETAIL", "FAILED_PROTOCOL", "FAILED_AUTH")
            names = [*(f"HANDSHAKE_{end}" for end in ends), "DISCONNECTED"]
            numbers = [int(binder.Event[name]) for name in names]
            monitor = server.get_monitor_socket(sum(numbers))
            port = server.bind_to_random_port("tcp://127.0.0.1")
            client.connect(f"tcp://127.0.0.1:{port}")
            assert monitor.poll(WAIT), f"{bound} and {connected}: nothing happened"
            event = monitor.recv_multipart()[0]
            found[bound, connected] = int.from_bytes(event[:2], "little") == numbers[0]
            server.disable_monitor()
            monitor.close()
            server.close()
            client.close()
    return found


@pytest.mark.parametrize("binds", ["ours", "libzmq"])
@pytest.mark.parametrize("connects", ["ours", "libzmq"])
def test_every_pair_of_types(binds, connects):
    modules = {"ours": zmq, "libzmq": libzmq}
    found = outcomes(modules[binds], modules[connects])
    assert {frozenset(pair) for pair, good in found.items() if good} == LEGAL
    assert sum(found.values()) == 2 * len(LEGAL) - sum(len(pair) == 1 for pair in LEGAL)


def test_inproc_refuses_at_once_what_does_not_fit():
    """Over inproc libzmq joins anything; here the call says so."""
    with zmq.Context() as context:
        for bound, connected in itertools.product(TYPES, TYPES):
            server, client = (context.socket(getattr(zmq, name)) for name in (bound, connected))
            server.bind("inproc://pairs")
            if frozenset((bound, connected)) in LEGAL:
                client.connect("inproc://pairs")
            else:
                words = f"{connected} cannot be joined to {bound}"
                with pytest.raises(zmq.ZMQError, match=words) as caught:
                    client.connect("inproc://pairs")
                assert caught.value.name == "ENOCOMPATPROTO"
            client.close(0)
            server.close(0)
