//! DISH: messages of the groups that it joined, from all RADIOs in turn (RFC 48, a draft).
//!
//! Made by the table of socket kinds. RADIOs send what was joined; what
//! comes all the same, over udp or while a group is being left, is dropped and counted here.

use std::{collections::HashSet, time::Instant};

use bytes::Bytes;

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Control, Frame, Header, Message, PeerInfo, PipeId},
    pattern::{
        Admission, Command, DropReason, Pipes, Protocol, Reject,
        strategy::{FairQueue, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Dish {
    groups: HashSet<Bytes>,
    /// The peers that can be told of groups now.
    ready: Vec<PipeId>,
    incoming: FairQueue,
    /// Found while asking whether there is any.
    next: Option<Message>,
}

impl Dish {
    /// A dish in no group yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next message of a group that it is in.
    fn next_message(&mut self, pipes: &mut Pipes) -> Option<Message> {
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        loop {
            let mut message = self.incoming.recv(pipes)?;
            match message.pop_front().and_then(|group| self.groups.get(&*group)) {
                Some(group) => {
                    *message.header_mut() = Header::of_group(group.clone());
                    return Some(message);
                }
                None => pipes.count_drop(DropReason::NotSubscribed),
            }
        }
    }

    fn tell(&self, control: &Control, pipes: &mut Pipes) {
        for pipe in &self.ready {
            pipes.push_control(*pipe, control.clone());
        }
    }

    /// In a group that it is in already, or out of one that it is not in: an error, as in libzmq.
    fn change(&mut self, command: Command, pipes: &mut Pipes) -> Result<(), ErrorCode> {
        let (changed, control) = match command {
            Command::Subscribe(group) => {
                let group = Bytes::from(group);
                (self.groups.insert(group.clone()), Control::Subscribe(group))
            }
            Command::Unsubscribe(group) => {
                let group = Bytes::from(group);
                (self.groups.remove(&group), Control::Cancel(group))
            }
        };
        if !changed {
            return Err(ErrorCode::Invalid);
        }
        self.tell(&control, pipes);
        Ok(())
    }
}

impl Protocol for Dish {
    fn attach(&mut self, _: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        Ok(())
    }

    fn ready(&mut self, pipe: PipeId, _: &PeerInfo, pipes: &mut Pipes) -> Result<(), Reject> {
        if !self.ready.contains(&pipe) {
            self.ready.push(pipe);
        }
        // What the peer before was not yet told is told to this one with all the rest.
        if let Some(pipe) = pipes.get(pipe) {
            pipe.outgoing().clear_controls();
        }
        for group in &self.groups {
            pipes.push_control(pipe, Control::Subscribe(group.clone()));
        }
        Ok(())
    }

    fn lost(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.ready.retain(|other| *other != pipe);
    }

    fn detach(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.lost(pipe, pipes);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.incoming.readable(pipe, pipes);
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {}

    fn admit(&mut self, _: &Frame, _: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        settle(admission, message, pipes);
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        self.next_message(pipes).ok_or(ErrorCode::Again)
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        self.next = self.next_message(pipes);
        levels(self.next.is_some(), false)
    }

    fn command(&mut self, command: Command, pipes: &mut Pipes) -> Result<(), ErrorCode> {
        self.change(command, pipes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, marks, parts};

    fn join(group: &[u8]) -> Command {
        Command::Subscribe(group.to_vec())
    }

    #[test]
    fn only_what_was_joined_is_received() {
        let mut bench = Bench::new(Dish::new());
        let peer = bench.add(marks(9)).unwrap();
        bench.protocol.command(join(b"a"), &mut bench.pipes).unwrap();
        for group in [b"b".as_slice(), b"a", b"", b"aa"] {
            bench.deliver(peer, parts(&[group, b"x"]));
        }
        assert_eq!(bench.levels(), Interest::IN);
        let message = bench.recv().unwrap();
        assert_eq!(message.header().group().map(|group| &group[..]), Some(b"a".as_slice()));
        assert_eq!(&**message.body(), b"x");
        assert_eq!(bench.recv(), Err(ErrorCode::Again));
        assert_eq!(bench.pipes.dropped(DropReason::NotSubscribed), 3);
    }

    #[test]
    fn joining_twice_and_leaving_what_was_not_joined_are_errors() {
        let mut bench = Bench::new(Dish::new());
        let leave = || Command::Unsubscribe(b"a".to_vec());
        let asked = [(join(b"a"), true), (join(b"a"), false), (leave(), true), (leave(), false)];
        for (command, fine) in asked {
            let done = bench.protocol.command(command, &mut bench.pipes);
            assert_eq!(done, if fine { Ok(()) } else { Err(ErrorCode::Invalid) });
        }
    }

    #[test]
    fn each_new_peer_is_told_every_group_once() {
        let mut bench = Bench::new(Dish::new());
        let peer = bench.add_pending(marks(9)).unwrap();
        bench.protocol.command(join(b"a"), &mut bench.pipes).unwrap();
        assert_eq!(bench.take_controls(peer), []);
        for _ in 0..2 {
            bench.ready(peer, b"").unwrap();
            assert_eq!(bench.take_controls(peer), [Control::Subscribe(b"a".as_slice().into())]);
            bench.lost(peer);
        }
    }
}
