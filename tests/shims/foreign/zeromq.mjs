// The shim of libzmq's drafts, through npm's zeromq, whose libzmq is built with them. It has no classes
// for PEER and CHANNEL, which are made of its base class here: such a PEER can hear, but not name whom it
// sends to.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const WAIT = 10_000;
const unhex = (word) => Buffer.from(word === '-' ? '' : word, 'hex');
const hex = (bytes) => (bytes.length === 0 ? '-' : Buffer.from(bytes).toString('hex'));

class Fault extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

class Skip extends Error {}

process.removeAllListeners('warning');

function load() {
  // tests/run installs it there; it is no dependency of any package of ours.
  const require = createRequire(new URL('../../../.build/npm/shim.cjs', import.meta.url));
  try {
    const [stable, drafts] = [require('zeromq'), require('zeromq/draft')];
    const [Peer, Channel] = [19, 20].map((number) => classOf(number, stable, drafts));
    return { ...stable, ...drafts, Peer, Channel };
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    return undefined;
  }
}

/** A class of its own, whose kind has the options of CLIENT. */
function classOf(number, { Socket }, { Client }) {
  class Made extends Socket {
    constructor(options) {
      super(number, options);
    }
  }
  for (const name of ['sendTimeout', 'receiveTimeout']) {
    Object.defineProperty(Made.prototype, name, Object.getOwnPropertyDescriptor(Client.prototype, name));
  }
  return Made;
}

const zmq = load();
const CLASSES = {
  SERVER: 'Server',
  CLIENT: 'Client',
  RADIO: 'Radio',
  DISH: 'Dish',
  GATHER: 'Gather',
  SCATTER: 'Scatter',
  DGRAM: 'Datagram',
  STREAM: 'Stream',
  CHANNEL: 'Channel',
  PEER: 'Peer',
};

const sockets = new Map();

function open(name, kind) {
  if (!zmq) throw new Skip('npm has no zeromq here');
  const [, protocol] = kind.split('.');
  const Kind = zmq[CLASSES[protocol]];
  if (!Kind) throw new Skip(`npm's zeromq has no class for ${protocol}`);
  const socket = new Kind({ linger: 0 });
  const state = { socket, connected: 0, came: () => {} };
  // Nothing is missed: events wait for a listener only after the first.
  socket.events.on('handshake', () => {
    state.connected += 1;
    state.came();
  });
  sockets.set(name, state);
}

/** Messages come as [body, properties]; those of DGRAM as [address, body]. */
async function receive({ socket }, ms = WAIT) {
  socket.receiveTimeout = Number(ms);
  return socket.receive();
}

async function send({ socket }, message, properties) {
  socket.sendTimeout = WAIT;
  await (properties ? socket.send(message, properties) : socket.send(message));
}

async function ready(state, count) {
  const deadline = Date.now() + WAIT;
  while (state.connected < Number(count)) {
    if (Date.now() > deadline) throw new Fault('ETIMEDOUT', `${state.connected} connected`);
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, deadline - Date.now() + 1);
      state.came = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  // libzmq takes note of a new peer only when its socket is next used.
  void state.socket.writable;
}

const verbs = {
  bind: async ({ socket }, endpoint) => {
    await socket.bind(endpoint);
    return [socket.lastEndpoint];
  },
  conn: async ({ socket }, endpoint) => {
    socket.connect(endpoint);
    return [endpoint];
  },
  close: async ({ socket }) => socket.close(),
  ready,
  send: async (state, ...parts) => send(state, parts.map(unhex)),
  recv: async (state, ms) => {
    const [first, second] = await receive(state, ms);
    return Buffer.isBuffer(second) ? [hex(first), hex(second)] : [hex(first)];
  },
  sendto: async (state, id, body) => {
    if (state.socket.type === 19) throw new Skip("npm's zeromq cannot say whom a PEER sends to");
    return send(state, unhex(body), { routingId: Number(id) });
  },
  recvfrom: async (state, ms) => {
    const [body, { routingId }] = await receive(state, ms);
    return [routingId, hex(body)];
  },
  sendgroup: async (state, group, body) => send(state, unhex(body), { group: unhex(group) }),
  recvgroup: async (state, ms) => {
    const [body, { group }] = await receive(state, ms);
    return [hex(group), hex(body)];
  },
  joingroup: async ({ socket }, group) => socket.join(unhex(group)),
  leavegroup: async ({ socket }, group) => socket.leave(unhex(group)),
};

const plain = {
  open: async (name, kind) => open(name, kind),
  reset: async () => {
    for (const { socket } of sockets.values()) socket.close();
    sockets.clear();
  },
};

async function act(verb, name, args) {
  if (plain[verb]) return plain[verb](name, ...args);
  if (verbs[verb] && sockets.has(name)) return verbs[verb](sockets.get(name), ...args);
  throw new Skip(`zeromq: no ${verb} ${name}`);
}

async function answer(verb, [name, ...args]) {
  try {
    return ['ok', ...((await act(verb, name, args)) ?? [])].join(' ');
  } catch (error) {
    const text = error.message.replace(/\s+/g, ' ');
    if (error instanceof Skip) return `skip ${text}`;
    return `err ${error.code ?? error.name} ${text}`;
  }
}

const lines = createInterface({ input: process.stdin });
process.stdout.write('hello\n');
for await (const line of lines) {
  const [verb, ...args] = line.split(/\s+/);
  if (verb === 'exit') break;
  process.stdout.write(`${await answer(verb, args)}\n`);
}
process.exit(0);
