//! Filter: what came from all pipes, without what was not subscribed to.
//!
//! Used by sub0, SUB and XSUB. SP publishers send everything; ZMTP ones filter, but a message may
//! be on its way while its subscription is taken back, so SUB looks again.

use super::{FairQueue, Trie};
use crate::{
    message::{Message, PipeId},
    pattern::{DropReason, Pipes},
};

/// Which messages pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Passes {
    /// Those that a subscription matches.
    #[default]
    Matching,
    /// Those that none matches (`ZMQ_INVERT_MATCHING`).
    NotMatching,
    /// All: XSUB leaves the choice to its user.
    All,
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Filter {
    subscriptions: Trie,
    passes: Passes,
    incoming: FairQueue,
    /// See [`Filter::is_open`].
    open: bool,
    /// Found while asking whether there is any.
    next: Option<Message>,
}

impl Filter {
    /// A filter without subscriptions.
    #[must_use]
    pub fn new(passes: Passes) -> Self {
        let mut filter = Self::default();
        filter.set_passes(passes);
        filter
    }

    /// Changes which messages pass.
    pub fn set_passes(&mut self, passes: Passes) {
        self.passes = passes;
        self.note_open();
    }

    /// The subscriptions.
    #[must_use]
    pub fn subscriptions(&self) -> &Trie {
        &self.subscriptions
    }

    /// Subscribes; true when the prefix is new.
    pub fn subscribe(&mut self, prefix: &[u8]) -> bool {
        let new = self.subscriptions.add(prefix);
        self.note_open();
        new
    }

    /// Takes a subscription back: `None` when there was none, true when it was the prefix's last.
    pub fn unsubscribe(&mut self, prefix: &[u8]) -> Option<bool> {
        let last = self.subscriptions.remove(prefix);
        self.note_open();
        last
    }

    /// A pipe has messages.
    pub fn readable(&mut self, pipe: PipeId, pipes: &Pipes) {
        self.incoming.readable(pipe, pipes);
    }

    /// Takes the next message that passes; the others on the way to it are dropped and counted.
    pub fn recv(&mut self, pipes: &mut Pipes) -> Option<Message> {
        if let Some(next) = self.next.take() {
            if self.wants(&next) {
                return Some(next);
            }
            pipes.count_drop(DropReason::NotSubscribed);
        }
        loop {
            let next = self.incoming.recv(pipes)?;
            if self.wants(&next) {
                return Some(next);
            }
            pipes.count_drop(DropReason::NotSubscribed);
        }
    }

    /// Takes the next message, whether it passes or not.
    pub fn recv_any(&mut self, pipes: &mut Pipes) -> Option<Message> {
        self.take_ahead().or_else(|| self.incoming.recv(pipes))
    }

    /// Takes what was found while asking whether there is any.
    pub fn take_ahead(&mut self) -> Option<Message> {
        self.next.take()
    }

    /// Whether every message passes: nothing is dropped on the way to the next one.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    fn note_open(&mut self) {
        self.open = match self.passes {
            Passes::All => true,
            Passes::Matching => self.subscriptions.matches(b""),
            Passes::NotMatching => false,
        };
    }

    /// The only pipe that has messages, where all of them pass.
    #[must_use]
    pub fn source(&self) -> Option<PipeId> {
        if self.open && self.next.is_none() { self.incoming.sole() } else { None }
    }

    /// Whether there is a message that passes.
    pub fn is_readable(&mut self, pipes: &mut Pipes) -> bool {
        let known = self.next.as_ref().is_some_and(|next| self.wants(next));
        if !known {
            self.next = self.recv(pipes);
        }
        self.next.is_some()
    }

    fn wants(&self, message: &Message) -> bool {
        match self.passes {
            Passes::All => true,
            Passes::Matching => self.subscriptions.matches(message.body()),
            Passes::NotMatching => !self.subscriptions.matches(message.body()),
        }
    }
}
