"""Cells: what is measured. One is a pattern, a transport and a size."""

from __future__ import annotations

from dataclasses import dataclass

TRANSPORTS = ("tcp", "ipc", "inproc", "ws", "tls+tcp")
#: How many messages libzmq moves in about 0.4 seconds: the first guess at a count.
COUNTS = {
    "pushpull": {64: 300_000, 1024: 200_000, 65536: 12_000, 1048576: 700},
    "reqrep": {64: 5_000, 1024: 5_000, 65536: 2_500, 1048576: 250},
    "pubsub": {64: 200_000, 1024: 120_000, 65536: 6_000},
}
WORDS = {64: "64 B", 1024: "1 KiB", 65536: "64 KiB", 1048576: "1 MiB"}


@dataclass(frozen=True)
class Cell:
    pattern: str
    transport: str
    size: int
    subscribers: int = 1

    @property
    def name(self) -> str:
        name = f"{self.pattern}/{self.transport}/{self.size}"
        return f"{name}/x{self.subscribers}" if self.pattern == "pubsub" else name

    @property
    def words(self) -> str:
        to = f" to {self.subscribers}" if self.pattern == "pubsub" else ""
        return f"{self.transport} {WORDS[self.size]}{to}"

    @property
    def by_time(self) -> bool:
        """Whether the figure is a time, so that less is better."""
        return self.pattern == "reqrep"

    def first_count(self, speed: float, seconds: float) -> int:
        count = COUNTS[self.pattern][self.size] * seconds / 0.4
        if self.pattern == "reqrep":
            return max(20, int(count * min(speed, 1) ** 0.25))
        return max(20, int(count * speed / self.subscribers**0.5))


ALL = [
    *(
        Cell(pattern, transport, size)
        for pattern in ("pushpull", "reqrep")
        for transport in TRANSPORTS
        for size in WORDS
    ),
    *(
        Cell("pubsub", "tcp", size, subscribers)
        for size in COUNTS["pubsub"]
        for subscribers in (1, 8)
    ),
]
QUICK = [
    Cell("pushpull", "tcp", 64),
    Cell("pushpull", "tcp", 1024),
    Cell("pushpull", "tcp", 65536),
    Cell("reqrep", "tcp", 64),
    Cell("reqrep", "ipc", 64),
    Cell("pushpull", "inproc", 64),
    Cell("reqrep", "inproc", 64),
]
