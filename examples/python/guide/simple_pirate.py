"""Simple pirate: a queue that gives each question to the worker that has been idle longest.

Workers say when they are ready, by a REQ whose "answer" is their next job. One dies with a job: the
queue does not learn of it, but it never says again that it is ready. The client asks again, and
somebody else has the answer. Its REQ is relaxed, so it may ask again, and correlates, so that late
answers are dropped.

Run it: python3 examples/python/guide/simple_pirate.py
"""

import json
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from sockery import zmq

READY = b"ready"
TIMEOUT = 200  # milliseconds
QUESTIONS = 9
#: By worker: after how many jobs it dies of the next.
WORKERS = {"stout": None, "frail": 1, "hale": None}


def queue(frontend: zmq.Socket, backend: zmq.Socket) -> None:
    idle: deque = deque()
    with frontend, backend, suppress(zmq.ContextTerminated):
        poller = zmq.Poller()
        poller.register(backend, zmq.POLLIN)
        while True:
            # Nobody takes questions while there is nobody to answer: they wait in the socket.
            poller.register(frontend, zmq.POLLIN if idle else 0)
            ready = dict(poller.poll())
            if backend in ready:
                worker, _, *message = backend.recv_multipart()
                idle.append(worker)
                if message != [READY]:
                    frontend.send_multipart(message)
            if frontend in ready:
                backend.send_multipart([idle.popleft(), b"", *frontend.recv_multipart()])


def worker(context: zmq.Context, name: str) -> None:
    left = WORKERS[name]
    with context.socket(zmq.REQ) as req, suppress(zmq.ContextTerminated):
        req.connect("inproc://backend")
        req.send(READY)
        while True:
            *client, question = req.recv_multipart()
            if left == 0:
                print(f"{name} dies of question {int(question)}")
                return
            left = None if left is None else left - 1
            answer = {"by": name, "square": int(question) ** 2}
            req.send_multipart([*client, json.dumps(answer).encode()])


def client(context: zmq.Context, address: str) -> tuple[Counter, int]:
    """Asks all questions: how many each worker answered, and how often it asked again."""
    answers: Counter = Counter()
    again = 0
    with context.socket(zmq.REQ) as req:
        req.req_relaxed = req.req_correlate = 1
        req.connect(address)
        for number in range(QUESTIONS):
            req.send_string(str(number))
            while not req.poll(TIMEOUT):
                print(f"client: asks {number} again")
                req.send_string(str(number))
                again += 1
                assert again < 20, "nobody answers"
            answer = req.recv_json()
            assert answer["square"] == number**2, answer
            answers[answer["by"]] += 1
    return answers, again


def main() -> None:
    with ThreadPoolExecutor(max_workers=8) as pool, zmq.Context() as context:
        context.linger = 0
        frontend, backend = context.socket(zmq.ROUTER), context.socket(zmq.ROUTER)
        frontend.bind("tcp://127.0.0.1:*")
        backend.bind("inproc://backend")
        address = frontend.get_string(zmq.LAST_ENDPOINT)
        for name in WORKERS:
            pool.submit(worker, context, name)
        backend.wait_for_peers(len(WORKERS), 10_000)
        pool.submit(queue, frontend, backend)
        answers, again = client(context, address)
        context.term()

    print("answered by", dict(answers))
    assert sum(answers.values()) == QUESTIONS
    assert answers["frail"] <= 1 and answers["stout"] > 1 and answers["hale"] > 1, answers
    assert again >= 1, "the job of the dead was answered at once"


if __name__ == "__main__":
    main()
