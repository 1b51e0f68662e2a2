'use strict';
/**
 * sockery/zmq/v5: the event-emitter form of zeromq.js 5 and the npm package zmq, which programs of
 * `require('zmq')` are written for: `zmq.socket('pub')`, `on('message')`, options as properties.
 */
const zmq = require('./zmq.js');
const { kinds, zmtp } = require('./catalog.js');
const { bytesOf } = require('./channel.js');

const Base = zmq.Socket;
const types = Object.fromEntries(
  kinds.filter((kind) => !kind.sp).map((kind) => [kind.name.toLowerCase(), kind.number]),
);
/** Names of options, as properties are called, and their numbers. */
const options = {};

/** zeromq.js 5's names of events. */
const MONITORED = {
  connect: 'connect',
  'connect:delay': 'connect_delay',
  'connect:retry': 'connect_retry',
  bind: 'listen',
  'bind:error': 'bind_error',
  accept: 'accept',
  'accept:error': 'accept_error',
  close: 'close',
  'close:error': 'close_error',
  disconnect: 'disconnect',
};

class Socket extends Base {
  #name;
  #parts = [];
  #paused = false;
  #observer;

  constructor(type, given = {}) {
    const name = String(type).toLowerCase();
    if (!Object.hasOwn(types, name)) throw new TypeError(`there is no socket type ${type}`);
    super(types[name]);
    this.#name = name;
    // As in zeromq.js 5 what is sent waits for its turn: requests may be sent before the last is answered.
    Base.channelOf(this).inTurn = true;
    for (const [option, value] of Object.entries(given ?? {})) this.setsockopt(option, value);
    this.on('newListener', (event) => {
      if (event === 'message') process.nextTick(() => this.#flow());
    });
    this.on('removeListener', (event) => {
      if (event === 'message') this.#flow();
    });
  }

  get type() {
    return this.#name;
  }

  #flow() {
    const channel = Base.channelOf(this);
    if (channel.closed) return;
    const wanted = !this.#paused && this.listenerCount('message') > 0;
    if (wanted === (channel.flow !== null)) return;
    channel.setFlow(
      wanted
        ? (error, message) => {
            if (error) this.emit('error', error);
            else this.emit('message', ...message);
          }
        : null,
    );
  }

  bind(address, callback) {
    return this.#later('bind', address, callback, () => super.bindSync(address));
  }

  unbind(address, callback) {
    return this.#later('unbind', address, callback, () => super.unbindSync(address));
  }

  /** Does it at once and tells on the next turn, as programs of the callback form expect. */
  #later(event, address, callback, act) {
    let failure;
    try {
      act();
    } catch (error) {
      failure = error;
    }
    setImmediate(() => {
      if (failure === undefined) this.emit(event, address);
      if (callback) callback.call(this, failure);
      else if (failure !== undefined) this.emit('error', failure);
    });
    return this;
  }

  bindSync(address) {
    super.bindSync(address);
    return this;
  }

  unbindSync(address) {
    super.unbindSync(address);
    return this;
  }

  connect(address) {
    super.connect(address);
    return this;
  }

  disconnect(address) {
    super.disconnect(address);
    return this;
  }

  /** Queues a message; with ZMQ_SNDMORE its parts, until one comes without. */
  send(message, flags, callback) {
    if (typeof flags === 'function') return this.send(message, 0, flags);
    const channel = Base.channelOf(this);
    if (channel.closed) channel.gone();
    const parts = (Array.isArray(message) ? message : [message]).map(partOf);
    this.#parts.push(...parts);
    if ((flags & zmtp.constants.SNDMORE) !== 0) return this;
    const whole = this.#parts;
    this.#parts = [];
    channel.send(whole.length === 1 ? whole[0] : whole).then(
      () => callback?.call(this),
      (error) => {
        if (callback) callback.call(this, error);
        else if (!channel.closed) this.emit('error', error);
      },
    );
    return this;
  }

  /** The frames of a message that is there, or null. */
  read() {
    return Base.channelOf(this).take() ?? null;
  }

  pause() {
    this.#paused = true;
    this.#flow();
    return this;
  }

  resume() {
    this.#paused = false;
    this.#flow();
    return this;
  }

  subscribe(prefix = '') {
    super.subscribe(prefix);
    return this;
  }

  unsubscribe(prefix = '') {
    super.unsubscribe(prefix);
    return this;
  }

  setsockopt(option, value) {
    super.setsockopt(option, value);
    return this;
  }

  getsockopt(option) {
    const value = super.getsockopt(option);
    return Buffer.isBuffer(value) ? value.toString() : value;
  }

  /** Emits what happens to connections: (value, address, error) by the names of MONITORED. */
  monitor() {
    if (this.#observer !== undefined) return this;
    this.#observer = new zmq.Observer(this);
    for (const [type, name] of Object.entries(MONITORED)) {
      this.#observer.on(type, ({ value, address, error }) => this.emit(name, value, address, error));
    }
    return this;
  }

  unmonitor() {
    this.#observer?.close();
    this.#observer = undefined;
    return this;
  }

  close() {
    const channel = Base.channelOf(this);
    if (channel.closed) channel.gone();
    super.close();
    return this;
  }
}

function partOf(part) {
  const bytes = typeof part === 'number' ? String(part) : bytesOf(part);
  return typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
}

for (const row of zmtp.options) {
  for (const name of [row.name, ...row.aliases].map((each) => each.toLowerCase())) {
    options[name] = row.number;
    // The methods subscribe() and unsubscribe() and the name of the type stay what they are.
    if (Object.hasOwn(Socket.prototype, name)) continue;
    Object.defineProperty(Socket.prototype, name, {
      get() {
        return this.getsockopt(row.number);
      },
      set(value) {
        this.setsockopt(row.number, value);
      },
      configurable: true,
      enumerable: false,
    });
  }
}

const socket = (type, given) => new Socket(type, given);

/** Carries messages from each socket to the other, and copies of all to `capture`. */
function proxy(frontend, backend, capture) {
  const pass = (to) => (...frames) => {
    to.send(frames);
    capture?.send(frames);
  };
  frontend.on('message', pass(backend));
  backend.on('message', pass(frontend));
}

module.exports = {
  Socket,
  socket,
  createSocket: socket,
  Context: zmq.Context,
  types,
  options,
  proxy,
  version: zmq.version,
};

for (const [name, value] of Object.entries(zmtp.constants)) module.exports[`ZMQ_${name}`] = value;
