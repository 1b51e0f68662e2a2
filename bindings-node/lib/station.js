'use strict';
/**
 * The sockets, timers and messages of this environment: what socketcore.js and rtos.js are two views
 * of. Messages go, in order, to the receives that wait, else to the listeners, else they stay.
 */
const { EventEmitter } = require('node:events');
const native = require('./native.js');
const { Fifo } = require('./fifo.js');
const loop = require('./loop.js');

const [socketcore, rtos] = native.stationConstants().map((rows) =>
  Object.fromEntries(rows.map((row) => [row.name, row.value])),
);
const kinds = new Map();
for (const [name, value] of Object.entries(rtos)) {
  if (name.startsWith('MSG_')) kinds.set(value, name);
}

const receivers = new Fifo();
let armed = false;
let listening = false;

const station = new native.Station(() => {
  armed = false;
  pump();
});

/** 'message' for every message, and each kind's own name ('MSG_SOCK_RECV_IND'). */
const events = new EventEmitter();

function isListening() {
  return events.eventNames().some((name) => name !== 'newListener' && name !== 'removeListener');
}

/** Gives out what there is while somebody wants it, and has itself called again. */
function pump() {
  while (receivers.length > 0 || listening) {
    const message = station.receive();
    if (message === null) {
      if (armed) return;
      armed = true;
      if (station.arm()) return;
      armed = false;
    } else if (receivers.length > 0) {
      receivers.shift().settle(message);
    } else {
      deliver(message);
    }
  }
}

function deliver(message) {
  try {
    events.emit(kinds.get(message.id), message);
    events.emit('message', message);
  } catch (error) {
    // A listener threw. It is reported as every listener's error is, and the other messages go on.
    process.nextTick(() => {
      throw error;
    });
  }
}

function listen() {
  const before = listening;
  listening = isListening();
  if (listening === before) return;
  if (listening) {
    loop.hold();
    setImmediate(pump);
  } else {
    loop.release();
  }
}

events.on('newListener', () => queueMicrotask(listen));
events.on('removeListener', () => queueMicrotask(listen));

/** A promise of the next message; `none()` is what it gives after so many milliseconds. */
function receive(millis, none) {
  if (receivers.length === 0) {
    const message = station.receive();
    if (message !== null) return loop.settled(message);
    if (millis === 0) return loop.settled(none());
  }
  return new Promise((resolve) => {
    loop.hold();
    const receiver = {
      settle(message) {
        clearTimeout(timer);
        loop.release();
        resolve(message);
      },
    };
    const timer = loop.after(millis, () => {
      receivers.remove(receiver);
      receiver.settle(none());
    });
    receivers.push(receiver);
    pump();
  });
}

/** Throws what JavaScript's own functions do for an argument of a wrong type. */
function number(name, value) {
  if (typeof value === 'number') return value;
  throw new TypeError(`${name} must be a number, not ${value === null ? 'null' : typeof value}`);
}

module.exports = { station, socketcore, rtos, events, receive, number };
