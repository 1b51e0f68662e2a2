//! NULL: each side sends READY without waiting for the other, or ERROR to refuse.
//!
//! Used through `super::Mechanism`. ZeroMQ RFC 37, "The NULL Security Mechanism". With a ZAP domain
//! the peer is asked about before READY is sent, as libzmq does on either side.

use super::{Credentials, Progress, unexpected};
use crate::{
    message::OutBuf,
    wire::{
        WireError,
        zmtp::command::{self, Command},
    },
};

/// The NULL handshake of one connection.
#[derive(Debug)]
pub(in crate::wire) struct Null {
    /// Our properties, encoded; given away with READY.
    metadata: Vec<u8>,
    /// Somebody decides about the peer.
    asks: bool,
}

impl Null {
    pub(super) const NAME: &'static str = "NULL";

    pub(super) fn new(metadata: Vec<u8>, asks: bool) -> Self {
        Self { metadata, asks }
    }

    pub(super) fn begin(&mut self, out: &mut OutBuf) -> Progress {
        if self.asks {
            return Progress::Ask(Credentials { mechanism: Self::NAME, frames: Vec::new() });
        }
        self.decided(out)
    }

    pub(super) fn decided(&mut self, out: &mut OutBuf) -> Progress {
        command::encode(command::READY, &std::mem::take(&mut self.metadata), out);
        Progress::More
    }

    pub(super) fn consume(&mut self, command: Command) -> Result<Progress, WireError> {
        match &command.name[..] {
            command::READY => command::decode_metadata(command.data).map(Progress::Done),
            _ => Err(unexpected("READY or ERROR", &command)),
        }
    }
}
