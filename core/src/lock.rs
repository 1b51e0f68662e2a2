//! Ranked locks: the engine's own mutex, which knows its place in the order of locks.
//!
//! Used by every floor that shares state between threads. A debug build panics where a lock is taken
//! while one of the same or a later rank is held by the thread; a release build spends nothing on
//! it. A poisoned lock goes on: its data is whole, since nothing that can panic runs half-way
//! through a change.

use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
};

/// The place of a lock in the order: earlier ones first, and never two of one rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Rank {
    /// A socket's driver: poll, endpoints, connections, timers.
    Drive,
    /// A socket's pattern, or a connection's writer: never both.
    PatternOrWrite,
    /// One direction of a pipe.
    Lane,
    /// A socket's notes about its lanes.
    Mailbox,
    /// A socket's poll.
    Poll,
}

/// A mutex with a rank.
#[derive(Debug)]
pub struct Lock<T> {
    rank: Rank,
    mutex: Mutex<T>,
}

/// What [`Lock::lock`] gives; lets go when dropped.
#[derive(Debug)]
pub struct Guard<'a, T> {
    guard: MutexGuard<'a, T>,
    #[cfg(debug_assertions)]
    _held: order::Held,
}

impl<T> Lock<T> {
    /// A lock of this rank.
    pub const fn new(rank: Rank, value: T) -> Self {
        Self { rank, mutex: Mutex::new(value) }
    }

    /// Waits for the lock.
    pub fn lock(&self) -> Guard<'_, T> {
        let _held = order::hold(self.rank);
        Guard {
            guard: self.mutex.lock().unwrap_or_else(PoisonError::into_inner),
            #[cfg(debug_assertions)]
            _held,
        }
    }

    /// Takes the lock if nobody has it.
    pub fn try_lock(&self) -> Option<Guard<'_, T>> {
        let guard = match self.mutex.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let _held = order::hold(self.rank);
        Some(Guard {
            guard,
            #[cfg(debug_assertions)]
            _held,
        })
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

#[cfg(debug_assertions)]
mod order {
    use std::cell::Cell;

    use super::Rank;

    thread_local! {
        /// The ranks that this thread holds, a bit each.
        static HELD: Cell<u8> = const { Cell::new(0) };
    }

    #[derive(Debug)]
    pub(super) struct Held(Rank);

    pub(super) fn hold(rank: Rank) -> Held {
        HELD.with(|held| {
            let (before, bit) = (held.get(), 1 << rank as u8);
            assert!(before < bit, "lock order: {rank:?} while holding ranks {before:#b}");
            held.set(before | bit);
        });
        Held(rank)
    }

    impl Drop for Held {
        fn drop(&mut self) {
            HELD.with(|held| held.set(held.get() & !(1 << self.0 as u8)));
        }
    }
}

#[cfg(not(debug_assertions))]
mod order {
    pub(super) fn hold(_: super::Rank) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ranks_may_follow_earlier_ones() {
        let (drive, lane) = (Lock::new(Rank::Drive, 1), Lock::new(Rank::Lane, 2));
        let first = drive.lock();
        assert_eq!(*first + *lane.lock(), 3);
        assert_eq!(*lane.lock(), 2);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "lock order: PatternOrWrite while holding")]
    fn two_of_one_rank_are_never_held_together() {
        let locks = [(); 2].map(|()| Lock::new(Rank::PatternOrWrite, ()));
        let _first = locks[0].lock();
        let _second = locks[1].lock();
    }
}
