//! pair1: one peer at a time, or with [`Setting::Polyamorous`] many; a hop count before each body
//! (`sp-pair-v1`).
//!
//! Made by the table of socket kinds, cooked (`Pair1<false>`) and raw (`Pair1<true>`). With many
//! peers a message tells by its origin who it came from, and by the same who it goes to; one that
//! names nobody goes to the peer that came first. nng is the judge where the text is silent: a count
//! of 0 is accepted; a count that is not there or not below 256 ends the connection.

use std::time::Instant;

use super::words::{MAX_HOPS, Words};
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
    option::Setting,
    pattern::{
        Admission, DropReason, Pipes, Protocol, Refused, Reject,
        strategy::{FairQueue, PipeMap, levels, settle},
    },
};

/// The highest count that the header has room for.
const HIGHEST: u32 = 0xff;

/// See the module's text.
#[derive(Debug)]
pub struct Pair1<const RAW: bool> {
    /// First come, first served.
    peers: Vec<PipeId>,
    /// The pipes that are or were peers: only they are read.
    accepted: PipeMap<()>,
    incoming: FairQueue,
    /// Found while asking whether there is any.
    next: Option<Message>,
    many: bool,
    max_hops: u8,
}

impl<const RAW: bool> Default for Pair1<RAW> {
    fn default() -> Self {
        Self {
            peers: Vec::new(),
            accepted: PipeMap::default(),
            incoming: FairQueue::default(),
            next: None,
            many: false,
            max_hops: MAX_HOPS,
        }
    }
}

impl<const RAW: bool> Pair1<RAW> {
    /// A pair without a peer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next message with a good header; bad ones are dropped and counted.
    fn next_message(&mut self, pipes: &mut Pipes) -> Option<Message> {
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        loop {
            let message = self.incoming.recv(pipes)?;
            let origin = message.origin();
            let mut words = Words::new(message);
            match words.take() {
                Some(hops) if hops <= u32::from(self.max_hops) => {
                    let mut message = words.into_message();
                    if RAW {
                        message.header_mut().push(hops);
                    }
                    return Some(message);
                }
                Some(hops) if hops <= HIGHEST => pipes.count_drop(DropReason::TooManyHops),
                _ => {
                    pipes.count_drop(DropReason::Malformed);
                    pipes.close(origin);
                }
            }
        }
    }

    /// The count that a message of the user goes out with; none if it has travelled too far.
    fn hops(message: &Message) -> Result<Option<u32>, ErrorCode> {
        if !RAW {
            return Ok(Some(1));
        }
        match message.header().words() {
            [HIGHEST] => Ok(None),
            [hops] if *hops < HIGHEST => Ok(Some(hops + 1)),
            _ => Err(ErrorCode::Invalid),
        }
    }

    fn push(&mut self, message: Message, pipes: &mut Pipes) -> Result<(), Message> {
        let named = message.origin().serial;
        if !self.many || named == 0 {
            let Some(first) = self.peers.first() else { return Err(message) };
            return pipes.push(*first, message);
        }
        match self.peers.iter().find(|peer| peer.serial == named) {
            // To wait for one of many would hold up the messages to all others.
            Some(peer) if pipes.push(*peer, message).is_err() => {
                pipes.count_drop(DropReason::QueueFull);
            }
            Some(_) => {}
            None => pipes.count_drop(DropReason::NoRoute),
        }
        Ok(())
    }
}

impl<const RAW: bool> Protocol for Pair1<RAW> {
    fn attach(&mut self, pipe: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        if !self.many && !self.peers.is_empty() {
            return Err(Reject);
        }
        self.peers.push(pipe);
        self.accepted.insert(pipe, ());
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.retain(|peer| *peer != pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        if self.accepted.contains(pipe) {
            self.incoming.readable(pipe, pipes);
        }
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {}

    fn admit(&mut self, _: &Frame, pipes: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        let first = self.peers.first().copied().filter(|peer| pipes.reserve(*peer));
        first.map(Admission::Pipe).ok_or(ErrorCode::Again)
    }

    fn commit(
        &mut self,
        admission: Admission,
        mut message: Message,
        pipes: &mut Pipes,
        _: Instant,
    ) {
        let hops = Self::hops(&message).ok().flatten();
        message.header_mut().clear();
        message.header_mut().push(hops.unwrap_or(1));
        settle(admission, message, pipes);
    }

    fn send(&mut self, mut message: Message, pipes: &mut Pipes, _: Instant) -> Result<(), Refused> {
        let hops = match Self::hops(&message) {
            Ok(Some(hops)) => hops,
            Ok(None) => {
                pipes.count_drop(DropReason::TooManyHops);
                return Ok(());
            }
            Err(code) => return Err(Refused { message, code }),
        };
        let header = std::mem::take(message.header_mut());
        message.header_mut().push(hops);
        self.push(message, pipes).map_err(|mut message| {
            *message.header_mut() = header;
            Refused { message, code: ErrorCode::Again }
        })
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        self.next_message(pipes).ok_or(ErrorCode::Again)
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        self.next = self.next_message(pipes);
        let room = self.peers.first().is_some_and(|first| pipes.has_room(*first));
        levels(self.next.is_some(), room)
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        match setting {
            Setting::MaxHops(max) => self.max_hops = *max,
            // The peers that are there were taken by the other rule.
            Setting::Polyamorous(many) if *many != self.many && !self.peers.is_empty() => {
                return Err(ErrorCode::WrongState);
            }
            Setting::Polyamorous(many) => self.many = *many,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, End, body, marks};

    fn from(bench: &Bench<Pair1<false>>, end: End, text: &[u8]) -> Message {
        let mut message = body(text);
        message.set_origin(bench.id(end));
        message
    }

    #[test]
    fn the_header_is_one_hop_and_gone_when_received() {
        let mut bench = Bench::new(Pair1::<false>::new());
        assert_eq!(bench.send(b"nobody"), Err(ErrorCode::Again));
        let peer = bench.add(marks(1)).unwrap();
        assert_eq!(bench.add(marks(1)), Err(Reject));
        assert_eq!(bench.send(b"a"), Ok(()));
        assert_eq!((bench.send(b"b"), bench.levels()), (Err(ErrorCode::Again), Interest::NONE));
        let sent = bench.take(peer).unwrap();
        assert_eq!((sent.header().words(), &**sent.body()), (&[1][..], &b"a"[..]));
        bench.deliver(peer, body(b"\0\0\0\x01b"));
        assert_eq!(bench.recv(), Ok(body(b"b")));
    }

    #[test]
    fn counts_up_to_the_limit_pass_and_what_is_none_ends_the_connection() {
        let cases: [(&[u8], u8, Option<DropReason>, bool); 9] = [
            (b"\0\0\0\0x", 8, None, false),
            (b"\0\0\0\x08x", 8, None, false),
            (b"\0\0\0\x09x", 8, Some(DropReason::TooManyHops), false),
            (b"\0\0\0\x02x", 1, Some(DropReason::TooManyHops), false),
            (b"\0\0\0\xffx", 255, None, false),
            (b"\0\0\0\xffx", 254, Some(DropReason::TooManyHops), false),
            (b"\0\0\x01\x01x", 255, Some(DropReason::Malformed), true),
            (b"\x80\0\0\x01x", 8, Some(DropReason::Malformed), true),
            (b"\0\0\0", 8, Some(DropReason::Malformed), true),
        ];
        for (bytes, limit, reason, closes) in cases {
            let mut bench = Bench::new(Pair1::<false>::new());
            bench.protocol.configure(&Setting::MaxHops(limit)).unwrap();
            let peer = bench.add(marks(9)).unwrap();
            bench.deliver(peer, body(bytes));
            let got = bench.recv();
            assert_eq!(got, if reason.is_none() { Ok(body(b"x")) } else { Err(ErrorCode::Again) });
            let dropped = reason.map_or(0, |reason| bench.pipes.dropped(reason));
            assert_eq!(dropped, u64::from(reason.is_some()));
            assert_eq!(bench.closed().len(), usize::from(closes), "{bytes:?}");
        }
    }

    #[test]
    fn many_peers_are_told_apart_by_the_origin() {
        let mut bench = Bench::new(Pair1::<false>::new());
        bench.protocol.configure(&Setting::Polyamorous(true)).unwrap();
        let (a, b) = (bench.add(marks(1)).unwrap(), bench.add(marks(1)).unwrap());
        assert_eq!(
            bench.protocol.configure(&Setting::Polyamorous(false)),
            Err(ErrorCode::WrongState)
        );
        bench.deliver(b, body(b"\0\0\0\x01hello"));
        assert_eq!(bench.recv_from().unwrap().origin(), bench.id(b));
        assert_eq!(bench.send_message(from(&bench, b, b"to b")), Ok(()));
        assert_eq!(bench.send_message(from(&bench, b, b"no room")), Ok(()));
        assert_eq!(bench.send(b"to the first"), Ok(()));
        assert_eq!(&**bench.take(b).unwrap().body(), b"to b");
        assert_eq!(&**bench.take(a).unwrap().body(), b"to the first");
        bench.detach(b);
        assert_eq!(bench.send_message(from(&bench, b, b"gone")), Ok(()));
        let dropped = |reason| bench.pipes.dropped(reason);
        assert_eq!([dropped(DropReason::QueueFull), dropped(DropReason::NoRoute)], [1, 1]);
    }

    #[test]
    fn raw_passes_the_count_on_one_higher() {
        let mut bench = Bench::new(Pair1::<true>::new());
        let peer = bench.add(marks(9)).unwrap();
        bench.deliver(peer, body(b"\0\0\0\x03x"));
        let message = bench.recv().unwrap();
        assert_eq!(message.header().words(), [3]);
        bench.send_message(message).unwrap();
        assert_eq!(bench.take(peer).unwrap().header().words(), [4]);
        assert_eq!(bench.send(b"without a header"), Err(ErrorCode::Invalid));
        let mut far = body(b"x");
        far.header_mut().push(255);
        assert_eq!(bench.send_message(far), Ok(()));
        assert_eq!(bench.pipes.dropped(DropReason::TooManyHops), 1);
    }
}
