//! REQ: a request to one of the peers, then its reply, strictly in turn (RFC 28).
//!
//! Made by the table of socket kinds. A request bears an empty delimiter frame, with
//! [`Setting::ReqCorrelate`] an id frame before it; the reply must come by the same pipe and bear
//! the same. When that peer is gone there will be no reply: only [`Setting::ReqRelaxed`] goes on.

use std::{mem, time::Instant};

use super::dealer::probe;
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PeerInfo, PipeId},
    option::Setting,
    pattern::{
        Admission, DropReason, Pipes, Protocol, Reject,
        request::RequestIds,
        strategy::{LoadBalance, levels, settle},
    },
};

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Waiting {
        pipe: PipeId,
        id: Option<u32>,
    },
    Answered(Message),
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Req {
    ids: RequestIds,
    peers: LoadBalance,
    state: State,
    correlates: bool,
    relaxed: bool,
    probes: bool,
}

impl Req {
    /// A requester without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn may_send(&self) -> bool {
        self.relaxed || matches!(self.state, State::Idle)
    }

    fn take_reply(&mut self, mut message: Message, pipes: &mut Pipes) {
        let State::Waiting { pipe, id } = &self.state else {
            return pipes.count_drop(DropReason::Stale);
        };
        if message.origin() != *pipe {
            return pipes.count_drop(DropReason::Stale);
        }
        match open_envelope(&mut message, *id) {
            Ok(()) => self.state = State::Answered(message),
            Err(reason) => pipes.count_drop(reason),
        }
    }
}

/// Takes the frames before a reply off, if they are as they must be.
fn open_envelope(message: &mut Message, id: Option<u32>) -> Result<(), DropReason> {
    if let Some(id) = id {
        let frame = message.pop_front().ok_or(DropReason::Malformed)?;
        if frame[..] != id.to_be_bytes() {
            return Err(DropReason::Stale);
        }
    }
    match message.pop_front() {
        Some(delimiter) if delimiter.is_empty() => Ok(()),
        _ => Err(DropReason::Malformed),
    }
}

impl Protocol for Req {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        self.peers.attach(pipe, pipes);
        Ok(())
    }

    fn ready(&mut self, pipe: PipeId, _: &PeerInfo, pipes: &mut Pipes) -> Result<(), Reject> {
        if self.probes {
            probe(pipe, pipes);
        }
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.detach(pipe);
    }

    /// Reads all at once: what is no reply now can never become one.
    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        while let Some(message) = pipes.pop(pipe) {
            self.take_reply(message, pipes);
        }
    }

    fn writable(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.writable(pipe);
    }

    fn admit(&mut self, _: &Frame, pipes: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        if !self.may_send() {
            return Err(ErrorCode::WrongState);
        }
        self.peers.reserve(pipes).map(Admission::Pipe).ok_or(ErrorCode::Again)
    }

    fn commit(
        &mut self,
        admission: Admission,
        mut message: Message,
        pipes: &mut Pipes,
        _: Instant,
    ) {
        let Admission::Pipe(pipe) = admission else { return settle(admission, message, pipes) };
        message.push_front(Frame::default());
        let id = self.correlates.then(|| self.ids.allocate());
        if let Some(id) = id {
            message.push_front(Frame::from(&id.to_be_bytes()));
        }
        pipes.push_reserved(pipe, message);
        if let State::Answered(_) = mem::replace(&mut self.state, State::Waiting { pipe, id }) {
            pipes.count_drop(DropReason::Stale);
        }
    }

    fn recv(&mut self, _: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        match mem::take(&mut self.state) {
            State::Answered(reply) => Ok(reply),
            State::Idle => Err(ErrorCode::WrongState),
            waiting @ State::Waiting { .. } => {
                self.state = waiting;
                Err(ErrorCode::Again)
            }
        }
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        let send = self.may_send() && self.peers.has_room(pipes);
        levels(matches!(self.state, State::Answered(_)), send)
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        match setting {
            Setting::ReqCorrelate(on) => self.correlates = *on,
            Setting::ReqRelaxed(on) => self.relaxed = *on,
            Setting::ProbeRouter(on) => self.probes = *on,
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
    fn requests_and_replies_strictly_alternate() {
        let mut bench = Bench::new(Req::new());
        assert_eq!(bench.recv(), Err(ErrorCode::WrongState));
        assert_eq!(bench.send(b"?"), Err(ErrorCode::Again));
        let peer = bench.add(marks(9)).unwrap();
        assert_eq!(bench.levels(), Interest::OUT);
        assert_eq!(bench.send(b"?"), Ok(()));
        assert_eq!(bench.levels(), Interest::NONE);
        assert_eq!(bench.send(b"?"), Err(ErrorCode::WrongState));
        assert_eq!(bench.recv(), Err(ErrorCode::Again));
        assert_eq!(bench.take(peer), Some(parts(&[b"", b"?"])));
        bench.deliver(peer, parts(&[b"", b"a", b"b"]));
        assert_eq!(bench.levels(), Interest::IN);
        assert_eq!(bench.send(b"?"), Err(ErrorCode::WrongState));
        assert_eq!(bench.recv(), Ok(parts(&[b"a", b"b"])));
        assert_eq!(bench.recv(), Err(ErrorCode::WrongState));
    }

    #[test]
    fn what_is_not_the_reply_is_dropped_and_counted() {
        let cases: [(&[&[u8]], bool, DropReason); 4] = [
            (&[b"no delimiter"], true, DropReason::Malformed),
            (&[b"not", b"empty"], true, DropReason::Malformed),
            (&[b""], true, DropReason::Malformed),
            (&[b"", b"of another"], false, DropReason::Stale),
        ];
        for (frames, same_pipe, reason) in cases {
            let mut bench = Bench::new(Req::new());
            let (a, b) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
            bench.deliver(a, parts(&[b"", b"unasked"]));
            bench.send(b"?").unwrap();
            bench.deliver(if same_pipe { a } else { b }, parts(frames));
            assert_eq!(bench.recv(), Err(ErrorCode::Again), "{frames:?}");
            let unasked = u64::from(reason == DropReason::Stale);
            assert_eq!(bench.pipes.dropped(reason), 1 + unasked, "{frames:?}");
            bench.deliver(a, parts(&[b"", b"!"]));
            bench.detach(a);
            assert_eq!(bench.recv(), Ok(body(b"!")));
        }
    }

    #[test]
    fn correlated_replies_bear_the_id_and_relaxed_requests_replace_others() {
        let mut bench = Bench::new(Req::new());
        bench.protocol.configure(&Setting::ReqCorrelate(true)).unwrap();
        bench.protocol.configure(&Setting::ReqRelaxed(true)).unwrap();
        let peer = bench.add(marks(9)).unwrap();
        bench.send(b"1").unwrap();
        assert_eq!(bench.levels(), Interest::OUT);
        bench.send(b"2").unwrap();
        let mut reply = |text: &'static [u8]| {
            let request = bench.take(peer).unwrap();
            assert_eq!(request.frames().len(), 3);
            bench.deliver(peer, parts(&[&request.frames()[0], b"", text]));
        };
        reply(b"to 1");
        reply(b"to 2");
        assert_eq!(bench.pipes.dropped(DropReason::Stale), 1);
        assert_eq!(bench.recv(), Ok(body(b"to 2")));
    }
}
