"""The worker of pyzmq for asyncio.

Its publisher drops: with XPUB_NODROP an awaited send that has to wait is never woken.
"""

from __future__ import annotations

from typing import Any

import roles_async
import zmq
from zmq.asyncio import Context


def open_socket(kind: str, bind: bool, url: str) -> Any:
    sock = Context.instance().socket(getattr(zmq, kind.upper()))
    sock.set_hwm(1000)
    if kind == "sub":
        sock.subscribe(b"")
    (sock.bind if bind else sock.connect)(url)
    return sock


roles_async.play(open_socket)
