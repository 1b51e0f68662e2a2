'use strict';
/**
 * sockery/rtos: the messages and timers that go with sockery/socketcore. See rtos.d.ts.
 */
const native = require('./native.js');
const loop = require('./loop.js');
const { station, rtos: constants, events, receive, number } = require('./station.js');

const timeout = () => ({ id: constants.WAIT_MSG_TIMEOUT });

function millis(value) {
  number('timeout', value);
  return value >= constants.INF_TIMEOUT || value < 0 ? -1 : value;
}

function receiveSync(value) {
  return loop.patiently(millis(value), (left) => station.receive(left)) ?? timeout();
}

function nothing() {}

const rtos = {
  ...constants,
  events,
  receive: async (value) => receive(millis(value), timeout),
  receiveSync,
  async *messages() {
    for (;;) yield await receive(-1, timeout);
  },
  [Symbol.asyncIterator]: () => rtos.messages(),
  timer_start: (id, ms) => Number(station.timerStart(number('id', id), number('ms', ms))),
  timer_stop(id) {
    station.timerStop(number('id', id));
    return 1;
  },
  tick: () => station.tick(),
  get_version: () => `sockery_${native.version()}`,
  poweron_reason: () => constants.POWERON_KEY,
  poweron: nothing,
  restart: nothing,
};
rtos.recv = rtos.receive;
rtos.recvSync = rtos.receiveSync;

module.exports = rtos;
