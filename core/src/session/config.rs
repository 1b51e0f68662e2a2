//! What sessions need to know of a socket: its kind's [`Profile`], and per endpoint a [`Config`] made
//! from the options as they stood at bind or connect.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;

use super::pulse::Heartbeat;
use crate::{
    message::Shape,
    option::{Dialect, Filters},
    pattern::{Lane, Marks},
    transport::{Endpoint, MulticastOptions, SocksProxy, Stream, StreamOptions, TlsEnd},
    wire::{EngineConfig, Mapping, Security, Side, SpConfig, SpFraming, WsConfig, ZmtpConfig},
};

/// What a socket's kind fixes for its whole life.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// The family of protocols.
    pub dialect: Dialect,
    /// The kind's name; over ZMTP the `Socket-Type`.
    pub name: &'static str,
    /// The SP protocol number on the wire; 0 for ZMTP.
    pub wire_id: u16,
    /// The SP protocol numbers that may be at the other end.
    pub sp_peers: &'static [u16],
    /// The ZMTP socket types that may be at the other end.
    pub zmtp_peers: &'static [&'static str],
    /// How many frames its messages have.
    pub shape: Shape,
    /// Messages not wholly written when a dialed connection is lost wait for the next one.
    pub keeps_unsent: bool,
    /// The kind can receive, so a peer may have sent what we never read.
    pub receives: bool,
}

impl Profile {
    /// Whether it never speaks a protocol.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.name == "STREAM"
    }

    /// Whether a socket of the other kind may be at the other end.
    #[must_use]
    pub fn accepts(&self, other: &Self) -> bool {
        self.dialect == other.dialect
            && match self.dialect {
                Dialect::Sp => self.sp_peers.contains(&other.wire_id),
                Dialect::Zmtp => self.zmtp_peers.contains(&other.name),
            }
    }
}

/// The failures after which an endpoint is not dialed again (`ZMQ_RECONNECT_STOP`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReconnectStop {
    /// Nobody listens.
    pub refused: bool,
    /// The handshake failed.
    pub handshake_failed: bool,
}

/// What a socket receives from its own connections, as if their peers had sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// An empty message when a handshake is done (`ZMQ_ROUTER_NOTIFY`).
    pub came: bool,
    /// An empty message when the connection is lost.
    pub went: bool,
    /// From a lost connection that was accepted; nothing when it is empty (`ZMQ_DISCONNECT_MSG`).
    pub disconnect: Bytes,
    /// From a lost connection that was dialed; nothing when it is empty (`ZMQ_HICCUP_MSG`).
    pub hiccup: Bytes,
}

/// The options that matter to the connections of one endpoint.
#[derive(Clone, Debug)]
pub struct Config {
    /// How streams are set up.
    pub stream: StreamOptions,
    /// How datagrams go to multicast groups.
    pub multicast: MulticastOptions,
    /// What makes its TLS, where the endpoint has it.
    pub tls: Option<TlsEnd>,
    /// What is connected goes through it.
    pub proxy: Option<SocksProxy>,
    /// Resolve names to IPv6 addresses too.
    pub ipv6: bool,
    /// The longest message that is received.
    pub max_message: Option<usize>,
    /// Marks of the lanes to peers.
    pub send_marks: Marks,
    /// Marks of the lanes from peers.
    pub receive_marks: Marks,
    /// The first pause before dialing again; `None` never dials again.
    pub reconnect: Option<Duration>,
    /// The longest pause; shorter than `reconnect` keeps all pauses at that.
    pub reconnect_max: Duration,
    /// What ends dialing.
    pub reconnect_stop: ReconnectStop,
    /// How long a connect may take.
    pub connect_timeout: Option<Duration>,
    /// How long a handshake may take.
    pub handshake: Option<Duration>,
    /// A connecting pipe is there from the start, so that sends queue before the peer answers.
    pub attach_early: bool,
    /// The routing id that the socket claims (ZMTP).
    pub routing_id: Bytes,
    /// Properties of the user's own, shown to peers (ZMTP).
    pub metadata: Vec<(String, Bytes)>,
    /// The security mechanism (ZMTP).
    pub security: Security,
    /// The domain that ZAP requests name.
    pub zap_domain: String,
    /// Nobody is asked without a domain.
    pub zap_enforce_domain: bool,
    /// PINGs to peers that know them (ZMTP 3.1), if any.
    pub heartbeat: Option<Heartbeat>,
    /// Whose connections are taken at a bound endpoint.
    pub filters: Filters,
    /// What is received of connections themselves.
    pub notices: Notices,
    /// No protocol is spoken: what arrives together is a message.
    pub bare: bool,
    /// The web pages that may connect over WebSocket; all where it is empty.
    pub ws_origins: Vec<String>,
    /// Messages over WebSocket go as text (SP).
    pub ws_text: bool,
    /// Priorities for sending and receiving, 1 to 16.
    pub priorities: (u8, u8),
}

/// The most bytes that are read ahead where only messages are counted. More would leave the cache, and
/// the recycled memory, before anybody receives it; it is as well kept in the peer.
const READ_AHEAD: usize = 4 * 1024 * 1024;

impl Config {
    /// Whether the user takes connections from where this stream leads.
    #[must_use]
    pub fn admits(&self, stream: &Stream) -> bool {
        match stream {
            Stream::Tcp(_) | Stream::Tls(_) => self.filters.admit_address(stream.peer_ip()),
            Stream::Ipc(..) => self.filters.admit_process(stream.peer_credentials()),
        }
    }

    /// A lane from the peer of a stream.
    #[must_use]
    pub fn incoming(&self) -> Arc<Lane> {
        Lane::new(read_ahead(self.receive_marks))
    }

    /// The engine for a new stream of this endpoint, at this end of it.
    #[must_use]
    pub fn engine(&self, profile: &Profile, endpoint: &Endpoint, side: Side) -> EngineConfig {
        match (profile.dialect, endpoint) {
            (_, Endpoint::Ws(ws)) => EngineConfig::Ws(WsConfig {
                side,
                host: ws.host(),
                path: ws.path().to_owned(),
                origins: self.ws_origins.clone(),
                mapping: self.mapping(profile),
            }),
            (Dialect::Sp, Endpoint::Ipc(_)) => EngineConfig::Sp(self.sp(profile, SpFraming::Ipc)),
            (Dialect::Sp, _) => EngineConfig::Sp(self.sp(profile, SpFraming::Tcp)),
            (Dialect::Zmtp, _) if self.bare => EngineConfig::Bare,
            (Dialect::Zmtp, _) => EngineConfig::Zmtp(self.zmtp(profile)),
        }
    }

    /// What is spoken over WebSocket.
    fn mapping(&self, profile: &Profile) -> Mapping {
        match profile.dialect {
            Dialect::Sp => {
                Mapping::Sp { config: self.sp(profile, SpFraming::Tcp), text: self.ws_text }
            }
            Dialect::Zmtp => Mapping::Zmtp(self.zmtp(profile)),
        }
    }

    fn sp(&self, profile: &Profile, framing: SpFraming) -> SpConfig {
        let (protocol, peers) = (profile.wire_id, profile.sp_peers);
        SpConfig { protocol, peers, framing, max_message: self.max_message }
    }

    fn zmtp(&self, profile: &Profile) -> ZmtpConfig {
        ZmtpConfig {
            socket_type: profile.name,
            peers: profile.zmtp_peers,
            shape: profile.shape,
            routing_id: self.routing_id.clone(),
            security: self.security.clone(),
            max_message: self.max_message,
            metadata: self.metadata.clone(),
        }
    }
}

fn read_ahead(marks: Marks) -> Marks {
    let counted = marks.messages > 0 && marks.bytes == 0;
    Marks { bytes: if counted { READ_AHEAD } else { marks.bytes }, ..marks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_bounded_wherever_only_messages_are() {
        for (messages, bytes, expected) in
            [(1000, 0, READ_AHEAD), (0, 0, 0), (0, 131_072, 131_072), (10, 64 << 20, 64 << 20)]
        {
            let marks = read_ahead(Marks::new(messages, bytes));
            assert_eq!(marks, Marks::new(messages, expected));
        }
    }
}
