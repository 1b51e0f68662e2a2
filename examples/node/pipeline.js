'use strict';
/**
 * PUSH and PULL: each piece of work goes to one of the workers, to all in turn.
 *
 * Run it: node examples/node/pipeline.js
 */
const { nnmsg, zmq } = require('sockery');

async function withNnmsg() {
  const push = nnmsg.socket.push();
  push.bind('tcp://127.0.0.1:0');
  const workers = [nnmsg.socket.pull(), nnmsg.socket.pull()];
  for (const worker of workers) worker.connect(push.lastEndpoint);
  await push.waitForPeers(2);
  for (let job = 0; job < 6; job++) await push.sendTable({ job, square: job ** 2 });
  for (const [place, worker] of workers.entries()) {
    const jobs = [];
    while (jobs.length < 3) jobs.push((await worker.recvTable()).job);
    console.log(`nnmsg: worker ${place} got ${jobs}`);
    worker.close();
  }
  push.close();
}

async function withZmq() {
  const push = new zmq.Push();
  await push.bind('tcp://127.0.0.1:*');
  const workers = [new zmq.Pull(), new zmq.Pull()];
  for (const worker of workers) worker.connect(push.lastEndpoint);
  await push.waitForPeers(2);
  for (let job = 0; job < 6; job++) await push.send(JSON.stringify({ job, square: job ** 2 }));
  for (const [place, worker] of workers.entries()) {
    const jobs = [];
    while (jobs.length < 3) jobs.push(JSON.parse(await worker.receive()).job);
    console.log(`zmq: worker ${place} got ${jobs}`);
    worker.close();
  }
  push.close();
}

withNnmsg().then(withZmq);
