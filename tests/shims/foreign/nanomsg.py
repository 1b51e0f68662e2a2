"""The shim of nanomsg, through ctypes and the system's libnanomsg.

nanomsg cannot tell which port it got, so the shim looks for a free one itself; nor can it wait for
a peer, so the shim looks at its statistic again and again.
"""

import ctypes
import errno
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from loop import Fault, Shim, Skip, serve, tohex, unhex, value, with_port

NN = ctypes.CDLL("libnanomsg.so.5")
NN.nn_strerror.restype = ctypes.c_char_p
NN.nn_get_statistic.restype = ctypes.c_uint64
NN.nn_send.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]

WAIT = 10_000
MESSAGE = ctypes.c_size_t(-1)
CONNECTIONS = 201
SNDTIMEO, RCVTIMEO, DONTWAIT = 4, 5, 1
KINDS = {"pair": 0x10, "pub": 0x20, "sub": 0x21, "req": 0x30, "rep": 0x31, "push": 0x50, "pull": 0x51}
KINDS |= {"surveyor": 0x62, "respondent": 0x63, "bus": 0x70}
OPTIONS = {"SNDBUF": (0, 2), "RCVBUF": (0, 3), "RCVMAXSIZE": (0, 16), "RECONNECT_IVL": (0, 6)}
OPTIONS |= {"MAXTTL": (0, 17), "SURVEYOR:SURVEYOR_DEADLINE": (0x62, 1)}
OPTIONS |= {"REQ:REQ_RESEND_IVL": (0x30, 1), "SUBSCRIBE": (0x21, 1), "UNSUBSCRIBE": (0x21, 2)}
OWN_ERRORS = {156384712 + 53: "ETERM", 156384712 + 54: "EFSM"}


def check(result):
    if result < 0:
        number = NN.nn_errno()
        name = OWN_ERRORS.get(number) or errno.errorcode.get(number, str(number))
        raise Fault(name, NN.nn_strerror(number).decode())
    return result


# nn_cmsghdr: a length, a level, a type; what follows is aligned as a length is.
CONTROL_HEAD = struct.calcsize("@Nii")
CONTROL_LENGTH = struct.calcsize("@N")
PROTO_SP, SP_HDR = 1, 1


class Piece(ctypes.Structure):
    """nn_iovec."""

    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


class Whole(ctypes.Structure):
    """nn_msghdr."""

    _fields_ = [
        ("pieces", ctypes.POINTER(Piece)),
        ("count", ctypes.c_int),
        ("control", ctypes.c_void_p),
        ("control_len", ctypes.c_size_t),
    ]


class Nanomsg(Shim):
    threads = True

    def __init__(self):
        super().__init__()
        self.endpoints = {}

    def do_open(self, name, kind):
        module, kind = kind.split(".")
        if kind not in KINDS:
            raise Skip(kind)
        domain = 2 if module == "raw" else 1
        self.sockets[name] = check(NN.nn_socket(domain, KINDS[kind]))
        self.set(name, "RCVMAXSIZE", -1)

    def do_device(self, name, other=None):
        check(NN.nn_device(self.sockets[name], self.sockets[other] if other else -1))

    def do_bind(self, name, endpoint):
        if endpoint.startswith("ws:"):
            # It takes requests for any path, and has no word for one.
            endpoint = endpoint[: endpoint.index("/", len("ws://"))]
        endpoint = with_port(endpoint)
        self.endpoints[name, endpoint] = check(NN.nn_bind(self.sockets[name], endpoint.encode()))
        return [endpoint]

    def do_conn(self, name, endpoint):
        self.endpoints[name, endpoint] = check(NN.nn_connect(self.sockets[name], endpoint.encode()))
        return [endpoint]

    def do_unbind(self, name, endpoint):
        check(NN.nn_shutdown(self.sockets[name], self.endpoints[name, endpoint]))

    do_disconn = do_unbind

    def do_close(self, name):
        check(NN.nn_close(self.sockets[name]))

    def set(self, name, option, content):
        level, number = OPTIONS[option]
        if isinstance(content, int):
            content = ctypes.c_int(content)
            pointer, size = ctypes.byref(content), 4
        else:
            pointer, size = content, len(content)
        check(NN.nn_setsockopt(self.sockets[name], level, number, pointer, ctypes.c_size_t(size)))

    def do_set(self, name, option, text):
        if option not in OPTIONS:
            raise Skip(f"no option {option}")
        self.set(name, option, value(text))

    def do_sub(self, name, prefix):
        self.set(name, "SUBSCRIBE", unhex(prefix))

    def do_unsub(self, name, prefix):
        self.set(name, "UNSUBSCRIBE", unhex(prefix))

    def timeout(self, name, number, ms):
        ms = ctypes.c_int(int(ms))
        check(NN.nn_setsockopt(self.sockets[name], 0, number, ctypes.byref(ms), ctypes.c_size_t(4)))

    def send(self, name, body, flags):
        check(NN.nn_send(self.sockets[name], body, len(body), flags))

    def do_send(self, name, body):
        self.timeout(name, SNDTIMEO, WAIT)
        self.send(name, unhex(body), 0)

    def do_sendwait(self, name, ms, body):
        self.timeout(name, SNDTIMEO, ms)
        self.send(name, unhex(body), 0)

    def do_trysend(self, name, body):
        self.send(name, unhex(body), DONTWAIT)

    def do_sendmsg(self, name, header, body):
        header, body = unhex(header), unhex(body)
        self.timeout(name, SNDTIMEO, WAIT)
        piece = Piece(ctypes.cast(ctypes.c_char_p(body), ctypes.c_void_p), len(body))
        whole = Whole(ctypes.pointer(piece), 1, None, 0)
        if header:
            # An ancillary property: its head, the length of the words, the words.
            size = len(header)
            control = struct.pack("@NiiN", CONTROL_HEAD + CONTROL_LENGTH + size, PROTO_SP, SP_HDR, size)
            control += header + bytes(-size % CONTROL_LENGTH)
            whole.control, whole.control_len = ctypes.cast(control, ctypes.c_void_p), len(control)
        check(NN.nn_sendmsg(self.sockets[name], ctypes.byref(whole), 0))

    def do_recvmsg(self, name):
        self.timeout(name, RCVTIMEO, WAIT)
        body, control = ctypes.c_void_p(), ctypes.c_void_p()
        piece = Piece(ctypes.cast(ctypes.byref(body), ctypes.c_void_p), MESSAGE.value)
        whole = Whole(ctypes.pointer(piece), 1, ctypes.cast(ctypes.byref(control), ctypes.c_void_p), MESSAGE.value)
        size = check(NN.nn_recvmsg(self.sockets[name], ctypes.byref(whole), 0))
        text, header, rest = ctypes.string_at(body, size), b"", control.value
        while rest:
            length, level, kind = struct.unpack("@Nii", ctypes.string_at(rest, CONTROL_HEAD))
            if (level, kind) == (PROTO_SP, SP_HDR):
                (words,) = struct.unpack("@N", ctypes.string_at(rest + CONTROL_HEAD, CONTROL_LENGTH))
                header = ctypes.string_at(rest + CONTROL_HEAD + CONTROL_LENGTH, words)
                break
            rest += length + -length % CONTROL_LENGTH
        check(NN.nn_freemsg(body))
        check(NN.nn_freemsg(control))
        return [tohex(header), tohex(text)]

    def recv(self, name, flags):
        pointer = ctypes.c_void_p()
        size = check(NN.nn_recv(self.sockets[name], ctypes.byref(pointer), MESSAGE, flags))
        body = ctypes.string_at(pointer, size)
        check(NN.nn_freemsg(pointer))
        return body

    def do_recv(self, name, ms=WAIT):
        self.timeout(name, RCVTIMEO, ms)
        return [tohex(self.recv(name, 0))]

    def do_tryrecv(self, name):
        return [tohex(self.recv(name, DONTWAIT))]

    def do_ready(self, name, count):
        end = time.monotonic() + WAIT / 1000
        while NN.nn_get_statistic(self.sockets[name], CONNECTIONS) != int(count):
            if time.monotonic() > end:
                raise Fault("ETIMEDOUT", "too few connected")
            # Nothing tells when a statistic changes.
            time.sleep(0.002)

    do_subs = lambda self, name, prefix, count: self.do_ready(name, count)

    def do_reset(self):
        for socket in self.sockets.values():
            NN.nn_close(socket)
        self.sockets.clear()

    def send_body(self, name, body):
        self.send(name, body, 0)

    def recv_body(self, name):
        return self.recv(name, 0)


serve(Nanomsg())
