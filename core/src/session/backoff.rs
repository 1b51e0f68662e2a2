//! Backoff: how long a dialer waits before it dials again. Pure. Called by `dialer`.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// After this many doublings a pause is long enough for anything.
const MOST_DOUBLINGS: u32 = 20;

/// Counts the failures since the last handshake; each doubles the pause.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A handshake was done: the next failure is the first again.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// The pause after one more failure: `first`, then twice as long each time up to `longest`, which
    /// counts only when it is longer. Half of it is chance, so that a server that comes back does not
    /// meet all its clients at once.
    pub fn next_pause(&mut self, first: Duration, longest: Duration) -> Duration {
        let doubled = first.saturating_mul(1 << self.failures.min(MOST_DOUBLINGS));
        let pause = doubled.min(longest.max(first));
        self.failures = self.failures.saturating_add(1);
        let chance = RandomState::new().hash_one(self.failures) % 1024;
        pause / 2 + pause.mul_f64(chance as f64 / 2048.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const FIRST: Duration = Duration::from_millis(100);

    fn pauses(backoff: &mut Backoff, longest: Duration, count: usize) -> Vec<Duration> {
        (0..count).map(|_| backoff.next_pause(FIRST, longest)).collect()
    }

    /// Panics unless each pause lies between half of its bound and the whole.
    fn assert_within(pauses: &[Duration], bounds: impl IntoIterator<Item = Duration>) {
        for (number, (pause, bound)) in pauses.iter().zip(bounds).enumerate() {
            assert!((bound / 2..=bound).contains(pause), "{number}: {pause:?} of {bound:?}");
        }
    }

    #[test]
    fn without_a_longest_every_pause_is_within_the_first() {
        for longest in [Duration::ZERO, FIRST / 2, FIRST] {
            let pauses = pauses(&mut Backoff::default(), longest, 1000);
            assert_within(&pauses, [FIRST; 1000]);
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses = pauses(&mut Backoff::default(), FIRST * 7, 1000);
        let bounds = [1, 2, 4].map(|times| FIRST * times);
        assert_within(&pauses, bounds.into_iter().chain([FIRST * 7; 997]));
    }

    #[test]
    fn the_first_pause_comes_again_after_a_success() {
        let mut backoff = Backoff::default();
        for failures in [1, 5, 50] {
            pauses(&mut backoff, FIRST * 64, failures);
            backoff.succeeded();
            assert_within(&pauses(&mut backoff, FIRST * 64, 2), [FIRST, FIRST * 2]);
            backoff.succeeded();
        }
    }

    #[test]
    fn clients_that_lost_one_server_do_not_come_back_together() {
        let first = || Backoff::default().next_pause(FIRST, Duration::ZERO);
        let pauses: Vec<_> = (0..100).map(|_| first()).collect();
        let different = pauses.iter().collect::<HashSet<_>>().len();
        assert!(different > 50, "only {different} of 100 differ");
        let early = pauses.iter().filter(|pause| **pause < FIRST * 3 / 4).count();
        assert!((10..=90).contains(&early), "{early} of 100 in the earlier half");
    }
}
