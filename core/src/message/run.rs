//! Run: small messages of one connection that share an allocation. Each becomes a [`Message`] only
//! when it is wanted, so that a stream of small messages costs next to nothing until then.
//!
//! Made by [`super::Intake`], kept in [`super::Messages`]. In the slab a length of two bytes stands
//! before each body.

use bytes::Bytes;

use super::{Message, PipeId};

/// Messages of one frame up to this many bytes travel in runs: they are copied, so that keeping one does
/// not keep a whole read.
pub(super) const SMALL: usize = 512;
/// The most bytes of a slab; what keeping one of its messages may hold back.
const SLAB: usize = 8 * 1024;
/// The largest body of a run.
pub(super) const MOST: usize = SLAB / 4;

/// Copied at once where a body is shorter.
const LINE: usize = 64;

const LENGTH: usize = size_of::<u16>();

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Run {
    slab: Bytes,
    /// Where the next message's body begins.
    next: usize,
    next_len: usize,
    left: usize,
    origin: PipeId,
}

impl Run {
    /// How many messages are left.
    pub(super) fn len(&self) -> usize {
        self.left
    }

    /// Notes the pipe that the messages came in by.
    pub(super) fn set_origin(&mut self, origin: PipeId) {
        self.origin = origin;
    }

    /// The number of bytes of the next message's body.
    #[inline]
    pub(super) fn next_len(&self) -> usize {
        self.next_len
    }

    /// Takes the next message, of which there is one, to where it shall stay.
    #[inline]
    pub(super) fn pop_into(&mut self, message: &mut Message) {
        let end = self.next + self.next_len;
        message.become_part(&self.slab, self.next..end, self.origin);
        self.left -= 1;
        if self.left == 0 {
            *self = Self::default();
        } else {
            self.go_on(end);
        }
    }

    /// To the message whose length stands here.
    fn go_on(&mut self, at: usize) {
        if let Some(length) = self.slab.get(at..).and_then(<[u8]>::first_chunk) {
            self.next_len = u16::from_ne_bytes(*length).into();
            self.next = at + LENGTH;
        }
    }
}

/// A run that still grows.
#[derive(Debug, Default)]
pub(super) struct Draft {
    slab: Vec<u8>,
    messages: usize,
    origin: PipeId,
}

impl Draft {
    pub(super) fn len(&self) -> usize {
        self.messages
    }

    /// Whether a body of `len` bytes that came in by this pipe still goes in.
    #[inline]
    pub(super) fn fits(&self, len: usize, origin: PipeId) -> bool {
        self.slab.capacity() - self.slab.len() >= LENGTH + len && self.origin == origin
    }

    /// Begins anew, with room for a body of `len` bytes and for what may follow among `ahead` bytes
    /// (this body and all behind it). Answers what there was.
    pub(super) fn begin(&mut self, len: usize, ahead: usize, origin: PipeId) -> Option<Run> {
        let run = self.take();
        self.origin = origin;
        self.slab = Vec::with_capacity(LENGTH + ahead.min(SLAB).max(len));
        run
    }

    /// Appends a small body, which fits: the first `len` of these bytes.
    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8], len: usize) {
        debug_assert!(len <= MOST && self.fits(len, self.origin), "a small body that fits");
        self.slab.extend_from_slice(&(len as u16).to_ne_bytes());
        match bytes.first_chunk::<LINE>() {
            // Copying a number of bytes that is known beforehand costs less than copying fewer.
            Some(line) if len <= LINE && self.slab.capacity() - self.slab.len() >= LINE => {
                let end = self.slab.len() + len;
                self.slab.extend_from_slice(line);
                self.slab.truncate(end);
            }
            _ => self.slab.extend_from_slice(&bytes[..len]),
        }
        self.messages += 1;
    }

    /// Takes what there is.
    pub(super) fn take(&mut self) -> Option<Run> {
        let Self { slab, messages, origin } = std::mem::take(self);
        (messages > 0).then(|| {
            let mut run = Run { slab: slab.into(), left: messages, origin, ..Run::default() };
            run.go_on(0);
            run
        })
    }
}
