//! Encode: how messages become bytes, and back when those bytes were never sent.
//!
//! `wire` implements it, `session` puts one into a lane once a handshake is done, and the lane, which
//! knows no bytes, encodes each message as it is pushed.

use std::fmt::Debug;

use bytes::Bytes;

use super::{Message, OutBuf};

/// A framing of outgoing messages.
pub trait Encode: Debug + Send + Sync {
    /// Appends a whole message.
    fn encode(&self, message: &Message, out: &mut OutBuf);

    /// Appends a message of one frame, which has this body, and no header.
    fn encode_body(&self, body: &[u8], out: &mut OutBuf);

    /// A message whose encoding is exactly these bytes, which [`Encode::encode`] made.
    fn restore(&self, bytes: Bytes) -> Message;
}
