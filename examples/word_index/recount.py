"""The recount: the same words, counted the plain way in one process, to check the others by."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")


def recount(paths: list[Path]) -> dict[str, int]:
    """How often each word stands in the files."""
    words: Counter[bytes] = Counter()
    for path in paths:
        words.update(WORD.findall(path.read_bytes()))
    return {word.decode("ascii"): times for word, times in words.items()}


def differences(got: dict[str, int], wanted: dict[str, int]) -> list[str]:
    """What two counts do not agree on, a line for each word."""
    return [
        f"{word}: {got.get(word, 0)} across the processes, {wanted.get(word, 0)} in one"
        for word in sorted(got.keys() | wanted.keys())
        if got.get(word) != wanted.get(word)
    ]
