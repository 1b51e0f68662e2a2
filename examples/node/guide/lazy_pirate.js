'use strict';
/**
 * Lazy pirate: a client that loses patience, asks again with a new socket, and at last gives up.
 *
 * A REQ whose answer never comes can do nothing but be closed. So the client waits for at most
 * TIMEOUT, closes the socket and asks once more with another. The server dies with a question in
 * its hands, comes back, and at the end is gone for good.
 *
 * Run it: node examples/node/guide/lazy_pirate.js
 */
const assert = require('node:assert/strict');
const { mkdtemp, rm } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { zmq } = require('sockery');

const TIMEOUT = 150; // milliseconds
const TRIES = 3;

class Client {
  asked = 0;

  constructor(address) {
    this.address = address;
    this.connect();
  }

  connect() {
    // Without linger: a question that nobody takes goes with the socket.
    this.socket = new zmq.Request({ receiveTimeout: TIMEOUT, linger: 0 });
    this.socket.connect(this.address);
  }

  /** The answer, or null when there was none at TRIES times. */
  async ask(question) {
    for (let left = TRIES; left > 0; left--) {
      this.asked++;
      await this.socket.send(question);
      try {
        const [answer] = await this.socket.receive();
        return String(answer);
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error;
        console.log(`client: no answer to ${question} in ${TIMEOUT} ms`);
        this.socket.close();
        this.connect();
      }
    }
    return null;
  }
}

/** Answers until it gets one question: of that it dies. */
async function serve(address, diesOf) {
  const rep = new zmq.Reply();
  await rep.bind(address);
  for await (const [question] of rep) {
    if (String(question) === diesOf) break;
    await rep.send(String(question).toUpperCase());
  }
  rep.close();
  console.log(`server: died of ${diesOf}`);
}

/** A server that somebody starts again after its first death, not after the second. */
async function serveTwice(address) {
  await serve(address, 'two');
  console.log('server: is back');
  await serve(address, 'four');
}

async function main() {
  const folder = await mkdtemp(join(tmpdir(), 'pirate-'));
  const address = `ipc://${folder}/server`;
  const serving = serveTwice(address);
  const client = new Client(address);
  const answers = [];
  for (const question of ['one', 'two', 'three', 'four']) answers.push(await client.ask(question));
  await serving;
  client.socket.close();
  await rm(folder, { recursive: true });

  console.log(`client: got ${JSON.stringify(answers)} with ${client.asked} questions`);
  assert.deepEqual(answers, ['ONE', 'TWO', 'THREE', null]);
  // One question for one and three, two for two, TRIES for four; more on a slow machine.
  assert.ok(client.asked >= 4 + TRIES, `asked only ${client.asked} times`);
}

main();
