'use strict';
/**
 * Freelance: a client without a broker that knows several servers and uses one that lives.
 *
 * The client's ROUTER gives each server the name by which it speaks to it (connectRoutingId). It asks
 * one server at a time and goes to the next when there is no answer in TIMEOUT. One server never
 * starts, one freezes after its first answer, one is well. Numbers tell late answers from those that
 * are waited for.
 *
 * Run it: node examples/node/guide/freelance.js
 */
const assert = require('node:assert/strict');
const { mkdtemp, rm } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { zmq } = require('sockery');

const TIMEOUT = 300; // milliseconds
const SERVERS = ['ghost', 'frail', 'hale'];

class Freelancer {
  socket = new zmq.Router({ receiveTimeout: TIMEOUT, linger: 0 });
  servers = [...SERVERS]; // the one that answered last is first
  late = 0;
  #number = 0;

  constructor(folder) {
    for (const name of SERVERS) {
      this.socket.connectRoutingId = name;
      this.socket.connect(`ipc://${folder}/${name}`);
    }
  }

  /** The answer, and the server that gave it. */
  async ask(question) {
    for (let tries = 2 * SERVERS.length; tries > 0; tries--) {
      const [server] = this.servers;
      const number = ++this.#number;
      await this.socket.send([server, number, question]);
      const answer = await this.#answerTo(number);
      if (answer !== null) return [answer, server];
      console.log(`client: ${server} does not answer`);
      this.servers.push(this.servers.shift());
    }
    throw new Error(`no server answers ${question}`);
  }

  async #answerTo(number) {
    try {
      for await (const [, of, answer] of this.socket) {
        if (Number(of) === number) return String(answer);
        this.late++;
        console.log(`client: ${answer} comes too late`);
      }
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
    return null;
  }
}

/** Answers, each time after what `before` gives for the turn. */
async function serve(router, before = () => {}) {
  let turn = 0;
  for await (const [client, number, question] of router) {
    await before(turn++);
    await router.send([client, number, String(question).toUpperCase()]);
  }
}

async function main() {
  const folder = await mkdtemp(join(tmpdir(), 'freelance-'));
  const [frail, hale] = [new zmq.Router(), new zmq.Router()]; // a ROUTER does not talk to REP
  await frail.bind(`ipc://${folder}/frail`);
  await hale.bind(`ipc://${folder}/hale`);
  let thaw;
  const thawed = new Promise((resolve) => (thaw = resolve));
  const serving = [serve(frail, (turn) => turn === 1 && thawed), serve(hale)];

  const client = new Freelancer(folder);
  const by = [];
  for (const question of ['one', 'two', 'three']) {
    const [answer, server] = await client.ask(question);
    console.log(`client: ${question} -> ${answer} by ${server}`);
    assert.equal(answer, question.toUpperCase());
    by.push(server);
  }
  assert.deepEqual(by, ['frail', 'hale', 'hale']);

  thaw();
  await zmq.poll([{ socket: client.socket }], 10_000); // its answer to "two" is there
  assert.deepEqual(await client.ask('four'), ['FOUR', 'hale']);
  assert.equal(client.late, 1);

  for (const socket of [client.socket, frail, hale]) socket.close();
  await Promise.all(serving);
  await rm(folder, { recursive: true });
}

main();
