"""Process: one running worker, line by line, with a deadline."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import tempfile
import time
from typing import Any

from workers import Worker


class Process:
    """Use it with `with`: at the end it is told to end, and ended if it does not."""

    def __init__(self, worker: Worker, deadline: float, *args: object) -> None:
        self._deadline = deadline
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [*worker.cmd, *map(str, args)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=os.environ | worker.env,
        )
        self._text = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)

    @property
    def pid(self) -> int:
        return self._process.pid

    def line(self) -> str:
        while b"\n" not in self._text:
            left = self._deadline - time.monotonic()
            if left <= 0 or not self._selector.select(left):
                raise TimeoutError("the worker said nothing in time")
            some = os.read(self._process.stdout.fileno(), 4096)
            if not some:
                raise RuntimeError(f"the worker ended: {self._last_words()}")
            self._text += some
        line, _, self._text = self._text.partition(b"\n")
        return line.decode()

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()[-200:]

    def ready(self) -> None:
        line = self.line()
        if line != "READY":
            raise RuntimeError(f"the worker said {line!r} instead of READY")

    def result(self) -> dict[str, Any]:
        return json.loads(self.line())

    def go(self) -> None:
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()

    def end(self) -> None:
        self._process.stdin.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *exc: object) -> None:
        if not self._process.stdin.closed:
            try:
                self.end()
            except BrokenPipeError:
                pass
        try:
            self._process.wait(0.3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._selector.close()
        self._process.stdout.close()
        self._errors.close()
