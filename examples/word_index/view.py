"""The terminal view: one line that shows how far the index is, and the table at its end."""

from __future__ import annotations

import sys
from collections import deque
from typing import Any

#: The rates are those of about the last second: ten reports.
_WINDOW = 10


class View:
    """Shows reports of the sink: on a terminal on one line, else on a line every second."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._recent: deque[dict[str, Any]] = deque(maxlen=_WINDOW + 1)
        self._printed = -1

    def show(self, report: dict[str, Any]) -> None:
        """Shows a report."""
        self._recent.append(report)
        if self._live:
            print(f"\r\x1b[K{self._line()}", end="", flush=True)
        elif int(report["seconds"]) > self._printed:
            self._printed = int(report["seconds"])
            print(self._line(), flush=True)

    def end(self) -> None:
        """Shows the last report for good."""
        if self._live:
            print()
        elif self._recent:
            print(self._line(), flush=True)

    def _line(self) -> str:
        first, last = self._recent[0], self._recent[-1]
        span = last["seconds"] - first["seconds"]
        if span <= 0:  # the only report, or nothing new since: all there was
            first, span = dict.fromkeys(last, 0), last["seconds"] or 1
        megabytes = (last["bytes"] - first["bytes"]) / span / 1e6
        messages = (last["messages"] - first["messages"]) / span
        return (
            f"{last['files']:>6,} of {last['total']:,} files  {last['bytes'] / 1e6:6.1f} MB  "
            f"{megabytes:5.1f} MB/s  {messages:7,.0f} messages/s"
        )


def summary(words: dict[str, int], report: dict[str, Any], commonest: int = 20) -> None:
    """Prints the commonest words, and the rates of the whole run."""
    print(f"\nThe {commonest} commonest identifiers:")
    ranked = sorted(words.items(), key=lambda item: (-item[1], item[0]))[:commonest]
    for rank, (word, times) in enumerate(ranked, 1):
        print(f"  {rank:>2}. {word:<20} {times:>9,}")
    seconds = report["seconds"] or 1e-9
    print(
        f"\n{report['files']:,} files, {report['bytes'] / 1e6:.1f} MB, "
        f"{report['words']:,} words ({report['different']:,} different) "
        f"in {report['messages']:,} messages and {seconds:.1f} s: "
        f"{report['bytes'] / seconds / 1e6:.1f} MB/s, "
        f"{report['files'] / seconds:,.0f} files/s, {report['messages'] / seconds:,.0f} messages/s"
    )
