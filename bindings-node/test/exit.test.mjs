/** When a process ends, and when it stays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { run } from './support.mjs';

const leaving = [
  ['after loading the library', ''],
  ['with an open socket', `nnmsg.socket.pull().bind('tcp://127.0.0.1:0')`],
  ['with a socket that connects to nobody', `nnmsg.socket.pull().connect('tcp://127.0.0.1:1')`],
  ['after a message was received', `
    const [a, b] = [nnmsg.socket.pair(), nnmsg.socket.pair()];
    a.bind('tcp://127.0.0.1:0'); b.connect(a.lastEndpoint);
    (async () => { await b.send('x'); await a.recv(); process.stdout.write('done'); })();`],
  ['with a receive of a socket that is unref\'d', `
    const a = nnmsg.socket.pair(); a.unref(); a.recv();`],
  ['after closing a socket that waited', `
    const a = nnmsg.socket.pair(); a.recv().catch(() => {}); setTimeout(() => a.close(), 5);`],
  ['with a classic socket without listener', `zmq.socket('pull').bindSync('tcp://127.0.0.1:0')`],
];

for (const [name, program] of leaving) {
  test(`a process ends ${name}`, async () => {
    const { code, stderr } = await run(program);
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });
}

const staying = [
  ['a receive waits', `nnmsg.socket.pull().recv()`],
  ['a send waits', `nnmsg.socket.push().send('x')`],
  ['a poll waits', `nnmsg.poll([{ fd: nnmsg.socket.pull(), events: 1 }])`],
  ['an iteration waits', `(async () => { for await (const _ of new zmq.Pull()); })()`],
  ['a classic socket listens', `zmq.socket('pull').on('message', () => {})`],
];

for (const [name, program] of staying) {
  test(`a process stays while ${name}`, async () => {
    // The collector runs too: what waits must not be taken away.
    const watch = `;setTimeout(() => { global.gc(); setTimeout(() => process.exit(7), 20).unref(); }, 20).unref();
      process.on('exit', (code) => { if (code !== 7) process.stdout.write('left'); });`;
    const { code, stdout } = await run(program + watch, { args: ['--expose-gc'] });
    assert.equal(stdout, '');
    assert.equal(code, 7);
  });
}

test('leaving without closing flushes what a peer takes', async () => {
  const { code, stdout } = await run(`
    const { spawnSync } = require('node:child_process');
    const pull = nnmsg.socket.pull();
    pull.bind('tcp://127.0.0.1:0');
    const other = "const { nnmsg } = require(" + JSON.stringify(require.resolve(process.argv[1])) + ");"
      + "const push = nnmsg.socket.push(); push.connect('" + pull.lastEndpoint + "');"
      + "(async () => { await push.waitForPeers(1); for (let i = 0; i < 1000; i++) await push.send('m' + i); })();";
    const child = require('node:child_process').spawn(process.execPath, ['-e', other], { stdio: 'inherit' });
    (async () => {
      for (let i = 0; i < 1000; i++) if (String(await pull.recv()) !== 'm' + i) process.exit(3);
      child.on('exit', (code) => { process.stdout.write('all ' + code); });
    })();`.replace('process.argv[1]', JSON.stringify(new URL('../lib/index.js', import.meta.url).pathname)));
  assert.equal(stdout, 'all 0');
  assert.equal(code, 0);
});

test('leaving with messages for nobody takes the budget and says so', async () => {
  const program = `
    const push = new zmq.Push(); push.connect('tcp://127.0.0.1:1'); push.send('x'); push.send('y');`;
  const { code, stderr, millis } = await run(program, { env: { SOCKERY_EXIT_MS: '100' } });
  assert.equal(code, 0);
  assert.match(stderr, /^sockery: 2 /);
  assert.ok(millis < 5000);
});

test('a blocking call ends by an interrupt', async () => {
  const program = `
    setTimeout(() => {}, 1);
    require('node:child_process').spawn('sh', ['-c', 'sleep 0.2; kill -INT ' + process.pid], { stdio: 'ignore' });
    nnmsg.socket.pull().recvSync();`;
  const { signal } = await run(program);
  assert.equal(signal, 'SIGINT');
});

test('with a handler, a blocking call ends with EINTR and the handler runs', async () => {
  const program = `
    process.on('SIGINT', () => process.stdout.write('handled'));
    require('node:child_process').spawn('sh', ['-c', 'sleep 0.2; kill -INT ' + process.pid], { stdio: 'ignore' });
    try { for (;;) nnmsg.socket.pull().recvSync(); } catch (error) { process.stdout.write(error.code + ' '); }
    setTimeout(() => {}, 50);`;
  const { stdout } = await run(program);
  assert.equal(stdout, 'EINTR handled');
});

test('term() ends every socket of nnmsg for good, and none of zmq', async () => {
  const program = `
    const one = nnmsg.socket.pair();
    const [a, b] = [new zmq.Pair(), new zmq.Pair()];
    a.bindSync('inproc://term'); b.connect('inproc://term');
    const codes = [];
    one.recv().catch((error) => codes.push(error.code)).then(async () => {
      try { one.sendSync('x'); } catch (error) { codes.push(error.code); }
      try { nnmsg.socket.pair(); } catch (error) { codes.push(error.code, nnmsg.lasterrno() === nnmsg._NN_ETERM); }
      await a.send('lives');
      codes.push(String(await b.receive()));
      process.stdout.write(codes.join(' '));
    });
    setTimeout(() => nnmsg.term(), 5);`;
  const { code, stdout, stderr } = await run(program);
  assert.equal(stderr, '');
  assert.equal(stdout, 'ETERM ETERM ETERM true lives');
  assert.equal(code, 0);
});
