/** tls+tcp and wss: the options by each module's names, 30 MB in a message, and what errors say. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import nnmsg from '../lib/nnmsg.mjs';
import { Pair, Reply, Request } from '../lib/zmq.mjs';
import { closing } from './support.mjs';

const SCHEMES = ['tls+tcp', 'wss'];
const folder = mkdtempSync(join(tmpdir(), 'sockery-tls-'));
after(() => rmSync(folder, { recursive: true }));
const path = (name) => join(folder, name);
const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
openssl('req', '-x509', ...KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=authority',
  '-addext', 'basicConstraints=critical,CA:TRUE');
writeFileSync(path('ext'), 'subjectAltName=IP:127.0.0.1\n');
openssl('req', ...KEY, '-keyout', 'own.key', '-out', 'own.csr', '-subj', '/CN=own');
openssl('x509', '-req', '-in', 'own.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2',
  '-extfile', 'ext', '-out', 'own.pem');

for (const scheme of SCHEMES) {
  test(`zmq over ${scheme}`, async (t) => {
    const open = closing(t);
    const reply = open(new Reply({ tlsCert: path('own.pem'), tlsKey: readFileSync(path('own.key'), 'utf8') }));
    const request = open(new Request({ tlsCa: path('ca.pem') }));
    await reply.bind(`${scheme}://127.0.0.1:*`);
    request.connect(reply.lastEndpoint);
    const large = Buffer.alloc(30_000_000, 'large');
    await request.send(large);
    const [asked] = await reply.receive();
    assert.ok(asked.equals(large));
    await reply.send('answer');
    assert.equal(String((await request.receive())[0]), 'answer');
  });

  test(`nnmsg over ${scheme}`, async (t) => {
    const open = closing(t);
    const [one, other] = [open(nnmsg.socket.pair()), open(nnmsg.socket.pair())];
    one.setopt(nnmsg.NN_TLS_CERT, path('own.pem'));
    one.setopt(nnmsg.NN_TLS_KEY, path('own.key'));
    other.setopt(nnmsg.NN_TLS_CA, readFileSync(path('ca.pem'), 'utf8'));
    one.bind(`${scheme}://127.0.0.1:0`);
    other.connect(one.lastEndpoint);
    await other.send('hello');
    assert.equal(String(await one.recv()), 'hello');
  });
}

test('what is wrong is named', async (t) => {
  const pair = closing(t)(new Pair());
  await assert.rejects(async () => pair.bind('tls+tcp://127.0.0.1:*'), /TLS_CERT, TLS_KEY/);
  pair.tlsCa = '/no/such/file';
  assert.throws(() => pair.connect('wss://127.0.0.1:9'), /TLS_CA: cannot read \/no\/such\/file/);
});
