'use strict';
/**
 * What the channels of one environment (the main thread or a worker) share: the wakes that engine
 * threads ring, the process kept alive while somebody waits, and turns handed back to the loop.
 * Used by channel.js.
 */
const native = require('./native.js');

/** How many calls may complete at once before the loop gets a turn. */
const CALLS_A_TURN = 512;
/** The longest time that timers of Node take. */
const LONGEST_TIMER = 0x7fffffff;

/** Channels for which something waits: they must live although the program holds only the promise. */
const armed = new Map();
let lastId = 0;

function wake(id) {
  try {
    armed.get(id)?.wake();
  } catch (error) {
    // A listener threw. It is reported as every listener's error is, and the other sockets go on.
    process.nextTick(() => {
      throw error;
    });
  }
}

/** Whether the loop is libuv's. Others have its functions, but as mere names. */
const isNode = process.versions.bun === undefined && process.versions.deno === undefined;

const wakes = new native.Wakes(() => wakes.take().forEach(wake), isNode ? wake : undefined);

function nextId() {
  lastId = (lastId + 1) >>> 0;
  return lastId;
}

let keeper;
let waiting = 0;

/** The process stays while the count of holds is above 0. */
function hold() {
  if (waiting++ > 0) return;
  if (keeper === undefined) keeper = setInterval(() => {}, LONGEST_TIMER);
  keeper.ref();
}

function release() {
  if (--waiting === 0) keeper.unref();
}

let spent = 0;

/** A promise of a value that is there; now and then only after the loop had a turn. */
function settled(value) {
  if (++spent < CALLS_A_TURN) return Promise.resolve(value);
  spent = 0;
  return new Promise((resolve) => setImmediate(resolve, value));
}

/** Calls `act` in so many milliseconds; `undefined` for ever. */
function after(millis, act) {
  return millis < 0 || millis >= LONGEST_TIMER ? undefined : setTimeout(act, millis);
}

/**
 * Runs a blocking call again after a signal for which the program has no handler that waits for its
 * turn. With a handler of SIGINT or SIGTERM the call ends with EINTR, so that the handler can run.
 */
function patiently(millis, call) {
  const end = millis < 0 ? Infinity : performance.now() + millis;
  for (;;) {
    try {
      return call(end === Infinity ? -1 : Math.max(0, end - performance.now()));
    } catch (error) {
      const handled = process.listenerCount('SIGINT') + process.listenerCount('SIGTERM') > 0;
      if (error.code !== 'EINTR' || handled) throw error;
    }
  }
}

module.exports = { wakes, armed, nextId, hold, release, settled, after, patiently, CALLS_A_TURN };
