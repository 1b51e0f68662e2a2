"""Machine: where and with what it was measured."""

from __future__ import annotations

import contextlib
import os
import pathlib
import platform
import re
import subprocess
import sys
from collections.abc import Iterator

from workers import TOP


def _said(*command: str) -> str:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, cwd=TOP, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _field(path: str, name: str) -> str:
    found = re.search(rf"^{name}\s*[:=]\s*\"?(.*?)\"?$", pathlib.Path(path).read_text(), re.M)
    return found[1] if found else "unknown"


def load() -> float:
    return os.getloadavg()[0]


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that never rest, beside what is measured."""
    never = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(never) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def describe() -> list[str]:
    """One line each: the processor, the system, the tools, and what of sockery was measured."""
    model = _field("/proc/cpuinfo", "model name")
    memory = int(_field("/proc/meminfo", "MemTotal").split()[0]) / 2**20
    tools = [
        _said("rustc", "--version").partition(" (")[0],
        f"Python {platform.python_version()}",
        f"Node {_said('node', '--version')}",
        _said("lua5.4", "-v").partition("  ")[0],
        _said("luajit", "-v").partition(" --")[0],
    ]
    changes = _said("git", "status", "--porcelain", "core", "bindings-*")
    commit = _said("git", "rev-parse", "--short", "HEAD")
    return [
        f"{model}, {os.cpu_count()} processors, {memory:.0f} GiB",
        f"{_field('/etc/os-release', 'PRETTY_NAME')}, Linux {platform.release().partition('-')[0]}",
        ", ".join(tools),
        f"sockery at commit {commit}{' and changes' * bool(changes)}",
    ]
