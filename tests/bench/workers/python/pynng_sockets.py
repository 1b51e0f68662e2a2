"""pynng's sockets as its two workers want them: queues of 1,000 messages, no limit on sizes."""

from __future__ import annotations

from typing import Any

import pynng

BUFFERS = {"push": ("send",), "pull": ("recv",), "pub": ("send",), "sub": ("recv",)}


def open_socket(kind: str, bind: bool, url: str) -> Any:
    sock = getattr(pynng, kind.capitalize() + "0")()
    sock.recv_max_size = 0
    for side in BUFFERS.get(kind, ()):
        setattr(sock, side + "_buffer_size", 1000)
    if kind == "sub":
        sock.subscribe(b"")
    (sock.listen if bind else sock.dial)(url)
    return sock
