//! Carried: a message on its way into a queue, in the form that its sender has it in.

use super::{Encode, Frame, Load, Message, OutBuf};

/// One's own message, a borrowed one that is copied only where it must be kept, or only the body of one
/// that has a single frame and no header.
pub trait Carried {
    /// What it counts.
    fn load(&self) -> Load;
    /// Appends it to the bytes of a stream.
    fn encode(&self, encoder: &dyn Encode, out: &mut OutBuf);
    /// The message itself, to keep.
    fn into_message(self) -> Message;
}

impl Carried for Message {
    fn load(&self) -> Load {
        Load::of(self)
    }

    fn encode(&self, encoder: &dyn Encode, out: &mut OutBuf) {
        encoder.encode(self, out);
    }

    fn into_message(self) -> Message {
        self
    }
}

impl Carried for &Message {
    fn load(&self) -> Load {
        Load::of(self)
    }

    fn encode(&self, encoder: &dyn Encode, out: &mut OutBuf) {
        encoder.encode(self, out);
    }

    fn into_message(self) -> Message {
        self.clone()
    }
}

impl Carried for &[u8] {
    fn load(&self) -> Load {
        Load { messages: 1, bytes: self.len() }
    }

    fn encode(&self, encoder: &dyn Encode, out: &mut OutBuf) {
        encoder.encode_body(self, out);
    }

    fn into_message(self) -> Message {
        Message::new(Frame::from_slice(self))
    }
}
