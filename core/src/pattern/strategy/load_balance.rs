//! LoadBalance: each message to the next pipe that has room, in turn, urgent priorities first.
//!
//! Used by push0, req0, PUSH, DEALER and REQ. A pipe that refused is passed over until its lane
//! says that there is room again.

use super::{PipeMap, Rotation};
use crate::{
    message::{Message, PipeId},
    pattern::{Pipe, Pipes},
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct LoadBalance {
    turns: Rotation,
    members: PipeMap<u8>,
}

impl LoadBalance {
    /// A pipe may be sent to, in the turn of its send priority.
    pub fn attach(&mut self, pipe: PipeId, pipes: &Pipes) {
        let Some(priority) = pipes.get(pipe).map(Pipe::send_priority) else { return };
        self.members.insert(pipe, priority);
        self.turns.join(pipe, priority);
    }

    /// A pipe may no longer be sent to.
    pub fn detach(&mut self, pipe: PipeId) {
        self.members.remove(pipe);
        self.turns.leave(pipe);
    }

    /// A pipe has room again.
    pub fn writable(&mut self, pipe: PipeId) {
        if let Some(priority) = self.members.get(pipe) {
            self.turns.join(pipe, *priority);
        }
    }

    /// Whether the pipe may be sent to, with or without room.
    #[must_use]
    pub fn contains(&self, pipe: PipeId) -> bool {
        self.members.contains(pipe)
    }

    /// The only pipe that may be sent to.
    #[must_use]
    pub fn sole(&self) -> Option<PipeId> {
        self.members.sole()
    }

    /// Sends to the pipe whose turn it is and names it, or hands the message back: none has room.
    pub fn send(&mut self, mut message: Message, pipes: &mut Pipes) -> Result<PipeId, Message> {
        while let Some(pipe) = self.turns.first() {
            match pipes.push(pipe, message) {
                Ok(()) => {
                    self.turns.advance();
                    return Ok(pipe);
                }
                Err(refused) => message = refused,
            }
            self.turns.rest();
        }
        Err(message)
    }

    /// Keeps a place in the pipe whose turn it is, for a message that follows.
    pub fn reserve(&mut self, pipes: &Pipes) -> Option<PipeId> {
        while let Some(pipe) = self.turns.first() {
            if pipes.reserve(pipe) {
                self.turns.advance();
                return Some(pipe);
            }
            self.turns.rest();
        }
        None
    }

    /// Whether some pipe has room.
    pub fn has_room(&mut self, pipes: &Pipes) -> bool {
        while let Some(pipe) = self.turns.first() {
            if pipes.has_room(pipe) {
                return true;
            }
            self.turns.rest();
        }
        false
    }
}
