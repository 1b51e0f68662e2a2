"""PAIR: two peers that talk as they like, both ways.

Run it: python3 examples/python/pair.py
"""

import tempfile

from sockery import nnmsg, zmq


def with_nnmsg(folder: str) -> None:
    with nnmsg.socket.pair() as here, nnmsg.socket.pair() as there:
        address = f"ipc://{folder}/nnmsg"
        here.connect(address)  # before there is anybody: it connects when there is
        there.bind(address)
        here.send("first")
        here.send("second")
        there.send("meanwhile")
        print("nnmsg: there got", there.recv(), "and", there.recv())
        print("nnmsg: here got", here.recv())


def with_zmq(folder: str) -> None:
    with zmq.Context() as context:
        with context.socket(zmq.PAIR) as here, context.socket(zmq.PAIR) as there:
            address = f"ipc://{folder}/zmq"
            here.connect(address)
            there.bind(address)
            here.send_multipart([b"a message", b"of", b"four", b"parts"])
            there.send(b"meanwhile")
            print("zmq: there got", there.recv_multipart())
            print("zmq: here got", here.recv())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        with_nnmsg(folder)
        with_zmq(folder)
