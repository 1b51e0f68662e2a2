/** sockery/browser against sockets that are bound by sockery, nanomsg and nng, over a real WebSocket. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { bus, pair, pub, pull, push, rep, req, respondent, sub } from '../lib/browser.mjs';
import { turn } from './support.mjs';

const NO_WEBSOCKET = !globalThis.WebSocket && 'no WebSocket: Node.js 22, or 20 with --experimental-websocket';
const NO_PEERS = !process.env.NODE_PATH && 'the peers need the environment that tests/run env prints';
const skip = NO_WEBSOCKET || NO_PEERS;
const shims = fileURLToPath(new URL('../../tests/shims/', import.meta.url));
/** Who binds: the shims of the scenarios, which speak a line protocol (tests/README.md). */
const PEERS = {
  node: [process.execPath, `${shims}node.mjs`],
  python: ['python3', `${shims}python.py`],
  nanomsg: ['python3', `${shims}foreign/nanomsg.py`],
  nng: ['python3', `${shims}foreign/nng.py`],
};
const SIZES = [1, 125, 126, 65_535, 65_536, 1_000_000];
const LIMIT = 10_000;
const FAST = { timeout: LIMIT, reconnect: 10, reconnectMax: 50 };

const hex = (data) => Buffer.from(data).toString('hex') || '-';
const bytes = (size) => new Uint8Array(size).map((_, place) => place);

/** A process that binds and does as it is told. */
class Peer {
  constructor(name, t) {
    const [command, ...args] = PEERS[name];
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => this.child.on('close', resolve));
    this.ready = this.line();
    t.after(() => this.kill());
  }

  async line() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the peer ended');
    return value;
  }

  /** A verb, and the values that it answers. */
  async say(...words) {
    await this.ready;
    this.child.stdin.write(`${words.join(' ')}\n`);
    const [outcome, ...values] = (await this.line()).split(' ');
    assert.equal(outcome, 'ok', `${words.join(' ').slice(0, 80)}: ${values.join(' ')}`);
    return values;
  }

  /** Opens and binds, and answers where. */
  async bound(kind, endpoint = 'ws://127.0.0.1:0/') {
    await this.say('open', 's', `nnmsg.${kind}`);
    const [address] = await this.say('bind', 's', endpoint);
    return address;
  }

  async heard() {
    const [message] = await this.say('recv', 's');
    return message;
  }

  kill() {
    this.child.kill('SIGKILL');
    return this.ended;
  }
}

/** A test against every peer. */
function each(what, body) {
  for (const name of Object.keys(PEERS)) {
    test(`${what}: ${name}`, { skip, timeout: 3 * LIMIT }, async (t) => {
      const sockets = [];
      const keep = (socket) => (sockets.push(socket), socket);
      t.after(() => Promise.all(sockets.map((socket) => socket.close())));
      await body(new Peer(name, t), keep, name, t);
    });
  }
}

each('subscribes', async (peer, keep) => {
  const url = await peer.bound('pub');
  const news = keep(sub(url, { ...FAST, subscribe: ['b', Uint8Array.of(0)] }));
  await peer.say('ready', 's', 1);
  for (const text of ['a1', 'b1', 'grüße', 'bücher']) await peer.say('send', 's', hex(text));
  assert.deepEqual(await news.recv(), new TextEncoder().encode('b1'));
  assert.deepEqual(await news.recv(), new TextEncoder().encode('bücher'));
  for (const size of SIZES) {
    await peer.say('send', 's', hex(bytes(size)));
    assert.deepEqual(await news.recv(), bytes(size));
  }
  news.subscribe().unsubscribe('b').unsubscribe(Uint8Array.of(0));
  await peer.say('send', 's', hex('anything'));
  assert.equal(Buffer.from(await news.recv()).toString(), 'anything');
  assert.throws(() => news.unsubscribe('b'), { code: 'EINVAL', message: /^prefix: .*got b$/ });
  assert.equal(news.dropped, 0);
});

each('pushes and pulls', async (peer, keep) => {
  const to = keep(push(await peer.bound('pull'), FAST));
  for (const size of SIZES) {
    await to.send(bytes(size));
    assert.equal(await peer.heard(), hex(bytes(size)));
  }
  await peer.say('close', 's');
  const from = keep(pull(await peer.bound('push'), { ...FAST, text: true }));
  await peer.say('send', 's', hex('grüße'));
  assert.equal(await from.recv(), 'grüße');
});

each('is one of a pair', async (peer, keep) => {
  const heard = [];
  const other = keep(pair(await peer.bound('pair'), { ...FAST, text: true, onmessage: (text) => heard.push(text) }));
  await other.send('there');
  assert.equal(await peer.heard(), hex('there'));
  await peer.say('send', 's', hex('back'));
  await other.send(new Uint8Array(0).buffer);
  assert.equal(await peer.heard(), '-');
  while (!heard.length) await turn();
  assert.deepEqual(heard, ['back']);
  assert.throws(() => other.connect('ws://127.0.0.1:1'), { code: 'EINVAL' });
});

each('asks', async (peer, keep) => {
  const ask = keep(req(await peer.bound('rep'), { ...FAST, text: true }));
  for (const size of SIZES) {
    const answer = ask.request(bytes(size));
    assert.equal(await peer.heard(), hex(bytes(size)));
    await peer.say('send', 's', hex('x'.repeat(size)));
    assert.equal(await answer, 'x'.repeat(size));
  }
  const answers = ['one', 'two', 'three'].map((text) => ask.request(text));
  for (let count = 0; count < answers.length; count++) await peer.say('send', 's', `${await peer.heard()}21`);
  assert.deepEqual(await Promise.all(answers), ['one!', 'two!', 'three!']);
});

each('answers', async (peer, keep) => {
  keep(rep(await peer.bound('req'), async (text) => `${text}!`, { ...FAST, text: true }));
  for (const word of ['one', 'two']) {
    await peer.say('send', 's', hex(word));
    assert.equal(await peer.heard(), hex(`${word}!`));
  }
});

each('responds', async (peer, keep) => {
  keep(respondent(await peer.bound('surveyor'), (asked) => asked, FAST));
  await peer.say('ready', 's', 1);
  await peer.say('send', 's', '0001');
  assert.equal(await peer.heard(), '0001');
});

each('publishes', async (peer, keep) => {
  const url = await peer.bound('sub');
  await peer.say('sub', 's', hex('a'));
  const news = keep(pub(url, FAST));
  await news.waitForPeers();
  for (const text of ['b', 'a1']) news.send(text);
  assert.equal(await peer.heard(), hex('a1'));
});

each('is on a bus', async (peer, keep) => {
  const one = keep(bus(await peer.bound('bus'), { ...FAST, text: true }));
  await one.waitForPeers();
  one.send('there');
  assert.equal(await peer.heard(), hex('there'));
  await peer.say('send', 's', hex('back'));
  assert.equal(await one.recv(), 'back');
});

each('comes back, and asks again', async (peer, keep, name, t) => {
  const url = await peer.bound('rep');
  const states = [];
  const ask = keep(req(url, { ...FAST, text: true, onchange: ({ state }) => states.push(state) }));
  const answer = ask.request('who');
  assert.equal(await peer.heard(), hex('who'));
  await peer.kill();
  const late = ask.request('late');
  const again = new Peer(name, t);
  await again.bound('rep', url.replace(/\/?$/, '/'));
  for (let count = 0; count < 2; count++) {
    const asked = await again.heard();
    await again.say('send', 's', `${asked}21`);
  }
  assert.equal(await answer, 'who!');
  assert.equal(await late, 'late!');
  assert.deepEqual([states[0], states[1], states.at(-1)], ['open', 'waiting', 'open']);
});

test('who binds another protocol is told by its reason, and dialed again', { skip }, async (t) => {
  const peer = new Peer('node', t);
  const url = await peer.bound('pub');
  const reasons = [];
  let enough;
  const twice = new Promise((resolve) => (enough = resolve));
  const onchange = ({ state, reason }) => state === 'waiting' && reasons.push(reason) === 2 && enough();
  const ask = req(url, { ...FAST, onchange });
  const answer = assert.rejects(ask.request('?'), { code: 'EBADF', message: 'request: closed' });
  await twice;
  assert.match(reasons[0], /^no answer of a rep.* \(1006\)$/);
  await ask.close();
  await answer;
});
