/** sockery/rtos for `import`. Constants are properties of the default export. */
import rtos from './rtos.js';

export const { events, receive, receiveSync, recv, recvSync, messages, timer_start, timer_stop, tick } = rtos;
export default rtos;
