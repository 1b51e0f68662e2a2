'use strict';
/**
 * Request and reply with a broker between: ROUTER and DEALER, joined by a proxy.
 *
 * Clients and workers know the broker alone, so either may come and go. The DEALER deals questions
 * out in turn; each carries its client's routing id, by which the ROUTER finds the way back.
 *
 * Run it: node examples/node/guide/broker.js
 */
const assert = require('node:assert/strict');
const { zmq } = require('sockery');

const CLIENTS = ['ada', 'ben', 'cleo'];
const WORKERS = ['left', 'right'];
const QUESTIONS = 4;

const reversed = (word) => [...word].reverse().join('');

/** Turns words around, until its socket is closed. */
async function work(rep, name) {
  for await (const [word] of rep) await rep.send([reversed(String(word)), name]);
}

/** Asks, checks the answers, and gives the names of those who answered. */
async function ask(address, name) {
  const req = new zmq.Request({ receiveTimeout: 10_000 });
  req.connect(address);
  const answeredBy = [];
  for (let number = 0; number < QUESTIONS; number++) {
    await req.send(`${name}${number}`);
    const [word, by] = await req.receive();
    assert.equal(String(word), `${number}${reversed(name)}`);
    answeredBy.push(String(by));
  }
  req.close();
  console.log(`${name} got ${QUESTIONS} answers`);
  return answeredBy;
}

async function main() {
  const [frontend, backend] = [new zmq.Router(), new zmq.Dealer()];
  await frontend.bind('tcp://127.0.0.1:*');
  await backend.bind('inproc://workers');
  const reps = WORKERS.map(() => new zmq.Reply());
  for (const rep of reps) rep.connect('inproc://workers');
  const working = reps.map((rep, place) => work(rep, WORKERS[place]));
  await backend.waitForPeers(WORKERS.length); // or the first one gets more than its share
  const proxy = new zmq.Proxy(frontend, backend);
  const proxied = proxy.run();

  const answers = await Promise.all(CLIENTS.map((name) => ask(frontend.lastEndpoint, name)));
  proxy.terminate();
  for (const rep of reps) rep.close();
  await Promise.all([proxied, ...working]);

  const share = (CLIENTS.length * QUESTIONS) / WORKERS.length;
  for (const name of WORKERS) {
    const count = answers.flat().filter((by) => by === name).length;
    console.log(`${name} answered ${count}`);
    assert.equal(count, share);
  }
}

main();
