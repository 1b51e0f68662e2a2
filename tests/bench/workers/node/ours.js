'use strict';
/** The worker of sockery for Node: `ours.js zmtp|sp`. */
const { play } = require('./roles.js');

const dialects = { zmtp: openZmtp, sp: openSp };

async function openZmtp(kind, bind, url) {
  const zmq = require('sockery/zmq');
  const kinds = {
    push: zmq.Push,
    pull: zmq.Pull,
    req: zmq.Request,
    rep: zmq.Reply,
    pub: zmq.Publisher,
    sub: zmq.Subscriber,
  };
  const sock = new kinds[kind]({ sendHighWaterMark: 1000, receiveHighWaterMark: 1000 });
  if (kind === 'pub') sock.noDrop = true;
  if (kind === 'sub') sock.subscribe();
  if (bind) await sock.bind(url);
  else sock.connect(url);
  return { send: (bytes) => sock.send(bytes), recv: async () => (await sock.receive())[0] };
}

function openSp(kind, bind, url) {
  const nnmsg = require('sockery/nnmsg');
  const sock = nnmsg.socket[kind]();
  sock.setopt(nnmsg.NN_RCVMAXSIZE, -1);
  sock.setopt(nnmsg.NN_TCP_NODELAY, 1, nnmsg.NN_TCP);
  if (kind === 'pub') sock.setopt(nnmsg.NN_PUB_NODROP, 1, nnmsg.NN_PUB);
  if (kind === 'sub') sock.subscribe();
  if (bind) sock.bind(url);
  else sock.connect(url);
  return sock;
}

play(dialects[process.argv[2]]);
