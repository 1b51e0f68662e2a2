/** The collector closes sockets that nobody holds, and no others. Needs --expose-gc. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import nnmsg from '../lib/nnmsg.mjs';
import { closing, turn } from './support.mjs';

const options = { skip: global.gc === undefined && 'run with --expose-gc' };

/** Collects until `check` holds, for as long as a collector may need. */
async function collected(check) {
  for (let round = 0; round < 200 && !check(); round++) {
    global.gc();
    await turn();
  }
  assert.ok(check());
}

test('a socket that nobody holds is closed', options, async (t) => {
  const pull = closing(t)(nnmsg.socket.pull());
  pull.bind('tcp://127.0.0.1:0');
  (() => nnmsg.socket.push().connect(pull.lastEndpoint))();
  await pull.waitForPeers(1, 10_000);
  await collected(() => pull.peers === 0);
});

test('a socket that received, and is let go, is closed too', options, async (t) => {
  const pull = closing(t)(nnmsg.socket.push());
  pull.bind('tcp://127.0.0.1:0');
  await (async () => {
    const one = nnmsg.socket.pull();
    one.connect(pull.lastEndpoint);
    const got = one.recv();
    await pull.send('x');
    await got;
  })();
  await collected(() => pull.peers === 0);
});

test('a socket whose receive waits lives', options, async (t) => {
  const push = closing(t)(nnmsg.socket.push());
  push.bind('tcp://127.0.0.1:0');
  const got = (() => {
    const pull = nnmsg.socket.pull();
    pull.connect(push.lastEndpoint);
    return pull.recv();
  })();
  await push.waitForPeers(1, 10_000);
  for (let round = 0; round < 20; round++) {
    global.gc();
    await turn();
  }
  assert.equal(push.peers, 1);
  await push.send('still there');
  assert.equal(String(await got), 'still there');
});
