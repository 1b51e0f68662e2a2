//! DEALER: each message to one of the peers, in turn, and messages from all (RFC 28).
//!
//! Made by the table of socket kinds. Waits when no peer has room.

use std::time::Instant;

use super::hello::Hello;
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PeerInfo, PipeId},
    option::Setting,
    pattern::{
        Admission, Pipes, Protocol, Refused, Reject,
        strategy::{FairQueue, LoadBalance, levels, settle},
    },
};

/// Sends the empty message by which a ROUTER learns of a peer that has not yet spoken.
pub(super) fn probe(pipe: PipeId, pipes: &mut Pipes) {
    pipes.push_or_drop(pipe, Message::new(Frame::default()));
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Dealer {
    peers: LoadBalance,
    incoming: FairQueue,
    probes: bool,
    hello: Hello,
}

impl Dealer {
    /// A dealer without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for Dealer {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        self.peers.attach(pipe, pipes);
        self.hello.attach(pipe, pipes);
        Ok(())
    }

    fn ready(&mut self, pipe: PipeId, _: &PeerInfo, pipes: &mut Pipes) -> Result<(), Reject> {
        self.hello.ready(pipe, pipes);
        if self.probes {
            probe(pipe, pipes);
        }
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.detach(pipe);
        self.hello.detach(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.incoming.readable(pipe, pipes);
    }

    fn writable(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.writable(pipe);
    }

    fn admit(&mut self, _: &Frame, pipes: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        self.peers.reserve(pipes).map(Admission::Pipe).ok_or(ErrorCode::Again)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        settle(admission, message, pipes);
    }

    fn send(&mut self, message: Message, pipes: &mut Pipes, _: Instant) -> Result<(), Refused> {
        let refused = |message| Refused { message, code: ErrorCode::Again };
        self.peers.send(message, pipes).map(drop).map_err(refused)
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        self.incoming.recv(pipes).ok_or(ErrorCode::Again)
    }

    fn source(&self) -> Option<PipeId> {
        self.incoming.sole()
    }

    fn target(&self) -> Option<PipeId> {
        self.peers.sole()
    }

    fn is_plain(&self) -> bool {
        true
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        levels(self.incoming.is_readable(pipes), self.peers.has_room(pipes))
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        match setting {
            Setting::ProbeRouter(on) => self.probes = *on,
            Setting::Hello(text) => self.hello.set(text),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, body, marks, parts};

    #[test]
    fn sends_in_turn_and_receives_in_turn() {
        let mut bench = Bench::new(Dealer::new());
        let (a, b) = (bench.add(marks(1)).unwrap(), bench.add(marks(1)).unwrap());
        let whole = parts(&[b"", b"x"]);
        assert_eq!(bench.send_message(whole.clone()), Ok(()));
        assert_eq!(bench.send(b"2"), Ok(()));
        assert_eq!(bench.send(b"3"), Err(ErrorCode::Again));
        assert_eq!([bench.take(a), bench.take(b)], [Some(whole), Some(body(b"2"))]);
        bench.deliver(b, body(b"from b"));
        assert_eq!(bench.levels(), Interest::IN | Interest::OUT);
        assert_eq!(bench.recv(), Ok(body(b"from b")));
    }

    #[test]
    fn a_pipe_that_connects_is_sent_to_before_and_between() {
        let mut bench = Bench::new(Dealer::new());
        bench.protocol.configure(&Setting::ProbeRouter(true)).unwrap();
        let peer = bench.add_pending(marks(9)).unwrap();
        assert_eq!(bench.send(b"early"), Ok(()));
        bench.ready(peer, b"").unwrap();
        bench.lost(peer);
        assert_eq!(bench.send(b"between"), Ok(()));
        let seen: Vec<_> = std::iter::from_fn(|| bench.take(peer)).collect();
        assert_eq!(seen, [body(b"early"), body(b""), body(b"between")]);
    }
}
