/**
 * sockery/nnmsg: the Scalability Protocols (nanomsg, nng) by the names of aardio's nnmsg library.
 *
 * What can block returns a promise and has a twin named `...Sync`, which blocks the thread. Errors
 * are `NnmsgError`s: thrown by calls that return at once, rejections of promises. Times are
 * milliseconds; -1 is for ever. Constants are there both as `_NN_PUSH` and as `NN_PUSH`.
 */

import type { Socket as ZmqSocket } from './zmq';

/** Bytes to send: a string goes as UTF-8. They must not change before the promise is settled. */
export type Bytes = string | ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

/** What `sendTable` carries. Integral numbers within 2^53 are ints, others floats. */
export type Table =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Date
  | ArrayBufferView
  | ArrayBuffer
  | readonly Table[]
  | { readonly [key: string]: Table }
  | ReadonlyMap<string | number | bigint, Table>;

/** What `recvTable` gives: Map only where a key is no string, BigInt only beyond 2^53. */
export type ReceivedTable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Buffer
  | ReceivedTable[]
  | { [key: string]: ReceivedTable }
  | Map<string | number | bigint, ReceivedTable>;

/** What a field of a structure is made of: `char[N]` of strings or bytes, 64 bits also of BigInts. */
export type FieldValue =
  | number
  | bigint
  | boolean
  | string
  | ArrayBufferView
  | ArrayBuffer
  | readonly FieldValue[]
  | StructValue;

/** A record to write: every field by its name. */
export interface StructValue {
  readonly [field: string]: FieldValue;
}

/** A record that was read: `char[N]` are Buffers, integers beyond 2^53 BigInts. */
export interface ReceivedStruct {
  [field: string]: ReceivedField;
}
export type ReceivedField = number | bigint | boolean | Buffer | ReceivedField[] | ReceivedStruct;

/**
 * A C structure, little endian, described by a field list such as
 * `"u8 kind; f64 at; {i16 x; i16 y} pos[2]"`: types are i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 bool,
 * `char[N]` (at most N bytes) and nested `{...}`; arrays are `i32[4] name` or `i32 name[4]`;
 * `pack(1);` in front leaves no gaps. The same list gives the same bytes in every language.
 */
export class Struct {
  /** @throws EINVAL that says at which byte the text is no field list */
  constructor(text: string);
  /** The field list. */
  readonly text: string;
  /** How many bytes a record takes. */
  readonly size: number;
  /** Where each field begins, in bytes. */
  readonly offsets: Record<string, number>;
  /** The bytes of a record. @throws TypeError that names the field that does not fit */
  pack(value: StructValue): Buffer;
  /** The record that some bytes are. @throws EPROTO when they are not as many as it has */
  unpack(bytes: ArrayBufferView | ArrayBuffer): ReceivedStruct;
}

/** The structure that a field list describes. */
export function struct(text: string): Struct;

/** What nanomsg's nn_symbol_info says of a name. */
export interface SymbolInfo {
  /** Such as `NN_PAIR` and `EAGAIN`. */
  readonly name: string;
  /** Its number; of errors that of the `_NN_E...` constants. */
  readonly value: number;
  /** What it is: `_NN_NS_...`. */
  readonly ns: number;
  /** Of options and statistics, the type of their values: `_NN_TYPE_...`. */
  readonly type: number;
  /** And what they count: `_NN_UNIT_...`. */
  readonly unit: number;
}

/** Everything that nanomsg has a name for. */
export function symbolInfo(): SymbolInfo[];
/** The i-th of them, from 0; undefined beyond the last. */
export function symbol(i: number): SymbolInfo | undefined;

/** The error of every failed call. */
export interface NnmsgError extends Error {
  /** The name: `EAGAIN` (DONTWAIT), `ETIMEDOUT`, `EFSM` (out of turn), `ETERM`, `EBADF` (closed) ... */
  code: string;
  /** The host's number. */
  errno: number;
  /** nanomsg's number, as the `_NN_E...` constants have it. */
  nnErrno: number;
  /** Of `recvTable` and `recvStruct`: the message that did not decode. */
  bytes?: Buffer;
}

/** A socket. The collector closes it when nothing holds it and no call of it waits. */
/** What `recvTable` of a queue of events gives. */
export interface PipeEvent {
  /** Its name in small letters, such as `add_post`. */
  event: string;
  /** The pipe's number, for `accept` and `refuse`; 0 where the event is about none. */
  pipe: number;
  /** This side's endpoint. */
  local: string;
  /** The other side's. */
  remote: string;
  /** It is about an endpoint that was bound, not connected. */
  bound: boolean;
  /** A descriptor, an error number or a time, by kind. */
  value: number;
  /** Events that were dropped before this one, because nobody took them. */
  lost: number;
  /** Who the peer is, over ipc. */
  uid?: number;
  gid?: number;
  pid?: number;
  /** Of pipes inside TLS: its version, such as `TLSv1.3`. */
  tls?: string;
  /** Of pipes inside TLS: the common name of the peer's certificate, where it showed one. */
  common_name?: string;
  /** Why a handshake failed or a connection was lost, for people. */
  reason?: string;
}

export class Socket implements AsyncIterable<Buffer> {
  /**
   * @param protocol one of `_NN_PAIR`, `_NN_REQ` ...
   * @param domain `_AF_SP` (the default) or `_AF_SP_RAW`
   * @throws EINVAL for an unknown protocol, EAFNOSUPPORT for an unknown domain, ETERM after `term()`
   */
  constructor(protocol: number, domain?: number);
  /** A number that names the socket in this process; undefined once closed. */
  readonly handle: number | undefined;
  /** The protocol given to the constructor. */
  readonly protocol: number;
  readonly closed: boolean;
  /** The id of the endpoint bound or connected last; undefined before the first. 0 is a good id. */
  lastEndpointId: number | undefined;
  /** The address bound or connected last, its port resolved; "" before the first. */
  readonly lastEndpoint: string;
  /** Peers with a finished handshake. */
  readonly peers: number;
  /** Messages dropped by the pattern's rules, by reason. */
  readonly dropped: Record<string, number>;

  /**
   * Accepts peers at an address such as `tcp://127.0.0.1:5555`, `tcp://*:0`, `ipc:///tmp/x`,
   * `inproc://x`, and sets `lastEndpointId`.
   * @throws EINVAL, EPROTONOSUPPORT, EADDRINUSE, EADDRNOTAVAIL, EACCES, ENODEV
   */
  bind(address: string): true;
  /** Connects, now and whenever the connection is lost; a peer that is not there yet is no error. */
  connect(address: string): true;
  /** Takes an endpoint back; `lastEndpointId` by default. @throws EINVAL when there is none */
  shutdown(id?: number): true;
  /** Closes; again is harmless. Calls that wait end with EBADF; unsent messages get up to a second. */
  close(): void;

  /**
   * Sends one message and gives its size in bytes. Waits while there is no room; sends at the same
   * time go out in their order, and up to 65,536 may wait.
   * @param flags `_NN_DONTWAIT`: EAGAIN instead of waiting
   */
  send(data: Bytes, flags?: number): Promise<number>;
  sendSync(data: Bytes, flags?: number): number;
  /** Receives one message. RCVTIMEO bounds the wait (ETIMEDOUT). */
  recv(flags?: number): Promise<Buffer>;
  recvSync(flags?: number): Buffer;

  /**
   * An independent context of this socket (nng's): a socket over the same peers with its own request
   * (REQ), request to answer (REP, RESPONDENT), survey (SURVEYOR), or subscriptions and queue of 128
   * messages (SUB), and its own NN_SNDTIMEO, NN_RCVTIMEO, NN_REQ_RESEND_IVL and NN_SURVEYOR_DEADLINE.
   * Closing it or its socket ends what waits in it with EBADF.
   * @throws ENOTSUP for other protocols, for raw sockets, and in a context
   */
  context(): Socket;
  /**
   * Sends a body with a header before it, as nn_sendmsg with SP_HDR; gives the body's size.
   * @param header what a raw socket takes: 4 bytes a word, big-endian
   * @param pipe the number of the peer that it goes to when NN_PAIR1_POLY is set; 0 names none
   * @throws EINVAL for a header that the kind cannot send by
   */
  sendMsg(data: Bytes, header?: Bytes, pipe?: number, flags?: number): Promise<number>;
  sendMsgSync(data: Bytes, header?: Bytes, pipe?: number, flags?: number): number;
  /** Receives as nn_recvmsg: body, header and number of the peer (both empty but for raw and PAIR1). */
  recvMsg(flags?: number): Promise<[Buffer, Buffer, number]>;
  recvMsgSync(flags?: number): [Buffer, Buffer, number];
  /**
   * The address of the peer of this number, such as `tcp://127.0.0.1:40123`; over ipc and inproc it is the
   * endpoint that both ends have. Null when there is no such peer, or it was gone already when 32 others went.
   */
  peerAddress(pipe: number): string | null;

  /** Sends the first `length` bytes; 0, the default, is all. */
  sendBuffer(buffer: Bytes, length?: number, flags?: number): Promise<number>;
  sendBufferSync(buffer: Bytes, length?: number, flags?: number): number;
  /** Fills a buffer with what fits of one message, and gives it with the message's full size. */
  recvBuffer<B extends ArrayBufferView | ArrayBuffer | SharedArrayBuffer = Buffer>(
    buffer?: B,
    length?: number,
    flags?: number,
  ): Promise<[B, number]>;
  recvBufferSync<B extends ArrayBufferView | ArrayBuffer | SharedArrayBuffer = Buffer>(
    buffer?: B,
    length?: number,
    flags?: number,
  ): [B, number];

  /** Sends a value as MessagePack. @throws TypeError that names the path of what cannot be carried */
  sendTable(table: Table, flags?: number): Promise<number>;
  sendTableSync(table: Table, flags?: number): number;
  /** Receives a value. Bytes that do not decode are EPROTO, and are in the error's `bytes`. */
  recvTable(flags?: number): Promise<ReceivedTable>;
  recvTableSync(flags?: number): ReceivedTable;

  /**
   * Sends a C structure, described by a field list or by what `nnmsg.struct` made of one.
   * @throws TypeError that names the field that is missing or does not fit
   */
  sendStruct(struct: string | Struct, value: StructValue, flags?: number): Promise<number>;
  sendStructSync(struct: string | Struct, value: StructValue, flags?: number): number;
  /**
   * Receives a C structure: it, and the size of the message. A message of another size is EPROTO,
   * and is in the error's `bytes`.
   */
  recvStruct(struct: string | Struct, flags?: number): Promise<[ReceivedStruct, number]>;
  recvStructSync(struct: string | Struct, flags?: number): [ReceivedStruct, number];

  /** Sends messages in order and gives their number. */
  sendMany(messages: Iterable<Bytes>): Promise<number>;
  /** Receives 1 to `limit` messages (512 by default): waits for the first only. */
  recvMany(limit?: number, flags?: number): Promise<Buffer[]>;

  /** Of SUB: receives messages that begin with these bytes; all by default. */
  subscribe(prefix?: Bytes): true;
  unsubscribe(prefix?: Bytes): true;

  /**
   * Changes an option.
   * @param option its number, or its name with or without `NN_`
   * @param level `_NN_SOL_SOCKET` (0) by default; the protocol or transport for theirs
   * @throws ENOPROTOOPT for an unknown option, EINVAL for a value of the wrong type or range
   */
  setopt(option: number | string, value: number | boolean | Bytes, level?: number): true;
  /** Reads an option. */
  getopt(option: number | string, buffer?: null, level?: number): number | string | Buffer;
  /** Reads an option into a buffer, as C has it in memory; gives the buffer and the value's size. */
  getopt<B extends ArrayBufferView>(option: number | string, buffer: B, level?: number): [B, number];
  /**
   * A counter, by `_NN_STAT_...`, or by name: `messages_sent` and so on, and ours: `queued.out_messages`,
   * `queued.out_bytes`, `queued.in_messages`, `queued.in_bytes` (what waits now), `dropped.` with a reason
   * (`dropped.queue_full`). EINVAL when there is none such.
   */
  getStatistic(statistic: number | string): number;

  /**
   * Carries messages between this raw socket and another, both ways as far as the kinds can, or back out of
   * itself. Rejects with the error that ended it: EBADF or ETERM; EINVAL for sockets that are not raw or
   * do not fit.
   *
   * `other` is a raw socket whose kind fits (REQ to REP, BUS to BUS), or one of `sockery/zmq`, which makes a
   * bridge: PUSH and PULL, PAIR, PUB or XPUB with SUB, SUB or XSUB with PUB, REP with DEALER, REQ with
   * ROUTER. A message of `zmq` with more than one part (after its envelope) cannot cross: it is dropped
   * and counted there as `malformed`.
   *
   * Publishers of SP hear of no subscriptions. Where messages go to one, the device subscribes to `topics`
   * (prefixes), or to everything without them; where they go to an XPUB, to what its subscribers want, and
   * to `topics` besides.
   */
  device(other?: Socket | ZmqSocket | null, topics?: Iterable<string | Uint8Array> | null): Promise<never>;
  /**
   * A queue of what happens to this socket's pipes, connections and endpoints from now on. `kinds` are
   * `add_pre`, `add_post` and `rem_post` (a pipe is about to be added, was added, was removed), which are
   * all by default, and `listening`, `accepted`, `connected`, `disconnected` and the other events of zmq's
   * monitors. The queue is itself a socket: `recvTable` gives the next {@link PipeEvent}. Close it when
   * done. With `decide` each new pipe waits after `add_pre` for `accept` or `refuse`, at most 30 s, and is
   * then refused; the others are not delayed.
   */
  events(...kinds: (string | { decide?: boolean })[]): Socket;
  /** Takes the peer of a pipe that waits since its `add_pre`; ENOENT when none does. */
  accept(pipe: number): true;
  /** Closes the connection of such a pipe instead; ENOENT when none waits. */
  refuse(pipe: number): true;
  /** Until so many peers are connected; ETIMEDOUT after `timeout`. */
  waitForPeers(count?: number, timeout?: number): Promise<void>;

  /** Calls that wait keep the process alive (the default) ... */
  ref(): this;
  /** ... or do not. */
  unref(): this;
  /** Messages, until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer>;
}

/** `nnmsg.socket(protocol, domain)`, and a constructor a protocol: `nnmsg.socket.pair()`. */
export const socket: {
  (protocol: number, domain?: number): Socket;
  pair(): Socket;
  pub(): Socket;
  sub(): Socket;
  req(): Socket;
  rep(): Socket;
  push(): Socket;
  pull(): Socket;
  surveyor(): Socket;
  respondent(): Socket;
  bus(): Socket;
  rawbus(): Socket;
  lasterr(): [text: string, errno: number] | undefined;
};

export interface PollItem {
  fd: Socket;
  /** `_NN_POLLIN` (the default), `_NN_POLLOUT` or both. */
  events?: number;
}

export interface PollResult {
  fd: Socket;
  events: number;
  revents: number;
}

/**
 * Waits until one of the sockets is ready: all items with their `revents`, or 0 at the end of the
 * time. The greatest C int, a negative number or nothing is for ever.
 * @throws ENOPROTOOPT for `_NN_POLLIN` of a socket that only sends, and the reverse
 */
export function poll(items: Iterable<PollItem>, timeout?: number): Promise<PollResult[] | 0>;
export function pollSync(items: Iterable<PollItem>, timeout?: number): PollResult[] | 0;

type Ready = AsyncIterableIterator<[socket: Socket, revents: number]>;
/** One poll, then each socket that can receive once, in order; nothing at a timeout or an error. */
export function eachIn(sockets: Iterable<Socket>, timeout?: number): Ready;
/** The same for sockets that can send. */
export function eachOut(sockets: Iterable<Socket>, timeout?: number): Ready;
/** The same for both, or for `events`. */
export function eachInOut(sockets: Iterable<Socket>, timeout?: number, events?: number): Ready;

/** The error made last on this thread: its text and nanomsg's number. */
export function lasterr(): [text: string, errno: number] | undefined;
/** nanomsg's number of the error made last on this thread; 0 before the first. */
export function lasterrno(): number;
/** Ends all nnmsg sockets of the process, for good: every call is ETERM from then on. */
export function term(): void;
/** The bytes of a value as `sendTable` would send it; a TypeError names the path of what cannot be carried. */
export function encode(value: unknown): Buffer;
/** The value of such bytes. */
export function decode(bytes: Uint8Array): unknown;
/** The version of sockery. */
export const version: string;

export const _AF_SP: number;
export const _AF_SP_RAW: number;
export const _NN_DONTWAIT: number;
export const _NN_POLLIN: number;
export const _NN_POLLOUT: number;

/** The module: what is above, and every constant by both names. */
declare const nnmsg: {
  socket: typeof socket;
  Socket: typeof Socket;
  Struct: typeof Struct;
  struct: typeof struct;
  symbol: typeof symbol;
  symbolInfo: typeof symbolInfo;
  poll: typeof poll;
  pollSync: typeof pollSync;
  eachIn: typeof eachIn;
  eachOut: typeof eachOut;
  eachInOut: typeof eachInOut;
  lasterr: typeof lasterr;
  lasterrno: typeof lasterrno;
  term: typeof term;
  encode: typeof encode;
  decode: typeof decode;
  version: string;
} & { readonly [constant: `_NN_${string}` | `NN_${string}` | `_AF_${string}` | `AF_${string}`]: number };
export default nnmsg;
