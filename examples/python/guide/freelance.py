"""Freelance: a client without a broker that knows several servers and uses one that lives.

The client's ROUTER gives each server the name by which it speaks to it (CONNECT_ROUTING_ID). It
asks one server at a time and goes to the next when there is no answer in TIMEOUT. One server never
starts, one freezes after its first answer, one is well. Numbers tell late answers from those that
are waited for.

Run it: python3 examples/python/guide/freelance.py
"""

import asyncio
import tempfile
from collections import deque
from itertools import count

from sockery import zmq
from sockery.zmq.asyncio import Context

TIMEOUT = 300  # milliseconds
SERVERS = ("ghost", "frail", "hale")


class Freelancer:
    def __init__(self, context: Context, folder: str) -> None:
        self.socket = context.socket(zmq.ROUTER)
        self.servers = deque(SERVERS)  # the one that answered last is first
        self.numbers = count()
        for name in SERVERS:
            self.socket.set_string(zmq.CONNECT_ROUTING_ID, name)
            self.socket.connect(f"ipc://{folder}/{name}")

    async def ask(self, question: str) -> tuple[str, str]:
        """The answer, and the server that gave it."""
        for _ in range(2 * len(self.servers)):
            server, number = self.servers[0], str(next(self.numbers))
            await self.socket.send_multipart([part.encode() for part in (server, number, question)])
            while await self.socket.poll(TIMEOUT):
                _, of, answer = await self.socket.recv_multipart()
                if of.decode() == number:
                    return answer.decode(), server
                print(f"client: {answer.decode()!r} comes too late")
            print(f"client: {server} does not answer")
            self.servers.rotate(-1)
        raise TimeoutError(f"no server answers {question!r}")


async def serve(context: Context, folder: str, name: str, thawed: asyncio.Event) -> None:
    """Answers; before its second answer the frail one waits until it is thawed."""
    with context.socket(zmq.ROUTER) as router:  # for a ROUTER: it does not talk to REP
        router.bind(f"ipc://{folder}/{name}")
        for turn in count():
            client, number, question = await router.recv_multipart()
            if name == "frail" and turn == 1:
                await thawed.wait()
            await router.send_multipart([client, number, question.upper()])


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Context() as context:
        context.linger = 0
        thawed = asyncio.Event()
        serving = [
            asyncio.ensure_future(serve(context, folder, name, thawed)) for name in SERVERS[1:]
        ]
        client = Freelancer(context, folder)
        told = []
        for question in ("one", "two", "three"):
            answer, server = await client.ask(question)
            print(f"client: {question} -> {answer} by {server}")
            assert answer == question.upper(), answer
            told.append(server)
        assert told == ["frail", "hale", "hale"], told

        thawed.set()
        assert await client.socket.poll(10_000), "the thawed server says nothing"
        assert await client.ask("four") == ("FOUR", "hale")
        for each in serving:
            each.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        client.socket.close()


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 10))
