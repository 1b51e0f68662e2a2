"""The worker of pyomq, which copies pyzmq's names, for asyncio."""

from __future__ import annotations

from typing import Any

import pyomq
import pyomq.asyncio
import roles_async

context = pyomq.asyncio.Context()


def open_socket(kind: str, bind: bool, url: str) -> Any:
    sock = context.socket(getattr(pyomq, kind.upper()))
    sock.set_hwm(1000)
    if kind == "sub":
        sock.subscribe(b"")
    (sock.bind if bind else sock.connect)(url)
    return sock


roles_async.play(open_socket)
