//! Messages over WebSocket: frames put together, masks taken off, control frames told (RFC 6455,
//! sections 5.3 to 5.5).
//!
//! Used by [`super::WsEngine`]. Fragments are taken from anybody, also over ZWS, where libzmq refuses them.

use bytes::{Bytes, BytesMut};

use super::{
    CloseCode, Side, broken,
    frame::{self, Head, Opcode},
};
use crate::{
    message::{Intake, OutBuf},
    wire::{InBuf, WireError, buffer, checked_length},
};

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A whole message.
    Message(Bytes),
    /// To be answered with the same.
    Ping(Bytes),
    /// An answer, which nobody asked for.
    Pong,
    /// The peer says farewell, perhaps with a code.
    Close(Option<u16>),
}

/// Finds the messages in the bytes of a peer.
#[derive(Debug)]
pub(super) struct Decoder {
    side: Side,
    /// The most bytes of a message.
    limit: Option<usize>,
    /// The frame whose head is read and whose payload is not.
    head: Option<(Head, usize)>,
    /// The message that is not whole yet, and whether it is text.
    begun: Option<(BytesMut, bool)>,
}

impl Decoder {
    pub(super) fn new(side: Side, limit: Option<usize>) -> Self {
        Self { side, limit, head: None, begun: None }
    }

    /// Another limit for the messages that begin from now on.
    pub(super) fn limit_messages(&mut self, most: Option<usize>) {
        self.limit = most;
    }

    /// Takes small binary messages that no client masked, as long as those come next and are wholly
    /// there. Answers how many bytes.
    pub(super) fn take_small(&self, bytes: &[u8], intake: &mut Intake) -> usize {
        if self.side == Side::Server || self.head.is_some() || self.begun.is_some() {
            return 0;
        }
        buffer::take_small(bytes, self.limit, intake, |bytes| {
            let (head, rest) = frame::split_head(bytes).ok()??;
            let plain = head.last && head.opcode == Opcode::Binary && head.key.is_none();
            plain.then_some((head.len, rest))
        })
    }

    /// What comes next, once it is there.
    pub(super) fn next(&mut self, input: &mut InBuf) -> Result<Option<Event>, WireError> {
        loop {
            let Some((head, payload)) = self.frame(input)? else { return Ok(None) };
            match head.opcode {
                Opcode::Ping => return Ok(Some(Event::Ping(payload))),
                Opcode::Pong => return Ok(Some(Event::Pong)),
                Opcode::Close => return close(&payload).map(Event::Close).map(Some),
                Opcode::Continuation | Opcode::Text | Opcode::Binary => {
                    if let Some(message) = self.join(head, payload)? {
                        return Ok(Some(Event::Message(message)));
                    }
                }
            }
        }
    }

    fn frame(&mut self, input: &mut InBuf) -> Result<Option<(Head, Bytes)>, WireError> {
        if self.head.is_none() {
            let bytes = input.peek();
            let Some((head, rest)) = frame::split_head(bytes)? else { return Ok(None) };
            let len = self.check(head)?;
            let head_len = bytes.len() - rest.len();
            input.advance(head_len);
            self.head = Some((head, len));
        }
        let Some((head, len)) = self.head else { return Ok(None) };
        let Some(payload) = input.take(len) else { return Ok(None) };
        self.head = None;
        let payload = match head.key {
            None => payload,
            Some(key) => frame::unmask(payload, key, 0),
        };
        Ok(Some((head, payload)))
    }

    /// The length of a payload that may come now.
    fn check(&self, head: Head) -> Result<usize, WireError> {
        match (self.side, head.key) {
            (Side::Server, None) => {
                return Err(broken(CloseCode::Protocol, "masked frames of a client"));
            }
            (Side::Client, Some(_)) => {
                return Err(broken(CloseCode::Protocol, "no masked frames of a server"));
            }
            _ => {}
        }
        let goes_on = head.opcode == Opcode::Continuation;
        if !head.opcode.is_control() && goes_on != self.begun.is_some() {
            return Err(broken(CloseCode::Protocol, "the rest of a message after its beginning"));
        }
        let before = self.begun.as_ref().map_or(0, |(begun, _)| begun.len());
        let announced = if goes_on { head.len.saturating_add(before as u64) } else { head.len };
        checked_length("message", announced, self.limit)?;
        checked_length("frame", head.len, None)
    }

    /// A message, when this was its last frame.
    fn join(&mut self, head: Head, payload: Bytes) -> Result<Option<Bytes>, WireError> {
        let (message, is_text) = match self.begun.take() {
            None if head.last => (payload, head.opcode == Opcode::Text),
            None => {
                self.begun = Some((payload[..].into(), head.opcode == Opcode::Text));
                return Ok(None);
            }
            Some((mut begun, is_text)) => {
                begun.extend_from_slice(&payload);
                if !head.last {
                    self.begun = Some((begun, is_text));
                    return Ok(None);
                }
                (begun.freeze(), is_text)
            }
        };
        if is_text && std::str::from_utf8(&message).is_err() {
            return Err(broken(CloseCode::Payload, "UTF-8 in a text message"));
        }
        Ok(Some(message))
    }
}

/// The code in a farewell, if there is one, and only one that may be sent.
fn close(payload: &[u8]) -> Result<Option<u16>, WireError> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return match payload {
            [] => Ok(None),
            _ => Err(broken(CloseCode::Protocol, "a whole code in a farewell")),
        };
    };
    let code = u16::from_be_bytes(*code);
    let known = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    if !known || std::str::from_utf8(reason).is_err() {
        return Err(broken(CloseCode::Protocol, "a known code in a farewell"));
    }
    Ok(Some(code))
}

/// Appends a farewell.
pub(super) fn put_close(side: Side, code: u16, out: &mut OutBuf) {
    frame::put(Opcode::Close, side.masks(), &[&code.to_be_bytes()], out);
}

/// Appends a ping.
pub(super) fn put_ping(side: Side, out: &mut OutBuf) {
    frame::put(Opcode::Ping, side.masks(), &[], out);
}

/// Appends the answer to a ping.
pub(super) fn put_pong(side: Side, payload: &[u8], out: &mut OutBuf) {
    frame::put(Opcode::Pong, side.masks(), &[payload], out);
}
