"""Last value cache: who subscribes gets at once what was said last, and then what comes.

The cache stands between a publisher and its subscribers and remembers the last value of each topic.
Its XPUB tells it of each subscription (XPUB_VERBOSE: also of second ones), upon which it publishes
the last value again: old subscribers see it twice, new ones need not wait for the next.

Run it: python3 examples/python/guide/last_value.py
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from sockery import zmq


def cache(publisher: zmq.Socket, subscribers: zmq.Socket) -> None:
    """Passes values on, and sends the last one again for each new subscriber."""
    last: dict[bytes, bytes] = {}
    subscribers.xpub_verbose = 1
    publisher.subscribe(b"")
    poller = zmq.Poller()
    poller.register(publisher, zmq.POLLIN)
    poller.register(subscribers, zmq.POLLIN)
    with publisher, subscribers, suppress(zmq.ContextTerminated):
        while True:
            ready = dict(poller.poll())
            if publisher in ready:
                topic, value = publisher.recv_multipart()
                last[topic] = value
                subscribers.send_multipart([topic, value])
            if subscribers in ready:
                event = subscribers.recv()
                begins, topic = event[0] == 1, event[1:]
                if begins and topic in last:
                    print("cache: sends", topic.decode(), "again")
                    subscribers.send_multipart([topic, last[topic]])


def subscriber(context: zmq.Context, address: str, topic: bytes) -> zmq.Socket:
    sub = context.socket(zmq.SUB)
    sub.subscribe(topic)
    sub.connect(address)
    return sub


def main() -> None:
    with ThreadPoolExecutor() as pool, zmq.Context() as context:
        context.linger, context.rcvtimeo = 0, 10_000  # a mistake fails instead of hanging
        inward, outward = context.socket(zmq.SUB), context.socket(zmq.XPUB)
        inward.bind("inproc://values")
        outward.bind("tcp://127.0.0.1:*")
        address = outward.get_string(zmq.LAST_ENDPOINT)
        pool.submit(cache, inward, outward)

        with context.socket(zmq.PUB) as pub:
            pub.connect("inproc://values")
            pub.wait_for_subscribers(b"", 1, 10_000)
            for celsius in (17, 18, 19):
                pub.send_multipart([b"oslo", b"%d" % celsius])
            pub.send_multipart([b"rome", b"31"])

            # They come after all that was published. Rome is last: the cache has the others then.
            rome = subscriber(context, address, b"rome")
            print("rome:", rome.recv_multipart())
            early = subscriber(context, address, b"oslo")
            assert early.recv_multipart() == [b"oslo", b"19"]
            late = subscriber(context, address, b"oslo")
            assert late.recv_multipart() == [b"oslo", b"19"]
            print("oslo: both subscribers got 19, though it was published before they came")

            assert early.recv_multipart() == [b"oslo", b"19"]  # once more, for the late one
            pub.send_multipart([b"oslo", b"20"])
            for sub in (early, late):
                assert sub.recv_multipart() == [b"oslo", b"20"]
            print("oslo: both got 20 next")
            for sub in (rome, early, late):
                sub.close()
        context.term()


if __name__ == "__main__":
    main()
