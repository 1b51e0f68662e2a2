//! Intake: whole messages of one connection on their way into a lane, decoded as long as that has
//! room and delivered together.

use super::{Load, Message, Messages, Pile, PipeId, run::SMALL};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Intake {
    pile: Pile,
    load: Load,
    room: Load,
}

impl Intake {
    /// Messages of one frame up to this many bytes should come by [`Intake::push_small`].
    pub const SMALL: usize = SMALL;

    /// For so many messages, and about so many bytes: the last message may be larger than what is
    /// left of them.
    #[must_use]
    pub fn new(room: Load) -> Self {
        Self { room, ..Self::default() }
    }

    /// Whether one more is wanted.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.load.messages < self.room.messages && self.load.bytes < self.room.bytes
    }

    /// For how much it has room yet.
    #[must_use]
    pub fn room_left(&self) -> Load {
        Load {
            messages: self.room.messages.saturating_sub(self.load.messages),
            bytes: self.room.bytes.saturating_sub(self.load.bytes),
        }
    }

    /// Adds a message.
    pub fn push(&mut self, message: Message) {
        self.load += Load::of(&message);
        self.pile.push(message);
    }

    /// Adds a message of one frame, which is copied: the first `len` bytes, at most [`Intake::SMALL`],
    /// of all that have arrived.
    pub fn push_small(&mut self, bytes: &[u8], len: usize) {
        self.load += Load { messages: 1, bytes: len };
        // Where they came in is told once for all of them.
        self.pile.push_small(bytes, len, bytes.len(), PipeId::default());
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.load.messages == 0
    }

    /// The messages, and what they count together.
    #[must_use]
    pub fn finish(self) -> (Messages, Load) {
        (self.pile.into(), self.load)
    }
}

impl IntoIterator for Intake {
    type Item = Message;
    type IntoIter = Messages;
    fn into_iter(self) -> Messages {
        self.finish().0
    }
}
