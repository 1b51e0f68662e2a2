//! FanOut: a copy of each message to every pipe of a set, and what to do with those at their marks.
//!
//! Used by pub0, bus0, surveyor0 and XSUB over all their pipes, by PUB and XPUB over those that a topic matches.

use super::PipeMap;
use crate::{
    error::ErrorCode,
    message::{Carried, Message, PipeId},
    pattern::{Admission, Pipes},
};

/// What becomes of a message for a pipe that is at its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// That pipe does not get it: ZMTP's rule.
    DropNewest,
    /// It gets it, and loses its oldest: nng's rule.
    DropOldest,
    /// Nobody gets it until all have room.
    Wait,
}

impl WhenFull {
    /// Sends a copy to each of these pipes.
    pub fn deliver(self, targets: &[PipeId], message: Message, pipes: &mut Pipes) {
        let Some((last, others)) = targets.split_last() else { return };
        for pipe in others {
            self.push(*pipe, &message, pipes);
        }
        self.push(*last, message, pipes);
    }

    fn push(self, pipe: PipeId, message: impl Carried, pipes: &mut Pipes) {
        match self {
            Self::DropOldest => pipes.push_dropping_oldest(pipe, message),
            // All had room when the message was admitted. If its later parts took so long that one
            // is full now, going over its mark by this message is better than breaking the promise.
            Self::Wait => pipes.push_reserved(pipe, message),
            Self::DropNewest => pipes.push_or_drop(pipe, message),
        }
    }
}

/// The fan-out to all attached pipes.
#[derive(Debug)]
pub struct FanOut {
    members: Vec<PipeId>,
    /// Those that refused; kept only when waiting for them.
    full: PipeMap<()>,
    when_full: WhenFull,
}

impl FanOut {
    /// A fan-out to nobody.
    #[must_use]
    pub fn new(when_full: WhenFull) -> Self {
        Self { members: Vec::new(), full: PipeMap::default(), when_full }
    }

    /// Changes what happens at marks.
    pub fn set_when_full(&mut self, when_full: WhenFull) {
        self.when_full = when_full;
        self.full.clear();
    }

    /// A pipe may be sent to.
    pub fn attach(&mut self, pipe: PipeId) {
        self.members.push(pipe);
    }

    /// A pipe may no longer be sent to.
    pub fn detach(&mut self, pipe: PipeId) {
        self.members.retain(|member| *member != pipe);
        self.full.remove(pipe);
    }

    /// A pipe has room again.
    pub fn writable(&mut self, pipe: PipeId) {
        self.full.remove(pipe);
    }

    /// Whether a message would be taken now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.full.is_empty()
    }

    /// Decides about a message for all.
    pub fn admit(&mut self, pipes: &Pipes) -> Result<Admission, ErrorCode> {
        self.note_full(pipes);
        if self.has_room() { Ok(Admission::All) } else { Err(ErrorCode::Again) }
    }

    /// Sends a copy to every pipe.
    pub fn send(&mut self, message: Message, pipes: &mut Pipes) {
        self.when_full.deliver(&self.members, message, pipes);
        self.note_full(pipes);
    }

    /// Sends a copy to every pipe but the one with this serial.
    pub fn send_except(&mut self, serial: u32, message: Message, pipes: &mut Pipes) {
        let others = self.members.iter().copied().filter(|pipe| pipe.serial != serial);
        let others: Vec<_> = others.collect();
        self.when_full.deliver(&others, message, pipes);
        self.note_full(pipes);
    }

    /// Remembers who has no room, so that readiness costs nothing.
    fn note_full(&mut self, pipes: &Pipes) {
        if self.when_full != WhenFull::Wait {
            return;
        }
        for pipe in &self.members {
            if !self.full.contains(*pipe) && !pipes.has_room(*pipe) {
                self.full.insert(*pipe, ());
            }
        }
    }
}
