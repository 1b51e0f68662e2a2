//! PeerInfo: what a handshake learned of the other side, shared by all messages of a connection.

use bytes::Bytes;

/// The other end of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerInfo {
    /// The remote address as text (`127.0.0.1:5555`); empty for ipc and inproc.
    pub address: String,
    /// ZMTP `Socket-Type`; empty for SP.
    pub socket_type: String,
    /// ZMTP `Identity`: the routing id that the peer chose; empty when it chose none.
    pub routing_id: Bytes,
    /// All ZMTP metadata properties, name and value, in the order of arrival.
    pub properties: Vec<(String, Bytes)>,
    /// For ZMTP the minor revision that both sides speak (0 or 1).
    pub minor: u8,
    /// Only datagrams go there: it can tell nothing of itself, nor what it wants to be sent.
    pub tells_nothing: bool,
}
