"""Titanic: requests that outlive the broker, which has them on disk before it says that it has them.

A client hands in a request and gets a ticket; with that it asks for the answer, as often as it
likes, and at last says that it has it. Requests and answers are files. Here the broker dies with
all that is in its memory; the next one finds the request in the same folder and has it answered.

Run it: python3 examples/python/guide/titanic.py
"""

import os
import tempfile
import uuid
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from sockery import zmq


class Store:
    """Requests and answers, by ticket. What `write` has returned from outlives the broker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, ticket: bytes, kind: str) -> Path:
        # Only a UUID: no ticket leads out of the folder.
        return self.folder / f"{uuid.UUID(ticket.decode())}.{kind}"

    def write(self, ticket: bytes, kind: str, body: bytes) -> None:
        path = self.path(ticket, kind)
        with open(path.with_suffix(".new"), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, path)  # the whole file, or none of it

    def read(self, ticket: bytes, kind: str) -> bytes:
        return self.path(ticket, kind).read_bytes()

    def has(self, ticket: bytes, kind: str) -> bool:
        return self.path(ticket, kind).exists()

    def unanswered(self) -> list[bytes]:
        tickets = [path.stem.encode() for path in self.folder.glob("*.request")]
        return [ticket for ticket in tickets if not self.has(ticket, "answer")]

    def remove(self, ticket: bytes) -> None:
        for kind in ("answer", "request"):
            self.path(ticket, kind).unlink()


class Titanic:
    """REP for clients, DEALER for workers, and the store between them."""

    def __init__(self, context: zmq.Context, sockets: str, store: Store) -> None:
        self.store = store
        self.todo = deque(store.unanswered())
        self.clients, self.workers = context.socket(zmq.REP), context.socket(zmq.DEALER)
        self.clients.bind(f"ipc://{sockets}/clients")
        self.workers.bind(f"ipc://{sockets}/workers")
        print("titanic: starts with", len(self.todo), "requests from before")

    def run(self) -> None:
        poller = zmq.Poller()
        poller.register(self.clients, zmq.POLLIN)
        with self.clients, self.workers, suppress(zmq.ContextTerminated):
            while True:
                # Workers are written to when there is work, and can be when there is a worker.
                poller.register(self.workers, zmq.POLLIN | (zmq.POLLOUT if self.todo else 0))
                ready = dict(poller.poll())
                if self.clients in ready:
                    self.clients.send_multipart(self.answer(*self.clients.recv_multipart()))
                if ready.get(self.workers, 0) & zmq.POLLIN:
                    _, ticket, body = self.workers.recv_multipart()
                    self.store.write(ticket, "answer", body)
                if ready.get(self.workers, 0) & zmq.POLLOUT:
                    ticket = self.todo.popleft()
                    self.workers.send_multipart([b"", ticket, self.store.read(ticket, "request")])

    def answer(self, command: bytes, argument: bytes) -> list[bytes]:
        try:
            if command == b"request":
                ticket = str(uuid.uuid4()).encode()
                self.store.write(ticket, "request", argument)
                self.todo.append(ticket)
                return [b"accepted", ticket]
            if command == b"answer" and self.store.has(argument, "answer"):
                return [b"here", self.store.read(argument, "answer")]
            if command == b"answer" and self.store.has(argument, "request"):
                return [b"pending"]
            if command == b"close":
                self.store.remove(argument)
                return [b"closed"]
        except (OSError, ValueError) as error:
            return [b"refused", str(error).encode()]
        return [b"unknown"]


def worker(context: zmq.Context, sockets: str) -> None:
    with context.socket(zmq.REP) as rep, suppress(zmq.ContextTerminated):
        rep.connect(f"ipc://{sockets}/workers")
        while True:
            ticket, body = rep.recv_multipart()
            rep.send_multipart([ticket, body.upper()])


def call(sockets: str, command: bytes, argument: bytes) -> list[bytes]:
    """One exchange, with a socket of its own: an older one may wait for a broker that is dead."""
    with zmq.Context.instance().socket(zmq.REQ) as req:
        req.linger, req.rcvtimeo = 0, 10_000
        req.connect(f"ipc://{sockets}/clients")
        req.send_multipart([command, argument])
        return req.recv_multipart()


def main() -> None:
    with tempfile.TemporaryDirectory() as sockets, tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        with ThreadPoolExecutor() as pool:
            with zmq.Context() as context:  # ends at the end of the block, and the broker with it
                life = pool.submit(Titanic(context, sockets, store).run)
                accepted, ticket = call(sockets, b"request", b"hello")
                assert accepted == b"accepted"
                print("client: has the ticket", ticket.decode())
                assert call(sockets, b"answer", ticket) == [b"pending"]
                context.term()
            life.result()
            print("titanic: is down; on disk is", [path.suffix for path in Path(folder).iterdir()])

            with zmq.Context() as context:
                life = pool.submit(Titanic(context, sockets, store).run)
                pool.submit(worker, context, sockets)
                answer = [b"pending"]
                while answer == [b"pending"]:
                    answer = call(sockets, b"answer", ticket)
                print("client: has the answer", answer)
                assert answer == [b"here", b"HELLO"], answer
                assert call(sockets, b"close", ticket) == [b"closed"]
                assert call(sockets, b"answer", ticket) == [b"unknown"]
                assert call(sockets, b"close", b"../../etc/passwd")[0] == b"refused"
                context.term()
            life.result()
            assert not list(Path(folder).iterdir()), "something is left on disk"


if __name__ == "__main__":
    main()
