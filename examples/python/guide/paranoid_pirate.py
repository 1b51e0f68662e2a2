"""Paranoid pirate: a queue and workers that watch each other by heartbeats.

Both say something every INTERVAL. Who is silent for LIVENESS intervals is taken for dead: the queue
gives such a worker no more jobs, and a worker whose queue is silent connects anew. Here a worker
freezes and thaws, and then the queue dies and another takes its place.

Run it: python3 examples/python/guide/paranoid_pirate.py
"""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from time import monotonic

from sockery import zmq

READY, HEARTBEAT = b"\x01", b"\x02"
INTERVAL = 40  # milliseconds
LIVENESS = 4
LIMIT = 10_000  # no wait here takes longer than that


def queue(context: zmq.Context, folder: str) -> None:
    """Hands questions to the worker that was idle longest, until `events` says to die."""
    idle: dict[bytes, float] = {}  # each with the time at which it is given up
    frontend, backend = context.socket(zmq.ROUTER), context.socket(zmq.ROUTER)
    events = context.socket(zmq.PAIR)  # tells who is there, for this example's sake
    backend.router_handover = 1  # a worker that connects anew keeps its name

    def beat() -> None:
        for worker, expires in list(idle.items()):
            if expires < monotonic():
                del idle[worker]
                events.send(b"-" + worker)
            else:
                backend.send_multipart([worker, HEARTBEAT])

    with frontend, backend, events, suppress(zmq.ContextTerminated):
        frontend.bind(f"ipc://{folder}/clients")
        backend.bind(f"ipc://{folder}/workers")
        events.connect("inproc://events")
        timers, poller = zmq.Timers(), zmq.Poller()
        timers.add(INTERVAL, beat)
        poller.register(backend, zmq.POLLIN)
        poller.register(events, zmq.POLLIN)
        while True:
            poller.register(frontend, zmq.POLLIN if idle else 0)
            ready = dict(poller.poll(timers.timeout()))
            if backend in ready:
                worker, *message = backend.recv_multipart()
                if worker not in idle:
                    events.send(b"+" + worker)
                idle[worker] = monotonic() + LIVENESS * INTERVAL / 1000
                if len(message) > 1:
                    frontend.send_multipart(message)
            if frontend in ready:
                worker = next(iter(idle))
                del idle[worker]
                backend.send_multipart([worker, *frontend.recv_multipart()])
            if events in ready:
                return
            timers.execute()


def worker(context: zmq.Context, folder: str, name: bytes, running: Event) -> None:
    """Answers while it runs; a round of the outer loop is one connection."""
    with suppress(zmq.ContextTerminated):
        while True:
            with context.socket(zmq.DEALER) as dealer:
                dealer.routing_id = name
                dealer.connect(f"ipc://{folder}/workers")
                dealer.send(READY)
                silent = 0
                while silent < LIVENESS:
                    silent = 0 if dealer.poll(INTERVAL) else silent + 1
                    running.wait(LIMIT / 1000)
                    message = [] if silent else dealer.recv_multipart()
                    if len(message) > 1:
                        dealer.send_multipart([*message[:-1], message[-1].upper() + b" by " + name])
                    else:
                        dealer.send(HEARTBEAT)


class Client:
    def __init__(self, context: zmq.Context, folder: str) -> None:
        self.req = context.socket(zmq.REQ)
        self.req.req_relaxed = self.req.req_correlate = 1
        self.req.connect(f"ipc://{folder}/clients")

    def ask(self, word: str) -> str:
        """Who answered. Asks again when nobody does for a while."""
        for _ in range(20):
            self.req.send_string(word)
            if self.req.poll(500):
                answer, by = self.req.recv_string().split(" by ")
                assert answer == word.upper(), answer
                return by
        raise AssertionError(f"nobody answers {word}")


def await_event(events: zmq.Socket, wanted: str) -> None:
    """Reads what the queue tells up to one event: `+name` is ready, `-name` is gone."""
    while events.recv_string() != wanted:
        pass
    print("queue:", wanted[1:], "is", "ready" if wanted[0] == "+" else "gone")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=8) as pool:
        with zmq.Context() as context:
            context.linger, context.rcvtimeo = 0, LIMIT
            events = context.socket(zmq.PAIR)
            events.bind("inproc://events")
            frail_runs, stout_runs = Event(), Event()
            for runs in (frail_runs, stout_runs):
                runs.set()
            first_queue = pool.submit(queue, context, folder)
            pool.submit(worker, context, folder, b"frail", frail_runs)
            await_event(events, "+frail")

            client = Client(context, folder)
            assert client.ask("one") == "frail"
            print("frail answers, and freezes")
            frail_runs.clear()
            pool.submit(worker, context, folder, b"stout", stout_runs)
            await_event(events, "-frail")
            assert {client.ask(word) for word in ("two", "three", "four")} == {"stout"}
            print("stout answers everything; frail thaws")
            frail_runs.set()
            await_event(events, "+frail")
            assert any(client.ask("five") == "frail" for _ in range(20)), "frail got nothing"

            print("frail answers again; the queue dies, and another takes its place")
            events.send(b"die")
            first_queue.result()
            pool.submit(queue, context, folder)
            print("the new queue's first answer is of", client.ask("six"))
            client.req.close()
            events.close()
            context.term()


if __name__ == "__main__":
    main()
