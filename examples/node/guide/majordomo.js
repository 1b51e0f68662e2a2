'use strict';
/**
 * Majordomo: a broker that knows services by name (MDP 0.1, rfc.zeromq.org/spec/7).
 *
 * Clients ask for a service; workers say which one they offer. The broker keeps questions until a
 * worker of that service is idle, and drops workers whose heartbeats stop. What it offers itself
 * begins with "mmi.": "mmi.service" says 200 when a service has workers and 404 when not.
 *
 * Run it: node examples/node/guide/majordomo.js
 */
const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const { zmq } = require('sockery');

const CLIENT = 'MDPC01';
const WORKER = 'MDPW01';
const [READY, REQUEST, REPLY, HEARTBEAT, DISCONNECT] = ['\x01', '\x02', '\x03', '\x04', '\x05'];
const INTERVAL = 40; // milliseconds between heartbeats
const EXPIRY = 10 * INTERVAL; // a worker is dead after such a silence

/** Emits `buried` with the service of a worker that is given up. */
class Broker extends EventEmitter {
  socket = new zmq.Router();
  workers = new Map(); // by routing id in hex: { id, service, expires }
  services = new Map(); // by name: { idle, waiting }

  constructor() {
    super();
    this.socket.bindSync('tcp://127.0.0.1:*');
    this.beating = setInterval(() => this.beat(), INTERVAL);
    this.running = this.run();
  }

  async run() {
    for await (const [id, , who, ...message] of this.socket) {
      if (String(who) === CLIENT) this.onClient(id, ...message);
      else if (String(who) === WORKER) this.onWorker(id, ...message);
    }
  }

  service(name) {
    if (!this.services.has(name)) this.services.set(name, { idle: [], waiting: [] });
    return this.services.get(name);
  }

  onClient(client, name, body) {
    if (String(name) === 'mmi.service') {
      const known = [...this.workers.values()].some((worker) => worker.service === String(body));
      this.socket.send([client, null, CLIENT, name, known ? '200' : '404']);
    } else {
      this.service(String(name)).waiting.push({ client, body });
      this.dispatch(String(name));
    }
  }

  onWorker(id, code, ...message) {
    const key = id.toString('hex');
    const command = String(code);
    if (command === READY) this.workers.set(key, { id, service: String(message[0]) });
    const worker = this.workers.get(key);
    if (!worker) {
      this.socket.send([id, null, WORKER, DISCONNECT]); // it was given up: it shall begin anew
      return;
    }
    worker.expires = Date.now() + EXPIRY;
    if (command === REPLY) {
      const [client, , body] = message;
      this.socket.send([client, null, CLIENT, worker.service, body]);
    }
    if (command === READY || command === REPLY) {
      this.service(worker.service).idle.push(worker);
      this.dispatch(worker.service);
    }
  }

  dispatch(name) {
    const { idle, waiting } = this.service(name);
    while (idle.length > 0 && waiting.length > 0) {
      const { client, body } = waiting.shift();
      this.socket.send([idle.shift().id, null, WORKER, REQUEST, client, null, body]);
    }
  }

  beat() {
    for (const [key, worker] of this.workers) {
      if (worker.expires < Date.now()) {
        this.workers.delete(key);
        const service = this.service(worker.service);
        service.idle = service.idle.filter((each) => each !== worker);
        console.log(`broker: a worker of ${worker.service} is dead`);
        this.emit('buried', worker.service);
      } else {
        this.socket.send([worker.id, null, WORKER, HEARTBEAT]);
      }
    }
  }

  async close() {
    clearInterval(this.beating);
    this.socket.close();
    await this.running;
  }
}

/** Offers a function as a service; after so many jobs, if given, it vanishes without a word. */
async function work(address, service, job, { jobs = Infinity, signal } = {}) {
  for (let command = DISCONNECT; command === DISCONNECT && !signal?.aborted; ) {
    const dealer = new zmq.Dealer({ linger: 0 });
    signal?.addEventListener('abort', () => dealer.close());
    dealer.connect(address);
    await dealer.send([null, WORKER, READY, service]);
    for await (const [, , code, client, , body] of dealer) {
      command = String(code);
      if (command === DISCONNECT) break;
      if (command === HEARTBEAT) await dealer.send([null, WORKER, HEARTBEAT]);
      if (command !== REQUEST) continue;
      await dealer.send([null, WORKER, REPLY, client, null, job(String(body))]);
      if (--jobs === 0) break;
    }
    dealer.close(1_000); // the last answer still goes out
  }
}

async function ask(req, service, body) {
  await req.send([CLIENT, service, body]);
  const [who, of, answer] = await req.receive();
  assert.deepEqual([String(who), String(of)], [CLIENT, service]);
  console.log(`client: ${service} of "${body}" is "${answer}"`);
  return String(answer);
}

const upper = (text) => text.toUpperCase();
const mirrored = (text) => [...text].reverse().join('');

async function main() {
  const broker = new Broker();
  const address = broker.socket.lastEndpoint;
  const [client, early] = [1, 2].map(() => new zmq.Request({ receiveTimeout: 10_000, linger: 0 }));
  for (const req of [client, early]) req.connect(address);

  assert.equal(await ask(client, 'mmi.service', 'upper'), '404');
  const earlyAnswer = ask(early, 'upper', 'early'); // waits at the broker
  await work(address, 'upper', upper, { jobs: 1 });
  assert.equal(await earlyAnswer, 'EARLY'); // by a worker that is gone now
  await once(broker, 'buried', { signal: AbortSignal.timeout(10_000) });
  assert.equal(await ask(client, 'mmi.service', 'upper'), '404');

  const end = new AbortController();
  const working = [
    work(address, 'upper', upper, { signal: end.signal }),
    work(address, 'mirror', mirrored, { signal: end.signal }),
  ];
  assert.equal(await ask(client, 'upper', 'again'), 'AGAIN');
  assert.equal(await ask(client, 'mirror', 'a mirror'), 'rorrim a');
  assert.equal(await ask(client, 'mmi.service', 'mirror'), '200');

  end.abort();
  for (const req of [client, early]) req.close();
  await Promise.all([broker.close(), ...working]);
}

main();
