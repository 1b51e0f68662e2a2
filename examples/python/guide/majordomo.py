"""Majordomo: a broker that knows services by name (MDP 0.1, rfc.zeromq.org/spec/7).

Clients ask for a service; workers say which one they offer. The broker keeps questions until a
worker of that service is idle, and drops workers whose heartbeats stop. What it offers itself
begins with "mmi.": "mmi.service" says 200 when a service has workers and 404 when not.

Run it: python3 examples/python/guide/majordomo.py
"""

from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from time import monotonic
from typing import Optional

from sockery import zmq

CLIENT, WORKER = b"MDPC01", b"MDPW01"
READY, REQUEST, REPLY, HEARTBEAT, DISCONNECT = (bytes([n]) for n in range(1, 6))
INTERVAL = 40  # milliseconds between heartbeats
EXPIRY = 10 * INTERVAL / 1000  # a worker is dead after this many seconds of silence


class Broker:
    def __init__(self, context: zmq.Context) -> None:
        self.socket = context.socket(zmq.ROUTER)
        self.socket.bind("tcp://127.0.0.1:*")
        self.address = self.socket.get_string(zmq.LAST_ENDPOINT)
        self.service_of: dict[bytes, bytes] = {}  # by worker
        self.expires: dict[bytes, float] = {}  # by worker
        self.idle: defaultdict[bytes, deque] = defaultdict(deque)  # workers by service
        self.waiting: defaultdict[bytes, deque] = defaultdict(deque)  # questions by service
        self.buried = Event()  # a worker was given up

    def run(self) -> None:
        timers = zmq.Timers()
        timers.add(INTERVAL, self.beat)
        with self.socket, suppress(zmq.ContextTerminated):
            while True:
                if self.socket.poll(timers.timeout()):
                    sender, _, who, *message = self.socket.recv_multipart()
                    {CLIENT: self.on_client, WORKER: self.on_worker}[who](sender, *message)
                timers.execute()

    def on_client(self, client: bytes, service: bytes, body: bytes) -> None:
        if service == b"mmi.service":
            known = b"200" if body in self.service_of.values() else b"404"
            self.socket.send_multipart([client, b"", CLIENT, service, known])
        else:
            self.waiting[service].append((client, body))
            self.dispatch(service)

    def on_worker(self, worker: bytes, command: bytes, *message: bytes) -> None:
        self.expires[worker] = monotonic() + EXPIRY
        if command == READY:
            self.service_of[worker] = message[0]
        elif worker not in self.service_of:  # it was given up: it shall begin anew
            self.socket.send_multipart([worker, b"", WORKER, DISCONNECT])
            del self.expires[worker]
            return
        service = self.service_of[worker]
        if command == REPLY:
            client, _, body = message
            self.socket.send_multipart([client, b"", CLIENT, service, body])
        if command in (READY, REPLY):
            self.idle[service].append(worker)
            self.dispatch(service)

    def dispatch(self, service: bytes) -> None:
        idle, waiting = self.idle[service], self.waiting[service]
        while idle and waiting:
            client, body = waiting.popleft()
            self.socket.send_multipart([idle.popleft(), b"", WORKER, REQUEST, client, b"", body])

    def beat(self) -> None:
        for worker, expires in list(self.expires.items()):
            if expires < monotonic():
                del self.expires[worker]
                service = self.service_of.pop(worker)
                with suppress(ValueError):  # it died at work
                    self.idle[service].remove(worker)
                print("broker: a worker of", service.decode(), "is dead")
                self.buried.set()
            else:
                self.socket.send_multipart([worker, b"", WORKER, HEARTBEAT])


def work(
    context: zmq.Context,
    address: str,
    service: str,
    function: Callable[[str], str],
    jobs: Optional[int] = None,
) -> None:
    """Offers a function; after so many jobs, if given, it vanishes without a word."""
    with suppress(zmq.ContextTerminated):
        while True:
            with context.socket(zmq.DEALER) as dealer:
                dealer.connect(address)
                dealer.send_multipart([b"", WORKER, READY, service.encode()])
                command = None
                while command != DISCONNECT:
                    if jobs == 0:
                        return
                    command = None
                    if dealer.poll(INTERVAL):
                        _, _, command, *message = dealer.recv_multipart()
                    if command == REQUEST:
                        client, _, body = message
                        answer = function(body.decode()).encode()
                        dealer.send_multipart([b"", WORKER, REPLY, client, b"", answer])
                        jobs = None if jobs is None else jobs - 1
                    else:
                        dealer.send_multipart([b"", WORKER, HEARTBEAT])


def ask(req: zmq.Socket, service: str, body: str) -> str:
    req.send_multipart([CLIENT, service.encode(), body.encode()])
    header, of, answer = req.recv_multipart()
    assert (header, of) == (CLIENT, service.encode()), (header, of)
    print(f"client: {service} of {body!r} is {answer.decode()!r}")
    return answer.decode()


def main() -> None:
    with ThreadPoolExecutor(max_workers=8) as pool, zmq.Context() as context:
        context.linger, context.rcvtimeo = 0, 10_000
        broker = Broker(context)
        pool.submit(broker.run)
        with context.socket(zmq.REQ) as client, context.socket(zmq.REQ) as early:
            for socket in (client, early):
                socket.connect(broker.address)
            assert ask(client, "mmi.service", "upper") == "404"
            early_answer = pool.submit(ask, early, "upper", "early")  # waits at the broker
            pool.submit(work, context, broker.address, "upper", str.upper, jobs=1)
            assert early_answer.result() == "EARLY"  # by a worker that is dead now
            assert broker.buried.wait(10)
            assert ask(client, "mmi.service", "upper") == "404"
            pool.submit(work, context, broker.address, "upper", str.upper)
            pool.submit(work, context, broker.address, "title", str.title)
            assert ask(client, "upper", "again") == "AGAIN"
            assert ask(client, "title", "a title") == "A Title"
            assert ask(client, "mmi.service", "title") == "200"
        context.term()


if __name__ == "__main__":
    main()
