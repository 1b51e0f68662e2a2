//! Pace: tells a stream of messages from single ones.
//!
//! Used by a connection's writer, under its *write* lock. A single message is written at once, by the
//! thread that sends it. When several in a row come so quickly that each would cost its own system
//! call, they are gathered instead and go out together.

use std::time::{Duration, Instant};

/// Two messages at most this far apart come quickly.
const QUICK: Duration = Duration::from_micros(20);
/// Large ones take time to make and to write: for each page so much longer.
const QUICK_PAGE: Duration = Duration::from_micros(1);
const PAGE: usize = 4096;
/// So many quick messages in a row make a stream.
const PATIENCE: u32 = 4;
/// How far patience grows with streams that were none.
const MOST_PATIENCE: u32 = 1024;

/// Why a writer flushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A message was sent, or enough of them are gathered.
    Sent {
        /// To how many other peers it went as well.
        others: usize,
    },
    /// The sender waits for something, or some time has passed.
    Overdue,
    /// The stream takes bytes again, or the engine has something to say.
    Resumed,
}

/// See the module's text.
#[derive(Debug)]
pub struct Pace {
    last: Option<Instant>,
    quick: u32,
    patience: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { last: None, quick: 0, patience: PATIENCE }
    }
}

impl Pace {
    /// A message of so many bytes was written by itself. True when a stream begins with it. The writes to
    /// `others`, which came between this one and the last, took their time too.
    pub fn is_stream(&mut self, now: Instant, bytes: usize, others: usize) -> bool {
        let pages = u32::try_from(bytes / PAGE).unwrap_or(u32::MAX);
        let peers = u32::try_from(others).unwrap_or(u32::MAX).saturating_add(1);
        let limit = (QUICK + QUICK_PAGE.saturating_mul(pages)).saturating_mul(peers);
        let quick = self.last.is_some_and(|last| now.saturating_duration_since(last) < limit);
        self.last = Some(now);
        self.quick = if quick { self.quick + 1 } else { 0 };
        self.quick >= self.patience
    }

    /// A full batch was gathered: it is a stream indeed.
    pub fn streams(&mut self) {
        self.patience = PATIENCE;
    }

    /// What was overdue was no stream, or its end. Question and answer look like one, but whoever
    /// waits for each answer gathers nothing: the next has to look like it for longer.
    pub fn stops(&mut self) {
        if self.quick >= self.patience {
            self.patience = (self.patience * 2).min(MOST_PATIENCE);
        }
        (self.quick, self.last) = (0, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_messages_are_a_stream_and_slow_ones_are_not() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        for _ in 0..100 {
            now += QUICK;
            assert!(!pace.is_stream(now, 64, 0));
        }
        let streams = (0..4).map(|_| {
            now += QUICK / 2;
            pace.is_stream(now, 64, 0)
        });
        assert!(streams.eq([false, false, false, true]));
    }

    #[test]
    fn a_stream_to_many_may_take_the_time_of_their_writes() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        let streams = (0..5).map(|_| {
            now += 7 * QUICK;
            pace.is_stream(now, 64, 7)
        });
        assert!(streams.eq([false, false, false, false, true]));
    }

    #[test]
    fn a_stream_of_large_messages_may_take_the_time_of_their_bytes() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        let streams = (0..5).map(|_| {
            now += 3 * QUICK;
            pace.is_stream(now, 256 * 1024, 0)
        });
        assert!(streams.eq([false, false, false, false, true]));
    }

    #[test]
    fn a_stream_of_few_ends_and_the_next_begins_later() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        for patience in [4, 8, 16, 32] {
            let began = (0..2000).position(|_| pace.is_stream(now, 64, 0));
            assert_eq!(began, Some(patience));
            pace.stops();
        }
        pace.streams();
        assert_eq!((0..2000).position(|_| pace.is_stream(now, 64, 0)), Some(4));
    }
}
