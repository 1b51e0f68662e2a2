//! Intake: whole messages of one connection on their way into a lane, decoded as long as that has
//! room and delivered together.

use super::{
    Load, Message, Messages,
    run::{Draft, SMALL},
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Intake {
    messages: Messages,
    /// The small messages that came last.
    draft: Draft,
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

    /// Adds a message.
    pub fn push(&mut self, message: Message) {
        self.load += Load::of(&message);
        if !self.draft.is_empty() {
            self.end_run();
        }
        self.messages.push(message);
    }

    /// Adds a message of one frame, which is copied: the first `len` bytes, at most [`Intake::SMALL`],
    /// of all that have arrived.
    pub fn push_small(&mut self, bytes: &[u8], len: usize) {
        self.load += Load { messages: 1, bytes: len };
        if !self.draft.fits(len)
            && let Some(run) = self.draft.begin(len, bytes.len())
        {
            self.messages.push_run(run);
        }
        self.draft.push(bytes, len);
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.load.messages == 0
    }

    /// The messages, and what they count together.
    #[must_use]
    pub fn finish(mut self) -> (Messages, Load) {
        self.end_run();
        (self.messages, self.load)
    }

    fn end_run(&mut self) {
        if let Some(run) = self.draft.take() {
            self.messages.push_run(run);
        }
    }
}

impl IntoIterator for Intake {
    type Item = Message;
    type IntoIter = Messages;
    fn into_iter(self) -> Messages {
        self.finish().0
    }
}
