//! Messages: a queue of whole messages, in which small ones of a stream stay together in runs.

use std::collections::VecDeque;

use super::{Load, Message, PipeId, run::Run};

#[derive(Debug)]
enum Item {
    One(Message),
    Run(Run),
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Messages {
    items: VecDeque<Item>,
    len: usize,
}

impl Messages {
    /// The number of messages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a message.
    pub fn push(&mut self, message: Message) {
        self.items.push_back(Item::One(message));
        self.len += 1;
    }

    /// Appends a run.
    pub(super) fn push_run(&mut self, run: Run) {
        self.len += run.len();
        self.items.push_back(Item::Run(run));
    }

    /// Moves all messages of `others` to the end.
    pub fn append(&mut self, others: &mut Self) {
        self.items.append(&mut others.items);
        self.len += std::mem::take(&mut others.len);
    }

    /// Notes the pipe that all of them came in by.
    pub fn set_origin(&mut self, origin: PipeId) {
        for item in &mut self.items {
            match item {
                Item::One(message) => message.set_origin(origin),
                Item::Run(run) => run.set_origin(origin),
            }
        }
    }

    /// What the oldest message counts; nothing when there is none.
    #[must_use]
    pub fn front_load(&self) -> Load {
        match self.items.front() {
            None => Load::default(),
            Some(Item::One(message)) => Load::of(message),
            Some(Item::Run(run)) => Load { messages: 1, bytes: run.next_len() },
        }
    }

    /// Takes the oldest message.
    pub fn pop(&mut self) -> Option<Message> {
        self.len = self.len.checked_sub(1)?;
        if let Some(Item::Run(run)) = self.items.front_mut()
            && run.len() > 1
        {
            return run.pop();
        }
        match self.items.pop_front()? {
            Item::One(message) => Some(message),
            Item::Run(mut run) => run.pop(),
        }
    }

    /// Gives memory back but for what so many messages need.
    pub fn shrink_to(&mut self, messages: usize) {
        if self.items.capacity() > messages {
            self.items.shrink_to(messages);
        }
    }
}

impl FromIterator<Message> for Messages {
    fn from_iter<I: IntoIterator<Item = Message>>(messages: I) -> Self {
        let items: VecDeque<_> = messages.into_iter().map(Item::One).collect();
        Self { len: items.len(), items }
    }
}

impl Iterator for Messages {
    type Item = Message;
    fn next(&mut self) -> Option<Message> {
        self.pop()
    }
}
