/** What sockery/browser does by itself: over a WebSocket that is played here, under a clock that stands still. */
import assert from 'node:assert/strict';
import { mock, test as anyTest } from 'node:test';

import { SockeryError, bus, pair, pub, pull, push, rep, req, sub } from 'sockery/browser';

const URL = 'ws://host/';
const SUB = { subscribe: '' };

/** A WebSocket whose peer is the test. */
class Played {
  static all = [];

  constructor(url, protocol) {
    Object.assign(this, { url, protocol, sent: [], bufferedAmount: 0 });
    Played.all.push(this);
  }
  send(bytes) {
    this.sent.push(bytes);
  }
  close() {
    queueMicrotask(() => this.onclose?.({ code: 1005, reason: '' }));
  }
  lose(code = 1006, reason = '') {
    this.onclose({ code, reason });
  }
  take(...bytes) {
    this.onmessage({ data: Uint8Array.from(bytes).buffer });
  }
}

/** The connection made last. */
const last = () => Played.all.at(-1);
const made = (open, options, ...more) => {
  const socket = open(URL, ...more, { WebSocket: Played, ...options });
  last().onopen();
  return socket;
};
const turns = async () => {
  for (let count = 0; count < 20; count++) await null;
};
const code = (name, text) => (error) => error instanceof SockeryError && error.code === name && text.test(error.message);

const old = parseInt(process.versions.node) < 20 && 'a clock that stands still is there from Node.js 20 on';
const test = (what, body) =>
  anyTest(what, { skip: old }, (t) => {
    Played.all = [];
    mock.timers.reset();
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    return body(t);
  });

test('arguments and options that are wrong are named', async () => {
  for (const url of ['http://host', 'ws://', 'host', 'ws://host#part', null, 5, ['ws://host', 'tcp://host']]) {
    assert.throws(() => pull(url, { WebSocket: Played }), code('EINVAL', /^url: expected ws/), String(url));
  }
  for (const name of ['queue', 'buffer', 'timeout', 'resend', 'reconnect', 'reconnectMax']) {
    for (const value of [-1, NaN, 'x', {}]) {
      assert.throws(() => pull(URL, { WebSocket: Played, [name]: value }), code('EINVAL', new RegExp(`^${name}: `)));
    }
  }
  assert.throws(() => pull(URL, { WebSocket: undefined }), code('EINVAL', /^WebSocket: /));
  assert.throws(() => rep(URL, 'x', { WebSocket: Played }), code('EINVAL', /^handler: .* got x/));
  const out = made(push);
  for (const data of [undefined, null, 5, {}, [1]]) {
    await assert.rejects(out.send(data), code('EINVAL', /^data: expected a string or bytes/));
  }
  await assert.rejects(out.send('x', { timeout: 'soon' }), code('EINVAL', /^timeout: .* got soon/));
  assert.deepEqual(last().sent, []);
});

test('each kind asks for the protocol of its peer', () => {
  const kinds = { sub: pub, pub: sub, pull: push, push: pull, pair, bus, rep: req };
  for (const [peer, open] of Object.entries(kinds)) {
    made(open);
    assert.equal(last().protocol, `${peer}.sp.nanomsg.org`);
  }
});

test('a server that agrees to no protocol is refused', async () => {
  const changes = [];
  pull(URL, { WebSocket: Played, onchange: (change) => changes.push(change) });
  last().protocol = '';
  last().onopen();
  last().take(1);
  await turns();
  assert.equal(changes.length, 1);
  assert.equal(changes[0].state, 'waiting');
  assert.equal(changes[0].reason, 'no word of push.sp.nanomsg.org (1005)');
});

test('pauses double up to the greatest, vary, and are short again after a connection that lasted', (t) => {
  const changes = [];
  const onchange = (change) => changes.push(change);
  made(pull, { reconnect: 100, reconnectMax: 400, onchange });
  const pause = () => {
    const before = Played.all.length;
    let millis = 0;
    while (Played.all.length === before) mock.timers.tick(1), millis++;
    return millis;
  };
  for (const most of [100, 200, 400, 400]) {
    last().bufferedAmount = 7;
    last().lose();
    assert.equal(changes.at(-1).unsent, 7);
    const millis = pause();
    assert.ok(millis >= most / 2 && millis <= most + 1, `${millis} of ${most}`);
    // Open, but not for long.
    last().onopen();
  }
  mock.timers.tick(1000);
  const random = mock.method(Math, 'random', () => 0);
  t.after(() => random.mock.restore());
  last().lose(1001, 'bye');
  assert.equal(changes.at(-1).reason, 'closed (1001) bye');
  assert.equal(pause(), 50);
  // Never open at all: that lasted no time.
  for (const half of [100, 200, 200]) {
    last().lose();
    assert.equal(pause(), half);
  }
});

test('an error without a close is a loss, and one with a close is one loss', () => {
  const reasons = [];
  pull(URL, { WebSocket: Played, reconnect: 100, onchange: ({ reason }) => reasons.push(reason) });
  last().onerror({ message: 'refused' });
  mock.timers.tick(1);
  assert.deepEqual(reasons, ['no answer of a push: refused (1006)']);
  mock.timers.tick(100);
  assert.equal(Played.all.length, 2);
  last().onerror({});
  last().lose();
  mock.timers.tick(1);
  assert.equal(reasons.length, 2);
});

test('sends wait for a peer and for room, in order; too many are refused, and time ends them', async () => {
  const out = push(URL, { WebSocket: Played, queue: 3, buffer: 10 });
  const sent = [out.send('a'), out.send('b')];
  const late = assert.rejects(out.send('c', { timeout: 50 }), code('ETIMEDOUT', /^send: nothing in 50 ms/));
  await assert.rejects(out.send('d'), code('EAGAIN', /^send: 3 wait already, of 3 bytes/));
  mock.timers.tick(50);
  await late;
  const bytes = Uint8Array.of(1, 2);
  const copied = out.send(bytes);
  bytes.fill(9);
  last().onopen();
  await Promise.all([...sent, copied]);
  assert.deepEqual(last().sent.map((message) => [...message]), [[97], [98], [1, 2]]);
  last().bufferedAmount = 10;
  const long = out.send('x'.repeat(20));
  await assert.rejects(out.send('y'), code('EAGAIN', /1 wait already, of 20 bytes/));
  last().bufferedAmount = 0;
  mock.timers.tick(10);
  await long;
  assert.equal(last().sent.length, 4);
});

test('peers take turns', async () => {
  const out = push(['ws://a', 'ws://b'], { WebSocket: Played });
  const peers = Played.all;
  peers.forEach((peer) => peer.onopen());
  assert.equal(out.peers, 2);
  await out.waitForPeers(2);
  for (let count = 0; count < 4; count++) await out.send('x');
  assert.deepEqual(peers.map(({ sent }) => sent.length), [2, 2]);
  peers[0].bufferedAmount = Infinity;
  await out.send('x');
  await out.send('x');
  assert.deepEqual(peers.map(({ sent }) => sent.length), [2, 4]);
});

test('a full queue lets its oldest go, and counts', async () => {
  const few = made(pull, { queue: 2 });
  for (let number = 0; number < 5; number++) last().take(number);
  assert.equal(few.dropped, 3);
  assert.deepEqual([await few.recv(), await few.recv()], [Uint8Array.of(3), Uint8Array.of(4)]);
  const small = made(pull, { buffer: 3 });
  last().take(1, 1);
  last().take(2, 2, 2, 2);
  assert.equal(small.dropped, 1);
  assert.equal((await small.recv()).length, 4);
  last().take(1);
  last().take(2, 2);
  assert.deepEqual([await small.recv(), await small.recv()], [Uint8Array.of(1), Uint8Array.of(2, 2)]);
  assert.equal(small.dropped, 1);
  const none = assert.rejects(small.recv({ timeout: 0 }), code('ETIMEDOUT', /^receive: /));
  mock.timers.tick(1);
  await none;
});

test('subscriptions filter by bytes', async () => {
  const news = made(sub, { text: true });
  const say = (text) => last().onmessage({ data: text });
  say('early');
  news.subscribe('ab').subscribe('ab').subscribe('ü');
  ['a', 'ab', 'abc', 'b', 'über', ''].forEach(say);
  news.unsubscribe('ab');
  say('abd');
  const prefix = Uint8Array.of(1);
  news.subscribe(prefix);
  prefix.fill(2);
  last().take(2);
  last().take(1);
  assert.equal(await news.recv(), 'ab');
  assert.equal(await news.recv(), 'abc');
  assert.equal(await news.recv(), 'über');
  assert.equal(await news.recv(), '\u0001');
  news.unsubscribe(Uint8Array.of(1)).subscribe('\ufeff');
  say('\ufeffmark');
  assert.equal(await news.recv(), '\ufeffmark');
  last().take(0xc3, 0xbc, 0xff);
  assert.equal(await news.recv(), 'ü\ufffd');
  assert.equal(news.dropped, 0);
});

test('a callback that throws harms nothing', () => {
  const heard = [];
  const onmessage = (bytes) => {
    heard.push(bytes[0]);
    throw new Error('of the program');
  };
  made(pull, { onmessage });
  assert.throws(() => last().take(1), /of the program/);
  assert.throws(() => last().take(2), /of the program/);
  assert.deepEqual(heard, [1, 2]);
});

test('publishing waits for nobody, and counts whom it did not reach', () => {
  const news = made(pub);
  news.send('a');
  last().bufferedAmount = Infinity;
  news.send('b');
  last().lose();
  news.send('c');
  assert.equal(last().sent.length, 1);
  assert.equal(news.dropped, 1);
});

test('requests are told apart by their ids', async () => {
  const ask = made(req);
  const answers = ['a', 'b'].map((text) => ask.request(text));
  const [first, second] = last().sent;
  assert.ok(first[0] & 0x80);
  assert.notDeepEqual(first.subarray(0, 4), second.subarray(0, 4));
  last().take(...second.subarray(0, 4), 2);
  last().take(...first.subarray(0, 4), 1);
  last().take(...first.subarray(0, 4), 3);
  assert.deepEqual(await Promise.all(answers), [Uint8Array.of(1), Uint8Array.of(2)]);
  assert.equal(ask.dropped, 1);
});

test('a request is repeated after a time and after a loss, with the same id', async () => {
  const ask = made(req, { resend: 1000, reconnect: 10 });
  const answer = ask.request('a');
  const [asked] = last().sent;
  mock.timers.tick(1000);
  assert.deepEqual(last().sent, [asked, asked]);
  last().lose();
  mock.timers.tick(5000);
  assert.deepEqual(last().sent, []);
  last().onopen();
  assert.deepEqual(last().sent, [asked]);
  last().take(...asked.subarray(0, 4));
  assert.equal((await answer).length, 0);
  mock.timers.tick(5000);
  assert.equal(last().sent.length, 1);
});

test('what a lost peer was asked, another one is, and nothing else', () => {
  const ask = req(['ws://a', 'ws://b'], { WebSocket: Played });
  const [one, other] = Played.all;
  one.onopen();
  other.onopen();
  for (const text of ['a', 'b']) ask.request(text);
  assert.deepEqual([one.sent.length, other.sent.length], [1, 1]);
  one.lose();
  assert.deepEqual(other.sent.slice(1), one.sent);
});

test('a request ends in time, and its late answer is nobody’s', async () => {
  const ask = made(req, { queue: 1, timeout: 30 });
  const answer = assert.rejects(ask.request('a'), code('ETIMEDOUT', /^request: nothing in 30 ms/));
  await assert.rejects(ask.request('b'), code('EAGAIN', /^request: 1 wait/));
  mock.timers.tick(30);
  await answer;
  last().take(...last().sent[0].subarray(0, 4), 1);
  assert.equal(ask.dropped, 1);
});

test('answers that are none end the connection, not the request', async () => {
  for (const hostile of [[], [0x80], [0, 0, 0, 1], [0, 0, 0, 1, 0x80, 0, 0, 1, 5]]) {
    const ask = made(req, { reconnect: 10 });
    const answer = ask.request('a');
    const asked = last().sent[0].subarray(0, 4);
    last().take(...hostile);
    last().take(...asked, 6); // too late: we have hung up
    await turns();
    mock.timers.tick(10);
    last().onopen();
    last().take(...asked, 7);
    assert.deepEqual(await answer, Uint8Array.of(7));
  }
});

test('who answers puts the way back in front, as far as it is short enough', async () => {
  const heard = [];
  const answering = made(rep, { text: true }, (text) => (heard.push(text), text + '!'));
  const way = [0, 0, 0, 9, 0x80, 0, 0, 1];
  last().take(...way, 65);
  await turns();
  assert.deepEqual(last().sent, [Uint8Array.of(...way, 65, 33)]);
  last().take(...Array(8).fill([0, 0, 0, 9]).flat(), 0x80, 0, 0, 1, 65);
  assert.equal(answering.dropped, 1);
  assert.deepEqual(heard, ['A']);
  last().take(0, 0, 0, 9);
  await turns();
  assert.equal(answering.peers, 0);
});

test('an answer whose way back is gone goes nowhere', async () => {
  let answer;
  const answering = made(rep, { reconnect: 10 }, () => new Promise((resolve) => (answer = resolve)));
  last().take(0x80, 0, 0, 1);
  await turns();
  last().lose();
  mock.timers.tick(10);
  last().onopen();
  answer('x');
  await turns();
  assert.deepEqual(last().sent, []);
  assert.equal(answering.dropped, 1);
});

test('so many requests are answered at a time', async () => {
  const heard = [];
  const answering = made(rep, { queue: 1 }, (asked) => new Promise((resolve) => heard.push(() => resolve(asked))));
  for (const number of [1, 2]) last().take(0x80, 0, 0, number);
  assert.deepEqual([heard.length, answering.dropped], [1, 1]);
  heard[0]();
  await turns();
  last().take(0x80, 0, 0, 3);
  assert.equal(heard.length, 2);
});

test('a pair has one peer', () => {
  const one = made(pair);
  assert.throws(() => one.connect(URL), code('EINVAL', /^url: expected one peer of a pair/));
});

test('closing ends what waits, at once and for good', async () => {
  const ended = code('EBADF', /: closed$/);
  const [one, ask] = [made(pair), made(req)];
  const socket = last();
  const waiting = [
    assert.rejects(one.recv(), ended),
    assert.rejects(one.waitForPeers(2), ended),
    assert.rejects(ask.request('x'), ended),
  ];
  const iterating = (async () => {
    for await (const _ of one) assert.fail('a message');
  })();
  await turns();
  const closing = [one.close(), one.close(), ask.close()];
  assert.equal(closing[0], closing[1]);
  socket.take(1);
  await Promise.all([...waiting, ...closing, iterating]);
  assert.equal(one.closed, true);
  for (const call of [() => one.recv(), () => one.send('x'), () => ask.request('x')]) {
    await assert.rejects(call(), code('EBADF', /^the socket is closed$/));
  }
  assert.throws(() => ask.connect(URL), code('EBADF', /closed/));
  const count = Played.all.length;
  mock.timers.tick(100_000);
  assert.equal(Played.all.length, count, 'it is not dialed again');
});

test('closing while it waits for the next dial, and without any address', async () => {
  const states = [];
  const one = made(pull, { onchange: ({ state }) => states.push(state) });
  last().lose();
  await one.close();
  assert.deepEqual(states, ['open', 'waiting', 'closed']);
  mock.timers.tick(100_000);
  assert.equal(Played.all.length, 1);
  await pull(undefined, { WebSocket: Played }).close();
});
