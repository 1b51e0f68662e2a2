//! WireError: what was wrong with the bytes of a peer, with what was expected and what came.
//!
//! Returned by [`super::Engine::consume`]; `session` closes the connection and reports it.

use std::fmt;

use super::{mechanism::Fault, sp::greeting::Protocol, ws::CloseCode};
use crate::{
    error::{Error, ErrorCode},
    message::ZmtpVersion,
};

/// What a peer of TLS sends first: why it takes no plain words, or a handshake.
const TLS_ALERT: u8 = 21;
const TLS_HANDSHAKE: u8 = 22;

/// Why a connection cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireError {
    /// A byte of the SP greeting is not what every SP peer sends there.
    SpGreeting {
        /// Its place in the greeting.
        offset: usize,
        /// What stands there by the specification.
        expected: u8,
        /// What came.
        got: u8,
    },
    /// The SP peer speaks a protocol that does not go with ours.
    SpProtocol {
        /// Our protocol number.
        ours: u16,
        /// The peer's protocol number.
        theirs: u16,
    },
    /// An SP message over ipc began with an unknown type byte.
    SpMessageType {
        /// What came in place of 1.
        got: u8,
    },
    /// The first bytes are no greeting of any version of ZMTP.
    ZmtpGreeting {
        /// The very first.
        got: u8,
    },
    /// The peer speaks ZMTP before 3.0, where that cannot be spoken.
    ZmtpVersion {
        /// What it speaks.
        peer: ZmtpVersion,
        /// What that version does not know.
        lacks: &'static str,
    },
    /// A peer of ZMTP 1.0 sent a frame whose length leaves out its flags.
    NoFlags,
    /// The peer wants another security mechanism.
    Mechanism {
        /// Ours.
        ours: &'static str,
        /// The peer's, escaped.
        theirs: Box<str>,
    },
    /// The peer's socket type does not go with ours.
    SocketType {
        /// Ours.
        ours: &'static str,
        /// The peer's, escaped.
        theirs: Box<str>,
    },
    /// The peer ended the handshake with an ERROR command.
    Refused {
        /// The reason that it gave, escaped; may be empty.
        reason: Box<str>,
    },
    /// The peer was not let in.
    Denied {
        /// The ZAP status; empty when nobody decided.
        status: &'static str,
        /// Why, escaped.
        text: Box<str>,
    },
    /// What the ZAP handler said of the peer makes no sense.
    ZapReply(Fault),
    /// Something else came while the handshake was expected to go on.
    Handshake {
        /// What would have been right.
        expected: &'static str,
        /// What came.
        got: Box<str>,
    },
    /// A command's inside does not add up.
    Command {
        /// The rule that it broke.
        expected: &'static str,
    },
    /// Something announced more bytes than allowed.
    TooLarge {
        /// What it is that is too large.
        what: &'static str,
        /// The most bytes allowed.
        limit: usize,
        /// The bytes announced.
        announced: u64,
    },
    /// A request or an answer for an upgrade to WebSocket is not as it must be.
    Upgrade {
        /// What would have been right.
        expected: &'static str,
        /// What came, escaped.
        got: Box<str>,
    },
    /// A WebSocket peer broke a rule.
    WebSocket {
        /// What it is told.
        close: CloseCode,
        /// What would have been right.
        expected: &'static str,
    },
    /// A WebSocket peer said farewell.
    Farewell {
        /// Why, as it told.
        code: Option<u16>,
    },
    /// A message went on past the most frames that one may have.
    TooManyFrames {
        /// The most frames allowed.
        limit: usize,
    },
    /// A message of a RADIO began with no group.
    NoGroup,
}

impl WireError {
    /// The code that the user sees.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::SpProtocol { .. } | Self::SocketType { .. } => ErrorCode::IncompatibleProtocol,
            Self::Denied { .. } | Self::ZapReply(_) => ErrorCode::Access,
            Self::TooLarge { .. } | Self::TooManyFrames { .. } => ErrorCode::MessageSize,
            Self::Farewell { .. } => ErrorCode::ConnectionReset,
            _ => ErrorCode::Protocol,
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SpGreeting { offset: 0, got: TLS_ALERT | TLS_HANDSHAKE, .. }
            | Self::ZmtpGreeting { got: TLS_ALERT | TLS_HANDSHAKE } => {
                f.write_str("the peer speaks TLS, and this endpoint does not")
            }
            Self::SpGreeting { offset, expected, got } => write!(
                f,
                "not an SP peer: byte {offset} of its greeting is {got:#04x} instead of {expected:#04x}"
            ),
            Self::SpProtocol { ours, theirs } => {
                write!(f, "a {} peer cannot talk to {}", Protocol(*theirs), Protocol(*ours))
            }
            Self::SpMessageType { got } => {
                write!(f, "an SP message of type {got:#04x} over ipc; only 0x01 is known")
            }
            Self::ZmtpGreeting { got } => {
                write!(f, "not a ZMTP peer: its greeting begins with {got:#04x}")
            }
            Self::ZmtpVersion { peer, lacks } => {
                write!(
                    f,
                    "the peer speaks ZMTP {peer}, which knows no {lacks}; 3.0 or later is needed"
                )
            }
            Self::NoFlags => f.write_str(
                "a ZMTP 1.0 frame of length 0; the length counts the flags, so 1 is the least",
            ),
            Self::Mechanism { ours, theirs } => {
                write!(f, "the peer wants the security mechanism {theirs:?}, we {ours:?}")
            }
            Self::SocketType { ours, theirs } => {
                write!(f, "a {theirs} peer cannot talk to {ours}")
            }
            Self::Refused { reason } => write!(f, "the peer refused the handshake: {reason:?}"),
            Self::Denied { status: "", text } => write!(f, "the peer was not let in: {text}"),
            Self::Denied { status, text } => {
                write!(f, "the peer was not let in, by ZAP status {status}: {text:?}")
            }
            Self::ZapReply(fault) => write!(f, "the peer was not let in: {fault}"),
            Self::Handshake { expected, got } => {
                write!(f, "{expected} was expected in the handshake, {got} came")
            }
            Self::Command { expected } => write!(f, "malformed command: {expected}"),
            Self::TooLarge { what, limit, announced } => {
                write!(f, "a {what} of {announced} bytes; at most {limit} are allowed")
            }
            Self::Upgrade { expected, got } => {
                write!(f, "{expected} was expected in the upgrade to WebSocket, {got:?} came")
            }
            Self::WebSocket { close, expected } => {
                write!(f, "{expected} were expected of a WebSocket peer (code {})", *close as u16)
            }
            Self::Farewell { code: None } => f.write_str("the WebSocket peer said farewell"),
            Self::Farewell { code: Some(code) } => {
                write!(f, "the WebSocket peer said farewell with code {code}")
            }
            Self::TooManyFrames { limit } => {
                write!(f, "a message of more than {limit} frames")
            }
            Self::NoGroup => f.write_str("a message without a group before its body"),
        }
    }
}

impl std::error::Error for WireError {}

impl From<WireError> for Error {
    fn from(error: WireError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

/// A peer's bytes as text that is safe to print, and not longer than a line.
pub(super) fn printable(bytes: &[u8]) -> Box<str> {
    const SHOWN: usize = 120;
    let text = bytes[..bytes.len().min(SHOWN)].escape_ascii().to_string();
    if bytes.len() > SHOWN { format!("{text}...").into() } else { text.into() }
}
