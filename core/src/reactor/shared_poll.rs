//! SharedPoll: a socket's own poll. Its driver asks it for news, and its writers say what news they
//! want. One thread that waits for this socket alone may also sleep in it ([`Bed`]); to sleep in a poll
//! of polls costs nearly a microsecond more, on each side of a round trip.
//!
//! The sleeper keeps the lock meanwhile: who needs the poll says so and wakes it.

use std::{
    io,
    os::fd::{AsRawFd, RawFd},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token};

use super::{Unpark, parker::timeout};
use crate::lock::{Lock, Rank};

/// The sleeper is to wake.
const WAKE: Token = Token(usize::MAX);

/// See the module's text.
#[derive(Debug)]
pub struct SharedPoll {
    poll: Lock<Poll>,
    /// So many threads use the poll or want to.
    wanted: AtomicUsize,
    /// A thread sleeps in it, or is about to.
    asleep: AtomicBool,
    /// A thread has the bed.
    taken: AtomicBool,
    /// Wakes who sleeps here; made for the first one.
    unpark: OnceLock<Arc<Unpark>>,
}

/// The place of the one thread that may sleep in a socket's poll; others may once it is dropped.
#[derive(Debug)]
pub struct Bed<'a> {
    poll: &'a SharedPoll,
    unpark: &'a Arc<Unpark>,
}

impl SharedPoll {
    /// A poll of nothing. Fails when the process is out of descriptors.
    pub fn new() -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            poll: Lock::new(Rank::Poll, Poll::new()?),
            wanted: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            taken: AtomicBool::new(false),
            unpark: OnceLock::new(),
        }))
    }

    /// Its descriptor, to be watched by another poll.
    #[must_use]
    pub fn descriptor(&self) -> RawFd {
        self.with(|poll| poll.as_raw_fd())
    }

    /// Lends the poll for a moment. The sleeper, if there is one, is woken for it.
    pub fn with<R>(&self, body: impl FnOnce(&mut Poll) -> R) -> R {
        self.wanted.fetch_add(1, Ordering::SeqCst);
        // Either the sleeper sees that the poll is wanted, or it is seen to sleep.
        if self.asleep.load(Ordering::SeqCst)
            && let Some(unpark) = self.unpark.get()
        {
            unpark.unpark();
        }
        let result = body(&mut self.poll.lock());
        self.wanted.fetch_sub(1, Ordering::SeqCst);
        result
    }

    /// The news that there are now.
    pub fn look(&self, events: &mut Events) -> io::Result<()> {
        self.with(|poll| {
            poll.poll(events, Some(Duration::ZERO))?;
            if events.iter().any(|event| event.token() == WAKE)
                && self.taken.load(Ordering::SeqCst)
                && let Some(unpark) = self.unpark.get()
            {
                // Meant for who is about to sleep here.
                unpark.again();
            }
            Ok(())
        })
    }

    /// The right to sleep here. `None` while another thread has it, or without a descriptor to wake by.
    pub fn bed(&self) -> Option<Bed<'_>> {
        if self.taken.swap(true, Ordering::SeqCst) {
            return None;
        }
        let bed = self.unpark().ok().map(|unpark| Bed { poll: self, unpark });
        if bed.is_none() {
            self.taken.store(false, Ordering::SeqCst);
        }
        bed
    }

    /// Only asked by who has just taken the bed.
    fn unpark(&self) -> io::Result<&Arc<Unpark>> {
        if let Some(unpark) = self.unpark.get() {
            return Ok(unpark);
        }
        let made = self.with(|poll| Unpark::new(poll.registry(), WAKE))?;
        Ok(self.unpark.get_or_init(|| Arc::new(made)))
    }
}

impl Bed<'_> {
    /// Forgets wakes of earlier sleeps, and gives what ends the next one.
    #[must_use]
    pub fn prepare(&self) -> Arc<Unpark> {
        Unpark::prepared(self.unpark)
    }

    /// Sleeps until there is news, a wake or the deadline; a signal is `Interrupted`. Also wakes when
    /// another thread needs the poll.
    pub fn sleep(&self, events: &mut Events, deadline: Option<Instant>) -> io::Result<()> {
        let SharedPoll { poll, wanted, asleep, .. } = self.poll;
        let mut poll = poll.lock();
        asleep.store(true, Ordering::SeqCst);
        let is_free = wanted.load(Ordering::SeqCst) == 0;
        let slept = if is_free { poll.poll(events, timeout(deadline)) } else { Ok(()) };
        asleep.store(false, Ordering::SeqCst);
        drop(poll);
        if !is_free {
            events.clear();
            thread::yield_now();
        }
        slept
    }
}

impl Drop for Bed<'_> {
    fn drop(&mut self) {
        self.poll.taken.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadline() -> Option<Instant> {
        Some(Instant::now() + Duration::from_secs(60))
    }

    #[test]
    fn only_one_thread_sleeps_in_a_poll() {
        let poll = SharedPoll::new().expect("a poll");
        let bed = poll.bed().expect("it is free");
        assert!(poll.bed().is_none());
        drop(bed);
        assert!(poll.bed().is_some());
    }

    #[test]
    fn who_needs_the_poll_gets_it_from_a_sleeper() {
        let poll = SharedPoll::new().expect("a poll");
        let bed = poll.bed().expect("it is free");
        let _unpark = bed.prepare();
        thread::scope(|scope| {
            scope.spawn(|| {
                while poll.poll.try_lock().is_some() {
                    thread::yield_now();
                }
                poll.with(|_| ());
            });
            let mut events = Events::with_capacity(4);
            bed.sleep(&mut events, deadline()).expect("it is woken");
            assert!(events.iter().all(|event| event.token() == WAKE));
        });
    }

    #[test]
    fn a_wake_that_another_thread_found_is_passed_on() {
        let poll = SharedPoll::new().expect("a poll");
        let bed = poll.bed().expect("it is free");
        bed.prepare().unpark();
        let mut events = Events::with_capacity(4);
        poll.look(&mut events).expect("it polls");
        assert!(!events.is_empty());
        let began = Instant::now();
        bed.sleep(&mut events, deadline()).expect("it wakes");
        assert!(began.elapsed() < Duration::from_secs(30), "it slept");
    }
}
