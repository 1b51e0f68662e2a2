//! req0: one request at a time to some peer, until its answer comes (`sp-request-reply-01`).
//!
//! Made by the table of socket kinds. The request bears an id, and only an answer with that id
//! counts. It is sent again when an answer takes too long and at once when its peer is gone; a new
//! request cancels the one before.

use std::{
    mem,
    time::{Duration, Instant},
};

use super::words::Words;
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PeerInfo, PipeId},
    option::Setting,
    pattern::{
        Admission, ContextId, Contexts, DropReason, Pipes, Protocol, Refused, Reject,
        contexts::Each,
        request::{Outstanding, RequestIds},
        strategy::{LoadBalance, levels, settle},
    },
};

/// nanomsg's default for `NN_REQ_RESEND_IVL`.
const RESEND_INTERVAL: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Waiting(Outstanding),
    Answered(Message),
}

/// One request at a time.
#[derive(Debug)]
struct Asking {
    state: State,
    interval: Duration,
}

impl Asking {
    fn new(interval: Duration) -> Self {
        Self { state: State::Idle, interval }
    }

    fn outstanding(&mut self) -> Option<&mut Outstanding> {
        match &mut self.state {
            State::Waiting(outstanding) => Some(outstanding),
            State::Idle | State::Answered(_) => None,
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Waiting(outstanding) => outstanding.deadline(),
            State::Idle | State::Answered(_) => None,
        }
    }
}

/// See the module's text.
#[derive(Debug)]
pub struct Req0 {
    ids: RequestIds,
    peers: LoadBalance,
    asking: Each<Asking>,
}

impl Default for Req0 {
    fn default() -> Self {
        Self {
            ids: RequestIds::default(),
            peers: LoadBalance::default(),
            asking: Each::new(Asking::new(RESEND_INTERVAL)),
        }
    }
}

impl Req0 {
    /// A requester without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn join(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.peers.attach(pipe, pipes);
        self.send_if_stranded(pipes);
    }

    fn leave(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        // The answer may be among what the peer said last.
        self.readable(pipe, pipes);
        self.peers.detach(pipe);
        for outstanding in self.asking.iter_mut().filter_map(Asking::outstanding) {
            outstanding.lose(pipe, &mut self.peers, pipes);
        }
    }

    fn send_if_stranded(&mut self, pipes: &mut Pipes) {
        for outstanding in self.asking.iter_mut().filter_map(Asking::outstanding) {
            outstanding.send_if_stranded(&mut self.peers, pipes);
        }
    }

    fn take_answer(&mut self, message: Message, pipes: &mut Pipes) {
        let origin = message.origin();
        let mut words = Words::new(message);
        let Some(id) = words.take() else {
            pipes.count_drop(DropReason::Malformed);
            return pipes.close(origin);
        };
        let asked =
            |asking: &mut &mut Asking| asking.outstanding().is_some_and(|one| one.id() == id);
        match self.asking.iter_mut().find_map(|mut asking| asked(&mut asking).then_some(asking)) {
            Some(asking) => asking.state = State::Answered(words.into_message()),
            None => pipes.count_drop(DropReason::Stale),
        }
    }

    /// Takes the new request in place of whatever there was.
    fn begin(
        &mut self,
        context: ContextId,
        mut request: Message,
        carrier: PipeId,
        pipes: &mut Pipes,
        now: Instant,
    ) -> Result<(), Refused> {
        let asking = match self.asking.get(context) {
            Ok(asking) => asking,
            Err(code) => {
                pipes.unreserve(carrier);
                return Err(Refused { message: request, code });
            }
        };
        let id = self.ids.allocate();
        request.header_mut().clear();
        request.header_mut().push(id);
        let carrier = if self.peers.contains(carrier) {
            pipes.push_reserved(carrier, request.clone());
            Some(carrier)
        } else {
            self.peers.send(request.clone(), pipes).ok()
        };
        let outstanding = Outstanding::new(id, request, carrier, now, asking.interval);
        if let State::Answered(_) = mem::replace(&mut asking.state, State::Waiting(outstanding)) {
            pipes.count_drop(DropReason::Stale);
        }
        Ok(())
    }
}

impl Contexts for Req0 {
    fn open(&mut self) -> ContextId {
        let interval = self.asking.own().interval;
        self.asking.open(Asking::new(interval))
    }

    fn shut(&mut self, context: ContextId, pipes: &mut Pipes) {
        if let Some(Asking { state: State::Answered(_), .. }) = self.asking.shut(context) {
            pipes.count_drop(DropReason::Stale);
        }
    }

    fn send_in(
        &mut self,
        context: ContextId,
        message: Message,
        pipes: &mut Pipes,
        now: Instant,
    ) -> Result<(), Refused> {
        match self.peers.reserve(pipes) {
            Some(pipe) => self.begin(context, message, pipe, pipes, now),
            None => Err(Refused { message, code: ErrorCode::Again }),
        }
    }

    fn recv_in(
        &mut self,
        context: ContextId,
        _: &mut Pipes,
        _: Instant,
    ) -> Result<Message, ErrorCode> {
        let asking = self.asking.get(context)?;
        match mem::take(&mut asking.state) {
            State::Answered(answer) => Ok(answer),
            State::Idle => Err(ErrorCode::WrongState),
            waiting @ State::Waiting(_) => {
                asking.state = waiting;
                Err(ErrorCode::Again)
            }
        }
    }

    fn readiness_in(&mut self, context: ContextId, pipes: &mut Pipes) -> Interest {
        let asking = self.asking.get(context);
        let answered = asking.is_ok_and(|asking| matches!(asking.state, State::Answered(_)));
        levels(answered, self.peers.has_room(pipes))
    }

    fn configure_in(&mut self, context: ContextId, setting: &Setting) {
        if let (Setting::ResendInterval(interval), Ok(asking)) = (setting, self.asking.get(context))
        {
            asking.interval = *interval;
        }
    }
}

impl Protocol for Req0 {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        self.join(pipe, pipes);
        Ok(())
    }

    fn ready(&mut self, pipe: PipeId, _: &PeerInfo, pipes: &mut Pipes) -> Result<(), Reject> {
        if !self.peers.contains(pipe) {
            self.join(pipe, pipes);
        }
        Ok(())
    }

    fn lost(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.leave(pipe, pipes);
    }

    fn detach(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.leave(pipe, pipes);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        while let Some(message) = pipes.pop(pipe) {
            self.take_answer(message, pipes);
        }
    }

    fn writable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.peers.writable(pipe);
        self.send_if_stranded(pipes);
    }

    fn admit(&mut self, _: &Frame, pipes: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        self.peers.reserve(pipes).map(Admission::Pipe).ok_or(ErrorCode::Again)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, now: Instant) {
        match admission {
            // The socket's own state is never shut, so this is not refused.
            Admission::Pipe(pipe) => {
                let _ = self.begin(ContextId::OWN, message, pipe, pipes, now);
            }
            other => settle(other, message, pipes),
        }
    }

    fn recv(&mut self, pipes: &mut Pipes, now: Instant) -> Result<Message, ErrorCode> {
        Contexts::recv_in(self, ContextId::OWN, pipes, now)
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        Contexts::readiness_in(self, ContextId::OWN, pipes)
    }

    fn keeps_time(&self) -> bool {
        true
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.asking.iter().filter_map(Asking::deadline).min()
    }

    fn expire(&mut self, now: Instant, pipes: &mut Pipes) {
        for asking in self.asking.iter_mut() {
            let interval = asking.interval;
            if let Some(outstanding) = asking.outstanding() {
                outstanding.expire(now, interval, &mut self.peers, pipes);
            }
        }
    }

    fn contexts(&mut self) -> Option<&mut dyn Contexts> {
        Some(self)
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        Contexts::configure_in(self, ContextId::OWN, setting);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, body, marks};

    fn reply(id: u32, text: &[u8]) -> Message {
        body(&[&id.to_be_bytes(), text].concat())
    }

    fn id(request: &Message) -> u32 {
        assert_eq!(request.header().words().len(), 1);
        request.header().words()[0]
    }

    #[test]
    fn only_the_answer_with_the_id_is_received_once() {
        let mut bench = Bench::new(Req0::new());
        assert_eq!(bench.recv(), Err(ErrorCode::WrongState));
        assert_eq!(bench.send(b"?"), Err(ErrorCode::Again));
        let peer = bench.add(marks(9)).unwrap();
        bench.send(b"?").unwrap();
        let request = bench.take(peer).unwrap();
        assert_eq!(&**request.body(), b"?");
        assert!(id(&request) >= 0x8000_0000);
        bench.deliver(peer, reply(id(&request) ^ 1, b"other"));
        assert_eq!(bench.recv(), Err(ErrorCode::Again));
        bench.deliver(peer, reply(id(&request), b"!"));
        bench.deliver(peer, reply(id(&request), b"twice"));
        assert_eq!(bench.levels(), Interest::IN | Interest::OUT);
        assert_eq!(bench.recv(), Ok(body(b"!")));
        assert_eq!(bench.recv(), Err(ErrorCode::WrongState));
        assert_eq!(bench.pipes.dropped(DropReason::Stale), 2);
        bench.deliver(peer, body(b"abc"));
        assert_eq!(bench.closed(), [peer]);
    }

    #[test]
    fn a_new_request_cancels_the_one_before() {
        let mut bench = Bench::new(Req0::new());
        let peer = bench.add(marks(9)).unwrap();
        bench.send(b"1").unwrap();
        bench.send(b"2").unwrap();
        let (first, second) = (bench.take(peer).unwrap(), bench.take(peer).unwrap());
        bench.deliver(peer, reply(id(&first), b"to 1"));
        assert_eq!(bench.recv(), Err(ErrorCode::Again));
        bench.deliver(peer, reply(id(&second), b"to 2"));
        bench.send(b"3").unwrap();
        assert_eq!(
            bench.recv(),
            Err(ErrorCode::Again),
            "an answer not taken goes with its request"
        );
        assert_eq!(bench.pipes.dropped(DropReason::Stale), 2);
    }

    #[test]
    fn a_request_is_sent_again_in_time() {
        let mut bench = Bench::new(Req0::new());
        let interval = Duration::from_secs(3);
        bench.protocol.configure(&Setting::ResendInterval(interval)).unwrap();
        let (a, b) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
        bench.send(b"?").unwrap();
        let request = bench.take(a).unwrap();
        let deadline = bench.protocol.next_deadline().unwrap();
        assert_eq!(deadline, bench.now + interval);
        bench.expire(deadline - Duration::from_millis(1));
        assert_eq!(bench.take(b), None);
        bench.expire(deadline);
        assert_eq!(bench.take(b), Some(request.clone()));
        assert_eq!(bench.protocol.next_deadline(), Some(deadline + interval));
        bench.deliver(a, reply(id(&request), b"late but right"));
        assert_eq!(bench.recv(), Ok(body(b"late but right")));
        assert_eq!(bench.protocol.next_deadline(), None);
    }

    #[test]
    fn a_request_is_sent_again_when_its_peer_is_gone() {
        let mut bench = Bench::new(Req0::new());
        let (a, b) = (bench.add(marks(1)).unwrap(), bench.add(marks(1)).unwrap());
        bench.send(b"?").unwrap();
        let request = bench.take(a).unwrap();
        bench.detach(a);
        assert_eq!(bench.take(b), Some(request.clone()));
        let now = bench.now + Duration::from_secs(5);
        assert!(bench.protocol.next_deadline().unwrap() <= now, "asks what time it is");
        bench.expire(now);
        assert_eq!(bench.take(b), None);
        assert_eq!(bench.protocol.next_deadline(), Some(now + RESEND_INTERVAL));
        bench.detach(b);
        assert_eq!(bench.protocol.next_deadline(), None);
        let c = bench.add(marks(1)).unwrap();
        assert_eq!(bench.take(c), Some(request.clone()), "waits for a peer");
        bench.deliver_quietly(c, reply(id(&request), b"last words"));
        bench.detach(c);
        assert_eq!(bench.recv(), Ok(body(b"last words")));
    }

    #[test]
    fn contexts_ask_at_the_same_time() {
        let mut bench = Bench::new(Req0::new());
        let (a, b) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
        let now = bench.now;
        let contexts = [bench.protocol.open(), bench.protocol.open()];
        for context in contexts {
            Contexts::send_in(&mut bench.protocol, context, body(b"?"), &mut bench.pipes, now)
                .unwrap();
        }
        bench.send(b"own").unwrap();
        let (first, own) = (bench.take(a).unwrap(), bench.take(a).unwrap());
        let second = bench.take(b).unwrap();
        bench.detach(b);
        assert_eq!(bench.take(a), Some(second.clone()), "only what it carried is sent again");
        assert_eq!(bench.take(a), None);
        for request in [&second, &own, &first] {
            bench.deliver(a, reply(id(request), request.body()));
        }
        assert_eq!(bench.recv(), Ok(body(b"own")));
        for context in contexts {
            let got = Contexts::recv_in(&mut bench.protocol, context, &mut bench.pipes, now);
            assert_eq!(&**got.unwrap().body(), b"?");
        }
        bench.protocol.shut(contexts[0], &mut bench.pipes);
        let Bench { protocol, pipes, .. } = &mut bench;
        let shut = Contexts::send_in(protocol, contexts[0], body(b"?"), pipes, now);
        assert_eq!(shut.unwrap_err().code, ErrorCode::BadHandle);
    }

    #[test]
    fn a_pipe_that_dies_between_the_parts_costs_nothing() {
        let mut bench = Bench::new(Req0::new());
        let (a, b) = (bench.add(marks(1)).unwrap(), bench.add(marks(1)).unwrap());
        let admission = bench.admit(b"?").unwrap();
        bench.detach(a);
        bench.commit(admission, body(b"?"));
        assert_eq!(&**bench.take(b).unwrap().body(), b"?");
        assert_eq!(bench.pipes.dropped(DropReason::PeerGone), 0);
    }
}
