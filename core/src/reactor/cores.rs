//! Cores: whether one is free, so that a thread may wait on it awake.

use std::{
    fs,
    sync::{
        LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// For so long it is believed that one is free, or that none is. A look takes 5 us.
const FREE_HOLDS: Duration = Duration::from_millis(5);
const BUSY_HOLDS: Duration = Duration::from_millis(2);
/// For so long, that the system does not tell.
const UNKNOWN_HOLDS: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Cores {
    /// Those that this process may use.
    count: usize,
    began: Instant,
    /// Microseconds after `began`, from which on one has to look again.
    look_at: AtomicU64,
    free: AtomicBool,
}

static CORES: LazyLock<Cores> = LazyLock::new(|| Cores {
    count: thread::available_parallelism().map_or(1, usize::from),
    began: Instant::now(),
    look_at: AtomicU64::new(0),
    free: AtomicBool::new(false),
});

/// Whether no thread of the system waits for a core, as of some milliseconds ago. Never where the
/// system does not tell (elsewhere than on Linux), nor on a single core.
pub fn are_free() -> bool {
    CORES.count > 1 && CORES.are_free()
}

/// The same as of now.
pub fn are_still_free() -> bool {
    CORES.look() == Some(true)
}

impl Cores {
    fn are_free(&self) -> bool {
        let now = self.began.elapsed();
        if micros(now) < self.look_at.load(Ordering::Relaxed) {
            return self.free.load(Ordering::Relaxed);
        }
        let free = self.look();
        let holds = match free {
            Some(true) => FREE_HOLDS,
            Some(false) => BUSY_HOLDS,
            None => UNKNOWN_HOLDS,
        };
        let free = free.unwrap_or(false);
        self.free.store(free, Ordering::Relaxed);
        self.look_at.store(micros(now + holds), Ordering::Relaxed);
        free
    }

    /// `None` where the system does not tell.
    fn look(&self) -> Option<bool> {
        let load = fs::read_to_string("/proc/loadavg").ok()?;
        Some(runnable(&load)? <= self.count)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Threads of the whole system that run or could, the asking one among them: the 2 of
/// `0.20 0.18 0.12 2/80 11206` (proc_loadavg(5)).
fn runnable(load: &str) -> Option<usize> {
    let (threads, _all) = load.split_whitespace().nth(3)?.split_once('/')?;
    threads.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fourth_field_tells_what_could_run() {
        assert_eq!(runnable("0.20 0.18 0.12 2/80 11206\n"), Some(2));
        assert_eq!(runnable("0.20 0.18 0.12\n"), None);
        assert_eq!(runnable(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_tells() {
        let load = fs::read_to_string("/proc/loadavg").expect("there is one");
        assert!(runnable(&load).is_some_and(|threads| threads > 0), "{load}");
    }
}
