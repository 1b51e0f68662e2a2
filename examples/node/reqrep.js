'use strict';
/**
 * REQ and REP: a question, and its answer to whoever asked.
 *
 * Run it: node examples/node/reqrep.js
 */
const { nnmsg, zmq } = require('sockery');

const QUESTIONS = ['how', 'are', 'you'];
const shout = (text) => text.toString().toUpperCase();

async function withNnmsg() {
  const [rep, req] = [nnmsg.socket.rep(), nnmsg.socket.req()];
  rep.bind('tcp://127.0.0.1:0');
  req.connect(rep.lastEndpoint);
  const serve = async () => {
    for await (const question of rep) await rep.send(shout(question));
  };
  const served = serve(); // until the socket is closed
  for (const question of QUESTIONS) {
    await req.send(question);
    console.log(`nnmsg: ${question} -> ${await req.recv()}`);
  }
  req.close();
  rep.close();
  await served;
}

async function withZmq() {
  const [rep, req] = [new zmq.Reply(), new zmq.Request()];
  await rep.bind('tcp://127.0.0.1:*');
  req.connect(rep.lastEndpoint);
  const serve = async () => {
    for await (const [question] of rep) await rep.send(shout(question));
  };
  const served = serve();
  for (const question of QUESTIONS) {
    await req.send(question);
    const [answer] = await req.receive();
    console.log(`zmq: ${question} -> ${answer}`);
  }
  req.close();
  rep.close();
  await served;
}

withNnmsg().then(withZmq);
