/** zmq: the three forms. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';

import zmq, { Dealer, Pair, Publisher, Pull, Push, Reply, Request, Router, Stream, Subscriber, XPublisher } from '../lib/zmq.mjs';
import v5 from '../lib/zmq-v5.mjs';
import { closing, joined, library } from './support.mjs';

const texts = (frames) => frames.map(String);

test('constants by both names', () => {
  const kinds = { PAIR: 0, PUB: 1, SUB: 2, REQ: 3, REP: 4, DEALER: 5, ROUTER: 6, PULL: 7, PUSH: 8, XPUB: 9, XSUB: 10, STREAM: 11 };
  for (const [name, value] of Object.entries(kinds)) {
    assert.equal(zmq[name], value);
    assert.equal(v5[`ZMQ_${name}`], value);
  }
  assert.equal(zmq.SNDMORE, v5.ZMQ_SNDMORE);
});

test('requests and replies', async (t) => {
  const open = closing(t);
  const [reply, request] = await joined(open(new Reply()), open(new Request()));
  await request.send(['a', Buffer.from('b'), 3, null]);
  assert.deepEqual(texts(await reply.receive()), ['a', 'b', '3', '']);
  await assert.rejects(request.send('again'), { code: 'EFSM' });
  await reply.send('answer');
  assert.deepEqual(texts(await request.receive()), ['answer']);
});

test('sends that wait are queued, none is refused as busy', async (t) => {
  const open = closing(t);
  const push = open(new Push({ sendHighWaterMark: 1 }));
  const pull = open(new Pull({ receiveHighWaterMark: 1 }));
  await push.bind('tcp://127.0.0.1:0');
  const sent = Promise.all(Array.from({ length: 500 }, (_, place) => push.send(String(place))));
  pull.connect(push.lastEndpoint);
  let next = 0;
  for await (const [frame] of pull) {
    assert.equal(String(frame), String(next++));
    if (next === 500) break;
  }
  await sent;
});

test('timeouts', async (t) => {
  const one = closing(t)(new Dealer({ receiveTimeout: 5, sendTimeout: 5 }));
  await assert.rejects(one.receive(), { code: 'EAGAIN' });
  await assert.rejects(one.send('x'), { code: 'EAGAIN' });
  one.receiveTimeout = 0;
  await assert.rejects(one.receive(), { code: 'EAGAIN' });
});

test('topics', async (t) => {
  const open = closing(t);
  const [pub, sub] = await joined(open(new Publisher()), open(new Subscriber()));
  sub.subscribe('a', 'b');
  await pub.waitForSubscribers('a', 1, 10_000);
  await pub.waitForSubscribers('b', 1, 10_000);
  await pub.send(['c', '0']);
  await pub.send(['a', '1']);
  await pub.send(['b', '2']);
  assert.deepEqual(texts(await sub.receive()), ['a', '1']);
  assert.deepEqual(texts(await sub.receive()), ['b', '2']);
  assert.equal(pub.receive, undefined);
  assert.equal(sub.send, undefined);
  await assert.rejects(pub.waitForSubscribers('zz', 1, 5), { code: 'ETIMEDOUT' });
});

test('XPUB hears of subscriptions', async (t) => {
  const open = closing(t);
  const [pub, sub] = await joined(open(new XPublisher()), open(new Subscriber()));
  sub.subscribe('t');
  assert.deepEqual(await pub.receive(), [Buffer.from('\x01t')]);
});

for (const [verbosity, expected] of [[null, '+-'], ['allSubs', '++-'], ['allSubsUnsubs', '++--']]) {
  test(`XPUB tells as much as its verbosity says (${verbosity})`, async (t) => {
    const open = closing(t);
    const xpub = open(new XPublisher({ verbosity: 'allSubsUnsubs', receiveTimeout: 10_000 }));
    xpub.verbosity = verbosity; // the one set last counts
    await xpub.bind('tcp://127.0.0.1:0');
    const subs = ['end 0', 'end 1'].map((end) => ({ end, sub: open(new Subscriber()) }));
    for (const { sub } of subs) {
      sub.subscribe('t');
      sub.connect(xpub.lastEndpoint);
    }
    await xpub.waitForSubscribers('t', 2, 10_000);
    for (const { sub, end } of subs) {
      sub.unsubscribe('t');
      sub.subscribe(end);
    }
    let heard = '';
    for (let ends = 0; ends < 2; ) {
      const [event] = await xpub.receive();
      if (String(event.subarray(1)) === 't') heard += event[0] === 1 ? '+' : '-';
      else ends++;
    }
    assert.equal(heard, expected);
  });
}

test('a verbosity that there is none of is refused', (t) => {
  const xpub = closing(t)(new XPublisher());
  assert.throws(() => (xpub.verbosity = 'much'), { name: 'TypeError', message: /null, "allSubs", "allSubsUnsubs", not "much"/ });
});

for (const option of ['manual', 'manualLastValue']) {
  test(`XPUB by hand (${option}) subscribes for the peer whose wish was read last, not for one after it`, async (t) => {
    const open = closing(t);
    const xpub = open(new XPublisher({ [option]: true }));
    await xpub.bind('tcp://127.0.0.1:0');
    const names = Array.from({ length: 20 }, (_, place) => `name-${place};`);
    const subs = names.map(() => open(new Subscriber({ receiveTimeout: 10_000 })));
    for (const [place, sub] of subs.entries()) {
      sub.subscribe(names[place]);
      sub.connect(xpub.lastEndpoint);
    }
    await xpub.waitForPeers(subs.length, 10_000); // their wishes are right behind
    for (const _ of subs) {
      const [wish] = await xpub.receive();
      const name = String(wish.subarray(1));
      xpub.subscribe(name);
      await xpub.send(name);
    }
    for (const [place, sub] of subs.entries()) assert.deepEqual(texts(await sub.receive()), [names[place]]);
  });
}

test('STREAM talks with plain TCP, in both roles', async (t) => {
  const open = closing(t);
  const stream = open(new Stream({ notify: false }));
  await stream.bind('tcp://127.0.0.1:0');
  const client = net.connect(Number(stream.lastEndpoint.split(':').at(-1)), '127.0.0.1');
  client.write('GET');
  const [id, request] = await stream.receive();
  assert.deepEqual([id.length, id[0], String(request)], [5, 0, 'GET']);
  await stream.send([id, 'page', id, null]);
  const page = [];
  for await (const bytes of client) page.push(bytes);
  assert.equal(String(Buffer.concat(page)), 'page');

  const server = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const dialer = open(new Stream());
  dialer.connect(`tcp://127.0.0.1:${server.address().port}`, { routingId: 'server' });
  await dialer.send(['server', 'echo']);
  assert.deepEqual(texts(await dialer.receive()), ['server', '']);
  assert.deepEqual(texts(await dialer.receive()), ['server', 'echo']);
});

test('many parts, and parts of every size', async (t) => {
  const open = closing(t);
  const [router, dealer] = await joined(open(new Router()), open(new Dealer({ routingId: 'me' })));
  const parts = Array.from({ length: 3000 }, (_, place) => Buffer.alloc(place % 50, place));
  parts.push(Buffer.alloc(100_000, 1), Buffer.alloc(0));
  await dealer.send(parts);
  const [id, ...rest] = await router.receive();
  assert.equal(String(id), 'me');
  assert.equal(rest.length, parts.length);
  rest.forEach((part, place) => assert.ok(part.equals(parts[place]), `part ${place}`));
  await router.send([id, 'back']);
  assert.deepEqual(texts(await dealer.receive()), ['back']);
});

test('options', (t) => {
  const one = closing(t)(new Router({ linger: 7, mandatory: true, maxMessageSize: 1000 }));
  assert.equal(one.linger, 7);
  assert.equal(one.maxMessageSize, 1000);
  assert.equal(one.ipv6, false);
  one.ipv6 = true;
  assert.equal(one.ipv6, true);
  assert.equal(one.routingId, null);
  one.routingId = 'x';
  assert.equal(one.routingId, 'x');
  assert.equal(one.getsockopt('ZMQ_LINGER'), 7);
  assert.equal(one.getsockopt(zmq.LINGER), 7);
  assert.throws(() => new Router({ nonsense: 1 }), TypeError);
  assert.throws(() => (one.linger = 'x'), { code: 'EINVAL' });
  assert.throws(() => (one.lastEndpoint = 'x'), TypeError);
});

test('contexts', async (t) => {
  const context = new zmq.Context({ maxSockets: 2 });
  assert.equal(context.maxSockets, 2);
  const open = closing(t);
  const one = open(new Pair({ context }));
  open(new Pair({ context }));
  assert.throws(() => new Pair({ context }), { code: 'EMFILE' });
  const waiting = one.receive();
  const done = context.terminate();
  await assert.rejects(waiting, { code: 'ETERM' });
  await assert.rejects(one.receive(), { code: 'ETERM' });
  assert.equal(context.closed, true);
  assert.throws(() => new Pair({ context }), { code: 'ETERM' });
  one.close();
  await assert.rejects(context.terminate(1), { code: 'EAGAIN' });
  t.after(() => done);
});

test('bad input', async (t) => {
  const open = closing(t);
  const one = open(new Request());
  await assert.rejects(one.bind('nonsense'), { code: 'EINVAL' });
  await assert.rejects(one.bind('gopher://x'), { code: 'EPROTONOSUPPORT' });
  assert.throws(() => one.connect('tcp://127.0.0.1'), { code: 'EINVAL' });
  await assert.rejects(one.unbind('tcp://127.0.0.1:1'), { code: 'ENOENT' });
  assert.throws(() => one.setsockopt(9999, 1), { code: 'EINVAL' });
  await assert.rejects(one.send({}), TypeError);
  await assert.rejects(one.send(['a', Symbol('x')]), TypeError);
  await assert.rejects(one.receive(), { code: 'EFSM' });
  one.close();
  await assert.rejects(one.send('x'), { code: 'ENOTSOCK' });
  await assert.rejects(one.receive(), { code: 'ENOTSOCK' });
  assert.equal(one.closed, true);
  const refused = await one.receive().catch((error) => error);
  assert.equal(refused.errno, zmq.ENOTSOCK);
  assert.ok(refused.message.startsWith(zmq.strerror(refused.errno)), refused.message);
  assert.equal(zmq.strerror(4711), 'unknown error 4711');
});

test("fibjs's form", async (t) => {
  const open = closing(t);
  const [a, b] = [open(new zmq.Socket()), open(new zmq.Socket(zmq.PAIR))];
  assert.equal(a.type, zmq.PAIR);
  assert.equal(a.bind('inproc://fibjs'), undefined);
  assert.equal(b.connect('inproc://fibjs'), undefined);
  assert.equal(a.send(Buffer.from('one')), undefined);
  assert.equal(String(b.recv()), 'one');
  a.send('two', true);
  a.send('three');
  assert.equal(String(b.recvSync()), 'two');
  assert.equal(b.rcvMore, true);
  assert.equal(String(b.recvSync()), 'three');
  assert.equal(b.rcvMore, false);
  const called = new Promise((resolve, reject) => {
    assert.equal(b.recv((error, frame) => (error ? reject(error) : resolve(frame))), undefined);
  });
  const both = [b.recvAsync(), b.recvAsync()];
  a.send('four');
  a.send('five', true);
  a.send('six');
  assert.equal(String(await called), 'four');
  assert.deepEqual(texts(await Promise.all(both)), ['five', 'six']);
  for (const type of [99, -1, 1.5, {}, true, null]) assert.throws(() => new zmq.Socket(type));
  a.close();
  a.close();
  assert.throws(() => a.type, { code: 'ENOTSOCK' });
  assert.throws(() => a.send('x'), { code: 'ENOTSOCK' });
});

test("the classic form", async (t) => {
  const pub = v5.socket('pub');
  const sub = zmq.socket('sub');
  assert.ok(sub instanceof zmq.Socket && sub instanceof v5.Socket);
  assert.equal(pub.type, 'pub');
  await new Promise((resolve, reject) => {
    pub.bind('tcp://127.0.0.1:0', (error) => (error ? reject(error) : resolve()));
  });
  assert.equal(sub.connect(pub.last_endpoint), sub);
  assert.equal(sub.subscribe('t'), sub);
  await pub.waitForSubscribers('t', 1, 10_000);
  assert.equal(pub.send(['t', 'one']), pub);
  assert.deepEqual(texts(await once(sub, 'message')), ['t', 'one']);
  pub.send('t', v5.ZMQ_SNDMORE).send('two', 0, (error) => assert.ifError(error));
  assert.deepEqual(texts(await once(sub, 'message')), ['t', 'two']);
  sub.linger = 3;
  assert.equal(sub.linger, 3);
  assert.equal(sub.getsockopt('linger'), 3);
  assert.equal(sub.setsockopt(v5.ZMQ_LINGER, 4).getsockopt(v5.ZMQ_LINGER), 4);
  assert.throws(() => v5.socket('nonsense'), TypeError);
  assert.throws(() => pub.bindSync('nonsense'), { code: 'EINVAL' });
  const failed = new Promise((resolve) => pub.bind('nonsense', resolve));
  assert.equal((await failed).code, 'EINVAL');
  pub.close();
  sub.close();
  assert.throws(() => pub.send('x'), { code: 'ENOTSOCK' });
});

test('the classic form pauses, reads and resumes', async (t) => {
  const [a, b] = [v5.socket('pair'), v5.socket('pair')];
  t.after(() => [a, b].forEach((one) => one.close()));
  a.bindSync('inproc://classic');
  b.connect('inproc://classic');
  assert.equal(b.read(), null);
  b.pause();
  const seen = [];
  b.on('message', (frame) => seen.push(String(frame)));
  a.send('1').send('2').send('3');
  assert.deepEqual(texts(b.read()), ['1']);
  assert.deepEqual(seen, []);
  b.resume();
  await once(b, 'message');
  while (seen.length < 2) await once(b, 'message');
  assert.deepEqual(seen, ['2', '3']);
});

test('the classic form delivers what a listener left behind when it threw, and long bursts', async (t) => {
  const [a, b] = [v5.socket('pair'), v5.socket('pair')];
  t.after(() => [a, b].forEach((one) => one.close()));
  a.bindSync('inproc://bursts');
  b.connect('inproc://bursts');
  for (let place = 0; place < 900; place++) a.send(String(place));
  let next = 0;
  await new Promise((resolve) => {
    b.on('message', (frame) => {
      assert.equal(String(frame), String(next));
      if (++next === 900) resolve();
    });
  });
});

test('the classic form asks one after another what was sent at once, and takes answers that come later', async (t) => {
  const [req, rep] = [v5.socket('req'), v5.socket('rep')];
  t.after(() => [req, rep].forEach((one) => one.close()));
  rep.bindSync('tcp://127.0.0.1:0');
  assert.equal(rep.read(), null);
  rep.on('message', (question) => setImmediate(() => rep.send(`re ${question}`)));
  req.connect(rep.last_endpoint);
  const sent = [];
  for (const question of ['1', '2', '3']) req.send(question, 0, (error) => sent.push(error));
  const answers = [];
  req.on('message', (answer) => answers.push(String(answer)));
  while (answers.length < 3) await once(req, 'message');
  assert.deepEqual(answers, ['re 1', 're 2', 're 3']);
  assert.deepEqual(sent, [undefined, undefined, undefined]);
  assert.equal(req.read(), null);
  // A pause on either side is none of the other's business.
  setImmediate(() => req.send('4'));
  assert.deepEqual(texts(await once(req, 'message')), ['re 4']);
});

test('poll of zmq sockets', async (t) => {
  const open = closing(t);
  const [a, b] = await joined(open(new Pair()), open(new Pair()));
  assert.deepEqual(await zmq.poll([{ socket: a, events: zmq.POLLIN }], 0), [0]);
  const ready = zmq.poll([{ socket: a, events: zmq.POLLIN }, { socket: b, events: zmq.POLLIN }]);
  await b.send('x');
  assert.deepEqual(await ready, [zmq.POLLIN, 0]);
  assert.equal(a.readable, true);
  assert.equal(b.readable, false);
  assert.deepEqual(zmq.pollSync([{ socket: b, events: zmq.POLLOUT }], 1000), [zmq.POLLOUT]);
  assert.equal(a.recvSync().toString(), 'x');
  await b.send(['one', 'two']);
  assert.equal(a.recvSync().toString(), 'one');
  assert.deepEqual([await zmq.poll([{ socket: a }]), a.readable], [[zmq.POLLIN], true]);
  assert.equal(a.recvSync().toString(), 'two');
  assert.deepEqual([zmq.pollSync([{ socket: a }], 0), a.readable], [[0], false]);
});

test('a proxy carries messages both ways until a socket is closed', async (t) => {
  const open = closing(t);
  const [front, back] = [open(new Router()), open(new Dealer())];
  await front.bind('inproc://proxy-front');
  await back.bind('inproc://proxy-back');
  const [request, reply] = [open(new Request()), open(new Reply())];
  request.connect('inproc://proxy-front');
  reply.connect('inproc://proxy-back');
  const proxy = new zmq.Proxy(front, back);
  const done = proxy.run();
  await request.send('q');
  assert.deepEqual(texts(await reply.receive()), ['q']);
  await reply.send('a');
  assert.deepEqual(texts(await request.receive()), ['a']);
  proxy.terminate();
  await done;
});

test('keys, and CURVE between two sockets', async (t) => {
  const open = closing(t);
  const [ours, theirs] = [zmq.curveKeyPair(), zmq.curveKeyPair()];
  assert.equal(zmq.curvePublic(ours.secretKey), ours.publicKey);
  assert.equal(zmq.z85Encode(zmq.z85Decode(ours.publicKey)), ours.publicKey);
  assert.equal(zmq.capability.curve, true);
  for (const wrong of ['', 'short', ' '.repeat(40)]) {
    assert.throws(() => zmq.curvePublic(wrong), { code: 'EINVAL' });
  }
  assert.throws(() => zmq.z85Decode('Hell'), { code: 'EINVAL' });
  const pull = open(new Pull({ curveServer: true, curveSecretKey: ours.secretKey }));
  const push = open(
    new Push({ curveServerKey: ours.publicKey, curvePublicKey: theirs.publicKey, curveSecretKey: theirs.secretKey }),
  );
  await joined(pull, push);
  await push.send('hello');
  assert.deepEqual(texts(await pull.receive()), ['hello']);
});

test('a socket that listens already is taken over', async (t) => {
  // A process gets it as its third descriptor, as systemd hands one to a service.
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `tcp://127.0.0.1:${server.address().port}`;
  const program = `
    const { zmq } = require(${JSON.stringify(library)});
    const reply = zmq.socket('rep');
    reply.setsockopt('USE_FD', 3);
    reply.on('message', (question) => reply.send(question + ' at ' + reply.last_endpoint));
    reply.bindSync('tcp://127.0.0.1:*');`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'inherit', 'inherit', server._handle.fd] });
  t.after(() => child.kill());
  server.close();
  const request = closing(t)(new Request({ receiveTimeout: 10_000 }));
  request.connect(address);
  await request.send('x');
  assert.deepEqual(texts(await request.receive()), [`x at ${address}`]);
});
