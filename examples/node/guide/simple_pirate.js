'use strict';
/**
 * Simple pirate: a queue that gives each question to the worker that has been idle longest.
 *
 * Workers say when they are ready, by a REQ whose "answer" is their next job. One dies with a job:
 * the queue does not learn of it, but it never says again that it is ready. The client asks again,
 * and somebody else has the answer. Its REQ is relaxed, so it may ask again, and correlates, so that
 * late answers are dropped.
 *
 * Run it: node examples/node/guide/simple_pirate.js
 */
const assert = require('node:assert/strict');
const { zmq } = require('sockery');

const READY = 'ready';
const TIMEOUT = 200; // milliseconds
const QUESTIONS = 9;
/** By worker: the number of jobs after which it dies of the next. */
const WORKERS = { stout: Infinity, frail: 1, hale: Infinity };

/** Workers in the order in which they became idle; whoever takes one waits until there is one. */
class Idle {
  #workers = [];
  #takers = [];

  put(worker) {
    const taker = this.#takers.shift();
    if (taker) taker(worker);
    else this.#workers.push(worker);
  }

  async take() {
    return this.#workers.shift() ?? new Promise((resolve) => this.#takers.push(resolve));
  }
}

async function answers(frontend, backend, idle) {
  for await (const [worker, , ...message] of backend) {
    idle.put(worker);
    if (String(message[0]) !== READY) await frontend.send(message);
  }
}

async function questions(frontend, backend, idle) {
  for await (const question of frontend) await backend.send([await idle.take(), null, ...question]);
}

async function work(req, name) {
  let left = WORKERS[name];
  req.connect('inproc://backend');
  await req.send(READY);
  for await (const message of req) {
    const number = Number(message.pop()); // what is left is the way back to the client
    if (left-- === 0) {
      console.log(`${name} dies of question ${number}`);
      req.close();
      return;
    }
    await req.send([...message, JSON.stringify({ by: name, square: number ** 2 })]);
  }
}

/** Asks all questions: who answered each, and how often it asked again. */
async function ask(address) {
  const req = new zmq.Request({ relaxed: true, correlate: true, receiveTimeout: TIMEOUT, linger: 0 });
  req.connect(address);
  const answeredBy = [];
  let again = 0;
  while (answeredBy.length < QUESTIONS) {
    const number = answeredBy.length;
    await req.send(number);
    try {
      const { by, square } = JSON.parse(await req.receive());
      assert.equal(square, number ** 2);
      answeredBy.push(by);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      console.log(`client: asks ${number} again`);
      again++;
      assert.ok(again < 20, 'nobody answers');
    }
  }
  req.close();
  return { answeredBy, again };
}

async function main() {
  const [frontend, backend, idle] = [new zmq.Router(), new zmq.Router(), new Idle()];
  await frontend.bind('tcp://127.0.0.1:*');
  await backend.bind('inproc://backend');
  const reqs = Object.keys(WORKERS).map(() => new zmq.Request({ linger: 0 }));
  const working = Object.keys(WORKERS).map((name, place) => work(reqs[place], name));
  await backend.waitForPeers(reqs.length, 10_000);
  const queue = [answers(frontend, backend, idle), questions(frontend, backend, idle)];

  const { answeredBy, again } = await ask(frontend.lastEndpoint);
  for (const socket of [frontend, backend, ...reqs]) socket.close();
  await Promise.all([...queue, ...working]);

  console.log(`answered by ${answeredBy.join(', ')}`);
  const count = (name) => answeredBy.filter((by) => by === name).length;
  assert.ok(count('frail') <= 1 && count('stout') > 1 && count('hale') > 1);
  assert.ok(again >= 1, 'the job of the dead was answered at once');
}

main();
