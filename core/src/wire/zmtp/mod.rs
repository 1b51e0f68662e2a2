//! ZmtpEngine: greeting, then the mechanism's handshake, then traffic.
//!
//! Made by [`super::Engine::new`]. ZeroMQ RFC 23 (ZMTP 3.0) and RFC 37 (ZMTP 3.1).

pub(super) mod command;
pub(super) mod frame;
mod greeting;
#[cfg(test)]
mod tests;
mod traffic;

use bytes::Bytes;
use command::{Command, Metadata, encode_property, property};
use frame::{Flags, Limits};
use traffic::Traffic;
pub use traffic::{MAX_FRAMES, MAX_TOPIC};

use super::{
    Encoder, InBuf, Step, WireError, ZmtpConfig, checked_length, error::printable,
    mechanism::Mechanism,
};
use crate::message::{Intake, OutBuf, PeerInfo};

/// The most bytes of one command of a handshake, whatever the limit of messages is.
pub const MAX_HANDSHAKE_COMMAND: usize = 64 * 1024;
/// The most bytes of a routing id.
pub const MAX_ROUTING_ID: usize = 255;

const SOCKET_TYPE: &str = "Socket-Type";
const IDENTITY: &str = "Identity";

/// The machine of one ZMTP connection.
#[derive(Debug)]
pub struct ZmtpEngine {
    config: ZmtpConfig,
    mechanism: Mechanism,
    state: State,
    output: OutBuf,
}

#[derive(Debug)]
enum State {
    Greeting,
    Handshake { minor: u8, frames: frame::Decoder },
    Traffic(Traffic),
}

impl ZmtpEngine {
    pub(super) fn new(config: ZmtpConfig) -> Self {
        let mechanism = Mechanism::null(own_metadata(&config));
        let mut output = OutBuf::default();
        output.put_slice(&greeting::encode(&config, mechanism.name()));
        Self { config, mechanism, state: State::Greeting, output }
    }

    /// See [`super::Engine::take_small`].
    pub(super) fn take_small(&self, bytes: &[u8], intake: &mut Intake) -> usize {
        match &self.state {
            State::Traffic(traffic) => traffic.take_small(bytes, intake),
            State::Greeting | State::Handshake { .. } => 0,
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
                State::Handshake { minor, frames } => {
                    let minor = *minor;
                    let Some((flags, body)) = frames.next(input)? else { return Ok(None) };
                    if let Some(peer) = self.shake(flags, body, minor)? {
                        return Ok(Some(Step::Ready(peer)));
                    }
                }
                State::Greeting => match greeting::decode(input.peek(), self.mechanism.name())? {
                    None => return Ok(None),
                    Some(minor) => self.greeted(minor, input),
                },
            }
        }
    }

    pub(super) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    pub(super) fn take_output(&mut self, out: &mut OutBuf) {
        if self.output.is_empty() {
            return;
        }
        for slice in self.output.slices(usize::MAX) {
            out.put_slice(&slice);
        }
        self.output.clear();
    }

    pub(super) fn encoder(&self) -> Option<Encoder> {
        match &self.state {
            State::Traffic(traffic) => Some(Encoder::Zmtp { minor: traffic.minor() }),
            State::Greeting | State::Handshake { .. } => None,
        }
    }

    fn greeted(&mut self, minor: u8, input: &mut InBuf) {
        input.advance(greeting::LENGTH);
        let limits = Limits {
            frame: Some(MAX_HANDSHAKE_COMMAND),
            command: MAX_HANDSHAKE_COMMAND,
            topic: None,
        };
        self.mechanism.begin(&mut self.output);
        self.state = State::Handshake { minor, frames: frame::Decoder::new(limits) };
    }

    /// Takes one frame of the handshake; who the peer is when that was the last.
    fn shake(
        &mut self,
        flags: Flags,
        body: Bytes,
        minor: u8,
    ) -> Result<Option<PeerInfo>, WireError> {
        if !flags.is_command() {
            let got = "a message".into();
            return Err(WireError::Handshake { expected: "a command", got });
        }
        let Some(properties) = self.mechanism.consume(Command::decode(body)?)? else {
            return Ok(None);
        };
        let peer = self.meet(properties, minor)?;
        self.state = State::Traffic(Traffic::new(&self.config, minor));
        Ok(Some(peer))
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
        Ok(PeerInfo { address, socket_type, routing_id, properties, minor })
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
