"""The floor of asyncio: `sock_recv`, `sock_sendall` on one plain socket (reqrep over tcp only)."""

from __future__ import annotations

import asyncio
import socket
import sys

import roles_async

SIZE = int(sys.argv[-2])


class Socket:
    def __init__(self, kind: str, bind: bool, url: str) -> None:
        host, _, port = url.split("//")[1].rpartition(":")
        if bind:
            self.listener, self.stream = socket.create_server((host, int(port))), None
            self.listener.setblocking(False)
        else:
            self.stream = self.at_once(socket.create_connection((host, int(port))))

    def at_once(self, sock: socket.socket) -> socket.socket:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    async def send(self, body: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.stream, body)

    async def recv(self) -> bytes:
        loop = asyncio.get_running_loop()
        if self.stream is None:
            self.stream = self.at_once((await loop.sock_accept(self.listener))[0])
        body = await loop.sock_recv(self.stream, SIZE)
        while len(body) < SIZE:
            body += await loop.sock_recv(self.stream, SIZE - len(body))
        return body


roles_async.play(Socket)
