"""The worker of sockery for Python: `ours.py zmtp|sp`, blocking."""

from __future__ import annotations

import sys
from typing import Any

import roles


def open_zmtp(kind: str, bind: bool, url: str) -> Any:
    from sockery import zmq

    sock = zmq.Context.instance().socket(getattr(zmq, kind.upper()))
    sock.set_hwm(1000)
    if kind == "pub":
        sock.set(zmq.XPUB_NODROP, 1)
    if kind == "sub":
        sock.subscribe(b"")
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
    (sock.bind if bind else sock.connect)(url)
    return sock


roles.play({"zmtp": open_zmtp, "sp": open_sp}[sys.argv[1]])
