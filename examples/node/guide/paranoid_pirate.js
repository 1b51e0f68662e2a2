'use strict';
/**
 * Paranoid pirate: a queue and workers that watch each other by heartbeats.
 *
 * Both say something every INTERVAL. Who is silent for SILENCE is taken for dead: the queue gives
 * such a worker no more jobs, and a worker whose queue is silent connects anew. Here a worker freezes
 * and thaws, and then the queue dies and another takes its place.
 *
 * Run it: node examples/node/guide/paranoid_pirate.js
 */
const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const { mkdtemp, rm } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { zmq } = require('sockery');

const READY = '\x01';
const HEARTBEAT = '\x02';
const INTERVAL = 40; // milliseconds
const SILENCE = 4 * INTERVAL;
const LIMIT = 10_000; // no wait here takes longer

/** Hands questions to the worker that was idle longest; emits `+name` and `-name` for workers. */
class Queue extends EventEmitter {
  idle = new Map(); // workers by name, each with the time at which it is given up

  constructor(folder) {
    super();
    this.clients = new zmq.Router();
    this.workers = new zmq.Router({ handover: true }); // one that connects anew keeps its name
    this.clients.bindSync(`ipc://${folder}/clients`);
    this.workers.bindSync(`ipc://${folder}/workers`);
    this.beating = setInterval(() => this.beat(), INTERVAL);
    this.running = Promise.all([this.answers(), this.questions()]);
  }

  async answers() {
    for await (const [id, ...message] of this.workers) {
      const name = String(id);
      const isNew = !this.idle.has(name);
      this.idle.set(name, Date.now() + SILENCE);
      if (isNew) this.emit(`+${name}`);
      this.emit('idle');
      if (message.length > 1) await this.clients.send(message);
    }
  }

  async questions() {
    for await (const question of this.clients) {
      while (this.idle.size === 0) await once(this, 'idle');
      const [name] = this.idle.keys();
      this.idle.delete(name);
      await this.workers.send([name, ...question]);
    }
  }

  beat() {
    for (const [name, expires] of this.idle) {
      if (expires < Date.now()) {
        this.idle.delete(name);
        this.emit(`-${name}`);
      } else {
        this.workers.send([name, HEARTBEAT]);
      }
    }
  }

  async die() {
    clearInterval(this.beating);
    this.clients.close();
    this.workers.close();
    await this.running;
  }
}

/** Answers until it is stopped; does and says nothing while it is frozen. */
class Worker {
  frozen = Promise.resolve();

  constructor(folder, name) {
    this.folder = folder;
    this.name = name;
    this.running = this.run();
  }

  freeze() {
    this.frozen = new Promise((resolve) => (this.thaw = resolve));
  }

  async run() {
    while (!this.stopped) {
      this.socket = new zmq.Dealer({ routingId: this.name, receiveTimeout: SILENCE, linger: 0 });
      this.socket.connect(`ipc://${this.folder}/workers`);
      await this.socket.send(READY);
      try {
        for await (const message of this.socket) {
          await this.frozen;
          const text = String(message.pop());
          const answer = text === HEARTBEAT ? text : `${text.toUpperCase()} by ${this.name}`;
          await this.socket.send([...message, answer]);
        }
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error; // or else: the queue is silent
        this.socket.close();
      }
    }
  }

  async stop() {
    this.stopped = true;
    this.socket.close();
    await this.running;
  }
}

/** Who answers. Asks again when nobody does for a while. */
async function ask(req, word) {
  for (let tries = 0; tries < 20; tries++) {
    await req.send(word);
    try {
      const [text, by] = String(await req.receive()).split(' by ');
      assert.equal(text, word.toUpperCase());
      return by;
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
  throw new Error(`nobody answers ${word}`);
}

async function main() {
  const folder = await mkdtemp(join(tmpdir(), 'pirate-'));
  const seen = (queue, event) => once(queue, event, { signal: AbortSignal.timeout(LIMIT) });
  let queue = new Queue(folder);
  const frail = new Worker(folder, 'frail');
  await seen(queue, '+frail');
  const req = new zmq.Request({ relaxed: true, correlate: true, receiveTimeout: 500, linger: 0 });
  req.connect(`ipc://${folder}/clients`);
  assert.equal(await ask(req, 'one'), 'frail');

  console.log('frail answers, and freezes');
  frail.freeze();
  const stout = new Worker(folder, 'stout');
  await seen(queue, '-frail');
  for (const word of ['two', 'three', 'four']) assert.equal(await ask(req, word), 'stout');
  console.log('frail is given up, stout answers everything; frail thaws');
  const back = seen(queue, '+frail');
  frail.thaw();
  await back;
  for (let tries = 0; (await ask(req, 'five')) !== 'frail'; tries++) assert.ok(tries < 20);

  console.log('frail answers again; the queue dies, and another takes its place');
  await queue.die();
  queue = new Queue(folder);
  console.log(`the first answer by the new queue is of ${await ask(req, 'six')}`);

  req.close();
  await Promise.all([queue.die(), frail.stop(), stout.stop()]);
  await rm(folder, { recursive: true });
}

main();
