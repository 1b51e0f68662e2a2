//! surveyor0: a question to all peers, and their answers until a deadline (`sp-surveyor-01`).
//!
//! Made by the table of socket kinds. A survey bears an id, and only answers with that id count; a
//! new survey ends the one before. As in nanomsg 1.1.5 it is IN while no survey is open, since a
//! receive would answer at once: with ETIMEDOUT the first time after a deadline, else with EFSM.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::words::Words;
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
    option::Setting,
    pattern::{
        Admission, ContextId, Contexts, DropReason, Pipes, Protocol, Refused, Reject,
        contexts::{Each, MOST_UNREAD},
        request::RequestIds,
        strategy::{FairQueue, FanOut, WhenFull, levels, settle},
    },
};

/// nanomsg's default for `NN_SURVEYOR_DEADLINE`.
const DEADLINE: Duration = Duration::from_millis(1_000);

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    /// Without an end where that is beyond the clock's range.
    Open { id: u32, until: Option<Instant> },
    /// The user was not told yet.
    TimedOut,
}

/// One survey at a time.
#[derive(Debug)]
struct Survey {
    state: State,
    answers: VecDeque<Message>,
    deadline: Duration,
}

impl Survey {
    fn new(deadline: Duration) -> Self {
        Self { state: State::Idle, answers: VecDeque::new(), deadline }
    }

    fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    fn bears(&self, wanted: u32) -> bool {
        matches!(self.state, State::Open { id, .. } if id == wanted)
    }

    fn until(&self) -> Option<Instant> {
        match self.state {
            State::Open { until, .. } => until,
            State::Idle | State::TimedOut => None,
        }
    }

    /// Ends what was open; its answers that nobody took are dropped.
    fn end(&mut self, next: State, pipes: &mut Pipes) {
        pipes.count_drops(DropReason::Stale, self.answers.len());
        self.answers.clear();
        self.state = next;
    }
}

/// See the module's text.
#[derive(Debug)]
pub struct Surveyor0 {
    ids: RequestIds,
    peers: FanOut,
    incoming: FairQueue,
    surveys: Each<Survey>,
}

impl Default for Surveyor0 {
    fn default() -> Self {
        Self {
            ids: RequestIds::default(),
            peers: FanOut::new(WhenFull::DropNewest),
            incoming: FairQueue::default(),
            surveys: Each::new(Survey::new(DEADLINE)),
        }
    }
}

impl Surveyor0 {
    /// A surveyor without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands answers to the surveys that they belong to, as long as one waits for its next. While
    /// none is open all are stale; left in their lanes they would stop the reading of connections.
    fn hand_out(&mut self, pipes: &mut Pipes) {
        while !self.is_sated()
            && let Some(message) = self.incoming.recv(pipes)
        {
            self.take_answer(message, pipes);
        }
    }

    fn is_sated(&self) -> bool {
        let mut open = self.surveys.iter().filter(|survey| survey.is_open()).peekable();
        open.peek().is_some() && open.all(|survey| !survey.answers.is_empty())
    }

    fn take_answer(&mut self, message: Message, pipes: &mut Pipes) {
        let origin = message.origin();
        let mut words = Words::new(message);
        let Some(id) = words.take() else {
            pipes.count_drop(DropReason::Malformed);
            return pipes.close(origin);
        };
        match self.surveys.iter_mut().find(|survey| survey.bears(id)) {
            None => pipes.count_drop(DropReason::Stale),
            Some(survey) if survey.answers.len() >= MOST_UNREAD => {
                pipes.count_drop(DropReason::QueueFull);
            }
            Some(survey) => survey.answers.push_back(words.into_message()),
        }
    }
}

impl Contexts for Surveyor0 {
    fn open(&mut self) -> ContextId {
        let deadline = self.surveys.own().deadline;
        self.surveys.open(Survey::new(deadline))
    }

    fn shut(&mut self, context: ContextId, pipes: &mut Pipes) {
        if let Some(mut survey) = self.surveys.shut(context) {
            survey.end(State::Idle, pipes);
        }
        self.hand_out(pipes);
    }

    fn send_in(
        &mut self,
        context: ContextId,
        mut message: Message,
        pipes: &mut Pipes,
        now: Instant,
    ) -> Result<(), Refused> {
        let survey = match self.surveys.get(context) {
            Ok(survey) => survey,
            Err(code) => return Err(Refused { message, code }),
        };
        let id = self.ids.allocate();
        survey.end(State::Open { id, until: now.checked_add(survey.deadline) }, pipes);
        message.header_mut().clear();
        message.header_mut().push(id);
        self.peers.send(message, pipes);
        Ok(())
    }

    fn recv_in(
        &mut self,
        context: ContextId,
        pipes: &mut Pipes,
        _: Instant,
    ) -> Result<Message, ErrorCode> {
        self.hand_out(pipes);
        let survey = self.surveys.get(context)?;
        match survey.state {
            State::Open { .. } => survey.answers.pop_front().ok_or(ErrorCode::Again),
            State::Idle => Err(ErrorCode::WrongState),
            State::TimedOut => {
                survey.state = State::Idle;
                Err(ErrorCode::TimedOut)
            }
        }
    }

    fn readiness_in(&mut self, context: ContextId, pipes: &mut Pipes) -> Interest {
        self.hand_out(pipes);
        let survey = self.surveys.get(context);
        let answers = survey.is_ok_and(|survey| !survey.is_open() || !survey.answers.is_empty());
        levels(answers, true)
    }

    fn configure_in(&mut self, context: ContextId, setting: &Setting) {
        if let (Setting::SurveyDeadline(deadline), Ok(survey)) =
            (setting, self.surveys.get(context))
        {
            survey.deadline = *deadline;
        }
    }
}

impl Protocol for Surveyor0 {
    fn attach(&mut self, pipe: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        self.peers.attach(pipe);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.detach(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.incoming.readable(pipe, pipes);
        self.hand_out(pipes);
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {}

    fn admit(&mut self, _: &Frame, pipes: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        self.peers.admit(pipes)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, now: Instant) {
        match admission {
            // The socket's own state is never shut, so this is not refused.
            Admission::All => {
                let _ = Contexts::send_in(self, ContextId::OWN, message, pipes, now);
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
        self.surveys.iter().filter_map(Survey::until).min()
    }

    fn expire(&mut self, now: Instant, pipes: &mut Pipes) {
        for survey in self.surveys.iter_mut() {
            if survey.until().is_some_and(|until| until <= now) {
                survey.end(State::TimedOut, pipes);
            }
        }
        self.hand_out(pipes);
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

    fn answer(id: u32, text: &[u8]) -> Message {
        body(&[&id.to_be_bytes(), text].concat())
    }

    fn id(survey: &Message) -> u32 {
        assert_eq!(survey.header().words().len(), 1);
        survey.header().words()[0]
    }

    #[test]
    fn all_are_asked_and_may_answer_until_the_deadline() {
        let mut bench = Bench::new(Surveyor0::new());
        assert_eq!(bench.recv(), Err(ErrorCode::WrongState));
        assert_eq!(bench.levels(), Interest::IN | Interest::OUT);
        let (a, b) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
        bench.send(b"?").unwrap();
        assert_eq!(bench.levels(), Interest::OUT);
        let survey = bench.take(a).unwrap();
        assert_eq!(bench.take(b), Some(survey.clone()));
        assert_eq!(bench.recv(), Err(ErrorCode::Again));
        bench.deliver(a, answer(id(&survey), b"a"));
        bench.deliver(b, answer(id(&survey) ^ 1, b"another survey's"));
        bench.deliver(b, answer(id(&survey), b"b"));
        assert_eq!([bench.recv(), bench.recv()], [Ok(body(b"a")), Ok(body(b"b"))]);
        assert_eq!(bench.pipes.dropped(DropReason::Stale), 1);
        let deadline = bench.protocol.next_deadline().unwrap();
        assert_eq!(deadline, bench.now + DEADLINE);
        bench.expire(deadline - Duration::from_millis(1));
        assert_eq!(bench.recv(), Err(ErrorCode::Again));
        bench.deliver(a, answer(id(&survey), b"unread at the deadline"));
        bench.expire(deadline);
        bench.deliver(a, answer(id(&survey), b"too late"));
        assert_eq!(bench.levels(), Interest::IN | Interest::OUT);
        assert_eq!(bench.pipes.dropped(DropReason::Stale), 3);
        assert_eq!(bench.recv(), Err(ErrorCode::TimedOut));
        assert_eq!(bench.recv(), Err(ErrorCode::WrongState));
        assert_eq!((bench.protocol.next_deadline(), bench.unread(a)), (None, 0));
    }

    #[test]
    fn a_new_survey_ends_the_one_before() {
        let mut bench = Bench::new(Surveyor0::new());
        let peer = bench.add(marks(9)).unwrap();
        bench.send(b"1").unwrap();
        bench.send(b"2").unwrap();
        let (first, second) = (bench.take(peer).unwrap(), bench.take(peer).unwrap());
        bench.deliver(peer, answer(id(&first), b"to 1"));
        bench.deliver(peer, answer(id(&second), b"to 2"));
        assert_eq!(bench.recv(), Ok(body(b"to 2")));
        bench.deliver(peer, body(b"abc"));
        assert_eq!(bench.recv(), Err(ErrorCode::Again));
        assert_eq!(bench.closed(), [peer]);
    }

    #[test]
    fn contexts_survey_for_themselves_and_keep_so_many_answers() {
        let mut bench = Bench::new(Surveyor0::new());
        let peer = bench.add(marks(0)).unwrap();
        let now = bench.now;
        let contexts = [bench.protocol.open(), bench.protocol.open()];
        for context in contexts {
            Contexts::send_in(&mut bench.protocol, context, body(b"?"), &mut bench.pipes, now)
                .unwrap();
        }
        let ids = [(); 2].map(|()| id(&bench.take(peer).unwrap()));
        for _ in 0..MOST_UNREAD + 2 {
            bench.deliver(peer, answer(ids[1], b"to 1"));
        }
        bench.deliver(peer, answer(ids[0], b"to 0"));
        let mut recv =
            |context| Contexts::recv_in(&mut bench.protocol, context, &mut bench.pipes, now);
        assert_eq!(&**recv(contexts[0]).unwrap().body(), b"to 0");
        for _ in 0..MOST_UNREAD {
            assert_eq!(&**recv(contexts[1]).unwrap().body(), b"to 1");
        }
        assert_eq!(recv(contexts[1]), Err(ErrorCode::Again));
        assert_eq!(bench.recv(), Err(ErrorCode::WrongState), "the socket's own survey is another");
        assert_eq!(bench.pipes.dropped(DropReason::QueueFull), 2);
        bench.protocol.shut(contexts[0], &mut bench.pipes);
        let shut = Contexts::recv_in(&mut bench.protocol, contexts[0], &mut bench.pipes, now);
        assert_eq!(shut, Err(ErrorCode::BadHandle));
    }
}
