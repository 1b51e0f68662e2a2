//! Channel: the traffic of a CURVE connection, one MESSAGE a frame (ZeroMQ RFC 26, "MESSAGE").
//!
//! The [`Opener`] belongs to the decoder; the [`Sealer`] to the connection's writer, which encrypts
//! late: nonces count what is on the wire, and belong to one connection. A MESSAGE is sent as libzmq
//! sends it, as an ordinary frame; either form is understood.

use bytes::{Buf, Bytes, BytesMut};
use zeroize::Zeroizing;

use super::{Counting, MAC, SHORT, broken, nonce, open_in_place, seal_in_place};
use crate::{
    message::{Frame, Message, OutBuf, out_buf::REFERENCE_FROM},
    option::Key,
    wire::{
        WireError,
        ws::frame::{self as ws, Opcode},
        zmtp::frame::{Flags, encode_head, split_head},
    },
};

/// What every MESSAGE begins with: its name, as commands have one.
const HEAD: &[u8] = b"\x07MESSAGE";
const SERVER_NONCE: &[u8] = b"CurveZMQMESSAGES";
const CLIENT_NONCE: &[u8] = b"CurveZMQMESSAGEC";
/// Bytes of a MESSAGE besides its payload.
pub(in crate::wire) const OVERHEAD: usize = HEAD.len() + SHORT + MAC + 1;
/// Flags inside a box.
const MORE: u8 = 1;
const COMMAND: u8 = 2;

/// Both directions.
#[derive(Debug)]
pub struct Channel {
    /// For what comes.
    pub opener: Opener,
    /// For what goes.
    pub sealer: Sealer,
}

impl Channel {
    pub(super) fn client(key: &Key, peer: Counting, next: u64) -> Self {
        Self::new(key, peer, next, SERVER_NONCE, CLIENT_NONCE)
    }

    pub(super) fn server(key: &Key, peer: Counting, next: u64) -> Self {
        Self::new(key, peer, next, CLIENT_NONCE, SERVER_NONCE)
    }

    fn new(
        key: &Key,
        counting: Counting,
        next: u64,
        theirs: &'static [u8],
        ours: &'static [u8],
    ) -> Self {
        Self {
            opener: Opener { key: key.clone(), prefix: theirs, counting },
            sealer: Sealer {
                key: key.clone(),
                prefix: ours,
                next,
                framing: Framing::Zmtp,
                scratch: Zeroizing::default(),
            },
        }
    }
}

/// Decrypts what comes.
#[derive(Debug)]
pub struct Opener {
    key: Key,
    prefix: &'static [u8],
    counting: Counting,
}

impl Opener {
    /// The flags and the payload of a frame, which must be a MESSAGE newer than the last. Memory that
    /// nobody shares is decrypted where it is.
    pub(in crate::wire) fn open(&mut self, body: Bytes) -> Result<(Flags, Bytes), WireError> {
        if body.len() < OVERHEAD || !body.starts_with(HEAD) {
            return Err(broken("a CURVE MESSAGE"));
        }
        let mut counted = [0; SHORT];
        counted.copy_from_slice(&body[HEAD.len()..][..SHORT]);
        self.counting.check(&counted)?;
        let mut bytes = body.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        bytes.advance(HEAD.len() + SHORT);
        open_in_place(&mut bytes, &nonce(self.prefix, &counted), &self.key)
            .ok_or_else(|| broken("a MESSAGE that the peer encrypted"))?;
        bytes.advance(MAC);
        Ok((Flags::inner(bytes.get_u8()), bytes.freeze()))
    }
}

/// What each MESSAGE is put into.
#[derive(Clone, Copy, Debug)]
enum Framing {
    /// A frame of ZMTP.
    Zmtp,
    /// A message of WebSocket, behind a byte of flags.
    Ws { masked: bool },
}

/// Encrypts what goes.
#[derive(Debug)]
pub struct Sealer {
    key: Key,
    prefix: &'static [u8],
    next: u64,
    framing: Framing,
    scratch: Zeroizing<Vec<u8>>,
}

impl Sealer {
    /// The same over WebSocket.
    pub(in crate::wire) fn over_ws(self, masked: bool) -> Self {
        Self { framing: Framing::Ws { masked }, ..self }
    }

    /// Whether what the engine itself says is encrypted too. Over WebSocket those are control frames,
    /// which are WebSocket's and not ours.
    #[must_use]
    pub fn seals_words(&self) -> bool {
        matches!(self.framing, Framing::Zmtp)
    }

    /// Appends all frames of a message.
    pub fn seal(&mut self, message: &Message, out: &mut OutBuf) {
        let frames = message.frames();
        let last = frames.len() - 1;
        for (index, frame) in frames.iter().enumerate() {
            self.seal_frame(if index < last { MORE } else { 0 }, frame, out);
        }
    }

    /// Appends frames and commands that were encoded in clear.
    pub fn seal_encoded(&mut self, clear: &mut OutBuf, out: &mut OutBuf) {
        let mut bytes = clear.take(clear.len());
        while let Some((flags, len, rest)) = split_head(&bytes) {
            // Our own encoding: what it announces is there.
            bytes.advance(bytes.len() - rest.len());
            let body = bytes.split_to(bytes.len().min(len as usize));
            let inner = if flags.is_command() { COMMAND } else { u8::from(flags.is_more()) };
            self.seal_frame(inner, &body, out);
        }
    }

    fn seal_frame(&mut self, flags: u8, payload: &[u8], out: &mut OutBuf) {
        let counted = self.next.to_be_bytes();
        self.next += 1;
        let len = OVERHEAD + payload.len();
        self.scratch.clear();
        self.scratch.reserve(len);
        self.scratch.extend_from_slice(HEAD);
        self.scratch.extend_from_slice(&counted);
        self.scratch.extend_from_slice(&[0; MAC]);
        self.scratch.push(flags);
        self.scratch.extend_from_slice(payload);
        seal_in_place(
            &mut self.scratch[HEAD.len() + SHORT..],
            &nonce(self.prefix, &counted),
            &self.key,
        );
        if len < REFERENCE_FROM {
            match self.framing {
                Framing::Zmtp => {
                    encode_head(0, len, out);
                    out.put_slice(&self.scratch);
                }
                Framing::Ws { masked } => {
                    ws::put(Opcode::Binary, masked, &[&[0], &self.scratch], out);
                }
            }
            return;
        }
        // All of it is encrypted: there is nothing left to wipe.
        let sealed = std::mem::take(&mut *self.scratch).into();
        match self.framing {
            Framing::Zmtp => {
                encode_head(0, len, out);
                out.put_bytes(&sealed);
            }
            Framing::Ws { masked } => {
                ws::put_large(Opcode::Binary, masked, (&[0], &sealed), out);
            }
        }
    }

    /// Takes a MESSAGE off that [`Sealer::seal_frame`] appended.
    fn take_sealed(&self, bytes: &mut Bytes) -> Option<Bytes> {
        match self.framing {
            Framing::Zmtp => {
                let (_, len, rest) = split_head(bytes)?;
                bytes.advance(bytes.len() - rest.len());
                Some(bytes.split_to(bytes.len().min(len as usize)))
            }
            Framing::Ws { .. } => {
                let mut payload = ws::take(bytes)?;
                payload.advance(1);
                Some(payload)
            }
        }
    }

    /// The message that [`Sealer::seal`] made these bytes of: it was not sent wholly, and shall be again.
    #[must_use]
    pub fn restore(&self, mut bytes: Bytes) -> Message {
        let mut frames = Vec::new();
        while let Some(sealed) = self.take_sealed(&mut bytes) {
            let mut body = BytesMut::from(&sealed[..]);
            let counted = body[HEAD.len()..][..SHORT].to_vec();
            body.advance(HEAD.len() + SHORT);
            // Our own box, with our own key: both directions have the same.
            if open_in_place(&mut body, &nonce(self.prefix, &counted), &self.key).is_some() {
                body.advance(MAC + 1);
                frames.push(Frame::from(body.freeze()));
            }
        }
        Message::from_frames(frames)
    }
}
