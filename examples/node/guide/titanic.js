'use strict';
/**
 * Titanic: requests that outlive the broker, which has them on disk before it says that it has them.
 *
 * A client hands in a request and gets a ticket; with that it asks for the answer, as often as it
 * likes, and at last says that it has it. Requests and answers are files. Here the broker dies with
 * all that is in its memory; the next one finds the request in the same folder and has it answered.
 *
 * Run it: node examples/node/guide/titanic.js
 */
const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const { mkdtemp, open, readFile, readdir, rename, rm } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { zmq } = require('sockery');

/** Requests and answers, by ticket. What `write` has returned from outlives the broker. */
class Store {
  constructor(folder) {
    this.folder = folder;
  }

  path(ticket, kind) {
    // Only a UUID: no ticket leads out of the folder.
    if (!/^[0-9a-f-]{36}$/.test(ticket)) throw new Error(`${ticket} is no ticket`);
    return join(this.folder, `${ticket}.${kind}`);
  }

  async write(ticket, kind, body) {
    const path = this.path(ticket, kind);
    const file = await open(`${path}.new`, 'w');
    try {
      await file.writeFile(body);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path); // the whole file, or none of it
  }

  /** What was written, or null. */
  async read(ticket, kind) {
    return readFile(this.path(ticket, kind)).catch((error) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
  }

  async unanswered() {
    const names = await readdir(this.folder);
    const tickets = names.filter((name) => name.endsWith('.request')).map((name) => name.slice(0, 36));
    return tickets.filter((ticket) => !names.includes(`${ticket}.answer`));
  }

  async remove(ticket) {
    for (const kind of ['answer', 'request']) await rm(this.path(ticket, kind));
  }
}

/** REP for clients, DEALER for workers, and the store between them. */
class Titanic {
  clients = new zmq.Reply({ linger: 0 });
  workers = new zmq.Dealer({ linger: 0 });

  constructor(sockets, store) {
    this.store = store;
    this.clients.bindSync(`ipc://${sockets}/clients`);
    this.workers.bindSync(`ipc://${sockets}/workers`);
  }

  async run() {
    const before = await this.store.unanswered();
    console.log(`titanic: starts with ${before.length} requests from before`);
    for (const ticket of before) this.dispatch(ticket);
    await Promise.all([this.serve(), this.gather()]);
  }

  async serve() {
    for await (const [command, argument] of this.clients) {
      const refuse = (error) => ['refused', error.message];
      await this.clients.send(await this.answer(String(command), argument).catch(refuse));
    }
  }

  async answer(command, argument) {
    if (command === 'request') {
      const ticket = randomUUID();
      await this.store.write(ticket, 'request', argument);
      this.dispatch(ticket);
      return ['accepted', ticket];
    }
    const ticket = String(argument);
    if (command === 'answer') {
      const answer = await this.store.read(ticket, 'answer');
      if (answer) return ['here', answer];
      return [(await this.store.read(ticket, 'request')) ? 'pending' : 'unknown'];
    }
    if (command === 'close') {
      await this.store.remove(ticket);
      return ['closed'];
    }
    throw new Error(`${command} is no command`);
  }

  /** Gives a request to a worker, as soon as there is one. */
  async dispatch(ticket) {
    const body = await this.store.read(ticket, 'request');
    await this.workers.send([null, ticket, body]).catch((error) => {
      if (!this.workers.closed) throw error; // or else the next Titanic does it
    });
  }

  async gather() {
    for await (const [, ticket, body] of this.workers) {
      await this.store.write(String(ticket), 'answer', body);
    }
  }

  close() {
    this.clients.close();
    this.workers.close();
  }
}

async function work(rep) {
  for await (const [ticket, body] of rep) await rep.send([ticket, String(body).toUpperCase()]);
}

/** One exchange, with a socket of its own: an older one may wait for a broker that is dead. */
async function call(sockets, command, argument) {
  const req = new zmq.Request({ receiveTimeout: 10_000, linger: 0 });
  req.connect(`ipc://${sockets}/clients`);
  await req.send([command, argument]);
  const answer = await req.receive();
  req.close();
  return answer.map(String);
}

async function main() {
  const sockets = await mkdtemp(join(tmpdir(), 'titanic-'));
  const folder = await mkdtemp(join(tmpdir(), 'titanic-'));
  const store = new Store(folder);
  const first = new Titanic(sockets, store);
  const life = first.run();
  const [accepted, ticket] = await call(sockets, 'request', 'hello');
  assert.equal(accepted, 'accepted');
  console.log(`client: has the ticket ${ticket}`);
  assert.deepEqual(await call(sockets, 'answer', ticket), ['pending']);
  first.close();
  await life;
  console.log(`titanic: is down; on disk is ${await readdir(folder)}`);

  const second = new Titanic(sockets, store);
  const rep = new zmq.Reply();
  rep.connect(`ipc://${sockets}/workers`);
  const running = [second.run(), work(rep)];
  let answer;
  do answer = await call(sockets, 'answer', ticket);
  while (answer[0] === 'pending');
  console.log(`client: has the answer ${answer}`);
  assert.deepEqual(answer, ['here', 'HELLO']);
  assert.deepEqual(await call(sockets, 'close', ticket), ['closed']);
  assert.deepEqual(await call(sockets, 'answer', ticket), ['unknown']);
  assert.equal((await call(sockets, 'close', '../../etc/passwd'))[0], 'refused');
  second.close();
  rep.close();
  await Promise.all(running);
  assert.deepEqual(await readdir(folder), []);
  for (const each of [sockets, folder]) await rm(each, { recursive: true });
}

main();
