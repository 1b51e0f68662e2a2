/** nnmsg: names, values, errors and queues. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import nnmsg, { socket } from '../lib/nnmsg.mjs';
import zmq from '../lib/zmq.mjs';
import { closing, joined, turn } from './support.mjs';

test('names of the document', () => {
  for (const name of ['pair', 'pub', 'sub', 'req', 'rep', 'push', 'pull', 'lasterr']) {
    assert.equal(typeof nnmsg.socket[name], 'function', name);
  }
  assert.equal(nnmsg._NN_PUSH, 0x50);
  assert.equal(nnmsg.NN_PUSH, 0x50);
  assert.equal(nnmsg._AF_SP, 1);
  assert.equal(nnmsg._NN_ETERM, 0x9523dfd);
  assert.match(nnmsg.version, /^\d+\.\d+\.\d+/);
});

test('a socket knows its handle, protocol and endpoints', (t) => {
  const one = closing(t)(nnmsg.socket(nnmsg._NN_PUSH));
  assert.equal(one.protocol, 0x50);
  assert.ok(one.handle > 0);
  assert.equal(one.lastEndpointId, undefined);
  assert.equal(one.bind('inproc://names'), true);
  assert.equal(typeof one.lastEndpointId, 'number');
  assert.equal(one.shutdown(), true);
  assert.throws(() => one.shutdown(), { code: 'EINVAL' });
  one.close();
  one.close();
  assert.equal(one.handle, undefined);
});

test('strings, buffers and views go out, buffers come in', async (t) => {
  const open = closing(t);
  const [pull, push] = await joined(open(socket.pull()), open(socket.push()));
  const words = Uint16Array.of(1, 2);
  for (const [data, size] of [['grüße', 7], [Buffer.from([0, 255]), 2], [words, 4], ['', 0], [words.buffer, 4]]) {
    assert.equal(await push.send(data), size);
    const got = await pull.recv();
    assert.ok(Buffer.isBuffer(got));
    assert.deepEqual(got, ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data));
  }
});

test('contexts ask at the same time, and end with their socket', async (t) => {
  const open = closing(t);
  const [rep, req] = await joined(open(socket.rep()), open(socket.req()));
  const contexts = ['0', '1', '2'].map(() => open(req.context()));
  await Promise.all(contexts.map((context, number) => context.send(String(number))));
  const answering = contexts.map(() => open(rep.context()));
  const asked = await Promise.all(answering.map((context) => context.recv()));
  await Promise.all(answering.map((context, place) => context.send(`re ${asked[place]}`)).reverse());
  const answers = await Promise.all(contexts.map((context) => context.recv()));
  assert.deepEqual(answers.map(String), ['re 0', 're 1', 're 2']);
  assert.throws(() => contexts[0].bind('tcp://127.0.0.1:0'), { code: 'ENOTSUP' });
  assert.throws(() => open(socket.pair()).context(), { code: 'ENOTSUP' });
  await contexts[1].send('?');
  const waiting = contexts[1].recv();
  req.close();
  await assert.rejects(waiting, { code: 'EBADF' });
});

test('raw sockets show headers and take them', async (t) => {
  const open = closing(t);
  const [rep, req] = await joined(open(socket.rawrep()), open(socket.req()));
  await req.send('?');
  const [body, header, pipe] = await rep.recvMsg();
  assert.equal(String(body), '?');
  assert.equal(header.length, 8);
  assert.equal(header.readUInt32BE(), pipe);
  assert.equal(await rep.sendMsg('!', header), 1);
  assert.equal(String(await req.recv()), '!');
  await assert.rejects(rep.sendMsg('!', 'abc'), { code: 'EINVAL' });
  await req.send('again');
  assert.equal(String(await rep.recv()), 'again');
});

test('the twins that block', async (t) => {
  const open = closing(t);
  const [pull, push] = await joined(open(socket.pull()), open(socket.push()));
  assert.equal(push.sendSync('one'), 3);
  assert.equal(pull.recvSync().toString(), 'one');
  push.sendTableSync({ a: 1 });
  assert.deepEqual(pull.recvTableSync(), { a: 1 });
  pull.setopt(nnmsg._NN_RCVTIMEO, 20);
  assert.throws(() => pull.recvSync(), { code: 'ETIMEDOUT' });
});

test('buffers are filled as far as they go, and the full size told', async (t) => {
  const open = closing(t);
  const [pull, push] = await joined(open(socket.pull()), open(socket.push()));
  await push.sendBuffer('abcdef', 5);
  const buffer = Buffer.alloc(3);
  assert.deepEqual(await pull.recvBuffer(buffer), [buffer, 5]);
  assert.equal(buffer.toString(), 'abc');
  await push.sendBuffer('xyz', 0);
  assert.equal((await pull.recvBuffer())[0].toString(), 'xyz');
});

test('every size arrives whole, in batches too', async (t) => {
  const open = closing(t);
  const pull = open(socket.pull());
  pull.setopt(nnmsg._NN_RCVMAXSIZE, -1);
  const [, push] = await joined(pull, open(socket.push()));
  const sizes = [];
  for (let place = 0; place < 3000; place++) sizes.push((place * 7919) % 2000);
  for (const size of [4095, 4096, 65535, 65536, 65537, 131072, 1 << 20, 3 << 20]) sizes.push(size, 1);
  const sent = Promise.all(sizes.map((size, place) => push.send(Buffer.alloc(size, place))));
  for (const [place, size] of sizes.entries()) {
    const got = await pull.recv();
    assert.equal(got.length, size, `message ${place}`);
    assert.ok(got.equals(Buffer.alloc(size, place)), `message ${place}`);
    assert.ok(got.buffer.byteLength <= Math.max(size, 128 * 1024), 'a small message pins a big slab');
  }
  await sent;
});

test('a timer ticks while a receive waits, and each receive gets its message', async (t) => {
  const open = closing(t);
  const [pull, push] = await joined(open(socket.pull()), open(socket.push()));
  const got = Promise.all([pull.recv(), pull.recv(), pull.recv()]);
  let ticks = 0;
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      if (++ticks === 3) resolve(clearInterval(timer));
    }, 1);
  });
  for (const word of ['a', 'b', 'c']) await push.send(word);
  assert.deepEqual((await got).map(String), ['a', 'b', 'c']);
});

test('calls that complete at once leave the loop its turns', async (t) => {
  const open = closing(t);
  const pair = [open(socket.pair()), open(socket.pair())];
  pair[0].bind('inproc://turns');
  pair[1].connect('inproc://turns');
  let turns = 0;
  let stop = false;
  const count = () => {
    turns += 1;
    if (!stop) setImmediate(count);
  };
  setImmediate(count);
  for (let place = 0; place < 5000; place++) {
    await pair[0].send('x');
    await pair[1].recv();
  }
  stop = true;
  assert.ok(turns >= 10, `${turns} turns`);
});

test('sends wait for room, in order, and time out', async (t) => {
  const open = closing(t);
  const push = open(socket.push());
  const pull = open(socket.pull());
  push.bind('tcp://127.0.0.1:0');
  await assert.rejects(push.send('x', nnmsg._NN_DONTWAIT), { code: 'EAGAIN', nnErrno: nnmsg._NN_EAGAIN });
  push.setopt(nnmsg._NN_SNDTIMEO, 10);
  await assert.rejects(push.send('x'), { code: 'ETIMEDOUT' });
  push.setopt(nnmsg._NN_SNDTIMEO, -1);
  const sent = Promise.all(['1', '2', '3'].map((word) => push.send(word)));
  pull.connect(push.lastEndpoint);
  assert.deepEqual(await sent, [1, 1, 1]);
  assert.deepEqual((await pull.recvMany(3)).concat().map(String)[0], '1');
});

test('many at once', async (t) => {
  const open = closing(t);
  const [pull, push] = await joined(open(socket.pull()), open(socket.push()));
  const words = Array.from({ length: 2000 }, (_, place) => String(place));
  const sent = push.sendMany(words);
  const got = [];
  while (got.length < words.length) got.push(...(await pull.recvMany(100)));
  assert.equal(await sent, words.length);
  assert.deepEqual(got.map(String), words);
});

test('poll and its iterators', async (t) => {
  const open = closing(t);
  const [pull, push] = await joined(open(socket.pull()), open(socket.push()));
  const items = [{ fd: pull, events: nnmsg._NN_POLLIN }];
  assert.equal(await nnmsg.poll(items, 0), 0);
  assert.equal(await nnmsg.poll(items, 5), 0);
  assert.equal(nnmsg.pollSync(items, 5), 0);
  setTimeout(() => push.send('x'), 5);
  const [ready] = await nnmsg.poll(items);
  assert.equal(ready.fd, pull);
  assert.equal(ready.revents, nnmsg._NN_POLLIN);
  const seen = [];
  for await (const [fd, revents] of nnmsg.eachIn([pull], 0)) seen.push([fd === pull, revents]);
  for await (const [fd, revents] of nnmsg.eachOut([push], 0)) seen.push([fd === push, revents]);
  assert.deepEqual(seen, [[true, 1], [true, 2]]);
  for await (const _ of nnmsg.eachInOut([pull, push], 0)) assert.fail('a one-way socket is an error');
  await assert.rejects(nnmsg.poll([{ fd: push, events: nnmsg._NN_POLLIN }], 0), { code: 'ENOPROTOOPT' });
});

test('poll sees what a batch brought along', async (t) => {
  const open = closing(t);
  const [pull, push] = await joined(open(socket.pull()), open(socket.push()));
  for (let place = 0; place < 100; place++) await push.send(String(place));
  const first = await pull.recvMany(1);
  let count = first.length;
  while (count < 100) {
    assert.notEqual(await nnmsg.poll([{ fd: pull, events: nnmsg._NN_POLLIN }], 10_000), 0);
    await pull.recv();
    count += 1;
  }
  assert.equal(nnmsg.pollSync([{ fd: pull, events: nnmsg._NN_POLLIN }], 0), 0);
});

test('subscriptions', async (t) => {
  const open = closing(t);
  const [pub, sub] = await joined(open(socket.pub()), open(socket.sub()));
  assert.equal(sub.subscribe('a'), true);
  await pub.sendMany(['b1', 'a1', 'a2']);
  assert.deepEqual([await sub.recv(), await sub.recv()].map(String), ['a1', 'a2']);
  assert.equal(sub.unsubscribe('a'), true);
});

test('options by number, level and name', (t) => {
  const one = closing(t)(socket.req());
  assert.equal(one.setopt(nnmsg._NN_LINGER, 5), true);
  assert.equal(one.getopt(nnmsg._NN_LINGER), 5);
  assert.equal(one.getopt('NN_LINGER'), 5);
  assert.equal(one.getopt('linger'), 5);
  one.setopt(nnmsg._NN_REQ_RESEND_IVL, 1234, nnmsg._NN_REQ);
  assert.equal(one.getopt(nnmsg._NN_REQ_RESEND_IVL, undefined, nnmsg._NN_REQ), 1234);
  const bytes = Buffer.alloc(4);
  assert.deepEqual(one.getopt(nnmsg._NN_LINGER, bytes), [bytes, 4]);
  assert.equal(bytes.readInt32LE(), 5);
  one.setopt(nnmsg._NN_SOCKET_NAME, 'me');
  assert.equal(one.getopt(nnmsg._NN_SOCKET_NAME), 'me');
});

test('bad input', async (t) => {
  const open = closing(t);
  const req = open(socket.req());
  const cases = [
    [() => nnmsg.socket(9999), 'EINVAL'],
    [() => nnmsg.socket(nnmsg._NN_REQ, 77), 'EAFNOSUPPORT'],
    [() => req.bind('nonsense'), 'EINVAL'],
    [() => req.bind('gopher://x'), 'EPROTONOSUPPORT'],
    [() => req.setopt(9999, 1), 'ENOPROTOOPT'],
    [() => req.setopt(nnmsg._NN_SNDTIMEO, 'soon'), 'EINVAL'],
    [() => req.setopt(nnmsg._NN_SNDTIMEO, 1.5), 'EINVAL'],
    [() => req.setopt(nnmsg._NN_SNDTIMEO, Buffer.alloc(3)), 'EINVAL'],
    [() => req.recvSync(), 'EFSM'],
    [() => req.subscribe('x'), 'ENOPROTOOPT'],
  ];
  for (const [call, code] of cases) {
    assert.throws(call, (error) => {
      assert.equal(error.code, code, `${call}: ${error.message}`);
      assert.equal(typeof error.errno, 'number');
      assert.equal(nnmsg.lasterrno(), error.nnErrno);
      return true;
    });
  }
  await assert.rejects(req.recv(), { code: 'EFSM', nnErrno: nnmsg._NN_EFSM });
  assert.throws(() => req.bind(5), TypeError);
  for (const value of [undefined, null, 5, {}, [], () => 1]) assert.throws(() => req.send(value), TypeError);
  for (const value of [undefined, 7, 'pair']) assert.throws(() => new nnmsg.Socket(value, 'x'), TypeError);
  assert.equal(nnmsg.lasterr().length, 2);
  // It is none the worse for it.
  req.bind('inproc://bad-input');
  const rep = open(socket.rep());
  rep.connect('inproc://bad-input');
  await req.send('q');
  assert.equal(String(await rep.recv()), 'q');
});

test('closing ends what waits', async () => {
  const one = socket.pair();
  const waiting = [one.recv(), one.recv(), one.send('x')];
  const watched = nnmsg.poll([{ fd: one, events: nnmsg._NN_POLLIN }]);
  await turn();
  one.close();
  for (const promise of waiting) await assert.rejects(promise, { code: 'EBADF' });
  await assert.rejects(one.recv(), { code: 'EBADF' });
  await assert.rejects(watched, { code: 'EBADF' });
  for await (const _ of one) assert.fail();
});

test('iteration ends with the socket', async (t) => {
  const open = closing(t);
  const [pull, push] = await joined(open(socket.pull()), open(socket.push()));
  await push.sendMany(['1', '2', 'end']);
  const seen = [];
  for await (const message of pull) {
    seen.push(String(message));
    if (seen.at(-1) === 'end') pull.close();
  }
  assert.deepEqual(seen, ['1', '2', 'end']);
});

test('a device joins raw sockets, and those of zmq', async (t) => {
  const open = closing(t);
  const raw = (name) => open(nnmsg.socket(nnmsg[`NN_${name}`], nnmsg.AF_SP_RAW));
  const [pull, push] = [raw('PULL'), open(new zmq.Push())];
  pull.bind('tcp://127.0.0.1:0');
  await push.bind('tcp://127.0.0.1:*');
  const ended = assert.rejects(pull.device(push), { code: 'EBADF' });
  const [source, target] = [open(socket.push()), open(new zmq.Pull())];
  source.connect(pull.lastEndpoint);
  target.connect(push.lastEndpoint);
  await source.send('through');
  assert.equal(String(await target.receive()), 'through');
  pull.close();
  await ended;

  const [xsub, publisher] = [open(new zmq.XSubscriber()), raw('PUB')];
  await xsub.bind('tcp://127.0.0.1:*');
  const news = open(new zmq.XPublisher());
  news.connect(xsub.lastEndpoint);
  const topics = assert.rejects(publisher.device(xsub, ['a', Buffer.from('b')]), { code: 'EBADF' });
  assert.deepEqual([String(await news.receive()), String(await news.receive())], ['\u0001a', '\u0001b']);
  publisher.close();
  await topics;

  await assert.rejects(open(socket.pull()).device(), { code: 'EINVAL', message: /raw/ });
  await assert.rejects(raw('PUSH').device(raw('PUSH')), { code: 'EINVAL' });
  await assert.rejects(raw('PULL').device({}), TypeError);
  await assert.rejects(raw('SUB').device(raw('PUB'), [1]), TypeError);
});

test('the address of a peer', async (t) => {
  const open = closing(t);
  const [one, other] = [open(nnmsg.socket.pair1()), open(nnmsg.socket.pair1())];
  one.setopt(nnmsg.NN_PAIR1_POLY, 1, nnmsg.NN_PAIR1);
  one.bind('tcp://127.0.0.1:0');
  other.connect(one.lastEndpoint);
  await other.send('x');
  const [body, , pipe] = await one.recvMsg();
  assert.equal(String(body), 'x');
  assert.match(one.peerAddress(pipe), /^tcp:\/\/127\.0\.0\.1:\d+$/);
  assert.notEqual(one.peerAddress(pipe), one.lastEndpoint);
  assert.equal(one.peerAddress(pipe + 1), null);
});
