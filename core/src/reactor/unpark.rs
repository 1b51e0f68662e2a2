//! Unpark: wakes the thread that sleeps in one poll.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use mio::{Registry, Token, Waker};

/// Wakes one sleeper, from any thread; several wakes before it sleeps again count as one.
#[derive(Debug)]
pub struct Unpark {
    waker: Waker,
    signalled: AtomicBool,
}

impl Unpark {
    /// Wakes who sleeps in this poll, which tells of it under `token`.
    pub fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        Ok(Self { waker: Waker::new(registry, token)?, signalled: AtomicBool::new(false) })
    }

    /// Forgets earlier wakes.
    #[must_use]
    pub fn prepared(this: &Arc<Self>) -> Arc<Self> {
        this.signalled.store(false, Ordering::SeqCst);
        this.clone()
    }

    /// Ends the sleep, or the next one.
    pub fn unpark(&self) {
        if !self.signalled.swap(true, Ordering::SeqCst) {
            self.again();
        }
    }

    /// The poll tells of the wake again.
    pub fn again(&self) {
        // Fails only when the counter of the eventfd is full, and then it wakes anyway.
        let _ = self.waker.wake();
    }
}
