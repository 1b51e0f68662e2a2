/**
 * sockery/zmq: ZeroMQ (ZMTP 3) in three forms of the same sockets.
 *
 * - `new Publisher()` and its kin: zeromq.js 6's form, with promises and async iteration.
 * - `new Socket(PAIR)`: fibjs's form, one frame a call; `recv()` and `send()` block the thread.
 * - `new Socket('pub')`, `socket('pub')`: the event-emitter form of zeromq.js 5; see `sockery/zmq/v5`.
 *
 * Errors have `code` (`EAGAIN`, `EFSM`, `ETERM`, `ENOTSOCK` once closed ...) and `errno` (libzmq's
 * number). Times are milliseconds; -1 is for ever.
 */
import { EventEmitter } from 'node:events';
import type { Socket as ClassicSocket } from './zmq-v5';

export interface ZmqError extends Error {
  code: string;
  errno: number;
}

/** A part of a message: a string goes as UTF-8, a number as its text, null as no bytes. */
export type MessageLike = string | number | null | ArrayBufferView | ArrayBuffer;
/** A message, of one part or several. */
export type Outgoing = MessageLike | readonly MessageLike[];

/** Options, by zeromq.js 6's names. All are properties of sockets and of constructor arguments. */
export interface SocketOptions {
  context?: Context;
  /** How long closing waits for what is unsent; -1 for ever. */
  linger?: number;
  /** How many messages may wait for one peer; 0 without limit. 1,000 by default. */
  sendHighWaterMark?: number;
  receiveHighWaterMark?: number;
  /** The same in bytes (ours); 0, the default, without limit. */
  sendHighWaterMarkBytes?: number;
  receiveHighWaterMarkBytes?: number;
  /** How long a send or a receive may wait: EAGAIN afterwards. */
  sendTimeout?: number;
  receiveTimeout?: number;
  /** The longest message that is received, in bytes; -1 without limit. */
  maxMessageSize?: number;
  routingId?: string | null;
  immediate?: boolean;
  conflate?: boolean;
  ipv6?: boolean;
  backlog?: number;
  reconnectInterval?: number;
  reconnectMaxInterval?: number;
  connectTimeout?: number;
  handshakeInterval?: number;
  heartbeatTimeToLive?: number;
  heartbeatTimeout?: number;
  sendBufferSize?: number;
  receiveBufferSize?: number;
  /** For `tls+tcp` and `wss`: the authorities that are trusted, PEM text or a file's path; without, the system's. */
  tlsCa?: string | Buffer;
  /** The own certificate and those that lead to its authority, likewise. Who binds must have one. */
  tlsCert?: string | Buffer;
  /** Its private key, likewise. */
  tlsKey?: string | Buffer;
  /** The name that the server's certificate must have, where it is not the host connected to. */
  tlsServerName?: string;
  /** Trust the system's authorities too. */
  tlsTrustSystem?: boolean;
  /** Whether clients are asked for a certificate: `TLS_CLIENT_CERT_NONE`, `_OPTIONAL`, `_REQUIRED`. */
  tlsClientCert?: number;
  /** The oldest version that is accepted: `TLS_1_2` (the default) or `TLS_1_3`. */
  tlsMinVersion?: number;
  /** Web pages that may connect over `ws` and `wss`: origins with spaces between; empty: all. */
  wsOrigins?: string;
  tcpKeepalive?: number;
  tcpKeepaliveCount?: number;
  tcpKeepaliveIdle?: number;
  tcpKeepaliveInterval?: number;
  typeOfService?: number;
  /** Of ROUTER: an unknown peer is EHOSTUNREACH instead of dropped. */
  mandatory?: boolean;
  handover?: boolean;
  probeRouter?: boolean;
  /** Of REQ. */
  correlate?: boolean;
  relaxed?: boolean;
  /** Of PUB and XPUB: wait for the slowest subscriber instead of dropping its messages. */
  noDrop?: boolean;
  /**
   * Of XPUB, write only: whether subscriptions of a prefix that somebody has already come up too, and
   * each taking back. `verbose` and `verboser` are libzmq's options behind it.
   */
  verbosity?: null | 'allSubs' | 'allSubsUnsubs';
  verbose?: boolean;
  verboser?: boolean;
  /** Of XPUB: all wishes come up, and `subscribe` acts for the peer whose wish was received last ... */
  manual?: boolean;
  /** ... and the next message goes to that peer alone. */
  manualLastValue?: boolean;
  /** Of ROUTER, write only: the routing id to give the peer of the next `connect`. */
  connectRoutingId?: string;
  /** Of STREAM: tell of peers that come and go by empty messages (the default). */
  notify?: boolean;
  [option: string]: unknown;
}

/** What the forms share; on its own, fibjs's form. */
export class Socket extends EventEmitter implements AsyncIterable<unknown> {
  /** @param type one of `PAIR` (the default), `PUB` ... @throws EINVAL for an unknown one */
  constructor(type?: number, options?: SocketOptions);
  /** The number of the type. @throws ENOTSOCK once closed */
  readonly type: number | string;
  readonly context: Context;
  readonly closed: boolean;
  /** Whether a receive, or a send, would not wait. */
  readonly readable: boolean;
  readonly writable: boolean;
  /** The address bound or connected last, its port resolved. */
  readonly lastEndpoint: string | null;
  readonly peers: number;
  /** Messages dropped by the pattern's rules, by reason. */
  readonly dropped: Record<string, number>;

  bind(address: string): unknown;
  bindSync(address: string): unknown;
  unbind(address: string): unknown;
  unbindSync(address: string): unknown;
  /** @param options of ROUTER and STREAM: the routing id to give the peer */
  connect(address: string, options?: ConnectOptions): unknown;
  disconnect(address: string): unknown;
  /** Closes; again is harmless. `linger` takes the place of the option. */
  close(linger?: number): unknown;

  /** One frame; blocks the thread. */
  recv(): Buffer;
  /** One frame, by a callback. */
  recv(callback: (error: ZmqError | null, frame?: Buffer) => void): undefined;
  recvSync(): Buffer;
  recvAsync(): Promise<Buffer>;
  /** Whether the frame received last is followed by another of the same message. */
  readonly rcvMore: boolean;
  /** One frame; blocks the thread while there is no room. `more` says that others follow. */
  send(data: any, more?: any, callback?: any): any;

  subscribe(...prefixes: MessageLike[]): unknown;
  unsubscribe(...prefixes: MessageLike[]): unknown;
  /** @param option its number or its name, with or without `ZMQ_` */
  setsockopt(option: number | string, value: unknown): unknown;
  getsockopt(option: number | string): number | string | Buffer;

  /** Receives 1 to `limit` messages (512 by default), each an array of frames. */
  recvMany(limit?: number): Promise<Buffer[][]>;
  /** Sends messages in order and gives their number. */
  sendMany(messages: Iterable<Outgoing>): Promise<number>;
  /** Until so many peers are connected; ETIMEDOUT after `timeout`. */
  waitForPeers(count?: number, timeout?: number): Promise<void>;
  /** Of PUB and XPUB: until so many peers subscribe to this prefix. */
  waitForSubscribers(prefix?: string | ArrayBufferView, count?: number, timeout?: number): Promise<void>;
  /**
   * Lets in exactly the CURVE clients with these public keys (32 bytes, or 40 of Z85), without a ZAP handler.
   * From now on; peers that are connected stay. Null asks the handler again. @throws EINVAL for no key. Ours.
   */
  allowCurve(keys: Iterable<string | Uint8Array> | null): void;
  /** The same for PLAIN clients by passwords of names, which their messages bear as `User-Id`. Ours. */
  allowPlain(users: Record<string, string> | Map<string, string> | null): void;
  /** What happens to its endpoints and connections, from the first look on. */
  readonly events: Observer;
  /**
   * Asks `events` for one of type `stats` of each connection. EINVAL when nobody looked at `events`,
   * EAGAIN when nobody is connected. Ours.
   */
  monitorPipesStats(): void;
  /** Calls that wait keep the process alive (the default) ... */
  ref(): this;
  /** ... or do not. */
  unref(): this;
  [Symbol.asyncIterator](): AsyncIterableIterator<any>;
}

interface ConnectOptions {
  routingId?: string;
}

interface Modern extends SocketOptions {
  bind(address: string): Promise<void>;
  unbind(address: string): Promise<void>;
  connect(address: string, options?: ConnectOptions): void;
  disconnect(address: string): void;
}

interface Writable {
  /**
   * Sends a message. Waits while there is no room; sends at the same time go out in their order, and
   * up to 65,536 may wait. Bytes must not change before the promise is settled.
   */
  send(message: Outgoing): Promise<void>;
}

interface Readable {
  /** Receives a message: its frames. */
  receive(): Promise<Buffer[]>;
  /**
   * The same with what is known of who sent it. From the first call on the socket's messages are taken from the
   * engine one by one, which costs more than in batches. Ours.
   */
  receiveMessage(): Promise<Message>;
  /** Messages, until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer[]>;
}

/** A received message. */
export class Message implements Iterable<Buffer> {
  readonly frames: Buffer[];
  /**
   * What is known of its sender, null where that is nothing: `Peer-Address` (its host; over ipc
   * `localhost` and its user, group and process), `Socket-Type`, `Identity` (or `Routing-Id`), `User-Id`
   * (of a ZAP handler), or what it says by its option `metadata` (`X-...`). Capitals do not matter.
   */
  get(name: string): string | null;
  [Symbol.iterator](): IterableIterator<Buffer>;
}

/** An event of a socket; errors are of events that end in `:error...`, `value` is libzmq's number. */
export type SocketEvent =
  | { type: 'accept' | 'bind' | 'connect' | 'connect:delay' | 'close' | 'disconnect' | 'handshake'; address: string }
  /** The pause before it connects again, in milliseconds. */
  | { type: 'connect:retry'; address: string; interval: number }
  | {
      type: 'accept:error' | 'bind:error' | 'close:error' | 'handshake:error:other';
      address: string;
      error: ZmqError;
    }
  /** The code is libzmq's name, such as `ERR_ZMTP_MECHANISM_MISMATCH`. */
  | { type: 'handshake:error:protocol'; address: string; error: Error & { code: string } }
  | { type: 'handshake:error:auth'; address: string; error: Error & { status: number } }
  /** Messages of a connection that wait to be sent, and to be received. Ours. */
  | { type: 'stats'; address: string; sending: number; receiving: number }
  | { type: 'end' | 'unknown' };

/**
 * The events of a socket, to be received, iterated over, or listened for: once `on()` was called,
 * `receive()` rejects. Listeners alone do not keep the process alive. 1,000 events wait; further ones
 * are dropped, and counted by `socket.dropped.events`.
 */
export class Observer extends EventEmitter implements AsyncIterable<SocketEvent> {
  constructor(socket: Socket);
  /** Whether it, or its socket, was closed. */
  readonly closed: boolean;
  receive(): Promise<SocketEvent>;
  close(): void;
  on<T extends SocketEvent['type']>(type: T, listener: (event: Extract<SocketEvent, { type: T }>) => void): this;
  [Symbol.asyncIterator](): AsyncIterableIterator<SocketEvent>;
}

type Both = Socket & Modern & Writable & Readable;
type Sender = Omit<Socket, 'send'> & Modern & Writable;
type Receiver = Omit<Socket, 'send'> & Modern & Readable;
interface Constructor<S> {
  new (options?: SocketOptions): S;
}

export const Pair: Constructor<Both>;
export const Publisher: Constructor<Sender>;
export const Subscriber: Constructor<Receiver>;
export const Request: Constructor<Both>;
export const Reply: Constructor<Both>;
export const Dealer: Constructor<Both>;
export const Router: Constructor<Both>;
export const Pull: Constructor<Receiver>;
export const Push: Constructor<Sender>;
export const XPublisher: Constructor<Both>;
export const XSubscriber: Constructor<Both>;
/** Plain TCP: messages of a peer's number and bytes; no bytes tell that it came or went, and end it when sent. */
export const Stream: Constructor<Both>;
export type Pair = Both;
export type Publisher = Sender;
export type Subscriber = Receiver;
export type Request = Both;
export type Reply = Both;
export type Dealer = Both;
export type Router = Both;
export type Pull = Receiver;
export type Push = Sender;
export type XPublisher = Both;
export type XSubscriber = Both;
export type Stream = Both;

/** What comes with a message of SERVER and PEER: the number of the peer, 1 to 4294967295. */
export interface RoutingId {
  routingId: number;
}

/** What comes with a message of RADIO and DISH: at most 255 bytes. */
export interface Group<Bytes = Buffer> {
  group: Bytes;
}

interface Routed {
  /** Sends one part to the peer of a routing id; EHOSTUNREACH when there is none. */
  send(message: MessageLike, to: RoutingId): Promise<void>;
  /** Receives a part, and whom it came from. */
  receive(): Promise<[Buffer, RoutingId]>;
  /** Messages, until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<[Buffer, RoutingId]>;
}

interface Naming {
  /** Connects; the routing id of the new peer, which may be sent to at once. EFAULT with `immediate`. */
  connectPeer(address: string): number;
}

interface Broadcasting {
  /** Sends one part to a group, or to the one without a name. */
  send(message: MessageLike, to?: Group<string | ArrayBufferView | ArrayBuffer>): Promise<void>;
}

interface Listening {
  /** Receives the messages of these groups too; EINVAL when it is in one already. */
  join(...groups: Array<string | ArrayBufferView | ArrayBuffer>): void;
  /** Receives them no longer; EINVAL when it is not in one. */
  leave(...groups: Array<string | ArrayBufferView | ArrayBuffer>): void;
  /** Receives a part, and the group that it was sent to. */
  receive(): Promise<[Buffer, Group]>;
  /** Messages, until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<[Buffer, Group]>;
}

type Plain = Omit<Socket, 'send' | typeof Symbol.asyncIterator> & Modern;

/** Drafts of libzmq (`zeromq/draft` of zeromq.js): messages of one part. */
export const Server: Constructor<Plain & Routed>;
export const Client: Constructor<Both>;
export const Radio: Constructor<Plain & Broadcasting>;
export const Dish: Constructor<Plain & Listening>;
export const Gather: Constructor<Receiver>;
export const Scatter: Constructor<Sender>;
export const Peer: Constructor<Plain & Routed & Naming>;
export const Channel: Constructor<Both>;
/** Over udp alone; each message is the peer's address (`127.0.0.1:5555`) and a body. */
export const Datagram: Constructor<Both>;
export type Server = Plain & Routed;
export type Client = Both;
export type Radio = Plain & Broadcasting;
export type Dish = Plain & Listening;
export type Gather = Receiver;
export type Scatter = Sender;
export type Peer = Plain & Routed & Naming;
export type Channel = Both;
export type Datagram = Both;

/** Owner of sockets. Sockets are made in `context` unless their options name another. */
export class Context {
  constructor(options?: { ioThreads?: number; maxSockets?: number; blocky?: boolean; ipv6?: boolean });
  ioThreads: number;
  maxSockets: number;
  blocky: boolean;
  ipv6: boolean;
  /** Whether it was shut down. */
  readonly closed: boolean;
  /** Every call of its sockets is ETERM from now on. */
  shutdown(): void;
  /** Shuts down and waits until its sockets are closed and flushed; EAGAIN after `timeout`. */
  terminate(timeout?: number): Promise<void>;
  terminateSync(timeout?: number): void;
}

/** The default context, of the whole process. */
export const context: Context;

/** Carries messages between two sockets, both ways. */
export class Proxy {
  /**
   * @param steering `capture` gets a copy of each message; `control` (PAIR, PULL, SUB or REP) receives PAUSE,
   * RESUME, TERMINATE and STATISTICS, as libzmq's `zmq_proxy_steerable` has it, in place of the methods here.
   */
  constructor(frontEnd: object, backEnd: object, steering?: { capture?: object; control?: object });
  readonly frontEnd: any;
  readonly backEnd: any;
  /** Runs until it is told to end, or either socket is closed. EFSM while it runs already. */
  run(): Promise<void>;
  /** Passes nothing on from soon after the call; ... @throws EFSM while it does not run */
  pause(): void;
  /** ... goes on. */
  resume(): void;
  /** Ends `run`, soon, and closes both sockets. */
  terminate(): void;
}

/**
 * Handlers that are called again and again (`zmq_timers_*`) by a program that blocks in `pollSync` with
 * `timeout()` and calls `execute()` after it; others have Node's own timers. Ours.
 */
export class Timers {
  constructor();
  /** Calls `handler(timer)` every `interval` milliseconds from now on; gives the timer's number. */
  add(interval: number, handler: (timer: number) => void): number;
  /** Ends a timer. @throws EINVAL when there is none of that number, as the next two do */
  cancel(timer: number): void;
  /** Gives a timer another interval and starts it anew. */
  setInterval(timer: number, interval: number): void;
  /** Starts a timer anew. */
  reset(timer: number): void;
  /** Milliseconds until a timer is due, 0 when one is; -1 when there is none. */
  timeout(): number;
  /** Calls the handlers of the timers that are due. */
  execute(): void;
}

export interface PollItem {
  socket: object;
  /** `POLLIN` (the default), `POLLOUT` or both. */
  events?: number;
}
/** The bits that hold of each socket; all 0 at the end of the time. */
export function poll(items: Iterable<PollItem>, timeout?: number): Promise<number[]>;
export function pollSync(items: Iterable<PollItem>, timeout?: number): number[];

export const capability: Readonly<Record<string, boolean>>;
/** What an error number (`errno`) means, in a sentence. Ours. */
export function strerror(errno: number): string;
/** A new pair of CURVE keys, each 40 characters of Z85. */
export function curveKeyPair(): { publicKey: string; secretKey: string };
/** The public key (Z85) of a secret one: 32 bytes or 40 characters of Z85; else throws EINVAL. Ours. */
export function curvePublic(secretKey: string | Uint8Array): string;
/** Bytes, a multiple of 4, as Z85; else throws EINVAL. Ours. */
export function z85Encode(data: string | Uint8Array): string;
/** The bytes of Z85; throws EINVAL for what is none. Ours. */
export function z85Decode(text: string | Uint8Array): Buffer;
/** The version of sockery. */
export const version: string;

/** The event-emitter form: `socket('pub')`. */
export function socket(type: string, options?: Record<string, unknown>): ClassicSocket;
export function createSocket(type: string, options?: Record<string, unknown>): ClassicSocket;

export const PAIR: number;
export const PUB: number;
export const SUB: number;
export const REQ: number;
export const REP: number;
export const DEALER: number;
export const ROUTER: number;
export const PULL: number;
export const PUSH: number;
export const XPUB: number;
export const XSUB: number;
export const STREAM: number;

/** The module: what is above, and every constant of libzmq as `NAME` and as `ZMQ_NAME`. */
declare const zmq: {
  Socket: typeof Socket;
  Pair: typeof Pair;
  Publisher: typeof Publisher;
  Subscriber: typeof Subscriber;
  Request: typeof Request;
  Reply: typeof Reply;
  Dealer: typeof Dealer;
  Router: typeof Router;
  Pull: typeof Pull;
  Push: typeof Push;
  XPublisher: typeof XPublisher;
  XSubscriber: typeof XSubscriber;
  Stream: typeof Stream;
  Server: typeof Server;
  Client: typeof Client;
  Radio: typeof Radio;
  Dish: typeof Dish;
  Gather: typeof Gather;
  Scatter: typeof Scatter;
  Peer: typeof Peer;
  Channel: typeof Channel;
  Datagram: typeof Datagram;
  Context: typeof Context;
  context: Context;
  Message: typeof Message;
  Observer: typeof Observer;
  Proxy: typeof Proxy;
  Timers: typeof Timers;
  poll: typeof poll;
  pollSync: typeof pollSync;
  capability: typeof capability;
  strerror: typeof strerror;
  curveKeyPair: typeof curveKeyPair;
  curvePublic: typeof curvePublic;
  z85Encode: typeof z85Encode;
  z85Decode: typeof z85Decode;
  version: string;
  socket: typeof socket;
  createSocket: typeof createSocket;
} & { readonly [constant: `ZMQ_${string}`]: number } & { readonly [constant: Uppercase<string>]: any };
export default zmq;
