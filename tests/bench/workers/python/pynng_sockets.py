"""pynng's sockets as its two workers want them: queues of 1,000 messages, no limit on sizes."""

from __future__ import annotations

import os
import pathlib
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
    if url.startswith("tls+"):
        sock.tls_config = secured(bind)
    (sock.listen if bind else sock.dial)(url)
    return sock


def secured(bind: bool) -> pynng.TLSConfig:
    folder = pathlib.Path(os.environ["BENCH_TLS"])
    read = lambda name: (folder / f"{name}.pem").read_text()  # noqa: E731
    if bind:
        own = {"own_key_string": read("own-key"), "own_cert_string": read("own")}
        return pynng.TLSConfig(pynng.TLSConfig.MODE_SERVER, **own)
    # Its engine compares no addresses with the certificate.
    return pynng.TLSConfig(
        pynng.TLSConfig.MODE_CLIENT, server_name="localhost", ca_string=read("ca")
    )
