//! FairQueue: one message from each pipe that has some, in turn, urgent priorities first.
//!
//! Used by every protocol that receives from several peers. Pipes are known by being readable, and
//! forgotten once they are empty, so a detached pipe is read to its end like any other.

use super::Rotation;
use crate::{
    message::{Message, PipeId},
    pattern::{Pipe, Pipes},
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct FairQueue {
    turns: Rotation,
    /// Taken out while asking whether there is any.
    next: Option<Message>,
}

impl FairQueue {
    /// A pipe has messages, or may have.
    pub fn readable(&mut self, pipe: PipeId, pipes: &Pipes) {
        if let Some(priority) = pipes.get(pipe).map(Pipe::receive_priority) {
            self.turns.join(pipe, priority);
        }
    }

    /// Takes the next message.
    pub fn recv(&mut self, pipes: &mut Pipes) -> Option<Message> {
        if let Some(message) = self.next.take() {
            return Some(message);
        }
        while let Some(pipe) = self.turns.first() {
            if pipes.get(pipe).is_some_and(Pipe::is_readable) {
                self.turns.advance();
                return pipes.pop(pipe);
            }
            // The pop of an empty pipe takes a detached one out of the table; and one that was empty
            // need not be so any more.
            if let Some(message) = pipes.pop(pipe) {
                self.turns.advance();
                return Some(message);
            }
            self.turns.rest();
        }
        None
    }

    /// The only pipe that has messages, or may have.
    #[must_use]
    pub fn sole(&self) -> Option<PipeId> {
        self.turns.sole().filter(|_| self.next.is_none())
    }

    /// Whether there is a message.
    pub fn is_readable(&mut self, pipes: &mut Pipes) -> bool {
        // Only looked at, not taken: a more urgent pipe may get messages before this one is wanted.
        let first = self.turns.first().and_then(|pipe| pipes.get(pipe));
        if self.next.is_some() || first.is_some_and(Pipe::is_readable) {
            return true;
        }
        // An empty pipe is popped all the same, which takes a detached one out of the table.
        self.next = self.recv(pipes);
        self.next.is_some()
    }
}
