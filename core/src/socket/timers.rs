//! Timers: repeating ones of the user's, by number (`zmq_timers_*`). Which are due is answered here; what
//! is done then is the caller's, so that no code of users is called by the engine.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use crate::error::{Error, ErrorCode};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Timers {
    last: i32,
    intervals: BTreeMap<i32, Duration>,
    /// The moment of each timer, and its number.
    due: BTreeSet<(Instant, i32)>,
}

impl Timers {
    /// No timers yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A timer that is due every so many milliseconds, first after as many. Answers its number.
    pub fn add(&mut self, interval: u64) -> i32 {
        self.last += 1;
        self.start(self.last, Duration::from_millis(interval), Instant::now());
        self.last
    }

    /// Ends a timer. EINVAL when there is none of that number.
    pub fn cancel(&mut self, timer: i32) -> Result<(), Error> {
        self.stop(timer).map(drop)
    }

    /// Gives a timer another interval, and starts it anew. EINVAL when there is none of that number.
    pub fn set_interval(&mut self, timer: i32, interval: u64) -> Result<(), Error> {
        self.stop(timer)?;
        self.start(timer, Duration::from_millis(interval), Instant::now());
        Ok(())
    }

    /// Starts a timer anew. EINVAL when there is none of that number.
    pub fn reset(&mut self, timer: i32) -> Result<(), Error> {
        let interval = self.stop(timer)?;
        self.start(timer, interval, Instant::now());
        Ok(())
    }

    /// Milliseconds until a timer is due, 0 when one is; -1 when there is none.
    #[must_use]
    pub fn timeout(&self) -> i64 {
        let Some((at, _)) = self.due.first() else { return -1 };
        let left = at.saturating_duration_since(Instant::now());
        // Up, so that nobody who sleeps so long wakes too early.
        i64::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
    }

    /// The timers that are due, the longest overdue first; each starts anew. One that another's handler
    /// ends meanwhile is no longer to be served: [`Timers::has`].
    pub fn take_due(&mut self) -> Vec<i32> {
        let now = Instant::now();
        let mut due = Vec::new();
        while let Some((_, timer)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.pop_first();
            due.push(timer);
        }
        for timer in &due {
            if let Some(interval) = self.intervals.get(timer).copied() {
                self.start(*timer, interval, now);
            }
        }
        due
    }

    /// Whether there is a timer of this number.
    #[must_use]
    pub fn has(&self, timer: i32) -> bool {
        self.intervals.contains_key(&timer)
    }

    fn start(&mut self, timer: i32, interval: Duration, now: Instant) {
        self.intervals.insert(timer, interval);
        // A moment past the clock's range never comes.
        if let Some(at) = now.checked_add(interval) {
            self.due.insert((at, timer));
        }
    }

    fn stop(&mut self, timer: i32) -> Result<Duration, Error> {
        let interval = self
            .intervals
            .remove(&timer)
            .ok_or_else(|| Error::new(ErrorCode::Invalid, format!("there is no timer {timer}")))?;
        self.due.retain(|(_, other)| *other != timer);
        Ok(interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_are_due_again_and_again_until_they_end() {
        let mut timers = Timers::new();
        assert_eq!(timers.timeout(), -1);
        let (often, never) = (timers.add(0), timers.add(3_600_000));
        assert_eq!(timers.timeout(), 0);
        assert_eq!(timers.take_due(), [often]);
        assert_eq!(timers.take_due(), [often], "it starts anew");
        timers.cancel(often).unwrap();
        assert!(timers.take_due().is_empty() && !timers.has(often));
        let left = timers.timeout();
        assert!((3_590_000..=3_600_000).contains(&left), "{left}");
        timers.set_interval(never, 0).unwrap();
        assert_eq!(timers.take_due(), [never]);
        timers.set_interval(never, 3_600_000).unwrap();
        timers.reset(never).unwrap();
        assert!(timers.take_due().is_empty());
        for wrong in [timers.cancel(often), timers.reset(often), timers.set_interval(often, 1)] {
            assert_eq!(wrong.unwrap_err().code(), ErrorCode::Invalid);
        }
    }

    #[test]
    fn the_longest_interval_is_no_trouble() {
        let mut timers = Timers::new();
        timers.add(u64::MAX);
        assert_ne!(timers.timeout(), 0);
        assert!(timers.take_due().is_empty());
    }
}
