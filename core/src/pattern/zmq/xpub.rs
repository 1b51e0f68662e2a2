//! XPUB: a PUB whose user sees the subscriptions, and messages that XSUB peers send (RFC 29).
//!
//! Made by the table of socket kinds. A subscription comes up as a message 01 and the prefix, its
//! taking back as 00 and the prefix; by default only the first and the last of each prefix.

use std::{collections::VecDeque, time::Instant};

use super::pub_::Pub;
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Control, Frame, Message, PipeId},
    option::Setting,
    pattern::{
        Admission, Pipes, Protocol, Refused, Reject,
        strategy::{FairQueue, Removed, levels},
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

/// See the module's text.
#[derive(Debug, Default)]
pub struct Xpub {
    publisher: Pub,
    tells: Tells,
    /// Subscriptions that the user has not yet read.
    news: VecDeque<Message>,
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
        let Self { publisher, tells, news, .. } = self;
        publisher.forget(pipe, |prefix, left| {
            if tells.cancel(left) {
                let cancel = Control::Cancel(prefix.into());
                news.push_back(Message::new(cancel.to_bytes()));
            }
        });
    }
}

impl Protocol for Xpub {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        self.publisher.attach(pipe, pipes)
    }

    fn lost(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.forget(pipe);
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.forget(pipe);
        self.publisher.leave(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.incoming.readable(pipe, pipes);
    }

    fn writable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.publisher.writable(pipe, pipes);
    }

    fn control(&mut self, pipe: PipeId, control: Control, _: &mut Pipes) {
        let tell = match &control {
            Control::Subscribe(prefix) => {
                self.publisher.subscribe(prefix, pipe) || self.tells != Tells::Changes
            }
            Control::Cancel(prefix) => self.tells.cancel(self.publisher.cancel(prefix, pipe)),
        };
        if tell {
            let mut message = Message::new(control.to_bytes());
            message.set_origin(pipe);
            self.news.push_back(message);
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
    }

    fn send(&mut self, message: Message, pipes: &mut Pipes, now: Instant) -> Result<(), Refused> {
        self.publisher.send(message, pipes, now)
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        let news = self.news.pop_front();
        news.or_else(|| self.incoming.recv(pipes)).ok_or(ErrorCode::Again)
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        let receive = !self.news.is_empty() || self.incoming.is_readable(pipes);
        levels(receive, self.publisher.has_room())
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
