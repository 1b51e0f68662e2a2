//! Clock: wall time, processor time, and the result line made of them.

use std::time::{Duration, Instant};

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeVal,
};

use crate::Outcome;

/// Processor time since the worker began.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    processor: f64,
}

/// Round trips, in the order they were made.
pub(crate) type Trips = Vec<Duration>;

impl Clock {
    pub(crate) fn start() -> Self {
        Self { processor: processor().unwrap_or_default() }
    }

    /// User and system seconds so far, all threads.
    pub(crate) fn processor(self) -> Outcome<f64> {
        Ok(processor()? - self.processor)
    }

    /// The line for `messages` since `began`, with the percentiles of `trips` if there are any.
    pub(crate) fn result(
        self,
        messages: usize,
        began: Instant,
        mut trips: Trips,
    ) -> Outcome<String> {
        let seconds = began.elapsed().as_secs_f64();
        let processor = self.processor()?;
        trips.sort_unstable();
        let percentile = |share: usize| trips.get(trips.len() * share / 100);
        let percentiles = match (percentile(50), percentile(99)) {
            (Some(p50), Some(p99)) => {
                format!(",\"p50\":{:.3},\"p99\":{:.3}", micros(*p50), micros(*p99))
            }
            _ => String::new(),
        };
        Ok(format!(
            "{{\"n\":{messages},\"secs\":{seconds:.9},\"cpu\":{processor:.6}{percentiles}}}"
        ))
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn processor() -> Outcome<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

fn seconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 * 1e-6
}
