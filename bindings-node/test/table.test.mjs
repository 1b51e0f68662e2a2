/** sendTable and recvTable: the shared vectors, and what cannot be carried. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import native from '../lib/native.js';
import nnmsg from '../lib/nnmsg.mjs';
import { closing } from './support.mjs';

const folder = new URL('../../tests/vectors/table/', import.meta.url);

/** The lines of a file: bytes, sign, value or text. */
function* vectors(name) {
  for (const line of readFileSync(new URL(name, folder), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, hex, sign, rest] = /^(.*?)\s*(?<![^\s])([=>!])\s+(.*)$/.exec(line) ?? assert.fail(line);
    yield { line: line.slice(0, 100), bytes: bytesOf(hex), sign, rest };
  }
}

function bytesOf(hex) {
  return Buffer.concat(
    hex.split(/\s+/).map((group) => {
      const [digits, times] = group.split('*');
      const bytes = Buffer.from(digits, 'hex');
      return times === undefined ? bytes : Buffer.concat(Array(Number(times)).fill(bytes));
    }),
  );
}

/** Values that a Number or Date stands for but does not write back to the same bytes. */
class Lossy {
  constructor(value) {
    this.value = value;
  }
}

/** A parser of the vectors' values into what Node reads. */
class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.lossy = false;
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  value() {
    let value = this.plain();
    const times = this.match(/\*(\d+)/y)?.[1];
    if (times === undefined) return value;
    if (typeof value === 'string') return value.repeat(times);
    const all = Array(Number(times)).fill(value);
    value = Array.isArray(value) ? all.flat() : Buffer.concat(all);
    return value;
  }

  plain() {
    let found;
    if (this.match(/null/y)) return null;
    if (this.match(/true/y)) return true;
    if (this.match(/false/y)) return false;
    if ((found = this.match(/h"([0-9a-f]*)"/y))) return Buffer.from(found[1], 'hex');
    if ((found = this.match(/"((?:[^"\\]|\\.)*)"/y))) return this.string(found[1]);
    if ((found = this.match(/@(-?\d+)\+(\d+)/y))) return this.moment(BigInt(found[1]), Number(found[2]));
    if ((found = this.match(/nan|-?inf|-?\d[\d.]*(?:e[-+]?\d+)?/y))) return this.number(found[0]);
    if (this.match(/\[\s*/y)) return this.array();
    if (this.match(/\{\s*/y)) return this.map();
    return assert.fail(`${this.text.slice(this.at)}`);
  }

  string(text) {
    const parts = text.split(/(\\x[0-9a-f]{2}|\\.)/);
    const bytes = parts.map((part) => {
      if (part.startsWith('\\x')) return Buffer.from(part.slice(2), 'hex');
      return Buffer.from(part.startsWith('\\') ? part.slice(1) : part);
    });
    return Buffer.concat(bytes).toString();
  }

  number(text) {
    if (/^-?\d+$/.test(text)) {
      const value = BigInt(text);
      return value === BigInt(Number(value)) && Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER
        ? Number(value)
        : value;
    }
    const value = { nan: NaN, inf: Infinity, '-inf': -Infinity }[text] ?? Number(text);
    // A Number cannot say that it is a float.
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.lossy = true;
    return value;
  }

  moment(secs, nanos) {
    const millis = Number(secs) * 1000 + Math.floor(nanos / 1e6);
    if (nanos % 1e6 !== 0) this.lossy = true;
    if (Math.abs(millis) > 8.64e15) throw new Lossy('beyond a Date');
    return new Date(millis);
  }

  array() {
    const items = [];
    while (!this.match(/\s*\]/y)) {
      items.push(this.value());
      this.match(/\s*,\s*/y);
    }
    return items;
  }

  map() {
    const entries = [];
    while (!this.match(/\s*\}/y)) {
      const key = this.value();
      this.match(/\s*:\s*/y);
      entries.push([key, this.value()]);
      this.match(/\s*,\s*/y);
    }
    return entries.every(([key]) => typeof key === 'string') ? Object.fromEntries(entries) : new Map(entries);
  }
}

for (const name of ['scalars', 'ints64', 'floats', 'strings', 'containers', 'timestamps']) {
  test(`vectors: ${name}`, () => {
    let count = 0;
    for (const { line, bytes, sign, rest } of vectors(`${name}.txt`)) {
      count += 1;
      const parser = new Parser(rest);
      let value;
      try {
        value = parser.value();
      } catch (error) {
        if (!(error instanceof Lossy)) throw error;
        assert.throws(() => native.unpackTable(bytes), /beyond/, line);
        continue;
      }
      assert.equal(parser.at, rest.length, line);
      assert.deepStrictEqual(native.unpackTable(bytes), value, line);
      const packed = native.packTable(value);
      if (sign === '=' && !parser.lossy) assert.deepEqual(packed, bytes, line);
      if (sign === '>') assert.ok(packed.length <= bytes.length, line);
      if (!parser.lossy) assert.deepStrictEqual(native.unpackTable(packed), value, line);
    }
    assert.ok(count > 0);
  });
}

test('vectors: refused', () => {
  for (const { line, bytes, rest } of vectors('refused.txt')) {
    assert.throws(
      () => native.unpackTable(bytes),
      (error) => {
        assert.equal(error.code, 'EPROTO', line);
        assert.ok(error.message.includes(rest), `${line}: ${error.message}`);
        return true;
      },
    );
  }
});

test('what cannot be carried is a TypeError that names its path', (t) => {
  const circle = {};
  circle.self = circle;
  const cases = [
    [() => 1, '$:'],
    [{ a: [1, Symbol('x')] }, '$.a[1]'],
    [{ a: { b: new Set() } }, '$.a.b'],
    [{ 'a b': [new Error('x')] }, '$["a b"][0]'],
    [[2n ** 64n], '$[0]'],
    [[-(2n ** 63n) - 1n], '$[0]'],
    [{ when: new Date(NaN) }, '$.when'],
    [new Map([[1.5, 1]]), '$ (key 0)'],
    [new Map([[{}, 1]]), '$ (key 0)'],
    [circle, '64'],
    [Promise.resolve(), '$'],
    [/x/, '$'],
    [new (class Own {})(), '$'],
  ];
  const one = closing(t)(nnmsg.socket.pair());
  for (const [value, path] of cases) {
    const check = (error) => {
      assert.ok(error instanceof TypeError, `${error}`);
      assert.ok(error.message.includes(path), error.message);
      return true;
    };
    assert.throws(() => native.packTable(value), check);
    assert.throws(() => one.sendTableSync(value), check);
  }
});

test('what is carried in the language\'s own way', () => {
  const back = (value) => native.unpackTable(native.packTable(value));
  assert.deepEqual(back({ a: undefined }), { a: null });
  assert.deepEqual(back([, 1]), [null, 1]);
  assert.deepEqual(back(Object.create(null, { x: { value: 1, enumerable: true } })), { x: 1 });
  assert.deepEqual(back(Uint16Array.of(1, 2).subarray(1)), Buffer.from([2, 0]));
  assert.deepEqual(back(new Uint8Array([9]).buffer), Buffer.from([9]));
  const sneaky = native.unpackTable(Buffer.from('81a95f5f70726f746f5f5f81a17801', 'hex'));
  assert.equal(Object.getPrototypeOf(sneaky), Object.prototype);
  assert.equal(sneaky.x, undefined);
  assert.throws(
    () => native.packTable({ get x() { throw new Error('of its own'); } }),
    /of its own/,
  );
});

test('bytes that do not decode stay readable', async (t) => {
  const open = closing(t);
  const [a, b] = [open(nnmsg.socket.pair()), open(nnmsg.socket.pair())];
  a.bind('inproc://undecodable');
  b.connect('inproc://undecodable');
  await a.send(Buffer.from([0xc1, 7]));
  await assert.rejects(b.recvTable(), (error) => {
    assert.equal(error.code, 'EPROTO');
    assert.deepEqual(error.bytes, Buffer.from([0xc1, 7]));
    return true;
  });
  await a.sendTable({ fine: true });
  assert.deepEqual(await b.recvTable(), { fine: true });
});
