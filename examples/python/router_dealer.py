"""ROUTER and DEALER: a server that answers many clients in the order that it likes. ZeroMQ only.

Run it: python3 examples/python/router_dealer.py
"""

from sockery import zmq

CLIENTS = ("ada", "ben", "cleo")


def main() -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.bind("tcp://127.0.0.1:*")
        dealers = []
        for name in CLIENTS:
            dealer = context.socket(zmq.DEALER)
            dealer.routing_id = name.encode()
            dealer.connect(router.get_string(zmq.LAST_ENDPOINT))
            dealer.send_string(f"hello from {name}")
            dealers.append(dealer)

        # The router puts in front of each message whose it is, and takes that off to find the peer.
        greetings = dict(router.recv_multipart() for _ in CLIENTS)
        for who in sorted(greetings, reverse=True):
            print("router got", greetings[who].decode())
            router.send_multipart([who, b"welcome, " + who])

        for name, dealer in zip(CLIENTS, dealers):
            print(f"{name} got", dealer.recv_string())
            dealer.close()


if __name__ == "__main__":
    main()
