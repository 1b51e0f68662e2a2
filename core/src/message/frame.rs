//! Frame: the immutable payload bytes of one part. Cloning shares all but a few bytes.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Range,
};

use bytes::{Buf, Bytes};

use crate::pool;

/// Frames up to this many bytes lie in the frame itself. Allocating, or sharing an allocation between
/// threads, costs more than copying a cache line.
const INLINE: usize = 64;

/// One part of a message.
#[derive(Clone)]
pub struct Frame(Body);

#[derive(Clone)]
enum Body {
    Inline { len: u8, bytes: [u8; INLINE] },
    Shared(Bytes),
}

impl Frame {
    /// A frame with its own copy of `bytes`.
    #[inline]
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Self {
        Self::inline(bytes).unwrap_or_else(|| {
            Self(Body::Shared(if bytes.len() < pool::SHORTEST {
                Bytes::copy_from_slice(bytes)
            } else {
                pool::copy(bytes)
            }))
        })
    }

    /// Becomes a part of `whole`, shared with it unless it is small: then it is copied to where it stays,
    /// since copying it on costs as much again.
    #[inline]
    pub(super) fn become_part(&mut self, whole: &Bytes, part: Range<usize>) {
        let bytes = &whole[part.clone()];
        if bytes.len() > INLINE {
            self.0 = Body::Shared(whole.slice(part));
            return;
        }
        if let Body::Shared(_) = self.0 {
            self.0 = Body::Inline { len: 0, bytes: [0; INLINE] };
        }
        if let Body::Inline { len, bytes: place } = &mut self.0 {
            match whole.get(part.start..).and_then(<[u8]>::first_chunk) {
                // Copying a number of bytes that is known beforehand costs less than copying fewer.
                Some(line) => *place = *line,
                None => place[..bytes.len()].copy_from_slice(bytes),
            }
            *len = bytes.len() as u8;
        }
    }

    #[inline]
    fn inline(bytes: &[u8]) -> Option<Self> {
        let mut copy = [0; INLINE];
        copy.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self(Body::Inline { len: bytes.len() as u8, bytes: copy }))
    }

    /// The bytes, shared if they are many.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        self.clone().into_bytes()
    }

    /// The bytes, taken.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        match self.0 {
            Body::Inline { len, bytes } => Bytes::copy_from_slice(&bytes[..len.into()]),
            Body::Shared(bytes) => bytes,
        }
    }

    /// The bytes if they can be shared.
    #[must_use]
    pub fn shared(&self) -> Option<&Bytes> {
        match &self.0 {
            Body::Inline { .. } => None,
            Body::Shared(bytes) => Some(bytes),
        }
    }

    /// The number of bytes.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Body::Inline { len, .. } => (*len).into(),
            Body::Shared(bytes) => bytes.len(),
        }
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the first `count` bytes, which must be there.
    pub fn advance(&mut self, count: usize) {
        match &mut self.0 {
            Body::Inline { .. } => *self = Self::from_slice(&self[count..]),
            Body::Shared(bytes) => bytes.advance(count),
        }
    }
}

impl std::ops::Deref for Frame {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Body::Inline { len, bytes } => &bytes[..usize::from(*len).min(INLINE)],
            Body::Shared(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self(Body::Inline { len: 0, bytes: [0; INLINE] })
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame(b\"{}\")", self.escape_ascii())
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Frame {}

impl Hash for Frame {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl PartialOrd for Frame {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Frame {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl From<Bytes> for Frame {
    fn from(bytes: Bytes) -> Self {
        Self(Body::Shared(bytes))
    }
}

impl From<Vec<u8>> for Frame {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Body::Shared(bytes.into()))
    }
}

impl From<&[u8]> for Frame {
    fn from(bytes: &[u8]) -> Self {
        Self::from_slice(bytes)
    }
}

impl<const N: usize> From<&[u8; N]> for Frame {
    fn from(bytes: &[u8; N]) -> Self {
        Self::from_slice(bytes)
    }
}

impl From<&str> for Frame {
    fn from(text: &str) -> Self {
        Self::from_slice(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_its_bytes_wherever_they_lie() {
        for len in [0, 1, INLINE, INLINE + 1, 5000] {
            let bytes: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let (copied, shared) = (Frame::from_slice(&bytes), Frame::from(bytes.clone()));
            assert_eq!((copied.len(), &copied[..]), (len, &bytes[..]));
            assert_eq!(copied, shared);
            assert_eq!(copied.cmp(&shared), Ordering::Equal);
            assert_eq!(copied.to_bytes(), shared.into_bytes());
        }
    }

    #[test]
    fn the_front_of_a_frame_can_be_forgotten() {
        for len in [8, INLINE, 100] {
            let bytes: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let mut frame = Frame::from_slice(&bytes);
            frame.advance(4);
            assert_eq!(&frame[..], &bytes[4..]);
        }
    }
}
