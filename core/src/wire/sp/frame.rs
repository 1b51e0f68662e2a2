//! SP messages as bytes: `len u64 BE | header words BE | body`, over ipc behind a type byte 01.
//!
//! Used by [`super::SpEngine`] and [`crate::wire::Encoder`]. nanomsg `sp-tcp-mapping-01` section 3,
//! `sp-ipc-mapping-01` section 3.

use bytes::{Buf, Bytes};

use crate::{
    message::{Intake, Message, OutBuf},
    wire::{InBuf, WireError, buffer, checked_length},
};

/// How SP messages are delimited on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpFraming {
    /// A length; for tcp and tls.
    Tcp,
    /// A type byte and a length; for ipc.
    Ipc,
}

/// The only type byte of the ipc mapping: a message in the stream itself.
const IN_STREAM: u8 = 1;

/// Takes the head of a message off; the answer is the length of what follows.
pub(super) fn decode_head(
    framing: SpFraming,
    limit: Option<usize>,
    input: &mut InBuf,
) -> Result<Option<usize>, WireError> {
    let bytes = input.peek();
    let Some((len, body)) = split_head(framing, bytes)? else { return Ok(None) };
    let len = checked_length("message", len, limit)?;
    let head = bytes.len() - body.len();
    input.advance(head);
    Ok(Some(len))
}

/// Takes small messages as long as those come next and are wholly there. Answers how many bytes.
pub(super) fn take_small(
    framing: SpFraming,
    limit: Option<usize>,
    bytes: &[u8],
    intake: &mut Intake,
) -> usize {
    buffer::take_small(bytes, limit, intake, |bytes| split_head(framing, bytes).ok().flatten())
}

/// The announced length and the bytes after the head, once that is there.
fn split_head(framing: SpFraming, bytes: &[u8]) -> Result<Option<(u64, &[u8])>, WireError> {
    let rest = match (framing, bytes.split_first()) {
        (SpFraming::Tcp, _) | (_, None) => bytes,
        (SpFraming::Ipc, Some((&IN_STREAM, rest))) => rest,
        (SpFraming::Ipc, Some((&got, _))) => return Err(WireError::SpMessageType { got }),
    };
    Ok(rest.split_first_chunk().map(|(len, body)| (u64::from_be_bytes(*len), body)))
}

/// Appends a message. SP messages have one frame; more would travel as one body.
pub(in crate::wire) fn encode(framing: SpFraming, message: &Message, out: &mut OutBuf) {
    let len = message.header().wire_len() + message.size();
    out.put_slice(Head::new(framing, len).bytes());
    for word in message.header().words() {
        out.put_slice(&word.to_be_bytes());
    }
    for frame in message.frames() {
        out.put_frame(frame);
    }
}

/// Appends a message of a body alone.
pub(in crate::wire) fn encode_body(framing: SpFraming, body: &[u8], out: &mut OutBuf) {
    out.put_both(Head::new(framing, body.len()).bytes(), body);
}

/// What stands before the header words and the body.
struct Head {
    framing: SpFraming,
    bytes: [u8; 1 + size_of::<u64>()],
}

impl Head {
    fn new(framing: SpFraming, len: usize) -> Self {
        let mut bytes = [IN_STREAM; _];
        bytes[1..].copy_from_slice(&(len as u64).to_be_bytes());
        Self { framing, bytes }
    }

    fn bytes(&self) -> &[u8] {
        match self.framing {
            SpFraming::Tcp => &self.bytes[1..],
            SpFraming::Ipc => &self.bytes,
        }
    }
}

/// The message that [`encode`] made these bytes of.
pub(in crate::wire) fn restore(framing: SpFraming, mut bytes: Bytes) -> Message {
    let type_byte = usize::from(framing == SpFraming::Ipc);
    bytes.advance(type_byte + size_of::<u64>());
    Message::new(bytes)
}
