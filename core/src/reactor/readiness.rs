//! Readiness: THE waiting mechanism. Per socket the levels that hold, and who waits for them.
//!
//! A waiter arms, then tries again, then sleeps. Whoever changes the levels stores them first, then
//! looks for waiters; so either the waiter's second try sees the change, or the changer sees the
//! waiter. Waiters are one-shot and woken with no lock held ([`Wake::fire`]).

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
};

use super::{LevelDescriptor, Unpark, Vigil};
use crate::interest::Interest;

/// Who waits.
#[derive(Clone)]
pub enum Waiter {
    /// A sleeping thread.
    Park(Arc<Unpark>),
    /// A signal into an interpreter's loop. Must only signal.
    Callback(Arc<dyn Fn() + Send + Sync>),
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Park(_) => "Park",
            Self::Callback(_) => "Callback",
        })
    }
}

/// Waiters to wake, once no lock is held.
#[derive(Debug, Default)]
#[must_use = "waiters sleep until this is fired"]
pub struct Wake {
    waiters: Vec<Waiter>,
    descriptors: bool,
}

#[derive(Debug)]
struct Armed {
    id: u64,
    interest: Interest,
    waiter: Waiter,
}

#[derive(Debug, Default)]
struct Waiting {
    last_id: u64,
    armed: Vec<Armed>,
}

/// The descriptors that event loops watch; each made when first asked for.
#[derive(Debug, Default)]
struct Descriptors {
    receive: OnceLock<LevelDescriptor>,
    send: OnceLock<LevelDescriptor>,
    news: OnceLock<LevelDescriptor>,
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Readiness {
    levels: AtomicU8,
    armed: AtomicUsize,
    waiting: Mutex<Waiting>,
    descriptors: OnceLock<Box<Descriptors>>,
    vigil: Vigil,
}

/// Which of a socket's descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descriptor {
    /// Readable exactly while a receive would not block (`NN_RCVFD`).
    In,
    /// Readable exactly while a send would not block (`NN_SNDFD`).
    Out,
    /// Readable when there is news; unreadable once the owner has read the events (`ZMQ_FD`).
    News,
}

impl Readiness {
    /// The levels that hold.
    #[must_use]
    pub fn levels(&self) -> Interest {
        Interest::from_bits(self.levels.load(Ordering::SeqCst))
    }

    /// What is known of watching a moment before a sleep.
    pub fn vigil(&self) -> &Vigil {
        &self.vigil
    }

    /// Stores the levels of `mask`. The socket's pattern lock orders the callers.
    pub fn set(&self, mask: Interest, levels: Interest) -> Wake {
        let old = self.levels();
        let new = (old & !mask) | (levels & mask);
        if new == old {
            return Wake::default();
        }
        self.levels.store(new.bits(), Ordering::SeqCst);
        if self.descriptors.get().is_some()
            && (new & !old).intersects(Interest::OUT | Interest::IN | Interest::TERM)
        {
            self.tell_news();
        }
        self.wake(new)
    }

    /// Wakes those who wait for an event that is not a level ([`Interest::PEERS`]).
    pub fn pulse(&self, event: Interest) -> Wake {
        self.wake(event)
    }

    fn wake(&self, holds: Interest) -> Wake {
        let mut wake = Wake { descriptors: self.descriptors.get().is_some(), ..Wake::default() };
        if self.armed.load(Ordering::SeqCst) > 0 {
            let mut waiting = self.waiting();
            waiting.armed.retain(|armed| {
                let hit = armed.interest.intersects(holds);
                if hit {
                    wake.waiters.push(armed.waiter.clone());
                }
                !hit
            });
            self.armed.store(waiting.armed.len(), Ordering::SeqCst);
        }
        wake
    }

    /// Adds a waiter for any of `interest`, closing included. The caller must try again before it
    /// sleeps.
    pub fn arm(&self, interest: Interest, waiter: Waiter) -> u64 {
        let mut waiting = self.waiting();
        waiting.last_id += 1;
        let id = waiting.last_id;
        waiting.armed.push(Armed { id, interest: interest | Interest::TERM, waiter });
        self.armed.store(waiting.armed.len(), Ordering::SeqCst);
        id
    }

    /// Takes a waiter back; harmless when it was woken already.
    pub fn disarm(&self, id: u64) {
        let mut waiting = self.waiting();
        waiting.armed.retain(|armed| armed.id != id);
        self.armed.store(waiting.armed.len(), Ordering::SeqCst);
    }

    /// A descriptor for event loops, made when first asked for.
    pub fn descriptor(&self, which: Descriptor) -> std::io::Result<i32> {
        let descriptors = self.descriptors.get_or_init(Box::default);
        let slot = match which {
            Descriptor::In => &descriptors.receive,
            Descriptor::Out => &descriptors.send,
            Descriptor::News => &descriptors.news,
        };
        if slot.get().is_none() {
            let made = LevelDescriptor::new()?;
            // Another thread may have been quicker; then this one is closed again.
            let _ = slot.set(made);
            if which == Descriptor::News {
                self.tell_news();
            }
            self.sync_descriptors();
        }
        Ok(slot.get().map_or(-1, LevelDescriptor::raw))
    }

    /// An event is pending (again): the news descriptor becomes readable.
    pub fn tell_news(&self) {
        if let Some(news) = self.descriptors.get().and_then(|all| all.news.get())
            && self.levels().intersects(Interest::IN | Interest::OUT | Interest::TERM)
        {
            news.sync(|| true);
        }
    }

    /// An operation ended: when it left something to receive, that is news again, so that an owner
    /// who takes one message a wake is woken for each.
    #[inline]
    pub fn keep_news(&self) {
        // Hardly ever watched, and asked at every message.
        if let Some(descriptors) = self.descriptors.get() {
            self.keep_news_of(descriptors);
        }
    }

    #[inline(never)]
    fn keep_news_of(&self, descriptors: &Descriptors) {
        if let Some(news) = descriptors.news.get()
            && self.levels().intersects(Interest::IN)
        {
            news.sync(|| true);
        }
    }

    /// The owner has read the events: no more news until something happens.
    pub fn read_news(&self) {
        if let Some(news) = self.descriptors.get().and_then(|all| all.news.get()) {
            news.sync(|| self.levels().intersects(Interest::TERM));
        }
    }

    fn sync_descriptors(&self) {
        let Some(descriptors) = self.descriptors.get() else { return };
        for (slot, interest) in
            [(&descriptors.receive, Interest::IN), (&descriptors.send, Interest::OUT)]
        {
            if let Some(descriptor) = slot.get() {
                descriptor.sync(|| self.levels().intersects(interest | Interest::TERM));
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake {
    /// Wakes them all. To be called with no lock held.
    #[inline]
    pub fn fire(self, readiness: &Readiness) {
        // Mostly nobody waits whom this is news for.
        if self.descriptors || !self.waiters.is_empty() {
            self.wake_all(readiness);
        }
    }

    #[inline(never)]
    fn wake_all(self, readiness: &Readiness) {
        if self.descriptors {
            readiness.sync_descriptors();
        }
        for waiter in self.waiters {
            match waiter {
                Waiter::Park(unpark) => unpark.unpark(),
                Waiter::Callback(callback) => callback(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter() -> (Arc<AtomicUsize>, Waiter) {
        let count = Arc::new(AtomicUsize::new(0));
        let seen = count.clone();
        (
            count,
            Waiter::Callback(Arc::new(move || {
                seen.fetch_add(1, Ordering::SeqCst);
            })),
        )
    }

    #[test]
    fn a_waiter_is_woken_once_and_only_for_what_it_waits() {
        let readiness = Readiness::default();
        let (count, waiter) = counter();
        readiness.arm(Interest::IN, waiter);
        readiness.set(Interest::OUT, Interest::OUT).fire(&readiness);
        assert_eq!(count.load(Ordering::SeqCst), 0);
        readiness.set(Interest::IN, Interest::IN).fire(&readiness);
        readiness.set(Interest::IN, Interest::NONE).fire(&readiness);
        readiness.set(Interest::IN, Interest::IN).fire(&readiness);
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn closing_wakes_every_waiter() {
        let readiness = Readiness::default();
        let (count, waiter) = counter();
        readiness.arm(Interest::IN, waiter.clone());
        let other = readiness.arm(Interest::OUT, waiter.clone());
        readiness.arm(Interest::PEERS, waiter);
        readiness.disarm(other);
        readiness.set(Interest::TERM, Interest::TERM).fire(&readiness);
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}
