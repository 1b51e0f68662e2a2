//! ZMTP 1.0 frames: `length u8, or FF and u64 BE | flags | body`, where the length counts the flags too.
//!
//! Decoded by [`super::frame::Decoder`], encoded by [`crate::wire::Encoder`]. ZeroMQ RFC 13.

use bytes::Bytes;

use super::frame::{Flags, Head, encode_frames, put_subscription, restore_frames};
use crate::{
    message::{Control, Message, OutBuf},
    wire::WireError,
};

/// In place of a length: it follows in eight bytes.
pub(super) const LONG: u8 = 0xFF;

/// Takes the head of a frame apart, once all of it is there.
pub(super) fn split_head(bytes: &[u8]) -> Result<Option<Head<'_>>, WireError> {
    let Some((counted, rest)) = split_length(bytes) else { return Ok(None) };
    let Some(len) = counted.checked_sub(1) else { return Err(WireError::NoFlags) };
    Ok(rest.split_first().map(|(flags, body)| (Flags::of_v1(*flags), len, body)))
}

fn split_length(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&len, rest) = bytes.split_first()?;
    if len != LONG {
        return Some((len.into(), rest));
    }
    let (len, rest) = rest.split_first_chunk()?;
    Some((u64::from_be_bytes(*len), rest))
}

/// Appends the head of a frame.
fn encode_head(flags: u8, len: usize, out: &mut OutBuf) {
    let counted = len as u64 + 1;
    match u8::try_from(counted) {
        Ok(short) if short != LONG => out.put_slice(&[short, flags]),
        _ => {
            let mut head = [LONG; 10];
            head[1..9].copy_from_slice(&counted.to_be_bytes());
            head[9] = flags;
            out.put_slice(&head);
        }
    }
}

/// Appends all frames of a message.
pub(in crate::wire) fn encode_message(message: &Message, out: &mut OutBuf) {
    encode_frames(message, encode_head, out);
}

/// Appends a message of one frame.
pub(in crate::wire) fn encode_body(body: &[u8], out: &mut OutBuf) {
    encode_head(0, body.len(), out);
    out.put_slice(body);
}

/// Appends a subscription change.
pub(in crate::wire) fn encode_subscription(control: &Control, out: &mut OutBuf) {
    put_subscription(control, encode_head, out);
}

/// The message that [`encode_message`] made these bytes of.
pub(in crate::wire) fn restore_message(bytes: Bytes) -> Message {
    restore_frames(bytes, |bytes| split_head(bytes).ok().flatten())
}
