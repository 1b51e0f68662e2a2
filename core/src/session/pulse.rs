//! Pulse: what a connection knows of its peer's being alive (ZeroMQ RFC 37, "Connection Heartbeating").
//! Pure: told the time.
//!
//! Kept by `connection`, looked at by `drive` when its timers are due. Whatever arrives counts as a sign of
//! life. Two may give a peer up: we, when nothing came for a while after a PING of ours; and the peer, whose
//! PINGs say for how long a silence it wants to be given up.

use std::time::{Duration, Instant};

/// How PINGs are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The time between two of them.
    pub interval: Duration,
    /// How long nothing may come after one; `None` is for ever.
    pub timeout: Option<Duration>,
    /// What they say of the silence to give us up for, in tenths of a second.
    pub ttl: u16,
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Pulse {
    /// When something came last; `None` where nobody asks.
    heard: Option<Instant>,
    /// Since when a PING of ours waits for anything to come.
    asked: Option<Instant>,
    /// After so long a silence the peer wants to be given up.
    ttl: Option<Duration>,
}

impl Pulse {
    /// Whether it wants to know when something comes. The clock is not free.
    #[must_use]
    pub fn listens(&self) -> bool {
        self.heard.is_some()
    }

    /// Something came.
    pub fn hear(&mut self, now: Instant) {
        self.heard = Some(now);
        self.asked = None;
    }

    /// A PING goes out. True when it is the first since something came, so that its answer is waited for.
    #[must_use]
    pub fn ask(&mut self, now: Instant) -> bool {
        self.heard.get_or_insert(now);
        let first = self.asked.is_none();
        self.asked.get_or_insert(now);
        first
    }

    /// Whether a PING of ours was not followed by anything for so long.
    #[must_use]
    pub fn is_silent(&self, timeout: Duration, now: Instant) -> bool {
        self.asked.is_some_and(|asked| now >= asked + timeout)
    }

    /// The peer's PING says for how long a silence to give it up. Answers when to look, if nobody does yet.
    #[must_use]
    pub fn obey(&mut self, ttl: Duration, now: Instant) -> Option<Instant> {
        self.heard = Some(now);
        let known = self.ttl.replace(ttl).is_some();
        (!known).then(|| now + ttl)
    }

    /// When to look again for the peer's sake; `None` when it is to be given up.
    #[must_use]
    pub fn next_look(&self, now: Instant) -> Option<Instant> {
        let (Some(ttl), Some(heard)) = (self.ttl, self.heard) else { return None };
        Some(heard + ttl).filter(|at| *at > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_comes_answers_all_pings_before_it() {
        let (start, mut pulse) = (Instant::now(), Pulse::default());
        assert!(!pulse.listens());
        assert!(pulse.ask(start));
        assert!(pulse.listens());
        assert!(!pulse.ask(start + SECOND), "the first one is waited for");
        assert!(!pulse.is_silent(3 * SECOND, start + 2 * SECOND));
        assert!(pulse.is_silent(3 * SECOND, start + 3 * SECOND));
        pulse.hear(start + 2 * SECOND);
        assert!(!pulse.is_silent(3 * SECOND, start + 9 * SECOND), "nothing was asked since");
        assert!(pulse.ask(start + 4 * SECOND));
        assert!(pulse.is_silent(3 * SECOND, start + 7 * SECOND));
    }

    #[test]
    fn a_peer_is_given_up_after_the_silence_that_it_named() {
        let (start, mut pulse) = (Instant::now(), Pulse::default());
        assert_eq!(pulse.obey(2 * SECOND, start), Some(start + 2 * SECOND));
        assert_eq!(pulse.obey(3 * SECOND, start + SECOND), None, "somebody looks already");
        assert_eq!(pulse.next_look(start + 2 * SECOND), Some(start + 4 * SECOND));
        pulse.hear(start + 3 * SECOND);
        assert_eq!(pulse.next_look(start + 4 * SECOND), Some(start + 6 * SECOND));
        assert_eq!(pulse.next_look(start + 6 * SECOND), None);
    }
}
