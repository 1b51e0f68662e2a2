"""The worker of pyzmq, blocking."""

from __future__ import annotations

from typing import Any

import roles
import zmq


def open_socket(kind: str, bind: bool, url: str) -> Any:
    sock = zmq.Context.instance().socket(getattr(zmq, kind.upper()))
    sock.set_hwm(1000)
    if kind == "pub":
        sock.set(zmq.XPUB_NODROP, 1)
    if kind == "sub":
        sock.subscribe(b"")
    (sock.bind if bind else sock.connect)(url)
    return sock


roles.play(open_socket)
