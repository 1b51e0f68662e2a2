//! Large: the buffer of one large frame, which grows with the bytes that arrive for it.
//!
//! Used by [`super::InBuf`] alone. A first one ends exactly as long as the frame, and on the way is never
//! more than twice what has arrived. A peer that has sent one whole gets room for the next at once, at
//! best a buffer of the pool: at most twice as long as the frame, and written already.

use std::io::{self, IoSliceMut, Read};

use bytes::Bytes;

use crate::pool;

/// The most bytes that are zeroed ahead of one read: they should still be in the cache by then.
const CHUNK: usize = 256 * 1024;
/// From this many bytes on reads go straight in; before, a peer has not shown that it means it.
const DIRECT_FROM: usize = 32 * 1024;
/// What is read past a large frame, or ahead of the next: its head and little else, since what comes
/// with that is copied.
const WINDOW: usize = 4 * 1024;
/// After so many reads without a large frame none is expected any more.
const PATIENCE: u8 = 8;

/// The largest frame that a peer has lately sent whole. As many bytes are taken from the pool, or
/// allocated, as soon as it announces them again.
#[derive(Debug, Default)]
pub(super) struct Proof {
    len: usize,
    reads_left: u8,
}

impl Proof {
    /// A large frame of `len` bytes is whole.
    pub(super) fn note(&mut self, len: usize) {
        *self = Self { len: self.len.max(len).min(pool::LONGEST), reads_left: PATIENCE };
    }

    /// The most bytes to read at once when no frame is under construction.
    pub(super) fn window(&self, most: usize) -> usize {
        if self.reads_left == 0 { most } else { most.min(WINDOW) }
    }

    /// Such a read was made.
    pub(super) fn fade(&mut self) {
        self.reads_left = self.reads_left.saturating_sub(1);
        if self.reads_left == 0 {
            self.len = 0;
        }
    }
}

/// A large frame under construction.
#[derive(Debug)]
pub(super) struct Large {
    /// Some bytes that are left free, then the bytes that arrived, then old ones or zeroes to read into.
    bytes: Vec<u8>,
    /// Where the frame begins.
    start: usize,
    /// Where the bytes that arrived end.
    filled: usize,
    /// Where the frame ends.
    end: usize,
    /// The peer has sent such frames before.
    proven: bool,
}

/// Where the bytes of one read went.
pub(super) struct Count {
    pub(super) into_frame: usize,
    pub(super) beyond: usize,
    /// How many there was room for.
    pub(super) offered: usize,
}

impl Large {
    /// A frame of `want` bytes that begins with `first`, which is shorter.
    pub(super) fn new(want: usize, first: &[u8], proof: &Proof) -> Self {
        let recycled = if want <= proof.len { pool::take(want) } else { None };
        let room = want.min(proof.len.max(first.len()));
        let mut bytes = recycled.unwrap_or_else(|| Vec::with_capacity(room + pool::SLACK));
        let start = pool::berth(&bytes);
        if bytes.is_empty() {
            bytes.resize(start, 0);
        }
        let mut large =
            Self { bytes, start, filled: start, end: start + want, proven: proof.len > 0 };
        large.append(first);
        large
    }

    pub(super) fn len(&self) -> usize {
        self.filled - self.start
    }

    pub(super) fn is_complete(&self) -> bool {
        self.filled == self.end
    }

    pub(super) fn is_worth_reading_into(&self) -> bool {
        (self.proven || self.len() >= DIRECT_FROM) && !self.is_complete()
    }

    /// Appends bytes; the answer is those that belong to what follows the frame.
    pub(super) fn append<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (ours, beyond) = bytes.split_at(bytes.len().min(self.missing()));
        let room = self.bytes.len() - self.filled;
        let (within, behind) = ours.split_at(ours.len().min(room));
        self.bytes[self.filled..][..within.len()].copy_from_slice(within);
        self.filled += within.len();
        if !behind.is_empty() {
            self.bytes.reserve_exact(self.growth(behind.len()));
            self.bytes.extend_from_slice(behind);
            self.filled += behind.len();
        }
        beyond
    }

    /// Reads once into the frame, and past its end into `scratch` to save the next read.
    pub(super) fn read_from(
        &mut self,
        stream: &mut impl Read,
        scratch: &mut [u8],
    ) -> io::Result<Count> {
        self.make_room()?;
        let missing = self.missing();
        let end = self.end.min(self.bytes.len());
        let room = &mut self.bytes[self.filled..end];
        let (count, offered) = if room.len() == missing {
            let window = scratch.len().min(WINDOW);
            let offered = room.len() + window;
            let both = &mut [IoSliceMut::new(room), IoSliceMut::new(&mut scratch[..window])];
            (stream.read_vectored(both)?, offered)
        } else {
            (stream.read(room)?, room.len())
        };
        let into_frame = count.min(missing);
        self.filled += into_frame;
        Ok(Count { into_frame, beyond: count - into_frame, offered })
    }

    pub(super) fn into_bytes(self) -> Bytes {
        pool::lend(self.bytes, self.start..self.end)
    }

    fn missing(&self) -> usize {
        self.end - self.filled
    }

    /// What to reserve for `more` bytes after the filled ones: doubling, but not past the end.
    fn growth(&self, more: usize) -> usize {
        if self.bytes.capacity() - self.filled >= more {
            return 0;
        }
        self.len().max(more).min(self.missing())
    }

    /// Zeroes the next bytes to read into, unless some are left from the last time.
    fn make_room(&mut self) -> io::Result<()> {
        if self.bytes.len() > self.filled {
            return Ok(());
        }
        // What is left of the slack is not worth a read of its own.
        let growth = self.growth((pool::SLACK + 1).min(self.missing()));
        self.bytes.try_reserve_exact(growth).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let spare = self.bytes.capacity() - self.filled;
        self.bytes.resize(self.filled + spare.min(CHUNK).min(self.missing()), 0);
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.bytes.capacity()
    }
}
