//! Encoder: the framing of outgoing messages, fixed at Ready and free to copy.
//!
//! Called by lanes, in the thread of whoever sends, so it allocates nothing.

use bytes::Bytes;

use super::{
    SpFraming, sp,
    ws::{self, frame::Opcode},
    zmtp,
};
use crate::message::{Control, Encode, Message, OutBuf, ZmtpVersion};

/// Plain framing of outgoing messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoder {
    /// SP over tcp: length, header words, body.
    SpTcp,
    /// SP over ipc: the same behind a type byte.
    SpIpc,
    /// SP over WebSocket: one of its messages.
    SpWs {
        /// As a client must.
        masked: bool,
        /// As text rather than binary.
        text: bool,
    },
    /// ZMTP over WebSocket.
    Zws {
        /// As a client must.
        masked: bool,
    },
    /// The same, for those who join groups.
    ZwsGroups {
        /// As a client must.
        masked: bool,
    },
    /// ZMTP 3, and with minor 0 also 2.0.
    Zmtp {
        /// 1: subscriptions are commands. 0: they are messages that begin with 01 or 00.
        minor: u8,
    },
    /// ZMTP 3 for those who join groups rather than subscribe.
    ZmtpGroups,
    /// ZMTP 1.0.
    ZmtpV1,
    /// Nothing but the bytes.
    Bare,
}

impl Encoder {
    /// For a peer of this version of ZMTP.
    #[must_use]
    pub fn zmtp(version: ZmtpVersion) -> Self {
        match version {
            ZmtpVersion::V1_0 => Self::ZmtpV1,
            ZmtpVersion::V2_0 | ZmtpVersion::V3_0 => Self::Zmtp { minor: 0 },
            ZmtpVersion::V3_1 => Self::Zmtp { minor: 1 },
        }
    }

    /// The same one, for as long as the program runs.
    #[must_use]
    pub fn shared(self) -> &'static dyn Encode {
        match self {
            Self::SpTcp => &Self::SpTcp,
            Self::SpIpc => &Self::SpIpc,
            Self::SpWs { masked: false, text: false } => &Self::SpWs { masked: false, text: false },
            Self::SpWs { masked: false, text: true } => &Self::SpWs { masked: false, text: true },
            Self::SpWs { masked: true, text: false } => &Self::SpWs { masked: true, text: false },
            Self::SpWs { masked: true, text: true } => &Self::SpWs { masked: true, text: true },
            Self::Zws { masked: false } => &Self::Zws { masked: false },
            Self::Zws { masked: true } => &Self::Zws { masked: true },
            Self::ZwsGroups { masked: false } => &Self::ZwsGroups { masked: false },
            Self::ZwsGroups { masked: true } => &Self::ZwsGroups { masked: true },
            Self::Zmtp { minor: 0 } => &Self::Zmtp { minor: 0 },
            Self::Zmtp { .. } => &Self::Zmtp { minor: 1 },
            Self::ZmtpGroups => &Self::ZmtpGroups,
            Self::ZmtpV1 => &Self::ZmtpV1,
            Self::Bare => &Self::Bare,
        }
    }

    /// Appends a change of what we want to be sent. Nothing where no such thing is on the wire.
    pub fn encode_control(&self, control: &Control, out: &mut OutBuf) {
        match self {
            Self::SpTcp | Self::SpIpc | Self::SpWs { .. } | Self::Bare => {}
            Self::Zws { masked } => ws::zws::encode_subscription(*masked, control, out),
            Self::ZwsGroups { masked } => ws::zws::encode_group(*masked, control, out),
            Self::Zmtp { minor: 0 } => zmtp::frame::encode_subscription(control, out),
            Self::Zmtp { .. } => zmtp::command::encode_subscription(control, out),
            Self::ZmtpGroups => zmtp::command::encode_group(control, out),
            Self::ZmtpV1 => zmtp::frame_v1::encode_subscription(control, out),
        }
    }
}

impl Encode for Encoder {
    /// ZMTP has no place for SP header words and leaves them out.
    fn encode(&self, message: &Message, out: &mut OutBuf) {
        match self {
            Self::SpTcp => sp::frame::encode(SpFraming::Tcp, message, out),
            Self::SpIpc => sp::frame::encode(SpFraming::Ipc, message, out),
            Self::SpWs { masked, text } => {
                let header = message.header().to_bytes();
                match message.body().shared() {
                    Some(body) => {
                        ws::frame::put_in_frames(opcode(*text), *masked, (&header, body), out)
                    }
                    None => ws::frame::put(opcode(*text), *masked, &[&header, message.body()], out),
                }
            }
            Self::Zws { masked } | Self::ZwsGroups { masked } => {
                ws::zws::encode_message(*masked, message, out);
            }
            Self::Zmtp { .. } | Self::ZmtpGroups => zmtp::frame::encode_message(message, out),
            Self::ZmtpV1 => zmtp::frame_v1::encode_message(message, out),
            Self::Bare => message.frames().iter().for_each(|frame| out.put_frame(frame)),
        }
    }

    fn encode_body(&self, body: &[u8], out: &mut OutBuf) {
        match self {
            Self::SpTcp => sp::frame::encode_body(SpFraming::Tcp, body, out),
            Self::SpIpc => sp::frame::encode_body(SpFraming::Ipc, body, out),
            Self::SpWs { masked, text } => ws::frame::put(opcode(*text), *masked, &[body], out),
            Self::Zws { masked } | Self::ZwsGroups { masked } => {
                ws::zws::encode_body(*masked, body, out);
            }
            Self::Zmtp { .. } | Self::ZmtpGroups => zmtp::frame::encode_body(body, out),
            Self::ZmtpV1 => zmtp::frame_v1::encode_body(body, out),
            Self::Bare => out.put_slice(body),
        }
    }

    /// SP header words come back as the beginning of the body, bare frames as one.
    fn restore(&self, bytes: Bytes) -> Message {
        match self {
            Self::SpTcp => sp::frame::restore(SpFraming::Tcp, bytes),
            Self::SpIpc => sp::frame::restore(SpFraming::Ipc, bytes),
            Self::SpWs { .. } => Message::new(ws::frame::join(bytes)),
            Self::Zws { .. } | Self::ZwsGroups { .. } => ws::zws::restore_message(bytes),
            Self::Zmtp { .. } | Self::ZmtpGroups => zmtp::frame::restore_message(bytes),
            Self::ZmtpV1 => zmtp::frame_v1::restore_message(bytes),
            Self::Bare => Message::new(bytes),
        }
    }
}

fn opcode(text: bool) -> Opcode {
    if text { Opcode::Text } else { Opcode::Binary }
}
