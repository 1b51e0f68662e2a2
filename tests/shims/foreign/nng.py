"""The shim of nng, through pynng."""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pynng
from loop import Fault, Shim, Skip, serve, tohex, unhex, value, with_port

WAIT = 10_000
KINDS = {
    "pair": pynng.Pair0,
    "pub": pynng.Pub0,
    "sub": pynng.Sub0,
    "req": pynng.Req0,
    "rep": pynng.Rep0,
    "push": pynng.Push0,
    "pull": pynng.Pull0,
    "pair1": pynng.Pair1,
    "surveyor": pynng.Surveyor0,
    "respondent": pynng.Respondent0,
    "bus": pynng.Bus0,
}
NAMES = {
    pynng.Timeout: "ETIMEDOUT",
    pynng.TryAgain: "EAGAIN",
    pynng.BadState: "EFSM",
    pynng.Closed: "EBADF",
    pynng.AddressInUse: "EADDRINUSE",
    pynng.ConnectionRefused: "ECONNREFUSED",
    pynng.NotSupported: "ENOTSUP",
}
# What nng calls the options that scenarios set. A buffer of ours in bytes has no counterpart.
OPTIONS = {
    "RCVMAXSIZE": ("recv_max_size", lambda size: max(size, 0)),
    "REQ:REQ_RESEND_IVL": ("resend_time", lambda ms: ms),
    "SURVEYOR:SURVEYOR_DEADLINE": ("survey_time", lambda ms: ms),
    "MAXTTL": ("ttl_max", lambda hops: hops),
    "RECONNECT_IVL": ("reconnect_time_min", lambda ms: ms),
}


class Nng(Shim):
    def __init__(self):
        super().__init__()
        self.pipes = {}
        self.changed = threading.Condition()
        self.endpoints = {}

    @staticmethod
    def describe(error):
        name = NAMES.get(type(error))
        return Fault(name, str(error)) if name else None

    def do_open(self, name, kind):
        kind = kind.removeprefix("nnmsg.")
        if kind not in KINDS:
            raise Skip(kind)
        socket = KINDS[kind](recv_max_size=0)
        socket.reconnect_time_min = 100
        self.sockets[name] = socket
        self.pipes[name] = 0
        socket.add_post_pipe_connect_cb(lambda pipe: self.count(name, 1))
        socket.add_post_pipe_remove_cb(lambda pipe: self.count(name, -1))

    def count(self, name, change):
        with self.changed:
            self.pipes[name] += change
            self.changed.notify_all()

    def do_ready(self, name, count):
        with self.changed:
            if not self.changed.wait_for(lambda: self.pipes[name] == int(count), WAIT / 1000):
                raise Fault("ETIMEDOUT", f"{self.pipes[name]} connected")

    do_subs = lambda self, name, prefix, count: self.do_ready(name, count)

    def do_bind(self, name, endpoint):
        if endpoint.startswith("ws:"):
            # nng does not tell which port it got there.
            endpoint = with_port(endpoint)
        listener = self.sockets[name].listen(endpoint)
        address = endpoint
        if endpoint.startswith("tcp:"):
            address = f"tcp://{listener.local_address}"
        self.endpoints[name, address] = listener
        return [address]

    def do_conn(self, name, endpoint):
        self.endpoints[name, endpoint] = self.sockets[name].dial(endpoint, block=False)
        return [endpoint]

    def do_unbind(self, name, endpoint):
        self.endpoints.pop((name, endpoint)).close()

    do_disconn = do_unbind

    def do_close(self, name):
        self.sockets[name].close()

    def do_set(self, name, option, text):
        if option not in OPTIONS:
            raise Skip(f"no option {option}")
        attribute, convert = OPTIONS[option]
        setattr(self.sockets[name], attribute, convert(value(text)))

    def do_sub(self, name, prefix):
        self.sockets[name].subscribe(unhex(prefix))

    def do_unsub(self, name, prefix):
        self.sockets[name].unsubscribe(unhex(prefix))

    def do_send(self, name, body):
        self.sockets[name].send_timeout = WAIT
        self.sockets[name].send(unhex(body))

    def do_sendwait(self, name, ms, body):
        self.sockets[name].send_timeout = int(ms)
        self.sockets[name].send(unhex(body))

    def do_trysend(self, name, body):
        self.sockets[name].send(unhex(body), block=False)

    def recv(self, name, block=True):
        try:
            return self.sockets[name].recv(block=block)
        except RuntimeError as error:
            # pynng cannot unpack a body of no bytes, which it has then received.
            if "unpack" in str(error):
                return b""
            raise

    def do_recv(self, name, ms=WAIT):
        self.sockets[name].recv_timeout = int(ms)
        return [tohex(self.recv(name))]

    def do_tryrecv(self, name):
        return [tohex(self.recv(name, block=False))]

    def do_reset(self):
        for socket in self.sockets.values():
            socket.close()
        self.sockets.clear()

    def send_body(self, name, body):
        self.sockets[name].send(body)

    def recv_body(self, name):
        self.sockets[name].recv_timeout = WAIT
        return self.recv(name)


serve(Nng())
