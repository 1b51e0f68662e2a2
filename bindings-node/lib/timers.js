'use strict';
/**
 * libzmq's zmq_timers: handlers that are called again and again by whoever polls, for programs that block
 * in `pollSync` and give Node's own timers no turn. Used by zmq.js.
 */
const native = require('./native.js');

function intervalOf(interval) {
  if (Number.isFinite(interval) && interval >= 0) return interval;
  throw new TypeError(`an interval is milliseconds from 0 on, not ${String(interval)}`);
}

class Timers {
  #native = new native.Timers();
  #handlers = new Map();

  add(interval, handler) {
    if (typeof handler !== 'function') throw new TypeError(`a handler is a function, not ${typeof handler}`);
    const timer = this.#native.add(intervalOf(interval));
    this.#handlers.set(timer, handler);
    return timer;
  }

  cancel(timer) {
    this.#native.cancel(timer);
    this.#handlers.delete(timer);
  }

  setInterval(timer, interval) {
    this.#native.setInterval(timer, intervalOf(interval));
  }

  reset(timer) {
    this.#native.reset(timer);
  }

  timeout() {
    return this.#native.timeout();
  }

  execute() {
    // Another handler may have ended it.
    for (const timer of this.#native.takeDue()) this.#handlers.get(timer)?.(timer);
  }
}

module.exports = { Timers };
