//! PeerInfo: what a handshake learned of the other side, shared by all messages of a connection.

use std::fmt;

use bytes::Bytes;

/// The versions of ZeroMQ's protocol that are told apart, from the oldest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ZmtpVersion {
    /// Of libzmq 2: no socket types, and no subscriptions on the wire.
    V1_0,
    /// Of libzmq 3: a socket type, and subscriptions as messages.
    V2_0,
    /// Security mechanisms, metadata, commands.
    V3_0,
    /// Subscriptions as commands, and heartbeats.
    #[default]
    V3_1,
}

impl fmt::Display for ZmtpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1_0 => "1.0",
            Self::V2_0 => "2.0",
            Self::V3_0 => "3.0",
            Self::V3_1 => "3.1",
        })
    }
}

/// The other end of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerInfo {
    /// The remote address as text (`127.0.0.1:5555`); empty for ipc and inproc.
    pub address: String,
    /// ZMTP `Socket-Type`; empty for SP, and for peers of ZMTP 1.0, which tell none.
    pub socket_type: String,
    /// ZMTP `Identity`: the routing id that the peer chose; empty when it chose none.
    pub routing_id: Bytes,
    /// All ZMTP metadata properties, name and value, in the order of arrival.
    pub properties: Vec<(String, Bytes)>,
    /// For ZMTP the version that both sides speak.
    pub version: ZmtpVersion,
    /// Only datagrams go there: it can tell nothing of itself, nor what it wants to be sent.
    pub tells_nothing: bool,
}
