'use strict';
/**
 * Clone: a table that many hold, each the same: a snapshot first, then numbered updates.
 *
 * Who writes sends to the server (PUSH), which numbers each change and publishes it (PUB). A new
 * holder subscribes first and asks for a snapshot then (DEALER to ROUTER), so that no change falls
 * between; those that the snapshot has already it knows by their numbers.
 *
 * Run it: node examples/node/guide/clone.js
 */
const assert = require('node:assert/strict');
const { zmq } = require('sockery');

const CHANGES = 30;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const random = (limit) => Math.floor(Math.random() * limit);

/** The table that all others are copies of. */
class Server {
  table = {};
  number = 0; // of the last change
  snapshots = new zmq.Router();
  updates = new zmq.Publisher();
  changes = new zmq.Pull();

  constructor() {
    this.sockets = [this.snapshots, this.updates, this.changes];
    for (const socket of this.sockets) socket.bindSync('tcp://127.0.0.1:*');
    this.running = Promise.all([this.serveSnapshots(), this.publishUpdates()]);
  }

  async serveSnapshots() {
    for await (const [client] of this.snapshots) {
      const snapshot = JSON.stringify({ number: this.number, table: this.table });
      await this.snapshots.send([client, snapshot]);
    }
  }

  async publishUpdates() {
    for await (const [text] of this.changes) {
      const change = JSON.parse(text);
      Object.assign(this.table, change);
      this.number++;
      await this.updates.send(JSON.stringify({ number: this.number, change }));
    }
  }

  async close() {
    for (const socket of this.sockets) socket.close();
    await this.running;
  }
}

/** A copy of the server's table, as it was after some change. */
class Holder {
  table = {};
  number = 0;
  stale = 0;
  snapshot = new zmq.Dealer({ receiveTimeout: 10_000 });
  updates = new zmq.Subscriber({ receiveTimeout: 10_000 });

  constructor(server) {
    this.updates.subscribe();
    this.updates.connect(server.updates.lastEndpoint);
    this.snapshot.connect(server.snapshots.lastEndpoint);
  }

  async load() {
    await this.snapshot.send('snapshot');
    const { number, table } = JSON.parse(await this.snapshot.receive());
    Object.assign(this, { number, table });
  }

  /** Applies changes until it has this one. */
  async follow(upTo) {
    while (this.number < upTo) {
      const { number, change } = JSON.parse(await this.updates.receive());
      if (number <= this.number) {
        this.stale++; // the snapshot had it already
        continue;
      }
      assert.equal(number, this.number + 1, 'a change is missing');
      Object.assign(this.table, change);
      this.number = number;
    }
  }

  close() {
    this.snapshot.close();
    this.updates.close();
  }
}

async function write(push) {
  for (let left = CHANGES; left > 0; left--) {
    await push.send(JSON.stringify({ [KEYS[random(KEYS.length)]]: random(100) }));
  }
}

async function main() {
  const server = new Server();
  const writer = new zmq.Push();
  writer.connect(server.changes.lastEndpoint);

  const first = new Holder(server);
  await server.updates.waitForSubscribers('', 1, 10_000);
  await first.load();
  await write(writer);
  await first.follow(CHANGES);
  console.log(`first: has followed ${CHANGES} changes from an empty table`);

  const second = new Holder(server);
  await server.updates.waitForSubscribers('', 2, 10_000);
  await write(writer);
  await first.follow(2 * CHANGES); // so all those changes are made before the snapshot
  await second.load();
  await write(writer);
  await Promise.all([first.follow(3 * CHANGES), second.follow(3 * CHANGES)]);
  console.log(`second: came late, left out ${second.stale} changes that its snapshot had`);
  console.log('all three hold', JSON.stringify(server.table, KEYS));

  assert.deepEqual(first.table, server.table);
  assert.deepEqual(second.table, server.table);
  assert.deepEqual([first.stale, second.stale], [0, CHANGES]);
  for (const each of [first, second, writer]) each.close();
  await server.close();
}

main();
