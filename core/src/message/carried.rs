//! Carried: a message on its way into a queue, in the form that its sender has it in.

use super::{Encode, Frame, Load, Message, OutBuf, Pile, PipeId};

/// One's own message, a borrowed one that is copied only where it must be kept, or only the body of one
/// that has a single frame and no header.
pub trait Carried {
    /// What it counts.
    fn load(&self) -> Load;
    /// Appends it to the bytes of a stream.
    fn encode(&self, encoder: &dyn Encode, out: &mut OutBuf);
    /// Keeps it as it is. `origin` is the pipe that it comes in by, if it does.
    fn keep(self, pile: &mut Pile, origin: Option<PipeId>);
    /// Whether that is done in no time, so that a lock may be held meanwhile.
    fn is_quickly_kept(&self) -> bool {
        true
    }
}

impl Carried for Message {
    fn load(&self) -> Load {
        Load::of(self)
    }

    fn encode(&self, encoder: &dyn Encode, out: &mut OutBuf) {
        encoder.encode(self, out);
    }

    #[inline]
    fn keep(mut self, pile: &mut Pile, origin: Option<PipeId>) {
        if let Some(origin) = origin {
            self.set_origin(origin);
        }
        pile.push(self);
    }
}

impl Carried for &Message {
    fn load(&self) -> Load {
        Load::of(self)
    }

    fn encode(&self, encoder: &dyn Encode, out: &mut OutBuf) {
        encoder.encode(self, out);
    }

    #[inline]
    fn keep(self, pile: &mut Pile, origin: Option<PipeId>) {
        self.clone().keep(pile, origin);
    }
}

impl Carried for &[u8] {
    fn load(&self) -> Load {
        Load { messages: 1, bytes: self.len() }
    }

    fn encode(&self, encoder: &dyn Encode, out: &mut OutBuf) {
        encoder.encode_body(self, out);
    }

    #[inline]
    fn keep(self, pile: &mut Pile, origin: Option<PipeId>) {
        if self.is_quickly_kept() {
            // As many as wait already are expected to follow.
            let ahead = self.len() * (pile.len() + 1);
            pile.push_small(self, self.len(), ahead, origin.unwrap_or_default());
        } else {
            Message::new(Frame::from_slice(self)).keep(pile, origin);
        }
    }

    fn is_quickly_kept(&self) -> bool {
        self.len() <= Pile::MOST
    }
}
