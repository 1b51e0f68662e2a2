"""A word index of Python's own standard library, counted across processes in three languages.

    ventilator.py --files: SP PUSH/PULL--> worker.lua --counts: ZMTP PUSH/PULL--> sink.js
    sink.js --news: ZMTP PUB/SUB--> all          sink.js <--ask: SP REQ/REP-- this program

Started by examples/run. It starts the others, shows how far they are, and counts again in one
process: the status is 0 only when both counts agree to the last word.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sockery import nnmsg, zmq

from crew import Crew, Failed
from recount import differences, recount
from sources import root, sources
from view import View, summary

HERE = Path(__file__).resolve().parent
#: How often to look after the crew, and how long an answer of the sink may take, in milliseconds.
LOOK = 250
PATIENCE = 60_000
#: How long the count may stand still, in seconds.
STALL = 60
LUAS = ("lua5.4", "luajit", "lua5.3", "lua5.2", "lua5.1")


class Asking:
    """The sink's ear for questions."""

    def __init__(self, address: str) -> None:
        self._socket = nnmsg.socket.req()
        self._socket.setopt(nnmsg.NN_RCVTIMEO, PATIENCE)
        self._socket.setopt(nnmsg.NN_RCVMAXSIZE, -1)
        self._socket.connect(address)

    def ask(self, what: str) -> Any:
        self._socket.sendTable({"ask": what})
        return self._socket.recvTable()

    def close(self) -> None:
        self._socket.close()


def interpreters(workers: int) -> list[str]:
    """A Lua for each worker: those that are installed, in turn."""
    found = [path for path in map(shutil.which, LUAS) if path][:2]
    if not found:
        raise Failed("there is no Lua; install one: apt-get install lua5.4")
    return [found[index % len(found)] for index in range(workers)]


def addresses(folder: str, tcp: bool) -> dict[str, str]:
    """Where to bind to. Nobody has to know a free port: 0 lets the system choose."""
    names = ("files", "counts", "news", "ask")
    return {name: "tcp://127.0.0.1:0" if tcp else f"ipc://{folder}/{name}" for name in names}


def start(crew: Crew, bind_to: dict[str, str], workers: int) -> dict[str, str]:
    """Starts everybody; answers where they are bound."""
    listeners = workers + 2  # the workers, the ventilator and this program hear the end
    node, lua = shutil.which("node") or "node", interpreters(workers)
    script = str(HERE / "sink.js")
    to = (bind_to["counts"], bind_to["news"], bind_to["ask"])
    at = json.loads(crew.first_line(crew.start("sink", node, script, *to, str(listeners))))

    script = str(HERE / "ventilator.py")
    to = (bind_to["files"], at["ask"], at["news"], str(workers))
    at["files"] = crew.first_line(crew.start("ventilator", sys.executable, script, *to))

    script = str(HERE / "worker.lua")
    for interpreter in lua:
        name = f"worker ({Path(interpreter).name})"
        crew.start(name, interpreter, script, at["files"], at["counts"], at["news"])
    return at


def follow(crew: Crew, news: zmq.Socket) -> None:
    """Shows the news until the end; fails when somebody of the crew does, or nothing moves."""
    view, files, moved = View(), -1, time.monotonic()
    while True:
        crew.check()
        if news.poll(LOOK):
            topic, *rest = news.recv_multipart()
            if topic == b"end":
                return view.end()
            report = json.loads(rest[0])
            view.show(report)
            if report["files"] != files:
                files, moved = report["files"], time.monotonic()
        if time.monotonic() - moved > STALL:
            raise Failed(f"nothing has moved for {STALL} seconds")


def index(folder: str, workers: int, tcp: bool) -> tuple[dict[str, int], dict[str, Any]]:
    """Counts across processes: how often each word stands there, and the last report."""
    with Crew() as crew, zmq.Socket(zmq.SUB) as news:
        at = start(crew, addresses(folder, tcp), workers)
        # In this order: the sink begins when it sees the second, and then has the first.
        news.subscribe("progress")
        news.subscribe("end")
        news.connect(at["news"])
        follow(crew, news)
        sink = Asking(at["ask"])
        report, words = sink.ask("progress"), sink.ask("words")
        sink.ask("leave")
        sink.close()
        crew.finish()
    return words, report


def run(workers: int, tcp: bool) -> int:
    print(f"A word index of {root()}: 1 ventilator (Python), {workers} workers (Lua), 1 sink (Node)")
    with tempfile.TemporaryDirectory(prefix="sockery-") as folder:
        words, report = index(folder, workers, tcp)
    summary(words, report)
    print("\nCounting again in one process ...", flush=True)
    wanted = recount(sources())
    differing = differences(words, wanted)
    if differing:
        print(f"FAILED: {len(differing):,} words differ:", *differing[:10], sep="\n  ")
        return 1
    times = sum(wanted.values())
    print(f"OK: both counts agree to the last word, {times:,} words, {len(wanted):,} different.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="examples/run", description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2, help="how many Lua workers (2)")
    parser.add_argument("--tcp", action="store_true", help="over tcp instead of ipc")
    options = parser.parse_args()
    if options.workers < 1:
        parser.error("there must be a worker")
    # Leave by the same way however the end comes, so that nobody is left behind.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    try:
        return run(options.workers, options.tcp)
    except KeyboardInterrupt:
        print("\nInterrupted: everything is stopped.", file=sys.stderr)
        return 128 + signal.SIGINT
    except (Failed, OSError) as error:
        print(f"\nFAILED: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
