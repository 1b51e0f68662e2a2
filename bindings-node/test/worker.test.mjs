/** Several environments in one process. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import nnmsg from '../lib/nnmsg.mjs';
import { closing, library, run } from './support.mjs';

const worker = (program) =>
  new Worker(`const { nnmsg, zmq } = require(${JSON.stringify(library)});
    const { parentPort, workerData } = require('node:worker_threads');${program}`, { eval: true });

test('workers and the main thread talk over inproc', async (t) => {
  const pull = closing(t)(nnmsg.socket.pull());
  pull.bind('inproc://workers');
  const workers = ['a', 'b', 'c'].map((name) => worker(`
    const push = nnmsg.socket.push();
    push.connect('inproc://workers');
    (async () => { for (let i = 0; i < 100; i++) await push.send('${name}' + i); push.close(); })();`));
  const ended = Promise.all(workers.map((one) => once(one, 'exit')));
  const counts = { a: 0, b: 0, c: 0 };
  for (let i = 0; i < 300; i++) {
    const text = String(await pull.recv());
    assert.equal(Number(text.slice(1)), counts[text[0]]++, 'each in order');
  }
  await ended;
});

test('a worker that is terminated while it waits leaves the rest alone', async (t) => {
  const pull = closing(t)(nnmsg.socket.pull());
  pull.bind('tcp://127.0.0.1:0');
  for (let round = 0; round < 5; round++) {
    const one = worker(`
      const push = nnmsg.socket.push();
      push.connect('${pull.lastEndpoint}');
      nnmsg.socket.pull().recv();
      push.send('up');`);
    assert.equal(String(await pull.recv()), 'up');
    await one.terminate();
  }
});

test('messages that go on arriving while a worker dies', async () => {
  const { code, stderr } = await run(`
    const { Worker } = require('node:worker_threads');
    const push = nnmsg.socket.push();
    push.bind('tcp://127.0.0.1:0');
    (async () => {
      for (let round = 0; round < 5; round++) {
        const one = new Worker(\`const { nnmsg } = require(process.argv[2]);
          const pull = nnmsg.socket.pull(); pull.connect(process.argv[3]);
          (async () => { for await (const _ of pull); })();\`,
          { eval: true, argv: [${JSON.stringify(library)}, push.lastEndpoint] });
        for (let i = 0; i < 2000; i++) await push.send('x');
        await one.terminate();
      }
      process.exit(0);
    })();`);
  assert.equal(stderr, '');
  assert.equal(code, 0);
});
