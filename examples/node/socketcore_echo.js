'use strict';
/** Plain sockets whose results are messages: a client, and its server beside it. */
const rtos = require('sockery/rtos');
const socketcore = require('sockery/socketcore');

async function main() {
  const server = socketcore.sock_listen(0);
  const client = socketcore.sock_conn(0, '127.0.0.1', socketcore.sock_port(server));
  const said = 'hello, socketcore';
  let echoed = '';

  for await (const message of rtos) {
    if (message.id === rtos.MSG_SOCK_CONN_CNF) {
      if (message.result !== 0) throw new Error(message.error);
      console.log('connected; sent:', socketcore.sock_send(client, said));
    } else if (message.id === rtos.MSG_SOCK_ACCEPT_IND) {
      console.log('accepted from', message.addr);
    } else if (message.id === rtos.MSG_SOCK_SEND_CNF) {
      console.log('confirmed', message.send_len);
    } else if (message.id === rtos.MSG_SOCK_RECV_IND) {
      const data = socketcore.sock_recv(message.socket_index, message.recv_len);
      if (message.socket_index === client) echoed += data;
      else socketcore.sock_send(message.socket_index, data);
      if (echoed === said) break;
    }
  }
  console.log('echoed:', echoed);

  socketcore.sock_close(client);
  while ((await rtos.receive(10_000)).id !== rtos.MSG_SOCK_CLOSE_CNF);
  socketcore.sock_destroy(client);
}

main();
