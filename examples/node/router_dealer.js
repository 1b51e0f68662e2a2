'use strict';
/**
 * ROUTER and DEALER: a server that answers many clients in the order that it likes. ZeroMQ only.
 *
 * Run it: node examples/node/router_dealer.js
 */
const { zmq } = require('sockery');

const CLIENTS = ['ada', 'ben', 'cleo'];

async function main() {
  const router = new zmq.Router();
  await router.bind('tcp://127.0.0.1:*');
  const dealers = CLIENTS.map((routingId) => new zmq.Dealer({ routingId }));
  for (const dealer of dealers) {
    dealer.connect(router.lastEndpoint);
    await dealer.send(`hello from ${dealer.routingId}`);
  }

  // The router puts in front of each message whose it is, and takes that off to find the peer.
  const greetings = new Map();
  while (greetings.size < CLIENTS.length) {
    const [who, text] = await router.receive();
    greetings.set(String(who), text);
  }
  for (const who of [...CLIENTS].reverse()) {
    console.log(`router got ${greetings.get(who)}`);
    await router.send([who, `welcome, ${who}`]);
  }

  for (const dealer of dealers) {
    const [text] = await dealer.receive();
    console.log(`${dealer.routingId} got ${text}`);
    dealer.close();
  }
  router.close();
}

main();
