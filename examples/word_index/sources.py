"""What is indexed: the sources of Python's own standard library.

Used by the ventilator, which sends them, and by the recount, which checks what became of them.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path

_NOT_OURS = {"site-packages", "dist-packages"}


def root() -> Path:
    """The folder of the running Python's standard library."""
    return Path(sysconfig.get_path("stdlib"))


def sources() -> list[Path]:
    """Every source file of the standard library, in the order of their paths."""
    return sorted(
        path
        for path in root().rglob("*.py")
        if path.is_file() and not _NOT_OURS.intersection(path.parts)
    )
