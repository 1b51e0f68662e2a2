"""The crew: processes that are started together and end together. Used by main.py."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time

#: How long a process may take to say its address, and to go when it is told to, in seconds.
PATIENCE = 30
GRACE = 5


class Failed(Exception):
    """A process of the crew did not do what it should."""


class Crew:
    """Starts processes; none of them outlives the ``with`` of the crew."""

    def __init__(self) -> None:
        self._members: list[tuple[str, subprocess.Popen[str]]] = []

    def start(self, name: str, *command: str) -> subprocess.Popen[str]:
        """Starts one. Ctrl-C does not reach it: the crew tells it when to go."""
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._members.append((name, process))
        return process

    def first_line(self, process: subprocess.Popen[str]) -> str:
        """What a process says first: where it is bound."""
        assert process.stdout is not None
        readable, _, _ = select.select([process.stdout], [], [], PATIENCE)
        line = process.stdout.readline().strip() if readable else ""
        if not line:
            process.terminate()
            process.wait()
            self.check()
            raise Failed("a process did not say where it is bound")
        return line

    def check(self) -> None:
        """Fails when one of them has failed."""
        for name, process in self._members:
            status = process.poll()
            if status:
                raise Failed(f"the {name} ended with {_reason(status)}")

    def finish(self) -> None:
        """Waits until all have ended by themselves, and well."""
        deadline = time.monotonic() + PATIENCE
        for name, process in self._members:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise Failed(f"the {name} does not end") from None
        self.check()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *exc: object) -> None:
        alive = [process for _, process in self._members if process.poll() is None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in alive:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for _, process in self._members:
            if process.stdout is not None:
                process.stdout.close()


def _reason(status: int) -> str:
    return f"status {status}" if status > 0 else f"signal {signal.Signals(-status).name}"
