'use strict';
/** sockery: both dialects. The modules stand alone too: `sockery/nnmsg`, `sockery/zmq`, `sockery/zmq/v5`,
 * `sockery/socketcore`, `sockery/rtos`. */
const nnmsg = require('./nnmsg.js');
const zmq = require('./zmq.js');

module.exports = {
  nnmsg,
  zmq,
  // Loaded when first asked for: most programs have no plain sockets.
  get socketcore() {
    return require('./socketcore.js');
  },
  get rtos() {
    return require('./rtos.js');
  },
  version: nnmsg.version,
};
