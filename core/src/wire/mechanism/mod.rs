//! Security mechanisms: the commands between greeting and traffic.
//!
//! Driven by [`super::zmtp::ZmtpEngine`], which knows only `Mechanism`. ZeroMQ RFC 37, "Security
//! Mechanisms". Where somebody must decide about the peer, a mechanism stops at `Progress::Ask` and
//! goes on with the [`Verdict`]. One that encrypts traffic leaves a [`curve::Channel`] behind.

pub mod curve;
mod null;
mod plain;
pub mod zap;

use null::Null;
use plain::{PlainClient, PlainServer};
pub use zap::{Credentials, Fault, Verdict};

use self::curve::{Channel, client::CurveClient, server::CurveServer};
use super::{
    Security, WireError,
    error::printable,
    zmtp::command::{self, Command, Metadata},
};
use crate::message::OutBuf;

/// The mechanism of one connection, somewhere in its handshake.
#[derive(Debug)]
pub(super) enum Mechanism {
    /// No security (RFC 37, "The NULL Security Mechanism").
    Null(Null),
    /// PLAIN, the side that knows name and password.
    PlainClient(PlainClient),
    /// PLAIN, the side that asks for them.
    PlainServer(PlainServer),
    /// CURVE, the side that knows the other's key.
    CurveClient(Box<CurveClient>),
    /// CURVE, the side whose key is known.
    CurveServer(Box<CurveServer>),
}

/// How far the handshake is.
#[derive(Debug)]
pub(super) enum Progress {
    /// The peer's next command is needed.
    More,
    /// Somebody must decide about the peer: [`Mechanism::decided`] goes on.
    Ask(Credentials),
    /// Done; what the peer says of itself.
    Done(Metadata),
}

impl Mechanism {
    /// The one that the settings choose, before its first command; `metadata` is what we say of ourselves.
    pub(super) fn new(security: Security, metadata: Vec<u8>) -> Self {
        match security {
            Security::Null { asks } => Self::Null(Null::new(metadata, asks)),
            Security::PlainClient { username, password } => {
                Self::PlainClient(PlainClient::new(username, password, metadata))
            }
            Security::PlainServer => Self::PlainServer(PlainServer::new(metadata)),
            Security::CurveClient { keys, server } => {
                Self::CurveClient(Box::new(CurveClient::new(keys, server, metadata)))
            }
            Security::CurveServer { secret } => {
                Self::CurveServer(Box::new(CurveServer::new(secret, metadata)))
            }
        }
    }

    /// The name in the greeting.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Null(_) => Null::NAME,
            Self::PlainClient(_) | Self::PlainServer(_) => plain::NAME,
            Self::CurveClient(_) | Self::CurveServer(_) => curve::NAME,
        }
    }

    /// Whether it secures nothing.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null(_))
    }

    /// Whether this is the server's side.
    pub(super) fn is_server(&self) -> bool {
        matches!(self, Self::PlainServer(_) | Self::CurveServer(_))
    }

    /// Both greetings are through: says what this side says unasked.
    pub(super) fn begin(&mut self, out: &mut OutBuf) -> Result<Progress, WireError> {
        match self {
            Self::Null(null) => return Ok(null.begin(out)),
            Self::PlainClient(client) => client.begin(out),
            Self::CurveClient(client) => client.begin(out)?,
            Self::PlainServer(_) | Self::CurveServer(_) => {}
        }
        Ok(Progress::More)
    }

    /// Takes the peer's next command.
    pub(super) fn consume(
        &mut self,
        command: Command,
        out: &mut OutBuf,
    ) -> Result<Progress, WireError> {
        if &command.name[..] == command::ERROR {
            return Err(WireError::Refused { reason: printable(&command.reason()?) });
        }
        match self {
            Self::Null(null) => null.consume(command),
            Self::PlainClient(client) => client.consume(command, out),
            Self::PlainServer(server) => server.consume(command, out),
            Self::CurveClient(client) => client.consume(command, out),
            Self::CurveServer(server) => server.consume(command, out),
        }
    }

    /// The answer to [`Progress::Ask`]. The peer hears of a refusal, unless it is for now only (300).
    pub(super) fn decided(
        &mut self,
        verdict: &Verdict,
        out: &mut OutBuf,
    ) -> Result<Progress, WireError> {
        let Verdict::Granted { .. } = verdict else {
            if let Some(status) = verdict.told() {
                let reason = [&[status.len() as u8], status.as_bytes()].concat();
                command::encode(command::ERROR, &reason, out);
            }
            return Err(verdict.into());
        };
        match self {
            Self::Null(null) => Ok(null.decided(out)),
            Self::PlainServer(server) => Ok(server.decided(out)),
            Self::CurveServer(server) => server.decided(out),
            Self::PlainClient(_) | Self::CurveClient(_) => Ok(Progress::More),
        }
    }

    /// What encrypts the traffic from now on, once.
    pub(super) fn take_channel(&mut self) -> Option<Channel> {
        match self {
            Self::CurveClient(client) => client.take_channel(),
            Self::CurveServer(server) => server.take_channel(),
            Self::Null(_) | Self::PlainClient(_) | Self::PlainServer(_) => None,
        }
    }
}

/// The error of a command at the wrong place.
fn unexpected(expected: &'static str, got: &Command) -> WireError {
    let got = format!("command \"{}\"", printable(&got.name)).into();
    WireError::Handshake { expected, got }
}
