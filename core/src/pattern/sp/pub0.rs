//! pub0: every message to every peer; they filter (`sp-publish-subscribe`).
//!
//! Made by the table of socket kinds. A peer that is too slow loses its oldest messages, as nng has
//! it; with [`Setting::NoDrop`] the sender waits instead.

use std::time::Instant;

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
    option::Setting,
    pattern::{
        Admission, Pipes, Protocol, Reject,
        strategy::{FanOut, WhenFull, discard_incoming, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug)]
pub struct Pub0 {
    peers: FanOut,
}

impl Default for Pub0 {
    fn default() -> Self {
        Self { peers: FanOut::new(WhenFull::DropOldest) }
    }
}

impl Pub0 {
    /// A publisher without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for Pub0 {
    fn attach(&mut self, pipe: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        self.peers.attach(pipe);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.detach(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        discard_incoming(pipe, pipes);
    }

    fn writable(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.writable(pipe);
    }

    fn admit(&mut self, _: &Frame, pipes: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        self.peers.admit(pipes)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        match admission {
            Admission::All => self.peers.send(message, pipes),
            other => settle(other, message, pipes),
        }
    }

    fn recv(&mut self, _: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn is_plain(&self) -> bool {
        true
    }

    fn readiness(&mut self, _: &mut Pipes) -> Interest {
        levels(false, self.peers.has_room())
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        if let Setting::NoDrop(wait) = setting {
            let when_full = if *wait { WhenFull::Wait } else { WhenFull::DropOldest };
            self.peers.set_when_full(when_full);
        }
        Ok(())
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
    fn the_slow_lose_their_oldest() {
        let mut bench = Bench::new(Pub0::new());
        assert_eq!(bench.send(b"nobody hears"), Ok(()));
        let (slow, fast) = (bench.add(marks(1)).unwrap(), bench.add(marks(9)).unwrap());
        assert_eq!([bench.send(b"1"), bench.send(b"2")], [Ok(()), Ok(())]);
        assert_eq!([bench.take(slow), bench.take(slow)], [Some(body(b"2")), None]);
        assert_eq!([bench.take(fast), bench.take(fast)], [Some(body(b"1")), Some(body(b"2"))]);
        assert_eq!(bench.pipes.dropped(DropReason::QueueFull), 1);
        assert_eq!(bench.recv(), Err(ErrorCode::NotSupported));
    }

    #[test]
    fn without_dropping_all_wait_for_the_slowest_while_it_is_there() {
        let mut bench = Bench::new(Pub0::new());
        bench.protocol.configure(&Setting::NoDrop(true)).unwrap();
        let (slow, fast) = (bench.add(marks(1)).unwrap(), bench.add(marks(9)).unwrap());
        assert_eq!(bench.send(b"1"), Ok(()));
        assert_eq!(bench.levels(), Interest::NONE);
        assert_eq!(bench.send(b"2"), Err(ErrorCode::Again));
        assert_eq!(bench.take(slow), Some(body(b"1")));
        assert_eq!(bench.levels(), Interest::OUT);
        assert_eq!(bench.send(b"2"), Ok(()));
        assert_eq!(bench.send(b"3"), Err(ErrorCode::Again));
        bench.detach(slow);
        assert_eq!(bench.send(b"3"), Ok(()));
        assert_eq!(bench.waiting(fast), 3);
    }
}
