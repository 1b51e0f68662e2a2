"""The shim of Python: each line of a scenario as a program of either module would write it."""

import select

import loop
from loop import Fault, known, tohex, unhex
from sockery import nnmsg, zmq

WAIT = 10_000
POLL = {"in": zmq.POLLIN, "out": zmq.POLLOUT, "inout": zmq.POLLIN | zmq.POLLOUT}


class Zmq:
    """A socket of `sockery.zmq`, by the names of pyzmq."""

    def __init__(self, kind):
        self.socket = zmq.Socket(number(zmq, kind))

    def bind(self, endpoint):
        self.socket.bind(endpoint)
        return self.last()

    def connect(self, endpoint):
        self.socket.connect(endpoint)
        return self.last()

    def last(self):
        return self.socket.last_endpoint.decode().rstrip("\0")

    def unbind(self, endpoint):
        self.socket.unbind(endpoint)

    def disconnect(self, endpoint):
        self.socket.disconnect(endpoint)

    def set(self, option, value):
        value = value.encode() if isinstance(value, str) else value
        self.socket.set(number(zmq, option), value)

    def get(self, option):
        return self.socket.get(number(zmq, option))

    def timeout(self, sending, ms):
        self.socket.set(zmq.SNDTIMEO if sending else zmq.RCVTIMEO, ms)

    def send(self, parts, wait=True):
        self.socket.send_multipart(parts, 0 if wait else zmq.DONTWAIT)

    def send_more(self, part):
        self.socket.send(part, zmq.SNDMORE)

    def recv(self, wait=True):
        return self.socket.recv_multipart(0 if wait else zmq.DONTWAIT)

    def send_to(self, routing_id, body):
        self.socket.send(body, routing_id=routing_id)

    def recv_from(self):
        frame = self.socket.recv(copy=False)
        return frame.routing_id, frame

    def recv_part(self):
        part = self.socket.recv()
        return part, self.socket.rcvmore

    def send_table(self, value):
        self.socket.send_table(value)

    def recv_table(self):
        return self.socket.recv_table()

    def poll(self, events, ms):
        return self.socket.poll(ms, events)

    def ready(self, count):
        self.socket.wait_for_peers(count, WAIT)

    def subscribers(self, prefix, count):
        self.socket.wait_for_subscribers(prefix, count, WAIT)

    def subscribe(self, prefix):
        self.socket.subscribe(prefix)

    def unsubscribe(self, prefix):
        self.socket.unsubscribe(prefix)

    def device(self, back):
        zmq.proxy(self.socket, back)

    def close(self, linger=None):
        self.socket.close(linger)


class Nn:
    """A socket of `sockery.nnmsg`."""

    #: The last event of a queue.
    last_event = None

    @classmethod
    def queue(cls, socket):
        self = cls.__new__(cls)
        self.socket, self.endpoints = socket, {}
        return self

    def __init__(self, kind):
        if isinstance(kind, str):
            make = getattr(nnmsg.socket, kind, None)
            kind = make() if make else nnmsg.socket(number(nnmsg, kind))
        self.socket = kind
        self.endpoints = {}

    def bind(self, endpoint):
        self.socket.bind(endpoint)
        return self.last()

    def connect(self, endpoint):
        self.socket.connect(endpoint)
        return self.last()

    def last(self):
        self.endpoints[self.socket.lastEndpoint] = self.socket.lastEndpointId
        return self.socket.lastEndpoint

    def unbind(self, endpoint):
        self.socket.shutdown(self.endpoints[endpoint])

    disconnect = unbind

    def set(self, option, value):
        level, name = levelled(option)
        self.socket.setopt(number(nnmsg, name), value, level)

    def get(self, option):
        level, name = levelled(option)
        return self.socket.getopt(number(nnmsg, name), None, level)

    def statistic(self, name):
        known = name.startswith("%") or name.isupper()
        prefix = "" if name.startswith("%") else "STAT_"
        return self.socket.getStatistic(number(nnmsg, prefix + name) if known else name)

    def timeout(self, sending, ms):
        self.socket.setopt(nnmsg.NN_SNDTIMEO if sending else nnmsg.NN_RCVTIMEO, ms)

    def send(self, parts, wait=True):
        (body,) = parts
        self.socket.send(body, 0 if wait else nnmsg.NN_DONTWAIT)

    def recv(self, wait=True):
        return [self.socket.recv(0 if wait else nnmsg.NN_DONTWAIT)]

    def send_to(self, pipe, body):
        self.socket.sendMsg(body, pipe=pipe)

    def recv_from(self):
        body, _, pipe = self.socket.recvMsg()
        return pipe, body

    def send_table(self, value):
        self.socket.sendTable(value)

    def recv_table(self):
        return self.socket.recvTable()

    def poll(self, events, ms):
        ready = nnmsg.poll([{"fd": self.socket, "events": events}], ms)
        return ready[0]["revents"] if ready else 0

    def ready(self, count):
        self.socket.waitForPeers(count, WAIT)

    def subscribers(self, prefix, count):
        self.ready(count)

    def subscribe(self, prefix):
        self.socket.subscribe(prefix)

    def unsubscribe(self, prefix):
        self.socket.unsubscribe(prefix)

    def device(self, back):
        self.socket.device(back)

    def close(self, linger=None):
        self.socket.close()


def number(module, name):
    """The number behind a name of a scenario: a constant, or a plain number after `%`."""
    if name.startswith("%"):
        return int(name[1:])
    return getattr(module, name if module is zmq else "NN_" + name)


def table_part(word):
    return table_part if word == "unsendable" else unhex(word).decode()


def levelled(option):
    level, _, name = option.rpartition(":")
    return (number(nnmsg, level) if level else nnmsg.NN_SOL_SOCKET), name


class Python(loop.Shim):
    threads = True

    @staticmethod
    def describe(error):
        name = getattr(error, "name", None)
        return Fault(name, str(error)) if isinstance(name, str) else None

    def do_open(self, name, kind):
        module, kind = kind.split(".")
        if module == "raw":
            kind = nnmsg.socket(number(nnmsg, kind.upper()), nnmsg.AF_SP_RAW)
        self.sockets[name] = Zmq(kind) if module == "zmq" else Nn(kind)

    def do_context(self, name, of):
        self.sockets[name] = Nn(self.sockets[of].socket.context())

    def do_device(self, name, other=None):
        back = self.sockets[other].socket if other else None
        self.sockets[name].device(back)

    def do_sendmsg(self, name, header, body):
        self.sockets[name].timeout(True, WAIT)
        self.sockets[name].socket.sendMsg(unhex(body), unhex(header))

    def do_sendto(self, name, pipe, body):
        self.sockets[name].timeout(True, WAIT)
        self.sockets[name].send_to(int(pipe), unhex(body))

    def do_sendgroup(self, name, group, body):
        self.sockets[name].timeout(True, WAIT)
        self.sockets[name].socket.send(unhex(body), group=unhex(group))

    def do_recvgroup(self, name, ms=WAIT):
        self.sockets[name].timeout(False, int(ms))
        frame = self.sockets[name].socket.recv(copy=False)
        return [tohex(frame.group.encode()), tohex(frame)]

    def do_joingroup(self, name, group):
        self.sockets[name].socket.join(unhex(group))

    def do_leavegroup(self, name, group):
        self.sockets[name].socket.leave(unhex(group).decode())

    def do_connpeer(self, name, endpoint):
        return [self.sockets[name].socket.connect_peer(endpoint)]

    def do_recvmsg(self, name):
        self.sockets[name].timeout(False, WAIT)
        body, header, _ = self.sockets[name].socket.recvMsg()
        return [tohex(header), tohex(body)]

    def do_recvfrom(self, name):
        self.sockets[name].timeout(False, WAIT)
        pipe, body = self.sockets[name].recv_from()
        return [pipe, tohex(body)]

    def do_bind(self, name, endpoint):
        return [self.sockets[name].bind(endpoint)]

    def do_conn(self, name, endpoint):
        return [self.sockets[name].connect(endpoint)]

    def do_last(self, name):
        return [self.sockets[name].last()]

    def do_unbind(self, name, endpoint):
        self.sockets[name].unbind(endpoint)

    def do_disconn(self, name, endpoint):
        self.sockets[name].disconnect(endpoint)

    def do_close(self, name):
        self.sockets[name].close()

    def do_set(self, name, option, text):
        self.sockets[name].set(option, loop.value(text))

    def do_get(self, name, option):
        got = self.sockets[name].get(option)
        return [tohex(got) if isinstance(got, bytes) else got]

    def do_stat(self, name, statistic):
        return [self.sockets[name].statistic(statistic)]

    def do_sub(self, name, prefix):
        self.sockets[name].subscribe(unhex(prefix))

    def do_unsub(self, name, prefix):
        self.sockets[name].unsubscribe(unhex(prefix))

    def do_send(self, name, *parts):
        self.do_sendwait(name, WAIT, *parts)

    def do_sendwait(self, name, ms, *parts):
        self.sockets[name].timeout(True, int(ms))
        self.sockets[name].send([unhex(part) for part in parts])

    def do_trysend(self, name, *parts):
        self.sockets[name].send([unhex(part) for part in parts], wait=False)

    def do_sendmore(self, name, part):
        self.sockets[name].send_more(unhex(part))

    def do_recv(self, name, ms=WAIT):
        self.sockets[name].timeout(False, int(ms))
        return map(tohex, self.sockets[name].recv())

    def do_tryrecv(self, name):
        return map(tohex, self.sockets[name].recv(wait=False))

    def do_recvpart(self, name):
        part, more = self.sockets[name].recv_part()
        return [tohex(part), "more" if more else "last"]

    def do_recvknown(self, name, *names):
        self.sockets[name].timeout(False, WAIT)
        frame = self.sockets[name].socket.recv_multipart(copy=False)[-1]
        return [known(frame, name) for name in names]

    def do_sendtable(self, name, *parts):
        self.sockets[name].timeout(True, WAIT)
        self.sockets[name].send_table({"parts": [table_part(part) for part in parts]})

    def do_recvtable(self, name):
        self.sockets[name].timeout(False, WAIT)
        return [tohex(part.encode()) for part in self.sockets[name].recv_table()["parts"]]

    def do_watch(self, name, queue, *how):
        self.sockets[queue] = Nn.queue(self.sockets[name].socket.events(decide=how == ("decide",)))

    def do_event(self, name, ms=WAIT):
        queue = self.sockets[name]
        queue.timeout(False, int(ms))
        queue.last_event = queue.recv_table()
        return [queue.last_event["event"], "process" if "pid" in queue.last_event else "unknown"]

    def do_accept(self, name, queue):
        self.sockets[name].socket.accept(self.sockets[queue].last_event["pipe"])

    def do_refuse(self, name, queue):
        self.sockets[name].socket.refuse(self.sockets[queue].last_event["pipe"])

    def do_poll(self, name, events, ms):
        got = self.sockets[name].poll(POLL[events], int(ms))
        return [next((word for word, bits in POLL.items() if bits == got), "none")]

    def do_waitfd(self, name, ms):
        """FD tells of news once, so EVENTS is asked before each wait and after it."""
        sock = self.sockets[name].socket
        while not sock.get(zmq.EVENTS) & zmq.POLLIN:
            if not select.select([sock.get(zmq.FD)], [], [], int(ms) / 1000)[0]:
                return ["none"]
        return ["in"]

    def do_ready(self, name, count):
        self.sockets[name].ready(int(count))

    def do_subs(self, name, prefix, count):
        self.sockets[name].subscribers(unhex(prefix), int(count))

    def do_term(self):
        nnmsg.term()

    def do_reset(self):
        for socket in self.sockets.values():
            socket.close(0)
        self.sockets.clear()

    def do_flood(self, name, count, seed):
        self.sockets[name].timeout(True, -1)
        super().do_flood(name, count, seed)

    def do_drain(self, name, *args):
        self.sockets[name].timeout(False, WAIT)
        return super().do_drain(name, *args)

    def send_body(self, name, body):
        self.sockets[name].send([body])

    def recv_body(self, name):
        (body,) = self.sockets[name].recv()
        return body


loop.serve(Python())
