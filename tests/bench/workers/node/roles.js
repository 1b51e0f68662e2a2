'use strict';
/**
 * The roles of the worker protocol for Node.
 *
 * `play(openSocket)` wants `openSocket(kind, bind, url)`, which gives (a promise of) an object with
 * `send(buffer)` and `recv()`, both awaited; kinds are push, pull, req, rep, pub and sub.
 */
const { writeSync } = require('node:fs');

const [role, url, size, count] = process.argv.slice(-4).map((word, at) => (at < 2 ? word : Number(word)));
const warmUp = Math.floor(count / 10);
const measured = count - warmUp;
const body = Buffer.alloc(size, 'x');

const say = (line) => writeSync(1, `${line}\n`);
const now = () => Number(process.hrtime.bigint()) / 1e9;
const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const began = processor();
const rest = () => new Promise((done) => setTimeout(done, 1));

function tell(messages, seconds, trips = []) {
  const result = { n: messages, secs: seconds, cpu: processor() - began };
  if (trips.length > 0) {
    trips.sort((a, b) => a - b);
    result.p50 = trips[trips.length >> 1] * 1e6;
    result.p99 = trips[Math.floor(trips.length * 0.99)] * 1e6;
  }
  say(JSON.stringify(result));
}

function check(message) {
  if (message.length !== size) throw new Error(`received ${message.length} bytes instead of ${size}`);
}

async function pull(sock) {
  let start = now();
  for (let number = 0; number < count; number++) {
    if (number === warmUp) start = now();
    check(await sock.recv());
  }
  tell(measured, now() - start);
}

async function push(sock) {
  for (let number = 0; number < count; number++) await sock.send(body);
}

async function req(sock) {
  let trips = [];
  let start = now();
  for (let number = 0; number < count; number++) {
    const asked = now();
    if (number === warmUp) [start, trips] = [asked, []];
    await sock.send(body);
    check(await sock.recv());
    trips.push(now() - asked);
  }
  tell(measured, now() - start, trips);
}

async function rep(sock) {
  for (let number = 0; number < count; number++) await sock.send(await sock.recv());
}

async function pub(sock, harness) {
  while (!harness.spoke) {
    await sock.send(Buffer.from('H'));
    await rest();
  }
  await push(sock);
  while (!harness.ended) {
    await rest();
    await sock.send(Buffer.from('E'));
  }
}

async function sub(sock) {
  await sock.recv();
  say('READY');
  while ((await sock.recv()).length !== size);
  let received = 1;
  const start = now();
  while ((await sock.recv()).length === size) received++;
  tell(received, now() - start);
}

async function idle() {}

/** Of each role: its kind of socket, what it does, whether it binds, whether it ends with its processor time. */
const ROLES = {
  pull: ['pull', pull, true, false],
  push: ['push', push, false, true],
  rep: ['rep', rep, true, true],
  req: ['req', req, false, false],
  pub: ['pub', pub, true, true],
  sub: ['sub', sub, false, false],
  idle: ['pull', idle, true, false],
};
const PAIRS = { 'both-pushpull': [pull, push], 'both-reqrep': [req, rep] };

/** What the harness said: a line, or the end of its speech. */
function listen() {
  const harness = { spoke: false, ended: false };
  process.stdin.on('data', () => (harness.spoke = true));
  harness.end = new Promise((done) => process.stdin.on('end', done)).then(() => (harness.ended = true));
  return harness;
}

/** The pair in one loop: the first half binds, the other connects. Gives both, so that neither is collected. */
async function both(openSocket, [here, there]) {
  const sock = await openSocket(here.name, true, url);
  const other = await openSocket(there.name, false, url);
  await Promise.all([here(sock), there(other)]);
  return [sock, other];
}

async function act(openSocket, harness) {
  if (PAIRS[role]) {
    const sockets = await both(openSocket, PAIRS[role]);
    await harness.end;
    return sockets;
  }
  const [kind, does, binds, tells] = ROLES[role];
  const sock = await openSocket(kind, binds, url);
  if (binds) say('READY');
  await does(sock, harness);
  await harness.end;
  if (tells) say(JSON.stringify({ cpu: processor() - began }));
  return sock; // and so it is not collected before
}

/** Plays the role that the command line names, to its end; nothing is closed after it. */
exports.play = (openSocket) =>
  act(openSocket, listen()).then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(3);
    },
  );
