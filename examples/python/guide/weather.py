"""Weather for whoever asked: publishers and subscribers that meet at a proxy of XSUB and XPUB.

Stations and watchers come and go without knowing each other. What a watcher subscribes to goes up
through the proxy to the stations, so what nobody asked for is not even sent to the proxy.

Run it: python3 examples/python/guide/weather.py
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from sockery import zmq

REPORTS = 20
#: By city: the temperatures that its station reports.
STATIONS = {
    "bergen": [8 + n % 3 for n in range(REPORTS)],
    "cairo": [30 + n % 5 for n in range(REPORTS)],
    "lima": [18 + n % 2 for n in range(REPORTS)],
}
#: Nobody asks for lima.
WATCHED = ("bergen", "cairo")


def proxy(stations: zmq.Socket, watchers: zmq.Socket) -> None:
    with stations, watchers, suppress(zmq.ContextTerminated):
        zmq.proxy(stations, watchers)


def station(context: zmq.Context, address: str, city: str) -> None:
    with context.socket(zmq.PUB) as pub:
        pub.connect(address)
        if city in WATCHED:
            # Who subscribes late misses what was before: wait until it has come all the way up.
            pub.wait_for_subscribers(city, 1, 10_000)
        for celsius in STATIONS[city]:
            pub.send_string(f"{city} {celsius}")
        pub.send_string(f"{city} end")
        pub.close(linger=1_000)


def watcher(context: zmq.Context, address: str, city: str) -> float:
    """The mean of what comes from a city."""
    heard = []
    with context.socket(zmq.SUB) as sub:
        sub.connect(address)
        sub.subscribe(city)
        while True:
            source, report = sub.recv_string().split()
            assert source == city, f"asked for {city}, got {source}"
            if report == "end":
                break
            heard.append(int(report))
    assert heard == STATIONS[city], f"{city}: {heard}"
    return sum(heard) / len(heard)


def main() -> None:
    with ThreadPoolExecutor(max_workers=8) as pool, zmq.Context() as context:
        context.linger, context.rcvtimeo = 0, 10_000  # a mistake fails instead of hanging
        stations, watchers = context.socket(zmq.XSUB), context.socket(zmq.XPUB)
        stations.bind("tcp://127.0.0.1:*")
        watchers.bind("tcp://127.0.0.1:*")
        up, down = (s.get_string(zmq.LAST_ENDPOINT) for s in (stations, watchers))
        pool.submit(proxy, stations, watchers)

        watching = {city: pool.submit(watcher, context, down, city) for city in WATCHED}
        reporting = [pool.submit(station, context, up, city) for city in STATIONS]
        for city, mean in watching.items():
            print(f"{city}: {mean.result():.1f} degrees in the mean of {REPORTS} reports")
        for each in reporting:
            each.result()
        context.term()


if __name__ == "__main__":
    main()
