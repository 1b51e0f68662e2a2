//! Intake: whole messages of one connection on their way into a lane, decoded as long as that has
//! room and delivered together.

use super::{Load, Message};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Intake {
    messages: Vec<Message>,
    load: Load,
    room: Load,
}

impl Intake {
    /// For so many messages, and about so many bytes: the last message may be larger than what is
    /// left of them.
    #[must_use]
    pub fn new(room: Load) -> Self {
        Self { messages: Vec::new(), load: Load::default(), room }
    }

    /// Whether one more is wanted.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.load.messages < self.room.messages && self.load.bytes < self.room.bytes
    }

    /// Adds a message.
    pub fn push(&mut self, message: Message) {
        self.load += Load::of(&message);
        self.messages.push(message);
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

impl IntoIterator for Intake {
    type Item = Message;
    type IntoIter = std::vec::IntoIter<Message>;
    fn into_iter(self) -> Self::IntoIter {
        self.messages.into_iter()
    }
}
