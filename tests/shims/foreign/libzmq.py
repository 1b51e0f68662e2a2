"""The shim of libzmq, through pyzmq. A PUB is opened as XPUB, which alone can tell who subscribed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import zmq
from loop import Fault, Shim, known, serve, tohex, unhex, value
from zmq.utils.monitor import recv_monitor_message

WAIT = 10_000


class Libzmq(Shim):
    def __init__(self):
        super().__init__()
        self.context = zmq.Context()
        self.monitors = {}
        self.connected = {}
        self.topics = {}

    @staticmethod
    def describe(error):
        if isinstance(error, zmq.ZMQError):
            return Fault(zmq.Errno(error.errno).name, str(error))
        return None

    def do_open(self, name, kind):
        kind = kind.removeprefix("zmq.")
        socket = self.context.socket(getattr(zmq, "XPUB" if kind == "PUB" else kind))
        socket.linger = 0
        if kind == "PUB":
            socket.setsockopt(zmq.XPUB_VERBOSER, 1)
        self.sockets[name] = socket
        self.connected[name] = 0
        self.topics[name] = {}
        events = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED
        self.monitors[name] = socket.get_monitor_socket(events)

    def do_bind(self, name, endpoint):
        self.sockets[name].bind(endpoint)
        return self.do_last(name)

    def do_conn(self, name, endpoint):
        self.sockets[name].connect(endpoint)
        return [endpoint]

    def do_last(self, name):
        return [self.sockets[name].getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")]

    def do_unbind(self, name, endpoint):
        self.sockets[name].unbind(endpoint)

    def do_disconn(self, name, endpoint):
        self.sockets[name].disconnect(endpoint)

    def do_device(self, name, other):
        zmq.proxy(self.sockets[name], self.sockets[other])

    def do_close(self, name):
        socket = self.sockets[name]
        socket.disable_monitor()
        socket.close()

    def do_set(self, name, option, text):
        given = value(text)
        given = given.encode() if isinstance(given, str) else given
        self.sockets[name].setsockopt(getattr(zmq, option), given)

    def do_get(self, name, option):
        got = self.sockets[name].getsockopt(getattr(zmq, option))
        return [tohex(got) if isinstance(got, bytes) else got]

    def do_sub(self, name, prefix):
        self.sockets[name].setsockopt(zmq.SUBSCRIBE, unhex(prefix))

    def do_unsub(self, name, prefix):
        self.sockets[name].setsockopt(zmq.UNSUBSCRIBE, unhex(prefix))

    def do_send(self, name, *parts):
        self.sockets[name].sndtimeo = WAIT
        self.sockets[name].send_multipart([unhex(part) for part in parts])

    def do_sendwait(self, name, ms, *parts):
        self.sockets[name].sndtimeo = int(ms)
        self.sockets[name].send_multipart([unhex(part) for part in parts])

    def do_trysend(self, name, *parts):
        self.sockets[name].send_multipart([unhex(part) for part in parts], zmq.DONTWAIT)

    def do_sendmore(self, name, part):
        self.sockets[name].send(unhex(part), zmq.SNDMORE)

    def do_recv(self, name, ms=WAIT):
        self.sockets[name].rcvtimeo = int(ms)
        return map(tohex, self.sockets[name].recv_multipart())

    def do_tryrecv(self, name):
        return map(tohex, self.sockets[name].recv_multipart(zmq.DONTWAIT))

    def do_recvpart(self, name):
        self.sockets[name].rcvtimeo = WAIT
        part = self.sockets[name].recv()
        return [tohex(part), "more" if self.sockets[name].rcvmore else "last"]

    def do_recvknown(self, name, *names):
        self.sockets[name].rcvtimeo = WAIT
        frame = self.sockets[name].recv_multipart(copy=False)[-1]
        return [known(frame, name) for name in names]

    def do_poll(self, name, events, ms):
        bits = {"in": zmq.POLLIN, "out": zmq.POLLOUT, "inout": zmq.POLLIN | zmq.POLLOUT}
        got = self.sockets[name].poll(int(ms), bits[events])
        return [next((word for word, bit in bits.items() if bit == got), "none")]

    def do_ready(self, name, count):
        while self.connected[name] != int(count):
            if not self.monitors[name].poll(WAIT):
                raise Fault("ETIMEDOUT", f"{self.connected[name]} connected")
            event = recv_monitor_message(self.monitors[name])["event"]
            self.connected[name] += 1 if event == zmq.EVENT_HANDSHAKE_SUCCEEDED else -1
        # libzmq takes note of a new peer only when its socket is next used.
        self.sockets[name].getsockopt(zmq.EVENTS)

    def do_subs(self, name, prefix, count):
        """Waits until so many subscriptions let messages through that begin with a prefix."""
        topics = self.topics[name]
        while sum(topics[topic] for topic in topics if unhex(prefix).startswith(topic)) < int(count):
            self.sockets[name].rcvtimeo = WAIT
            message = self.sockets[name].recv()
            topics[message[1:]] = topics.get(message[1:], 0) + (1 if message[:1] == b"\1" else -1)

    def do_reset(self):
        for name, socket in self.sockets.items():
            if not socket.closed:
                self.do_close(name)
        self.sockets.clear()
        self.monitors.clear()

    def send_body(self, name, body):
        self.sockets[name].send(body)

    def recv_body(self, name):
        self.sockets[name].rcvtimeo = WAIT
        return self.sockets[name].recv()


serve(Libzmq())
