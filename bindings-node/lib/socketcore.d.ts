/**
 * sockery/socketcore: plain TCP, UDP, TLS and raw sockets whose results come as messages (document 003).
 *
 * No call waits; the messages come by sockery/rtos. Arguments of a wrong type throw a TypeError; nothing
 * else throws. Ids are 0 to 9, the next free one after the last given.
 */

/** PEM texts, all optional. Without `caCert` a server must be one that this system trusts. */
export interface Certificates {
  /** The name that the server's certificate must have; without it, the address. */
  hostName?: string;
  /** Whom to trust. Of a listener: whose certificate clients must show. */
  caCert?: string | Uint8Array;
  clientCert?: string | Uint8Array;
  clientKey?: string | Uint8Array;
  /** Of a listener. */
  serverCert?: string | Uint8Array;
  serverKey?: string | Uint8Array;
  /** Ours: accept any certificate. */
  insecure?: boolean;
}

/**
 * Begins to connect; the socket's id, or null when all are in use or an argument cannot be (`lasterr`).
 * `MSG_SOCK_CONN_CNF` follows: result 0 once connected (and TLS agreed), else 1 and `error`.
 * @param type 0 TCP, 1 UDP, 2 SSL, 4 (or 3) RAW: an IP socket, where the process may have one
 * @param port 0 to 65535, also as digits; of RAW the IP protocol (1 is ICMP)
 * @param cert of SSL; a number (newer firmware's buffer size) counts as nothing
 */
export function sock_conn(type: number, addr: string, port: number | string, cert?: Certificates | number): number | null;
/** The same, but -1 for null. */
export function sock_conn_ext(type: number, addr: string, port: number | string, cert?: Certificates | number): number;
/**
 * Sends. `[1, ERR_OK]`: `MSG_SOCK_SEND_CNF` follows once all of it is with the operating system. `[0, code]`:
 * it was not accepted, and no message follows unless a live socket has just failed.
 */
export function sock_send(socket_id: number, data: string | ArrayBufferView): [0 | 1, number];
/** What has come, up to `len` bytes; of UDP and RAW one datagram, cut off there. Empty when nothing has. */
export function sock_recv(socket_id: number, len: number): Buffer;
/** Closes; `MSG_SOCK_CLOSE_CNF` follows in any case. 1; 0 (and no message) for what can be no id. */
export function sock_close(socket_id: number): 0 | 1;
/** Gives the id back and drops the messages that wait for it. 1; 0 for what can be no id. */
export function sock_destroy(socket_id: number): 0 | 1;
/** Sets SO_KEEPALIVE, SO_REUSEADDR (SOL_SOCKET), TCP_KEEPIDLE, TCP_KEEPINTVL (s), TCP_KEEPCNT (IPPROTO_TCP). 0; -1 for anything unknown. */
export function sock_setopt(socket_id: number, level: number, optname: number, optval: number): 0 | -1;
/** How many more received bytes there is room for; 0 without a socket. */
export function sock_getremainbuf(socket_id: number): number;
/**
 * Ours: listens at `port` (0: a free one) of `addr` ("*": all addresses; 127.0.0.1 without). The listener's id, or
 * null. Each connection comes as `MSG_SOCK_ACCEPT_IND`, and waits while all ids are in use. With `cert` they are TLS.
 */
export function sock_listen(port: number, addr?: string | null, cert?: Certificates): number | null;
/** Ours: the local port of a socket. */
export function sock_port(socket_id: number): number | null;
/** Ours: how many sockets there may be; sets it first (1 to 1048576). 10 as on the device. */
export function limit(n?: number): number;
/** Ours: why sock_conn, sock_conn_ext or sock_listen last gave no id. */
export function lasterr(): string | undefined;
/** Ours: bytes that were accepted for sending and never sent. */
export function dropped(): number;

export const SOL_SOCKET: number, IPPROTO_TCP: number, SO_KEEPALIVE: number, SO_REUSEADDR: number;
export const TCP_KEEPIDLE: number, TCP_KEEPINTVL: number, TCP_KEEPCNT: number;
export const ERR_UNKOWN: number, ERR_OK: number, ERR_ENOMEM: number, ERR_ENOBUFS: number, ERR_ETIMEOUT: number;
export const ERR_ERTE: number, ERR_EINPROGRESS: number, ERR_EWOULDBLOCK: number, ERR_EADDRINUSE: number;
export const ERR_EALREADY: number, ERR_EISCONN: number, ERR_ENOTCONN: number, ERR_EIF: number, ERR_EABORT: number;
export const ERR_ERST: number, ERR_ECLSD: number, ERR_EARG: number, ERR_EIO: number;
export const ERR_SSL_EHANDESHAK: number, ERR_SSL_EINIT: number, ERR_SSL_EINVALID: number;
