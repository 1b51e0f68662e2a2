//! Exclusive: one peer at a time, both ways.
//!
//! Used by pair0 and PAIR. A second peer is refused while one is attached; after one left, what it
//! had sent is still received, even when the next is there.

use super::{FairQueue, PipeMap};
use crate::{
    error::ErrorCode,
    message::{Message, PipeId},
    pattern::{Admission, Pipes, Refused, Reject},
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Exclusive {
    peer: Option<PipeId>,
    /// The pipes that are or were the peer: only they are read.
    accepted: PipeMap<()>,
    incoming: FairQueue,
}

impl Exclusive {
    /// Takes a pipe as the peer, unless there is one.
    pub fn attach(&mut self, pipe: PipeId) -> Result<(), Reject> {
        if self.peer.is_some_and(|peer| peer != pipe) {
            return Err(Reject);
        }
        self.peer = Some(pipe);
        self.accepted.insert(pipe, ());
        Ok(())
    }

    /// The peer is gone for sending. Other pipes do not matter.
    pub fn detach(&mut self, pipe: PipeId) {
        self.peer = self.peer.filter(|peer| *peer != pipe);
    }

    /// A pipe has messages.
    pub fn readable(&mut self, pipe: PipeId, pipes: &Pipes) {
        if self.accepted.contains(pipe) {
            self.incoming.readable(pipe, pipes);
        }
    }

    /// Keeps a place for a message that follows.
    pub fn admit(&mut self, pipes: &Pipes) -> Result<Admission, ErrorCode> {
        let peer = self.peer.filter(|peer| pipes.reserve(*peer));
        peer.map(Admission::Pipe).ok_or(ErrorCode::Again)
    }

    /// Sends a whole message.
    pub fn send(&mut self, message: Message, pipes: &mut Pipes) -> Result<(), Refused> {
        let code = ErrorCode::Again;
        let Some(peer) = self.peer else { return Err(Refused { message, code }) };
        pipes.push(peer, message).map_err(|message| Refused { message, code })
    }

    /// Takes the next message.
    pub fn recv(&mut self, pipes: &mut Pipes) -> Option<Message> {
        self.incoming.recv(pipes)
    }

    /// The pipe that is sent to.
    #[must_use]
    pub fn target(&self) -> Option<PipeId> {
        self.peer
    }

    /// The only pipe that has messages.
    #[must_use]
    pub fn source(&self) -> Option<PipeId> {
        self.incoming.sole()
    }

    /// Whether there is a message.
    pub fn is_readable(&mut self, pipes: &mut Pipes) -> bool {
        self.incoming.is_readable(pipes)
    }

    /// Whether a message would be taken.
    #[must_use]
    pub fn has_room(&self, pipes: &Pipes) -> bool {
        self.peer.is_some_and(|peer| pipes.has_room(peer))
    }
}
