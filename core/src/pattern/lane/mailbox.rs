//! Mailbox: a socket's list of lanes that changed.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::{
    lock::{Lock, Rank},
    message::PipeId,
};

/// What happened to a lane, told to the socket at its other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It went from empty to not empty, or ended.
    Readable(PipeId),
    /// It has room again after a refusal.
    Writable(PipeId),
}

/// A socket's list of lanes that changed: filled by whoever is at their other ends, emptied under
/// the pattern lock.
#[derive(Debug)]
pub struct Mailbox {
    posted: Lock<Vec<Posted>>,
    pending: AtomicBool,
}

impl Default for Mailbox {
    fn default() -> Self {
        Self { posted: Lock::new(Rank::Mailbox, Vec::new()), pending: AtomicBool::new(false) }
    }
}

impl Mailbox {
    /// Adds a note.
    pub fn post(&self, note: Posted) {
        self.posted.lock().push(note);
        self.pending.store(true, Ordering::Release);
    }

    /// Whether there are notes. On the way of every message, and nearly always not.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending.load(Ordering::Acquire)
    }

    /// Takes all notes into `notes`.
    pub fn take(&self, notes: &mut Vec<Posted>) {
        if self.pending.swap(false, Ordering::AcqRel) {
            notes.append(&mut self.posted.lock());
        }
    }
}
