/** sendStruct, recvStruct and buffers: the shared vectors, every kind of buffer, symbols. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import nnmsg, { Struct } from '../lib/nnmsg.mjs';
import { closing, joined } from './support.mjs';

const folder = new URL('../../tests/vectors/record/', import.meta.url);
const FIELDS = 'u8 kind; f64 at; char[16] name; {i16 x; i16 y} pos[2]';

function* vectors() {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.txt'))) {
    let struct;
    for (const [index, line] of readFileSync(new URL(name, folder), 'utf8').split('\n').entries()) {
      if (line.startsWith('fields ')) struct = nnmsg.struct(line.slice(7));
      else if (line !== '' && !line.startsWith('#')) {
        const [, hex, sign, rest] = /^([0-9a-f ]*)([=<!?])\s*(.*)$/.exec(line);
        yield { place: `${name}:${index + 1}`, struct, left: bytesOf(hex), sign, rest };
      }
    }
  }
}

const bytesOf = (hex) => Buffer.from(hex.replace(/\s/g, ''), 'hex');

/** A value as it is read: text as bytes. */
function shown(value) {
  if (typeof value === 'string') return Buffer.from(value);
  if (Array.isArray(value)) return value.map(shown);
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value;
  const object = {};
  for (const [key, item] of Object.entries(value)) {
    Object.defineProperty(object, key, { value: shown(item), enumerable: true, writable: true, configurable: true });
  }
  return object;
}

test('vectors', () => {
  let seen = 0;
  for (const { place, struct, left, sign, rest } of vectors()) {
    seen += 1;
    if (sign === '?') {
      assert.throws(() => struct.unpack(left), (error) => error.code === 'EPROTO' && error.message.includes(rest), place);
      continue;
    }
    const value = nnmsg.decode(left);
    if (sign === '!') {
      assert.throws(() => struct.pack(value), (error) => error instanceof TypeError && error.message.includes(rest), place);
      continue;
    }
    const record = bytesOf(rest);
    assert.equal(struct.pack(value).equals(record), sign === '=', place);
    const read = struct.unpack(record);
    assert.deepEqual(struct.pack(read), struct.pack(value), place);
    assert.deepStrictEqual(read, shown(value), place);
  }
  assert.ok(seen > 100);
});

test('records are sent and received', async (t) => {
  const open = closing(t);
  const [a, b] = await joined(open(nnmsg.socket.pair()), open(nnmsg.socket.pair()));
  const value = { kind: 1, at: 2.5, name: 'probe', pos: [{ x: -1, y: 2 }, { x: 3, y: -4 }] };
  assert.equal(await a.sendStruct(FIELDS, value), 40);
  assert.deepEqual(await b.recvStruct(FIELDS), [{ ...value, name: Buffer.from('probe') }, 40]);
  const struct = nnmsg.struct(FIELDS);
  assert.ok(struct instanceof Struct);
  assert.equal(struct.size, 40);
  assert.deepEqual(struct.offsets, { kind: 0, at: 8, name: 16, pos: 32 });
  assert.equal(b.sendStructSync(struct, value), 40);
  assert.equal(a.recvStructSync(struct)[0].pos[1].y, -4);
  await a.sendStruct('u8[3] n; i64 big', { n: Uint8Array.of(1, 2, 3), big: 2n ** 60n });
  assert.deepEqual((await b.recvStruct('u8[3] n; i64 big'))[0], { n: [1, 2, 3], big: 2n ** 60n });
  await a.send('abc');
  await assert.rejects(b.recvStruct('u16 n'), (error) => {
    return error.code === 'EPROTO' && /2 bytes, the message 3/.test(error.message) && error.bytes.toString() === 'abc';
  });
  assert.throws(() => a.sendStruct('int n', {}), { code: 'EINVAL', message: /byte 0: expected a type/ });
  assert.throws(() => a.sendStruct(7, {}), /expected a field list/);
  assert.throws(() => a.sendStruct('u8 n', { n: '1' }), /field n: expected u8, got bytes/);
  assert.throws(() => a.sendStruct('u8 n', null), /the record: expected a record, got null/);
  await assert.rejects(b.recvStruct({}), /expected a field list/);
});

test('buffers of every kind', async (t) => {
  const open = closing(t);
  const [a, b] = await joined(open(nnmsg.socket.pair()), open(nnmsg.socket.pair()));
  const shared = new SharedArrayBuffer(8);
  const kinds = [
    Buffer.alloc(8),
    new Uint8Array(new ArrayBuffer(16), 4, 8),
    new Int32Array(2),
    new Float64Array(1),
    new BigInt64Array(1),
    new Uint8ClampedArray(8),
    new DataView(new ArrayBuffer(12), 2, 8),
    new ArrayBuffer(8),
    shared,
    new Uint16Array(shared),
  ];
  const bytes = (room) => Buffer.from(ArrayBuffer.isView(room)
    ? new Uint8Array(room.buffer, room.byteOffset, room.byteLength) : new Uint8Array(room)).toString();
  for (const room of kinds) {
    await a.sendBuffer('01234567');
    const [got, size] = await b.recvBuffer(room);
    assert.ok(got === room && size === 8);
    assert.equal(bytes(room), '01234567');
    assert.equal(await a.sendBuffer(room), 8);
    assert.equal((await b.recv()).toString(), '01234567');
    assert.equal(await a.sendBuffer(room, 3), 3);
    assert.equal((await b.recv()).toString(), '012');
    assert.equal(a.sendBufferSync('abcdefghij'), 10);
    assert.equal(b.recvBufferSync(room, 2)[1], 10);
    assert.equal(bytes(room), 'ab234567');
    assert.throws(() => a.sendBuffer(room, 9), /length is 0 to 8, not 9/);
    await assert.rejects(b.recvBuffer(room, 9), /length is 0 to 8, not 9/);
  }
  assert.equal(await a.send(shared), 8);
  assert.equal((await b.recv()).toString(), 'ab234567');
  await assert.rejects(b.recvBuffer('text'), /a string cannot be filled/);
});

test('symbols', () => {
  const all = nnmsg.symbolInfo();
  const of = (name) => all.find((symbol) => symbol.name === name);
  assert.ok(all.length >= 121);
  assert.deepEqual(nnmsg.symbol(0), all[0]);
  assert.equal(nnmsg.symbol(all.length), undefined);
  assert.deepEqual({ ...of('NN_SNDTIMEO') }, {
    name: 'NN_SNDTIMEO', value: nnmsg.NN_SNDTIMEO, ns: nnmsg.NN_NS_SOCKET_OPTION,
    type: nnmsg.NN_TYPE_INT, unit: nnmsg.NN_UNIT_MILLISECONDS,
  });
  assert.equal(of('EAGAIN').value, nnmsg.NN_EAGAIN);
});
