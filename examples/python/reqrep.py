"""REQ and REP: a question, and its answer to whoever asked.

Run it: python3 examples/python/reqrep.py
"""

from threading import Thread

from sockery import nnmsg, zmq


def with_nnmsg() -> None:
    def serve(rep: nnmsg.Socket) -> None:
        for _ in range(3):
            rep.send(rep.recv().upper())

    with nnmsg.socket.rep() as rep, nnmsg.socket.req() as req:
        rep.bind("tcp://127.0.0.1:0")
        server = Thread(target=serve, args=[rep])
        server.start()
        req.connect(rep.lastEndpoint)
        for question in ("how", "are", "you"):
            req.send(question)
            print("nnmsg:", question, "->", req.recv().decode())
        server.join()


def with_zmq() -> None:
    def serve(rep: zmq.Socket) -> None:
        for _ in range(3):
            rep.send_string(rep.recv_string().upper())

    with zmq.Context() as context:
        with context.socket(zmq.REP) as rep, context.socket(zmq.REQ) as req:
            rep.bind("tcp://127.0.0.1:*")
            server = Thread(target=serve, args=[rep])
            server.start()
            req.connect(rep.get_string(zmq.LAST_ENDPOINT))
            for question in ("how", "are", "you"):
                req.send_string(question)
                print("zmq:", question, "->", req.recv_string())
            server.join()


if __name__ == "__main__":
    with_nnmsg()
    with_zmq()
