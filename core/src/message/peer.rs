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
/// The property that names the peer's address (libzmq's `ZMQ_MSG_PROPERTY_PEER_ADDRESS`).
const PEER_ADDRESS: &str = "Peer-Address";
/// The property that names the user that a handler of authentication took the peer for.
pub const USER_ID: &str = "User-Id";
const SOCKET_TYPE: &str = "Socket-Type";
const IDENTITY: &str = "Identity";
const ROUTING_ID: &str = "Routing-Id";

/// The other end of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerInfo {
    /// Where it is, without its port: `127.0.0.1`. Over ipc the user, group and process at the other
    /// end, as libzmq has it: `localhost:1000:1000:4711`. Empty over inproc.
    pub address: String,
    /// Its endpoint as text: `tcp://127.0.0.1:5555`.
    pub endpoint: String,
    /// ZMTP `Socket-Type`; empty for SP, and for peers of ZMTP 1.0, which tell none.
    pub socket_type: String,
    /// ZMTP `Identity`: the routing id that the peer chose; empty when it chose none.
    pub routing_id: Bytes,
    /// All ZMTP metadata properties, name and value: what this side was told by a handler of
    /// authentication, then the peer's own in the order of arrival.
    pub properties: Vec<(String, Bytes)>,
    /// For ZMTP the version that both sides speak.
    pub version: ZmtpVersion,
    /// Only datagrams go there: it can tell nothing of itself, nor what it wants to be sent.
    pub tells_nothing: bool,
}

impl PeerInfo {
    /// A property by its name (`zmq_msg_gets`), in which capitals do not matter: `Peer-Address`,
    /// `Socket-Type`, `Identity` or `Routing-Id`, `User-Id`, or one of the peer's own (`X-...`). `None`
    /// where there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let known: &[u8] = if is(PEER_ADDRESS) {
            self.address.as_bytes()
        } else if is(SOCKET_TYPE) {
            self.socket_type.as_bytes()
        } else if is(IDENTITY) || is(ROUTING_ID) {
            &self.routing_id
        } else {
            &[]
        };
        if !known.is_empty() {
            return Some(known);
        }
        let name = if is(ROUTING_ID) { IDENTITY } else { name };
        let found = self.properties.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| &**value)
    }

    /// Notes what this side was told of the peer. That counts before what the peer says of itself,
    /// and who it is the peer cannot say at all.
    pub fn learn(&mut self, told: Vec<(String, Bytes)>) {
        let own = std::mem::replace(&mut self.properties, told);
        let claims = |name: &str| {
            [USER_ID, PEER_ADDRESS].iter().any(|other| name.eq_ignore_ascii_case(other))
        };
        self.properties.extend(own.into_iter().filter(|(name, _)| !claims(name)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer() -> PeerInfo {
        let own = [(SOCKET_TYPE, "PUSH"), (IDENTITY, ""), ("X-a", "1"), ("user-id", "root")];
        let pair = |(name, value): (&str, &'static str)| (name.to_owned(), Bytes::from(value));
        PeerInfo {
            address: "::1".into(),
            socket_type: "PUSH".into(),
            properties: own.map(pair).into(),
            ..PeerInfo::default()
        }
    }

    #[test]
    fn properties_are_found_by_name_whatever_their_capitals() {
        let peer = peer();
        assert_eq!(peer.get("peer-address"), Some(&b"::1"[..]));
        assert_eq!(peer.get("Socket-Type"), Some(&b"PUSH"[..]));
        assert_eq!(peer.get("Identity"), Some(&b""[..]));
        assert_eq!(peer.get("Routing-Id"), Some(&b""[..]));
        assert_eq!(peer.get("x-A"), Some(&b"1"[..]));
        assert_eq!(peer.get("X-b"), None);
        assert_eq!(PeerInfo::default().get("Peer-Address"), None);
    }

    #[test]
    fn a_peer_does_not_say_who_it_is() {
        let mut claims = peer();
        claims.learn(Vec::new());
        assert_eq!(claims.get("User-Id"), None);
        let mut known = peer();
        let told = [(USER_ID, "ann"), ("X-a", "2")];
        known.learn(told.map(|(name, value)| (name.to_owned(), Bytes::from(value))).into());
        assert_eq!(known.get("User-Id"), Some(&b"ann"[..]));
        assert_eq!(known.get("X-a"), Some(&b"2"[..]));
    }
}
