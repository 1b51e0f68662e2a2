/**
 * sockery/browser: the Scalability Protocols over the WebSocket of a browser, Deno, Bun or Node.js (22
 * and later). One file without dependencies, which a page can load as it is. It connects; what it
 * connects to is bound by sockery, nanomsg or nng, at ws:// or wss://.
 *
 * The mapping is nanomsg's sp-websocket-mapping-01: a message of SP is a message of WebSocket, and the
 * client asks for the protocol of the server. What each call does stands in browser.d.mts.
 *
 * A socket is an object made of parts: the table of kinds at the end says of which.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What options count: messages and bytes that wait at most, and milliseconds. */
const DEFAULTS = {
  queue: 1000,
  buffer: 1 << 20,
  timeout: Infinity,
  resend: 60_000,
  reconnect: 100,
  reconnectMax: 10_000,
};
/** A longer time than this is none to setTimeout. */
const MOST_MILLIS = 2 ** 31 - 1;
/** No event tells that a WebSocket has room again, so we look this often. */
const LOOK = 10;
/** The bytes of a word before a body, and how many words are taken, like nanomsg and nng. */
const WORD = 4;
const MOST_WORDS = 8;

export class SockeryError extends Error {
  constructor(code, text) {
    super(text);
    this.name = 'SockeryError';
    this.code = code;
  }
}

const fail = (code, text) => {
  throw new SockeryError(code, text);
};
const expected = (name, what, got) => fail('EINVAL', `${name}: expected ${what}, got ${String(got)}`);

const listOf = (value = []) => [value].flat();

const bytesOf = (data) =>
  typeof data === 'string'
    ? encoder.encode(data)
    : ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : data instanceof ArrayBuffer
        ? new Uint8Array(data)
        : expected('data', 'a string or bytes', data);

/** A copy, which the caller cannot change any more. */
const joined = (head, data) => {
  const body = bytesOf(data);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
};

/** Where the words before a body end: the last one is the first with the upper bit. 0 if none has it. */
const endOfWords = (bytes) => {
  for (let end = WORD; end <= bytes.length; end += WORD) {
    if (bytes[end - WORD] & 0x80) return end;
  }
  return 0;
};

const after = (millis, act) => (millis > MOST_MILLIS ? undefined : setTimeout(act, millis));

/** Promises that wait, the oldest first: only so many, only for a time, and not beyond a close. */
const waitingOf = (socket, what) => {
  const { queue, buffer, timeout: usual } = socket.options;
  const entries = new Map();
  let bytes = 0;
  socket.waiting.push(entries);

  entries.add = (entry, { timeout = usual } = {}, key = entry) => {
    const { size } = entries;
    const { length = 0 } = entry.bytes ?? '';
    socket.check();
    if (!(timeout >= 0)) expected('timeout', 'milliseconds', timeout);
    // A message that is larger than the buffer waits alone.
    if (size >= queue || (bytes && bytes + length > buffer)) {
      fail('EAGAIN', `${what}: ${size} wait already, of ${bytes} bytes`);
    }
    entries.set(key, entry);
    bytes += length;
    return new Promise((resolve, reject) => {
      const settling = (settle) => (value) => {
        clearTimeout(timer);
        clearTimeout(entry.timer);
        if (entries.delete(key)) bytes -= length;
        settle(value);
      };
      entry.resolve = settling(resolve);
      entry.reject = (code, text) => settling(reject)(new SockeryError(code, `${what}: ${text}`));
      const timer = after(timeout, () => entry.reject('ETIMEDOUT', `nothing in ${timeout} ms`));
    });
  };
  return entries;
};

/** The connection to one address, and the next one when it is lost. */
const linkTo = (socket, url) => {
  const { WebSocket, buffer, reconnect, reconnectMax, onchange } = socket.options;
  const protocol = socket.peer + '.sp.nanomsg.org';
  let ws, since, reason, timer;
  let [fails, pause] = [0, 0];

  const enter = (state, hook, reason, unsent) => {
    link.state = state;
    hook(link);
    onchange?.({ url, state, reason, unsent });
  };

  const dial = () => {
    link.ws = ws = new WebSocket(url, protocol);
    link.state = 'connecting';
    since = Infinity;
    reason = 'no answer of a ' + socket.peer;
    ws.binaryType = 'arraybuffer';
    ws.onopen = () => {
      if (ws.protocol !== protocol) return link.refuse('no word of ' + protocol);
      since = Date.now();
      reason = 'closed';
      enter('open', socket.opened);
    };
    ws.onmessage = ({ data }) => link.state === 'open' && socket.arrived(link, bytesOf(data));
    ws.onerror = ({ message }) => {
      if (message) reason += ': ' + message;
      // Node.js 20 has no event of a close for a connection that was never made.
      setTimeout(() => ws.onclose?.({ code: 1006, reason: '' }));
    };
    ws.onclose = (event) => {
      ws.onclose = null;
      if (socket.closed) return enter('closed', socket.ended);
      // Only a connection that outlasted the pause before it makes the next pause short again.
      if (Date.now() - since > pause) fails = 0;
      pause = Math.min(reconnect * 2 ** fails++, reconnectMax) * (0.5 + Math.random() / 2);
      timer = setTimeout(dial, pause);
      enter('waiting', socket.lost, `${reason} (${event.code}) ${event.reason}`.trim(), ws.bufferedAmount);
    };
  };

  const link = {
    /** Answers whether the connection took it. */
    send(bytes) {
      const room = link.state === 'open' && ws.bufferedAmount < buffer;
      if (room) ws.send(bytes);
      return room;
    },

    /** Hangs up on a peer that breaks the rules; it is dialed again. */
    refuse(why) {
      reason = why;
      link.state = 'refused';
      ws.close();
    },

    close() {
      clearTimeout(timer);
      if (link.state === 'waiting') enter('closed', socket.ended);
      else link.refuse();
    },
  };
  dial();
  return link;
};

/** What all kinds have. `opened`, `lost` and `arrived` are what a kind does about its connections. */
const socketOf = (peer, given) => {
  const links = [];
  const waiting = [];
  let done;

  const socket = {
    peer,
    links,
    waiting,
    options: { ...DEFAULTS, WebSocket: globalThis.WebSocket, ...given },
    dropped: 0,
    closed: false,
    opened() {
      for (const entry of awaited.values()) if (socket.peers >= entry.count) entry.resolve();
    },
    lost() {},
    arrived() {
      socket.dropped++;
    },

    check() {
      if (socket.closed) fail('EBADF', 'the socket is closed');
    },

    toUser: (bytes) => (socket.options.text ? decoder.decode(bytes) : bytes),

    get peers() {
      return links.filter(({ state }) => state === 'open').length;
    },

    connect(url) {
      socket.check();
      if (!/^wss?:\/\/[^#]+$/i.test(url)) expected('url', 'ws:// or wss:// and a host', url);
      links.push(linkTo(socket, url));
      return socket;
    },

    async waitForPeers(count = 1, options) {
      const promise = awaited.add({ count }, options);
      socket.opened();
      return promise;
    },

    close: () =>
      (done ??= new Promise((resolve) => {
        socket.closed = true;
        socket.ended = () => links.every(({ state }) => state === 'closed') && resolve();
        for (const entries of waiting) for (const entry of entries.values()) entry.reject('EBADF', 'closed');
        for (const link of links) link.close();
        socket.ended();
      })),
  };

  for (const name in DEFAULTS) {
    const value = socket.options[name];
    if (!(value >= 0)) expected(name, 'a number from 0 on', value);
  }
  if (!socket.options.WebSocket) expected('WebSocket', 'one', 'none');
  const awaited = waitingOf(socket, 'peers');
  return socket;
};

/** Messages come in: to a callback, or into a queue whose oldest one goes when it is full. */
const receiving = (socket) => {
  const { queue, buffer, onmessage } = socket.options;
  const received = [];
  const receivers = waitingOf(socket, 'receive');
  let bytes = 0;

  const shift = () => {
    const message = received.shift();
    bytes -= message.length;
    return socket.toUser(message);
  };

  socket.arrived = (link, message) => {
    const [receiver] = receivers.values();
    if (onmessage) return onmessage(socket.toUser(message));
    if (receiver) return receiver.resolve(socket.toUser(message));
    received.push(message);
    bytes += message.length;
    while (received[1] && (received.length > queue || bytes > buffer)) {
      shift();
      socket.dropped++;
    }
  };

  socket.recv = async (options) => {
    socket.check();
    return received[0] ? shift() : receivers.add({}, options);
  };

  socket[Symbol.asyncIterator] = async function* () {
    try {
      for (;;) yield await socket.recv({ timeout: Infinity });
    } catch (error) {
      if (!socket.closed) throw error;
    }
  };
};

/** Messages wait until a connection has room, and go to each connection in its turn. */
const queueing = (socket, what, sent) => {
  const { links, opened } = socket;
  const entries = waitingOf(socket, what);
  let turn = 0;
  let timer;

  /** The connection that took it. */
  const give = (bytes) => {
    for (const _ of links) {
      const link = links[turn++ % links.length];
      if (link.send(bytes)) return link;
    }
  };

  entries.pump = () => {
    clearTimeout(timer);
    for (const entry of entries.values()) {
      const link = entry.link ?? give(entry.bytes);
      if (!link) return socket.peers && (timer = setTimeout(entries.pump, LOOK));
      if (!entry.link) sent(entry, link);
    }
  };

  socket.opened = () => {
    opened();
    entries.pump();
  };

  entries.send = (...entry) => {
    const promise = entries.add(...entry);
    entries.pump();
    return promise;
  };
  return entries;
};

const sending = (socket) => {
  const entries = queueing(socket, 'send', (entry) => entry.resolve());
  socket.send = async (data, options) => entries.send({ bytes: joined([], data) }, options);
};

const asking = (socket) => {
  const entries = queueing(socket, 'request', (entry, link) => {
    entry.link = link;
    entry.timer = after(socket.options.resend, () => again((other) => other === entry));
  });
  let id = Math.random() * 2 ** 31;

  /** Asks some of them again. */
  const again = (which) => {
    for (const entry of entries.values()) {
      if (!which(entry)) continue;
      clearTimeout(entry.timer);
      entry.link = undefined;
    }
    entries.pump();
  };

  socket.request = async (data, options) => {
    const word = Uint8Array.of((++id >>> 24) | 0x80, id >>> 16, id >>> 8, id);
    return entries.send({ bytes: joined(word, data) }, options, String(word));
  };

  socket.lost = (link) => again((entry) => entry.link === link);

  socket.arrived = (link, bytes) => {
    if (endOfWords(bytes) !== WORD) return link.refuse('an answer without an id');
    const entry = entries.get(String(bytes.subarray(0, WORD)));
    // Nobody waits for it any more, or it is the second one to a request that was repeated.
    if (!entry) socket.dropped++;
    else entry.resolve(socket.toUser(bytes.subarray(WORD)));
  };
};

const answering = (socket) => {
  const { queue, handler } = socket.options;
  let busy = 0;

  socket.arrived = async (link, bytes) => {
    const { ws } = link;
    const end = endOfWords(bytes);
    if (!end) return link.refuse('a request without an id');
    // Whoever asked asks again.
    if (end > MOST_WORDS * WORD || busy >= queue) return socket.dropped++;
    busy++;
    try {
      const answer = joined(bytes.subarray(0, end), await handler(socket.toUser(bytes.subarray(end))));
      // Only this connection leads back to whoever asked.
      if (link.ws !== ws || !link.send(answer)) socket.dropped++;
    } finally {
      busy--;
    }
  };
};

/** To everybody at once; who has no room misses it. */
const publishing = (socket) => {
  socket.send = (data) => {
    socket.check();
    const bytes = bytesOf(data);
    for (const link of socket.links) if (!link.send(bytes) && link.state === 'open') socket.dropped++;
  };
};

const filtering = (socket) => {
  const { arrived } = socket;
  const prefixes = new Map();

  socket.subscribe = (prefix = '') => {
    const bytes = joined([], prefix);
    prefixes.set(String(bytes), bytes);
    return socket;
  };

  socket.unsubscribe = (prefix = '') => {
    if (!prefixes.delete(String(bytesOf(prefix)))) expected('prefix', 'one that is subscribed', prefix);
    return socket;
  };

  socket.arrived = (link, bytes) => {
    for (const prefix of prefixes.values()) {
      if (prefix.every((byte, place) => bytes[place] === byte)) return arrived(link, bytes);
    }
  };
  listOf(socket.options.subscribe).forEach(socket.subscribe);
};

const lonely = (socket) => {
  const { connect } = socket;
  socket.connect = (url) => (socket.links[0] ? expected('url', 'one peer of a pair', url) : connect(url));
};

const kind = (peer, ...parts) => (urls, options) => {
  const socket = socketOf(peer, options);
  for (const part of parts) part(socket);
  for (const url of listOf(urls)) socket.connect(url);
  return socket;
};
const handled = (make) => (urls, handler, options) =>
  typeof handler === 'function'
    ? make(urls, { ...options, handler })
    : expected('handler', 'a function', handler);

export const pub = kind('sub', publishing);
export const sub = kind('pub', receiving, filtering);
export const push = kind('pull', sending);
export const pull = kind('push', receiving);
export const pair = kind('pair', sending, receiving, lonely);
export const bus = kind('bus', publishing, receiving);
export const req = kind('rep', asking);
export const rep = handled(kind('req', answering));
export const respondent = handled(kind('surveyor', answering));
