//! bus0: every message to every peer, and those of all peers in turn (`sp-bus`).
//!
//! Made by the table of socket kinds. A peer at its mark does not get the message, which is counted;
//! nothing waits, and nothing is passed on.

use std::time::Instant;

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
    pattern::{
        Admission, Pipes, Protocol, Reject,
        strategy::{FairQueue, FanOut, WhenFull, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug)]
pub struct Bus0 {
    peers: FanOut,
    incoming: FairQueue,
}

impl Default for Bus0 {
    fn default() -> Self {
        Self { peers: FanOut::new(WhenFull::DropNewest), incoming: FairQueue::default() }
    }
}

impl Bus0 {
    /// A bus without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for Bus0 {
    fn attach(&mut self, pipe: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        self.peers.attach(pipe);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.detach(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.incoming.readable(pipe, pipes);
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {}

    fn admit(&mut self, _: &Frame, pipes: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        self.peers.admit(pipes)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        match admission {
            Admission::All => self.peers.send(message, pipes),
            other => settle(other, message, pipes),
        }
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        self.incoming.recv(pipes).ok_or(ErrorCode::Again)
    }

    fn source(&self) -> Option<PipeId> {
        self.incoming.sole()
    }

    fn is_plain(&self) -> bool {
        true
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        levels(self.incoming.is_readable(pipes), true)
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
    fn all_get_it_but_those_without_room() {
        let mut bench = Bench::new(Bus0::new());
        assert_eq!(bench.send(b"nobody hears"), Ok(()));
        let (slow, fast) = (bench.add(marks(1)).unwrap(), bench.add(marks(9)).unwrap());
        assert_eq!([bench.send(b"1"), bench.send(b"2")], [Ok(()), Ok(())]);
        assert_eq!([bench.take(slow), bench.take(slow)], [Some(body(b"1")), None]);
        assert_eq!([bench.take(fast), bench.take(fast)], [Some(body(b"1")), Some(body(b"2"))]);
        assert_eq!(bench.pipes.dropped(DropReason::QueueFull), 1);
        bench.deliver(slow, body(b"s"));
        assert_eq!(bench.levels(), Interest::IN | Interest::OUT);
        assert_eq!(bench.recv(), Ok(body(b"s")));
        assert_eq!(bench.waiting(fast), 0, "what arrives is not passed on");
        assert_eq!(bench.levels(), Interest::OUT);
    }
}
