"""The ventilator: reads the sources and deals them out, one ``{path, text}`` table each.

Started by main.py: ``ventilator.py BIND ASK NEWS WORKERS``. Prints the address that it is bound to.

    files  SP PUSH    -> workers   a table for each file; its text as bytes
    ask    SP REQ     -> sink      "begin", and how many files there will be
    news   ZMTP SUB   <- sink      "end" when all are counted, so that nothing is left to send
"""

from __future__ import annotations

import sys

from sockery import nnmsg, zmq

from sources import root, sources

#: How long the others may take to come, in milliseconds.
PATIENCE = 60_000


def begin(ask_at: str, files: int) -> None:
    """Tells the sink; it answers when everybody hears its news."""
    with nnmsg.socket.req() as ask:
        ask.setopt(nnmsg.NN_RCVTIMEO, PATIENCE)
        ask.connect(ask_at)
        ask.sendTable({"ask": "begin", "files": files})
        ask.recvTable()


def main(bind_to: str, ask_at: str, news_at: str, workers: int) -> None:
    paths, top = sources(), root()
    with nnmsg.socket.push() as files, zmq.Socket(zmq.SUB) as news:
        news.subscribe("end")
        news.connect(news_at)
        files.bind(bind_to)
        print(files.lastEndpoint, flush=True)
        files.waitForPeers(workers, PATIENCE)
        begin(ask_at, len(paths))
        for path in paths:
            files.sendTable({"path": str(path.relative_to(top)), "text": path.read_bytes()})
        news.recv_multipart()


if __name__ == "__main__":
    main(*sys.argv[1:4], workers=int(sys.argv[4]))
