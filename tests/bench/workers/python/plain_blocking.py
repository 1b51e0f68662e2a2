"""The floor of Python: a plain blocking socket, messages of one size, no framing (reqrep only)."""

from __future__ import annotations

import socket
import sys

import roles

SIZE = int(sys.argv[-2])


class Socket:
    def __init__(self, kind: str, bind: bool, url: str) -> None:
        self.tcp = url.startswith("tcp://")
        address = url.split("//")[1]
        host, _, port = address.rpartition(":")
        family = socket.AF_INET if self.tcp else socket.AF_UNIX
        sock = socket.socket(family)
        if bind:
            sock.bind((host, int(port)) if self.tcp else address)
            sock.listen()
            self.listener, self.stream = sock, None
        else:
            sock.connect((host, int(port)) if self.tcp else address)
            self.stream = self.at_once(sock)

    def at_once(self, sock: socket.socket) -> socket.socket:
        if self.tcp:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def send(self, body: bytes) -> None:
        self.stream.sendall(body)

    def recv(self) -> bytes:
        if self.stream is None:
            self.stream = self.at_once(self.listener.accept()[0])
        body = self.stream.recv(SIZE)
        while len(body) < SIZE:
            body += self.stream.recv(SIZE - len(body))
        return body


roles.play(Socket)
