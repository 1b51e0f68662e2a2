"""Lazy pirate: a client that loses patience, asks again with a new socket, and at last gives up.

A REQ whose answer never comes can do nothing but be closed. So the client polls for the answer;
after TIMEOUT it closes the socket and asks once more with another. The server dies with a question
in its hands, comes back, and at the end is gone for good.

Run it: python3 examples/python/guide/lazy_pirate.py
"""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

from sockery import zmq

TIMEOUT = 150  # milliseconds
TRIES = 3


class Client:
    def __init__(self, context: zmq.Context, address: str) -> None:
        self.context, self.address = context, address
        self.asked = 0
        self.connect()

    def connect(self) -> None:
        self.socket = self.context.socket(zmq.REQ)
        self.socket.linger = 0  # a question that nobody takes goes with the socket
        self.socket.connect(self.address)

    def ask(self, question: str) -> Optional[str]:
        """The answer, or None when there was none at TRIES times."""
        for _ in range(TRIES):
            self.asked += 1
            self.socket.send_string(question)
            if self.socket.poll(TIMEOUT):
                return self.socket.recv_string()
            print(f"client: no answer to {question!r} in {TIMEOUT} ms")
            self.socket.close()
            self.connect()
        return None


def serve(context: zmq.Context, address: str, dies_at: str) -> str:
    """Answers until it gets one question: of that it dies."""
    with context.socket(zmq.REP) as rep:
        rep.bind(address)
        while True:
            question = rep.recv_string()
            if question == dies_at:
                return question
            rep.send_string(question.upper())


def server(context: zmq.Context, address: str) -> None:
    """A server that somebody starts again after its first death, not after the second."""
    print("server: died of", repr(serve(context, address, dies_at="two")))
    print("server: is back")
    print("server: died of", repr(serve(context, address, dies_at="four")), "for good")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        with zmq.Context() as context:
            context.rcvtimeo = 10_000
            address = f"ipc://{folder}/server"
            serving = pool.submit(server, context, address)
            client = Client(context, address)
            answers = [client.ask(question) for question in ("one", "two", "three", "four")]
            serving.result()
            client.socket.close()
    print("client: got", answers, "with", client.asked, "questions")
    assert answers == ["ONE", "TWO", "THREE", None], answers
    # one: 1, two: at least 2, three: 1, four: TRIES. A slow machine asks more often.
    assert client.asked >= 4 + TRIES, client.asked


if __name__ == "__main__":
    main()
