//! Wire: bytes to [`Step`]s and messages to bytes, for one connection. Pure: no I/O, no clock.
//!
//! `session` makes one [`Engine`] per connection, feeds it an [`InBuf`], writes what
//! [`Engine::take_output`] gives, and, once Ready, hands the [`Encoder`] to the sending side. Only
//! this file names all engines. SP: nanomsg's `sp-tcp-mapping-01`, `sp-ipc-mapping-01`. ZMTP: ZeroMQ
//! RFC 23 (3.0) and RFC 37 (3.1), and older ones. STREAM has no protocol.

mod bare;
pub mod buffer;
pub mod datagram;
mod encoder;
mod error;
pub mod mechanism;
pub mod sp;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
pub mod ws;
pub mod zmtp;

use bytes::Bytes;

pub use bare::BareEngine;
pub use buffer::{InBuf, ReadCount};
pub use datagram::DatagramForm;
pub use encoder::Encoder;
pub use error::WireError;
pub use mechanism::{
    Credentials, Fault as ZapFault, Verdict,
    curve::{KeyPair, Sealer},
    zap,
};
pub use sp::{SpEngine, SpFraming};
pub use ws::{Mapping, Side, WsConfig, WsEngine};
pub use zmtp::ZmtpEngine;

use crate::{
    message::{Control, Intake, OutBuf, PeerInfo, Shape},
    option::{Key, Secret},
};

/// How a connection talks: the dialect with its settings, fixed before the first byte.
#[derive(Clone, Debug)]
pub enum EngineConfig {
    /// The Scalability Protocols of nanomsg and nng.
    Sp(SpConfig),
    /// ZeroMQ's protocol.
    Zmtp(ZmtpConfig),
    /// Either over WebSocket.
    Ws(WsConfig),
    /// Nothing but bytes.
    Bare,
}

/// Settings of an SP connection.
#[derive(Clone, Debug)]
pub struct SpConfig {
    /// Our protocol number, such as 0x30 for REQ.
    pub protocol: u16,
    /// The protocol numbers that may stand at the other end.
    pub peers: &'static [u16],
    /// How messages are delimited, which the transport decides.
    pub framing: SpFraming,
    /// The most bytes (header and body) that a message may announce; `None` is no limit.
    pub max_message: Option<usize>,
}

/// Settings of a ZMTP connection.
#[derive(Clone, Debug)]
pub struct ZmtpConfig {
    /// Our `Socket-Type`, such as `DEALER`.
    pub socket_type: &'static str,
    /// The socket types that may stand at the other end.
    pub peers: &'static [&'static str],
    /// How many frames our messages have.
    pub shape: Shape,
    /// Our `Identity`, at most 255 bytes; sent by REQ, DEALER and ROUTER only.
    pub routing_id: Bytes,
    /// The security mechanism and what it needs.
    pub security: Security,
    /// The most bytes that one *frame* may announce, as libzmq counts; `None` is no limit.
    pub max_message: Option<usize>,
    /// Application properties for our READY; their names begin with `X-`.
    pub metadata: Vec<(String, Bytes)>,
}

/// The security mechanism of a ZMTP connection.
#[derive(Clone, Debug)]
pub enum Security {
    /// None.
    Null {
        /// Somebody decides about the peer all the same.
        asks: bool,
    },
    /// PLAIN, the client's side.
    PlainClient {
        /// At most 255 bytes.
        username: String,
        /// At most 255 bytes.
        password: Secret,
    },
    /// PLAIN, the server's side.
    PlainServer,
    /// CURVE, the client's side.
    CurveClient {
        /// The own keys.
        keys: KeyPair,
        /// The server's public key.
        server: Key,
    },
    /// CURVE, the server's side.
    CurveServer {
        /// The own secret key.
        secret: Key,
    },
}

/// What a run of bytes amounted to, besides messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The handshake is done; what it learned, without the address. Comes once, and first.
    Ready(PeerInfo),
    /// The peer wants more or less to be sent.
    Control(Control),
    /// The peer asks for this path, which is not ours. It may be handed to who has it with all input, else
    /// [`Engine::answer_stranger`].
    Elsewhere(Box<str>),
    /// Somebody must decide about the peer: [`Engine::decide`]. Nothing is consumed before that.
    Authenticate(Credentials),
}

/// The machine that decodes what arrives on one connection, and answers for itself.
#[derive(Debug)]
pub enum Engine {
    /// Speaks SP.
    Sp(SpEngine),
    /// Speaks ZMTP; boxed, since it is several times the size of the other.
    Zmtp(Box<ZmtpEngine>),
    /// Speaks either over WebSocket; boxed like that.
    Ws(Box<WsEngine>),
    /// Speaks nothing.
    Bare(BareEngine),
}

impl Engine {
    /// A machine at the start of its connection, with its greeting ready to be taken.
    #[must_use]
    pub fn new(config: EngineConfig) -> Self {
        match config {
            EngineConfig::Sp(config) => Self::Sp(SpEngine::new(config)),
            EngineConfig::Zmtp(config) => Self::Zmtp(Box::new(ZmtpEngine::new(config))),
            EngineConfig::Ws(config) => Self::Ws(Box::new(WsEngine::new(config))),
            EngineConfig::Bare => Self::Bare(BareEngine::default()),
        }
    }

    /// Another limit for the messages that begin from now on. SP only: ZMTP's is fixed when a
    /// connection is made.
    pub fn limit_messages(&mut self, most: Option<usize>) {
        match self {
            Self::Sp(engine) => engine.limit_messages(most),
            Self::Ws(engine) => engine.limit_messages(most),
            Self::Zmtp(_) | Self::Bare(_) => {}
        }
    }

    /// Decodes messages into `intake` up to the next step; `None` when more bytes are needed or the
    /// intake has no room. After an error the connection
    /// is of no more use: its bytes have no known meaning.
    pub fn consume(
        &mut self,
        input: &mut InBuf,
        intake: &mut Intake,
    ) -> Result<Option<Step>, WireError> {
        match self {
            Self::Sp(engine) => engine.consume(input, intake),
            Self::Zmtp(engine) => engine.consume(input, intake),
            Self::Ws(engine) => engine.consume(input, intake),
            Self::Bare(engine) => engine.consume(input, intake),
        }
    }

    /// Decodes small messages at the beginning of what arrived behind all that was consumed, wherever it
    /// lies. Answers how many bytes those are; the rest is to be consumed. Errors are left to that.
    #[must_use]
    pub fn take_small(&self, bytes: &[u8], intake: &mut Intake) -> usize {
        match self {
            Self::Sp(engine) => engine.take_small(bytes, intake),
            Self::Zmtp(engine) => engine.take_small(bytes, intake),
            Self::Ws(engine) => engine.take_small(bytes, intake),
            Self::Bare(_) => 0,
        }
    }

    /// Moves out what the engine itself has to say: greeting, READY, PONG. To be called after
    /// [`Engine::new`] and after each [`Engine::consume`], also a failed one.
    pub fn take_output(&mut self, out: &mut OutBuf) {
        match self {
            Self::Sp(engine) => engine.take_output(out),
            Self::Zmtp(engine) => engine.take_output(out),
            Self::Ws(engine) => engine.take_output(out),
            Self::Bare(_) => {}
        }
    }

    /// Whether [`Engine::take_output`] would give anything.
    #[must_use]
    pub fn has_output(&self) -> bool {
        match self {
            Self::Sp(engine) => engine.has_output(),
            Self::Zmtp(engine) => engine.has_output(),
            Self::Ws(engine) => engine.has_output(),
            Self::Bare(_) => false,
        }
    }

    /// Asks the peer for a sign of life, and says after how many tenths of a second of silence to give us up.
    /// False where the peer knows no such question.
    pub fn ping(&mut self, ttl: u16) -> bool {
        match self {
            Self::Sp(_) | Self::Bare(_) => false,
            Self::Zmtp(engine) => engine.ping(ttl),
            Self::Ws(engine) => engine.ping(),
        }
    }

    /// After how many tenths of a second of silence the peer wants to be given up, if it said so since this
    /// was asked last.
    pub fn take_ttl(&mut self) -> Option<u16> {
        match self {
            Self::Sp(_) | Self::Ws(_) | Self::Bare(_) => None,
            Self::Zmtp(engine) => engine.take_ttl(),
        }
    }

    /// The last word, where the protocol has one: nothing may be sent after it.
    pub fn say_farewell(&mut self) {
        match self {
            Self::Sp(_) | Self::Zmtp(_) | Self::Bare(_) => {}
            Self::Ws(engine) => engine.say_farewell(ws::CloseCode::Normal),
        }
    }

    /// A peer that asks for the engine's own path is not answered here: it is [`Step::Elsewhere`] too.
    pub fn shut_path(&mut self) {
        if let Self::Ws(engine) = self {
            engine.shut_path();
        }
    }

    /// Nobody has the path of [`Step::Elsewhere`]: the next [`Engine::consume`] says so to the peer.
    pub fn answer_stranger(&mut self) {
        if let Self::Ws(engine) = self {
            engine.answer_stranger();
        }
    }

    /// Whether it waits for [`Engine::decide`].
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        match self {
            Self::Sp(_) | Self::Bare(_) => false,
            Self::Zmtp(engine) => engine.is_undecided(),
            Self::Ws(engine) => engine.is_undecided(),
        }
    }

    /// The answer to [`Step::Authenticate`], obeyed by the next [`Engine::consume`].
    pub fn decide(&mut self, verdict: Verdict) {
        match self {
            Self::Sp(_) | Self::Bare(_) => {}
            Self::Zmtp(engine) => engine.decide(verdict),
            Self::Ws(engine) => engine.decide(verdict),
        }
    }

    /// What encrypts outgoing messages, for the sending side to keep: once, after Ready.
    pub fn take_sealer(&mut self) -> Option<Sealer> {
        match self {
            Self::Sp(_) | Self::Bare(_) => None,
            Self::Zmtp(engine) => engine.take_sealer(),
            Self::Ws(engine) => engine.take_sealer(),
        }
    }

    /// The framing of outgoing messages; `Some` once Ready, and the same from then on.
    #[must_use]
    pub fn encoder(&self) -> Option<Encoder> {
        match self {
            Self::Sp(engine) => engine.encoder(),
            Self::Zmtp(engine) => engine.encoder(),
            Self::Ws(engine) => engine.encoder(),
            Self::Bare(engine) => engine.encoder(),
        }
    }
}

/// An announced length as a `usize` that the limit allows, judged before anything is allocated.
fn checked_length(
    what: &'static str,
    announced: u64,
    limit: Option<usize>,
) -> Result<usize, WireError> {
    // No allocation can be larger than this, whatever the user's limit.
    let limit = limit.unwrap_or(usize::MAX).min(isize::MAX as usize);
    match usize::try_from(announced) {
        Ok(length) if length <= limit => Ok(length),
        _ => Err(WireError::TooLarge { what, limit, announced }),
    }
}
