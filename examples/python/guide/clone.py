"""Clone: a table that many hold, each the same: a snapshot first, then numbered updates.

Who writes sends to the server (PUSH), which numbers each change and publishes it (PUB). A new
holder subscribes first and asks for a snapshot then (DEALER to ROUTER), so that no change falls
between; those that the snapshot has already it knows by their numbers.

Run it: python3 examples/python/guide/clone.py
"""

import asyncio
import json
import random

from sockery import zmq
from sockery.zmq.asyncio import Context

CHANGES = 30


class Server:
    """The table that all others are copies of."""

    def __init__(self, context: Context) -> None:
        self.table: dict[str, int] = {}
        self.number = 0  # of the last change
        kinds = (zmq.ROUTER, zmq.PUB, zmq.PULL)
        self.snapshots, self.updates, self.changes = (context.socket(kind) for kind in kinds)
        for socket in (self.snapshots, self.updates, self.changes):
            socket.bind("tcp://127.0.0.1:*")

    async def run(self) -> None:
        await asyncio.gather(self.serve_snapshots(), self.publish_updates())

    async def serve_snapshots(self) -> None:
        while True:
            client, _ = await self.snapshots.recv_multipart()
            snapshot = json.dumps({"number": self.number, "table": self.table})
            await self.snapshots.send_multipart([client, snapshot.encode()])

    async def publish_updates(self) -> None:
        while True:
            change = await self.changes.recv_json()
            self.number += 1
            self.table.update(change)
            await self.updates.send_json({"number": self.number, "change": change})


class Holder:
    """A copy of the server's table, as it was after some change."""

    def __init__(self, context: Context, server: Server) -> None:
        self.table: dict[str, int] = {}
        self.number = self.stale = 0
        self.snapshot, self.updates = context.socket(zmq.DEALER), context.socket(zmq.SUB)
        self.updates.subscribe(b"")
        for socket, peer in ((self.snapshot, server.snapshots), (self.updates, server.updates)):
            socket.connect(peer.get_string(zmq.LAST_ENDPOINT))

    async def load(self) -> None:
        await self.snapshot.send(b"snapshot")
        snapshot = await self.snapshot.recv_json()
        self.table, self.number = snapshot["table"], snapshot["number"]

    async def follow(self, up_to: int) -> None:
        """Applies changes until it has this one."""
        while self.number < up_to:
            update = await self.updates.recv_json()
            if update["number"] <= self.number:
                self.stale += 1  # the snapshot had it already
                continue
            assert update["number"] == self.number + 1, "a change is missing"
            self.table.update(update["change"])
            self.number = update["number"]


async def write(push: zmq.Socket, count: int) -> None:
    for _ in range(count):
        await push.send_json({random.choice("abcdefgh"): random.randrange(100)})


async def main() -> None:
    with Context() as context:
        context.linger = 0
        server = Server(context)
        running = asyncio.ensure_future(server.run())
        writer = context.socket(zmq.PUSH)
        writer.connect(server.changes.get_string(zmq.LAST_ENDPOINT))

        first = Holder(context, server)
        await server.updates.wait_for_subscribers(b"", 1)
        await first.load()
        await write(writer, CHANGES)
        await first.follow(CHANGES)
        print(f"first: has followed {CHANGES} changes from an empty table")

        second = Holder(context, server)
        await server.updates.wait_for_subscribers(b"", 2)
        await write(writer, CHANGES)
        await first.follow(2 * CHANGES)  # so all those changes are made before the snapshot
        await second.load()
        await write(writer, CHANGES)
        await asyncio.gather(first.follow(3 * CHANGES), second.follow(3 * CHANGES))
        print(f"second: came late, left out {second.stale} changes that its snapshot had")
        print("all three hold", dict(sorted(server.table.items())))
        assert server.table == first.table == second.table
        assert (first.stale, second.stale) == (0, CHANGES)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 10))
