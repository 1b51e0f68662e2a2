//! Inbox: what has come on a connection and waits for `sock_recv`, and how much of it was announced.
//!
//! A program reads once for each message that announces data, so a message counts only what no other
//! has counted, and what was read before it was announced is not counted any more.

use std::collections::VecDeque;

/// Bytes that wait, at most; the peer is held back then. A stream goes on once half is read.
pub(super) const ROOM: usize = 256 * 1024;
/// Datagrams that wait, at most; the system drops further ones.
const DATAGRAMS: usize = 1024;

/// See the module's text.
#[derive(Debug)]
pub(super) enum Inbox {
    /// Bytes without bounds.
    Bytes {
        /// In order.
        waiting: VecDeque<u8>,
        /// How many of them, from the end, no message has told of.
        unannounced: usize,
    },
    /// Datagrams.
    Datagrams {
        /// In order.
        waiting: VecDeque<Vec<u8>>,
        /// How many of them, from the end, no message has told of.
        unannounced: usize,
        /// Bytes of all of them.
        size: usize,
    },
}

impl Inbox {
    pub(super) fn of_bytes() -> Self {
        Self::Bytes { waiting: VecDeque::new(), unannounced: 0 }
    }

    pub(super) fn of_datagrams() -> Self {
        Self::Datagrams { waiting: VecDeque::new(), unannounced: 0, size: 0 }
    }

    /// How many more bytes it takes.
    pub(super) fn room(&self) -> usize {
        match self {
            Self::Bytes { waiting, .. } => ROOM.saturating_sub(waiting.len()),
            Self::Datagrams { waiting, .. } if waiting.len() >= DATAGRAMS => 0,
            Self::Datagrams { size, .. } => ROOM.saturating_sub(*size),
        }
    }

    /// Whether so much was read that it pays to go on receiving.
    pub(super) fn has_room_again(&self) -> bool {
        self.room() >= ROOM / 2
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Bytes { waiting, unannounced } => {
                waiting.extend(bytes);
                *unannounced += bytes.len();
            }
            Self::Datagrams { waiting, unannounced, size } => {
                waiting.push_back(bytes.to_vec());
                *unannounced += 1;
                *size += bytes.len();
            }
        }
    }

    pub(super) fn has_news(&self) -> bool {
        let (Self::Bytes { unannounced, .. } | Self::Datagrams { unannounced, .. }) = self;
        *unannounced > 0
    }

    /// How much the next announcing message tells of; nothing when all was read already.
    pub(super) fn announce(&mut self) -> Option<usize> {
        match self {
            Self::Bytes { unannounced, .. } => {
                Some(std::mem::take(unannounced)).filter(|length| *length > 0)
            }
            Self::Datagrams { waiting, unannounced, .. } => {
                let first = waiting.len().checked_sub(*unannounced)?;
                let length = waiting.get(first)?.len();
                *unannounced -= 1;
                Some(length)
            }
        }
    }

    /// Takes up to `limit` bytes, or one datagram cut off there.
    pub(super) fn take(&mut self, limit: usize) -> Vec<u8> {
        match self {
            Self::Bytes { waiting, unannounced } => {
                let taken: Vec<u8> = waiting.drain(..limit.min(waiting.len())).collect();
                *unannounced = (*unannounced).min(waiting.len());
                if waiting.is_empty() {
                    // A quiet connection keeps no memory.
                    *waiting = VecDeque::new();
                }
                taken
            }
            Self::Datagrams { waiting, unannounced, size } => {
                let mut datagram = waiting.pop_front().unwrap_or_default();
                *unannounced = (*unannounced).min(waiting.len());
                *size -= datagram.len();
                datagram.truncate(limit);
                datagram
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_announced_once_and_not_after_they_were_read() {
        let mut inbox = Inbox::of_bytes();
        assert_eq!((inbox.announce(), inbox.take(5)), (None, Vec::new()));
        inbox.push(b"hello");
        inbox.push(b" world");
        assert_eq!(inbox.room(), ROOM - 11);
        assert_eq!(inbox.announce(), Some(11));
        inbox.push(b"!");
        assert_eq!(inbox.take(4), b"hell");
        assert_eq!((inbox.has_news(), inbox.announce()), (true, Some(1)));
        inbox.push(b"more");
        assert_eq!(inbox.take(10), b"o world!mo");
        assert_eq!((inbox.announce(), inbox.take(100)), (Some(2), b"re".to_vec()));
        inbox.push(b"read before it was announced");
        inbox.take(100);
        assert_eq!((inbox.has_news(), inbox.announce()), (false, None));
    }

    #[test]
    fn datagrams_are_announced_and_read_one_by_one() {
        let mut inbox = Inbox::of_datagrams();
        for datagram in [&b"one"[..], b"", b"three"] {
            inbox.push(datagram);
        }
        assert_eq!((inbox.announce(), inbox.announce()), (Some(3), Some(0)));
        assert_eq!((inbox.take(9), inbox.take(9)), (b"one".to_vec(), Vec::new()));
        assert_eq!(inbox.take(2), b"th");
        assert_eq!((inbox.announce(), inbox.room()), (None, ROOM));
        (0..2 * DATAGRAMS).for_each(|_| inbox.push(b"."));
        assert_eq!(inbox.room(), 0);
    }
}
