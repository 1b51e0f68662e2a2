/** sockery/zmq/v5 for `import`. Constants are properties of the default export. */
import v5 from './zmq-v5.js';

export const { socket, createSocket, Socket, Context, types, options, version, proxy } = v5;
export default v5;
