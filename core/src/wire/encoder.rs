//! Encoder: the framing of outgoing messages, fixed at Ready and free to copy.
//!
//! Called by the lanes of `session`, in the thread of whoever sends, so it allocates nothing.

use super::{SpFraming, sp, zmtp};
use crate::message::{Control, Message, OutBuf};

/// Plain framing of outgoing messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoder {
    /// SP over tcp: length, header words, body.
    SpTcp,
    /// SP over ipc: the same behind a type byte.
    SpIpc,
    /// ZMTP 3.
    Zmtp {
        /// 1: subscriptions are commands. 0: they are messages that begin with 01 or 00.
        minor: u8,
    },
}

impl Encoder {
    /// Appends a whole message. ZMTP has no place for SP header words and leaves them out.
    pub fn encode(&self, message: &Message, out: &mut OutBuf) {
        match self {
            Self::SpTcp => sp::frame::encode(SpFraming::Tcp, message, out),
            Self::SpIpc => sp::frame::encode(SpFraming::Ipc, message, out),
            Self::Zmtp { .. } => zmtp::frame::encode_message(message, out),
        }
    }

    /// Appends a subscription change. Nothing on SP, where no such thing is on the wire.
    pub fn encode_control(&self, control: &Control, out: &mut OutBuf) {
        match self {
            Self::SpTcp | Self::SpIpc => {}
            Self::Zmtp { minor: 0 } => zmtp::frame::encode_subscription(control, out),
            Self::Zmtp { .. } => zmtp::command::encode_subscription(control, out),
        }
    }
}
