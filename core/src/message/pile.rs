//! Pile: messages that come one by one, the small ones copied together into runs.

use super::{
    Message, Messages, PipeId,
    run::{Draft, MOST},
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Pile {
    messages: Messages,
    /// The small messages that came last.
    draft: Draft,
}

impl Pile {
    /// The largest body that may come by [`Pile::push_small`].
    pub const MOST: usize = MOST;

    /// The number of messages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len() + self.draft.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a message.
    #[inline]
    pub fn push(&mut self, message: Message) {
        self.messages().push(message);
    }

    /// Adds a message of one frame that came in by this pipe, and copies it: the first `len` bytes, at
    /// most [`Pile::MOST`], of `bytes`. With what is expected to follow they are `ahead` bytes.
    #[inline]
    pub fn push_small(&mut self, bytes: &[u8], len: usize, ahead: usize, origin: PipeId) {
        if !self.draft.fits(len, origin)
            && let Some(run) = self.draft.begin(len, ahead, origin)
        {
            self.messages.push_run(run);
        }
        self.draft.push(bytes, len);
    }

    /// All of them.
    #[inline]
    pub fn messages(&mut self) -> &mut Messages {
        if self.draft.len() > 0 {
            self.end_run();
        }
        &mut self.messages
    }

    #[inline(never)]
    fn end_run(&mut self) {
        if let Some(run) = self.draft.take() {
            self.messages.push_run(run);
        }
    }
}

impl From<Messages> for Pile {
    fn from(messages: Messages) -> Self {
        Self { messages, draft: Draft::default() }
    }
}

impl From<Pile> for Messages {
    fn from(mut pile: Pile) -> Self {
        std::mem::take(pile.messages())
    }
}
