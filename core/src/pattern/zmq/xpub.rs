//! XPUB: a PUB whose user sees the subscriptions, and messages that XSUB peers send (RFC 29).
//!
//! Made by the table of socket kinds. A subscription comes up as a message 01 and the prefix, its
//! taking back as 00 and the prefix; by default only the first and the last of each prefix. By hand
//! (`ZMQ_XPUB_MANUAL`) all come up and lead to nothing: the user subscribes for the peer whose wish was
//! read last, to the same or to something else.

use std::{collections::VecDeque, time::Instant};

use super::{hello::Hello, pub_::Pub};
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Control, Frame, Message, PeerInfo, PipeId},
    option::Setting,
    pattern::{
        Admission, Command, Pipes, Protocol, Refused, Reject,
        strategy::{FairQueue, MultiTrie, Removed, levels},
    },
};

/// Which subscriptions come up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tells {
    /// The first subscription of a prefix and its last taking back.
    #[default]
    Changes,
    /// Every subscription, and the last taking back (`ZMQ_XPUB_VERBOSE`).
    Subscriptions,
    /// All (`ZMQ_XPUB_VERBOSER`).
    Everything,
}

/// Who subscribes.
#[derive(Debug, Default)]
enum Mode {
    /// The peers for themselves.
    #[default]
    ByPeers,
    /// The user for them.
    ByHand(ByHand),
}

#[derive(Debug, Default)]
struct ByHand {
    /// What the peers asked for: what nobody asks for any more is told when they go.
    asked: MultiTrie,
    /// Whose wish was read last.
    last: Option<PipeId>,
    /// The next message after a wish goes to who had it alone.
    answers: bool,
}

/// A subscription that comes up, and whose it is; nobody's when its peer has gone.
#[derive(Debug)]
struct Wish {
    control: Control,
    pipe: Option<PipeId>,
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Xpub {
    publisher: Pub,
    tells: Tells,
    mode: Mode,
    welcome: Hello,
    /// Wishes that the user has not yet read.
    news: VecDeque<Wish>,
    incoming: FairQueue,
}

impl Tells {
    fn cancel(self, left: Removed) -> bool {
        self == Self::Everything || left == Removed::Last
    }
}

impl Xpub {
    /// A publisher without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn forget(&mut self, pipe: PipeId) {
        let Self { publisher, tells, mode, news, .. } = self;
        let mut tell = |prefix: Vec<u8>, left| {
            if tells.cancel(left) {
                news.push_back(Wish { control: Control::Cancel(prefix.into()), pipe: None });
            }
        };
        match mode {
            Mode::ByPeers => publisher.forget(pipe, tell),
            Mode::ByHand(hand) => {
                publisher.forget(pipe, |_, _| ());
                hand.asked.remove_pipe(pipe, &mut tell);
                hand.last.take_if(|last| *last == pipe);
            }
        }
    }

    fn set_mode(&mut self, by_hand: bool, answers: bool) {
        self.publisher.set_only(None);
        match &mut self.mode {
            Mode::ByHand(hand) if by_hand => hand.answers = answers,
            mode => *mode = Mode::new(by_hand, answers),
        }
    }

    /// The user has read this wish: from now on it acts for that peer.
    fn turn_to(&mut self, pipe: Option<PipeId>) {
        let Mode::ByHand(hand) = &mut self.mode else { return };
        hand.last = pipe.filter(|pipe| self.publisher.has_peer(*pipe));
        if hand.answers {
            self.publisher.set_only(hand.last);
        }
    }

    /// A message went out.
    fn turn_away(&mut self) {
        if let Mode::ByHand(hand) = &mut self.mode
            && hand.answers
        {
            hand.last = None;
        }
    }
}

impl Mode {
    fn new(by_hand: bool, answers: bool) -> Self {
        if by_hand { Self::ByHand(ByHand { answers, ..ByHand::default() }) } else { Self::ByPeers }
    }

    /// Takes a wish down; whether it is to be told.
    fn take(&mut self, control: &Control, pipe: PipeId, publisher: &mut Pub, tells: Tells) -> bool {
        match (self, control) {
            (Self::ByPeers, Control::Subscribe(prefix)) => {
                publisher.subscribe(prefix, pipe) || tells != Tells::Changes
            }
            (Self::ByPeers, Control::Cancel(prefix)) => {
                tells.cancel(publisher.cancel(prefix, pipe))
            }
            (Self::ByHand(hand), Control::Subscribe(prefix)) => {
                hand.asked.add(prefix, pipe);
                true
            }
            (Self::ByHand(hand), Control::Cancel(prefix)) => {
                hand.asked.remove(prefix, pipe);
                true
            }
        }
    }
}

impl Protocol for Xpub {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        self.welcome.attach(pipe, pipes);
        self.publisher.attach(pipe, pipes)
    }

    fn ready(&mut self, pipe: PipeId, _: &PeerInfo, pipes: &mut Pipes) -> Result<(), Reject> {
        self.welcome.ready(pipe, pipes);
        Ok(())
    }

    fn lost(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.forget(pipe);
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.forget(pipe);
        self.welcome.detach(pipe);
        self.publisher.leave(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.incoming.readable(pipe, pipes);
    }

    fn writable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.publisher.writable(pipe, pipes);
    }

    fn control(&mut self, pipe: PipeId, control: Control, _: &mut Pipes) {
        if self.mode.take(&control, pipe, &mut self.publisher, self.tells) {
            self.news.push_back(Wish { control, pipe: Some(pipe) });
        }
    }

    fn admit(
        &mut self,
        first: &Frame,
        pipes: &mut Pipes,
        now: Instant,
    ) -> Result<Admission, ErrorCode> {
        self.publisher.admit(first, pipes, now)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, now: Instant) {
        self.publisher.commit(admission, message, pipes, now);
        self.turn_away();
    }

    fn send(&mut self, message: Message, pipes: &mut Pipes, now: Instant) -> Result<(), Refused> {
        self.publisher.send(message, pipes, now)?;
        self.turn_away();
        Ok(())
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        let Some(Wish { control, pipe }) = self.news.pop_front() else {
            return self.incoming.recv(pipes).ok_or(ErrorCode::Again);
        };
        self.turn_to(pipe);
        let mut message = Message::new(control.to_bytes());
        message.set_origin(pipe.unwrap_or_default());
        Ok(message)
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        let receive = !self.news.is_empty() || self.incoming.is_readable(pipes);
        levels(receive, self.publisher.has_room())
    }

    /// By hand, for the peer whose wish was read last; for nobody if that has gone, as in libzmq.
    fn command(&mut self, command: Command, _: &mut Pipes) -> Result<(), ErrorCode> {
        let Mode::ByHand(hand) = &self.mode else { return Err(ErrorCode::NotSupported) };
        if let Some(pipe) = hand.last {
            match command {
                Command::Subscribe(prefix) => drop(self.publisher.subscribe(&prefix, pipe)),
                Command::Unsubscribe(prefix) => drop(self.publisher.cancel(&prefix, pipe)),
            }
        }
        Ok(())
    }

    fn subscribers(&self, prefix: &[u8]) -> Option<usize> {
        self.publisher.subscribers(prefix)
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        match setting {
            Setting::XpubVerbose(true) => self.tells = Tells::Subscriptions,
            Setting::XpubVerboser(true) => self.tells = Tells::Everything,
            Setting::XpubVerbose(false) | Setting::XpubVerboser(false) => {
                self.tells = Tells::Changes;
            }
            Setting::XpubManual(on) => self.set_mode(*on, false),
            Setting::XpubManualLastValue(on) => self.set_mode(*on, *on),
            Setting::XpubWelcome(message) => self.welcome.set(message),
            other => self.publisher.configure(other)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, body, marks};

    #[test]
    fn subscriptions_come_up_as_often_as_asked_for() {
        let quiet: &[&[u8]] = &[b"\x01t", b"\x00t"];
        let verbose: &[&[u8]] = &[b"\x01t", b"\x01t", b"\x01t", b"\x00t"];
        let verboser: &[&[u8]] = &[b"\x01t", b"\x01t", b"\x01t", b"\x00t", b"\x00t", b"\x00t"];
        let cases = [
            (Setting::XpubVerbose(false), quiet),
            (Setting::XpubVerbose(true), verbose),
            (Setting::XpubVerboser(true), verboser),
        ];
        for (setting, expected) in cases {
            let mut bench = Bench::new(Xpub::new());
            bench.protocol.configure(&setting).unwrap();
            let (a, b) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
            for end in [a, a, b] {
                bench.deliver_control(end, Control::Subscribe(b"t".as_slice().into()));
            }
            for end in [b, a, a] {
                bench.deliver_control(end, Control::Cancel(b"t".as_slice().into()));
            }
            assert_eq!(bench.levels(), Interest::IN | Interest::OUT);
            let seen: Vec<_> = std::iter::from_fn(|| bench.recv().ok()).collect();
            assert!(seen.iter().map(|m| &**m.body()).eq(expected.iter().copied()), "{seen:?}");
            assert_eq!(bench.levels(), Interest::OUT);
        }
    }

    #[test]
    fn who_leaves_takes_back_what_nobody_else_wants() {
        for leave in [Bench::<Xpub>::lost, Bench::<Xpub>::detach] {
            let mut bench = Bench::new(Xpub::new());
            let (a, b) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
            for (end, prefix) in [(a, b"both"), (b, b"both"), (a, b"mine")] {
                bench.deliver_control(end, Control::Subscribe(prefix.as_slice().into()));
            }
            while bench.recv().is_ok() {}
            leave(&mut bench, a);
            assert_eq!(bench.recv(), Ok(body(b"\x00mine")));
            assert_eq!(bench.recv(), Err(ErrorCode::Again));
            leave(&mut bench, b);
            assert_eq!(bench.recv(), Ok(body(b"\x00both")));
        }
    }

    #[test]
    fn by_hand_the_user_subscribes_for_who_was_read_last() {
        let mut bench = Bench::new(Xpub::new());
        let subscribe = |prefix: &[u8]| Command::Subscribe(prefix.to_vec());
        let pipes = &mut bench.pipes;
        assert_eq!(bench.protocol.command(subscribe(b"x"), pipes), Err(ErrorCode::NotSupported));
        bench.protocol.configure(&Setting::XpubManual(true)).unwrap();
        let (a, b) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
        for end in [a, b] {
            bench.deliver_control(end, Control::Subscribe(b"t".as_slice().into()));
        }
        assert_eq!(bench.recv(), Ok(body(b"\x01t")));
        bench.protocol.command(subscribe(b"other"), &mut bench.pipes).unwrap();
        // B asked for the same, and is told all the same.
        assert_eq!(bench.recv(), Ok(body(b"\x01t")));
        for topic in [b"t".as_slice(), b"other"] {
            bench.send(topic).unwrap();
        }
        assert_eq!([bench.take(a), bench.take(a)], [Some(body(b"other")), None]);
        assert_eq!(bench.take(b), None);
        bench.deliver_control(a, Control::Cancel(b"t".as_slice().into()));
        assert_eq!(bench.recv(), Ok(body(b"\x00t")));
        let cancel = Command::Unsubscribe(b"other".to_vec());
        bench.protocol.command(cancel, &mut bench.pipes).unwrap();
        bench.send(b"other").unwrap();
        assert_eq!(bench.take(a), None);
        bench.detach(b);
        assert_eq!(bench.recv(), Ok(body(b"\x00t")));
        // Nobody is left to subscribe for.
        bench.protocol.command(subscribe(b"late"), &mut bench.pipes).unwrap();
        assert_eq!(bench.protocol.subscribers(b"late"), Some(0));
    }

    #[test]
    fn a_last_value_goes_to_the_newcomer_alone() {
        let mut bench = Bench::new(Xpub::new());
        bench.protocol.configure(&Setting::XpubManualLastValue(true)).unwrap();
        let (old, new) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
        for end in [old, new] {
            bench.deliver_control(end, Control::Subscribe(b"t".as_slice().into()));
            assert_eq!(bench.recv(), Ok(body(b"\x01t")));
            bench.protocol.command(Command::Subscribe(b"t".to_vec()), &mut bench.pipes).unwrap();
            bench.send(b"t: last value").unwrap();
            assert_eq!(bench.take(end), Some(body(b"t: last value")));
        }
        assert_eq!(bench.take(old), None);
        bench.send(b"t: for all").unwrap();
        for end in [old, new] {
            assert_eq!(bench.take(end), Some(body(b"t: for all")));
        }
    }

    #[test]
    fn each_peer_is_welcomed() {
        let mut bench = Bench::new(Xpub::new());
        bench.protocol.configure(&Setting::XpubWelcome(b"hello".to_vec())).unwrap();
        let peer = bench.add(marks(9)).unwrap();
        assert_eq!([bench.take(peer), bench.take(peer)], [Some(body(b"hello")), None]);
        bench.protocol.configure(&Setting::XpubWelcome(Vec::new())).unwrap();
        let peer = bench.add(marks(9)).unwrap();
        assert_eq!(bench.take(peer), None);
    }

    #[test]
    fn messages_of_subscribers_come_up() {
        let mut bench = Bench::new(Xpub::new());
        let peer = bench.add(marks(9)).unwrap();
        bench.deliver(peer, body(b"upstream"));
        bench.deliver_control(peer, Control::Subscribe(b"".as_slice().into()));
        assert_eq!([bench.recv(), bench.recv()], [Ok(body(b"\x01")), Ok(body(b"upstream"))]);
        assert_eq!(bench.send(b"downstream"), Ok(()));
        assert_eq!(bench.take(peer), Some(body(b"downstream")));
    }
}
