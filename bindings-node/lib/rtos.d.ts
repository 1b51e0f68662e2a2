/** sockery/rtos: the messages and timers that go with sockery/socketcore. */
import { EventEmitter } from 'node:events';

/** One message. */
export interface Message {
  /** `WAIT_MSG_TIMEOUT`, `MSG_TIMER`, `MSG_SOCK_CONN_CNF` ... */
  id: number;
  socket_index?: number;
  /** 0, or 1 where it failed. */
  result?: number;
  send_len?: number;
  recv_len?: number;
  timer_id?: number;
  /** Ours: the id of a new connection, and where it comes from. */
  accept_index?: number;
  addr?: string;
  /** Ours: why it failed. */
  error?: string;
}

/**
 * The next message; after `timeout` milliseconds one whose id is `WAIT_MSG_TIMEOUT`. `INF_TIMEOUT` or below 0 waits as
 * long as it takes.
 */
export function receive(timeout: number): Promise<Message>;
/** The same, blocking. */
export function receiveSync(timeout: number): Message;
/** Document 003's name of receive. */
export const recv: typeof receive;
export const recvSync: typeof receiveSync;
/** Messages as an emitter: 'message' for each, and each kind's own name. Receives that wait come first. */
export const events: EventEmitter;
/** All messages to come; the module itself is such an iterable too. */
export function messages(): AsyncGenerator<Message>;
/** Starts a timer, or starts it anew: `MSG_TIMER` comes once. 1; 0 for a negative time or too many timers. */
export function timer_start(id: number, ms: number): 0 | 1;
/** Stops a timer; one that does not run is fine. */
export function timer_stop(id: number): 1;
/** How long the program runs, in ticks of 5 ms. */
export function tick(): number;
export function get_version(): string;
export function poweron_reason(): number;
/** Do nothing: they concern the device's own parts. */
export function poweron(...args: unknown[]): void;
export function restart(): void;

export const INF_TIMEOUT: number, WAIT_MSG_TIMEOUT: number, MSG_TIMER: number;
export const MSG_SOCK_CONN_CNF: number, MSG_SOCK_SEND_CNF: number, MSG_SOCK_RECV_IND: number;
export const MSG_SOCK_CLOSE_CNF: number, MSG_SOCK_CLOSE_IND: number, MSG_SOCK_SEND_IND: number;
/** Ours: a listener has a new connection. */
export const MSG_SOCK_ACCEPT_IND: number;
export const MSG_UART_RXDATA: number, MSG_UART_TX_DONE: number, MSG_KEYPAD: number, MSG_INT: number, MSG_PMD: number;
export const MSG_PDP_ACT_CNF: number, MSG_PDP_DEACT_CNF: number, MSG_PDP_DEACT_IND: number;
export const POWERON_KEY: number, POWERON_CHARGER: number, POWERON_ALARM: number, POWERON_RESTART: number;
export const POWERON_OTHER: number, POWERON_UNKNOWN: number, POWERON_EXCEPTION: number, POWERON_HOST: number;
export const POWERON_WATCHDOG: number;
