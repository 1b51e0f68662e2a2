//! XSUB: a SUB that subscribes by sending messages, and may send others upstream (RFC 29).
//!
//! Made by the table of socket kinds, and the most of SUB. A frame that begins with 01 subscribes
//! to what follows, one with 00 takes that back; anything else goes to all peers.

use std::time::Instant;

use bytes::Bytes;

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Control, Frame, Message, PeerInfo, PipeId},
    option::Setting,
    pattern::{
        Admission, Pipes, Protocol, Reject,
        strategy::{FanOut, Filter, WhenFull, filter::Passes, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug)]
pub struct Xsub {
    peers: FanOut,
    /// The peers that can be told of subscriptions now.
    ready: Vec<PipeId>,
    filter: Filter,
    /// Every cancel is passed on, not only the last of a prefix.
    tells_all_cancels: bool,
    /// Only the first frame of a message can subscribe.
    only_first: bool,
}

impl Default for Xsub {
    fn default() -> Self {
        Self::passing(Passes::All)
    }
}

impl Xsub {
    /// A subscriber to nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn passing(passes: Passes) -> Self {
        let peers = FanOut::new(WhenFull::DropNewest);
        Self {
            peers,
            ready: Vec::new(),
            filter: Filter::new(passes),
            tells_all_cancels: false,
            only_first: false,
        }
    }

    pub(super) fn set_passes(&mut self, passes: Passes) {
        self.filter.set_passes(passes);
    }

    /// Subscribes; peers hear of a prefix once, however often it is subscribed to.
    pub(super) fn subscribe(&mut self, prefix: &[u8], pipes: &mut Pipes) {
        if self.filter.subscribe(prefix) {
            self.tell(&Control::Subscribe(Bytes::copy_from_slice(prefix)), pipes);
        }
    }

    /// Takes a subscription back. None there is no error: libzmq says nothing either.
    pub(super) fn unsubscribe(&mut self, prefix: &[u8], pipes: &mut Pipes) {
        if self.filter.unsubscribe(prefix) == Some(true) || self.tells_all_cancels {
            self.tell(&Control::Cancel(Bytes::copy_from_slice(prefix)), pipes);
        }
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    pub(super) fn is_readable(&mut self, pipes: &mut Pipes) -> bool {
        self.filter.is_readable(pipes)
    }

    fn tell(&self, control: &Control, pipes: &mut Pipes) {
        for pipe in &self.ready {
            pipes.push_control(*pipe, control.clone());
        }
    }

    /// Does what a frame asks for; false when it is not about subscriptions.
    fn obey(&mut self, frame: &Frame, pipes: &mut Pipes) -> bool {
        match frame.split_first() {
            Some((&Control::SUBSCRIBE, prefix)) => self.subscribe(prefix, pipes),
            Some((&Control::CANCEL, prefix)) => self.unsubscribe(prefix, pipes),
            _ => return false,
        }
        true
    }

    fn distribute(&mut self, message: Message, pipes: &mut Pipes) {
        let about =
            |frame: &Frame| matches!(frame.first(), Some(&(Control::SUBSCRIBE | Control::CANCEL)));
        let looked_at = if self.only_first { 1 } else { usize::MAX };
        if !message.frames().iter().take(looked_at).any(about) {
            return self.peers.send(message, pipes);
        }
        let (mut frames, mut index) = (message.into_frames(), 0);
        frames.retain(|frame| {
            index += 1;
            index > looked_at || !self.obey(frame, pipes)
        });
        if !frames.is_empty() {
            self.peers.send(Message::from_frames(frames), pipes);
        }
    }
}

impl Protocol for Xsub {
    fn attach(&mut self, pipe: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        self.peers.attach(pipe);
        Ok(())
    }

    fn ready(&mut self, pipe: PipeId, _: &PeerInfo, pipes: &mut Pipes) -> Result<(), Reject> {
        if !self.ready.contains(&pipe) {
            self.ready.push(pipe);
        }
        // What the peer before was not yet told is told to this one with all the rest: peers count
        // subscriptions, so none may be told twice.
        if let Some(pipe) = pipes.get(pipe) {
            pipe.outgoing().clear_controls();
        }
        for prefix in self.filter.subscriptions().prefixes() {
            pipes.push_control(pipe, Control::Subscribe(prefix.into()));
        }
        Ok(())
    }

    fn lost(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.ready.retain(|other| *other != pipe);
    }

    fn detach(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.lost(pipe, pipes);
        self.peers.detach(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.filter.readable(pipe, pipes);
    }

    fn writable(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.writable(pipe);
    }

    fn admit(&mut self, _: &Frame, _: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        Ok(Admission::All)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        match admission {
            Admission::All => self.distribute(message, pipes),
            other => settle(other, message, pipes),
        }
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        self.filter.recv(pipes).ok_or(ErrorCode::Again)
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        levels(self.is_readable(pipes), true)
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        match setting {
            Setting::XsubVerboseUnsubscribe(on) => self.tells_all_cancels = *on,
            Setting::OnlyFirstSubscribe(on) => self.only_first = *on,
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
        testing::{Bench, body, marks, parts},
    };

    fn subscribe(prefix: &'static [u8]) -> Control {
        Control::Subscribe(prefix.into())
    }

    #[test]
    fn peers_are_told_of_first_subscriptions_and_last_cancels() {
        let mut bench = Bench::new(Xsub::new());
        let peer = bench.add(marks(1)).unwrap();
        let cancel = |prefix: &'static [u8]| Control::Cancel(prefix.into());
        let cases: [(&[u8], &[Control]); 6] = [
            (b"\x01a", &[subscribe(b"a")]),
            (b"\x01a", &[]),
            (b"\x01", &[subscribe(b"")]),
            (b"\x00a", &[]),
            (b"\x00a", &[cancel(b"a")]),
            (b"\x00a", &[]),
        ];
        for (frame, told) in cases {
            assert_eq!(bench.send(frame), Ok(()));
            assert_eq!(bench.take_controls(peer), told);
            assert_eq!(bench.waiting(peer), 0);
        }
    }

    #[test]
    fn every_cancel_is_passed_on_where_that_is_asked_for() {
        let mut bench = Bench::new(Xsub::new());
        bench.protocol.configure(&Setting::XsubVerboseUnsubscribe(true)).unwrap();
        let peer = bench.add(marks(1)).unwrap();
        for frame in [b"\x01a", b"\x01a", b"\x00a", b"\x00a", b"\x00b"] {
            bench.send(frame).unwrap();
        }
        let told = bench.take_controls(peer);
        let cancel = |prefix: &'static [u8]| Control::Cancel(prefix.into());
        assert_eq!(told, [subscribe(b"a"), cancel(b"a"), cancel(b"a"), cancel(b"b")]);
    }

    #[test]
    fn only_the_first_part_subscribes_where_that_is_asked_for() {
        for only_first in [false, true] {
            let mut bench = Bench::new(Xsub::new());
            bench.protocol.configure(&Setting::OnlyFirstSubscribe(only_first)).unwrap();
            let peer = bench.add(marks(9)).unwrap();
            bench.send_message(parts(&[b"\x01a", b"\x01b"])).unwrap();
            bench.send_message(parts(&[b"data", b"\x01c"])).unwrap();
            let told = bench.take_controls(peer);
            let all = [subscribe(b"a"), subscribe(b"b"), subscribe(b"c")];
            let (controls, messages): (&[_], &[_]) = if only_first {
                (&all[..1], &[body(b"\x01b"), parts(&[b"data", b"\x01c"])])
            } else {
                (&all, &[body(b"data")])
            };
            assert_eq!(told, controls);
            let came: Vec<_> = std::iter::from_fn(|| bench.take(peer)).collect();
            assert_eq!(came, messages);
        }
    }

    #[test]
    fn each_new_peer_is_told_everything_once() {
        let mut bench = Bench::new(Xsub::new());
        let peer = bench.add_pending(marks(9)).unwrap();
        bench.send(b"\x01a").unwrap();
        assert_eq!(bench.take_controls(peer), []);
        bench.ready(peer, b"").unwrap();
        assert_eq!(bench.take_controls(peer), [subscribe(b"a")]);
        bench.send(b"\x01b").unwrap();
        bench.lost(peer);
        bench.send(b"\x01c").unwrap();
        bench.ready(peer, b"").unwrap();
        let mut told = bench.take_controls(peer);
        told.sort_by_key(|control| format!("{control:?}"));
        assert_eq!(told, [subscribe(b"a"), subscribe(b"b"), subscribe(b"c")]);
    }

    #[test]
    fn other_messages_go_to_all_and_everything_is_received() {
        let mut bench = Bench::new(Xsub::new());
        let (a, b) = (bench.add(marks(1)).unwrap(), bench.add(marks(9)).unwrap());
        bench.send(b"up").unwrap();
        bench.send_message(parts(&[b"\x01t", b"x", b""])).unwrap();
        assert_eq!(bench.take_controls(a), [subscribe(b"t")]);
        assert_eq!([bench.take(a), bench.take(a)], [Some(body(b"up")), None]);
        assert_eq!([bench.take(b), bench.take(b)], [Some(body(b"up")), Some(parts(&[b"x", b""]))]);
        assert_eq!(bench.pipes.dropped(DropReason::QueueFull), 1);
        bench.deliver(a, body(b"never asked for"));
        assert_eq!(bench.levels(), Interest::IN | Interest::OUT);
        assert_eq!(bench.recv(), Ok(body(b"never asked for")));
    }
}
