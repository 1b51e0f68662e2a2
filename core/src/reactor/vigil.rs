//! Vigil: a moment's watch before a sleep, for as long as that lately paid and no other thread wants
//! the core.
//!
//! To wake a core that went idle takes tens of microseconds, on a virtual machine most of all; that is
//! several times what an exchange takes between threads that are awake. To watch for about as long as
//! the waking would take costs at worst twice what the better of the two does. Where all cores are busy
//! a watcher would keep its core from just those who could end the wait, and sleeps at once.
//!
//! `SOCKERY_WATCH_US` in the environment says how long it lasts, in microseconds up to 1,000; 0 is never.

use std::{
    env, hint, mem,
    sync::LazyLock,
    time::{Duration, Instant},
};

use super::{cores, hope::Hope};

/// How long it lasts, unless the environment says otherwise.
const LENGTH: Duration = Duration::from_micros(50);
const MOST_LENGTH: Duration = Duration::from_millis(1);
/// When it lasts this long, the cores are looked at again; most that pay are over before.
const DOUBT: Duration = Duration::from_micros(10);
/// Looks in a vigil at most, should the clock stand still.
const MOST_LOOKS: usize = 4096;

static CHOSEN_LENGTH: LazyLock<Duration> = LazyLock::new(|| {
    let chosen = env::var("SOCKERY_WATCH_US").ok().and_then(|text| text.parse().ok());
    chosen.map_or(LENGTH, Duration::from_micros).min(MOST_LENGTH)
});

/// What is known of the vigils of one socket, or of one thread's polls. See the module's text.
#[derive(Debug, Default)]
pub struct Vigil {
    hope: Hope,
}

impl Vigil {
    /// Looks again and again until `look` answers; `None` when it is time to sleep.
    pub fn keep<T>(&self, look: impl FnMut() -> Option<T>) -> Option<T> {
        let length = *CHOSEN_LENGTH;
        let keeps = !length.is_zero() && self.hope.tries() && cores::are_free();
        if keeps { self.watch(length, cores::are_still_free, look) } else { None }
    }

    fn watch<T>(
        &self,
        length: Duration,
        is_still_free: impl Fn() -> bool,
        mut look: impl FnMut() -> Option<T>,
    ) -> Option<T> {
        let began = Instant::now();
        let mut doubts = false;
        let lasts = |_: &usize| {
            let lasted = began.elapsed();
            if lasted > DOUBT && !mem::replace(&mut doubts, true) {
                return is_still_free();
            }
            lasted < length
        };
        let seen = (0..MOST_LOOKS).take_while(lasts).find_map(|_| {
            hint::spin_loop();
            look()
        });
        self.hope.learn(seen.is_some());
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// What is seen by the look of this number, and the looks that there were.
    fn watch(length: Duration, free: bool, seen_at: usize) -> (Option<usize>, usize) {
        let mut looks = 0;
        let seen = Vigil::default().watch(
            length,
            || free,
            || {
                looks += 1;
                (looks == seen_at).then_some(looks)
            },
        );
        (seen, looks)
    }

    #[test]
    fn a_watch_ends_with_what_is_seen() {
        assert_eq!(watch(HOUR, true, 3), (Some(3), 3));
        assert_eq!(watch(HOUR, true, MOST_LOOKS), (Some(MOST_LOOKS), MOST_LOOKS));
    }

    #[test]
    fn a_watch_in_vain_ends() {
        assert_eq!(watch(Duration::ZERO, true, 1), (None, 0));
        assert_eq!(watch(HOUR, true, 0), (None, MOST_LOOKS), "the clock might stand still");
    }

    #[test]
    fn a_watch_leaves_the_core_to_others() {
        let mut looks = 0;
        let seen = Vigil::default().watch(
            HOUR,
            || false,
            || {
                looks += 1;
                let began = Instant::now();
                while began.elapsed() <= DOUBT {}
                None::<()>
            },
        );
        assert_eq!(seen, None);
        assert!(looks <= 1, "{looks} looks");
    }
}
