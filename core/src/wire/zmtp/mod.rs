//! ZmtpEngine: greeting, then the mechanism's handshake, then traffic.
//!
//! Made by [`super::Engine::new`]. ZeroMQ RFC 23 (ZMTP 3.0) and RFC 37 (ZMTP 3.1).

pub mod command;
pub(super) mod frame;
mod greeting;
#[cfg(test)]
mod tests;
mod traffic;

use bytes::Bytes;
use command::{Command, Metadata, encode_property, property};
use frame::{Flags, Limits};
use traffic::Traffic;
pub use traffic::{MAX_FRAMES, MAX_GROUP, MAX_TOPIC};

use super::{
    Encoder, InBuf, Sealer, Security, Step, Verdict, WireError, ZmtpConfig, checked_length,
    error::printable,
    mechanism::{Mechanism, Progress},
};
use crate::message::{Intake, OutBuf, PeerInfo, Shape};

/// The most bytes of one command of a handshake, whatever the limit of messages is.
pub const MAX_HANDSHAKE_COMMAND: usize = 64 * 1024;
/// The most bytes of a routing id.
pub const MAX_ROUTING_ID: usize = 255;

/// The minor version over WebSocket, where subscriptions are messages.
const OVER_WS: u8 = 0;

const SOCKET_TYPE: &str = "Socket-Type";
const IDENTITY: &str = "Identity";

/// The machine of one ZMTP connection.
#[derive(Debug)]
pub struct ZmtpEngine {
    config: ZmtpConfig,
    mechanism: Mechanism,
    state: State,
    output: OutBuf,
    sealer: Option<Sealer>,
}

#[derive(Debug)]
enum State {
    Greeting,
    Handshake(Handshake),
    Traffic(Traffic),
}

#[derive(Debug)]
struct Handshake {
    minor: u8,
    frames: frame::Decoder,
    /// What somebody decided about the peer, to be obeyed.
    verdict: Option<Verdict>,
    /// Somebody is asked about the peer.
    undecided: bool,
    /// Properties of the peer that the verdict brought.
    given: Metadata,
}

impl ZmtpEngine {
    pub(super) fn new(mut config: ZmtpConfig) -> Self {
        let security = std::mem::replace(&mut config.security, Security::Null { asks: false });
        let mechanism = Mechanism::new(security, own_metadata(&config));
        let mut output = OutBuf::default();
        output.put_slice(&greeting::encode(&config, &mechanism));
        Self { config, mechanism, state: State::Greeting, output, sealer: None }
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
        self.state = State::Traffic(Traffic::new(&self.config, OVER_WS, None));
    }

    /// Takes a frame that came by other means than [`ZmtpEngine::consume`].
    pub(super) fn take_frame(
        &mut self,
        flags: Flags,
        body: Bytes,
        intake: &mut Intake,
    ) -> Result<Option<Step>, WireError> {
        match &mut self.state {
            State::Traffic(traffic) => traffic.take_whole(flags, body, intake, &mut self.output),
            State::Handshake(_) => {
                checked_length("command", body.len() as u64, Some(MAX_HANDSHAKE_COMMAND))?;
                let progress = self.shake(flags, body)?;
                self.progress(progress)
            }
            State::Greeting => Ok(None),
        }
    }

    /// See [`super::Engine::ping`].
    pub(super) fn ping(&mut self, ttl: u16) -> bool {
        match &self.state {
            State::Traffic(traffic) if traffic.minor() > 0 => {
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
            State::Greeting | State::Handshake(_) => None,
        }
    }

    /// See [`super::Engine::take_small`].
    pub(super) fn take_small(&self, bytes: &[u8], intake: &mut Intake) -> usize {
        match &self.state {
            State::Traffic(traffic) => traffic.take_small(bytes, intake),
            State::Greeting | State::Handshake(_) => 0,
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
                State::Greeting => match greeting::decode(input.peek(), self.mechanism.name())? {
                    None => return Ok(None),
                    Some(minor) => {
                        let progress = self.greeted(minor, input)?;
                        if let Some(step) = self.progress(progress)? {
                            return Ok(Some(step));
                        }
                    }
                },
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
            State::Traffic(_) if self.config.shape == Shape::Grouped => Some(Encoder::ZmtpGroups),
            State::Traffic(traffic) => Some(Encoder::Zmtp { minor: traffic.minor() }),
            State::Greeting | State::Handshake(_) => None,
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
        self.sealer.take()
    }

    fn greeted(&mut self, minor: u8, input: &mut InBuf) -> Result<Progress, WireError> {
        input.advance(greeting::LENGTH);
        self.shake_hands(minor);
        self.mechanism.begin(&mut self.output)
    }

    fn shake_hands(&mut self, minor: u8) {
        let limits = Limits {
            frame: Some(MAX_HANDSHAKE_COMMAND),
            command: MAX_HANDSHAKE_COMMAND,
            topic: None,
        };
        self.state = State::Handshake(Handshake {
            minor,
            frames: frame::Decoder::new(limits),
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
                let (minor, given) = (shake.minor, std::mem::take(&mut shake.given));
                let mut peer = self.meet(properties, minor)?;
                peer.properties.extend(given);
                let (opener, sealer) = match self.mechanism.take_channel() {
                    Some(channel) => (Some(channel.opener), Some(channel.sealer)),
                    None => (None, None),
                };
                self.sealer = sealer;
                self.state = State::Traffic(Traffic::new(&self.config, minor, opener));
                Ok(Some(Step::Ready(peer)))
            }
        }
    }

    /// Judges what the peer says of itself.
    fn meet(&self, properties: Metadata, minor: u8) -> Result<PeerInfo, WireError> {
        let socket_type = property(&properties, SOCKET_TYPE).ok_or_else(|| {
            WireError::Handshake { expected: SOCKET_TYPE, got: "a READY without it".into() }
        })?;
        let ours = self.config.socket_type;
        let Some(socket_type) =
            self.config.peers.iter().find(|peer| peer.as_bytes() == socket_type)
        else {
            return Err(WireError::SocketType { ours, theirs: printable(socket_type) });
        };
        let routing_id = property(&properties, IDENTITY).cloned().unwrap_or_default();
        checked_length(IDENTITY, routing_id.len() as u64, Some(MAX_ROUTING_ID))?;
        let (address, socket_type) = (String::new(), (*socket_type).to_owned());
        Ok(PeerInfo { address, socket_type, routing_id, properties, minor, tells_nothing: false })
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
