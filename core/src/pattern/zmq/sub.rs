//! SUB: messages that begin with one of the subscriptions, from all peers (RFC 29).
//!
//! Made by the table of socket kinds. An XSUB that subscribes by command, sends nothing, and looks
//! at each message again, since peers older than ZMTP 3.0 filter nothing.

use std::time::Instant;

use super::xsub::Xsub;
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PeerInfo, PipeId},
    option::Setting,
    pattern::{
        Admission, Command, Pipes, Protocol, Reject,
        strategy::{filter::Passes, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug)]
pub struct Sub {
    subscriber: Xsub,
}

impl Default for Sub {
    fn default() -> Self {
        Self { subscriber: Xsub::passing(Passes::Matching) }
    }
}

impl Sub {
    /// A subscriber to nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for Sub {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        self.subscriber.attach(pipe, pipes)
    }

    fn ready(&mut self, pipe: PipeId, peer: &PeerInfo, pipes: &mut Pipes) -> Result<(), Reject> {
        self.subscriber.ready(pipe, peer, pipes)
    }

    fn lost(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.subscriber.lost(pipe, pipes);
    }

    fn detach(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.subscriber.detach(pipe, pipes);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.subscriber.readable(pipe, pipes);
    }

    fn writable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.subscriber.writable(pipe, pipes);
    }

    fn admit(&mut self, _: &Frame, _: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        settle(admission, message, pipes);
    }

    fn recv(&mut self, pipes: &mut Pipes, now: Instant) -> Result<Message, ErrorCode> {
        self.subscriber.recv(pipes, now)
    }

    fn source(&self) -> Option<PipeId> {
        self.subscriber.filter().source()
    }

    fn is_plain(&self) -> bool {
        self.subscriber.filter().is_open()
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        levels(self.subscriber.is_readable(pipes), false)
    }

    fn command(&mut self, command: Command, pipes: &mut Pipes) -> Result<(), ErrorCode> {
        match command {
            Command::Subscribe(prefix) => self.subscriber.subscribe(&prefix, pipes),
            Command::Unsubscribe(prefix) => self.subscriber.unsubscribe(&prefix, pipes),
        }
        Ok(())
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        if let Setting::InvertMatching(inverted) = setting {
            let passes = if *inverted { Passes::NotMatching } else { Passes::Matching };
            self.subscriber.set_passes(passes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        message::Control,
        pattern::{
            DropReason,
            testing::{Bench, body, marks, parts},
        },
    };

    #[test]
    fn the_first_frame_decides_whether_a_message_passes() {
        for (inverted, wanted, other) in [(false, b"topic", b"other"), (true, b"other", b"topic")] {
            let mut bench = Bench::new(Sub::new());
            bench.protocol.configure(&Setting::InvertMatching(inverted)).unwrap();
            let peer = bench.add(marks(9)).unwrap();
            let subscribe = Command::Subscribe(b"top".to_vec());
            bench.protocol.command(subscribe, &mut bench.pipes).unwrap();
            let told = [Control::Subscribe(b"top".as_slice().into())];
            assert_eq!(bench.take_controls(peer), told);
            bench.deliver(peer, parts(&[other, wanted]));
            assert_eq!(bench.levels(), Interest::NONE);
            assert_eq!(bench.pipes.dropped(DropReason::NotSubscribed), 1);
            bench.deliver(peer, parts(&[wanted, other]));
            assert_eq!(bench.levels(), Interest::IN);
            assert_eq!(bench.recv(), Ok(parts(&[wanted, other])));
            assert_eq!(bench.send(b"x"), Err(ErrorCode::NotSupported));
        }
    }

    #[test]
    fn what_is_subscribed_to_twice_must_be_taken_back_twice() {
        let mut bench = Bench::new(Sub::new());
        let peer = bench.add(marks(9)).unwrap();
        let subscribe = || Command::Subscribe(Vec::new());
        let unsubscribe = || Command::Unsubscribe(Vec::new());
        let steps = [
            (subscribe(), true),
            (subscribe(), true),
            (unsubscribe(), true),
            (unsubscribe(), false),
            (unsubscribe(), false),
        ];
        for (command, received) in steps {
            assert_eq!(bench.protocol.command(command, &mut bench.pipes), Ok(()));
            bench.deliver(peer, body(b"x"));
            assert_eq!(bench.recv().is_ok(), received);
        }
        assert_eq!(bench.take_controls(peer).len(), 2);
    }
}
