//! rep0: answers requests, one after the other (`sp-request-reply-01`).
//!
//! Made by the table of socket kinds. The words before a request are the way it came: hop tags, then
//! the request id with bit 31. They are kept, and put back before the answer, which goes by the pipe
//! of the request; when that pipe is gone or full, the answer is dropped and counted.

use std::time::Instant;

use super::words::{MAX_HOPS, take_backtrace};
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Header, Message, PipeId},
    option::Setting,
    pattern::{
        Admission, ContextId, Contexts, DropReason, Pipes, Protocol, Refused, Reject,
        contexts::Each,
        strategy::{FairQueue, PipeMap, levels, settle},
    },
};

/// The way back to who asked.
#[derive(Debug)]
struct Backtrace {
    pipe: PipeId,
    words: Header,
}

/// See the module's text.
#[derive(Debug)]
pub struct Rep0 {
    peers: PipeMap<()>,
    incoming: FairQueue,
    /// Found while asking whether there is any.
    next: Option<(Message, Backtrace)>,
    /// Of the request that the user received last, until it is answered.
    asked: Each<Option<Backtrace>>,
    max_hops: u8,
}

impl Default for Rep0 {
    fn default() -> Self {
        Self {
            peers: PipeMap::default(),
            incoming: FairQueue::default(),
            next: None,
            asked: Each::new(None),
            max_hops: MAX_HOPS,
        }
    }
}

impl Rep0 {
    /// A replier without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of an answer to a pipe's request.
    fn admission(&self, pipe: PipeId, pipes: &Pipes) -> Admission {
        match pipes.reserve(pipe) {
            true => Admission::Pipe(pipe),
            false if self.peers.contains(pipe) => Admission::Drop(DropReason::QueueFull),
            false => Admission::Drop(DropReason::PeerGone),
        }
    }

    /// The next good request; bad ones are dropped and counted.
    fn next_request(&mut self, pipes: &mut Pipes) -> Option<(Message, Backtrace)> {
        if let Some(request) = self.next.take() {
            return Some(request);
        }
        loop {
            let message = self.incoming.recv(pipes)?;
            let pipe = message.origin();
            match take_backtrace(message, self.max_hops.into()) {
                Ok((message, words)) => return Some((message, Backtrace { pipe, words })),
                Err(reason) => {
                    pipes.count_drop(reason);
                    if reason == DropReason::Malformed {
                        pipes.close(pipe);
                    }
                }
            }
        }
    }
}

impl Contexts for Rep0 {
    fn open(&mut self) -> ContextId {
        self.asked.open(None)
    }

    fn shut(&mut self, context: ContextId, _: &mut Pipes) {
        self.asked.shut(context);
    }

    fn send_in(
        &mut self,
        context: ContextId,
        mut message: Message,
        pipes: &mut Pipes,
        _: Instant,
    ) -> Result<(), Refused> {
        let asked = self.asked.get(context);
        match asked.and_then(|asked| asked.take().ok_or(ErrorCode::WrongState)) {
            Err(code) => Err(Refused { message, code }),
            Ok(backtrace) => {
                let admission = self.admission(backtrace.pipe, pipes);
                *message.header_mut() = backtrace.words;
                settle(admission, message, pipes);
                Ok(())
            }
        }
    }

    fn recv_in(
        &mut self,
        context: ContextId,
        pipes: &mut Pipes,
        _: Instant,
    ) -> Result<Message, ErrorCode> {
        self.asked.get(context)?;
        let (message, backtrace) = self.next_request(pipes).ok_or(ErrorCode::Again)?;
        *self.asked.get(context)? = Some(backtrace);
        Ok(message)
    }

    fn readiness_in(&mut self, context: ContextId, pipes: &mut Pipes) -> Interest {
        self.next = self.next_request(pipes);
        let asked = self.asked.get(context).is_ok_and(|asked| asked.is_some());
        levels(self.next.is_some(), asked)
    }
}

impl Protocol for Rep0 {
    fn attach(&mut self, pipe: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        self.peers.insert(pipe, ());
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.remove(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.incoming.readable(pipe, pipes);
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {}

    fn admit(&mut self, _: &Frame, pipes: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        let pipe = self.asked.own().as_ref().ok_or(ErrorCode::WrongState)?.pipe;
        Ok(self.admission(pipe, pipes))
    }

    fn commit(
        &mut self,
        admission: Admission,
        mut message: Message,
        pipes: &mut Pipes,
        _: Instant,
    ) {
        if let Some(backtrace) = self.asked.own_mut().take() {
            *message.header_mut() = backtrace.words;
        }
        settle(admission, message, pipes);
    }

    fn recv(&mut self, pipes: &mut Pipes, now: Instant) -> Result<Message, ErrorCode> {
        Contexts::recv_in(self, ContextId::OWN, pipes, now)
    }

    fn answers_one_by_one(&self) -> bool {
        true
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        Contexts::readiness_in(self, ContextId::OWN, pipes)
    }

    fn contexts(&mut self) -> Option<&mut dyn Contexts> {
        Some(self)
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        if let Setting::MaxHops(max) = setting {
            self.max_hops = *max;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, body, marks};

    fn request(tags: u32, id: Option<u32>, text: &[u8]) -> Message {
        let words: Vec<u8> = (0..tags).chain(id).flat_map(u32::to_be_bytes).collect();
        body(&[&words[..], text].concat())
    }

    const ID: u32 = 0x8000_0005;

    #[test]
    fn answers_go_back_the_way_of_the_request() {
        let mut bench = Bench::new(Rep0::new());
        let (a, b) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
        assert_eq!(bench.send(b"!"), Err(ErrorCode::WrongState));
        bench.deliver(b, request(2, Some(ID), b"?"));
        assert_eq!(bench.levels(), Interest::IN);
        assert_eq!(bench.recv(), Ok(body(b"?")));
        assert_eq!(bench.levels(), Interest::OUT);
        assert_eq!(bench.send(b"!"), Ok(()));
        let answer = bench.take(b).unwrap();
        assert_eq!((answer.header().words(), &**answer.body()), (&[0, 1, ID][..], &b"!"[..]));
        assert_eq!(bench.take(a), None);
        assert_eq!(bench.send(b"!"), Err(ErrorCode::WrongState));
    }

    #[test]
    fn each_context_answers_what_it_received() {
        let mut bench = Bench::new(Rep0::new());
        let peer = bench.add(marks(9)).unwrap();
        for id in 1..=2 {
            bench.deliver(peer, request(0, Some(ID + id), b"?"));
        }
        let now = bench.now;
        let contexts = [bench.protocol.open(), bench.protocol.open()];
        let Bench { protocol, pipes, .. } = &mut bench;
        for context in contexts {
            assert_eq!(Contexts::recv_in(protocol, context, pipes, now).unwrap().body().len(), 1);
        }
        for context in [contexts[1], contexts[0]] {
            Contexts::send_in(protocol, context, body(b"!"), pipes, now).unwrap();
            let again = Contexts::send_in(protocol, context, body(b"!"), pipes, now);
            assert_eq!(again.unwrap_err().code, ErrorCode::WrongState);
        }
        for id in [2, 1] {
            assert_eq!(bench.take(peer).unwrap().header().words(), [ID + id]);
        }
        assert_eq!(bench.send(b"!"), Err(ErrorCode::WrongState), "the socket received none");
    }

    #[test]
    fn words_may_still_be_in_the_header() {
        let mut bench = Bench::new(Rep0::new());
        let peer = bench.add(marks(9)).unwrap();
        let mut message = body(b"12345");
        message.header_mut().push(ID);
        bench.deliver(peer, message);
        assert_eq!(bench.recv(), Ok(body(b"12345")));
    }

    #[test]
    fn bad_requests_are_dropped_and_counted() {
        let cases = [
            (request(7, Some(ID), b"seven tags and an id pass"), None, false),
            (request(8, Some(ID), b""), Some(DropReason::TooManyHops), false),
            (request(2, None, b"abc"), Some(DropReason::Malformed), true),
            (body(b""), Some(DropReason::Malformed), true),
            (body(b"\x80\0\0"), Some(DropReason::Malformed), true),
        ];
        for (message, reason, closes) in cases {
            let mut bench = Bench::new(Rep0::new());
            let peer = bench.add(marks(9)).unwrap();
            bench.deliver(peer, message);
            assert_eq!(bench.recv().is_ok(), reason.is_none());
            if let Some(reason) = reason {
                assert_eq!(bench.pipes.dropped(reason), 1);
            }
            assert_eq!(bench.closed().len(), usize::from(closes));
        }
    }

    #[test]
    fn an_answer_that_cannot_be_sent_is_dropped_and_a_new_request_discards_the_old() {
        let mut bench = Bench::new(Rep0::new());
        let (a, b) = (bench.add(marks(1)).unwrap(), bench.add(marks(1)).unwrap());
        bench.deliver(a, request(0, Some(ID), b"1"));
        bench.deliver(b, request(0, Some(ID), b"2"));
        assert_eq!([bench.recv(), bench.recv()], [Ok(body(b"1")), Ok(body(b"2"))]);
        assert_eq!(bench.send(b"to 2"), Ok(()));
        assert_eq!((bench.waiting(a), bench.waiting(b)), (0, 1));
        bench.deliver(b, request(0, Some(ID), b"3"));
        assert_eq!([bench.recv().map(drop), bench.send(b"to 3")], [Ok(()), Ok(())]);
        assert_eq!(bench.pipes.dropped(DropReason::QueueFull), 1);
        bench.deliver(a, request(0, Some(ID), b"4"));
        bench.detach(a);
        assert_eq!([bench.recv().map(drop), bench.send(b"to 4")], [Ok(()), Ok(())]);
        assert_eq!(bench.pipes.dropped(DropReason::PeerGone), 1);
    }
}
