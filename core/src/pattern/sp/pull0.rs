//! pull0: messages from all peers, in turn (`sp-pipeline`). ZMTP's PULL is the same.
//!
//! Made by the table of socket kinds.

use std::time::Instant;

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
    pattern::{
        Admission, Pipes, Protocol, Reject,
        strategy::{FairQueue, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Pull0 {
    incoming: FairQueue,
}

impl Pull0 {
    /// A puller without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for Pull0 {
    fn attach(&mut self, _: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        Ok(())
    }

    fn detach(&mut self, _: PipeId, _: &mut Pipes) {}

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
        self.incoming.recv(pipes).ok_or(ErrorCode::Again)
    }

    fn source(&self) -> Option<PipeId> {
        self.incoming.sole()
    }

    fn is_plain(&self) -> bool {
        true
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        levels(self.incoming.is_readable(pipes), false)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pattern::testing::{Bench, body, marks};

    #[test]
    fn peers_take_turns_and_the_gone_are_read_to_their_end() {
        let mut bench = Bench::new(Pull0::new());
        let (a, b) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
        for (end, text) in [(a, b"a1"), (a, b"a2"), (a, b"a3"), (b, b"b1")] {
            bench.deliver(end, body(text));
        }
        bench.detach(a);
        assert_eq!(bench.levels(), Interest::IN);
        for text in [b"a1", b"b1", b"a2", b"a3"] {
            assert_eq!(bench.recv(), Ok(body(text)));
        }
        assert_eq!(bench.levels(), Interest::NONE);
        assert_eq!(bench.recv(), Err(ErrorCode::Again));
        assert_eq!(bench.pipes.ids().count(), 1, "the gone one left the table when it was empty");
        assert_eq!(bench.send(b"x"), Err(ErrorCode::NotSupported));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_doubled_order_and_priorities_hold(
            priorities in prop::collection::vec(1..4u8, 1..5),
            ops in prop::collection::vec((0..8usize, any::<bool>(), any::<bool>()), 1..200),
        ) {
            let mut bench = Bench::new(Pull0::new());
            let ends: Vec<_> = priorities.iter()
                .map(|priority| bench.add_with_priorities(marks(0), 8, *priority).unwrap())
                .collect();
            let mut waiting = vec![std::collections::VecDeque::new(); ends.len()];
            let mut number = 0u32;
            for (index, deliver, look) in ops {
                let index = index % ends.len();
                if deliver {
                    bench.deliver(ends[index], body(&number.to_be_bytes()));
                    waiting[index].push_back(number);
                    number += 1;
                    continue;
                }
                let full = (0..ends.len()).filter(|index| !waiting[*index].is_empty());
                let urgent = full.map(|index| priorities[index]).min();
                if look {
                    prop_assert_eq!(bench.levels() == Interest::IN, urgent.is_some());
                }
                match bench.recv_from() {
                    Err(code) => prop_assert_eq!((code, urgent), (ErrorCode::Again, None)),
                    Ok(message) => {
                        let from = ends.iter().position(|end| bench.id(*end) == message.origin()).unwrap();
                        let expected = waiting[from].pop_front().unwrap();
                        prop_assert_eq!(&**message.body(), &expected.to_be_bytes());
                        prop_assert_eq!(Some(priorities[from]), urgent);
                    }
                }
            }
        }
    }
}
