//! OutBuf: bytes on their way out. Small pieces are gathered in one buffer, large ones referenced.
//!
//! Filled by the wire's encoders, drained by the session's vectored writes. It stands on this floor
//! because both need it and neither may know the other.

use std::{collections::VecDeque, io::IoSlice};

use bytes::{Buf, Bytes, BytesMut};
use smallvec::SmallVec;

use super::Frame;

/// Pieces at least this long are referenced rather than copied.
pub const REFERENCE_FROM: usize = 4096;

/// The capacity that an idle buffer keeps.
const KEPT: usize = 256;

/// A queue of bytes, cheap to fill and to write with one vectored call.
#[derive(Debug, Default)]
pub struct OutBuf {
    whole: VecDeque<Bytes>,
    tail: BytesMut,
    len: usize,
}

impl OutBuf {
    /// Copies bytes to the end.
    #[inline]
    pub fn put_slice(&mut self, bytes: &[u8]) {
        self.tail.extend_from_slice(bytes);
        self.len += bytes.len();
    }

    /// Copies bytes to the end, and lets them be changed there.
    pub fn put_changed(&mut self, bytes: &[u8], change: impl FnOnce(&mut [u8])) {
        let before = self.tail.len();
        self.put_slice(bytes);
        change(&mut self.tail[before..]);
    }

    /// Copies two pieces to the end.
    #[inline]
    pub fn put_both(&mut self, first: &[u8], second: &[u8]) {
        self.tail.reserve(first.len() + second.len());
        self.put_slice(first);
        self.put_slice(second);
    }

    /// Appends bytes, by reference when they are many.
    pub fn put_bytes(&mut self, bytes: &Bytes) {
        if bytes.len() < REFERENCE_FROM {
            return self.put_slice(bytes);
        }
        if !self.tail.is_empty() {
            self.whole.push_back(self.tail.split().freeze());
        }
        self.len += bytes.len();
        self.whole.push_back(bytes.clone());
    }

    /// Appends the bytes of a frame, by reference when they are many.
    pub fn put_frame(&mut self, frame: &Frame) {
        match frame.shared() {
            Some(bytes) => self.put_bytes(bytes),
            None => self.put_slice(frame),
        }
    }

    /// The number of bytes that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The waiting bytes as at most `limit` slices, for one vectored write.
    #[must_use]
    pub fn slices(&self, limit: usize) -> SmallVec<[IoSlice<'_>; 8]> {
        self.slices_from(0, limit)
    }

    /// The same without the first `skip` bytes.
    #[must_use]
    pub fn slices_from(&self, mut skip: usize, limit: usize) -> SmallVec<[IoSlice<'_>; 8]> {
        if self.whole.is_empty() {
            let left =
                Some(&self.tail[skip.min(self.tail.len())..]).filter(|left| !left.is_empty());
            return left.into_iter().take(limit).map(IoSlice::new).collect();
        }
        let pieces = self.whole.iter().map(|piece| &piece[..]).chain([&self.tail[..]]);
        let left = pieces.filter_map(|piece| {
            let passed = skip.min(piece.len());
            skip -= passed;
            Some(&piece[passed..]).filter(|left| !left.is_empty())
        });
        left.take(limit).map(IoSlice::new).collect()
    }

    /// Forgets the first `count` bytes: they were written.
    pub fn advance(&mut self, mut count: usize) {
        self.len -= count;
        while let Some(first) = self.whole.front_mut() {
            if count < first.len() {
                return first.advance(count);
            }
            count -= first.len();
            self.whole.pop_front();
        }
        if count == self.tail.len() {
            // The room stays, for what follows.
            self.tail.clear();
        } else {
            self.tail.advance(count);
        }
    }

    /// Takes the first `count` bytes out, which must be there.
    #[must_use]
    pub fn take(&mut self, count: usize) -> Bytes {
        if let Some(first) = self.whole.front_mut().filter(|first| count <= first.len()) {
            let bytes = first.split_to(count);
            self.advance_past_empty(count);
            return bytes;
        }
        if self.whole.is_empty() {
            self.len -= count;
            return self.tail.split_to(count).freeze();
        }
        let mut bytes = BytesMut::with_capacity(count);
        for slice in self.slices(usize::MAX) {
            bytes.extend_from_slice(&slice[..slice.len().min(count - bytes.len())]);
        }
        self.advance(count);
        bytes.freeze()
    }

    /// The first piece was cut by `count` bytes.
    fn advance_past_empty(&mut self, count: usize) {
        self.len -= count;
        if self.whole.front().is_some_and(Bytes::is_empty) {
            self.whole.pop_front();
        }
    }

    /// Gives memory back but for what one small message needs, so that a lone one allocates nothing. To
    /// be called when nothing waits.
    pub fn release(&mut self) {
        debug_assert!(self.is_empty(), "bytes that wait are kept");
        if self.tail.capacity() > KEPT {
            self.tail = BytesMut::new();
        }
        if self.whole.capacity() > 0 {
            self.whole = VecDeque::new();
        }
    }

    /// Moves everything to the end of another, as copies.
    pub fn move_to(&mut self, other: &mut Self) {
        for slice in self.slices(usize::MAX) {
            other.put_slice(&slice);
        }
        self.clear();
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_in_the_order_they_came_whatever_the_cuts() {
        let large = Bytes::from(vec![7u8; 5000]);
        for step in [1, 3, 4096, 9000] {
            let (mut buf, mut expected, mut seen) = (OutBuf::default(), Vec::new(), Vec::new());
            for piece in [&b"head"[..], &large[..], b"middle", &large[..], b"end"] {
                buf.put_bytes(&Bytes::copy_from_slice(piece));
                expected.extend_from_slice(piece);
            }
            while !buf.is_empty() {
                let slices = buf.slices(2);
                let mut taken: Vec<u8> = slices.iter().flat_map(|s| s.iter().copied()).collect();
                taken.truncate(step);
                drop(slices);
                buf.advance(taken.len());
                seen.extend(taken);
            }
            assert_eq!(seen, expected, "step {step}");
        }
    }
}
