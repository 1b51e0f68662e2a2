'use strict';
/**
 * Loads the Rust half, `sockery.node`, which stands beside this file. Used by every other file here.
 */
let native;
try {
  native = require('./sockery.node');
} catch (cause) {
  const hint = 'build it: cargo build -p sockery-node, and copy the library to lib/sockery.node';
  throw new Error(`sockery: the native module does not load (${cause.message}); ${hint}`, { cause });
}

const { isMainThread } = require('node:worker_threads');

// A worker that ends closes its own sockets; only the end of the process gives up the others'.
if (isMainThread) process.on('exit', native.leave);

module.exports = native;
