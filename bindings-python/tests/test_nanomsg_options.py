"""Every option of nnmsg's sockets, asked and set beside nanomsg's own (libnanomsg5, by ctypes).

Of every kind, cooked and raw, at every level, by every number that either has and some that none has:
the default, whether it may be read and set, what is refused and by which error. `OURS` lists what
differs, and why.
"""

import ctypes
import errno

import pytest

from sockery import nnmsg

try:
    NN = ctypes.CDLL("libnanomsg.so.5")
except OSError:
    pytest.skip("libnanomsg.so.5 is not installed", allow_module_level=True)

KINDS = "PAIR PUB SUB REQ REP PUSH PULL SURVEYOR RESPONDENT BUS".split()
LEVELS = ["SOL_SOCKET", "INPROC", "IPC", "TCP", "WS", *KINDS]
NUMBERS = range(0, 25)
VALUES = [-(2**31), -2, -1, 0, 1, 2, 3, 8, 15, 16, 17, 255, 256, 1000, 2**31 - 1]
OWN = {nnmsg.NN_ETERM: "ETERM", nnmsg.NN_EFSM: "EFSM"}
#: Buffers of the length of each; nanomsg takes an int of exactly 4 bytes.
SIZES = [0, 1, 3, 5, 8]

#: By level and number: what is compared elsewhere or not at all, and why.
OURS = {
    ("SOL_SOCKET", nnmsg.NN_LINGER): "kept and read back; nanomsg takes any and says 0",
    ("SOL_SOCKET", nnmsg.NN_SNDFD): "a descriptor",
    ("SOL_SOCKET", nnmsg.NN_RCVFD): "a descriptor",
    ("SOL_SOCKET", nnmsg.NN_SOCKET_NAME): "a text: test_names",
    ("PUB", 1): "NN_PUB_NODROP is ours",
    ("SUB", nnmsg.NN_SUB_SUBSCRIBE): "a text: test_subscriptions",
    ("SUB", nnmsg.NN_SUB_UNSUBSCRIBE): "a text: test_subscriptions; nanomsg ends the process for some",
    ("IPC", 1): "buffers and rights of Windows' pipes, which document 000 does not have",
    ("IPC", 2): "the same",
    ("IPC", 3): "the same",
}
#: Times that must be positive here; nanomsg takes all, and with 0 asks again without a pause, or hears no
#: answer.
TIMES = [("REQ", nnmsg.NN_REQ_RESEND_IVL), ("SURVEYOR", nnmsg.NN_SURVEYOR_DEADLINE)]


def number(level):
    return getattr(nnmsg, f"NN_{level}")


class Theirs:
    """A socket of nanomsg; its calls give a value or the name of an error."""

    def __init__(self, kind, domain):
        self.handle = NN.nn_socket(domain, kind)
        assert self.handle >= 0

    @staticmethod
    def error():
        code = NN.nn_errno()
        return OWN.get(code) or errno.errorcode[code]

    def get(self, level, option):
        value, size = ctypes.create_string_buffer(256), ctypes.c_size_t(256)
        if NN.nn_getsockopt(self.handle, level, option, value, ctypes.byref(size)) < 0:
            return self.error()
        return value.raw[: size.value]

    def set(self, level, option, value):
        done = NN.nn_setsockopt(self.handle, level, option, value, ctypes.c_size_t(len(value)))
        return self.error() if done < 0 else "ok"

    def close(self):
        NN.nn_close(self.handle)


class Ours:
    def __init__(self, kind, domain):
        self.sock = nnmsg.socket(kind, domain)

    def get(self, level, option):
        try:
            value = self.sock.getopt(option, None, level)
        except nnmsg.NNError as error:
            return error.name
        return value.to_bytes(4, "little", signed=True) if isinstance(value, int) else value.encode()

    def set(self, level, option, value):
        try:
            self.sock.setopt(option, value, level)
        except nnmsg.NNError as error:
            return error.name
        return "ok"

    def close(self):
        self.sock.close()


def both(kind, domain, ask):
    """What each answers."""
    answers = []
    for make in (Theirs, Ours):
        socket = make(number(kind), domain)
        answers.append(ask(socket))
        socket.close()
    return answers


def compared(level):
    return [option for option in NUMBERS if (level, option) not in OURS]


@pytest.mark.parametrize("domain", [nnmsg.AF_SP, nnmsg.AF_SP_RAW])
@pytest.mark.parametrize("kind", KINDS)
def test_every_option(kind, domain):
    for level in LEVELS:
        for option in compared(level):
            theirs, ours = both(kind, domain, lambda socket: socket.get(number(level), option))
            assert (level, option, theirs) == (level, option, ours)
            for value in VALUES:
                if value <= 0 and (level, option) in TIMES:
                    continue

                def change(socket):
                    done = socket.set(number(level), option, value.to_bytes(4, "little", signed=True))
                    return done, socket.get(number(level), option)

                theirs, ours = both(kind, domain, change)
                assert (level, option, value, theirs) == (level, option, value, ours)


@pytest.mark.parametrize("kind", ["PAIR", "REQ", "SURVEYOR"])
def test_wrong_sizes(kind):
    for level in ["SOL_SOCKET", "TCP", "WS", kind]:
        for option in compared(level):
            four = (1).to_bytes(4, "little")
            theirs, _ = both(kind, nnmsg.AF_SP, lambda socket: socket.set(number(level), option, four))
            if theirs == "ENOPROTOOPT":
                # nanomsg looks at the size first; we say that there is no such option.
                continue
            for size in SIZES:
                theirs, ours = both(
                    kind, nnmsg.AF_SP, lambda socket: socket.set(number(level), option, bytes(size))
                )
                assert (level, option, size, theirs) == (level, option, size, ours)


def test_names():
    def rename(name):
        def ask(socket):
            done = socket.set(number("SOL_SOCKET"), nnmsg.NN_SOCKET_NAME, name)
            return done, socket.get(number("SOL_SOCKET"), nnmsg.NN_SOCKET_NAME)

        return ask

    for name in (b"a name", b"", b"n" * 63):
        theirs, ours = both("PAIR", nnmsg.AF_SP, rename(name))
        assert theirs == ours
    assert both("PAIR", nnmsg.AF_SP, rename(b"n" * 64))[0][0] == "EINVAL"
    theirs, ours = both("PAIR", nnmsg.AF_SP, rename(b"n" * 64))
    assert theirs[0] == ours[0]


def test_subscriptions():
    def ask(socket):
        said = []
        for option, topic in [
            (nnmsg.NN_SUB_SUBSCRIBE, b""),
            (nnmsg.NN_SUB_SUBSCRIBE, b"topic"),
            (nnmsg.NN_SUB_SUBSCRIBE, b"topic"),
            (nnmsg.NN_SUB_UNSUBSCRIBE, b"topic"),
            (nnmsg.NN_SUB_UNSUBSCRIBE, b"topic"),
            # One that was never made: EINVAL, when no other begins alike. Else nanomsg says nothing of it, or
            # ends the process.
            (nnmsg.NN_SUB_UNSUBSCRIBE, b""),
            (nnmsg.NN_SUB_UNSUBSCRIBE, b""),
        ]:
            said.append(socket.set(number("SUB"), option, topic))
            said.append(socket.get(number("SUB"), option))
        return said

    for domain in (nnmsg.AF_SP, nnmsg.AF_SP_RAW):
        theirs, ours = both("SUB", domain, ask)
        assert theirs == ours


def test_closed_sockets():
    def ask(socket):
        socket.close()
        return socket.get(0, nnmsg.NN_SNDBUF), socket.set(0, nnmsg.NN_SNDBUF, bytes(4))

    theirs, ours = both("PAIR", nnmsg.AF_SP, ask)
    assert theirs == ours == ("EBADF", "EBADF")
