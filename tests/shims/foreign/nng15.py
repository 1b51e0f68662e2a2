"""The shim of nng 1.5, through ctypes and the system's libnng: also what pynng does not show, raw
sockets with their headers, contexts, many peers of a PAIR1.
"""

import ctypes
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from loop import Fault, Shim, Skip, serve, tohex, unhex, value, with_port

NNG = ctypes.CDLL("libnng.so.1")
NNG.nng_strerror.restype = ctypes.c_char_p
NNG.nng_msg_header.restype = ctypes.c_void_p
NNG.nng_msg_body.restype = ctypes.c_void_p
NNG.nng_msg_header_len.restype = ctypes.c_size_t
NNG.nng_msg_len.restype = ctypes.c_size_t
NNG.nng_aio_get_msg.restype = ctypes.c_void_p

WAIT = 10_000
NONBLOCK = 2
ADD_POST, REM_POST = 1, 2
KINDS = "pair0 pair1 pub0 sub0 req0 rep0 push0 pull0 surveyor0 respondent0 bus0".split()
NAMES = {
    3: "EINVAL",
    5: "ETIMEDOUT",
    6: "ECONNREFUSED",
    7: "EBADF",
    8: "EAGAIN",
    9: "ENOTSUP",
    10: "EADDRINUSE",
    11: "EFSM",
    12: "ENOENT",
}
# What nng calls the options that scenarios set, and their type. A buffer of ours in bytes has no counterpart.
OPTIONS = {
    "RCVMAXSIZE": ("recv-size-max", "size", lambda size: ctypes.c_size_t(max(size, 0))),
    "REQ:REQ_RESEND_IVL": ("req:resend-time", "ms", ctypes.c_int32),
    "SURVEYOR:SURVEYOR_DEADLINE": ("surveyor:survey-time", "ms", ctypes.c_int32),
    "MAXTTL": ("ttl-max", "int", ctypes.c_int),
    "RECONNECT_IVL": ("reconnect-time-min", "ms", ctypes.c_int32),
}


class Id(ctypes.Structure):
    """A socket, context, pipe, dialer or listener."""

    _fields_ = [("id", ctypes.c_uint32)]


PIPE_CALLBACK = ctypes.CFUNCTYPE(None, Id, ctypes.c_int, ctypes.c_void_p)
NNG.nng_msg_get_pipe.restype = Id


def check(result):
    if result != 0:
        raise Fault(NAMES.get(result, f"NNG_{result}"), NNG.nng_strerror(result).decode())


def message_of(header, body, pipe=0):
    message = ctypes.c_void_p()
    check(NNG.nng_msg_alloc(ctypes.byref(message), ctypes.c_size_t(0)))
    check(NNG.nng_msg_append(message, body, ctypes.c_size_t(len(body))))
    check(NNG.nng_msg_header_append(message, header, ctypes.c_size_t(len(header))))
    if pipe:
        NNG.nng_msg_set_pipe(message, Id(pipe))
    return message


def parts_of(message):
    """Header, body and pipe of a message, which is freed."""
    header = ctypes.string_at(NNG.nng_msg_header(message), NNG.nng_msg_header_len(message))
    body = ctypes.string_at(NNG.nng_msg_body(message), NNG.nng_msg_len(message))
    pipe = NNG.nng_msg_get_pipe(message).id
    NNG.nng_msg_free(message)
    return header, body, pipe


class Socket:
    """A socket; `at` is the context of one that it stands for."""

    prefix = "nng_socket"

    def __init__(self, open_name):
        self.at = Id()
        check(getattr(NNG, open_name)(ctypes.byref(self.at)))
        self.pipes = 0
        self.changed = threading.Condition()
        # Kept as long as the socket: nng calls them.
        self.callbacks = [self.count(ADD_POST, 1), self.count(REM_POST, -1)]
        self.set("RCVMAXSIZE", 0)
        self.set("RECONNECT_IVL", 100)

    def count(self, event, change):
        def happened(pipe, event, argument):
            with self.changed:
                self.pipes += change
                self.changed.notify_all()

        callback = PIPE_CALLBACK(happened)
        check(NNG.nng_pipe_notify(self.at, event, callback, None))
        return callback

    def set(self, option, content):
        name, kind, convert = OPTIONS[option]
        check(getattr(NNG, f"{self.prefix}_set_{kind}")(self.at, name.encode(), convert(content)))

    def set_bytes(self, name, content):
        size = ctypes.c_size_t(len(content))
        check(getattr(NNG, f"{self.prefix}_set")(self.at, name.encode(), content, size))

    def timeout(self, name, ms):
        check(NNG.nng_socket_set_ms(self.at, name.encode(), ctypes.c_int32(int(ms))))

    def send(self, message, ms):
        if ms is not None:
            self.timeout("send-timeout", ms)
        result = NNG.nng_sendmsg(self.at, message, NONBLOCK if ms is None else 0)
        if result != 0:
            NNG.nng_msg_free(message)
        check(result)

    def recv(self, ms):
        if ms is not None:
            self.timeout("recv-timeout", ms)
        message = ctypes.c_void_p()
        check(NNG.nng_recvmsg(self.at, ctypes.byref(message), NONBLOCK if ms is None else 0))
        return parts_of(message)

    def close(self):
        NNG.nng_close(self.at)


class Context(Socket):
    """A context of a socket, which has no calls that wait: it goes by asynchronous ones."""

    prefix = "nng_ctx"

    def __init__(self, socket):
        self.at = Id()
        check(NNG.nng_ctx_open(ctypes.byref(self.at), socket.at))

    def asynchronous(self, call, ms, message=None):
        aio = ctypes.c_void_p()
        check(NNG.nng_aio_alloc(ctypes.byref(aio), None, None))
        if message:
            NNG.nng_aio_set_msg(aio, message)
        NNG.nng_aio_set_timeout(aio, ctypes.c_int32(1 if ms is None else int(ms)))
        call(self.at, aio)
        NNG.nng_aio_wait(aio)
        result = NNG.nng_aio_result(aio)
        got = ctypes.c_void_p(NNG.nng_aio_get_msg(aio))
        NNG.nng_aio_free(aio)
        if result == 5 and ms is None:
            result = 8
        return result, got

    def send(self, message, ms):
        result, _ = self.asynchronous(NNG.nng_ctx_send, ms, message)
        if result != 0:
            NNG.nng_msg_free(message)
        check(result)

    def recv(self, ms):
        result, message = self.asynchronous(NNG.nng_ctx_recv, ms)
        check(result)
        return parts_of(message)

    def close(self):
        NNG.nng_ctx_close(self.at)


class Nng15(Shim):
    threads = True

    def __init__(self):
        super().__init__()
        self.endpoints = {}

    def do_open(self, name, kind):
        module, kind = kind.split(".")
        kind = kind if kind in KINDS else f"{kind}0"
        if kind not in KINDS:
            raise Skip(kind)
        self.sockets[name] = Socket(f"nng_{kind}_open{'_raw' if module == 'raw' else ''}")

    def whole(self, name):
        """A socket, no context of one: those are a type of their own, which has no such calls."""
        if isinstance(self.sockets[name], Context):
            raise Fault("ENOTSUP", "a context")
        return self.sockets[name]

    def do_context(self, name, of):
        self.sockets[name] = Context(self.whole(of))

    def do_device(self, name, other=None):
        if not other:
            raise Skip("a device of one socket that is no peer of its own kind")
        check(NNG.nng_device(self.whole(name).at, self.whole(other).at))

    def do_bind(self, name, endpoint):
        endpoint = with_port(endpoint)
        listener = Id()
        check(NNG.nng_listen(self.whole(name).at, endpoint.encode(), ctypes.byref(listener), 0))
        self.endpoints[name, endpoint] = NNG.nng_listener_close, listener
        return [endpoint]

    def do_conn(self, name, endpoint):
        dialer = Id()
        url = endpoint.encode()
        check(NNG.nng_dial(self.whole(name).at, url, ctypes.byref(dialer), NONBLOCK))
        self.endpoints[name, endpoint] = NNG.nng_dialer_close, dialer
        return [endpoint]

    def do_unbind(self, name, endpoint):
        close, which = self.endpoints.pop((name, endpoint))
        check(close(which))

    do_disconn = do_unbind

    def do_close(self, name):
        self.sockets[name].close()

    def do_set(self, name, option, text):
        if option == "PAIR1:PAIR1_POLY" and value(text):
            # A kind of its own there.
            self.sockets[name].close()
            self.sockets[name] = Socket("nng_pair1_open_poly")
        elif option not in OPTIONS:
            raise Skip(f"no option {option}")
        else:
            self.sockets[name].set(option, value(text))

    def do_sub(self, name, prefix):
        self.sockets[name].set_bytes("sub:subscribe", unhex(prefix))

    def do_unsub(self, name, prefix):
        self.sockets[name].set_bytes("sub:unsubscribe", unhex(prefix))

    def do_send(self, name, body, ms=WAIT):
        self.sockets[name].send(message_of(b"", unhex(body)), ms)

    def do_sendwait(self, name, ms, body):
        self.do_send(name, body, ms)

    def do_trysend(self, name, body):
        self.do_send(name, body, None)

    def do_sendmsg(self, name, header, body):
        self.sockets[name].send(message_of(unhex(header), unhex(body)), WAIT)

    def do_sendto(self, name, pipe, body):
        self.sockets[name].send(message_of(b"", unhex(body), int(pipe)), WAIT)

    def do_recv(self, name, ms=WAIT):
        return [tohex(self.sockets[name].recv(ms)[1])]

    def do_tryrecv(self, name):
        return self.do_recv(name, None)

    def do_recvmsg(self, name):
        header, body, _ = self.sockets[name].recv(WAIT)
        return [tohex(header), tohex(body)]

    def do_recvfrom(self, name):
        _, body, pipe = self.sockets[name].recv(WAIT)
        return [pipe, tohex(body)]

    def do_ready(self, name, count):
        socket = self.whole(name)
        with socket.changed:
            if not socket.changed.wait_for(lambda: socket.pipes == int(count), WAIT / 1000):
                raise Fault("ETIMEDOUT", f"{socket.pipes} connected")

    do_subs = lambda self, name, prefix, count: self.do_ready(name, count)

    def do_reset(self):
        for socket in self.sockets.values():
            socket.close()
        self.sockets.clear()

    def send_body(self, name, body):
        self.sockets[name].send(message_of(b"", body), WAIT)

    def recv_body(self, name):
        return self.sockets[name].recv(WAIT)[1]


serve(Nng15())
