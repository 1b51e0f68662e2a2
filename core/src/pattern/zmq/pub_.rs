//! PUB: each message to the peers that subscribed to a prefix of it (RFC 29).
//!
//! Made by the table of socket kinds, and the sending half of XPUB. A peer at its mark does not get
//! the message, which is counted; with [`Setting::NoDrop`] the sender waits instead.

use std::time::Instant;

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Control, Frame, Message, PipeId},
    option::Setting,
    pattern::{
        Admission, Pipes, Protocol, Refused, Reject,
        strategy::{MultiTrie, Removed, WhenFull, discard_incoming, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug)]
pub struct Pub {
    peers: Vec<PipeId>,
    subscriptions: MultiTrie,
    /// To whom the message at hand goes; here to be allocated once.
    matching: Vec<PipeId>,
    /// The only peer that the next message may go to.
    only: Option<PipeId>,
    inverted: bool,
    when_full: WhenFull,
    /// A message was refused for want of room, and nothing changed since.
    blocked: bool,
}

impl Default for Pub {
    fn default() -> Self {
        Self {
            peers: Vec::new(),
            subscriptions: MultiTrie::default(),
            matching: Vec::new(),
            only: None,
            inverted: false,
            when_full: WhenFull::DropNewest,
            blocked: false,
        }
    }
}

impl Pub {
    /// A publisher without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a peer's subscription; true when no peer had it before.
    pub(super) fn subscribe(&mut self, prefix: &[u8], pipe: PipeId) -> bool {
        self.subscriptions.add(prefix, pipe)
    }

    /// Takes a peer's subscription back.
    pub(super) fn cancel(&mut self, prefix: &[u8], pipe: PipeId) -> Removed {
        self.blocked = false;
        self.subscriptions.remove(prefix, pipe)
    }

    /// Takes all subscriptions of a peer back, and tells them.
    pub(super) fn forget(&mut self, pipe: PipeId, told: impl FnMut(Vec<u8>, Removed)) {
        self.blocked = false;
        self.subscriptions.remove_pipe(pipe, told);
    }

    /// Sends to a peer no longer.
    pub(super) fn leave(&mut self, pipe: PipeId) {
        self.peers.retain(|peer| *peer != pipe);
    }

    pub(super) fn has_room(&self) -> bool {
        !self.blocked
    }

    /// Whether it may be sent to.
    pub(super) fn has_peer(&self, pipe: PipeId) -> bool {
        self.peers.contains(&pipe)
    }

    /// Sends the next message to this peer alone, if it wants it.
    pub(super) fn set_only(&mut self, pipe: Option<PipeId>) {
        (self.only, self.blocked) = (pipe, false);
    }

    fn find_matching(&mut self, topic: &[u8]) {
        self.subscriptions.matching(topic, &mut self.matching);
        if self.inverted {
            let wanting = &self.matching;
            let others = self.peers.iter().filter(|peer| wanting.binary_search(peer).is_err());
            self.matching = others.copied().collect();
        }
        if let Some(only) = self.only {
            self.matching.retain(|pipe| *pipe == only);
        }
    }

    fn deliver(&mut self, message: Message, pipes: &mut Pipes) {
        self.when_full.deliver(&self.matching, message, pipes);
        self.only = None;
    }

    /// Whether all that a message goes to have room for it, if that matters.
    fn may_deliver(&mut self, pipes: &Pipes) -> bool {
        self.blocked = self.when_full == WhenFull::Wait
            && !self.matching.iter().all(|pipe| pipes.has_room(*pipe));
        !self.blocked
    }
}

impl Protocol for Pub {
    fn attach(&mut self, pipe: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        self.peers.push(pipe);
        Ok(())
    }

    /// The next peer of this pipe subscribes anew.
    fn lost(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.forget(pipe, |_, _| ());
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.forget(pipe, |_, _| ());
        self.leave(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        discard_incoming(pipe, pipes);
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {
        self.blocked = false;
    }

    fn control(&mut self, pipe: PipeId, control: Control, _: &mut Pipes) {
        match control {
            Control::Subscribe(prefix) => drop(self.subscribe(&prefix, pipe)),
            Control::Cancel(prefix) => drop(self.cancel(&prefix, pipe)),
        }
    }

    fn admit(
        &mut self,
        first: &Frame,
        pipes: &mut Pipes,
        _: Instant,
    ) -> Result<Admission, ErrorCode> {
        if self.when_full == WhenFull::Wait {
            self.find_matching(first);
        }
        if self.may_deliver(pipes) { Ok(Admission::All) } else { Err(ErrorCode::Again) }
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        let Admission::All = admission else { return settle(admission, message, pipes) };
        self.find_matching(message.body());
        self.deliver(message, pipes);
    }

    fn send(&mut self, message: Message, pipes: &mut Pipes, _: Instant) -> Result<(), Refused> {
        self.find_matching(message.body());
        if !self.may_deliver(pipes) {
            return Err(Refused { message, code: ErrorCode::Again });
        }
        self.deliver(message, pipes);
        Ok(())
    }

    fn recv(&mut self, _: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn is_plain(&self) -> bool {
        true
    }

    fn readiness(&mut self, _: &mut Pipes) -> Interest {
        levels(false, self.has_room())
    }

    fn subscribers(&self, prefix: &[u8]) -> Option<usize> {
        let mut pipes = Vec::new();
        self.subscriptions.matching(prefix, &mut pipes);
        Some(pipes.len())
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        match setting {
            Setting::NoDrop(true) => self.when_full = WhenFull::Wait,
            Setting::NoDrop(false) => {
                (self.when_full, self.blocked) = (WhenFull::DropNewest, false);
            }
            Setting::InvertMatching(on) => self.inverted = *on,
            _ => {}
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

    fn subscribe(prefix: &'static [u8]) -> Control {
        Control::Subscribe(prefix.into())
    }

    fn cancel(prefix: &'static [u8]) -> Control {
        Control::Cancel(prefix.into())
    }

    #[test]
    fn messages_go_to_those_who_subscribed() {
        let cases: &[(&[Control], &[u8], bool)] = &[
            (&[], b"ab", false),
            (&[subscribe(b"")], b"ab", true),
            (&[subscribe(b"ab")], b"ab", true),
            (&[subscribe(b"ab")], b"a", false),
            (&[subscribe(b"a"), subscribe(b"ab")], b"abc", true),
            (&[subscribe(b"a"), cancel(b"a")], b"a", false),
            (&[subscribe(b"a"), subscribe(b"a"), cancel(b"a")], b"a", true),
            (&[subscribe(b"a"), cancel(b"b"), cancel(b"")], b"a", true),
        ];
        for (controls, topic, wanted) in cases {
            for inverted in [false, true] {
                let mut bench = Bench::new(Pub::new());
                bench.protocol.configure(&Setting::InvertMatching(inverted)).unwrap();
                let peer = bench.add(marks(9)).unwrap();
                for control in *controls {
                    bench.deliver_control(peer, control.clone());
                }
                assert_eq!(bench.send(topic), Ok(()));
                assert_eq!(bench.waiting(peer), usize::from(*wanted != inverted));
                assert_eq!(bench.protocol.subscribers(topic), Some(usize::from(*wanted)));
                let admission = bench.admit(topic).unwrap();
                bench.commit(admission, body(topic));
                assert_eq!(bench.waiting(peer), 2 * usize::from(*wanted != inverted));
            }
        }
    }

    #[test]
    fn the_slow_miss_the_newest_and_subscriptions_end_with_the_peer() {
        let mut bench = Bench::new(Pub::new());
        let (slow, fast) = (bench.add(marks(1)).unwrap(), bench.add(marks(9)).unwrap());
        bench.deliver_control(slow, subscribe(b""));
        bench.deliver_control(fast, subscribe(b""));
        assert_eq!([bench.send(b"1"), bench.send(b"2")], [Ok(()), Ok(())]);
        assert_eq!([bench.take(slow), bench.take(slow)], [Some(body(b"1")), None]);
        assert_eq!(bench.pipes.dropped(DropReason::QueueFull), 1);
        bench.lost(slow);
        bench.detach(fast);
        assert_eq!(bench.send(b"3"), Ok(()));
        assert_eq!((bench.waiting(slow), bench.waiting(fast)), (0, 2));
        bench.deliver(slow, body(b"against the rules"));
        assert_eq!(bench.pipes.dropped(DropReason::Malformed), 1);
        assert_eq!(bench.recv(), Err(ErrorCode::NotSupported));
    }

    #[test]
    fn without_dropping_only_the_subscribers_of_the_topic_are_waited_for() {
        let mut bench = Bench::new(Pub::new());
        bench.protocol.configure(&Setting::NoDrop(true)).unwrap();
        let (a, b) = (bench.add(marks(1)).unwrap(), bench.add(marks(9)).unwrap());
        bench.deliver_control(a, subscribe(b"a"));
        bench.deliver_control(b, subscribe(b""));
        assert_eq!(bench.send(b"a1"), Ok(()));
        assert_eq!(bench.send(b"a2"), Err(ErrorCode::Again));
        assert_eq!(bench.admit(b"a2"), Err(ErrorCode::Again));
        assert_eq!(bench.levels(), Interest::NONE);
        assert_eq!(bench.send(b"b"), Ok(()));
        assert_eq!(bench.waiting(b), 2, "nobody got what one had no room for");
        assert_eq!(bench.send(b"a2"), Err(ErrorCode::Again));
        bench.take(a);
        assert_eq!(bench.levels(), Interest::OUT);
        assert_eq!(bench.send(b"a2"), Ok(()));
        assert_eq!(bench.pipes.dropped(DropReason::QueueFull), 0);
    }
}
