/** sockery/nnmsg for `import`: the names of nnmsg.js. Constants are properties of the default export. */
import nnmsg from './nnmsg.js';

export const { socket, Socket, Struct, struct, symbol, symbolInfo, poll, pollSync, eachIn, eachOut, eachInOut } = nnmsg;
export const { lasterr, lasterrno, term, encode, decode, version } = nnmsg;
export const { _AF_SP, _AF_SP_RAW, _NN_DONTWAIT, _NN_POLLIN, _NN_POLLOUT } = nnmsg;
export default nnmsg;
