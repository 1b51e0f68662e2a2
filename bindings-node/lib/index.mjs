/** sockery for `import`. */
import sockery from './index.js';

export const { nnmsg, zmq, version } = sockery;
export default sockery;
