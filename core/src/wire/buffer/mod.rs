//! InBuf: the bytes of one connection that arrived and are not decoded yet.
//!
//! `session` fills it from a stream, the engines take frames out. Memory follows what *arrived*,
//! never what a peer announces, and an idle connection holds none:
//!
//! | frame | where its bytes end up |
//! |---|---|
//! | up to 512 bytes | copied, together with its neighbours, into a slab of at most 8 KiB; whole messages of one frame into a run, of a few (ZMTP) each by itself |
//! | up to 32 KiB | a slice of the buffer they arrived in |
//! | above | a buffer of their own, a recycled one at best, read into directly |

mod large;
mod small;
#[cfg(test)]
mod tests;

use std::io::{self, Read};

use bytes::{Buf, Bytes, BytesMut};
use large::{Large, Proof};
pub(super) use small::take_small;

use crate::message::Intake;

/// Frames up to this many bytes are copied, so that keeping one does not keep a whole read.
const SMALL: usize = Intake::SMALL;
/// The most bytes that small frames share; what keeping one of them may hold back.
const SLAB: usize = 8 * 1024;
/// Frames above this many bytes get a buffer of their own.
const LARGE: usize = 32 * 1024;

/// What one read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadCount {
    /// How many bytes.
    pub bytes: usize,
    /// There was room for more: nothing else is there now.
    pub short: bool,
}

/// Bytes that arrived and are not decoded yet.
#[derive(Debug, Default)]
pub struct InBuf {
    /// Empty and without allocation whenever all is decoded, or while `large` is incomplete.
    pending: BytesMut,
    /// The size of the allocation that `pending` is a part of.
    allocated: usize,
    /// What is left of the current slab for small frames.
    slab: BytesMut,
    /// The large frame under construction; comes before `pending`.
    large: Option<Large>,
    /// What the peer has shown of large frames.
    proof: Proof,
}

impl InBuf {
    /// A buffer with nothing in it and nothing allocated.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends bytes that were read by other means.
    pub fn extend(&mut self, mut bytes: &[u8]) {
        if let Some(large) = &mut self.large {
            bytes = large.append(bytes);
        }
        self.append(bytes);
    }

    /// Reads once from `stream`: through `scratch`, which all connections of a thread may share, or
    /// straight into a large frame under construction. The answer is the number of bytes read, 0
    /// at the end of the stream. Errors such as `WouldBlock` come through and change nothing.
    ///
    /// What is in `scratch` then is offered to `taker` first, with what waited before it; it answers
    /// how many bytes it took, which need not be kept.
    pub fn read_from(
        &mut self,
        stream: &mut impl Read,
        scratch: &mut [u8],
        taker: impl FnOnce(&[u8]) -> usize,
    ) -> io::Result<ReadCount> {
        match &mut self.large {
            Some(large) if large.is_worth_reading_into() => {
                let count = large.read_from(stream, scratch)?;
                self.append(&scratch[..count.beyond]);
                let bytes = count.into_frame + count.beyond;
                Ok(ReadCount { bytes, short: bytes < count.offered })
            }
            Some(_) => self.read_behind(stream, scratch, |_| 0),
            None => self.read_behind(stream, scratch, taker),
        }
    }

    /// Reads once into `scratch`, behind what waits if that is little.
    fn read_behind(
        &mut self,
        stream: &mut impl Read,
        scratch: &mut [u8],
        taker: impl FnOnce(&[u8]) -> usize,
    ) -> io::Result<ReadCount> {
        let waiting = self.pending.len();
        let before = if waiting <= scratch.len() / 16 { waiting } else { 0 };
        let window = self.proof.window(scratch.len() - before);
        let bytes = stream.read(&mut scratch[before..][..window])?;
        self.proof.fade();
        scratch[..before].copy_from_slice(&self.pending[..before]);
        let all = &scratch[..before + bytes];
        let taken = if before == waiting { taker(all) } else { 0 };
        self.pending.advance(taken.min(before));
        self.extend(&all[taken.max(before)..]);
        self.release();
        Ok(ReadCount { bytes, short: bytes < window })
    }

    /// The number of bytes that wait to be decoded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pending.len() + self.large.as_ref().map_or(0, Large::len)
    }

    /// Whether a large frame is under construction.
    #[must_use]
    pub fn is_midway(&self) -> bool {
        self.large.as_ref().is_some_and(|large| !large.is_complete())
    }

    /// Whether no bytes wait to be decoded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes at hand, to look at. None while a frame is being taken.
    pub(super) fn peek(&self) -> &[u8] {
        &self.pending
    }

    /// Forgets the first `count` bytes of what [`InBuf::peek`] shows.
    pub(super) fn advance(&mut self, count: usize) {
        self.pending.advance(count);
        self.release();
    }

    /// Takes a frame of `len` bytes; `None` when more must arrive first. To be asked again with
    /// the same `len` until it answers, before anything else.
    pub(super) fn take(&mut self, len: usize) -> Option<Bytes> {
        if self.large.is_some() {
            return self.take_large();
        }
        if self.pending.len() >= len {
            let bytes = self.cut(len);
            self.release();
            return Some(bytes);
        }
        if len > LARGE {
            self.large = Some(Large::new(len, &self.pending, &self.proof));
            self.pending.clear();
            self.release();
        }
        None
    }

    fn take_large(&mut self) -> Option<Bytes> {
        let whole = self.large.take_if(|large| large.is_complete())?.into_bytes();
        self.proof.note(whole.len());
        Some(whole)
    }

    /// Takes `len` bytes that are there.
    fn cut(&mut self, len: usize) -> Bytes {
        if len <= SMALL {
            let bytes = self.copy_small(len);
            self.pending.advance(len);
            return bytes;
        }
        // A slice holds back the whole allocation: for a large frame at most twice its size.
        if len > LARGE && len < self.allocated / 2 {
            let bytes = Bytes::copy_from_slice(&self.pending[..len]);
            self.pending.advance(len);
            return bytes;
        }
        self.pending.split_to(len).freeze()
    }

    fn copy_small(&mut self, len: usize) -> Bytes {
        let bytes = &self.pending[..len];
        if self.slab.capacity() < len {
            if len == self.pending.len() {
                // The last of its batch shares with nobody.
                return Bytes::copy_from_slice(bytes);
            }
            self.slab = BytesMut::with_capacity(self.pending.len().min(SLAB));
        }
        self.slab.extend_from_slice(bytes);
        self.slab.split().freeze()
    }

    /// Appends to `pending`, into an allocation of the right size.
    fn append(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let have = self.pending.len();
        if self.pending.capacity() - have < bytes.len() {
            // Doubling keeps a trickle of single bytes from being copied over and over.
            let room = (have + bytes.len()).max(2 * have);
            let mut pending = BytesMut::with_capacity(room);
            pending.extend_from_slice(&self.pending);
            self.pending = pending;
            self.allocated = room;
        }
        self.pending.extend_from_slice(bytes);
    }

    /// Gives the memory back once everything is decoded.
    fn release(&mut self) {
        if self.pending.is_empty() {
            self.pending = BytesMut::new();
            self.slab = BytesMut::new();
            self.allocated = 0;
        }
    }

    /// The bytes allocated, for tests of the limits.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        let large = self.large.as_ref().map_or(0, Large::held);
        self.pending.capacity() + self.slab.capacity() + large
    }
}
