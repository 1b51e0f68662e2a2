//! NULL: each side sends READY without waiting for the other, or ERROR to refuse.
//!
//! Used through [`super::Mechanism`]. ZeroMQ RFC 37, "The NULL Security Mechanism".

use crate::{
    message::OutBuf,
    wire::{
        WireError,
        error::printable,
        zmtp::command::{self, Command, Metadata},
    },
};

/// The NULL handshake of one connection.
#[derive(Debug)]
pub(in crate::wire) struct Null {
    /// Our properties, encoded; given away with READY.
    metadata: Vec<u8>,
}

impl Null {
    pub(super) const NAME: &'static str = "NULL";

    pub(super) fn new(metadata: Vec<u8>) -> Self {
        Self { metadata }
    }

    pub(super) fn begin(&mut self, out: &mut OutBuf) {
        command::encode(command::READY, &std::mem::take(&mut self.metadata), out);
    }

    pub(super) fn consume(&mut self, command: Command) -> Result<Metadata, WireError> {
        match &command.name[..] {
            command::READY => command::decode_metadata(command.data),
            command::ERROR => Err(WireError::Refused { reason: printable(&command.reason()?) }),
            other => {
                let got = format!("command \"{}\"", printable(other)).into();
                Err(WireError::Handshake { expected: "READY or ERROR", got })
            }
        }
    }
}
