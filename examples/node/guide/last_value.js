'use strict';
/**
 * Last value cache: who subscribes gets at once what was said last, and then what comes.
 *
 * The cache stands between a publisher and its subscribers and remembers the last value of each
 * topic. Its XPUB tells it of each subscription (verbosity: also of second ones), upon which it
 * publishes the last value again: old subscribers see it twice, new ones need not wait for the next.
 *
 * Run it: node examples/node/guide/last_value.js
 */
const assert = require('node:assert/strict');
const { zmq } = require('sockery');

class Cache {
  #last = new Map();

  constructor(publisher, subscribers) {
    this.publisher = publisher;
    this.subscribers = subscribers;
    publisher.subscribe();
    this.running = Promise.all([this.passOn(), this.greet()]);
  }

  async passOn() {
    for await (const [topic, value] of this.publisher) {
      this.#last.set(String(topic), value);
      await this.subscribers.send([topic, value]);
    }
  }

  /** Sends the last value again for each new subscriber. */
  async greet() {
    for await (const [event] of this.subscribers) {
      const [begins, topic] = [event[0] === 1, String(event.subarray(1))];
      if (begins && this.#last.has(topic)) {
        console.log(`cache: sends ${topic} again`);
        await this.subscribers.send([topic, this.#last.get(topic)]);
      }
    }
  }

  async close() {
    this.publisher.close();
    this.subscribers.close();
    await this.running;
  }
}

function subscriber(address, topic) {
  const sub = new zmq.Subscriber({ receiveTimeout: 10_000 });
  sub.subscribe(topic);
  sub.connect(address);
  return sub;
}

const next = async (sub) => (await sub.receive()).map(String);

async function main() {
  const [inward, outward] = [new zmq.Subscriber(), new zmq.XPublisher({ verbosity: 'allSubs' })];
  await inward.bind('inproc://values');
  await outward.bind('tcp://127.0.0.1:*');
  const address = outward.lastEndpoint;
  const cache = new Cache(inward, outward);
  const pub = new zmq.Publisher();
  pub.connect('inproc://values');
  await pub.waitForSubscribers('', 1, 10_000);
  for (const celsius of [17, 18, 19]) await pub.send(['oslo', celsius]);
  await pub.send(['rome', 31]);

  // They come after all that was published. Rome is last: the cache has the others then.
  const rome = subscriber(address, 'rome');
  console.log(`rome: ${await next(rome)}`);
  const early = subscriber(address, 'oslo');
  assert.deepEqual(await next(early), ['oslo', '19']);
  const late = subscriber(address, 'oslo');
  assert.deepEqual(await next(late), ['oslo', '19']);
  console.log('oslo: both subscribers got 19, though it was published before they came');

  assert.deepEqual(await next(early), ['oslo', '19']); // once more, for the late one
  await pub.send(['oslo', 20]);
  for (const sub of [early, late]) assert.deepEqual(await next(sub), ['oslo', '20']);
  console.log('oslo: both got 20 next');
  for (const sub of [rome, early, late]) sub.close();
  pub.close();
  await cache.close();
}

main();
