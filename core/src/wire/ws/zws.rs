//! ZWS 2.0: ZMTP over WebSocket (ZeroMQ RFC 45). A frame of ZMTP is a binary message, its flags in
//! the first byte, and there is no greeting: the sub-protocol names the mechanism.
//!
//! Under CURVE subscriptions are commands, as libzmq sends them there, inside of MESSAGEs like all else.
//!
//! Used by [`super::WsEngine`]. `ZWS2.0` alone, which jszmq speaks, has no mechanism either: the
//! first message of each side is its routing id.

use bytes::{Buf, Bytes};

use super::{CloseCode, broken};
use crate::{
    message::{Control, Intake, Message, OutBuf, PeerInfo},
    wire::{
        Encoder, InBuf, Sealer, Security, Step, Verdict, WireError, ZmtpConfig, ZmtpEngine,
        mechanism::curve::channel::OVERHEAD,
        ws::frame::{self, Opcode},
        zmtp::{
            MAX_HANDSHAKE_COMMAND, MAX_ROUTING_ID, OVER_WS,
            command::group_command,
            frame::{Flags, split_head},
        },
    },
};

/// The sub-protocol without a mechanism.
const BARE: &str = "ZWS2.0";

/// How frames are encoded that are encrypted then: subscriptions are messages. libzmq 4.3.5 sends them as
/// commands here, which its own publishers do not understand.
const SEALED_MINOR: u8 = 0;

const MORE: u8 = 1;
const COMMAND: u8 = 2;
const ROUTING_ID: u8 = 0;

/// The machine above WebSocket's.
#[derive(Debug)]
pub(super) struct Zws {
    engine: ZmtpEngine,
    routing_id: Bytes,
    /// The peer's first message is its routing id.
    named: bool,
    /// Traffic is encrypted.
    sealed: bool,
    /// The handshake was done before the last frame.
    was_ready: bool,
}

/// The sub-protocols of a configuration, the best first.
pub(super) fn protocols(config: &ZmtpConfig) -> Vec<String> {
    let names: &[&str] = match config.security {
        Security::Null { asks: false } => &["ZWS2.0/NULL", BARE],
        // Who is to be asked about has to say something.
        Security::Null { asks: true } => &["ZWS2.0/NULL"],
        Security::PlainClient { .. } | Security::PlainServer => &["ZWS2.0/PLAIN"],
        Security::CurveClient { .. } | Security::CurveServer { .. } => &["ZWS2.0/CURVE"],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The most bytes of a message of WebSocket before the peer is known: a command and its flags.
pub(super) const MOST_IN_HANDSHAKE: usize = MAX_HANDSHAKE_COMMAND + 1;

/// The most bytes of a message of WebSocket that carries a frame: its limits are the engine's.
pub(super) fn most(config: &ZmtpConfig) -> Option<usize> {
    let most = |limit: usize| limit.max(MAX_HANDSHAKE_COMMAND).saturating_add(OVERHEAD + 1);
    config.max_message.map(most)
}

impl Zws {
    /// For this sub-protocol, which was agreed on.
    pub(super) fn new(config: &ZmtpConfig, protocol: &str) -> Self {
        let mut engine = ZmtpEngine::over_ws(config.clone());
        let named = protocol == BARE;
        if named {
            engine.skip_handshake();
        }
        let sealed =
            matches!(config.security, Security::CurveClient { .. } | Security::CurveServer { .. });
        Self { engine, routing_id: config.routing_id.clone(), named, sealed, was_ready: false }
    }

    /// Says what is to be said first.
    pub(super) fn begin(
        &mut self,
        masked: bool,
        out: &mut OutBuf,
    ) -> Result<Option<Step>, WireError> {
        if self.named {
            frame::put(Opcode::Binary, masked, &[&[ROUTING_ID], &self.routing_id], out);
            return Ok(None);
        }
        let step = self.engine.begin();
        self.speak(masked, out);
        step
    }

    /// Goes on where a verdict had to come first.
    pub(super) fn resume(&mut self, intake: &mut Intake) -> Result<Option<Step>, WireError> {
        self.engine.consume(&mut InBuf::new(), intake)
    }

    /// Takes a message of WebSocket.
    pub(super) fn take(
        &mut self,
        mut message: Bytes,
        intake: &mut Intake,
    ) -> Result<Option<Step>, WireError> {
        let Some(&flags) = message.first() else {
            return Err(broken(CloseCode::Protocol, "flags before each frame"));
        };
        message.advance(1);
        if std::mem::take(&mut self.named) {
            return meet(flags, message).map(|peer| Some(Step::Ready(peer)));
        }
        self.was_ready = self.engine.encoder().is_some();
        self.engine.take_frame(Flags::inner(flags), message, intake)
    }

    /// Moves out what the engine has to say.
    pub(super) fn speak(&mut self, masked: bool, out: &mut OutBuf) {
        if !self.engine.has_output() {
            return;
        }
        let mut said = OutBuf::default();
        self.engine.take_output(&mut said);
        if self.sealed && self.was_ready {
            // The answer to a PING of ZMTP, which has no place here: WebSocket's own are answered.
            return;
        }
        let mut said = said.take(said.len());
        while let Some((flags, len, rest)) = split_head(&said) {
            let flag = if flags.is_command() { COMMAND } else { flags.is_more().into() };
            // Our own encoding: what it announces is there.
            let (body, rest) = rest.split_at(rest.len().min(len as usize));
            frame::put(Opcode::Binary, masked, &[&[flag], body], out);
            said.advance(said.len() - rest.len());
        }
    }

    pub(super) fn is_undecided(&self) -> bool {
        self.engine.is_undecided()
    }

    pub(super) fn decide(&mut self, verdict: Verdict) {
        self.engine.decide(verdict);
    }

    /// The framing of outgoing messages, once the peer is known. What is sealed is framed as over a stream.
    pub(super) fn encoder(&self, masked: bool) -> Option<Encoder> {
        if self.named {
            return None;
        }
        self.engine.encoder().map(|encoder| match (self.sealed, encoder) {
            (true, Encoder::ZmtpGroups) => Encoder::ZmtpGroups,
            (true, _) => Encoder::Zmtp { minor: SEALED_MINOR },
            (false, Encoder::ZmtpGroups) => Encoder::ZwsGroups { masked },
            (false, _) => Encoder::Zws { masked },
        })
    }

    pub(super) fn take_sealer(&mut self) -> Option<Sealer> {
        self.engine.take_sealer()
    }
}

fn meet(flags: u8, routing_id: Bytes) -> Result<PeerInfo, WireError> {
    if flags != ROUTING_ID || routing_id.len() > MAX_ROUTING_ID {
        return Err(broken(CloseCode::Protocol, "a routing id of 255 bytes at most in front"));
    }
    Ok(PeerInfo { routing_id, version: OVER_WS, ..PeerInfo::default() })
}

/// Appends all frames of a message.
pub(in crate::wire) fn encode_message(masked: bool, message: &Message, out: &mut OutBuf) {
    let frames = message.frames();
    let last = frames.len() - 1;
    for (index, part) in frames.iter().enumerate() {
        let flag = if index < last { MORE } else { 0 };
        match part.shared() {
            Some(body) => frame::put_large(Opcode::Binary, masked, (&[flag], body), out),
            None => frame::put(Opcode::Binary, masked, &[&[flag], part], out),
        }
    }
}

/// Appends a message of one frame.
pub(in crate::wire) fn encode_body(masked: bool, body: &[u8], out: &mut OutBuf) {
    frame::put(Opcode::Binary, masked, &[&[0], body], out);
}

/// Appends a subscription change: over WebSocket a message.
pub(in crate::wire) fn encode_subscription(masked: bool, control: &Control, out: &mut OutBuf) {
    let (kind, topic) = control.parts();
    frame::put(Opcode::Binary, masked, &[&[0, kind], topic], out);
}

/// Appends a change of groups: a command over WebSocket too.
pub(in crate::wire) fn encode_group(masked: bool, control: &Control, out: &mut OutBuf) {
    let (name, group) = group_command(control);
    frame::put(Opcode::Binary, masked, &[&[COMMAND, name.len() as u8], name, group], out);
}

/// The message that [`encode_message`] made these bytes of.
pub(in crate::wire) fn restore_message(mut bytes: Bytes) -> Message {
    let mut frames = Vec::new();
    while let Some(mut payload) = frame::take(&mut bytes) {
        payload.advance(1);
        frames.push(payload.into());
    }
    Message::from_frames(frames)
}
