'use strict';
/**
 * A native socket with its queues of promises: receives and sends that wait, and the messages that
 * came with one batch and are not yet asked for. nnmsg.js and zmq.js put their names over it.
 */
// The global of this name is a getter, which costs as much as cutting a slab.
const { Buffer } = require('node:buffer');
const native = require('./native.js');
const { interests, kinds } = require('./catalog.js');
const { Fifo } = require('./fifo.js');
const loop = require('./loop.js');

/** Frames from this size on get a buffer of their own. */
const LARGE = 64 * 1024;
/** No slab is longer, so that a small message that is kept pins at most this much. */
const SLAB = 128 * 1024;
/** A batch is at most this many messages, and about so many bytes. */
const BATCH = loop.CALLS_A_TURN;
const BATCH_BYTES = 1024 * 1024;
/** So many sends may wait for room; one more is refused with EAGAIN. */
const SENDS_WAITING = 65536;
/** After so many wakes in vain a channel waits this many milliseconds before it asks again. */
const VAIN_WAKES = 16;
const VAIN_PAUSE = 5;

/** Options by which reading a message says for whom the next call is: none is read ahead of its receiver. */
const READ_ONE_BY_ONE = new Set(['XPUB_MANUAL', 'XPUB_MANUAL_LAST_VALUE']);

/** Where the native half writes the lengths of frames: twice each, plus one for "more follow". */
const lengths = new Float64Array(2 * BATCH);
const lengthBytes = Buffer.from(lengths.buffer);

/** A body to send with the header that a raw socket takes, to the peer of a number. */
class Headed {
  constructor(body, header, pipe) {
    this.body = body;
    this.header = header;
    this.pipe = pipe;
  }
}

/** A body to send to the peer of a routing id, or to a group. */
class Directed {
  constructor(body, routingId, group) {
    this.body = body;
    this.routingId = routingId;
    this.group = group;
  }
}

/** What came with a message, as an object. */
const directions = {
  routingId: (bytes) => ({ routingId: new Uint32Array(Uint8Array.from(bytes).buffer)[0] }),
  group: (bytes) => ({ group: bytes }),
};

class Channel {
  /**
   * @param context the native context, or a function that opens the native socket, given wakes and id
   * @param {number} place of the kind in the table
   * @param catalog of the dialect
   */
  constructor(context, place, catalog) {
    this.id = loop.nextId();
    this.catalog = catalog;
    this.kind = kinds[place];
    this.native =
      typeof context === 'function' ? context(loop.wakes, this.id) : context.open(place, loop.wakes, this.id);
    this.sendBytes = this.native.sender();
    this.stage = this.native.stager();
    this.fill = this.native.filler();
    this.arm = this.native.armer();
    this.closed = false;
    this.multipart = catalog.dialect !== 'sp' || this.kind.whole;
    this.directed = directions[this.kind.direction];
    this.inbox = new Fifo();
    this.accepted = 0;
    this.partial = null;
    this.window = 1;
    this.widest = BATCH;
    this.receivers = new Fifo();
    this.senders = new Fifo();
    this.watchers = new Set();
    this.flow = null;
    this.continuing = false;
    this.armedFor = 0;
    this.held = false;
    this.refed = true;
    this.vain = 0;
    this.timeouts = new Map();
    /** Calls that are not the socket's turn (REQ, REP) wait for it instead of failing with EFSM. */
    this.inTurn = false;
  }

  /** What `call()` gives, or `otherwise` when it is not the socket's turn. */
  turn(call, otherwise) {
    try {
      return call();
    } catch (error) {
      if (error.code !== 'EFSM') throw error;
      return otherwise;
    }
  }

  // ---- receiving

  /** A message that is there, or undefined. */
  take() {
    if (this.inbox.length === 0 && !this.pullInTurn()) return undefined;
    return this.inbox.shift();
  }

  pullInTurn() {
    if (!this.inTurn) return this.pull(this.window);
    return this.turn(() => this.pull(this.window), false);
  }

  recv(dontWait = false) {
    try {
      if (this.receivers.length === 0) {
        const message = this.take();
        if (message !== undefined) return loop.settled(message);
      }
      return this.enqueue(this.receivers, undefined, undefined, dontWait ? 0 : this.timeout('receiveTimeout'), dontWait);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same with `shape(message)`, which is called when the message is taken. */
  recvShaped(shape) {
    try {
      if (this.receivers.length === 0) {
        const message = this.take();
        if (message !== undefined) return loop.settled(shape(message));
      }
      return this.enqueue(this.receivers, shape, undefined, this.timeout('receiveTimeout'), false);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** From now on messages are taken one by one: who sent the first of a batch may be forgotten behind it. */
  takeSingly() {
    this.widest = this.window = 1;
  }

  /** What is known of who sent the message that was taken last. */
  peerOfLast() {
    return this.native.peer(this.accepted - this.inbox.length - 1);
  }

  recvSync(dontWait = false) {
    const message = this.take();
    if (message !== undefined) return message;
    if (dontWait) native.fail('EAGAIN');
    loop.patiently(this.timeout('receiveTimeout'), (left) => this.pull(1, left));
    return this.inbox.shift();
  }

  /** Up to `limit` messages; waits for the first only. */
  async recvMany(limit = BATCH, dontWait = false) {
    if (this.receivers.length === 0 && this.inbox.length === 0) this.pull(Math.min(limit, this.widest));
    const messages = [await this.recv(dontWait)];
    while (messages.length < limit && this.inbox.length > 0) messages.push(this.inbox.shift());
    return messages;
  }

  /** Takes a batch from the core into the inbox; whether there was one. */
  pull(limit, millis) {
    let frames = this.stage(limit, lengthBytes, millis);
    if (frames === 0) return false;
    let { count, bytes } = this.cut(frames);
    while (this.partial !== null) {
      frames = this.stage(1, lengthBytes);
      const rest = this.cut(frames);
      count += rest.count;
      bytes += rest.bytes;
    }
    this.accepted += count;
    const fits = Math.max(1, Math.floor((BATCH_BYTES * count) / (bytes + 1)));
    const wanted = count >= limit ? limit * 2 : Math.max(count, limit >> 1);
    this.window = Math.max(1, Math.min(wanted, fits, this.widest));
    return true;
  }

  /** Makes buffers of the frames that the native half holds. */
  cut(frames) {
    let count = 0;
    let bytes = 0;
    for (let first = 0; first < frames; ) {
      let total = Math.floor(lengths[first] / 2);
      let end = first + 1;
      if (total < LARGE) {
        for (; end < frames; end++) {
          const next = Math.floor(lengths[end] / 2);
          if (next >= LARGE || total + next > SLAB) break;
          total += next;
        }
      }
      const run = end - first;
      const slab = total < LARGE / 16 ? Buffer.allocUnsafe(total) : Buffer.allocUnsafeSlow(total);
      this.fill(slab, run);
      bytes += total;
      let at = 0;
      for (; first < end; first++) {
        const size = Math.floor(lengths[first] / 2);
        // As `subarray`, in half the time.
        const frame = run === 1 ? slab : Buffer.from(slab.buffer, slab.byteOffset + at, size);
        at += size;
        count += this.accept(frame, lengths[first] % 2 === 1);
      }
    }
    return { count, bytes };
  }

  accept(frame, more) {
    if (!this.multipart) {
      this.inbox.push(frame);
      return 1;
    }
    if (this.partial === null) {
      if (more) this.partial = [frame];
      else this.inbox.push([frame]);
      return more ? 0 : 1;
    }
    this.partial.push(this.directed ? this.directed(frame) : frame);
    if (more) return 0;
    this.inbox.push(this.partial);
    this.partial = null;
    return 1;
  }

  // ---- sending

  /** Tries to send `data` (a string, a Uint8Array, or an array of those); whether it went. */
  offer(data, millis) {
    if (this.inTurn) return this.turn(() => this.offerNow(data, millis), false);
    return this.offerNow(data, millis);
  }

  offerNow(data, millis) {
    if (typeof data === 'string') return this.native.sendText(data, millis);
    if (data instanceof Headed) return this.native.sendMsg(data.body, data.header, data.pipe, millis);
    if (data instanceof Directed) return this.native.sendDirected(data.body, data.routingId, data.group, millis);
    if (Array.isArray(data)) return this.native.sendParts(data, millis);
    return this.sendBytes(data, millis);
  }

  /** The promise is of `result`. */
  send(data, result, dontWait = false) {
    try {
      if (this.senders.length === 0 && this.offer(data)) return loop.settled(result);
      return this.enqueue(this.senders, data, result, dontWait ? 0 : this.timeout('sendTimeout'), dontWait);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  sendSync(data, dontWait = false) {
    if (this.senders.length === 0 && this.offer(data)) return;
    if (dontWait) native.fail('EAGAIN');
    const millis = this.timeout('sendTimeout');
    // Those that wait were first.
    while (this.senders.length > 0) {
      const call = this.senders.peek();
      loop.patiently(millis, (left) => this.offer(call.data, left));
      finish(this.senders.shift()).resolve(call.result);
    }
    loop.patiently(millis, (left) => this.offer(data, left));
  }

  /** Sends a value as MessagePack; the promise is of the number of bytes. */
  sendTable(value, dontWait = false) {
    try {
      if (this.senders.length > 0) {
        const bytes = native.packTable(value);
        return this.send(bytes, bytes.length, dontWait);
      }
      const sent = this.native.sendTable(value);
      if (typeof sent === 'number') return loop.settled(sent);
      const millis = dontWait ? 0 : this.timeout('sendTimeout');
      return this.enqueue(this.senders, sent, sent.length, millis, dontWait);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  sendTableSync(value, dontWait = false) {
    const bytes = native.packTable(value);
    this.sendSync(bytes, dontWait);
    return bytes.length;
  }

  /** Sends messages in order; the promise is of their number. */
  async sendMany(list) {
    let count = 0;
    for (const data of list) {
      if (this.senders.length > 0 || !this.offer(data)) await this.send(data);
      count += 1;
      if (count % loop.CALLS_A_TURN === 0) await loop.settled();
    }
    return count;
  }

  // ---- waiting

  /** Puts a call into its queue; its promise rejects at the end of the time. */
  enqueue(queue, data, result, millis, dontWait) {
    if (dontWait) native.fail('EAGAIN');
    if (millis === 0) this.timedOut();
    if (queue === this.senders && queue.length >= SENDS_WAITING) {
      native.fail('EAGAIN', `${SENDS_WAITING} sends are waiting already`);
    }
    return new Promise((resolve, reject) => {
      const call = { data, result, resolve, reject, timer: undefined };
      if (millis >= 0) call.timer = loop.after(millis, () => this.expire(queue, call));
      queue.push(call);
      this.rearm();
    });
  }

  expire(queue, call) {
    queue.remove(call);
    this.rearm();
    try {
      this.timedOut();
    } catch (error) {
      call.reject(error);
    }
  }

  timedOut() {
    native.fail(this.catalog.dialect === 'sp' ? 'ETIMEDOUT' : 'EAGAIN');
  }

  /** Called when something that was armed for holds. */
  wake() {
    this.armedFor = 0;
    const before = this.pending();
    try {
      this.serve();
    } finally {
      this.vain = this.pending() === before && this.flow === null ? this.vain + 1 : 0;
      if (this.vain >= VAIN_WAKES && this.pending() > 0) {
        this.vain = 0;
        setTimeout(() => this.wake(), VAIN_PAUSE);
      } else {
        this.rearm();
        this.lookAgain();
      }
    }
  }

  /** Peers are news, not a state: what came between the look and the arming rings no bell. */
  lookAgain() {
    for (const watcher of [...this.watchers]) {
      if (watcher.interest & interests.peers) watcher.look();
    }
  }

  serve() {
    this.serveSenders();
    this.serveReceivers();
    for (const watcher of [...this.watchers]) watcher.look();
    if (this.flow !== null) this.serveFlow();
  }

  serveReceivers() {
    while (this.receivers.length > 0) {
      let message;
      try {
        message = this.take();
      } catch (error) {
        finish(this.receivers.shift()).reject(error);
        continue;
      }
      if (message === undefined) return;
      const { data: shape, resolve } = finish(this.receivers.shift());
      resolve(shape === undefined ? message : shape(message));
    }
  }

  serveSenders() {
    while (this.senders.length > 0) {
      const call = this.senders.peek();
      try {
        if (!this.offer(call.data)) return;
      } catch (error) {
        finish(this.senders.shift()).reject(error);
        continue;
      }
      finish(this.senders.shift()).resolve(call.result);
    }
  }

  /** Hands messages to a listener: one batch, then the loop has its turn. */
  serveFlow() {
    for (let left = BATCH; left > 0 && this.flow !== null && !this.closed; left--) {
      let message;
      try {
        message = this.take();
      } catch (error) {
        const flow = this.flow;
        this.flow = null;
        flow(error);
        return;
      }
      if (message === undefined) return;
      this.flow(null, message);
    }
  }

  pending() {
    return this.receivers.length + this.senders.length + this.watchers.size;
  }

  /** Asks for what is waited for, and keeps the process alive as long as anything is. */
  rearm() {
    let want = 0;
    if (this.receivers.length > 0 || this.flow !== null) want |= interests.in;
    if (this.senders.length > 0) want |= interests.out;
    for (const watcher of this.watchers) want |= watcher.interest;
    if (this.closed) want = 0;
    if (want !== this.armedFor) {
      this.armedFor = want;
      if (want !== 0) loop.armed.set(this.id, this);
      this.arm(want);
    }
    if (want === 0) loop.armed.delete(this.id);
    // What a batch left in the inbox rings no bell.
    if (this.flow !== null && this.inbox.length > 0 && !this.continuing) {
      this.continuing = true;
      setImmediate(() => {
        this.continuing = false;
        this.wake();
      });
    }
    const hold = want !== 0 && this.refed;
    if (hold !== this.held) {
      this.held = hold;
      if (hold) loop.hold();
      else loop.release();
    }
  }

  /** Calls `flow(error, message)` for every message from now on; null stops. */
  setFlow(flow) {
    this.flow = flow;
    this.rearm();
  }

  setRef(refed) {
    this.refed = refed;
    this.rearm();
  }

  /**
   * A promise of the first value of `check()` that is not undefined, which is asked whenever one of
   * `interest` may have come to hold; `late()` answers at the end of the time.
   */
  static when(channels, interest, millis, check, late) {
    return new Promise((resolve, reject) => {
      let timer;
      const end = (act) => {
        clearTimeout(timer);
        channels.forEach((channel, place) => {
          channel.watchers.delete(watchers[place]);
          channel.rearm();
        });
        act();
      };
      const look = () => {
        try {
          const value = check();
          if (value !== undefined) end(() => resolve(value));
        } catch (error) {
          end(() => reject(error));
        }
      };
      const watchers = channels.map((_, place) => ({ interest: interest(place), look }));
      channels.forEach((channel, place) => {
        channel.watchers.add(watchers[place]);
        channel.rearm();
      });
      timer = loop.after(millis, () => {
        try {
          const value = late();
          end(() => resolve(value));
        } catch (error) {
          end(() => reject(error));
        }
      });
      look();
    });
  }

  waitForPeers(count = 1, millis = -1) {
    const check = () => (this.native.closed ? this.gone() : this.native.peers >= count || undefined);
    return this.whenPeers(millis, check, `fewer than ${count} peers are connected`);
  }

  waitForSubscribers(prefix, count = 1, millis = -1) {
    const check = () => this.native.hasSubscribers(prefix, count) || undefined;
    return this.whenPeers(millis, check, `fewer than ${count} peers subscribe`);
  }

  whenPeers(millis, check, late) {
    const done = Channel.when(
      [this],
      () => interests.peers,
      millis,
      check,
      () => native.fail('ETIMEDOUT', late),
    );
    return done.then(() => undefined);
  }

  // ---- the rest

  get readiness() {
    return this.native.readiness() | (this.inbox.length > 0 ? interests.in : 0);
  }

  /** A timeout option, read once and again after options were changed. */
  timeout(which) {
    let millis = this.timeouts.get(which);
    if (millis === undefined) {
      const row = this.catalog[which];
      millis = this.native.get(row.level, row.number);
      this.timeouts.set(which, millis);
    }
    return millis;
  }

  set(row, value) {
    this.timeouts.clear();
    this.native.set(row.level, row.number, bytesOf(value, true));
    if (READ_ONE_BY_ONE.has(row.name)) this.widest = this.window = 1;
  }

  get(row) {
    const value = this.native.get(row.level, row.number);
    // Who watches a descriptor must find the messages behind it, not in the inbox.
    if (row.kind === 'descriptor') this.takeSingly();
    return row.name === 'EVENTS' && this.inbox.length > 0 ? value | interests.in : value;
  }

  dropped() {
    return Object.fromEntries(this.native.dropped().map((row) => [row.reason, row.count]));
  }

  close(linger) {
    if (this.closed) return;
    this.native.close(linger);
    this.closed = true;
    this.inbox.clear();
    this.partial = null;
    this.flow = null;
    for (const queue of [this.senders, this.receivers]) {
      while (queue.length > 0) {
        try {
          this.gone();
        } catch (error) {
          finish(queue.shift()).reject(error);
        }
      }
    }
    for (const watcher of [...this.watchers]) watcher.look();
    this.rearm();
  }

  /** Throws the error of a closed socket. */
  gone() {
    this.stage(1, lengthBytes);
    native.fail(this.catalog.dialect === 'sp' ? 'EBADF' : 'ENOTSOCK');
  }
}

function finish(call) {
  clearTimeout(call.timer);
  return call;
}

/** What is ready of each channel right now. */
function readyNow(channels, wanted, millis) {
  const natives = channels.map((channel) => channel.native);
  const inbox = channels.map((channel, place) => (channel.inbox.length > 0 ? wanted[place] & interests.in : 0));
  const wait = inbox.some((bits) => bits !== 0) ? undefined : millis;
  return native.poll(natives, wanted, wait).map((bits, place) => {
    if (bits & interests.term) channels[place].gone();
    return bits | inbox[place];
  });
}

const any = (ready) => ready.some((bits) => bits !== 0);

/** A promise of what is ready of each channel; all 0 at the end of the time. */
async function poll(channels, wanted, millis = -1) {
  const ready = readyNow(channels, wanted);
  if (any(ready) || millis === 0) return ready;
  const check = () => {
    const bits = readyNow(channels, wanted);
    return any(bits) ? bits : undefined;
  };
  return Channel.when(channels, (place) => wanted[place], millis, check, () => ready);
}

function pollSync(channels, wanted, millis = -1) {
  return loop.patiently(millis, (left) => readyNow(channels, wanted, left));
}

/** Bytes as the native half takes them; a string stays one where that is allowed. */
function bytesOf(value, any = false) {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  // Another thread may write there meanwhile, so it is copied.
  if (value instanceof SharedArrayBuffer) return Buffer.from(new Uint8Array(value));
  if (any && (typeof value === 'number' || typeof value === 'boolean')) return value;
  if (any && value === null) return Buffer.alloc(0);
  if (any && typeof value === 'bigint') return Number(value);
  const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
  throw Object.assign(new TypeError(`expected a string, a Buffer or another view of bytes, got ${got}`), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
}

/** An endpoint's text. */
function addressOf(address) {
  if (typeof address === 'string') return address;
  throw new TypeError(`an address is a string, not ${address === null ? 'null' : typeof address}`);
}

module.exports = { Channel, Headed, Directed, poll, pollSync, bytesOf, addressOf };
