//! Inlet: the reading end of a lane. Takes all messages at one locking and gives their room back in
//! portions, so that most of them cost no locking at all.
//!
//! Used by pipes, under the pattern lock.

use std::sync::Arc;

use super::Lane;
use crate::message::{Load, Message, Messages};

/// The least room for messages that an empty inlet keeps once it had it, and the most.
const KEPT: std::ops::RangeInclusive<usize> = 16..=256;

/// See the module's text.
#[derive(Debug)]
pub(super) struct Inlet {
    lane: Arc<Lane>,
    taken: Messages,
    /// Read, and not yet given back to the lane.
    owed: Load,
    /// When to give it back.
    portion: Load,
    /// How many messages were taken last.
    batch: usize,
}

/// What reading a message leads to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct After {
    /// The producer had been refused and now has room: tell it.
    pub(super) room: bool,
    /// No other message waits.
    pub(super) empty: bool,
}

impl Inlet {
    pub(super) fn new(lane: Arc<Lane>) -> Self {
        Self {
            lane,
            taken: Messages::default(),
            owed: Load::default(),
            portion: Load::default(),
            batch: 0,
        }
    }

    pub(super) fn lane(&self) -> &Lane {
        &self.lane
    }

    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        self.taken.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken.is_empty() && self.lane.len() == 0
    }

    /// Whether [`Inlet::pop`] has a message.
    pub(super) fn has_taken(&self) -> bool {
        !self.taken.is_empty()
    }

    /// Whether neither message nor control waits.
    pub(super) fn is_done(&self) -> bool {
        self.taken.is_empty() && self.lane.is_empty()
    }

    /// What came and was not read.
    pub(super) fn waiting(&self) -> Load {
        let mut load = self.lane.load();
        load -= self.owed;
        load
    }

    /// Takes the oldest message, which [`Inlet::prepare`] has seen to.
    pub(super) fn pop(&mut self) -> Option<Message> {
        self.taken.pop()
    }

    /// Takes the oldest message if others are taken and no room is to be given back.
    #[inline]
    pub(super) fn pop_next(&mut self, message: &mut Message) -> Option<Load> {
        let load = self.taken.front_load();
        let mut owed = self.owed;
        owed += load;
        if self.taken.len() < 2
            || owed.messages >= self.portion.messages
            || owed.bytes >= self.portion.bytes
        {
            return None;
        }
        self.owed = owed;
        self.taken.pop_into(message).then_some(load)
    }

    /// Has the next message taken by [`Inlet::prepare`] and [`Inlet::pop`], not in passing.
    pub(super) fn go_slowly(&mut self) {
        self.portion = Load::default();
    }

    /// Prepares for a pop, and gives room back when enough is owed with it.
    pub(super) fn prepare(&mut self) -> After {
        if self.taken.is_empty() {
            self.lane.take_all(&mut self.taken);
            self.batch = self.taken.len();
            if self.taken.is_empty() {
                return After::default();
            }
        }
        self.owed += self.taken.front_load();
        let Load { messages, bytes } = self.owed;
        let last = self.taken.len() == 1;
        if messages < self.portion.messages && bytes < self.portion.bytes && !last {
            return After::default();
        }
        let released = self.lane.release(std::mem::take(&mut self.owed));
        self.portion = released.portion;
        if last {
            // A stream has use for it again; a pipe that falls idle gives it up by and by.
            self.taken.shrink_to((2 * self.batch).clamp(*KEPT.start(), *KEPT.end()));
        }
        After { room: released.room, empty: released.empty && last }
    }
}
