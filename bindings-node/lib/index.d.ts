/** sockery: the Scalability Protocols and ZeroMQ in one engine. */
import nnmsg from './nnmsg';
import zmq from './zmq';
import * as socketcore from './socketcore';
import * as rtos from './rtos';

export { nnmsg, zmq, socketcore, rtos };
/** The version of sockery. */
export const version: string;
declare const sockery: { nnmsg: typeof nnmsg; zmq: typeof zmq; socketcore: typeof socketcore; rtos: typeof rtos; version: string };
export default sockery;
