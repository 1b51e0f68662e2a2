'use strict';
/**
 * PAIR: two peers that talk as they like, both ways.
 *
 * Run it: node examples/node/pair.js
 */
const { nnmsg, zmq } = require('sockery');

async function withNnmsg() {
  const [here, there] = [nnmsg.socket.pair(), nnmsg.socket.pair()];
  here.connect('inproc://nnmsg'); // before there is anybody: it connects when there is
  there.bind('inproc://nnmsg');
  await here.send('first');
  await here.send('second');
  await there.send('meanwhile');
  console.log(`nnmsg: there got ${await there.recv()} and ${await there.recv()}`);
  console.log(`nnmsg: here got ${await here.recv()}`);
  here.close();
  there.close();
}

async function withZmq() {
  const [here, there] = [new zmq.Pair(), new zmq.Pair()];
  here.connect('inproc://zmq');
  await there.bind('inproc://zmq');
  await here.send(['a message', 'of', 'four', 'parts']);
  await there.send('meanwhile');
  console.log(`zmq: there got ${(await there.receive()).join(' | ')}`);
  console.log(`zmq: here got ${await here.receive()}`);
  here.close();
  there.close();
}

withNnmsg().then(withZmq);
