'use strict';
/**
 * sockery/nnmsg: the Scalability Protocols by the names of aardio's nnmsg library. What can block
 * returns a promise and has a twin named `...Sync`. The promises and queues are channel.js's.
 */
const native = require('./native.js');
const { eventBits, kinds, sp } = require('./catalog.js');
const { Channel, Headed, poll: pollChannels, pollSync: pollChannelsSync, bytesOf, addressOf } = require('./channel.js');

const context = native.Context.sp();
const constants = sp.constants;
const DONTWAIT = constants.NN_DONTWAIT;
const RAW = constants.AF_SP_RAW;

const PIPE_EVENTS = ['add_pre', 'add_post', 'rem_post'];

const waits = (flags) => (flags & DONTWAIT) !== 0;

/** Of a socket of nnmsg or of zmq. That module is loaded by who has such a socket, so only then here. */
const anyChannelOf = (socket) =>
  socket instanceof Socket ? Socket.channelOf(socket) : require('./zmq.js').Socket.channelOf(socket);

class Socket {
  #channel;
  #protocol;

  constructor(protocol, domain = constants.AF_SP, open = context) {
    if (!Number.isInteger(protocol) || !Number.isInteger(domain)) {
      throw new TypeError('nnmsg.socket takes a protocol and a domain, both integers');
    }
    const place = native.findKind(sp.dialect, domain, protocol);
    this.#channel = new Channel(open, place, sp);
    this.#protocol = protocol;
    this.lastEndpointId = undefined;
  }

  static channelOf(socket) {
    if (!(socket instanceof Socket)) throw new TypeError('expected a socket of nnmsg');
    return socket.#channel;
  }

  get handle() {
    return this.#channel.closed ? undefined : this.#channel.native.handle;
  }

  get protocol() {
    return this.#protocol;
  }

  get closed() {
    return this.#channel.closed;
  }

  get lastEndpoint() {
    return this.#channel.native.lastEndpoint;
  }

  bind(address) {
    this.lastEndpointId = this.#channel.native.bind(addressOf(address)).id;
    return true;
  }

  connect(address) {
    this.lastEndpointId = this.#channel.native.connect(addressOf(address)).id;
    return true;
  }

  shutdown(id = this.lastEndpointId) {
    if (id === undefined) native.fail('EINVAL', 'the socket has no endpoint');
    this.#channel.native.shutdown(id);
    return true;
  }

  close() {
    this.#channel.close();
  }

  send(data, flags = 0) {
    const bytes = bytesOf(data);
    return this.#channel.send(bytes, sizeOf(bytes), waits(flags));
  }

  sendSync(data, flags = 0) {
    const bytes = bytesOf(data);
    this.#channel.sendSync(bytes, waits(flags));
    return sizeOf(bytes);
  }

  recv(flags = 0) {
    const received = this.#channel.recv(waits(flags));
    return this.#channel.kind.whole ? received.then(bodyOf) : received;
  }

  recvSync(flags = 0) {
    const received = this.#channel.recvSync(waits(flags));
    return this.#channel.kind.whole ? bodyOf(received) : received;
  }

  context() {
    const open = (wakes, id) => this.#channel.native.context(wakes, id);
    return new Socket(this.#protocol, this.#channel.kind.domain, open);
  }

  sendMsg(data, header, pipe = 0, flags = 0) {
    const message = headed(data, header, pipe);
    return this.#channel.send(message, message.body.length, waits(flags));
  }

  sendMsgSync(data, header, pipe = 0, flags = 0) {
    const message = headed(data, header, pipe);
    this.#channel.sendSync(message, waits(flags));
    return message.body.length;
  }

  async recvMsg(flags = 0) {
    return partsOf(await this.#channel.recv(waits(flags)));
  }

  recvMsgSync(flags = 0) {
    return partsOf(this.#channel.recvSync(waits(flags)));
  }

  peerAddress(pipe) {
    return this.#channel.native.peerAddress(pipe);
  }

  sendBuffer(buffer, length = 0, flags = 0) {
    return this.send(head(buffer, length), flags);
  }

  sendBufferSync(buffer, length = 0, flags = 0) {
    return this.sendSync(head(buffer, length), flags);
  }

  async recvBuffer(buffer, length, flags = 0) {
    checkRoom(buffer, length);
    return pour(await this.recv(flags), buffer, length);
  }

  recvBufferSync(buffer, length, flags = 0) {
    checkRoom(buffer, length);
    return pour(this.recvSync(flags), buffer, length);
  }

  sendTable(table, flags = 0) {
    return this.#channel.sendTable(table, waits(flags));
  }

  sendTableSync(table, flags = 0) {
    return this.#channel.sendTableSync(table, waits(flags));
  }

  async recvTable(flags = 0) {
    return tableOf(await this.recv(flags));
  }

  recvTableSync(flags = 0) {
    return tableOf(this.recvSync(flags));
  }

  sendStruct(struct, value, flags = 0) {
    return this.send(structBytes(struct, value), flags);
  }

  sendStructSync(struct, value, flags = 0) {
    return this.sendSync(structBytes(struct, value), flags);
  }

  async recvStruct(struct, flags = 0) {
    const described = Struct.of(struct);
    return structOf(described, await this.recv(flags));
  }

  recvStructSync(struct, flags = 0) {
    const described = Struct.of(struct);
    return structOf(described, this.recvSync(flags));
  }

  sendMany(list) {
    return this.#channel.sendMany(Array.from(list, (data) => bytesOf(data)));
  }

  async recvMany(limit, flags = 0) {
    const list = await this.#channel.recvMany(limit, waits(flags));
    return this.#channel.kind.whole ? list.map(bodyOf) : list;
  }

  subscribe(prefix = '') {
    this.#channel.native.subscribe(Buffer.from(bytesOf(prefix ?? '')));
    return true;
  }

  unsubscribe(prefix = '') {
    this.#channel.native.unsubscribe(Buffer.from(bytesOf(prefix ?? '')));
    return true;
  }

  setopt(option, value, level = 0) {
    this.#channel.set(sp.option(option, level), value);
    return true;
  }

  getopt(option, buffer, level = 0) {
    const value = this.#channel.get(sp.option(option, level));
    if (buffer === undefined || buffer === null) return value;
    const bytes = typeof value === 'number' ? intBytes(value) : Buffer.from(value);
    return pour(bytes, buffer);
  }

  getStatistic(statistic) {
    const { native: own } = this.#channel;
    return typeof statistic === 'string' ? own.statisticNamed(statistic) : own.statistic(statistic);
  }

  events(...kinds) {
    const last = kinds.at(-1);
    const { decide = false } = typeof last === 'object' && last !== null ? kinds.pop() : {};
    const bits = eventBits(kinds.length === 0 ? PIPE_EVENTS : kinds);
    const watched = this.#channel.native;
    const queue = new Socket(constants.NN_PAIR, constants.AF_SP, (wakes, id) => watched.watch(bits, wakes, id));
    if (decide) watched.setDecides(true);
    return queue;
  }

  accept(pipe) {
    this.#channel.native.decide(pipe, true);
    return true;
  }

  refuse(pipe) {
    this.#channel.native.decide(pipe, false);
    return true;
  }

  async device(other, topics) {
    const back = other === undefined || other === null ? undefined : anyChannelOf(other).native;
    const prefixes = topics === undefined || topics === null ? undefined : Array.from(topics, (topic) => Buffer.from(bytesOf(topic)));
    return native.device(this.#channel.native, back, undefined, prefixes);
  }

  waitForPeers(count = 1, timeout = -1) {
    return this.#channel.waitForPeers(count, timeout);
  }

  get peers() {
    return this.#channel.native.peers;
  }

  get dropped() {
    return this.#channel.dropped();
  }

  ref() {
    this.#channel.setRef(true);
    return this;
  }

  unref() {
    this.#channel.setRef(false);
    return this;
  }

  [Symbol.asyncIterator]() {
    return new Messages(this.#channel);
  }
}

/** Iterates over messages until the socket is closed. */
class Messages {
  #channel;

  constructor(channel) {
    this.#channel = channel;
  }

  async next() {
    try {
      const message = await this.#channel.recv();
      return { value: this.#channel.kind.whole ? bodyOf(message) : message, done: false };
    } catch (error) {
      if (this.#channel.closed) return { value: undefined, done: true };
      throw error;
    }
  }

  async return() {
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

if (Symbol.dispose) {
  Socket.prototype[Symbol.dispose] = Socket.prototype.close;
}

/** Of a kind that tells more: the channel gives body, header and the number of the peer. */
const bodyOf = ([body]) => body;

function partsOf(message) {
  if (!Array.isArray(message)) return [message, Buffer.alloc(0), 0];
  const [body, header, pipe] = message;
  return [body, header, pipe.readUInt32BE()];
}

function headed(data, header, pipe) {
  if (!Number.isInteger(pipe) || pipe < 0) throw new TypeError('pipe is the number of a peer, or 0');
  return new Headed(Buffer.from(bytesOf(data)), Buffer.from(bytesOf(header ?? '')), pipe);
}

/** Field lists that were described already; begun anew when there are many. */
const described = new Map();
const DESCRIBED = 256;

/** A C structure, described by a field list. */
class Struct {
  #layout;

  constructor(text) {
    if (typeof text !== 'string') throw new TypeError(`a field list is a string, not ${typeof text}`);
    this.#layout = new native.Layout(text);
    this.text = text;
  }

  /** The description that this is, by itself or as a field list. */
  static of(struct) {
    if (struct instanceof Struct) return struct;
    if (typeof struct !== 'string') {
      throw new TypeError(`expected a field list or what nnmsg.struct made of one, got ${typeof struct}`);
    }
    let made = described.get(struct);
    if (made === undefined) {
      made = new Struct(struct);
      if (described.size >= DESCRIBED) described.clear();
      described.set(struct, made);
    }
    return made;
  }

  get size() {
    return this.#layout.size;
  }

  get offsets() {
    return Object.fromEntries(this.#layout.places.map(({ name, offset }) => [name, offset]));
  }

  pack(value) {
    return this.#layout.pack(value);
  }

  unpack(bytes) {
    const view = bytesOf(bytes);
    if (typeof view === 'string') throw new TypeError('a record is bytes, not a string');
    return this.#layout.unpack(view);
  }
}

function struct(text) {
  return new Struct(text);
}

function structBytes(struct, value) {
  return Struct.of(struct).pack(value);
}

function structOf(described, message) {
  try {
    return [described.unpack(message), message.length];
  } catch (error) {
    error.bytes = message;
    throw error;
  }
}

const symbols = native.symbols().map((row) => Object.freeze({ ...row }));

/** What nanomsg's nn_symbol_info says of everything that it has a name for. */
function symbolInfo() {
  return [...symbols];
}

/** The i-th of them, from 0. */
function symbol(i) {
  return symbols[i];
}

/** A copy where another thread may write meanwhile. */
function steady(buffer) {
  const shared = buffer instanceof SharedArrayBuffer || buffer?.buffer instanceof SharedArrayBuffer;
  return shared ? Buffer.from(viewOf(buffer)) : buffer;
}

/** A view of the bytes of any buffer. */
function viewOf(buffer) {
  if (buffer instanceof SharedArrayBuffer || buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  const view = bytesOf(buffer);
  if (typeof view === 'string') throw new TypeError('a string cannot be filled');
  return view;
}

/** How many of `size` bytes; 0 and nothing are all. */
function part(length, size) {
  if (!length) return size;
  if (!Number.isInteger(length) || length < 0 || length > size) {
    throw new RangeError(`length is 0 to ${size}, not ${length}`);
  }
  return length;
}

function sizeOf(bytes) {
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
}

/** The first `length` bytes; 0 is all. */
function head(buffer, length) {
  const bytes = bytesOf(steady(buffer));
  if (!length) return bytes;
  const view = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  return view.subarray(0, part(length, view.length));
}

/** Refuses a bad argument before a message is taken for it. */
function checkRoom(buffer, length) {
  if (buffer !== undefined && buffer !== null) part(length, viewOf(buffer).length);
}

/** Copies what fits; answers the buffer and the full size. */
function pour(message, buffer, length) {
  if (buffer === undefined || buffer === null) return [message, message.length];
  const target = viewOf(buffer);
  target.set(message.subarray(0, part(length, target.length)));
  return [buffer, message.length];
}

function intBytes(value) {
  return Buffer.from(Int32Array.of(value).buffer);
}

/** The bytes of a value as `sendTable` would send it. */
function encode(value) {
  return native.packTable(value);
}

/** The value of such bytes. */
function decode(bytes) {
  return native.unpackTable(bytes);
}

function tableOf(message) {
  try {
    return decode(message);
  } catch (error) {
    error.bytes = message;
    throw error;
  }
}

/** `nnmsg.socket(protocol, domain)` and the name space of `nnmsg.socket.pair()` ... */
function socket(protocol, domain) {
  return new Socket(protocol, domain);
}

for (const kind of kinds.filter((row) => row.sp)) {
  const name = (kind.domain === RAW ? 'raw' : '') + kind.name.toLowerCase();
  socket[name] ??= () => new Socket(kind.number, kind.domain);
}

/** Splits `[{fd, events}]` and hands the result back in the same shape. */
function pollItems(items) {
  const list = Array.from(items);
  const channels = list.map((item) => Socket.channelOf(item.fd));
  const events = list.map((item) => item.events ?? constants.NN_POLLIN);
  for (const [place, channel] of channels.entries()) {
    const { name, receives, sends } = channel.kind;
    const one = (bit, able) => (events[place] & bit) !== 0 && !able;
    if (one(constants.NN_POLLIN, receives) || one(constants.NN_POLLOUT, sends)) {
      native.fail('ENOPROTOOPT', `a ${name} socket goes one way only`);
    }
  }
  const shape = (ready) => {
    if (ready.every((bits) => bits === 0)) return 0;
    return list.map((item, place) => ({ fd: item.fd, events: events[place], revents: ready[place] & events[place] }));
  };
  return { channels, events, shape };
}

async function poll(items, timeout = -1) {
  const { channels, events, shape } = pollItems(items);
  return shape(await pollChannels(channels, events, forever(timeout)));
}

function pollSync(items, timeout = -1) {
  const { channels, events, shape } = pollItems(items);
  return shape(pollChannelsSync(channels, events, forever(timeout)));
}

/** Absent, negative and the greatest C int are all "for ever". */
function forever(timeout) {
  return timeout === undefined || timeout === null || timeout >= 0x7fffffff ? -1 : timeout;
}

async function* each(sockets, timeout, events) {
  let items;
  try {
    items = await poll(Array.from(sockets, (fd) => ({ fd, events })), timeout);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return;
  }
  if (items === 0) return;
  for (const item of items) if (item.revents !== 0) yield [item.fd, item.revents];
}

const both = constants.NN_POLLIN | constants.NN_POLLOUT;
const eachIn = (sockets, timeout) => each(sockets, timeout, constants.NN_POLLIN);
const eachOut = (sockets, timeout) => each(sockets, timeout, constants.NN_POLLOUT);
const eachInOut = (sockets, timeout, events = both) => each(sockets, timeout, events);

function lasterr() {
  const last = native.lastError();
  return last ? [last.text, last.number] : undefined;
}

function lasterrno() {
  return native.lastError()?.number ?? 0;
}

socket.lasterr = lasterr;

function term() {
  context.shutdown();
}

module.exports = {
  socket,
  Socket,
  Struct,
  struct,
  symbol,
  symbolInfo,
  poll,
  pollSync,
  eachIn,
  eachOut,
  eachInOut,
  lasterr,
  lasterrno,
  term,
  encode,
  decode,
  version: native.version(),
};

for (const [name, value] of Object.entries(constants)) {
  module.exports[name] = value;
  module.exports[`_${name}`] = value;
}
