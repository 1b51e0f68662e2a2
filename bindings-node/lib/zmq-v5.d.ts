/**
 * sockery/zmq/v5: the event-emitter form of zeromq.js 5 and of the npm package zmq.
 *
 * Options are properties by libzmq's names in lower case (`linger`, `sndhwm`, `identity` ...). Calls
 * throw ENOTSOCK once the socket is closed.
 */
import * as zmq from './zmq';

/** A part of a message. */
export type Part = string | number | ArrayBufferView | ArrayBuffer;

export class Socket extends zmq.Socket {
  constructor(type: string, options?: Record<string, unknown>);
  /** The name given to the constructor. */
  readonly type: string;
  /** The callback, or else the events `bind` and `error`, tell on a later turn of the loop. */
  bind(address: string, callback?: (error?: zmq.ZmqError) => void): this;
  bindSync(address: string): this;
  unbind(address: string, callback?: (error?: zmq.ZmqError) => void): this;
  unbindSync(address: string): this;
  connect(address: string): this;
  disconnect(address: string): this;
  /**
   * Queues a message; an array is one of several parts. With `ZMQ_SNDMORE` in `flags` it waits for
   * the parts that follow. The callback is told when the message has left the queue; what a REQ or
   * REP may not yet send waits there for its turn.
   */
  send(message: Part | readonly Part[], flags?: number, callback?: (error?: zmq.ZmqError) => void): this;
  send(message: Part | readonly Part[], callback?: (error?: zmq.ZmqError) => void): this;
  /** The frames of a message that is there, or null. */
  read(): Buffer[] | null;
  /** No `message` events until `resume()`. */
  pause(): this;
  resume(): this;
  subscribe(prefix?: Part | null): this;
  unsubscribe(prefix?: Part | null): this;
  setsockopt(option: number | string, value: unknown): this;
  getsockopt(option: number | string): number | string;
  /**
   * Emits `connect`, `connect_delay`, `connect_retry`, `listen`, `bind_error`, `accept`, `accept_error`, `close`,
   * `close_error` and `disconnect` with libzmq's number, the address and, of errors, an error. At once, where
   * zeromq.js 5 looks at intervals.
   */
  monitor(interval?: number, count?: number): this;
  unmonitor(): this;
  close(): this;
  /** Frames, one an argument. A socket with a listener keeps the process alive; see `unref()`. */
  on(event: 'message', listener: (...frames: Buffer[]) => void): this;
  on(event: 'bind' | 'unbind', listener: (address: string) => void): this;
  on(event: 'error', listener: (error: zmq.ZmqError) => void): this;
  on(event: string, listener: (...args: any[]) => void): this;
  [option: string]: any;
}

export function socket(type: string, options?: Record<string, unknown>): Socket;
export function createSocket(type: string, options?: Record<string, unknown>): Socket;
/** Names of types, and their numbers. */
export const types: Record<string, number>;
/** Names of options, and their numbers. */
export const options: Record<string, number>;
/** Carries messages from each socket to the other, and copies of all to `capture`. */
export function proxy(frontend: Socket, backend: Socket, capture?: Socket): void;
export const version: string;
export { Context } from './zmq';

/** The module: what is above, and every constant of libzmq as `ZMQ_NAME`. */
declare const v5: {
  Socket: typeof Socket;
  socket: typeof socket;
  createSocket: typeof createSocket;
  Context: typeof zmq.Context;
  types: typeof types;
  options: typeof options;
  proxy: typeof proxy;
  version: string;
} & { readonly [constant: `ZMQ_${string}`]: number };
export default v5;
