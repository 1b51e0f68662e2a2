/** sockery: the Scalability Protocols and ZeroMQ in one engine. */
import nnmsg from './nnmsg';
import zmq from './zmq';

export { nnmsg, zmq };
/** The version of sockery. */
export const version: string;
declare const sockery: { nnmsg: typeof nnmsg; zmq: typeof zmq; version: string };
export default sockery;
