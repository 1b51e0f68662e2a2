'use strict';
/**
 * sockery/socketcore: plain TCP, UDP, TLS and raw sockets whose results come as messages (document
 * 003). No call waits; the messages come by sockery/rtos. See socketcore.d.ts.
 */
const { Buffer } = require('node:buffer');
const native = require('./native.js');
const { station, socketcore: constants, number } = require('./station.js');

const fields = native.certificateFields();
let last;

/** What an object says about TLS, as names and texts in turn; a number counts as nothing. */
function said(cert) {
  if (cert === undefined || cert === null || typeof cert === 'number') return undefined;
  if (typeof cert !== 'object') throw new TypeError(`cert must be an object, not ${typeof cert}`);
  const list = [];
  for (const field of fields) {
    let value = cert[field];
    if (field === 'insecure') value = value ? field : undefined;
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string' && !ArrayBuffer.isView(value)) {
      throw new TypeError(`cert.${field} must be a string or bytes, not ${typeof value}`);
    }
    list.push(Buffer.from(field), bytes('cert', value));
  }
  return list;
}

function bytes(name, data) {
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  throw new TypeError(`${name} must be a string, Buffer or ArrayBufferView, not ${typeof data}`);
}

function word(name, value) {
  return typeof value === 'string' ? value : number(name, value);
}

/** The id of a new socket; else notes why there is none. */
function opened(open) {
  try {
    return open();
  } catch (error) {
    if (error.errno === undefined) throw error;
    last = error.message;
    return null;
  }
}

function connect(type, addr, port, cert) {
  const words = [number('type', type), word('addr', addr), word('port', port), said(cert)];
  return opened(() => station.connect(...words));
}

module.exports = {
  ...constants,
  sock_conn: (type, addr, port, cert) => connect(type, addr, port, cert),
  sock_conn_ext: (type, addr, port, cert) => connect(type, addr, port, cert) ?? -1,
  sock_send(id, data) {
    const code = station.send(number('socket_id', id), bytes('data', data));
    return [code === constants.ERR_OK ? 1 : 0, code];
  },
  sock_recv: (id, len) => station.recv(number('socket_id', id), number('len', len)),
  sock_close: (id) => Number(station.close(number('socket_id', id))),
  sock_destroy: (id) => Number(station.destroy(number('socket_id', id))),
  sock_setopt(id, level, optname, optval) {
    number('socket_id', id);
    const values = [level, optname, optval];
    if (!values.every((value) => typeof value === 'number')) return -1;
    return station.set(id, ...values) ? 0 : -1;
  },
  sock_getremainbuf: (id) => station.room(number('socket_id', id)),
  sock_listen(port, addr, cert) {
    number('port', port);
    if (addr !== undefined && addr !== null && typeof addr !== 'string') {
      throw new TypeError(`addr must be a string, not ${typeof addr}`);
    }
    const certificates = said(cert);
    return opened(() => station.listen(port, addr, certificates));
  },
  sock_port: (id) => station.port(number('socket_id', id)),
  limit: (n) => station.limit(n === undefined ? undefined : number('n', n)),
  lasterr: () => last,
  dropped: () => station.dropped(),
};
