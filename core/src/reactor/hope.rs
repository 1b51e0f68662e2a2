//! Hope: whether to try what may be in vain. As long as it has lately paid; else seldom.

use std::sync::atomic::{AtomicU32, Ordering};

/// A try that paid makes up for so many in vain.
pub const GAIN: u32 = 2;
/// The most tries in vain in a row before they grow rare.
pub const MOST: u32 = 16;
/// Without hope, one chance in so many is taken.
pub const SELDOM: u32 = 256;

/// See the module's text. Threads that share one only blur each other's counts.
#[derive(Debug)]
pub struct Hope {
    /// So many tries may be in vain.
    left: AtomicU32,
    /// Chances that were not taken, for want of hope.
    passed: AtomicU32,
}

impl Default for Hope {
    fn default() -> Self {
        Self { left: AtomicU32::new(MOST), passed: AtomicU32::new(0) }
    }
}

impl Hope {
    /// Whether the next chance will be taken.
    #[must_use]
    pub fn is_left(&self) -> bool {
        self.left.load(Ordering::Relaxed) > 0
    }

    /// Here is a chance: whether to try.
    pub fn tries(&self) -> bool {
        if self.is_left() {
            return true;
        }
        let passed = self.passed.load(Ordering::Relaxed) + 1;
        self.passed.store(passed % SELDOM, Ordering::Relaxed);
        passed == SELDOM
    }

    /// What was tried has paid, or was in vain.
    pub fn learn(&self, paid: bool) {
        let left = self.left.load(Ordering::Relaxed);
        let left = if paid { (left + GAIN).min(MOST) } else { left.saturating_sub(1) };
        self.left.store(left, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_in_vain_grow_rare() {
        let hope = Hope::default();
        let try_in_vain = || {
            let tries = hope.tries();
            if tries {
                hope.learn(false);
            }
            tries
        };
        assert!((0..MOST).all(|_| try_in_vain()));
        let later = (0..2 * SELDOM).filter(|_| try_in_vain()).count();
        assert_eq!(later, 2);
    }

    #[test]
    fn what_pays_brings_it_back() {
        let hope = Hope::default();
        while hope.is_left() {
            hope.learn(false);
        }
        hope.learn(true);
        assert!((0..GAIN).all(|_| {
            let tries = hope.tries();
            hope.learn(false);
            tries
        }));
        assert!(!hope.tries());
    }
}
