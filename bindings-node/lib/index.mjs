/** sockery for `import`. */
import sockery from './index.js';

export const { nnmsg, zmq, socketcore, rtos, version } = sockery;
export default sockery;
