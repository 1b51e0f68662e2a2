//! Large: the buffer of one large frame, which grows with the bytes that arrive for it.
//!
//! Used by [`super::InBuf`] alone. It ends exactly as long as the frame, so that the frame's bytes
//! need neither copying nor shrinking, and on the way is never more than twice what has arrived.

use std::io::{self, IoSliceMut, Read};

use bytes::Bytes;

/// The most bytes that are zeroed ahead of one read: they should still be in the cache by then.
const CHUNK: usize = 256 * 1024;
/// From this many bytes on reads go straight in; before, a peer has not shown that it means it.
const DIRECT_FROM: usize = 32 * 1024;

/// A large frame under construction.
#[derive(Debug)]
pub(super) struct Large {
    /// The bytes that arrived, then zeroes to read into.
    bytes: Vec<u8>,
    filled: usize,
    want: usize,
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
    pub(super) fn new(want: usize, first: &[u8]) -> Self {
        Self { bytes: first.to_vec(), filled: first.len(), want }
    }

    pub(super) fn len(&self) -> usize {
        self.filled
    }

    pub(super) fn is_complete(&self) -> bool {
        self.filled == self.want
    }

    pub(super) fn is_worth_reading_into(&self) -> bool {
        self.filled >= DIRECT_FROM && !self.is_complete()
    }

    /// Appends bytes; the answer is those that belong to what follows the frame.
    pub(super) fn append<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (ours, beyond) = bytes.split_at(bytes.len().min(self.missing()));
        if !ours.is_empty() {
            self.bytes.truncate(self.filled);
            self.bytes.reserve_exact(self.growth(ours.len()));
            self.bytes.extend_from_slice(ours);
            self.filled += ours.len();
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
        let room = &mut self.bytes[self.filled..];
        let (count, offered) = if room.len() == missing {
            let offered = room.len() + scratch.len();
            let both = &mut [IoSliceMut::new(room), IoSliceMut::new(scratch)];
            (stream.read_vectored(both)?, offered)
        } else {
            (stream.read(room)?, room.len())
        };
        let into_frame = count.min(missing);
        self.filled += into_frame;
        Ok(Count { into_frame, beyond: count - into_frame, offered })
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.bytes.into()
    }

    fn missing(&self) -> usize {
        self.want - self.filled
    }

    /// What to reserve for `more` bytes after the filled ones: doubling, but not past the end.
    fn growth(&self, more: usize) -> usize {
        if self.bytes.capacity() - self.filled >= more {
            return 0;
        }
        self.filled.max(more).min(self.missing())
    }

    /// Zeroes the next bytes to read into, unless some are left from the last time.
    fn make_room(&mut self) -> io::Result<()> {
        if self.bytes.len() > self.filled {
            return Ok(());
        }
        let growth = self.growth(1);
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
