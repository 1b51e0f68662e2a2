'use strict';
/**
 * Work dealt out and its results gathered: a ventilator, workers, a sink, and a signal to stop.
 *
 * Work goes through PUSH and PULL, to all workers in turn. Workers cannot know which job is the
 * last: the sink does, and publishes the end, upon which each worker closes its socket for work.
 *
 * Run it: node examples/node/guide/ventilator.js
 */
const assert = require('node:assert/strict');
const { zmq } = require('sockery');

const JOBS = Array.from({ length: 60 }, (_, place) => place + 1);
const WORKERS = 3;
const square = (number) => number ** 2;

/** Squares numbers until the signal comes: how many. */
async function work() {
  const [jobs, results, control] = [new zmq.Pull(), new zmq.Push(), new zmq.Subscriber()];
  jobs.connect('inproc://jobs');
  results.connect('inproc://results');
  control.connect('inproc://control');
  control.subscribe();
  const stopped = control.receive().then(() => jobs.close());
  let done = 0;
  for await (const [job] of jobs) {
    await results.send(square(Number(job)));
    done++;
  }
  await stopped;
  results.close();
  control.close();
  return done;
}

async function ventilate(jobs) {
  await jobs.waitForPeers(WORKERS, 10_000); // or the first to connect gets all the work
  for (const number of JOBS) await jobs.send(number);
  jobs.close();
}

/** Adds all squares up, then tells the workers to stop. */
async function gather(results, control) {
  let total = 0;
  for (let missing = JOBS.length; missing > 0; missing--) {
    const [result] = await results.receive();
    total += Number(result);
  }
  await control.waitForSubscribers('', WORKERS, 10_000);
  await control.send('end');
  results.close();
  control.close();
  return total;
}

async function main() {
  const jobs = new zmq.Push();
  const results = new zmq.Pull({ receiveTimeout: 10_000 });
  const control = new zmq.Publisher();
  await jobs.bind('inproc://jobs');
  await results.bind('inproc://results');
  await control.bind('inproc://control');
  const working = Array.from({ length: WORKERS }, work);

  const [total] = await Promise.all([gather(results, control), ventilate(jobs)]);
  const done = await Promise.all(working);
  console.log(`the sink added ${JOBS.length} squares up to ${total}`);
  console.log(`the workers stopped after ${done} jobs`);
  assert.equal(total, JOBS.map(square).reduce((sum, each) => sum + each));
  assert.deepEqual(done, Array(WORKERS).fill(JOBS.length / WORKERS));
}

main();
