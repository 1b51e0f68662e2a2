//! How long the `within` blocks of a play took. Kept by `play`, printed by `matrix`.

use std::{fmt, time::Duration};

/// One time a block, in the order of the play.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times(Vec<Duration>);

impl Times {
    pub(super) fn add(&mut self, took: Duration) {
        self.0.push(took);
    }
}

/// The median and the longest; nothing when no block was timed.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let Some(longest) = sorted.last() else { return Ok(()) };
        let (count, median) = (sorted.len(), sorted[sorted.len() / 2]);
        let millis = |time: Duration| time.as_secs_f64() * 1000.0;
        let (median, longest) = (millis(median), millis(*longest));
        write!(f, "; timed {count}: median {median:.1} ms, longest {longest:.1} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_longest_are_shown() {
        let mut times = Times::default();
        assert_eq!(times.to_string(), "");
        [7, 1, 300].iter().for_each(|millis| times.add(Duration::from_millis(*millis)));
        assert_eq!(times.to_string(), "; timed 3: median 7.0 ms, longest 300.0 ms");
    }
}
