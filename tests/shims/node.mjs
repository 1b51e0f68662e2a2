// The shim of Node: each line of a scenario as a program of either module would write it. Answers
// `ok VALUE...`, `err NAME TEXT` or `skip WHY`, one line for each.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { setTimeout as rest } from 'node:timers/promises';

// NODE_PATH is for require alone.
const require = createRequire(import.meta.url);
const { nnmsg, zmq } = require('sockery');

const WAIT = 10_000;
const POLL = { in: 1, out: 2, inout: 3 };
const CLASSES = {
  PAIR: zmq.Pair,
  PUB: zmq.Publisher,
  SUB: zmq.Subscriber,
  REQ: zmq.Request,
  REP: zmq.Reply,
  DEALER: zmq.Dealer,
  ROUTER: zmq.Router,
  PULL: zmq.Pull,
  PUSH: zmq.Push,
  XPUB: zmq.XPublisher,
  XSUB: zmq.XSubscriber,
  STREAM: zmq.Stream,
  SERVER: zmq.Server,
  CLIENT: zmq.Client,
  RADIO: zmq.Radio,
  DISH: zmq.Dish,
  GATHER: zmq.Gather,
  SCATTER: zmq.Scatter,
  PEER: zmq.Peer,
  CHANNEL: zmq.Channel,
  DGRAM: zmq.Datagram,
};

const unhex = (word) => Buffer.from(word === '-' ? '' : word, 'hex');
const hex = (bytes) => (bytes.length === 0 ? '-' : bytes.toString('hex'));

const tablePart = (word) => (word === 'unsendable' ? tablePart : unhex(word).toString());

/** What an option is set to: a number, `xHEX` for bytes or `s:TEXT`. */
function value(word) {
  if (word.startsWith('x')) return unhex(word.slice(1));
  return word.startsWith('s:') ? word.slice(2) : Number(word);
}

/** An option by its name, or by a plain number after `%`. */
const option = (name) => (name.startsWith('%') ? Number(name.slice(1)) : name);

class Fault extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

class Skip extends Error {}

/** A socket of sockery/zmq, by the names of zeromq.js 6. */
class Zmq {
  constructor(kind) {
    this.socket = CLASSES[kind] ? new CLASSES[kind]() : new zmq.Socket(option(kind));
  }
  async bind(endpoint) {
    await this.socket.bind(endpoint);
    return this.last();
  }
  connect(endpoint) {
    this.socket.connect(endpoint);
    return this.last();
  }
  last() {
    return this.socket.lastEndpoint;
  }
  unbind(endpoint) {
    return this.socket.unbind(endpoint);
  }
  disconnect(endpoint) {
    this.socket.disconnect(endpoint);
  }
  set(name, to) {
    this.socket.setsockopt(option(name), to);
  }
  get(name) {
    return this.socket.getsockopt(option(name));
  }
  sendTimeout(ms) {
    this.socket.sendTimeout = ms;
  }
  receiveTimeout(ms) {
    this.socket.receiveTimeout = ms;
  }
  send(parts) {
    if (!this.socket.send) throw new Fault('ENOTSUP', 'a subscriber has no send');
    return this.socket.send(parts);
  }
  trySend(parts) {
    return this.#atOnce('sendTimeout', () => this.send(parts));
  }
  sendMore(part) {
    zmq.Socket.prototype.send.call(this.socket, part, true);
  }
  recv() {
    // A class of zeromq.js has only the methods that its kind can do.
    if (!this.socket.receive) throw new Fault('ENOTSUP', 'a publisher has no receive');
    return this.socket.receive();
  }
  tryRecv() {
    return this.#atOnce('receiveTimeout', () => this.recv());
  }
  sendTo(routingId, body) {
    return zmq.Server.prototype.send.call(this.socket, body, { routingId });
  }
  async recvFrom() {
    const [body, { routingId }] = await this.recv();
    return [routingId, body];
  }
  async recvPart() {
    const part = await this.socket.recvAsync();
    return [part, this.socket.rcvMore];
  }
  async poll(events, ms) {
    const [held] = await zmq.poll([{ socket: this.socket, events }], ms);
    return held;
  }
  ready(count) {
    return this.socket.waitForPeers(count, WAIT);
  }
  subscribers(prefix, count) {
    return this.socket.waitForSubscribers(prefix, count, WAIT);
  }
  subscribe(prefix) {
    this.socket.subscribe(prefix);
  }
  unsubscribe(prefix) {
    this.socket.unsubscribe(prefix);
  }
  device(back) {
    return new zmq.Proxy(this.socket, back).run();
  }
  close(linger) {
    this.socket.close(linger);
  }
  /** zeromq.js has no DONTWAIT: a timeout of 0 is the same. */
  async #atOnce(timeout, call) {
    const before = this.socket[timeout];
    this.socket[timeout] = 0;
    try {
      return await call();
    } finally {
      if (!this.socket.closed) this.socket[timeout] = before;
    }
  }
}

/** A socket of sockery/nnmsg. */
class Nn {
  #endpoints = new Map();
  constructor(kind) {
    this.socket = kind instanceof nnmsg.Socket ? kind : nnmsg.socket[kind] ? nnmsg.socket[kind]() : nnmsg.socket(option(kind));
  }
  bind(endpoint) {
    this.socket.bind(endpoint);
    return this.last();
  }
  connect(endpoint) {
    this.socket.connect(endpoint);
    return this.last();
  }
  last() {
    this.#endpoints.set(this.socket.lastEndpoint, this.socket.lastEndpointId);
    return this.socket.lastEndpoint;
  }
  unbind(endpoint) {
    this.socket.shutdown(this.#endpoints.get(endpoint));
  }
  disconnect(endpoint) {
    this.unbind(endpoint);
  }
  set(name, to) {
    const [number, level] = this.#levelled(name);
    this.socket.setopt(number, to, level);
  }
  get(name) {
    const [number, level] = this.#levelled(name);
    return this.socket.getopt(number, null, level);
  }
  statistic(name) {
    const number = name.startsWith('%') ? option(name) : nnmsg[`NN_STAT_${name}`];
    return this.socket.getStatistic(number ?? name);
  }
  #levelled(name) {
    const [level, own] = name.includes(':') ? name.split(':') : [undefined, name];
    return [own.startsWith('%') ? option(own) : nnmsg[`NN_${own}`], level && nnmsg[`NN_${level}`]];
  }
  sendTimeout(ms) {
    this.socket.setopt(nnmsg.NN_SNDTIMEO, ms);
  }
  receiveTimeout(ms) {
    this.socket.setopt(nnmsg.NN_RCVTIMEO, ms);
  }
  send([body]) {
    return this.socket.send(body);
  }
  trySend([body]) {
    return this.socket.send(body, nnmsg.NN_DONTWAIT);
  }
  async recv() {
    return [await this.socket.recv()];
  }
  async tryRecv() {
    return [await this.socket.recv(nnmsg.NN_DONTWAIT)];
  }
  sendTo(pipe, body) {
    return this.socket.sendMsg(body, undefined, pipe);
  }
  async recvFrom() {
    const [body, , pipe] = await this.socket.recvMsg();
    return [pipe, body];
  }
  sendTable(value) {
    return this.socket.sendTable(value);
  }
  recvTable() {
    return this.socket.recvTable();
  }
  async poll(events, ms) {
    const ready = await nnmsg.poll([{ fd: this.socket, events }], ms);
    return ready === 0 ? 0 : ready[0].revents;
  }
  ready(count) {
    return this.socket.waitForPeers(count, WAIT);
  }
  subscribers(prefix, count) {
    return this.ready(count);
  }
  subscribe(prefix) {
    this.socket.subscribe(prefix);
  }
  unsubscribe(prefix) {
    this.socket.unsubscribe(prefix);
  }
  device(back) {
    return this.socket.device(back);
  }
  close() {
    this.socket.close();
  }
}

/** The bodies of a stream: 90 % to 1 KiB, 9.9 % to 64 KiB, 0.1 % of 1 to 4 MiB, numbered. */
function* bodies(count, seed) {
  const block = Buffer.alloc(251 * 16_800, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
  let state = seed;
  const draw = () => (state = (state * 16_807) % 2_147_483_647);
  for (let number = 0; number < count; number += 1) {
    const share = draw() % 1000;
    let size = draw();
    if (share < 900) size %= 1025;
    else if (share < 999) size = 1025 + (size % 64_512);
    else size = 1_048_576 + (size % 3_145_729);
    const offset = number % 251;
    const body = Buffer.allocUnsafe(size + 4);
    body.writeUInt32BE(number);
    block.copy(body, 4, offset, offset + size);
    yield body.subarray(0, size);
  }
}

const sockets = new Map();
const jobs = new Map();

const verbs = {
  bind: async (s, endpoint) => [await s.bind(endpoint)],
  conn: async (s, endpoint) => [s.connect(endpoint)],
  last: async (s) => [s.last()],
  unbind: async (s, endpoint) => void (await s.unbind(endpoint)),
  disconn: async (s, endpoint) => s.disconnect(endpoint),
  close: async (s) => s.close(),
  set: async (s, name, to) => s.set(name, value(to)),
  get: async (s, name) => {
    const got = s.get(name);
    return [Buffer.isBuffer(got) ? hex(got) : got];
  },
  stat: async (s, name) => [s.statistic(name)],
  sub: async (s, prefix) => s.subscribe(unhex(prefix)),
  unsub: async (s, prefix) => s.unsubscribe(unhex(prefix)),
  send: (s, ...parts) => verbs.sendwait(s, WAIT, ...parts),
  sendwait: async (s, ms, ...parts) => {
    s.sendTimeout(Number(ms));
    await s.send(parts.map(unhex));
  },
  trysend: async (s, ...parts) => void (await s.trySend(parts.map(unhex))),
  sendmore: async (s, part) => s.sendMore(unhex(part)),
  recv: async (s, ms = WAIT) => {
    s.receiveTimeout(Number(ms));
    // What comes with a draft's message is no part of it.
    return (await s.recv()).filter((part) => Buffer.isBuffer(part)).map(hex);
  },
  tryrecv: async (s) => (await s.tryRecv()).map(hex),
  recvpart: async (s) => {
    const [part, more] = await s.recvPart();
    return [hex(part), more ? 'more' : 'last'];
  },
  recvknown: async (s, ...names) => {
    s.receiveTimeout(WAIT);
    const message = await s.socket.receiveMessage();
    return names.map((name) => (message.get(name) === null ? 'none' : hex(Buffer.from(message.get(name)))));
  },
  sendmsg: async (s, header, body) => {
    s.sendTimeout(WAIT);
    await s.socket.sendMsg(unhex(body), unhex(header));
  },
  sendto: async (s, pipe, body) => {
    s.sendTimeout(WAIT);
    await s.sendTo(Number(pipe), unhex(body));
  },
  sendgroup: async (s, group, body) => {
    s.sendTimeout(WAIT);
    await zmq.Radio.prototype.send.call(s.socket, unhex(body), { group: unhex(group) });
  },
  recvgroup: async (s, ms = WAIT) => {
    s.receiveTimeout(Number(ms));
    const [body, { group }] = await s.recv();
    return [hex(group), hex(body)];
  },
  joingroup: async (s, group) => void zmq.Dish.prototype.join.call(s.socket, unhex(group)),
  leavegroup: async (s, group) => void s.socket.leave(unhex(group)),
  connpeer: async (s, endpoint) => [s.socket.connectPeer(endpoint)],
  recvmsg: async (s) => {
    s.receiveTimeout(WAIT);
    const [body, header] = await s.socket.recvMsg();
    return [hex(header), hex(body)];
  },
  recvfrom: async (s) => {
    s.receiveTimeout(WAIT);
    const [pipe, body] = await s.recvFrom();
    return [pipe, hex(body)];
  },
  sendtable: async (s, ...parts) => {
    s.sendTimeout(WAIT);
    await s.sendTable({ parts: parts.map(tablePart) });
  },
  recvtable: async (s) => {
    s.receiveTimeout(WAIT);
    const { parts } = await s.recvTable();
    return parts.map((part) => hex(Buffer.from(part)));
  },
  watch: async (s, queue, how) => {
    sockets.set(queue, new Nn(s.socket.events({ decide: how === 'decide' })));
  },
  event: async (s, ms = WAIT) => {
    s.receiveTimeout(Number(ms));
    s.lastEvent = await s.recvTable();
    return [s.lastEvent.event, s.lastEvent.pid === undefined ? 'unknown' : 'process'];
  },
  accept: async (s, queue) => void s.socket.accept(sockets.get(queue).lastEvent.pipe),
  refuse: async (s, queue) => void s.socket.refuse(sockets.get(queue).lastEvent.pipe),
  poll: async (s, events, ms) => {
    const held = await s.poll(POLL[events], Number(ms));
    return [Object.keys(POLL).find((word) => POLL[word] === held) ?? 'none'];
  },
  ready: (s, count) => s.ready(Number(count)),
  subs: (s, prefix, count) => s.subscribers(unhex(prefix), Number(count)),
  flood: async (s, count, seed) => {
    s.sendTimeout(-1);
    for (const body of bodies(Number(count), Number(seed))) await s.send([body]);
  },
  drain: async (s, count, seed, pause = '0') => {
    s.receiveTimeout(WAIT);
    let number = 0;
    for (const body of bodies(Number(count), Number(seed))) {
      if (Number(pause) && number % Number(pause) === 0) await rest(1);
      const [got] = await s.recv();
      if (!got.equals(body)) {
        throw new Fault('MISMATCH', `message ${number}: ${got.length} bytes, not ${body.length}`);
      }
      number += 1;
    }
    return [count];
  },
};

const plain = {
  open: async (name, kind) => {
    const [module, protocol] = kind.split('.');
    const nn = module === 'raw' ? `raw${protocol}` : protocol;
    sockets.set(name, module === 'zmq' ? new Zmq(protocol) : new Nn(nn));
  },
  context: async (name, of) => void sockets.set(name, new Nn(sockets.get(of).socket.context())),
  device: async (name, other) => sockets.get(name).device(sockets.get(other)?.socket),
  term: async () => nnmsg.term(),
  reset: async () => {
    for (const socket of sockets.values()) socket.close(0);
    sockets.clear();
  },
  bg: async (job, verb, ...args) => void jobs.set(job, answer(verb, args)),
};

async function act(verb, name, args) {
  if (plain[verb]) return plain[verb](name, ...args);
  if (verbs[verb] && sockets.has(name)) return verbs[verb](sockets.get(name), ...args);
  throw new Skip(`node: no ${verb} ${name}`);
}

async function answer(verb, [name, ...args]) {
  try {
    if (verb === 'join') return await jobs.get(name);
    return ['ok', ...((await act(verb, name, args)) ?? [])].join(' ');
  } catch (error) {
    const text = error.message.replace(/\s+/g, ' ');
    if (error instanceof Skip) return `skip ${text}`;
    if (error.code === undefined) console.error(error);
    return `err ${error.code ?? error.name} ${text}`;
  }
}

const lines = createInterface({ input: process.stdin });
process.stdout.write('hello threads\n');
for await (const line of lines) {
  const [verb, ...args] = line.split(/\s+/);
  // The program ends here by itself: nothing is closed.
  if (verb === 'exit') break;
  process.stdout.write(`${await answer(verb, args)}\n`);
}
