'use strict';
/** The floor of Node: one plain `net.Socket`, messages of one size, no framing (reqrep over tcp only). */
const net = require('node:net');
const { play } = require('./roles.js');

const SIZE = Number(process.argv.at(-2));

class Plain {
  #chunks = [];
  #length = 0;
  #wanted;

  attach(stream) {
    this.stream = stream.setNoDelay(true);
    stream.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#give();
    });
  }

  send(bytes) {
    this.stream.write(bytes);
  }

  recv() {
    return new Promise((done) => {
      this.#wanted = done;
      this.#give();
    });
  }

  #give() {
    if (!this.#wanted || this.#length < SIZE) return;
    const [give, chunks] = [this.#wanted, this.#chunks];
    this.#wanted = undefined;
    [this.#chunks, this.#length] = [[], 0];
    give(chunks.length > 1 ? Buffer.concat(chunks) : chunks[0]);
  }
}

play(async (kind, bind, url) => {
  const [, host, port] = /^tcp:\/\/(.*):(\d+)$/.exec(url);
  const plain = new Plain();
  await new Promise((ready) => {
    if (bind) net.createServer((stream) => plain.attach(stream)).listen(port, host, ready);
    else plain.attach(net.connect(port, host, ready));
  });
  return plain;
});
