/** sockery/socketcore for `import`. Constants not named here are properties of the default export. */
import socketcore from './socketcore.js';

export const {
  sock_conn, sock_conn_ext, sock_send, sock_recv, sock_close, sock_destroy, sock_setopt, sock_getremainbuf,
  sock_listen, sock_port, limit, lasterr, dropped,
} = socketcore;
export default socketcore;
