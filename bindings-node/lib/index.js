'use strict';
/** sockery: both dialects. The modules stand alone too: `sockery/nnmsg`, `sockery/zmq`, `sockery/zmq/v5`. */
const nnmsg = require('./nnmsg.js');
const zmq = require('./zmq.js');

module.exports = { nnmsg, zmq, version: nnmsg.version };
