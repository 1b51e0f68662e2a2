//! Patterns: which pipe a message goes to or comes from, and in which order. Pure: no bytes, no
//! I/O, no clock; time is an argument.
//!
//! A [`Protocol`] is one socket kind's rules over the socket's [`Pipes`]. The socket calls it under
//! its pattern lock. Files under `sp/` and `zmq/` are named by the protocol's wire name; what they
//! share is in `strategy/` and `request.rs`.
//!
//! The life of a pipe: [`Protocol::attach`] (it may be sent to), [`Protocol::ready`] (a peer
//! finished its handshake; again after each reconnect), [`Protocol::lost`] (the peer is gone, the
//! dialer tries again and the pipe with its queues stays), [`Protocol::detach`] (gone for sending;
//! what it had received can still be read, see [`Pipes::pop`]).

mod announcer;
pub mod contexts;
mod inlet;
pub mod lane;
pub mod pipe;
pub mod request;
pub mod sp;
pub mod strategy;
#[cfg(test)]
mod testing;
pub mod zmq;

use std::time::Instant;

pub use announcer::Announcer;
pub use contexts::{ContextId, Contexts};
pub use lane::{Lane, Marks};
pub use pipe::{Pipe, Pipes};

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Control, Frame, Message, PeerInfo, PipeId},
    option::Setting,
};

/// Why a message was dropped by a pattern's rule; each is counted and can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DropReason {
    /// A queue was at its mark and the pattern drops rather than waits (PUB, ROUTER).
    QueueFull,
    /// Addressed to a peer that is not connected.
    NoRoute,
    /// The peer left before the message could be sent.
    PeerGone,
    /// Not asked for: no subscription matched at the receiver.
    NotSubscribed,
    /// A reply that no longer had a question.
    Stale,
    /// Malformed, or against the rules of the pattern.
    Malformed,
    /// Travelled over more hops than the limit.
    TooManyHops,
    /// The socket was closed before it could be sent.
    Closed,
}

impl DropReason {
    /// How many reasons there are.
    pub const COUNT: usize = Self::ALL.len();
    /// All reasons, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::QueueFull,
        Self::NoRoute,
        Self::PeerGone,
        Self::NotSubscribed,
        Self::Stale,
        Self::Malformed,
        Self::TooManyHops,
        Self::Closed,
    ];

    /// The name statistics show it under.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::NoRoute => "no_route",
            Self::PeerGone => "peer_gone",
            Self::NotSubscribed => "not_subscribed",
            Self::Stale => "stale",
            Self::Malformed => "malformed",
            Self::TooManyHops => "too_many_hops",
            Self::Closed => "closed",
        }
    }
}

/// A pattern's refusal of a pipe (a second peer of a PAIR, a routing id in use).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject;

/// A send that did not happen: the message comes back, nothing is lost.
#[derive(Debug)]
pub struct Refused {
    /// What was to be sent.
    pub message: Message,
    /// Why not.
    pub code: ErrorCode,
}

/// Where a message will go, decided at its first part, with a place reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// To this pipe, where one place is reserved (see [`Pipes::reserve`]).
    Pipe(PipeId),
    /// To every pipe that the pattern finds when the message is whole.
    All,
    /// Nowhere: by the pattern's rule it is dropped and counted.
    Drop(DropReason),
}

/// A change that the user asks of the pattern itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Receive messages with this prefix.
    Subscribe(Vec<u8>),
    /// Take one such subscription back.
    Unsubscribe(Vec<u8>),
}

/// One socket kind's rules. Every call is made under the socket's pattern lock.
pub trait Protocol: Send {
    /// A pipe is there. Over ZMTP a connecting pipe is attached before its peer answers, so that
    /// sends are queued on it; every other pipe becomes [`Protocol::ready`] at once.
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject>;

    /// The pipe's peer finished its handshake; again after every reconnect.
    fn ready(&mut self, pipe: PipeId, peer: &PeerInfo, pipes: &mut Pipes) -> Result<(), Reject> {
        let _ = (pipe, peer, pipes);
        Ok(())
    }

    /// The pipe's peer is gone, the pipe stays: its dialer connects again.
    fn lost(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        let _ = (pipe, pipes);
    }

    /// The pipe is gone for sending. It stays in `pipes` until its received messages are read.
    fn detach(&mut self, pipe: PipeId, pipes: &mut Pipes);

    /// The pipe's incoming lane went from empty to not empty (or a detached pipe has nothing left).
    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes);

    /// The pipe's outgoing lane has room again after it had refused.
    fn writable(&mut self, pipe: PipeId, pipes: &mut Pipes);

    /// The peer changed what it wants to be sent.
    fn control(&mut self, pipe: PipeId, control: Control, pipes: &mut Pipes) {
        let _ = (pipe, control, pipes);
    }

    /// Decides at the first frame where the message will go, and reserves the place.
    fn admit(
        &mut self,
        first: &Frame,
        pipes: &mut Pipes,
        now: Instant,
    ) -> Result<Admission, ErrorCode>;

    /// Sends the whole message where its first part was admitted. Cannot refuse: if that pipe died
    /// meanwhile, the message is dropped and counted.
    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, now: Instant);

    /// Takes an admission back: its message will not be finished.
    fn withdraw(&mut self, admission: Admission, pipes: &mut Pipes) {
        if let Admission::Pipe(pipe) = admission {
            pipes.unreserve(pipe);
        }
    }

    /// Sends a whole message: admitted and committed in one go.
    fn send(&mut self, message: Message, pipes: &mut Pipes, now: Instant) -> Result<(), Refused> {
        match self.admit(message.body(), pipes, now) {
            Ok(admission) => {
                self.commit(admission, message, pipes, now);
                Ok(())
            }
            Err(code) => Err(Refused { message, code }),
        }
    }

    /// Takes the next message for the user.
    fn recv(&mut self, pipes: &mut Pipes, now: Instant) -> Result<Message, ErrorCode>;

    /// The pipe that the next messages come from, just as they are, as long as nothing is posted: the only
    /// one that has any. What is left there may be taken without asking the protocol.
    fn source(&self) -> Option<PipeId> {
        None
    }

    /// The pipe that every message goes to, just as it is: the only one. As long as that holds, messages may
    /// be put into its lane without asking the protocol.
    fn target(&self) -> Option<PipeId> {
        None
    }

    /// Whether a received message must be answered before the next is taken: taking several at once
    /// would lose the turn of all but the last.
    fn answers_one_by_one(&self) -> bool {
        false
    }

    /// Whether sending and receiving change its levels only by making a lane full or empty: it takes
    /// no turns and filters nothing.
    fn is_plain(&self) -> bool {
        false
    }

    /// Whether it looks at the time that it is told.
    fn keeps_time(&self) -> bool {
        false
    }

    /// Which of IN and OUT hold now. May fetch ahead: a SUB is IN only when a message matches.
    fn readiness(&mut self, pipes: &mut Pipes) -> Interest;

    /// A change asked by the user; EINVAL-like refusal by default.
    fn command(&mut self, command: Command, pipes: &mut Pipes) -> Result<(), ErrorCode> {
        let _ = (command, pipes);
        Err(ErrorCode::NotSupported)
    }

    /// How many peers asked for exactly this prefix or a shorter one of it; `None` when the pattern
    /// does not know its peers' subscriptions.
    fn subscribers(&self, prefix: &[u8]) -> Option<usize> {
        let _ = prefix;
        None
    }

    /// What `ZMQ_ROUTING_ID` reads as, where that is not what was set: STREAM's peer that came last.
    fn routing_id(&self) -> Option<&[u8]> {
        None
    }

    /// When [`Protocol::expire`] wants to be called.
    fn next_deadline(&self) -> Option<Instant> {
        None
    }

    /// The deadline passed: resend, give up.
    fn expire(&mut self, now: Instant, pipes: &mut Pipes) {
        let _ = (now, pipes);
    }

    /// The contexts, where the pattern has such.
    fn contexts(&mut self) -> Option<&mut dyn Contexts> {
        None
    }

    /// An option that the pattern itself obeys was set.
    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        let _ = setting;
        Ok(())
    }
}
