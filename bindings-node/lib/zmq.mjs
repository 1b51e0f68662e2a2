/** sockery/zmq for `import`: the names of zmq.js. Constants not named here are properties of the default export. */
import zmq from './zmq.js';

export const {
  Socket, Pair, Publisher, Subscriber, Request, Reply, Dealer, Router, Pull, Push, XPublisher, XSubscriber, Stream,
  Server, Client, Radio, Dish, Gather, Scatter, Peer, Channel, Datagram,
  Context, context, Message, Observer, Proxy, Timers, capability, version, poll, pollSync, socket, createSocket,
  strerror, curveKeyPair, curvePublic, z85Encode, z85Decode,
} = zmq;
export const { PAIR, PUB, SUB, REQ, REP, DEALER, ROUTER, PULL, PUSH, XPUB, XSUB, STREAM } = zmq;
export default zmq;
