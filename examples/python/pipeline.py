"""PUSH and PULL: each piece of work goes to one of the workers, to all in turn.

Run it: python3 examples/python/pipeline.py
"""

from sockery import nnmsg, zmq


def with_nnmsg() -> None:
    with nnmsg.socket.push() as push, nnmsg.socket.pull() as one, nnmsg.socket.pull() as two:
        push.bind("tcp://127.0.0.1:0")
        for worker in (one, two):
            worker.connect(push.lastEndpoint)
        push.waitForPeers(2)
        for number in range(6):
            push.sendTable({"job": number, "square": number**2})
        for name, worker in (("one", one), ("two", two)):
            print(f"nnmsg: worker {name} got", [worker.recvTable()["job"] for _ in range(3)])


def with_zmq() -> None:
    with zmq.Context() as context, context.socket(zmq.PUSH) as push:
        push.bind("tcp://127.0.0.1:*")
        with context.socket(zmq.PULL) as one, context.socket(zmq.PULL) as two:
            for worker in (one, two):
                worker.connect(push.get_string(zmq.LAST_ENDPOINT))
            push.wait_for_peers(2)
            for number in range(6):
                push.send_json({"job": number, "square": number**2})
            for name, worker in (("one", one), ("two", two)):
                print(f"zmq: worker {name} got", [worker.recv_json()["job"] for _ in range(3)])


if __name__ == "__main__":
    with_nnmsg()
    with_zmq()
