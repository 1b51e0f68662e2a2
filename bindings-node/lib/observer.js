'use strict';
/**
 * What happens to a zmq socket, as zeromq.js 6 tells it: `socket.events`. A queue of the core's events is
 * read by promises, by iteration or by listeners. Used by zmq.js; zmq-v5.js gives it older names.
 */
const { EventEmitter } = require('node:events');
const native = require('./native.js');
const { events, eventBits, zmtp } = require('./catalog.js');
const { Channel } = require('./channel.js');

/** zeromq.js's names of libzmq's events. */
const TYPES = {
  connected: 'connect',
  connect_delayed: 'connect:delay',
  connect_retried: 'connect:retry',
  listening: 'bind',
  bind_failed: 'bind:error',
  accepted: 'accept',
  accept_failed: 'accept:error',
  closed: 'close',
  close_failed: 'close:error',
  disconnected: 'disconnect',
  monitor_stopped: 'end',
  handshake_failed_no_detail: 'handshake:error:other',
  handshake_succeeded: 'handshake',
  handshake_failed_protocol: 'handshake:error:protocol',
  handshake_failed_auth: 'handshake:error:auth',
  pipes_stats: 'stats',
};
const WANTED = eventBits([...events.keys()].filter((name) => name in TYPES));

/** What the ZAP handler's word means. */
const REFUSALS = { 300: 'Temporary error', 400: 'Authentication failure', 500: 'Internal error' };

const names = Object.entries(zmtp.constants).filter(([name]) => name.startsWith('PROTOCOL_ERROR_'));
/** libzmq's names of what breaks a handshake, by number. */
const FAULTS = new Map(names.map(([name, value]) => [value, name.replace('PROTOCOL_ERROR_', 'ERR_')]));
const errnos = new Map(native.errors().map((row) => [row.errno, row]));

/** What an event's number says went wrong, as an error; undefined where it is no failure. */
function errorOf(type, value) {
  if (type === 'handshake:error:auth') {
    return Object.assign(new Error(REFUSALS[value] ?? 'Unknown error'), { status: value });
  }
  if (type === 'handshake:error:protocol') {
    const code = FAULTS.get(value) ?? 'ERR_ZMTP_UNSPECIFIED';
    return Object.assign(new Error(`${code.split('_')[1]} protocol error`), { code });
  }
  if (!type.includes(':error')) return undefined;
  const row = errnos.get(value);
  return Object.assign(new Error(row?.text ?? `error ${value}`), { code: row?.name ?? 'EUNKNOWN', errno: value });
}

/** The event of a table of the core's. */
function eventOf({ event, value, local, remote, bound }) {
  const type = TYPES[event] ?? 'unknown';
  if (type === 'end') return { type };
  const told = { type, address: bound ? local : remote };
  const error = errorOf(type, value);
  if (error !== undefined) told.error = error;
  if (type === 'connect:retry') told.interval = value;
  if (type === 'stats') [told.sending, told.receiving] = value;
  Object.defineProperty(told, 'value', { value, enumerable: false });
  return told;
}

const place = native.findKind(zmtp.dialect, 0, zmtp.constants.PAIR);

/** See the file's text. It ends, with an event `end`, when its socket closes. */
class Observer extends EventEmitter {
  #channel;

  constructor(watched) {
    super();
    const channelOf = watched.constructor === Channel ? watched : watched.constructor.channelOf(watched);
    this.#channel = new Channel((wakes, id) => channelOf.native.watch(WANTED, wakes, id), place, zmtp);
    // Who only listens for events does not keep the process alive.
    this.on('newListener', () => this.#flow());
  }

  get closed() {
    return this.#channel.closed;
  }

  close() {
    this.#channel.close();
  }

  /** The next event. */
  receive() {
    if (this.#channel.flow !== null) {
      return Promise.reject(new Error('events go to listeners since on() was called; receive() has none'));
    }
    return this.#channel.recvShaped((frames) => this.#take(frames));
  }

  #take([frame]) {
    const event = eventOf(native.unpackTable(frame));
    if (event.type === 'end') this.#channel.close();
    return event;
  }

  #flow() {
    if (this.#channel.flow !== null || this.#channel.closed) return;
    this.#channel.setRef(false);
    this.#channel.setFlow((error, frames) => {
      if (error) return;
      const event = this.#take(frames);
      this.emit(event.type, event);
    });
  }

  /** Iterates until the observer is closed. */
  async *[Symbol.asyncIterator]() {
    while (!this.closed) {
      try {
        yield await this.receive();
      } catch (error) {
        if (this.closed) return;
        throw error;
      }
    }
  }
}

module.exports = { Observer };
