"""The line protocol of the shims in Python: ours and those of the reference libraries.

A shim is a class with a method `do_VERB` for each verb it knows; its first argument is the name of
a socket. What a method returns is answered as values. `Fault` is an error of the library, `Skip`
says that the library has no such thing.
"""

import errno
import re
import socket
import sys
import threading
import traceback


class Fault(Exception):
    """An error of the library, by its conventional name."""

    def __init__(self, name, text=""):
        super().__init__(name, text)
        self.name = name
        self.text = text


class Skip(Exception):
    """The library cannot do that."""


def with_port(endpoint):
    """The endpoint, with a port that nobody uses now for port 0: libraries cannot tell which they got."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return re.sub(r"^((?:tcp|ws)://.*):0(?=/|$)", rf"\g<1>:{port}", endpoint)


def unhex(word):
    return b"" if word == "-" else bytes.fromhex(word)


def tohex(data):
    return bytes(data).hex() or "-"


def value(word):
    """What an option is set to: a number, `xHEX` for bytes or `s:TEXT`."""
    if word.startswith("x"):
        return bytes.fromhex(word[1:])
    if word.startswith("s:"):
        return word[2:]
    return int(word)


BLOCK = bytes(range(251)) * 16800


def known(frame, name):
    """A property of who sent a frame, by either library's name; `none` where there is none."""
    try:
        return tohex(frame.get(name).encode())
    except Exception as error:
        if getattr(error, "errno", None) == errno.EINVAL:
            return "none"
        raise


def bodies(count, seed):
    """The bodies of a stream: 90 % to 1 KiB, 9.9 % to 64 KiB, 0.1 % of 1 to 4 MiB, numbered."""
    state = seed
    for number in range(count):
        state = state * 16807 % 2147483647
        share = state % 1000
        state = state * 16807 % 2147483647
        if share < 900:
            size = state % 1025
        elif share < 999:
            size = 1025 + state % 64512
        else:
            size = 1048576 + state % 3145729
        offset = number % 251
        yield (number.to_bytes(4, "big") + BLOCK[offset : offset + size])[:size]


class Shim:
    """What every shim in Python can do on top of its own `send_body` and `recv_body`."""

    threads = False
    describe = None

    def __init__(self):
        self.sockets = {}
        self.jobs = {}

    def do_flood(self, socket, count, seed):
        for body in bodies(int(count), int(seed)):
            self.send_body(socket, body)

    def do_drain(self, socket, count, seed, pause="0"):
        """Receives a stream and compares; `pause` of n is a reader that waits 1 ms every n."""
        pause = int(pause)
        idle = threading.Event()
        for number, body in enumerate(bodies(int(count), int(seed))):
            if pause and number % pause == 0:
                idle.wait(0.001)
            got = self.recv_body(socket)
            if got != body:
                text = f"message {number}: {len(got)} bytes came instead of {len(body)}"
                raise Fault("MISMATCH", text)
        return [count]

    def do_bg(self, job, verb, *args):
        answers = []
        thread = threading.Thread(
            target=lambda: answers.append(self.answer(verb, args)), daemon=True
        )
        self.jobs[job] = (thread, answers)
        thread.start()

    def do_join(self, job):
        thread, answers = self.jobs.pop(job)
        thread.join()
        return answers[0]

    def answer(self, verb, args):
        """The line that answers a question."""
        method = getattr(self, "do_" + verb, None)
        try:
            if method is None:
                raise Skip(f"no {verb}")
            values = method(*args)
        except Skip as skip:
            return f"skip {type(self).__name__}: {skip}"
        except Fault as fault:
            return f"err {fault.name} {fault.text}".replace("\n", " ")
        except Exception as error:
            fault = self.describe(error) if self.describe else None
            if fault is None:
                traceback.print_exc()
                fault = Fault(type(error).__name__, str(error))
            return f"err {fault.name} {fault.text}".replace("\n", " ")
        if isinstance(values, str):
            return values
        return " ".join(["ok", *map(str, values or [])])


def serve(shim):
    """Answers questions until the input ends or the runner says exit."""
    print("hello threads" if shim.threads else "hello", flush=True)
    for line in sys.stdin:
        verb, *args = line.split()
        if verb == "exit":
            return
        print(shim.answer(verb, args), flush=True)
