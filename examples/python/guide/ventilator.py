"""Work dealt out and its results gathered: a ventilator, workers, a sink, and a signal to stop.

Work goes through PUSH and PULL, to all workers in turn. Workers cannot know which job is the last:
the sink does, and publishes the end, for which each worker listens beside its work.

Run it: python3 examples/python/guide/ventilator.py
"""

from concurrent.futures import ThreadPoolExecutor

from sockery import zmq

JOBS = range(1, 61)
WORKERS = 3


def worker(context: zmq.Context) -> int:
    """Squares numbers until the signal comes: how many."""
    done = 0
    with context.socket(zmq.PULL) as jobs, context.socket(zmq.PUSH) as results:
        with context.socket(zmq.SUB) as control:
            jobs.connect("inproc://jobs")
            results.connect("inproc://results")
            control.connect("inproc://control")
            control.subscribe(b"")
            poller = zmq.Poller()
            poller.register(jobs, zmq.POLLIN)
            poller.register(control, zmq.POLLIN)
            while True:
                ready = dict(poller.poll(10_000))
                assert ready, "neither work nor the end came"
                if jobs in ready:
                    number = jobs.recv_json()["number"]
                    results.send_json({"number": number, "square": number**2})
                    done += 1
                elif control in ready:
                    assert control.recv() == b"end"
                    return done


def ventilator(jobs: zmq.Socket) -> None:
    with jobs:
        jobs.wait_for_peers(WORKERS, 10_000)  # or the first to connect gets all the work
        for number in JOBS:
            jobs.send_json({"number": number})


def sink(results: zmq.Socket, control: zmq.Socket) -> int:
    """Adds all squares up, then tells the workers to stop."""
    total = 0
    with results, control:
        for _ in JOBS:
            total += results.recv_json()["square"]
        control.wait_for_subscribers(b"", WORKERS, 10_000)
        control.send(b"end")
    return total


def main() -> None:
    with ThreadPoolExecutor(max_workers=8) as pool, zmq.Context() as context:
        context.rcvtimeo = 10_000  # a mistake fails instead of hanging
        jobs, results, control = (context.socket(kind) for kind in (zmq.PUSH, zmq.PULL, zmq.PUB))
        jobs.bind("inproc://jobs")
        results.bind("inproc://results")
        control.bind("inproc://control")
        working = [pool.submit(worker, context) for _ in range(WORKERS)]
        gathered = pool.submit(sink, results, control)
        pool.submit(ventilator, jobs).result()

        total, done = gathered.result(), [each.result() for each in working]
    print(f"the sink added {len(JOBS)} squares up to {total}")
    print("the workers stopped after", done, "jobs")
    assert total == sum(number**2 for number in JOBS), total
    assert done == [len(JOBS) // WORKERS] * WORKERS, done


if __name__ == "__main__":
    main()
