'use strict';
/**
 * sockery/zmq: ZeroMQ in three forms of the same sockets. `new Publisher()` and its kin as in
 * zeromq.js 6; `new Socket(PAIR)` as in fibjs, one frame a call, blocking; `new Socket('pub')` as in
 * zeromq.js 5, which zmq-v5.js has. Promises and queues are channel.js's.
 */
const { EventEmitter } = require('node:events');
const native = require('./native.js');
const { kinds, zmtp } = require('./catalog.js');
const { Observer } = require('./observer.js');
const { Timers } = require('./timers.js');
const { Channel, Directed, poll: pollChannels, pollSync: pollChannelsSync, bytesOf, addressOf } = require('./channel.js');

/** zeromq.js 6's names where they are not libzmq's own in camel case. */
const NAMES = {
  SNDHWM: 'sendHighWaterMark',
  RCVHWM: 'receiveHighWaterMark',
  SNDHWM_BYTES: 'sendHighWaterMarkBytes',
  RCVHWM_BYTES: 'receiveHighWaterMarkBytes',
  SNDTIMEO: 'sendTimeout',
  RCVTIMEO: 'receiveTimeout',
  SNDBUF: 'sendBufferSize',
  RCVBUF: 'receiveBufferSize',
  RECONNECT_IVL: 'reconnectInterval',
  RECONNECT_IVL_MAX: 'reconnectMaxInterval',
  MAXMSGSIZE: 'maxMessageSize',
  RECOVERY_IVL: 'recoveryInterval',
  HANDSHAKE_IVL: 'handshakeInterval',
  HEARTBEAT_IVL: 'heartbeatInterval',
  HEARTBEAT_TTL: 'heartbeatTimeToLive',
  TCP_KEEPALIVE_CNT: 'tcpKeepaliveCount',
  TCP_KEEPALIVE_INTVL: 'tcpKeepaliveInterval',
  TCP_MAXRT: 'tcpMaxRetransmitTimeout',
  TOS: 'typeOfService',
  BINDTODEVICE: 'interface',
  MULTICAST_MAXTPDU: 'multicastMaxTransportDataUnit',
  ROUTER_MANDATORY: 'mandatory',
  ROUTER_HANDOVER: 'handover',
  REQ_CORRELATE: 'correlate',
  REQ_RELAXED: 'relaxed',
  XPUB_NODROP: 'noDrop',
  XPUB_MANUAL: 'manual',
  XPUB_MANUAL_LAST_VALUE: 'manualLastValue',
  XPUB_WELCOME_MSG: 'welcomeMessage',
  XPUB_VERBOSE: 'verbose',
  XPUB_VERBOSER: 'verboser',
  STREAM_NOTIFY: 'notify',
  CURVE_PUBLICKEY: 'curvePublicKey',
  CURVE_SECRETKEY: 'curveSecretKey',
  CURVE_SERVERKEY: 'curveServerKey',
  TYPE: null,
  EVENTS: null,
  SUBSCRIBE: null,
  UNSUBSCRIBE: null,
};

const camel = (name) => name.toLowerCase().replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

const errors = new Map(native.errors().map((row) => [row.errno, row.text]));

/** What makes a Context the one of the whole process. */
const SHARED = Object.freeze({});

/** Owner of sockets. */
class Context {
  #native;
  #shared;

  constructor(options = {}) {
    this.#shared = options === SHARED;
    this.#native = this.#shared ? native.Context.zmq() : new native.Context();
    for (const [name, value] of Object.entries(options)) assign(this, name, value);
  }

  /** The native half; the shared context is a new one when the last was terminated. */
  static nativeOf(context) {
    if (context.#shared && context.#native.terminated) context.#native = native.Context.zmq();
    return context.#native;
  }

  get closed() {
    return this.#native.terminated;
  }

  shutdown() {
    this.#native.shutdown();
  }

  terminate(timeout = -1) {
    return this.#native.terminate(timeout);
  }

  terminateSync(timeout = -1) {
    this.#native.terminateSync(timeout);
  }
}

for (const row of native.contextOptions()) {
  Object.defineProperty(Context.prototype, camel(row.name), {
    get() {
      if (!row.readable) throw new TypeError(`${camel(row.name)} cannot be read`);
      return shown(row, Context.nativeOf(this).get(row.number));
    },
    set(value) {
      Context.nativeOf(this).set(row.number, value);
    },
    configurable: true,
    enumerable: false,
  });
}

const context = new Context(SHARED);

/** fibjs's form, and the base of the others. */
class Socket extends EventEmitter {
  #channel;
  #kind;
  #context;
  #rest = [];
  #turn = Promise.resolve();
  #events;

  constructor(type = zmtp.constants.PAIR, options = {}) {
    if (typeof type === 'string' && new.target === Socket) {
      const { Socket: Classic } = require('./zmq-v5.js');
      return new Classic(type, options);
    }
    super();
    if (!Number.isInteger(type)) {
      throw new TypeError('a socket takes an integer (zmq.PUB) or a name ("pub") as its type');
    }
    const place = native.findKind(zmtp.dialect, 0, type);
    this.#kind = kinds[place];
    this.#context = options.context ?? context;
    this.#channel = new Channel(Context.nativeOf(this.#context), place, zmtp);
    for (const [name, value] of Object.entries(options)) {
      if (name !== 'context') assign(this, name, value);
    }
  }

  static channelOf(socket) {
    if (!(socket instanceof Socket)) throw new TypeError('expected a socket of zmq');
    return socket.#channel;
  }

  /** Whether frames wait of a message that `recv` has begun. */
  static hasBegun(socket) {
    return socket.#rest.length > 0;
  }

  get type() {
    if (this.#channel.closed) this.#channel.gone();
    return this.#kind.number;
  }

  get context() {
    return this.#context;
  }

  get closed() {
    return this.#channel.closed;
  }

  get readable() {
    return this.#rest.length > 0 || (this.#channel.readiness & zmtp.constants.POLLIN) !== 0;
  }

  get writable() {
    return !this.closed && (this.#channel.readiness & zmtp.constants.POLLOUT) !== 0;
  }

  bind(address) {
    this.#channel.native.bind(addressOf(address));
  }

  bindSync(address) {
    this.#channel.native.bind(addressOf(address));
  }

  unbindSync(address) {
    this.#channel.native.unbind(addressOf(address));
  }

  unbind(address) {
    this.#channel.native.unbind(addressOf(address));
  }

  connect(address, { routingId } = {}) {
    if (routingId !== undefined) this.connectRoutingId = routingId;
    this.#channel.native.connect(addressOf(address));
  }

  disconnect(address) {
    this.#channel.native.disconnect(addressOf(address));
  }

  close(linger) {
    this.#rest = [];
    this.#channel.close(linger);
  }

  /** One frame; blocks unless given a callback, which gets (error, frame). */
  recv(callback) {
    if (typeof callback !== 'function') return this.recvSync();
    this.recvAsync().then(
      (frame) => callback(null, frame),
      (error) => callback(error),
    );
    return undefined;
  }

  recvSync() {
    if (this.#rest.length === 0) this.#rest = this.#frames(this.#channel.recvSync());
    return this.#rest.shift();
  }

  /** A routing id or a group is no frame. */
  #frames(message) {
    return this.#kind.direction ? message.slice(0, 1) : message;
  }

  /** One frame; calls at the same time get the frames in order. */
  recvAsync() {
    const frame = this.#turn.then(async () => {
      if (this.#rest.length === 0) this.#rest = this.#frames(await this.#channel.recv());
      return this.#rest.shift();
    });
    this.#turn = frame.catch(() => {});
    return frame;
  }

  get rcvMore() {
    return this.#rest.length > 0;
  }

  /** One frame; blocks while there is no room, as fibjs does. */
  send(data, more = false) {
    const bytes = bytesOf(data);
    const frame = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    this.#channel.native.sendFrame(frame, more, this.#channel.timeout('sendTimeout'));
  }

  subscribe(...prefixes) {
    if (prefixes.length === 0) prefixes = [''];
    for (const prefix of prefixes) this.#channel.native.subscribe(Buffer.from(bytesOf(prefix ?? '')));
  }

  unsubscribe(...prefixes) {
    if (prefixes.length === 0) prefixes = [''];
    for (const prefix of prefixes) this.#channel.native.unsubscribe(Buffer.from(bytesOf(prefix ?? '')));
  }

  setsockopt(option, value) {
    this.#channel.set(zmtp.option(option), value);
  }

  getsockopt(option) {
    return this.#channel.get(zmtp.option(option));
  }

  recvMany(limit) {
    return this.#channel.recvMany(limit);
  }

  sendMany(list) {
    return this.#channel.sendMany(Array.from(list, messageOf));
  }

  waitForPeers(count = 1, timeout = -1) {
    return this.#channel.waitForPeers(count, timeout);
  }

  waitForSubscribers(prefix = '', count = 1, timeout = -1) {
    return this.#channel.waitForSubscribers(Buffer.from(bytesOf(prefix)), count, timeout);
  }

  get peers() {
    return this.#channel.native.peers;
  }

  allowCurve(keys) {
    this.#channel.native.allowCurve(keys === null ? undefined : Array.from(keys, (key) => bytesOf(key)));
  }

  allowPlain(users) {
    const own = users === null ? undefined : users instanceof Map ? Object.fromEntries(users) : users;
    this.#channel.native.allowPlain(own);
  }

  /** What happens to its endpoints and connections, from the first look on. */
  get events() {
    return (this.#events ??= new Observer(this.#channel));
  }

  monitorPipesStats() {
    this.#channel.native.monitorPipesStats();
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
    return iterate(this.#channel, () => this.recvAsync());
  }
}

if (Symbol.dispose) {
  Socket.prototype[Symbol.dispose] = function dispose() {
    this.closed || this.close();
  };
}

/** Iterates until the socket is closed. */
function iterate(channel, receive) {
  return {
    async next() {
      try {
        return { value: await receive(), done: false };
      } catch (error) {
        if (channel.closed) return { value: undefined, done: true };
        throw error;
      }
    },
    async return() {
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** An option as JavaScript likes it: booleans, strings, null for what is empty. */
function shown(row, value) {
  if (row.kind === 'bool') return value !== 0;
  if (typeof value === 'number') return value;
  return value.length === 0 ? null : value.toString();
}

function assign(target, name, value) {
  if (!(name in target)) throw new TypeError(`there is no option ${name}`);
  target[name] = value;
}

for (const row of zmtp.options) {
  const name = row.name in NAMES ? NAMES[row.name] : camel(row.name);
  if (name === null || name in Socket.prototype) continue;
  Object.defineProperty(Socket.prototype, name, {
    get() {
      if (!row.readable) throw new TypeError(`${name} cannot be read`);
      return shown(row, Socket.channelOf(this).get(row));
    },
    set(value) {
      if (!row.writable) throw new TypeError(`${name} cannot be changed`);
      Socket.channelOf(this).set(row, value);
    },
    configurable: true,
    enumerable: false,
  });
}

/** What zeromq.js 6 takes for a message or a part of one: null is empty, numbers are text. */
function partOf(part) {
  if (part === null) return Buffer.alloc(0);
  return typeof part === 'number' ? String(part) : bytesOf(part);
}

/** A message as the channel takes it: one part as it is, several as an array of bytes. */
function messageOf(message) {
  if (!Array.isArray(message)) return partOf(message);
  if (message.length === 1) return partOf(message[0]);
  return message.map((part) => {
    const bytes = partOf(part);
    return typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  });
}

/** Calls that zeromq.js 6 makes promises of. */
const promised = (call) =>
  function method(...args) {
    try {
      return Promise.resolve(call.apply(this, args));
    } catch (error) {
      return Promise.reject(error);
    }
  };

const sending = {
  send(message) {
    try {
      return Socket.channelOf(this).send(messageOf(message));
    } catch (error) {
      return Promise.reject(error);
    }
  },
};

const receiving = {
  receive() {
    return Socket.channelOf(this).recv();
  },
  receiveMessage() {
    const channel = Socket.channelOf(this);
    channel.takeSingly();
    return channel.recvShaped((frames) => new Message(frames, channel.peerOfLast()));
  },
  [Symbol.asyncIterator]() {
    const channel = Socket.channelOf(this);
    return iterate(channel, () => channel.recv());
  },
};

/** Messages of one part, to the peer of a routing id (SERVER, PEER) or to a group (RADIO). */
const directing = {
  send(message, { routingId, group } = {}) {
    try {
      const body = messageOf(message);
      if (Array.isArray(body)) return Socket.channelOf(this).send(body);
      const directed = new Directed(
        typeof body === 'string' ? Buffer.from(body) : body,
        routingIdOf(routingId),
        group === undefined ? undefined : Buffer.from(bytesOf(group)),
      );
      return Socket.channelOf(this).send(directed);
    } catch (error) {
      return Promise.reject(error);
    }
  },
};

function routingIdOf(id) {
  if (id === undefined || (Number.isInteger(id) && id > 0 && id <= 0xffffffff)) return id;
  throw new TypeError(`routingId must be an integer of 1 to 4294967295, not ${String(id)}`);
}

const listening = {
  join(...groups) {
    for (const group of groups) Socket.channelOf(this).native.join(Buffer.from(bytesOf(group)));
  },
  leave(...groups) {
    for (const group of groups) Socket.channelOf(this).native.leave(Buffer.from(bytesOf(group)));
  },
};

const naming = {
  connectPeer(address) {
    return Socket.channelOf(this).native.connectPeer(addressOf(address));
  },
};

/** A received message with what is known of its sender. */
class Message {
  #peer;

  constructor(frames, peer) {
    this.frames = frames;
    this.#peer = peer;
  }

  get(name) {
    return this.#peer?.get(String(name)) ?? null;
  }

  [Symbol.iterator]() {
    return this.frames[Symbol.iterator]();
  }
}

/** zeromq.js 6's class of a kind of socket. */
function modern(className, kindName, extras = {}) {
  const kind = kinds.find((row) => !row.sp && row.name === kindName);
  if (kind === undefined) return undefined;
  const made = {
    [className]: class extends Socket {
      constructor(options = {}) {
        super(kind.number, options);
      }
    },
  }[className];
  const methods = {
    bind: promised(Socket.prototype.bind),
    unbind: promised(Socket.prototype.unbind),
    ...(kind.sends ? (kind.direction ? directing : sending) : { send: undefined }),
    ...(kind.receives ? receiving : {}),
    ...extras,
  };
  for (const name of Reflect.ownKeys(methods)) {
    Object.defineProperty(made.prototype, name, { value: methods[name], writable: true, configurable: true });
  }
  return made;
}

const XPublisher = modern('XPublisher', 'XPUB');

/** zeromq.js 6's word for two options of which the one set last counts. */
const VERBOSITY = new Map([
  [null, {}],
  ['allSubs', { verbose: true }],
  ['allSubsUnsubs', { verboser: true }],
]);

Object.defineProperty(XPublisher.prototype, 'verbosity', {
  set(value) {
    if (!VERBOSITY.has(value)) {
      const known = [...VERBOSITY.keys()].map((each) => JSON.stringify(each)).join(', ');
      throw new TypeError(`verbosity takes ${known}, not ${JSON.stringify(value)}`);
    }
    Object.assign(this, { verboser: false }, VERBOSITY.get(value));
  },
  configurable: true,
  enumerable: false,
});

/** Carries messages between two sockets, both ways, and a copy of each to `capture`. */
class Proxy {
  #capture;
  #control;
  #wheel = null;

  constructor(frontEnd, backEnd, { capture, control } = {}) {
    this.frontEnd = frontEnd;
    this.backEnd = backEnd;
    this.#capture = capture;
    this.#control = control;
  }

  /** Runs until `terminate` or the control socket ends it, or until either socket is closed. */
  async run() {
    if (this.#wheel !== null) native.fail('EFSM', 'the proxy runs already');
    const [front, back] = [this.frontEnd, this.backEnd].map((socket) => Socket.channelOf(socket));
    const options = { context: this.frontEnd.context, linger: 0 };
    const address = `inproc://sockery.proxy.${front.native.handle}`;
    const control = this.#control ?? new Socket(zmtp.constants.PAIR, options);
    this.#wheel = new Socket(zmtp.constants.PAIR, options);
    try {
      if (this.#control === undefined) {
        control.bindSync(address);
        this.#wheel.connect(address);
      }
      const capture = this.#capture && Socket.channelOf(this.#capture).native;
      await native.proxy(front.native, back.native, capture, Socket.channelOf(control).native);
      this.frontEnd.close();
      this.backEnd.close();
    } catch (error) {
      if (!front.closed && !back.closed) throw error;
    } finally {
      this.#wheel.close();
      this.#wheel = null;
      if (this.#control === undefined) control.close();
    }
  }

  #steer(command) {
    if (this.#wheel === null) native.fail('EFSM', 'the proxy does not run');
    if (this.#control !== undefined) native.fail('ENOTSUP', 'the proxy obeys its control socket');
    this.#wheel.send(Buffer.from(command));
  }

  pause() {
    this.#steer('PAUSE');
  }

  resume() {
    this.#steer('RESUME');
  }

  /** Ends it; both sockets are closed. */
  terminate() {
    if (this.#wheel !== null && this.#control === undefined) {
      this.#steer('TERMINATE');
      return;
    }
    this.frontEnd.close();
    this.backEnd.close();
  }
}

/** What a poll of `[{socket, events}]` asks channels, and what it knows of messages that were begun. */
function asked(items, timeout) {
  const list = Array.from(items);
  const channels = list.map((item) => Socket.channelOf(item.socket));
  const wanted = list.map((item) => item.events ?? zmtp.constants.POLLIN);
  const begun = list.map((item, i) => (Socket.hasBegun(item.socket) ? wanted[i] & zmtp.constants.POLLIN : 0));
  const wait = begun.some((bits) => bits !== 0) ? 0 : timeout;
  return { query: [channels, wanted, wait], told: (held) => held.map((bits, i) => bits | begun[i]) };
}

/** What is ready of `[{socket, events}]`: an array of the bits, all 0 at the end of the time. */
function poll(items, timeout = -1) {
  const { query, told } = asked(items, timeout);
  return pollChannels(...query).then(told);
}

function pollSync(items, timeout = -1) {
  const { query, told } = asked(items, timeout);
  return told(pollChannelsSync(...query));
}

/** The text of an error number. */
function strerror(errno) {
  return errors.get(errno) ?? `unknown error ${errno}`;
}

function curveKeyPair() {
  const [publicKey, secretKey] = native.curveKeypair();
  return { publicKey, secretKey };
}

module.exports = {
  Socket,
  Pair: modern('Pair', 'PAIR'),
  Publisher: modern('Publisher', 'PUB'),
  Subscriber: modern('Subscriber', 'SUB'),
  Request: modern('Request', 'REQ'),
  Reply: modern('Reply', 'REP'),
  Dealer: modern('Dealer', 'DEALER'),
  Router: modern('Router', 'ROUTER'),
  Pull: modern('Pull', 'PULL'),
  Push: modern('Push', 'PUSH'),
  XPublisher,
  XSubscriber: modern('XSubscriber', 'XSUB'),
  Stream: modern('Stream', 'STREAM'),
  Server: modern('Server', 'SERVER'),
  Client: modern('Client', 'CLIENT'),
  Radio: modern('Radio', 'RADIO'),
  Dish: modern('Dish', 'DISH', listening),
  Gather: modern('Gather', 'GATHER'),
  Scatter: modern('Scatter', 'SCATTER'),
  Peer: modern('Peer', 'PEER', naming),
  Channel: modern('Channel', 'CHANNEL'),
  Datagram: modern('Datagram', 'DGRAM'),
  Context,
  context,
  Message,
  Observer,
  Proxy,
  Timers,
  poll,
  pollSync,
  capability: Object.freeze(Object.fromEntries(native.capabilities().map((name) => [name, true]))),
  strerror,
  curveKeyPair,
  curvePublic: native.curvePublic,
  z85Encode: native.z85Encode,
  z85Decode: native.z85Decode,
  version: native.version(),
  socket: (type, options) => new Socket(String(type), options),
  createSocket: (type, options) => new Socket(String(type), options),
};

for (const [name, value] of Object.entries(zmtp.constants)) {
  module.exports[name] ??= value;
  module.exports[`ZMQ_${name}`] = value;
}
