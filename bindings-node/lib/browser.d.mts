/**
 * sockery/browser: the Scalability Protocols (nanomsg, nng) over the WebSocket of a browser, Deno, Bun
 * or Node.js (22 and later). One ES module without dependencies: a page loads browser.mjs as it is.
 *
 *     import { sub, req } from './browser.mjs';
 *
 *     const news = sub('ws://127.0.0.1:5555', { subscribe: 'weather', text: true });
 *     for await (const message of news) console.log(message);
 *
 *     const ask = req('ws://127.0.0.1:5556', { text: true, timeout: 2000 });
 *     console.log(await ask.request('how are you'));
 *
 * A socket connects to one address or several, and again whenever a connection is lost: after
 * `reconnect` milliseconds, then twice as many each time up to `reconnectMax`, less up to half at random.
 * What it connects to is bound by a socket of sockery, nanomsg or nng of the other kind (sub: a PUB).
 *
 * A message is one frame of WebSocket, and the peer limits those: sockery and nanomsg by NN_RCVMAXSIZE (1 MiB
 * at first), nng to 1 MiB. It hangs up on a longer one (1009), and a request is then repeated in vain.
 *
 * Errors are {@link SockeryError}s. A peer that is not there is none: sends and requests wait for it.
 * A page loaded by https may only connect to wss, except to the machine that it runs on.
 */

/** Bytes to send: a string goes as UTF-8. They are copied, and may change after the call. */
export type Data = string | ArrayBufferView | ArrayBuffer;

/** The error of a failed call; its text names what was being done and why that failed. */
export class SockeryError extends Error {
  constructor(code: SockeryError['code'], text: string);
  /**
   * `EINVAL`: an argument or option of the wrong type or range; the text names it.
   * `EAGAIN`: `queue` or `buffer` is full: refused, and not sent.
   * `ETIMEDOUT`: nothing came, or nothing could be sent, within `timeout`; not sent later either.
   * `EBADF`: the socket is closed, or was closed meanwhile.
   */
  code: 'EINVAL' | 'EAGAIN' | 'ETIMEDOUT' | 'EBADF';
}

/** What happened to the connection to one address. */
export interface Change {
  url: string;
  /** `open`: the handshake is done. `waiting`: lost, or never made, and dialed again soon. */
  state: 'open' | 'waiting' | 'closed';
  /** Of `waiting`: why. Browsers do not tell pages more than the code of WebSocket (1006: none came). */
  reason?: string;
  /** Of `waiting`: bytes that the WebSocket had taken and never sent, as far as it knows. */
  unsent?: number;
}

export interface Options {
  /** How many messages (receives, requests) wait at most each way; 1,000 at first, 0 refuses all. */
  queue?: number;
  /** How many bytes wait at most each way, and in each connection; 1 MiB at first. One message may be longer. */
  buffer?: number;
  /** How long calls wait that name no time of their own, in milliseconds; `Infinity` at first. */
  timeout?: number;
  /** The pause before an address is dialed again, in milliseconds; 100 at first ... */
  reconnect?: number;
  /** ... and the longest that it becomes; 10,000 at first. */
  reconnectMax?: number;
  /** Is told of each change of a connection. */
  onchange?: (change: Change) => void;
  /** The class to use where there is no global one. */
  WebSocket?: new (url: string, protocol: string) => object;
}

/** Messages come as strings: UTF-8, and what is none becomes U+FFFD ... */
export interface Text {
  text: true;
}

/** ... or as bytes, which is so at first. */
export interface Bytes {
  text?: false;
}

export interface Wait {
  /** Milliseconds; 0 does not wait, `Infinity` waits for ever. */
  timeout?: number;
}

export interface Socket {
  /** Connects to one more address. @throws EINVAL, EBADF */
  connect(url: string): this;
  /** Connections whose handshake is done. */
  readonly peers: number;
  /** Until so many are there: 1 by default. */
  waitForPeers(count?: number, wait?: Wait): Promise<void>;
  /**
   * Messages that were received and given to nobody: a queue was full, nobody waited for an answer, or
   * the kind receives none. Of pub and bus also those that a connection without room missed, of rep answers
   * whose way back was gone.
   */
  readonly dropped: number;
  readonly closed: boolean;
  /**
   * Closes. What waits ends with EBADF at once, and iterators end; what connections have taken they still
   * send. The promise is kept when all of them are closed.
   */
  close(): Promise<void>;
}

export interface Receiver<M> extends Socket {
  /** The next message. Those that nobody receives wait in a queue; of a full one the oldest goes. */
  recv(wait?: Wait): Promise<M>;
  /** Messages until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<M>;
}

export interface Sender extends Socket {
  /**
   * Sends one message to one peer, each in its turn. Kept when a connection has taken it, which waits for
   * one and for room there. What a connection held that then breaks is lost, as in nanomsg: who has to
   * know asks, by req.
   */
  send(data: Data, wait?: Wait): Promise<void>;
}

export interface Publisher extends Socket {
  /** Sends to all peers that are there and have room; see {@link Socket.dropped}. @throws EINVAL, EBADF */
  send(data: Data): void;
}

export interface Subscriber<M> extends Receiver<M> {
  /** Takes messages that begin with these bytes; all by default. None come before the first call. */
  subscribe(prefix?: Data): this;
  /** @throws EINVAL when it is not subscribed */
  unsubscribe(prefix?: Data): this;
}

export interface Requester<M> extends Socket {
  /**
   * Asks one peer, each in its turn, and gives its answer. Several at a time go their own ways. Asked again,
   * perhaps of another peer, when the connection is lost and each `resend` milliseconds: peers must bear that.
   */
  request(data: Data, wait?: Wait): Promise<M>;
}

export interface ReceiverOptions<M> extends Options {
  /** Takes the messages, instead of the queue. */
  onmessage?: (message: M) => void;
}

export interface SubscriberOptions<M> extends ReceiverOptions<M> {
  /** What to subscribe to from the start. */
  subscribe?: Data | Data[];
}

export interface RequesterOptions extends Options {
  /** After how many milliseconds without an answer a request is repeated; 60,000 at first. */
  resend?: number;
}

type Urls = string | string[];
type Handler<M> = (message: M) => Data | Promise<Data>;

/** Sends to all SUBs that it connects to. */
export function pub(urls?: Urls, options?: Options): Publisher;

/** Receives from PUBs what begins as it subscribed. */
export function sub(urls: Urls | undefined, options: SubscriberOptions<string> & Text): Subscriber<string>;
export function sub(urls?: Urls, options?: SubscriberOptions<Uint8Array> & Bytes): Subscriber<Uint8Array>;

/** Sends to PULLs. */
export function push(urls?: Urls, options?: Options): Sender;

/** Receives from PUSHes. */
export function pull(urls: Urls | undefined, options: ReceiverOptions<string> & Text): Receiver<string>;
export function pull(urls?: Urls, options?: ReceiverOptions<Uint8Array> & Bytes): Receiver<Uint8Array>;

/** Sends to one PAIR and receives from it. */
export function pair(url: string | undefined, options: ReceiverOptions<string> & Text): Sender & Receiver<string>;
export function pair(url?: string, options?: ReceiverOptions<Uint8Array> & Bytes): Sender & Receiver<Uint8Array>;

/** Sends to all BUSes that it connects to, and receives from all. */
export function bus(urls: Urls | undefined, options: ReceiverOptions<string> & Text): Publisher & Receiver<string>;
export function bus(urls?: Urls, options?: ReceiverOptions<Uint8Array> & Bytes): Publisher & Receiver<Uint8Array>;

/** Asks REPs. */
export function req(urls: Urls | undefined, options: RequesterOptions & Text): Requester<string>;
export function req(urls?: Urls, options?: RequesterOptions & Bytes): Requester<Uint8Array>;

/**
 * Answers REQs: the handler is given each request, `queue` at a time, and what it returns goes back. What it
 * throws is an unhandled rejection, and nothing goes back.
 */
export function rep(urls: Urls | undefined, handler: Handler<string>, options: Options & Text): Socket;
export function rep(urls: Urls | undefined, handler: Handler<Uint8Array>, options?: Options & Bytes): Socket;

/** Answers SURVEYORs in the same way. */
export function respondent(urls: Urls | undefined, handler: Handler<string>, options: Options & Text): Socket;
export function respondent(urls: Urls | undefined, handler: Handler<Uint8Array>, options?: Options & Bytes): Socket;
