"""zmq.asyncio: sockets whose sends, receives and polls are awaited.

    from sockery import zmq
    from sockery.zmq.asyncio import Context

    sock = Context.instance().socket(zmq.PULL)
    parts = await sock.recv_multipart()

Every operation is tried at once; only one that would wait joins a queue, and only while somebody
waits does the event loop watch the socket. A cancelled receive loses no message: one that had
already been taken for it is given to the next receive.

A socket has a `side.Side` for each direction, the queue of those that wait (`pending.Pending`);
`turns.Turns` has the loop do the socket's work meanwhile.
"""

from .context import Context
from .poll import Poller
from .socket import Socket

__all__ = ["Context", "Poller", "Socket"]
