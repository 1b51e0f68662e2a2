//! Announcer: the sending end of a queue of events. One reader, as in PAIR; what comes while there is
//! none, or more than its lane takes, is kept, up to a limit; past that the newest is dropped and counted.
//!
//! Made by `socket` for monitors and pipe events, never by the table of kinds. It hears nothing.

use std::{collections::VecDeque, time::Instant};

use super::{Admission, DropReason, Pipes, Protocol, Refused, Reject, strategy::Exclusive};
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
};

/// Events that are kept beside those in the reader's lane.
const KEPT: usize = 1_000;

/// See the module's text.
#[derive(Debug, Default)]
pub struct Announcer {
    reader: Exclusive,
    kept: VecDeque<Message>,
}

impl Announcer {
    /// One without a reader.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn go_on(&mut self, pipes: &mut Pipes) {
        while let Some(message) = self.kept.pop_front() {
            if let Err(Refused { message, .. }) = self.reader.send(message, pipes) {
                self.kept.push_front(message);
                return;
            }
        }
    }
}

impl Protocol for Announcer {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        self.reader.attach(pipe)?;
        self.go_on(pipes);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.reader.detach(pipe);
    }

    /// What the reader says is not listened to.
    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        while pipes.pop(pipe).is_some() {
            pipes.count_drop(DropReason::Malformed);
        }
    }

    fn writable(&mut self, _: PipeId, pipes: &mut Pipes) {
        self.go_on(pipes);
    }

    fn admit(&mut self, _: &Frame, _: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        Ok(Admission::All)
    }

    fn commit(&mut self, _: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        if self.kept.len() < KEPT {
            self.kept.push_back(message);
            self.go_on(pipes);
        } else {
            pipes.count_drop(DropReason::QueueFull);
        }
    }

    fn recv(&mut self, _: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn readiness(&mut self, _: &mut Pipes) -> Interest {
        Interest::OUT
    }
}
