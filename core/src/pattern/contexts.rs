//! Contexts: independent states of one protocol over the pipes of one socket, as nng has them.
//!
//! req0, rep0, sub0, surveyor0 and respondent0 have them. A protocol keeps its state once for the
//! socket's own calls and once for each context ([`Each`]); the hub reaches them by
//! [`Protocol::contexts`](super::Protocol::contexts), under the pattern lock like all else.

use std::time::Instant;

use super::{Command, Pipes, Refused};
use crate::{error::ErrorCode, interest::Interest, message::Message, option::Setting};

/// What one context keeps unread at most; nng's default for its queues.
pub const MOST_UNREAD: usize = 128;

/// Names one context of one socket; never given out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContextId(u64);

impl ContextId {
    /// The state of the socket's own calls.
    pub const OWN: Self = Self(0);
}

/// A protocol with contexts. A context that was shut is EBADF.
pub trait Contexts {
    /// Begins a context, with the settings of the socket's own state.
    fn open(&mut self) -> ContextId;

    /// Ends a context: its request or survey, and what it had not read.
    fn shut(&mut self, context: ContextId, pipes: &mut Pipes);

    /// As [`Protocol::send`](super::Protocol::send).
    fn send_in(
        &mut self,
        context: ContextId,
        message: Message,
        pipes: &mut Pipes,
        now: Instant,
    ) -> Result<(), Refused>;

    /// As [`Protocol::recv`](super::Protocol::recv).
    fn recv_in(
        &mut self,
        context: ContextId,
        pipes: &mut Pipes,
        now: Instant,
    ) -> Result<Message, ErrorCode>;

    /// As [`Protocol::readiness`](super::Protocol::readiness).
    fn readiness_in(&mut self, context: ContextId, pipes: &mut Pipes) -> Interest;

    /// As [`Protocol::command`](super::Protocol::command).
    fn command_in(
        &mut self,
        context: ContextId,
        command: Command,
        pipes: &mut Pipes,
    ) -> Result<(), ErrorCode> {
        let _ = (context, command, pipes);
        Err(ErrorCode::NotSupported)
    }

    /// An option that the context has for itself was set.
    fn configure_in(&mut self, context: ContextId, setting: &Setting) {
        let _ = (context, setting);
    }
}

/// Something kept for the socket's own calls and for each context.
#[derive(Debug, Default)]
pub struct Each<T> {
    own: T,
    others: Vec<(ContextId, T)>,
    last: u64,
}

impl<T> Each<T> {
    /// Kept for the socket's own calls only.
    pub fn new(own: T) -> Self {
        Self { own, others: Vec::new(), last: 0 }
    }

    /// Of the socket's own calls.
    #[must_use]
    pub fn own(&self) -> &T {
        &self.own
    }

    /// Of the socket's own calls, to change.
    pub fn own_mut(&mut self) -> &mut T {
        &mut self.own
    }

    /// Whether there is no context.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.others.is_empty()
    }

    /// Adds a context.
    pub fn open(&mut self, state: T) -> ContextId {
        self.last += 1;
        let id = ContextId(self.last);
        self.others.push((id, state));
        id
    }

    /// Takes a context out.
    pub fn shut(&mut self, id: ContextId) -> Option<T> {
        let place = self.others.iter().position(|(other, _)| *other == id)?;
        Some(self.others.swap_remove(place).1)
    }

    /// Of a context or of the socket; EBADF when that was shut.
    pub fn get(&mut self, id: ContextId) -> Result<&mut T, ErrorCode> {
        if id == ContextId::OWN {
            return Ok(&mut self.own);
        }
        let mut others = self.others.iter_mut();
        let found = others.find(|(other, _)| *other == id);
        found.map(|(_, state)| state).ok_or(ErrorCode::BadHandle)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.own).chain(self.others.iter().map(|(_, state)| state))
    }

    /// All of them, to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        std::iter::once(&mut self.own).chain(self.others.iter_mut().map(|(_, state)| state))
    }
}
