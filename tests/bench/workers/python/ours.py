"""The worker of sockery for Python: `ours.py zmtp|sp`, blocking."""

from __future__ import annotations

import os
import sys
from typing import Any

import roles


def secured(bind: bool) -> dict[str, str]:
    """The files that an end of TLS is made of."""
    names = {"CERT": "own", "KEY": "own-key"} if bind else {"CA": "ca"}
    return {option: f"{os.environ['BENCH_TLS']}/{name}.pem" for option, name in names.items()}


def open_zmtp(kind: str, bind: bool, url: str) -> Any:
    from sockery import zmq

    sock = zmq.Context.instance().socket(getattr(zmq, kind.upper()))
    sock.set_hwm(1000)
    if kind == "pub":
        sock.set(zmq.XPUB_NODROP, 1)
    if kind == "sub":
        sock.subscribe(b"")
    if url.startswith("tls+"):
        options = {"CERT": zmq.WSS_CERT_PEM, "KEY": zmq.WSS_KEY_PEM, "CA": zmq.WSS_TRUST_PEM}
        for name, file in secured(bind).items():
            sock.set_string(options[name], file)
    (sock.bind if bind else sock.connect)(url)
    return sock


def open_sp(kind: str, bind: bool, url: str) -> Any:
    from sockery import nnmsg

    sock = getattr(nnmsg.socket, kind)()
    sock.setopt(nnmsg.NN_RCVMAXSIZE, -1)
    sock.setopt(nnmsg.NN_TCP_NODELAY, 1, nnmsg.NN_TCP)
    if kind == "pub":
        sock.setopt(nnmsg.NN_PUB_NODROP, 1, nnmsg.NN_PUB)
    if kind == "sub":
        sock.subscribe()
    if url.startswith("tls+"):
        for name, file in secured(bind).items():
            sock.setopt(getattr(nnmsg, f"NN_TLS_{name}"), file)
    (sock.bind if bind else sock.connect)(url)
    return sock


roles.play({"zmtp": open_zmtp, "sp": open_sp}[sys.argv[1]])
