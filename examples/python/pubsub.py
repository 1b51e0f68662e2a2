"""PUB and SUB: each subscriber gets the messages that begin as it asked.

Run it: python3 examples/python/pubsub.py
"""

from sockery import nnmsg, zmq

REPORTS = ("wind 5", "rain 12", "wind 7", "sun 1", "rain 3")


def with_nnmsg() -> None:
    with nnmsg.socket.pub() as pub, nnmsg.socket.sub() as wind, nnmsg.socket.sub() as everything:
        pub.bind("tcp://127.0.0.1:0")
        wind.subscribe("wind")
        everything.subscribe()
        for sub in (wind, everything):
            sub.connect(pub.lastEndpoint)
        pub.waitForPeers(2)  # who is not there yet misses what is sent
        for report in REPORTS:
            pub.send(report)
        print("nnmsg: wind:", [wind.recv().decode() for _ in range(2)])
        print("nnmsg: everything:", [everything.recv().decode() for _ in range(5)])


def with_zmq() -> None:
    with zmq.Context() as context, context.socket(zmq.PUB) as pub:
        pub.bind("tcp://127.0.0.1:*")
        with context.socket(zmq.SUB) as wind, context.socket(zmq.SUB) as everything:
            wind.subscribe("wind")
            everything.subscribe("")
            for sub in (wind, everything):
                sub.connect(pub.get_string(zmq.LAST_ENDPOINT))
            pub.wait_for_subscribers(b"wind", 2)  # the publisher filters: it has to know
            for report in REPORTS:
                pub.send_string(report)
            print("zmq: wind:", [wind.recv_string() for _ in range(2)])
            print("zmq: everything:", [everything.recv_string() for _ in range(5)])


if __name__ == "__main__":
    with_nnmsg()
    with_zmq()
