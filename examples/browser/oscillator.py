"""The oscillator: publishes a noisy signal, and lets itself be asked to change it.

Started by main.py: ``oscillator.py FEED ASK``, two addresses to bind to. Prints where it is bound.

    feed  SP PUB  -> all   "signal TIME VALUE", `rate` times a second; TIME in seconds since 1970
    ask   SP REP  <- any   "get"              a line for each setting: NAME VALUE RANGE
                           "set NAME VALUE"   NAME VALUE as it is now, or "error: ..."
                           "history"          what was published of late: a line "TIME VALUE" for each
                           "crash"            "bye", and then no more
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import sys
import time
from collections import deque

from sockery import nnmsg

#: Seconds of history, and of what comes after "bye": so long the answer has to get away.
HISTORY = 30
FAREWELL = 0.1


def heartbeat(phase: float) -> float:
    """What an electrocardiograph draws: the waves P, Q, R, S and T."""
    waves = ((0.20, 0.025, 0.15), (0.36, 0.010, -0.15), (0.40, 0.012, 1.2), (0.44, 0.010, -0.3), (0.68, 0.040, 0.3))
    return sum(height * math.exp(-(((phase - at) / width) ** 2) / 2) for at, width, height in waves)


SHAPES = {
    "sine": lambda phase: math.sin(2 * math.pi * phase),
    "square": lambda phase: 1.0 if phase < 0.5 else -1.0,
    "saw": lambda phase: 2 * phase - 1,
    "heartbeat": heartbeat,
}
#: What can be set: the value at first, and which others there are.
SHAPE = ("heartbeat", tuple(SHAPES))
NUMBERS = {"frequency": (0.8, 0.1, 2.0), "noise": (0.1, 0.0, 1.0), "rate": (60.0, 5.0, 120.0)}


class Settings:
    def __init__(self) -> None:
        self.shape = SHAPE[0]
        self.numbers = {name: first for name, (first, _, _) in NUMBERS.items()}

    def described(self) -> str:
        numbers = (f"{name} {self.numbers[name]:g} {low:g}..{high:g}" for name, (_, low, high) in NUMBERS.items())
        return "\n".join([f"shape {self.shape} {'|'.join(SHAPE[1])}", *numbers])

    def change(self, name: str, value: str) -> str:
        if name == "shape":
            if value not in SHAPE[1]:
                return f"error: shape: expected one of {', '.join(SHAPE[1])}, got {value}"
            self.shape = value
            return f"shape {value}"
        if name not in NUMBERS:
            return f"error: there is no {name}"
        _, low, high = NUMBERS[name]
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not low <= number <= high:
            return f"error: {name}: expected a number from {low:g} to {high:g}, got {value}"
        self.numbers[name] = number
        return f"{name} {number:g}"


class Oscillator:
    def __init__(self, feed: nnmsg.Socket, ask: nnmsg.Socket) -> None:
        self._feed, self._ask = feed, ask
        self._settings = Settings()
        self._history: deque[tuple[float, str]] = deque()

    async def publish(self) -> None:
        """Each sample at its time: one that comes late does not shift the next."""
        numbers = self._settings.numbers
        phase, due = 0.0, time.time()
        while True:
            pause = 1 / numbers["rate"]
            phase = (phase + numbers["frequency"] * pause) % 1
            value = SHAPES[self._settings.shape](phase) + random.gauss(0, numbers["noise"])
            sample = f"{due:.4f} {value:.4f}"
            self._feed.send(f"signal {sample}")  # a publisher waits for nobody
            self._history.append((due, sample))
            while self._history[0][0] < due - HISTORY:
                self._history.popleft()
            due = max(due + pause, time.time() - pause)
            await asyncio.sleep(due - time.time())

    def answer(self, question: str) -> str:
        verb, *words = question.split() or [""]
        if verb == "set" and len(words) == 2:
            return self._settings.change(*words)
        if question == "get":
            return self._settings.described()
        if question == "history":
            return "\n".join(sample for _, sample in self._history)
        if question == "crash":
            asyncio.get_running_loop().call_later(FAREWELL, os._exit, 9)
            return "bye"
        return "error: expected get, set NAME VALUE, history or crash"

    async def serve(self) -> None:
        while True:
            question = (await self._ask.arecv()).decode(errors="replace")
            await self._ask.asend(self.answer(question))


async def main(feed_at: str, ask_at: str) -> None:
    with nnmsg.socket.pub() as feed, nnmsg.socket.rep() as ask:
        feed.bind(feed_at)
        ask.bind(ask_at)
        print(feed.lastEndpoint, ask.lastEndpoint, flush=True)
        oscillator = Oscillator(feed, ask)
        await asyncio.gather(oscillator.publish(), oscillator.serve())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
