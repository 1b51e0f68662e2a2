//! Envelopes: what came before the bodies of ZMTP requests, kept here while SP knows them by an id.
//!
//! Used by a device between a ROUTER and a raw REQ. A stack of SP has room for few words, and receivers
//! limit them, so the frames cannot travel in it: a request goes on with an id alone, and its reply
//! fetches the frames by it.

use std::collections::VecDeque;

use crate::{
    message::Frame,
    pattern::{request::ID_BIT, strategy::random_start},
};

/// The most requests that wait for their replies; beyond them the oldest is given up.
const MOST: usize = 65_536;
/// The most bytes that all their frames have.
const MOST_BYTES: usize = 16 << 20;

/// The frames of one request, up to the empty one; `None` once its reply came.
type Envelope = Option<Vec<Frame>>;

/// See the module's text.
#[derive(Debug)]
pub(super) struct Envelopes {
    /// By the order of their ids, the oldest first.
    open: VecDeque<Envelope>,
    /// The id of the oldest, without [`ID_BIT`].
    oldest: u32,
    bytes: usize,
}

impl Envelopes {
    /// None yet; ids begin anywhere, so that a reply to an earlier device's request has none of them.
    pub(super) fn new() -> Self {
        Self { open: VecDeque::new(), oldest: random_start() & !ID_BIT, bytes: 0 }
    }

    /// Keeps the frames; answers the id to know them by.
    pub(super) fn keep(&mut self, frames: Vec<Frame>) -> u32 {
        self.bytes += size(&frames);
        self.open.push_back(Some(frames));
        while self.open.len() > MOST || (self.bytes > MOST_BYTES && self.open.len() > 1) {
            self.give_up_oldest();
        }
        let ahead = u32::try_from(self.open.len() - 1).unwrap_or(u32::MAX);
        self.oldest.wrapping_add(ahead) | ID_BIT
    }

    /// The frames known by this id, once.
    pub(super) fn take(&mut self, id: u32) -> Option<Vec<Frame>> {
        let place = (id & !ID_BIT).wrapping_sub(self.oldest) & !ID_BIT;
        let frames = self.open.get_mut(usize::try_from(place).ok()?)?.take()?;
        self.bytes -= size(&frames);
        while let Some(None) = self.open.front() {
            self.give_up_oldest();
        }
        Some(frames)
    }

    fn give_up_oldest(&mut self) {
        if let Some(envelope) = self.open.pop_front() {
            self.bytes -= envelope.as_deref().map_or(0, size);
            self.oldest = self.oldest.wrapping_add(1) & !ID_BIT;
        }
    }
}

fn size(frames: &[Frame]) -> usize {
    frames.iter().map(Frame::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(text: &str) -> Vec<Frame> {
        vec![Frame::from_slice(text.as_bytes())]
    }

    #[test]
    fn each_is_fetched_once_in_any_order() {
        let mut envelopes = Envelopes::new();
        // The ids run over the end of their range meanwhile.
        envelopes.oldest = !ID_BIT - 1;
        let ids: Vec<_> = (0..5).map(|n| envelopes.keep(frames(&n.to_string()))).collect();
        assert!(ids.iter().all(|id| id & ID_BIT != 0), "{ids:x?}");
        for n in [3, 0, 4, 1, 2] {
            assert_eq!(envelopes.take(ids[n]), Some(frames(&n.to_string())));
            assert_eq!(envelopes.take(ids[n]), None);
        }
        assert_eq!((envelopes.open.len(), envelopes.bytes), (0, 0));
        assert_eq!(envelopes.take(ids[0].wrapping_sub(1) | ID_BIT), None);
    }

    #[test]
    fn the_oldest_is_given_up_beyond_the_limits() {
        let mut envelopes = Envelopes::new();
        let first = envelopes.keep(frames("first"));
        let second = envelopes.keep(frames("second"));
        for _ in 0..MOST - 1 {
            envelopes.keep(frames(""));
        }
        assert_eq!([envelopes.take(first), envelopes.take(second)], [None, Some(frames("second"))]);

        let mut envelopes = Envelopes::new();
        let large = "x".repeat(MOST_BYTES / 2 + 1);
        let (first, second) = (envelopes.keep(frames(&large)), envelopes.keep(frames(&large)));
        assert_eq!(envelopes.take(first), None);
        assert_eq!(envelopes.take(second), Some(frames(&large)));
        assert_eq!(envelopes.bytes, 0);
    }
}
