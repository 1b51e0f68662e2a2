'use strict';
/**
 * Weather for whoever asked: publishers and subscribers that meet at a proxy of XSUB and XPUB.
 *
 * Stations and watchers come and go without knowing each other. What a watcher subscribes to goes
 * up through the proxy to the stations, so what nobody asked for is not even sent to the proxy.
 *
 * Run it: node examples/node/guide/weather.js
 */
const assert = require('node:assert/strict');
const { zmq } = require('sockery');

const REPORTS = 20;
const temperatures = (low, range) => Array.from({ length: REPORTS }, (_, n) => low + (n % range));
/** By city: what its station reports. */
const STATIONS = { bergen: temperatures(8, 3), cairo: temperatures(30, 5), lima: temperatures(18, 2) };
/** Nobody asks for lima. */
const WATCHED = ['bergen', 'cairo'];

async function report(address, city) {
  const pub = new zmq.Publisher();
  pub.connect(address);
  // Who subscribes late misses what was before: wait until it has come all the way up.
  if (WATCHED.includes(city)) await pub.waitForSubscribers(city, 1, 10_000);
  for (const celsius of STATIONS[city]) await pub.send([city, celsius]);
  await pub.send([city, 'end']);
  pub.close(1_000);
}

/** The mean of what comes from a city. */
async function watch(address, city) {
  const sub = new zmq.Subscriber({ receiveTimeout: 10_000 });
  sub.connect(address);
  sub.subscribe(city);
  const heard = [];
  for await (const [source, value] of sub) {
    assert.equal(String(source), city);
    if (String(value) === 'end') break;
    heard.push(Number(value));
  }
  sub.close();
  assert.deepEqual(heard, STATIONS[city]);
  return heard.reduce((sum, celsius) => sum + celsius) / heard.length;
}

async function main() {
  const [stations, watchers] = [new zmq.XSubscriber(), new zmq.XPublisher()];
  await stations.bind('tcp://127.0.0.1:*');
  await watchers.bind('tcp://127.0.0.1:*');
  const [up, down] = [stations.lastEndpoint, watchers.lastEndpoint];
  const proxy = new zmq.Proxy(stations, watchers);
  const proxied = proxy.run();

  const watching = WATCHED.map((city) => watch(down, city));
  await Promise.all(Object.keys(STATIONS).map((city) => report(up, city)));
  for (const [place, mean] of (await Promise.all(watching)).entries()) {
    console.log(`${WATCHED[place]}: ${mean.toFixed(1)} degrees in the mean of ${REPORTS} reports`);
  }
  proxy.terminate();
  await proxied;
}

main();
