'use strict';
/**
 * The core's tables, ready for lookups: constants, options and kinds of a dialect. Used by
 * channel.js, nnmsg.js, zmq.js and zmq-v5.js; no number is written in JavaScript.
 */
const native = require('./native.js');

const kinds = native.kinds();
const interests = native.interests();
/** The bits of events by their names in small letters. */
const events = new Map(native.events().map((row) => [row.name.toLowerCase(), row.value]));

/** The set of events of these names. */
function eventBits(names) {
  let bits = 0;
  for (const name of names) {
    const bit = events.get(name);
    if (bit === undefined) {
      native.fail('EINVAL', `${String(name)} is no event; there are ${[...events.keys()].join(', ')}`);
    }
    bits |= bit;
  }
  return bits;
}

class Catalog {
  /** @param {'sp' | 'zmtp'} dialect */
  constructor(dialect) {
    this.dialect = dialect;
    this.kinds = kinds.filter((kind) => kind.sp === (dialect === 'sp'));
    this.constants = Object.fromEntries(native.constants(dialect).map((row) => [row.name, row.value]));
    this.options = native.options(dialect);
    this.byName = new Map();
    this.byNumber = new Map();
    for (const row of this.options) {
      this.byNumber.set(`${row.level}:${row.number}`, row);
      for (const name of [row.name, ...row.aliases]) this.byName.set(name, row);
    }
    this.sendTimeout = this.byName.get('SNDTIMEO');
    this.receiveTimeout = this.byName.get('RCVTIMEO');
  }

  /** The row of an option: by number (and level), or by name with or without its prefix. */
  option(key, level = 0) {
    if (typeof key === 'number') {
      return this.byNumber.get(`${level}:${key}`) ?? { name: String(key), level, number: key, kind: 'int' };
    }
    const name = String(key).toUpperCase().replace(/^_?(ZMQ|NN)_/, '');
    const row = this.byName.get(name);
    if (row === undefined) native.fail('EINVAL', `there is no option ${key}`);
    return row;
  }
}

module.exports = { kinds, interests, events, eventBits, sp: new Catalog('sp'), zmtp: new Catalog('zmtp') };
