//! pair0: one peer at a time, messages both ways (`sp-pair`, version 0). ZMTP's PAIR is the same.
//!
//! Made by the table of socket kinds. Waits when there is no peer or its lane is full.

use std::time::Instant;

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
    pattern::{
        Admission, Pipes, Protocol, Refused, Reject,
        strategy::{Exclusive, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Pair0 {
    peer: Exclusive,
}

impl Pair0 {
    /// A pair without a peer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for Pair0 {
    fn attach(&mut self, pipe: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        self.peer.attach(pipe)
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peer.detach(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.peer.readable(pipe, pipes);
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {}

    fn admit(&mut self, _: &Frame, pipes: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        self.peer.admit(pipes)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        settle(admission, message, pipes);
    }

    fn send(&mut self, message: Message, pipes: &mut Pipes, _: Instant) -> Result<(), Refused> {
        self.peer.send(message, pipes)
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        self.peer.recv(pipes).ok_or(ErrorCode::Again)
    }

    fn source(&self) -> Option<PipeId> {
        self.peer.source()
    }

    fn target(&self) -> Option<PipeId> {
        self.peer.target()
    }

    fn is_plain(&self) -> bool {
        true
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        levels(self.peer.is_readable(pipes), self.peer.has_room(pipes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, body, marks};

    #[test]
    fn one_peer_at_a_time_and_the_last_words_of_the_one_before() {
        let mut bench = Bench::new(Pair0::new());
        assert_eq!(bench.send(b"nobody"), Err(ErrorCode::Again));
        let first = bench.add(marks(1)).unwrap();
        assert_eq!(bench.add(marks(1)), Err(Reject));
        assert_eq!(bench.levels(), Interest::OUT);
        assert_eq!(bench.send(b"a"), Ok(()));
        assert_eq!(bench.send(b"b"), Err(ErrorCode::Again));
        assert_eq!(bench.levels(), Interest::NONE);
        bench.deliver(first, body(b"last words"));
        bench.detach(first);
        let second = bench.add(marks(1)).unwrap();
        assert_eq!(bench.recv(), Ok(body(b"last words")));
        assert_eq!(bench.recv(), Err(ErrorCode::Again));
        assert_eq!(bench.send(b"c"), Ok(()));
        assert_eq!(bench.take(second), Some(body(b"c")));
    }

    #[test]
    fn a_place_is_kept_from_the_first_part_on() {
        let mut bench = Bench::new(Pair0::new());
        let peer = bench.add(marks(1)).unwrap();
        let admission = bench.admit(b"first").unwrap();
        assert_eq!(bench.send(b"other"), Err(ErrorCode::Again));
        bench.commit(admission, body(b"whole"));
        assert_eq!(bench.take(peer), Some(body(b"whole")));
        let admission = bench.admit(b"first").unwrap();
        bench.withdraw(admission);
        assert_eq!(bench.send(b"other"), Ok(()));
    }
}
