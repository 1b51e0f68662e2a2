//! Batch: encoded messages on their way out, and where each of them ends.
//!
//! Filled by a lane at each push, written by a connection's writer. A message stays whole in it until
//! its last byte is written, so that a lost stream loses none.

use std::{collections::VecDeque, io::IoSlice};

use bytes::Bytes;
use smallvec::SmallVec;

use super::{Carried, Encode, Message, OutBuf};

/// A number of messages, and their bytes as the marks of a lane count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Whole messages.
    pub messages: usize,
    /// Bytes of bodies and headers, without framing.
    pub bytes: usize,
}

impl Load {
    /// One message.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        Self { messages: 1, bytes: message.size() + message.header().wire_len() }
    }
}

impl std::ops::AddAssign for Load {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
    }
}

impl std::iter::Sum for Load {
    fn sum<I: Iterator<Item = Self>>(loads: I) -> Self {
        loads.fold(Self::default(), |mut sum, load| {
            sum += load;
            sum
        })
    }
}

impl std::ops::SubAssign for Load {
    fn sub_assign(&mut self, other: Self) {
        self.messages -= other.messages;
        self.bytes -= other.bytes;
    }
}

/// The messages whose ends an idle batch keeps room for.
const KEPT: usize = 4;

#[derive(Clone, Copy, Debug)]
struct Extent {
    encoded: usize,
    counted: usize,
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Batch {
    out: OutBuf,
    extents: VecDeque<Extent>,
    /// Bytes of the first message that are written.
    begun: usize,
}

impl Batch {
    /// Appends a message, encoded.
    pub fn push(&mut self, message: &impl Carried, load: Load, encoder: &dyn Encode) {
        self.append(load, |out| message.encode(encoder, out));
    }

    /// Appends a message that `encode` encodes.
    pub fn append(&mut self, load: Load, encode: impl FnOnce(&mut OutBuf)) {
        let before = self.out.len();
        encode(&mut self.out);
        let encoded = self.out.len() - before;
        self.extents.push_back(Extent { encoded, counted: load.bytes });
    }

    /// The number of messages that are not wholly written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.extents.len()
    }

    /// Whether all is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.extents.is_empty()
    }

    /// The number of bytes that are not written.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.out.len() - self.begun
    }

    /// Whether the first message is written in part.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.begun > 0
    }

    /// The bytes to write, as at most `limit` slices.
    #[must_use]
    pub fn slices(&self, limit: usize) -> SmallVec<[IoSlice<'_>; 8]> {
        self.out.slices_from(self.begun, limit)
    }

    /// Notes that `count` bytes were written. Answers what is wholly written with them.
    pub fn wrote(&mut self, count: usize) -> Load {
        self.begun += count;
        let (mut load, mut whole) = (Load::default(), 0);
        while let Some(first) = self.extents.front().filter(|one| whole + one.encoded <= self.begun)
        {
            load += Load { messages: 1, bytes: first.counted };
            whole += first.encoded;
            self.extents.pop_front();
        }
        self.out.advance(whole);
        self.begun -= whole;
        load
    }

    /// Takes the oldest message away, of which nothing may be written yet.
    pub fn drop_oldest(&mut self) -> Option<Load> {
        let first = self.extents.pop_front()?;
        self.out.advance(first.encoded);
        Some(Load { messages: 1, bytes: first.counted })
    }

    /// The messages that are not wholly written, as they were pushed.
    pub fn restore(self, encoder: &dyn Encode) -> impl Iterator<Item = Message> {
        self.restore_by(|bytes| encoder.restore(bytes))
    }

    /// The same, where `restore` makes a message of its bytes.
    pub fn restore_by(
        mut self,
        mut restore: impl FnMut(Bytes) -> Message,
    ) -> impl Iterator<Item = Message> {
        self.extents.into_iter().map(move |one| restore(self.out.take(one.encoded)))
    }

    /// Gives memory back but for what one small message needs. To be called when it is empty and
    /// nothing follows soon.
    pub fn release(&mut self) {
        self.out.release();
        if self.extents.capacity() > KEPT {
            self.extents = VecDeque::new();
        }
    }
}
