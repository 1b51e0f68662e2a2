/** The entry points, by require and by import, from any folder through NODE_PATH. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

test('every entry loads through NODE_PATH', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sockery-'));
  t.after(() => rmSync(folder, { recursive: true }));
  symlinkSync(root, join(folder, 'sockery'));
  const program = `
    for (const name of ['sockery', 'sockery/nnmsg', 'sockery/zmq', 'sockery/zmq/v5', 'sockery/socketcore', 'sockery/rtos'])
      require(name);
    if (require('sockery').zmq !== require('sockery/zmq')) process.exit(3);
    if (typeof require('sockery/zmq/v5').socket !== 'function') process.exit(4);`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', program], {
    cwd: tmpdir(),
    env: { ...process.env, NODE_PATH: folder },
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  assert.equal(status, 0);
});

test('import and require give the same modules', async () => {
  const { nnmsg, zmq } = await import('../lib/index.mjs');
  const { default: alone } = await import('../lib/nnmsg.mjs');
  const { Publisher } = await import('../lib/zmq.mjs');
  assert.equal(nnmsg, alone);
  assert.equal(zmq.Publisher, Publisher);
});
