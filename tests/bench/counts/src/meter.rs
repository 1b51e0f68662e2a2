//! Meter: which instructions count. Callgrind collects inside `metered` and nowhere else, and only
//! for the thread that runs it.

use std::hint::black_box;

use crate::Outcome;

/// Rounds before the counting begins: buffers grow, hands are changed, a stream is told from single
/// messages.
const WARM_UP: usize = 3;
/// Rounds that are counted.
const ROUNDS: usize = 5;

/// See the module's text.
#[derive(Default)]
pub(crate) struct Meter {
    operations: usize,
    warm: bool,
}

impl Meter {
    /// Runs a cell's round, first to warm up, then to count what it passes to [`Meter::count`].
    pub(crate) fn rounds(&mut self, mut round: impl FnMut(&mut Self) -> Outcome) -> Outcome {
        for number in 0..WARM_UP + ROUNDS {
            self.warm = number >= WARM_UP;
            round(self)?;
        }
        Ok(())
    }

    /// Runs work that is counted as so many operations.
    pub(crate) fn count(
        &mut self,
        operations: usize,
        mut work: impl FnMut() -> Outcome,
    ) -> Outcome {
        if !self.warm {
            return work();
        }
        self.operations += operations;
        metered(&mut work)
    }

    /// How many operations were counted.
    pub(crate) fn operations(&self) -> usize {
        self.operations
    }
}

/// Callgrind knows it by its name. Not generic, so that there is one of it; not ended by a call, which
/// would become a jump out of it.
#[inline(never)]
fn metered(work: &mut dyn FnMut() -> Outcome) -> Outcome {
    black_box(work())
}
