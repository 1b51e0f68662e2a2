//! ZmtpEngine: greeting, then the mechanism's handshake, then traffic.
//!
//! Made by [`super::Engine::new`]. ZeroMQ RFC 23 (ZMTP 3.0) and RFC 37 (ZMTP 3.1). With peers of RFC 13 (ZMTP
//! 1.0) and RFC 15 (ZMTP 2.0) each side's routing id, a frame, is all of the handshake.

pub mod command;
pub(super) mod frame;
pub(super) mod frame_v1;
mod greeting;
#[cfg(test)]
mod old_tests;
#[cfg(test)]
mod tests;
mod traffic;

use bytes::Bytes;
use command::{Command, Metadata, encode_property, property};
use frame::{Flags, Limits};
use greeting::{Greeting, Peer};
use traffic::Traffic;
pub use traffic::{MAX_FRAMES, MAX_GROUP, MAX_TOPIC};

use super::{
    Encoder, InBuf, Sealer, Security, Step, Verdict, WireError, ZmtpConfig, checked_length,
    error::printable,
    mechanism::{Mechanism, Progress},
};
use crate::message::{Encode, Intake, Message, OutBuf, PeerInfo, Shape, ZmtpVersion};

/// The most bytes of one command of a handshake, whatever the limit of messages is.
pub const MAX_HANDSHAKE_COMMAND: usize = 64 * 1024;
/// The most bytes of a routing id.
pub const MAX_ROUTING_ID: usize = 255;

/// What is spoken over WebSocket, where subscriptions are messages.
pub(super) const OVER_WS: ZmtpVersion = ZmtpVersion::V3_0;

const SOCKET_TYPE: &str = "Socket-Type";
const IDENTITY: &str = "Identity";

/// The machine of one ZMTP connection.
#[derive(Debug)]
pub struct ZmtpEngine {
    terms: Terms,
    mechanism: Mechanism,
    state: State,
    output: OutBuf,
    /// Boxed, since few connections have one.
    sealer: Option<Box<Sealer>>,
}

/// What of the settings is needed after the beginning; a connection keeps no more.
#[derive(Debug)]
struct Terms {
    socket_type: &'static str,
    peers: &'static [&'static str],
    shape: Shape,
    routing_id: Bytes,
    max_message: Option<usize>,
}

#[derive(Debug)]
enum State {
    Greeting(Greeting),
    Handshake(Handshake),
    Introduction(Introduction),
    Traffic(Traffic),
}

/// Awaits the routing id of a peer of ZMTP 1.0 or 2.0.
#[derive(Debug)]
struct Introduction {
    version: ZmtpVersion,
    /// Empty where none is told.
    socket_type: &'static str,
    frames: frame::Decoder,
}

#[derive(Debug)]
struct Handshake {
    version: ZmtpVersion,
    frames: frame::Decoder,
    /// What somebody decided about the peer, to be obeyed.
    verdict: Option<Verdict>,
    /// Somebody is asked about the peer.
    undecided: bool,
    /// Properties of the peer that the verdict brought.
    given: Metadata,
}

impl ZmtpEngine {
    pub(super) fn new(config: ZmtpConfig) -> Self {
        let metadata = own_metadata(&config);
        let ZmtpConfig { socket_type, peers, shape, routing_id, security, max_message, .. } =
            config;
        let terms = Terms { socket_type, peers, shape, routing_id, max_message };
        let asks = matches!(security, Security::Null { asks: true });
        let mechanism = Mechanism::new(security, metadata);
        let mut output = OutBuf::default();
        let state = State::Greeting(Greeting::new(&terms, &mechanism, asks, &mut output));
        Self { terms, mechanism, state, output, sealer: None }
    }

    /// Over WebSocket, where frames come one by one by [`ZmtpEngine::take_frame`] and there is no
    /// greeting.
    pub(super) fn over_ws(config: ZmtpConfig) -> Self {
        let mut engine = Self::new(config);
        engine.output.clear();
        engine.shake_hands(OVER_WS);
        engine
    }

    /// Begins the handshake without a greeting.
    pub(super) fn begin(&mut self) -> Result<Option<Step>, WireError> {
        let progress = self.mechanism.begin(&mut self.output)?;
        self.progress(progress)
    }

    /// There is no handshake.
    pub(super) fn skip_handshake(&mut self) {
        self.state = State::Traffic(Traffic::new(&self.terms, OVER_WS, None));
    }

    /// Takes a frame that came by other means than [`ZmtpEngine::consume`].
    pub(super) fn take_frame(
        &mut self,
        flags: Flags,
        body: Bytes,
        intake: &mut Intake,
    ) -> Result<Option<Step>, WireError> {
        match &mut self.state {
            State::Traffic(traffic) => traffic.take_frame(flags, body, intake, &mut self.output),
            State::Handshake(_) => {
                checked_length("command", body.len() as u64, Some(MAX_HANDSHAKE_COMMAND))?;
                let progress = self.shake(flags, body)?;
                self.progress(progress)
            }
            State::Greeting(_) | State::Introduction(_) => Ok(None),
        }
    }

    /// See [`super::Engine::ping`].
    pub(super) fn ping(&mut self, ttl: u16) -> bool {
        match &self.state {
            State::Traffic(traffic) if traffic.version() >= ZmtpVersion::V3_1 => {
                command::encode(command::PING, &ttl.to_be_bytes(), &mut self.output);
                true
            }
            _ => false,
        }
    }

    /// See [`super::Engine::take_ttl`].
    pub(super) fn take_ttl(&mut self) -> Option<u16> {
        match &mut self.state {
            State::Traffic(traffic) => traffic.take_ttl(),
            _ => None,
        }
    }

    /// See [`super::Engine::take_small`].
    pub(super) fn take_small(&self, bytes: &[u8], intake: &mut Intake) -> usize {
        match &self.state {
            State::Traffic(traffic) => traffic.take_small(bytes, intake),
            _ => 0,
        }
    }

    pub(super) fn consume(
        &mut self,
        input: &mut InBuf,
        intake: &mut Intake,
    ) -> Result<Option<Step>, WireError> {
        loop {
            match &mut self.state {
                State::Traffic(traffic) => {
                    return traffic.consume(input, intake, &mut self.output);
                }
                State::Handshake(shake) => {
                    let progress = if let Some(verdict) = shake.verdict.take() {
                        self.mechanism.decided(&verdict, &mut self.output)?
                    } else if shake.undecided {
                        return Ok(None);
                    } else {
                        let Some((flags, body)) = shake.frames.next(input)? else {
                            return Ok(None);
                        };
                        self.shake(flags, body)?
                    };
                    if let Some(step) = self.progress(progress)? {
                        return Ok(Some(step));
                    }
                }
                State::Introduction(introduction) => {
                    let Some((flags, routing_id)) = introduction.frames.next(input)? else {
                        return Ok(None);
                    };
                    let peer = introduction.take(flags, routing_id)?;
                    self.state = State::Traffic(introduction.traffic(&self.terms));
                    return Ok(Some(Step::Ready(peer)));
                }
                State::Greeting(greeting) => {
                    let Some(peer) = greeting.hear(input.peek(), &mut self.output)? else {
                        return Ok(None);
                    };
                    input.advance(peer.length());
                    if let Some(step) = self.greeted(peer)? {
                        return Ok(Some(step));
                    }
                }
            }
        }
    }

    pub(super) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    pub(super) fn take_output(&mut self, out: &mut OutBuf) {
        if self.has_output() {
            self.output.move_to(out);
        }
    }

    pub(super) fn encoder(&self) -> Option<Encoder> {
        match &self.state {
            State::Traffic(_) if self.terms.shape == Shape::Grouped => Some(Encoder::ZmtpGroups),
            State::Traffic(traffic) => Some(Encoder::zmtp(traffic.version())),
            _ => None,
        }
    }

    pub(super) fn is_undecided(&self) -> bool {
        matches!(&self.state, State::Handshake(shake) if shake.undecided)
    }

    pub(super) fn decide(&mut self, verdict: Verdict) {
        if let State::Handshake(shake) = &mut self.state
            && std::mem::take(&mut shake.undecided)
        {
            shake.given = verdict.clone().into_properties();
            shake.verdict = Some(verdict);
        }
    }

    pub(super) fn take_sealer(&mut self) -> Option<Sealer> {
        self.sealer.take().map(|sealer| *sealer)
    }

    fn greeted(&mut self, peer: Peer) -> Result<Option<Step>, WireError> {
        match peer {
            Peer::New(version) => {
                self.shake_hands(version);
                return self.begin();
            }
            Peer::Old(version, number) => {
                let socket_type = self.socket_type_of(number)?;
                let routing_id = Message::new(self.terms.routing_id.clone());
                Encoder::zmtp(version).encode(&routing_id, &mut self.output);
                self.introduce(version, socket_type);
            }
            Peer::Unversioned => {
                // It took our signature for the head of this frame.
                self.output.put_bytes(&self.terms.routing_id);
                self.introduce(ZmtpVersion::V1_0, "");
            }
        }
        Ok(None)
    }

    fn introduce(&mut self, version: ZmtpVersion, socket_type: &'static str) {
        let limits = Limits { frame: Some(MAX_ROUTING_ID), command: MAX_ROUTING_ID, topic: None };
        let frames = frame::Decoder::new(version, limits);
        self.state = State::Introduction(Introduction { version, socket_type, frames });
    }

    /// The socket type that a peer of ZMTP 2.0 tells by a number, if it goes with ours.
    fn socket_type_of(&self, number: u8) -> Result<&'static str, WireError> {
        let name = greeting::socket_type(number);
        name.filter(|name| self.terms.peers.contains(name)).ok_or_else(|| WireError::SocketType {
            ours: self.terms.socket_type,
            theirs: name.map_or_else(|| format!("number {number}").into(), Into::into),
        })
    }

    fn shake_hands(&mut self, version: ZmtpVersion) {
        let limits = Limits {
            frame: Some(MAX_HANDSHAKE_COMMAND),
            command: MAX_HANDSHAKE_COMMAND,
            topic: None,
        };
        self.state = State::Handshake(Handshake {
            version,
            frames: frame::Decoder::new(version, limits),
            verdict: None,
            undecided: false,
            given: Metadata::new(),
        });
    }

    /// Takes one frame of the handshake.
    fn shake(&mut self, flags: Flags, body: Bytes) -> Result<Progress, WireError> {
        if !flags.is_command() {
            let got = "a message".into();
            return Err(WireError::Handshake { expected: "a command", got });
        }
        self.mechanism.consume(Command::decode(body)?, &mut self.output)
    }

    /// What the mechanism's progress means to the connection.
    fn progress(&mut self, progress: Progress) -> Result<Option<Step>, WireError> {
        let State::Handshake(shake) = &mut self.state else { return Ok(None) };
        match progress {
            Progress::More => Ok(None),
            Progress::Ask(credentials) => {
                shake.undecided = true;
                Ok(Some(Step::Authenticate(credentials)))
            }
            Progress::Done(properties) => {
                let (version, given) = (shake.version, std::mem::take(&mut shake.given));
                let mut peer = self.meet(properties, version)?;
                peer.learn(given);
                let (opener, sealer) = match self.mechanism.take_channel() {
                    Some(channel) => {
                        (Some(Box::new(channel.opener)), Some(Box::new(channel.sealer)))
                    }
                    None => (None, None),
                };
                self.sealer = sealer;
                self.state = State::Traffic(Traffic::new(&self.terms, version, opener));
                Ok(Some(Step::Ready(peer)))
            }
        }
    }

    /// Judges what the peer says of itself.
    fn meet(&self, properties: Metadata, version: ZmtpVersion) -> Result<PeerInfo, WireError> {
        let socket_type = property(&properties, SOCKET_TYPE).ok_or_else(|| {
            WireError::Handshake { expected: SOCKET_TYPE, got: "a READY without it".into() }
        })?;
        let ours = self.terms.socket_type;
        let Some(socket_type) = self.terms.peers.iter().find(|peer| peer.as_bytes() == socket_type)
        else {
            return Err(WireError::SocketType { ours, theirs: printable(socket_type) });
        };
        let routing_id = property(&properties, IDENTITY).cloned().unwrap_or_default();
        checked_length(IDENTITY, routing_id.len() as u64, Some(MAX_ROUTING_ID))?;
        let socket_type = (*socket_type).to_owned();
        Ok(PeerInfo { socket_type, routing_id, properties, version, ..PeerInfo::default() })
    }
}

impl Introduction {
    /// The only word of its handshake.
    fn take(&self, flags: Flags, routing_id: Bytes) -> Result<PeerInfo, WireError> {
        if !flags.is_last() {
            let got = "a part of a message".into();
            return Err(WireError::Handshake { expected: "a routing id", got });
        }
        let (version, socket_type) = (self.version, self.socket_type.to_owned());
        Ok(PeerInfo { socket_type, routing_id, version, ..PeerInfo::default() })
    }

    fn traffic(&self, terms: &Terms) -> Traffic {
        if self.socket_type.is_empty() {
            Traffic::of_unversioned(terms)
        } else {
            Traffic::new(terms, self.version, None)
        }
    }
}

/// What our READY says, encoded. libzmq's order: type, identity, then the application's.
fn own_metadata(config: &ZmtpConfig) -> Vec<u8> {
    let mut metadata = Vec::new();
    encode_property(SOCKET_TYPE, config.socket_type.as_bytes(), &mut metadata);
    if matches!(config.socket_type, "REQ" | "DEALER" | "ROUTER") {
        encode_property(IDENTITY, &config.routing_id, &mut metadata);
    }
    for (name, value) in &config.metadata {
        encode_property(name, value, &mut metadata);
    }
    metadata
}
