/** socketcore and rtos: the same calls, promises, an emitter, an async iterator. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import rtos from '../lib/rtos.mjs';
import socketcore from '../lib/socketcore.mjs';

const LIMIT = 20_000;
const program = fileURLToPath(new URL('../../tests/socketcore/peer.py', import.meta.url));
const peers = {};
let peer;

before(async () => {
  peer = spawn('python3', [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let line = '';
  for await (const chunk of peer.stdout.iterator({ destroyOnReturn: false })) {
    line += chunk;
    if (line.includes('\n')) break;
  }
  const words = line.trim().split(' ');
  for (let at = 0; at < words.length; at += 2) peers[words[at]] = Number(words[at + 1]) || words[at + 1];
});

after(() => {
  peer.stdout.destroy();
});

const early = [];

/** One message of a socket; others are kept for whoever waits for them. */
async function awaited(id, index, receive = rtos.receive) {
  const is = (message) => message.id === id && message.socket_index === index;
  const place = early.findIndex(is);
  if (place >= 0) return early.splice(place, 1)[0];
  for (;;) {
    const message = await receive(LIMIT);
    assert.notEqual(message.id, rtos.WAIT_MSG_TIMEOUT);
    if (is(message)) return message;
    early.push(message);
  }
}

async function opened(kind, port, cert) {
  const id = socketcore.sock_conn(kind, '127.0.0.1', port, cert);
  const confirmed = await awaited(rtos.MSG_SOCK_CONN_CNF, id);
  assert.equal(confirmed.result, 0, confirmed.error);
  return id;
}

async function close(id) {
  assert.equal(socketcore.sock_close(id), 1);
  assert.equal((await awaited(rtos.MSG_SOCK_CLOSE_CNF, id)).result, 0);
  assert.equal(socketcore.sock_destroy(id), 1);
  for (let at = early.length; at-- > 0; ) if (early[at].socket_index === id) early.splice(at, 1);
}

async function read(id, length) {
  const parts = [];
  for (let have = 0; have < length; have += parts.at(-1).length) {
    const told = await awaited(rtos.MSG_SOCK_RECV_IND, id);
    parts.push(socketcore.sock_recv(id, told.recv_len));
    assert.equal(parts.at(-1).length, told.recv_len);
  }
  return Buffer.concat(parts);
}

for (const length of [30_000, 30_000_000]) {
  test(`tcp echo of ${length} bytes`, async () => {
    const id = await opened(0, peers.echo);
    const data = Buffer.alloc(length, '0123456789');
    assert.deepEqual(socketcore.sock_send(id, data), [1, socketcore.ERR_OK]);
    assert.ok((await read(id, length)).equals(data));
    assert.equal((await awaited(rtos.MSG_SOCK_SEND_CNF, id)).send_len, length);
    await close(id);
  });
}

test('failures are messages and never throw', async () => {
  const id = socketcore.sock_conn(0, peers.refused, '127.0.0.1');
  const failed = await awaited(rtos.MSG_SOCK_CONN_CNF, id);
  assert.equal(failed.result, 1);
  assert.match(failed.error, /refused/);
  assert.deepEqual(socketcore.sock_send(id, 'x'), [0, socketcore.ERR_ENOTCONN]);
  await close(id);
  for (const each of [id, 10, -1, 1e30, NaN]) {
    assert.equal(socketcore.sock_recv(each, 5).length, 0);
    assert.equal(socketcore.sock_setopt(each, socketcore.SOL_SOCKET, socketcore.SO_KEEPALIVE, 1), -1);
  }
  assert.equal(socketcore.sock_close(10), 0);
  assert.equal(socketcore.sock_conn(0, '', 1), null);
  assert.equal(socketcore.sock_conn_ext(9, '127.0.0.1', 1), -1);
  assert.match(socketcore.lasterr(), /type/);
  assert.equal((await rtos.receive(0)).id, rtos.WAIT_MSG_TIMEOUT);
});

test('a thousand connections leave nothing, and ten are the most', async () => {
  const descriptors = () => readdirSync('/proc/self/fd').length;
  let before;
  let size;
  for (let count = 0; count < 1000; count += 1) {
    const id = await opened(0, peers.echo);
    socketcore.sock_send(id, 'x');
    assert.equal(String(await read(id, 1)), 'x');
    await awaited(rtos.MSG_SOCK_SEND_CNF, id);
    await close(id);
    if (count === 99) {
      globalThis.gc();
      before = descriptors();
      size = process.memoryUsage.rss();
    }
  }
  // The last ones may still be told by their peers that they are closed.
  while (descriptors() > before) await new Promise(setImmediate);
  globalThis.gc();
  assert.ok(process.memoryUsage.rss() < size + (32 << 20), 'memory grows');
  assert.deepEqual(early, []);
  const ids = [];
  for (let count = 0; count < 10; count += 1) ids.push(await opened(0, peers.echo));
  assert.deepEqual([...ids].sort((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(socketcore.sock_conn(0, '127.0.0.1', peers.echo), null);
  assert.equal(socketcore.sock_conn_ext(0, '127.0.0.1', peers.echo), -1);
  for (const id of ids) await close(id);
});

test('wrong types throw', () => {
  for (const call of [
    () => socketcore.sock_conn('0', 'a', 1),
    () => socketcore.sock_conn(0, null, 1),
    () => socketcore.sock_conn(2, 'a', 1, 'pem'),
    () => socketcore.sock_conn(2, 'a', 1, { caCert: 5 }),
    () => socketcore.sock_send(0, 5),
    () => socketcore.sock_close(),
    () => rtos.receiveSync('soon'),
  ]) {
    assert.throws(call, TypeError);
  }
});

test('udp, TLS and a listener', async () => {
  let id = await opened(1, peers.udp);
  socketcore.sock_send(id, 'question');
  assert.equal(String(await read(id, 8)), 'QUESTION');
  await close(id);
  const cert = { hostName: 'good.example', caCert: readFileSync(join(peers.folder, 'ca.pem')) };
  id = await opened(2, peers.tls, cert);
  socketcore.sock_send(id, 'secret');
  assert.equal(String(await read(id, 6)), 'secret');
  await close(id);
  id = socketcore.sock_conn(2, '127.0.0.1', peers.tls, { ...cert, hostName: 'bad.example' });
  assert.match((await awaited(rtos.MSG_SOCK_CONN_CNF, id)).error, /bad\.example/);
  await close(id);
  const server = socketcore.sock_listen(0);
  id = await opened(0, socketcore.sock_port(server));
  const other = (await awaited(rtos.MSG_SOCK_ACCEPT_IND, server)).accept_index;
  socketcore.sock_send(other, 'from the server');
  assert.equal(String(await read(id, 15)), 'from the server');
  for (const each of [id, other, server]) await close(each);
});

test('an emitter and an async iterator', async () => {
  const id = await opened(0, peers.echo);
  const seen = [];
  const all = new Promise((resolve) => {
    rtos.events.on('MSG_SOCK_RECV_IND', (message) => seen.push(message.recv_len));
    rtos.events.on('message', (message) => message.id === rtos.MSG_TIMER && resolve(message.timer_id));
  });
  socketcore.sock_send(id, 'ping');
  const told = new Promise((resolve) => rtos.events.once('MSG_SOCK_RECV_IND', resolve));
  await told;
  rtos.timer_start(9, 1);
  assert.equal(await all, 9);
  assert.deepEqual(seen, [4]);
  rtos.events.removeAllListeners('MSG_SOCK_RECV_IND').removeAllListeners('message');
  await new Promise(setImmediate);
  rtos.timer_start(1, 1);
  rtos.timer_start(2, 15);
  const due = [];
  for await (const message of rtos) {
    due.push(message.timer_id);
    if (due.length === 2) break;
  }
  assert.deepEqual(due, [1, 2]);
  await close(id);
});

test('blocking receives', async () => {
  assert.equal(rtos.receiveSync(5).id, rtos.WAIT_MSG_TIMEOUT);
  rtos.timer_start(3, 5);
  assert.deepEqual(rtos.receiveSync(LIMIT), { id: rtos.MSG_TIMER, timer_id: 3 });
  assert.equal((await rtos.receive(5)).id, rtos.WAIT_MSG_TIMEOUT);
});
