//! Timers: a heap of deadlines. Pure: the clock is an argument. Used by sessions and the I/O thread.

use std::{cmp::Reverse, collections::BinaryHeap, time::Instant};

/// Deadlines with keys, earliest first. Nothing is ever cancelled: the owner of a key checks, when
/// it comes due, whether it still means something.
#[derive(Debug)]
pub struct Timers<K: Ord>(BinaryHeap<Reverse<(Instant, K)>>);

impl<K: Ord> Default for Timers<K> {
    fn default() -> Self {
        Self(BinaryHeap::new())
    }
}

impl<K: Ord> Timers<K> {
    /// Adds a deadline.
    pub fn insert(&mut self, at: Instant, key: K) {
        self.0.push(Reverse((at, key)));
    }

    /// The earliest deadline.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes out one key whose deadline is not after `now`.
    pub fn pop_due(&mut self, now: Instant) -> Option<K> {
        if self.next()? > now {
            return None;
        }
        self.0.pop().map(|Reverse((_, key))| key)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn keys_come_due_in_the_order_of_their_deadlines() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut timers = Timers::default();
        for (ms, key) in [(30, 'c'), (10, 'a'), (20, 'b')] {
            timers.insert(at(ms), key);
        }
        assert_eq!(timers.next(), Some(at(10)));
        assert_eq!(timers.pop_due(at(9)), None);
        assert_eq!(timers.pop_due(at(25)), Some('a'));
        assert_eq!(timers.pop_due(at(25)), Some('b'));
        assert_eq!(timers.pop_due(at(25)), None);
        assert_eq!(timers.pop_due(at(30)), Some('c'));
        assert_eq!(timers.next(), None);
    }
}
