"""A page that plots live data of a Python and a Lua program, and asks both to change it.

    oscillator.py --signal: SP PUB/SUB over WebSocket--> smoother.lua, the page
    smoother.lua  --smooth: SP PUB/SUB over WebSocket--> the page
    the page      --questions: SP REQ/REP over WebSocket--> either

Started by examples/run browser. It starts both, and again whenever one ends; serves the page; prints
its address.
"""

from __future__ import annotations

import argparse
import json
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLIENT = HERE.parents[1] / "bindings-node" / "lib" / "browser.mjs"
#: How long a program may take to say where it is bound, and to go, in seconds.
PATIENCE = 30
GRACE = 5
#: How long one that ended stays away, so that a visitor sees the page wait for it.
PAUSE = 1.5
LOOK = 0.1
LUAS = ("lua5.4", "luajit", "lua5.3", "lua5.2", "lua5.1")
#: What the page is made of: nothing else is served.
FILES = {
    "/": (HERE / "page" / "index.html", "text/html"),
    "/style.css": (HERE / "page" / "style.css", "text/css"),
    "/lab.js": (HERE / "page" / "lab.js", "text/javascript"),
    "/chart.js": (HERE / "page" / "chart.js", "text/javascript"),
    "/controls.js": (HERE / "page" / "controls.js", "text/javascript"),
    "/sockery/browser.mjs": (CLIENT, "text/javascript"),
}


class Failed(Exception):
    """A program did not do what it should."""


class Program:
    """A program that publishes at one address and answers at another, and is started again when it ends."""

    def __init__(self, name: str, language: str, *command: str) -> None:
        self.name, self.language, self._command = name, language, command
        self.feed = self.ask = "ws://127.0.0.1:0/"
        self._ended: float | None = None
        self._start()

    def _start(self) -> None:
        command = (*self._command, self.feed, self.ask)
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.feed, self.ask = self._first_line().split()

    def _first_line(self) -> str:
        """What it says first: where it is bound. From then on it is bound there again."""
        readable, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline().strip() if readable else ""
        if not line:
            self.stop()
            raise Failed(f"the {self.name} did not say where it is bound")
        return line

    def look(self) -> None:
        """Starts it again if it ended a while ago."""
        if self._process.poll() is None:
            return
        now = time.monotonic()
        if self._ended is None:
            print(f"The {self.name} ended; starting it again.", flush=True)
            self._ended = now
        elif now - self._ended >= PAUSE:
            self._process.stdout.close()
            self._ended = None
            self._start()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def described(self) -> dict[str, str]:
        return {"name": self.name, "language": self.language, "feed": self.feed, "ask": self.ask}


class Pages(BaseHTTPRequestHandler):
    """Serves the page, and where the programs are."""

    programs: list[Program] = []

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/where.json":
            self._answer(json.dumps([program.described() for program in self.programs]).encode(), "application/json")
        elif path in FILES:
            file, kind = FILES[path]
            self._answer(file.read_bytes(), kind)
        else:
            self.send_error(404)

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        # Nothing from elsewhere, whatever a message says.
        self.send_header("Content-Security-Policy", "default-src 'self'; connect-src 'self' ws:; img-src 'self' data:")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads a log of this."""


def lua() -> str:
    found = next(filter(None, map(shutil.which, LUAS)), None)
    if not found:
        raise Failed("there is no Lua; install one: apt-get install lua5.4")
    return found


def run(port: int) -> None:
    programs: list[Program] = []
    try:
        oscillator = Program("signal", "Python", sys.executable, str(HERE / "oscillator.py"))
        programs.append(oscillator)
        programs.append(Program("smooth", "Lua", lua(), str(HERE / "smoother.lua"), oscillator.feed))
        Pages.programs = programs
        with ThreadingHTTPServer(("127.0.0.1", port), Pages) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            print(f"Open http://127.0.0.1:{server.server_address[1]}/ and leave with Ctrl-C.", flush=True)
            while True:
                for program in programs:
                    program.look()
                time.sleep(LOOK)
    finally:
        for program in programs:
            program.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="examples/run browser", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8080, help="of the page; 0 lets the system choose (8080)")
    options = parser.parse_args()
    # Leave by the same way however the end comes, so that nobody is left behind.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    try:
        run(options.port)
    except KeyboardInterrupt:
        print("\nEverything is stopped.", file=sys.stderr)
    except (Failed, OSError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
