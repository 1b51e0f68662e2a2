"""The worker of pynng for asyncio."""

from __future__ import annotations

import pynng_sockets
import roles_async


class Socket:
    """pynng names its awaited calls `asend` and `arecv`."""

    def __init__(self, *args: object) -> None:
        self.socket = pynng_sockets.open_socket(*args)
        self.send, self.recv = self.socket.asend, self.socket.arecv


roles_async.play(Socket)
