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
    /// What is left of the run that comes first, if one does.
    run: Run,
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
    #[inline]
    pub fn push(&mut self, message: Message) {
        self.items.push_back(Item::One(message));
        self.len += 1;
    }

    /// Appends a run.
    pub(super) fn push_run(&mut self, run: Run) {
        self.append(&mut Self { len: run.len(), run, items: VecDeque::new() });
    }

    /// Moves all messages of `others` to the end.
    pub fn append(&mut self, others: &mut Self) {
        let run = std::mem::take(&mut others.run);
        if self.is_empty() {
            self.run = run;
        } else if run.len() > 0 {
            self.items.push_back(Item::Run(run));
        }
        self.items.append(&mut others.items);
        self.len += std::mem::take(&mut others.len);
    }

    /// Notes the pipe that all of them came in by.
    pub fn set_origin(&mut self, origin: PipeId) {
        self.run.set_origin(origin);
        for item in &mut self.items {
            match item {
                Item::One(message) => message.set_origin(origin),
                Item::Run(run) => run.set_origin(origin),
            }
        }
    }

    /// What the oldest message counts; nothing when there is none.
    #[must_use]
    #[inline]
    pub fn front_load(&self) -> Load {
        if self.run.len() > 0 {
            return Load { messages: 1, bytes: self.run.next_len() };
        }
        match self.items.front() {
            None => Load::default(),
            Some(Item::One(message)) => Load::of(message),
            Some(Item::Run(run)) => Load { messages: 1, bytes: run.next_len() },
        }
    }

    /// Takes the oldest message.
    pub fn pop(&mut self) -> Option<Message> {
        if self.run.len() == 0
            && let Some(first) = self.next_item()
        {
            self.len -= 1;
            return Some(first);
        }
        let mut message = Message::default();
        self.pop_into(&mut message).then_some(message)
    }

    /// Takes the oldest message to where it shall stay. False when there is none.
    #[inline]
    pub fn pop_into(&mut self, message: &mut Message) -> bool {
        if self.run.len() == 0
            && let Some(first) = self.next_item()
        {
            *message = first;
        } else if self.run.len() > 0 {
            self.run.pop_into(message);
        } else {
            return false;
        }
        self.len -= 1;
        true
    }

    /// The message that comes next, or the run that does.
    fn next_item(&mut self) -> Option<Message> {
        match self.items.pop_front()? {
            Item::One(message) => Some(message),
            Item::Run(run) => {
                self.run = run;
                None
            }
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
        Self { run: Run::default(), len: items.len(), items }
    }
}

impl Iterator for Messages {
    type Item = Message;
    fn next(&mut self) -> Option<Message> {
        self.pop()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::Intake;

    fn body(number: usize, len: usize) -> Vec<u8> {
        (0..len).map(|at| (number + at) as u8).collect()
    }

    proptest! {
        #[test]
        fn messages_leave_as_they_came_alone_or_in_runs(
            lens in proptest::collection::vec((0usize..700, 0usize..3000), 0..400),
        ) {
            let room = Load { messages: usize::MAX, bytes: usize::MAX };
            let mut intake = Intake::new(room);
            for (number, (len, beyond)) in lens.iter().enumerate() {
                if *len <= Intake::SMALL {
                    intake.push_small(&body(number, len + beyond), *len);
                } else {
                    intake.push(Message::new(body(number, *len)));
                }
            }
            let (mut messages, load) = intake.finish();
            let bytes = lens.iter().map(|(len, _)| len).sum();
            prop_assert_eq!(load, Load { messages: lens.len(), bytes });
            let origin = PipeId { slot: 3, serial: 7 };
            messages.set_origin(origin);
            // One place for all of them, as a receiver keeps it: nothing of the last message may stay.
            let mut place = Message::from_frames(vec![vec![1].into(), vec![2].into()]);
            place.header_mut().push(9);
            for (number, (len, _)) in lens.iter().enumerate() {
                prop_assert_eq!(messages.len(), lens.len() - number);
                prop_assert_eq!(messages.front_load(), Load { messages: 1, bytes: *len });
                prop_assert!(messages.pop_into(&mut place));
                let mut expected = Message::new(body(number, *len));
                expected.set_origin(origin);
                prop_assert_eq!(&place, &expected);
            }
            prop_assert!(!messages.pop_into(&mut place));
            prop_assert_eq!(messages.front_load(), Load::default());
        }
    }
}
