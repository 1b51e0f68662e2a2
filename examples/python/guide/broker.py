"""Request and reply with a broker between: ROUTER and DEALER, joined by a proxy.

Clients and workers know the broker alone, so either may come and go. The DEALER deals questions out
in turn; each carries its client's routing id, by which the ROUTER finds the way back.

Run it: python3 examples/python/guide/broker.py
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from sockery import zmq

CLIENTS = ("ada", "ben", "cleo")
WORKERS = ("left", "right")
QUESTIONS = 4


def broker(frontend: zmq.Socket, backend: zmq.Socket) -> None:
    with frontend, backend, suppress(zmq.ContextTerminated):
        zmq.proxy(frontend, backend)


def worker(context: zmq.Context, name: str) -> None:
    """Turns words around, until the context ends."""
    with context.socket(zmq.REP) as rep, suppress(zmq.ContextTerminated):
        rep.connect("inproc://workers")
        while True:
            word = rep.recv_string()
            rep.send_string(f"{word[::-1]} {name}")


def client(context: zmq.Context, address: str, name: str) -> Counter:
    """Asks, checks the answers, and counts who gave how many."""
    answers: Counter = Counter()
    with context.socket(zmq.REQ) as req:
        req.connect(address)
        for number in range(QUESTIONS):
            req.send_string(f"{name}{number}")
            word, by = req.recv_string().split()
            assert word == f"{number}{name[::-1]}", f"{name} got {word}"
            answers[by] += 1
    print(f"{name} got {QUESTIONS} answers")
    return answers


def main() -> None:
    with ThreadPoolExecutor(max_workers=8) as pool, zmq.Context() as context:
        context.linger, context.rcvtimeo = 0, 10_000  # a mistake fails instead of hanging
        frontend, backend = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
        frontend.bind("tcp://127.0.0.1:*")
        backend.bind("inproc://workers")
        address = frontend.get_string(zmq.LAST_ENDPOINT)
        for name in WORKERS:
            pool.submit(worker, context, name)
        backend.wait_for_peers(len(WORKERS))  # or the first one gets more than its share
        pool.submit(broker, frontend, backend)

        asking = [pool.submit(client, context, address, name) for name in CLIENTS]
        answers = sum((each.result() for each in asking), Counter())
        context.term()  # whoever waits still gets ContextTerminated, and closes

    print("answered by", dict(answers))
    share = len(CLIENTS) * QUESTIONS // len(WORKERS)
    assert answers == dict.fromkeys(WORKERS, share), answers


if __name__ == "__main__":
    main()
