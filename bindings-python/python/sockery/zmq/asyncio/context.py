"""Context: the owner of sockets that are awaited."""

from __future__ import annotations

from ..context import Context as _Context
from .socket import Socket


class Context(_Context):
    """A context of sockets that are awaited."""

    _socket_class = Socket
