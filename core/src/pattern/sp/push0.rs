//! push0: each message to one of the peers, in turn (`sp-pipeline`). ZMTP's PUSH is the same.
//!
//! Made by the table of socket kinds. Waits when no peer has room.

use std::time::Instant;

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
    pattern::{
        Admission, Pipes, Protocol, Refused, Reject,
        strategy::{LoadBalance, discard_incoming, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Push0 {
    peers: LoadBalance,
}

impl Push0 {
    /// A pusher without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for Push0 {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        self.peers.attach(pipe, pipes);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.detach(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        discard_incoming(pipe, pipes);
    }

    fn writable(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.writable(pipe);
    }

    fn admit(&mut self, _: &Frame, pipes: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        self.peers.reserve(pipes).map(Admission::Pipe).ok_or(ErrorCode::Again)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        settle(admission, message, pipes);
    }

    fn send(&mut self, message: Message, pipes: &mut Pipes, _: Instant) -> Result<(), Refused> {
        let refused = |message| Refused { message, code: ErrorCode::Again };
        self.peers.send(message, pipes).map(drop).map_err(refused)
    }

    fn recv(&mut self, _: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn target(&self) -> Option<PipeId> {
        self.peers.sole()
    }

    fn is_plain(&self) -> bool {
        true
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        levels(false, self.peers.has_room(pipes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pattern::{
        DropReason,
        testing::{Bench, body, marks},
    };

    #[test]
    fn messages_go_round_past_those_without_room() {
        let mut bench = Bench::new(Push0::new());
        assert_eq!(bench.send(b"nobody"), Err(ErrorCode::Again));
        let (a, b) = (bench.add(marks(2)).unwrap(), bench.add(marks(1)).unwrap());
        for text in [b"1", b"2", b"3"] {
            assert_eq!(bench.send(text), Ok(()));
        }
        assert_eq!(bench.levels(), Interest::NONE);
        assert_eq!(bench.send(b"4"), Err(ErrorCode::Again));
        assert_eq!(bench.take(b), Some(body(b"2")));
        assert_eq!(bench.levels(), Interest::OUT);
        assert_eq!(bench.send(b"4"), Ok(()));
        assert_eq!([bench.take(a), bench.take(a)], [Some(body(b"1")), Some(body(b"3"))]);
        assert_eq!(bench.take(b), Some(body(b"4")));
        assert_eq!(bench.recv(), Err(ErrorCode::NotSupported));
    }

    #[test]
    fn urgent_peers_first() {
        let mut bench = Bench::new(Push0::new());
        let late = bench.add_with_priorities(marks(9), 9, 9).unwrap();
        let first = bench.add_with_priorities(marks(1), 1, 9).unwrap();
        assert_eq!([bench.send(b"1"), bench.send(b"2")], [Ok(()), Ok(())]);
        assert_eq!(bench.take(first), Some(body(b"1")));
        assert_eq!(bench.send(b"3"), Ok(()));
        assert_eq!([bench.take(first), bench.take(late)], [Some(body(b"3")), Some(body(b"2"))]);
    }

    #[test]
    fn what_a_pipe_dies_with_is_counted_and_what_comes_in_is_dropped() {
        let mut bench = Bench::new(Push0::new());
        let peer = bench.add(marks(1)).unwrap();
        let admission = bench.admit(b"first").unwrap();
        bench.deliver(peer, body(b"against the rules"));
        bench.detach(peer);
        bench.commit(admission, body(b"whole"));
        assert_eq!(bench.pipes.dropped(DropReason::PeerGone), 1);
        assert_eq!(bench.pipes.dropped(DropReason::Malformed), 1);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_doubled_or_over_the_mark_and_priorities_hold(
            peers in prop::collection::vec((1..5usize, 1..4u8), 1..5),
            ops in prop::collection::vec((0..8usize, any::<bool>()), 1..200),
        ) {
            let mut bench = Bench::new(Push0::new());
            let ends: Vec<_> = peers.iter()
                .map(|(mark, priority)| bench.add_with_priorities(marks(*mark), *priority, 8).unwrap())
                .collect();
            // Whether a peer refused and has not drained to half since.
            let mut resting = vec![false; peers.len()];
            let (mut sent, mut seen) = (0u64, Vec::new());
            let note = |bytes: Message| u64::from_be_bytes(bytes.body()[..].try_into().unwrap());
            for (index, send) in ops {
                if !send {
                    let index = index % ends.len();
                    seen.extend(bench.take(ends[index]).map(note));
                    resting[index] &= bench.waiting(ends[index]) > peers[index].0 / 2;
                    continue;
                }
                let before: Vec<_> = ends.iter().map(|end| bench.waiting(*end)).collect();
                for (index, (mark, _)) in peers.iter().enumerate() {
                    resting[index] |= before[index] >= *mark;
                }
                let open = (0..peers.len()).filter(|index| !resting[*index]);
                let urgent = open.map(|index| peers[index].1).min();
                let result = bench.send(&sent.to_be_bytes());
                sent += u64::from(result.is_ok());
                for (index, end) in ends.iter().enumerate() {
                    prop_assert!(bench.waiting(*end) <= peers[index].0);
                    if bench.waiting(*end) > before[index] {
                        prop_assert!(urgent.is_none_or(|urgent| peers[index].1 <= urgent));
                    }
                }
                prop_assert_eq!(result.is_ok(), urgent.is_some() || result.is_ok());
            }
            for end in ends {
                while let Some(message) = bench.take(end) {
                    seen.push(note(message));
                }
            }
            seen.sort_unstable();
            prop_assert!(seen.into_iter().eq(0..sent));
        }
    }
}
