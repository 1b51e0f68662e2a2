/** zmq: events, steered proxies and what is known of a message's sender. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';

import zmq, { Context, Dealer, Observer, Pair, Proxy, Publisher, Pull, Push, Reply, Request, Router } from '../lib/zmq.mjs';
import v5 from '../lib/zmq-v5.mjs';
import { closing, joined } from './support.mjs';

/** The next event of a type. */
async function until(observer, type) {
  for (;;) {
    const event = await observer.receive();
    if (event.type === type) return event;
  }
}

/** The next event of a type for a listener, which keeps no process alive by itself. */
async function heard(emitter, type) {
  const alive = setTimeout(() => {}, 10_000);
  try {
    return await once(emitter, type);
  } finally {
    clearTimeout(alive);
  }
}

test('events are received in their order, with their addresses', async (t) => {
  const open = closing(t);
  const [pull, push] = [open(new Pull()), open(new Push())];
  const [bound, dialed] = [pull.events, push.events];
  assert.equal(pull.events, bound);
  await pull.bind('tcp://127.0.0.1:*');
  const address = pull.lastEndpoint;
  push.connect(address);
  assert.deepEqual(await bound.receive(), { type: 'bind', address });
  for (const type of ['connect:delay', 'connect', 'handshake']) {
    assert.deepEqual(await dialed.receive(), { type, address });
  }
  for (const type of ['accept', 'handshake']) assert.deepEqual(await bound.receive(), { type, address });
  push.monitorPipesStats();
  assert.deepEqual(await dialed.receive(), { type: 'stats', address, sending: 0, receiving: 0 });
  push.close();
  assert.deepEqual(await until(bound, 'disconnect'), { type: 'disconnect', address });
  pull.close();
  assert.deepEqual(await until(bound, 'end'), { type: 'end' });
  assert.equal(bound.closed, true);
  await assert.rejects(bound.receive(), { code: 'ENOTSOCK' });
});

test('events are iterated over until the socket closes', async (t) => {
  const pull = closing(t)(new Pull());
  const seen = [];
  const reading = (async () => {
    for await (const event of pull.events) {
      seen.push(event.type);
      if (event.type === 'bind') pull.close();
    }
  })();
  await pull.bind('tcp://127.0.0.1:*');
  await reading;
  assert.deepEqual(seen, ['bind', 'close', 'end']);
});

test('events go to listeners; failures have errors', async (t) => {
  const open = closing(t);
  const pull = open(new Pull());
  await pull.bind('tcp://127.0.0.1:*');
  const port = Number(pull.lastEndpoint.split(':').at(-1));
  const observer = new Observer(pull);
  const protocol = heard(observer, 'handshake:error:protocol');
  await assert.rejects(observer.receive(), /listeners/);
  const wrong = net.connect(port, '127.0.0.1');
  wrong.write(Buffer.concat([Buffer.from('ff00000000000000017f0301', 'hex'), Buffer.from('PLAIN'), Buffer.alloc(47)]));
  const [event] = await protocol;
  wrong.destroy();
  assert.equal(event.address, pull.lastEndpoint);
  assert.equal(event.error.code, 'ERR_ZMTP_MECHANISM_MISMATCH');
  assert.equal(event.error.message, 'ZMTP protocol error');

  const push = open(new Push({ reconnectInterval: 20 }));
  const retry = heard(push.events, 'connect:retry');
  const unused = net.createServer().listen(0, '127.0.0.1');
  await once(unused, 'listening');
  const free = unused.address().port;
  unused.close();
  push.connect(`tcp://127.0.0.1:${free}`);
  const [{ address, interval }] = await retry;
  assert.equal(address, `tcp://127.0.0.1:${free}`);
  assert.ok(interval > 0 && interval <= 40, `${interval}`);
  const taken = open(new Pull());
  const failed = heard(taken.events, 'bind:error');
  await assert.rejects(taken.bind(pull.lastEndpoint), { code: 'EADDRINUSE' });
  assert.equal((await failed)[0].error.code, 'EADDRINUSE');
});

test('a refused user is told by its status', async (t) => {
  const open = closing(t);
  const context = new Context();
  const zap = open(new Reply({ context }));
  await zap.bind('inproc://zeromq.zap.01');
  const server = open(new Pull({ context, plainServer: true, zapDomain: 'd' }));
  await server.bind('tcp://127.0.0.1:*');
  const client = open(new Push({ context, linger: 0, plainUsername: 'ann', plainPassword: 'x' }));
  const refused = heard(server.events, 'handshake:error:auth');
  client.connect(server.lastEndpoint);
  const [version, id] = await zap.receive();
  await zap.send([version, id, '400', 'no', '', '']);
  const [{ error }] = await refused;
  assert.deepEqual([error.status, error.message], [400, 'Authentication failure']);
});

test('zeromq.js 5 emits them by its names', async (t) => {
  const open = closing(t);
  const [pull, push] = [open(v5.socket('pull')), open(v5.socket('push'))];
  const listening = heard(pull.monitor(), 'listen');
  const accepted = heard(pull, 'accept');
  pull.bindSync('tcp://127.0.0.1:*');
  const address = pull.getsockopt('last_endpoint');
  const [descriptor, where] = await listening;
  assert.ok(descriptor > 0);
  assert.equal(where, address);
  push.connect(address);
  assert.equal((await accepted)[1], address);
  pull.unmonitor().monitor().unmonitor();
});

test('a proxy is paused, resumed and ended, and copies what it passes', async (t) => {
  const open = closing(t);
  const [front, back, capture, copies] = [new Router(), new Dealer(), new Pair(), new Pair()].map(open);
  await front.bind('tcp://127.0.0.1:*');
  await back.bind('tcp://127.0.0.1:*');
  await copies.bind('inproc://node-proxy-copies');
  capture.connect('inproc://node-proxy-copies');
  const proxy = new Proxy(front, back, { capture });
  assert.throws(() => proxy.pause(), { code: 'EFSM' });
  const running = proxy.run();
  await assert.rejects(proxy.run(), { code: 'EFSM' });
  const [request, reply] = [open(new Request()), open(new Reply({ receiveTimeout: 300 }))];
  request.connect(front.lastEndpoint);
  reply.connect(back.lastEndpoint);
  const trip = async (text) => {
    await request.send(text);
    const [asked] = await reply.receive();
    await reply.send(asked);
    return String((await request.receive())[0]);
  };
  assert.equal(await trip('one'), 'one');
  assert.equal(String((await copies.receive()).at(-1)), 'one');
  assert.equal(String((await copies.receive()).at(-1)), 'one');
  proxy.pause();
  await request.send('two');
  // Commands are obeyed soon: a message may pass before it is; then the next one does not.
  let passed = true;
  try {
    await reply.receive();
  } catch {
    passed = false;
  }
  if (!passed) {
    proxy.resume();
    reply.receiveTimeout = 10_000;
    await reply.receive();
  }
  proxy.terminate();
  await running;
  assert.ok(front.closed && back.closed);
});

test('a proxy obeys a control socket of the program', async (t) => {
  const open = closing(t);
  const [front, back, control, wheel] = [new Pull(), new Push(), new Reply(), new Request()].map(open);
  await front.bind('tcp://127.0.0.1:*');
  await back.bind('tcp://127.0.0.1:*');
  await control.bind('inproc://node-proxy-control');
  wheel.connect('inproc://node-proxy-control');
  const proxy = new Proxy(front, back, { control });
  const running = proxy.run();
  assert.throws(() => proxy.pause(), { code: 'ENOTSUP' });
  await wheel.send('STATISTICS');
  const numbers = (await wheel.receive()).map((part) => part.readBigUInt64LE());
  assert.deepEqual(numbers, Array(8).fill(0n));
  await wheel.send('TERMINATE');
  await wheel.receive();
  await running;
});

test('a message tells who sent it', async (t) => {
  const open = closing(t);
  const pull = open(new Pull());
  await pull.bind('tcp://127.0.0.1:*');
  const pushes = ['a', 'b'].map((name) => {
    const push = open(new Push());
    push.setsockopt('METADATA', `X-name:${name}`);
    push.connect(pull.lastEndpoint);
    return push;
  });
  for (let round = 0; round < 20; round++) {
    for (const push of pushes) await push.send([push === pushes[0] ? 'a' : 'b', 'rest']);
  }
  const waiting = [];
  for (let count = 0; count < 40; count++) {
    // Some wait together, some are taken one by one.
    if (count % 3 === 0) waiting.push(pull.receiveMessage());
    else waiting.push(Promise.resolve(await pull.receiveMessage()));
  }
  for (const message of await Promise.all(waiting)) {
    const [name, rest] = message;
    assert.deepEqual([String(name), String(rest), message.frames.length], [message.get('X-name'), 'rest', 2]);
    assert.equal(message.get('peer-address'), '127.0.0.1');
    assert.equal(message.get('Socket-Type'), 'PUSH');
    assert.equal(message.get('User-Id'), null);
  }
  await assert.rejects(Object.assign(pull, { receiveTimeout: 1 }).receiveMessage(), { code: 'EAGAIN' });
});

test('it is known of many peers that are gone', async (t) => {
  const open = closing(t);
  const pull = open(new Pull());
  await pull.bind('tcp://127.0.0.1:*');
  const seen = pull.events;
  for (let number = 0; number < 100; number++) {
    const push = new Push();
    push.setsockopt('METADATA', `X-number:${number}`);
    push.connect(pull.lastEndpoint);
    await push.send(String(number));
    push.close();
    await until(seen, 'disconnect');
  }
  const numbers = new Set();
  for (let count = 0; count < 100; count++) {
    const message = await pull.receiveMessage();
    assert.equal(message.get('X-number'), String(message.frames[0]));
    numbers.add(String(message.frames[0]));
  }
  assert.equal(numbers.size, 100);
});

test('a context that cannot end names who is in the way', async (t) => {
  const context = new Context();
  const push = new Push({ context, linger: -1 });
  push.connect('tcp://127.0.0.1:1');
  await push.send('stays');
  await assert.rejects(context.terminate(10), { code: 'EAGAIN', message: /PUSH \(open, 1 unsent\)/ });
  assert.throws(() => context.terminateSync(10), { code: 'EAGAIN', message: /PUSH/ });
  push.close(0);
  await context.terminate();
  assert.throws(() => new Publisher({ context }), { code: 'ETERM' });
  assert.ok(zmq.Observer === Observer);
});

test('timers are called by who polls', () => {
  const timers = new zmq.Timers();
  assert.equal(timers.timeout(), -1);
  const called = [];
  const often = timers.add(0, (timer) => called.push(timer));
  const never = timers.add(3_600_000, () => called.push('never'));
  assert.equal(timers.timeout(), 0);
  timers.execute();
  timers.execute();
  assert.deepEqual(called, [often, often]);
  timers.cancel(often);
  timers.reset(never);
  assert.ok(timers.timeout() > 3_500_000);
  timers.setInterval(never, 0);
  timers.execute();
  assert.deepEqual(called, [often, often, 'never']);
  assert.throws(() => timers.cancel(often), { code: 'EINVAL' });
  for (const wrong of [-1, NaN, '1']) assert.throws(() => timers.add(wrong, () => {}), TypeError);
  assert.throws(() => timers.add(1), TypeError);
});

test('lists say who may connect', async (t) => {
  const open = closing(t);
  const keys = zmq.curveKeyPair();
  const [ann, bob] = [zmq.curveKeyPair(), zmq.curveKeyPair()];
  const server = open(new Pull({ curveServer: true, curveSecretKey: keys.secretKey }));
  server.allowCurve(new Set([ann.publicKey]));
  assert.throws(() => server.allowCurve(['short']), { code: 'EINVAL' });
  await server.bind('tcp://127.0.0.1:*');
  const refused = heard(server.events, 'handshake:error:auth');
  for (const { publicKey, secretKey } of [bob, ann]) {
    const client = open(new Push({ linger: 0, curveServerKey: keys.publicKey }));
    client.curvePublicKey = publicKey;
    client.curveSecretKey = secretKey;
    client.connect(server.lastEndpoint);
    await client.send(publicKey);
  }
  assert.equal(String((await server.receive())[0]), ann.publicKey);
  assert.equal((await refused)[0].error.status, 400);
  server.allowCurve(null);
  server.allowPlain({ ann: 'secret' });
  server.allowPlain(null);
});
