/** Helpers of the tests: sockets that close with the test, and programs in processes of their own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const library = fileURLToPath(new URL('../lib/', import.meta.url));

/** Closes what `open` returned when the test ends. */
export function closing(t) {
  return (socket) => {
    t.after(() => socket.closed || socket.close());
    return socket;
  };
}

/** Two sockets, the first bound to a port that the system chose and the second connected to it. */
export async function joined(binder, connector) {
  binder.bind('tcp://127.0.0.1:0');
  connector.connect(binder.lastEndpoint ?? binder.last_endpoint);
  await binder.waitForPeers(1, 10_000);
  await connector.waitForPeers(1, 10_000);
  return [binder, connector];
}

/** Runs a program with `nnmsg` and `zmq` in scope; its exit code, output and time. */
export function run(program, { args = [], env = {}, limit = 10_000 } = {}) {
  const head = `const { nnmsg, zmq } = require(${JSON.stringify(library)});`;
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [...args, '-e', head + program], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name].on('data', (data) => (output[name] += data));
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...output, millis: performance.now() - start });
    });
  });
}

/** A turn of the event loop. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));
