'use strict';
/**
 * PUB and SUB: each subscriber gets the messages that begin as it asked.
 *
 * Run it: node examples/node/pubsub.js
 */
const { nnmsg, zmq } = require('sockery');

const REPORTS = ['wind 5', 'rain 12', 'wind 7', 'sun 1', 'rain 3'];

async function take(count, receive) {
  const got = [];
  while (got.length < count) got.push(String(await receive()));
  return got.join(', ');
}

async function withNnmsg() {
  const [pub, wind, everything] = [nnmsg.socket.pub(), nnmsg.socket.sub(), nnmsg.socket.sub()];
  pub.bind('tcp://127.0.0.1:0');
  wind.subscribe('wind');
  everything.subscribe();
  for (const sub of [wind, everything]) sub.connect(pub.lastEndpoint);
  await pub.waitForPeers(2); // who is not there yet misses what is sent
  for (const report of REPORTS) await pub.send(report);
  console.log(`nnmsg: wind: ${await take(2, () => wind.recv())}`);
  console.log(`nnmsg: everything: ${await take(REPORTS.length, () => everything.recv())}`);
  for (const socket of [wind, everything, pub]) socket.close();
}

async function withZmq() {
  const [pub, wind, everything] = [new zmq.Publisher(), new zmq.Subscriber(), new zmq.Subscriber()];
  await pub.bind('tcp://127.0.0.1:*');
  wind.subscribe('wind');
  everything.subscribe();
  for (const sub of [wind, everything]) sub.connect(pub.lastEndpoint);
  await pub.waitForSubscribers('wind', 2); // the publisher filters: it has to know
  for (const report of REPORTS) await pub.send(report);
  console.log(`zmq: wind: ${await take(2, () => wind.receive())}`);
  console.log(`zmq: everything: ${await take(REPORTS.length, () => everything.receive())}`);
  for (const socket of [wind, everything, pub]) socket.close();
}

withNnmsg().then(withZmq);
