'use strict';
/** The worker of zeromq.js 6. Its publisher drops: with `noDrop` a send that has to wait is never woken. */
const zmq = require('zeromq');
const { play } = require('./roles.js');

const KINDS = {
  push: zmq.Push,
  pull: zmq.Pull,
  req: zmq.Request,
  rep: zmq.Reply,
  pub: zmq.Publisher,
  sub: zmq.Subscriber,
};

play(async (kind, bind, url) => {
  const sock = new KINDS[kind]();
  if ('sendHighWaterMark' in sock) sock.sendHighWaterMark = 1000;
  if ('receiveHighWaterMark' in sock) sock.receiveHighWaterMark = 1000;
  if (kind === 'sub') sock.subscribe();
  if (bind) await sock.bind(url);
  else sock.connect(url);
  return { send: (bytes) => sock.send(bytes), recv: async () => (await sock.receive())[0] };
});
