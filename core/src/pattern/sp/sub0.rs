//! sub0: messages that begin with one of the subscriptions, from all peers
//! (`sp-publish-subscribe`).
//!
//! Made by the table of socket kinds. Publishers send everything, nothing about subscriptions goes
//! over the wire, and what none matches is dropped here and counted.

use std::time::Instant;

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
    pattern::{
        Admission, Command, Pipes, Protocol, Reject,
        strategy::{Filter, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Sub0 {
    filter: Filter,
}

impl Sub0 {
    /// A subscriber to nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for Sub0 {
    fn attach(&mut self, _: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        Ok(())
    }

    fn detach(&mut self, _: PipeId, _: &mut Pipes) {}

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.filter.readable(pipe, pipes);
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {}

    fn admit(&mut self, _: &Frame, _: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        settle(admission, message, pipes);
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        self.filter.recv(pipes).ok_or(ErrorCode::Again)
    }

    fn source(&self) -> Option<PipeId> {
        self.filter.source()
    }

    fn is_plain(&self) -> bool {
        self.filter.is_open()
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        levels(self.filter.is_readable(pipes), false)
    }

    fn command(&mut self, command: Command, _: &mut Pipes) -> Result<(), ErrorCode> {
        match command {
            Command::Subscribe(prefix) => {
                self.filter.subscribe(&prefix);
                Ok(())
            }
            // nanomsg answers EINVAL here, where libzmq says nothing.
            Command::Unsubscribe(prefix) => {
                self.filter.unsubscribe(&prefix).map(drop).ok_or(ErrorCode::Invalid)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::{
        DropReason,
        testing::{Bench, body, marks},
    };

    #[test]
    fn only_what_is_subscribed_to_arrives() {
        let subscribe = |text: &[u8]| Command::Subscribe(text.to_vec());
        let unsubscribe = |text: &[u8]| Command::Unsubscribe(text.to_vec());
        let cases: &[(&[Command], &[&[u8]])] = &[
            (&[], &[]),
            (&[subscribe(b"")], &[b"ab", b"abc", b"x", b""]),
            (&[subscribe(b"ab")], &[b"ab", b"abc"]),
            (&[subscribe(b"abc"), subscribe(b"x")], &[b"abc", b"x"]),
            (&[subscribe(b"x"), subscribe(b"x"), unsubscribe(b"x")], &[b"x"]),
            (&[subscribe(b"x"), unsubscribe(b"x")], &[]),
        ];
        for (commands, expected) in cases {
            let mut bench = Bench::new(Sub0::new());
            let peer = bench.add(marks(9)).unwrap();
            for command in *commands {
                bench.protocol.command(command.clone(), &mut bench.pipes).unwrap();
            }
            for text in [b"ab".as_slice(), b"abc", b"x", b""] {
                bench.deliver(peer, body(text));
            }
            assert_eq!(bench.levels() == Interest::IN, !expected.is_empty());
            for text in *expected {
                assert_eq!(bench.recv(), Ok(body(text)));
            }
            assert_eq!(bench.recv(), Err(ErrorCode::Again));
            let dropped = bench.pipes.dropped(DropReason::NotSubscribed);
            assert_eq!(dropped as usize, 4 - expected.len());
        }
    }

    #[test]
    fn what_was_fetched_ahead_is_looked_at_again() {
        let mut bench = Bench::new(Sub0::new());
        let peer = bench.add(marks(9)).unwrap();
        bench.protocol.command(Command::Subscribe(b"a".to_vec()), &mut bench.pipes).unwrap();
        bench.deliver(peer, body(b"a"));
        assert_eq!(bench.levels(), Interest::IN);
        let unsubscribe = || Command::Unsubscribe(b"a".to_vec());
        assert_eq!(bench.protocol.command(unsubscribe(), &mut bench.pipes), Ok(()));
        assert_eq!(bench.levels(), Interest::NONE);
        let again = bench.protocol.command(unsubscribe(), &mut bench.pipes);
        assert_eq!(again, Err(ErrorCode::Invalid));
    }
}
