//! Security mechanisms: the commands between greeting and traffic.
//!
//! Driven by [`super::zmtp::ZmtpEngine`], which knows only [`Mechanism`]. ZeroMQ RFC 37, "Security
//! Mechanisms". A mechanism that encrypts traffic (CURVE) gets its two calls for that here too,
//! between [`Mechanism::consume`] and the frames.

mod null;

use null::Null;

use super::{
    WireError,
    zmtp::command::{Command, Metadata},
};
use crate::message::OutBuf;

/// The mechanism of one connection, somewhere in its handshake.
#[derive(Debug)]
pub(super) enum Mechanism {
    /// No security (RFC 37, "The NULL Security Mechanism").
    Null(Null),
}

impl Mechanism {
    /// NULL, before its first command; `metadata` is what our READY carries.
    pub(super) fn null(metadata: Vec<u8>) -> Self {
        Self::Null(Null::new(metadata))
    }

    /// The name in the greeting.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Null(_) => Null::NAME,
        }
    }

    /// Both greetings are through: says what this side says unasked.
    pub(super) fn begin(&mut self, out: &mut OutBuf) {
        match self {
            Self::Null(null) => null.begin(out),
        }
    }

    /// Takes the peer's next command; its properties when that ends the handshake.
    pub(super) fn consume(&mut self, command: Command) -> Result<Option<Metadata>, WireError> {
        match self {
            Self::Null(null) => null.consume(command).map(Some),
        }
    }
}
