//! REP: a request from some peer, then the reply to it, strictly in turn (RFC 28).
//!
//! Made by the table of socket kinds. The frames before a request up to an empty one are its
//! envelope: kept, and put back before the reply, which goes by the pipe of the request. When that
//! peer is gone or its lane full, the reply is dropped and counted.

use std::{mem, time::Instant};

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
    pattern::{
        Admission, DropReason, Pipes, Protocol, Reject,
        strategy::{FairQueue, PipeMap, levels, settle},
    },
};

/// The frames before the delimiter; a REQ sends none, so keeping them costs no allocation.
type Envelope = Vec<Frame>;

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    /// Found while asking whether there is any.
    Asked(Message, Envelope),
    /// The user has the request; no pipe when its peer left.
    Replying(Option<PipeId>, Envelope),
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Rep {
    peers: PipeMap<()>,
    incoming: FairQueue,
    state: State,
}

impl Rep {
    /// A replier without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next good request; bad ones are dropped and counted.
    fn next_request(&mut self, pipes: &mut Pipes) -> Option<(Message, Envelope)> {
        loop {
            let mut message = self.incoming.recv(pipes)?;
            if let Some(envelope) = take_envelope(&mut message) {
                return Some((message, envelope));
            }
            pipes.count_drop(DropReason::Malformed);
        }
    }

    fn forget_asker(&mut self, pipe: PipeId) {
        if let State::Replying(asker, _) = &mut self.state {
            *asker = asker.filter(|asker| *asker != pipe);
        }
    }
}

/// Takes the envelope off a request; `None` when it has none, or nothing after it.
fn take_envelope(message: &mut Message) -> Option<Envelope> {
    let mut envelope = Envelope::new();
    loop {
        let frame = message.pop_front()?;
        if frame.is_empty() {
            return Some(envelope);
        }
        envelope.push(frame);
    }
}

impl Protocol for Rep {
    fn attach(&mut self, pipe: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        self.peers.insert(pipe, ());
        Ok(())
    }

    /// The next peer of this pipe asked nothing: the reply is not for it.
    fn lost(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.forget_asker(pipe);
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.remove(pipe);
        self.forget_asker(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.incoming.readable(pipe, pipes);
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {}

    fn admit(&mut self, _: &Frame, pipes: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        let State::Replying(asker, _) = &self.state else { return Err(ErrorCode::WrongState) };
        Ok(match asker.filter(|asker| self.peers.contains(*asker)) {
            None => Admission::Drop(DropReason::PeerGone),
            Some(asker) if pipes.reserve(asker) => Admission::Pipe(asker),
            Some(_) => Admission::Drop(DropReason::QueueFull),
        })
    }

    fn commit(
        &mut self,
        admission: Admission,
        mut message: Message,
        pipes: &mut Pipes,
        _: Instant,
    ) {
        if let State::Replying(_, envelope) = mem::take(&mut self.state) {
            message.push_front(Frame::default());
            for frame in envelope.into_iter().rev() {
                message.push_front(frame);
            }
        }
        settle(admission, message, pipes);
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        let (message, envelope) = match mem::take(&mut self.state) {
            State::Asked(message, envelope) => (message, envelope),
            State::Idle => self.next_request(pipes).ok_or(ErrorCode::Again)?,
            replying @ State::Replying(..) => {
                self.state = replying;
                return Err(ErrorCode::WrongState);
            }
        };
        self.state = State::Replying(Some(message.origin()), envelope);
        Ok(message)
    }

    fn answers_one_by_one(&self) -> bool {
        true
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        if let State::Idle = self.state
            && let Some((message, envelope)) = self.next_request(pipes)
        {
            self.state = State::Asked(message, envelope);
        }
        match self.state {
            State::Idle => Interest::NONE,
            State::Asked(..) => levels(true, false),
            State::Replying(..) => levels(false, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, body, marks, parts};

    #[test]
    fn replies_go_back_in_the_envelope_of_the_request() {
        let cases: [&[&[u8]]; 3] = [&[b"", b"?"], &[b"id", b"", b"?"], &[b"a", b"b", b"", b"?"]];
        for frames in cases {
            let mut bench = Bench::new(Rep::new());
            let (_, peer) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
            assert_eq!(bench.send(b"!"), Err(ErrorCode::WrongState));
            bench.deliver(peer, parts(frames));
            assert_eq!(bench.levels(), Interest::IN);
            assert_eq!(bench.recv(), Ok(body(b"?")));
            assert_eq!(bench.recv(), Err(ErrorCode::WrongState));
            assert_eq!(bench.levels(), Interest::OUT);
            assert_eq!(bench.send_message(parts(&[b"!", b""])), Ok(()));
            let expected = [&frames[..frames.len() - 1], &[b"!", b""]].concat();
            assert_eq!(bench.take(peer), Some(parts(&expected)));
            assert_eq!(bench.levels(), Interest::NONE);
        }
    }

    #[test]
    fn requests_without_an_envelope_are_dropped_and_counted() {
        let mut bench = Bench::new(Rep::new());
        let peer = bench.add(marks(9)).unwrap();
        for frames in [&[b"?".as_slice()][..], &[b""], &[b"a", b"b"], &[b"a", b""]] {
            bench.deliver(peer, parts(frames));
        }
        assert_eq!(bench.levels(), Interest::NONE);
        assert_eq!(bench.pipes.dropped(DropReason::Malformed), 4);
    }

    #[test]
    fn a_reply_that_cannot_be_sent_is_dropped_and_counted() {
        let gone: fn(&mut Bench<Rep>, usize) = |bench, peer| bench.detach(peer);
        let reconnected: fn(&mut Bench<Rep>, usize) = |bench, peer| {
            bench.lost(peer);
            bench.ready(peer, b"").unwrap();
        };
        let full: fn(&mut Bench<Rep>, usize) = |bench, peer| {
            bench.send(b"!").unwrap();
            bench.deliver(peer, parts(&[b"", b"?"]));
            bench.recv().unwrap();
        };
        let cases = [
            (gone, DropReason::PeerGone),
            (reconnected, DropReason::PeerGone),
            (full, DropReason::QueueFull),
        ];
        for (happens, reason) in cases {
            let mut bench = Bench::new(Rep::new());
            let peer = bench.add(marks(1)).unwrap();
            bench.deliver(peer, parts(&[b"", b"?"]));
            bench.recv().unwrap();
            happens(&mut bench, peer);
            assert_eq!(bench.send(b"!"), Ok(()));
            assert_eq!(bench.pipes.dropped(reason), 1);
            assert_eq!(bench.send(b"!"), Err(ErrorCode::WrongState));
        }
    }
}
