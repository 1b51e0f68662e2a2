//! Words: takes the 32-bit header words off a received message.
//!
//! Used by all protocols with such words. Over a stream the words are the first bytes of the body, since only the
//! protocol knows how many there are; over inproc they are still in the header. Either way this
//! reads the header first and goes on in the body, without copying it.

use crate::{
    message::{Frame, Header, Message, PipeId},
    pattern::{DropReason, request::ID_BIT},
};

/// nanomsg's and nng's default for `NN_MAXTTL`.
pub const MAX_HOPS: u8 = 8;

/// A message whose words are being taken off.
#[derive(Debug)]
pub struct Words {
    header: Header,
    taken: usize,
    body: Frame,
    origin: PipeId,
}

impl Words {
    /// Starts at the first word.
    #[must_use]
    pub fn new(mut message: Message) -> Self {
        let header = std::mem::take(message.header_mut());
        let origin = message.origin();
        Self { header, taken: 0, body: message.into_body(), origin }
    }

    /// Takes the next word; `None` when fewer than four bytes are left.
    pub fn take(&mut self) -> Option<u32> {
        if let Some(word) = self.header.words().get(self.taken) {
            self.taken += 1;
            return Some(*word);
        }
        let word = self.body.first_chunk().copied()?;
        self.body.advance(word.len());
        Some(u32::from_be_bytes(word))
    }

    /// The message without the words taken.
    #[must_use]
    pub fn into_message(self) -> Message {
        let mut message = Message::new(self.body);
        message.set_origin(self.origin);
        message
    }
}

/// Takes the words off a message up to the one with bit 31, at most `most`.
pub fn take_backtrace(message: Message, most: usize) -> Result<(Message, Header), DropReason> {
    let (mut words, mut backtrace) = (Words::new(message), Header::default());
    for _ in 0..most {
        let word = words.take().ok_or(DropReason::Malformed)?;
        backtrace.push(word);
        if word & ID_BIT != 0 {
            return Ok((words.into_message(), backtrace));
        }
    }
    Err(DropReason::TooManyHops)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_from_the_header_then_the_body() {
        let mut message = Message::new(Frame::from(b"\x80\0\0\x01abc"));
        message.header_mut().push(7);
        let mut words = Words::new(message);
        assert_eq!([words.take(), words.take(), words.take()], [Some(7), Some(0x8000_0001), None]);
        let message = words.into_message();
        assert_eq!(&**message.body(), b"abc");
        assert!(message.header().is_empty());
    }
}
