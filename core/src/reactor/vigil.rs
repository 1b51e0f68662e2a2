//! Vigil: a moment's watch before a sleep, for as long as that lately paid and no other thread wants
//! the core.
//!
//! To wake a core that went idle takes tens of microseconds, on a virtual machine most of all; that is
//! several times what an exchange takes between threads that are awake. To watch for about as long as
//! the waking would take costs at worst twice what the better of the two does. Where all cores are busy
//! a watcher would keep its core from just those who could end the wait, and sleeps at once.

use std::{
    hint, mem,
    time::{Duration, Instant},
};

use super::{cores, hope::Hope};

/// How long it lasts.
const LENGTH: Duration = Duration::from_micros(50);
/// When it lasts this long, the cores are looked at again; most that pay are over before.
const DOUBT: Duration = Duration::from_micros(10);
/// Looks in a vigil at most, should the clock stand still.
const MOST_LOOKS: usize = 4096;

/// What is known of the vigils of one socket, or of one thread's polls. See the module's text.
#[derive(Debug, Default)]
pub struct Vigil {
    hope: Hope,
}

impl Vigil {
    /// Looks again and again until `look` answers; `None` when it is time to sleep.
    pub fn keep<T>(&self, look: impl FnMut() -> Option<T>) -> Option<T> {
        if self.hope.tries() && cores::are_free() { self.watch(look) } else { None }
    }

    fn watch<T>(&self, mut look: impl FnMut() -> Option<T>) -> Option<T> {
        let began = Instant::now();
        let mut doubts = false;
        let lasts = |_: &usize| {
            let lasted = began.elapsed();
            if lasted > DOUBT && !mem::replace(&mut doubts, true) {
                return cores::are_still_free();
            }
            lasted < LENGTH
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

    #[test]
    fn a_watch_ends_with_what_is_seen() {
        let vigil = Vigil::default();
        let mut looks = 0;
        let seen = vigil.watch(|| {
            looks += 1;
            (looks == 3).then_some(looks)
        });
        assert!(seen.is_none_or(|looks| looks == 3), "a late clock may have ended it");
    }

    #[test]
    fn a_watch_in_vain_ends() {
        let vigil = Vigil::default();
        let mut looks = 0;
        assert_eq!(
            vigil.watch(|| -> Option<()> {
                looks += 1;
                None
            }),
            None
        );
        assert!(looks <= MOST_LOOKS);
    }
}
