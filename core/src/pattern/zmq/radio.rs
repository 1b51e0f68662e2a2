//! RADIO: each message to the DISHes that joined its group (RFC 48, a draft).
//!
//! Made by the table of socket kinds. A peer at its mark does not get the
//! message, which is counted; with [`Setting::NoDrop`] the sender waits instead.

use std::{collections::HashMap, time::Instant};

use bytes::Bytes;

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Control, Frame, Message, PeerInfo, PipeId},
    option::Setting,
    pattern::{
        Admission, Pipes, Protocol, Refused, Reject,
        strategy::{WhenFull, discard_incoming, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug)]
pub struct Radio {
    groups: HashMap<Bytes, Vec<PipeId>>,
    /// Those that cannot join anything are sent everything.
    everywhere: Vec<PipeId>,
    /// To whom the message at hand goes; here to be allocated once.
    targets: Vec<PipeId>,
    when_full: WhenFull,
    /// A message was refused for want of room, and nothing changed since.
    blocked: bool,
}

impl Default for Radio {
    fn default() -> Self {
        Self {
            groups: HashMap::new(),
            everywhere: Vec::new(),
            targets: Vec::new(),
            when_full: WhenFull::DropNewest,
            blocked: false,
        }
    }
}

impl Radio {
    /// A radio that nobody listens to.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn members(&self, group: &[u8]) -> &[PipeId] {
        self.groups.get(group).map_or(&[], Vec::as_slice)
    }

    fn join(&mut self, group: Bytes, pipe: PipeId) {
        // Its own copy: a slice would keep the whole buffer that it was read into.
        let members = self.groups.entry(Bytes::copy_from_slice(&group)).or_default();
        if !members.contains(&pipe) {
            members.push(pipe);
        }
    }

    fn leave(&mut self, group: &[u8], pipe: PipeId) {
        let Some(members) = self.groups.get_mut(group) else { return };
        members.retain(|member| *member != pipe);
        if members.is_empty() {
            self.groups.remove(group);
        }
    }

    fn find_targets(&mut self, group: &[u8]) {
        let members = self.groups.get(group).into_iter().flatten();
        self.targets.clear();
        self.targets.extend(members.chain(&self.everywhere));
    }

    /// Whether all that a message goes to have room for it, if that matters.
    fn may_deliver(&mut self, pipes: &Pipes) -> bool {
        self.blocked = self.when_full == WhenFull::Wait
            && !self.targets.iter().all(|pipe| pipes.has_room(*pipe));
        !self.blocked
    }

    /// On the way the group is the first frame.
    fn deliver(&self, group: Bytes, mut message: Message, pipes: &mut Pipes) {
        message.header_mut().clear();
        message.push_front(Frame::from(group));
        self.when_full.deliver(&self.targets, message, pipes);
    }
}

impl Protocol for Radio {
    fn attach(&mut self, _: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        Ok(())
    }

    fn ready(&mut self, pipe: PipeId, peer: &PeerInfo, _: &mut Pipes) -> Result<(), Reject> {
        if peer.tells_nothing {
            self.everywhere.push(pipe);
        }
        Ok(())
    }

    /// The next peer of this pipe joins anew.
    fn lost(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.groups.retain(|_, members| {
            members.retain(|member| *member != pipe);
            !members.is_empty()
        });
        self.everywhere.retain(|member| *member != pipe);
        self.blocked = false;
    }

    fn detach(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.lost(pipe, pipes);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        discard_incoming(pipe, pipes);
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {
        self.blocked = false;
    }

    fn control(&mut self, pipe: PipeId, control: Control, _: &mut Pipes) {
        match control {
            Control::Subscribe(group) => self.join(group, pipe),
            Control::Cancel(group) => {
                self.leave(&group, pipe);
                self.blocked = false;
            }
        }
    }

    /// A frame tells no group.
    fn admit(&mut self, _: &Frame, _: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        Err(ErrorCode::Invalid)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        settle(admission, message, pipes);
    }

    /// Without a group it goes to the one without a name, as in libzmq.
    fn send(&mut self, message: Message, pipes: &mut Pipes, _: Instant) -> Result<(), Refused> {
        let group = message.header().group().cloned().unwrap_or_default();
        self.find_targets(&group);
        if !self.may_deliver(pipes) {
            return Err(Refused { message, code: ErrorCode::Again });
        }
        self.deliver(group, message, pipes);
        Ok(())
    }

    fn recv(&mut self, _: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn readiness(&mut self, _: &mut Pipes) -> Interest {
        levels(false, !self.blocked)
    }

    fn subscribers(&self, group: &[u8]) -> Option<usize> {
        Some(self.members(group).len())
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        if let Setting::NoDrop(waits) = setting {
            self.when_full = if *waits { WhenFull::Wait } else { WhenFull::DropNewest };
            self.blocked = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Header;
    use crate::pattern::{
        DropReason,
        testing::{Bench, body, marks, parts},
    };

    fn to(group: &'static [u8], text: &[u8]) -> Message {
        let mut message = body(text);
        *message.header_mut() = Header::of_group(group.into());
        message
    }

    fn join(group: &'static [u8]) -> Control {
        Control::Subscribe(group.into())
    }

    fn leave(group: &'static [u8]) -> Control {
        Control::Cancel(group.into())
    }

    #[test]
    fn messages_go_to_their_group_exactly_and_once() {
        let mut bench = Bench::new(Radio::new());
        let (a, b) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
        for (end, control) in [(a, join(b"news")), (a, join(b"news")), (b, join(b"ne"))] {
            bench.deliver_control(end, control);
        }
        bench.send_message(to(b"news", b"1")).unwrap();
        bench.send_message(to(b"new", b"2")).unwrap();
        assert_eq!(bench.take(a), Some(parts(&[b"news", b"1"])));
        assert_eq!([bench.take(a), bench.take(b)], [None, None]);
        bench.deliver_control(a, leave(b"news"));
        bench.send_message(to(b"news", b"3")).unwrap();
        assert_eq!(bench.take(a), None);
    }

    #[test]
    fn the_slow_lose_messages_or_are_waited_for() {
        for waits in [false, true] {
            let mut bench = Bench::new(Radio::new());
            bench.protocol.configure(&Setting::NoDrop(waits)).unwrap();
            let peer = bench.add(marks(1)).unwrap();
            bench.deliver_control(peer, join(b"g"));
            bench.send_message(to(b"g", b"1")).unwrap();
            let second = bench.send_message(to(b"g", b"2"));
            assert_eq!(second, if waits { Err(ErrorCode::Again) } else { Ok(()) });
            assert_eq!(bench.pipes.dropped(DropReason::QueueFull), u64::from(!waits));
            assert_eq!(bench.levels() == Interest::NONE, waits);
            bench.take(peer).unwrap();
            assert_eq!(bench.levels(), Interest::OUT);
        }
    }

    #[test]
    fn a_new_peer_of_a_pipe_has_joined_nothing() {
        let mut bench = Bench::new(Radio::new());
        let peer = bench.add(marks(9)).unwrap();
        bench.deliver_control(peer, join(b"g"));
        assert_eq!(bench.protocol.subscribers(b"g"), Some(1));
        bench.lost(peer);
        bench.ready(peer, b"").unwrap();
        assert_eq!(bench.protocol.subscribers(b"g"), Some(0));
    }
}
