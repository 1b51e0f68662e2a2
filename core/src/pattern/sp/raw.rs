//! raw: REQ, REP, SURVEYOR, RESPONDENT and BUS for devices (`AF_SP_RAW`): the words before a body are
//! the message's header, shown to the user and taken from him.
//!
//! Made by the table of socket kinds. The other kinds have no such words, and are raw as they are;
//! pair1 has a count and knows of it itself. What differs is the [`Way`]:
//!
//! | kind | to | header when received | header when sent |
//! |---|---|---|---|
//! | REQ | the next peer with room | all words up to the id | sent as it is |
//! | SURVEYOR | all peers | all words up to the id | sent as it is |
//! | REP, RESPONDENT | the peer that the first word names | the same, its own word for the peer before them | without the first word |
//! | BUS | all but the peer that the word names | its word for the peer | none |
//!
//! nanomsg shows a raw REQ only the first of several words over a stream, and all over inproc; here
//! it is always all, as in nng. A device of either makes the same bytes of it.

use std::time::Instant;

use super::words::{MAX_HOPS, take_backtrace};
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
    option::Setting,
    pattern::{
        Admission, DropReason, Pipes, Protocol, Refused, Reject,
        strategy::{FairQueue, FanOut, LoadBalance, Tags, WhenFull, levels, settle},
    },
};

/// The words that an answer can bear: a request over more hops is not received, so none has more.
const MOST_WORDS: usize = u8::MAX as usize + 1;

/// How a raw socket sends, and what it makes of what arrives.
pub trait Way: Send {
    /// A pipe may be sent to.
    fn attach(&mut self, pipe: PipeId, pipes: &Pipes);
    /// A pipe may no longer be sent to.
    fn detach(&mut self, pipe: PipeId);
    /// A pipe has room again.
    fn writable(&mut self, pipe: PipeId);
    /// Whether a message would be taken.
    fn has_room(&mut self, pipes: &Pipes) -> bool;
    /// Sends a message by its header.
    fn send(&mut self, message: Message, pipes: &mut Pipes) -> Result<(), Refused>;
    /// Makes a header of the words before the body.
    fn show(message: Message, max_hops: u8) -> Result<Message, DropReason>;
}

/// Raw REQ.
pub type RawReq = Raw<Balanced>;
/// Raw SURVEYOR.
pub type RawSurveyor = Raw<ToAll>;
/// Raw REP and raw RESPONDENT.
pub type RawRep = Raw<Routed>;
/// Raw BUS.
pub type RawBus = Raw<ToOthers>;

/// See the module's text.
#[derive(Debug)]
pub struct Raw<W> {
    way: W,
    incoming: FairQueue,
    /// Found while asking whether there is any.
    next: Option<Message>,
    max_hops: u8,
}

impl<W: Way + Default> Raw<W> {
    /// A raw socket without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<W: Default> Default for Raw<W> {
    fn default() -> Self {
        Self { way: W::default(), incoming: FairQueue::default(), next: None, max_hops: MAX_HOPS }
    }
}

impl<W: Way> Raw<W> {
    /// The next message with a good header; bad ones are dropped and counted.
    fn next_message(&mut self, pipes: &mut Pipes) -> Option<Message> {
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        loop {
            let message = self.incoming.recv(pipes)?;
            let pipe = message.origin();
            match W::show(message, self.max_hops) {
                Ok(message) => return Some(message),
                Err(reason) => {
                    pipes.count_drop(reason);
                    if reason == DropReason::Malformed {
                        pipes.close(pipe);
                    }
                }
            }
        }
    }
}

impl<W: Way> Protocol for Raw<W> {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        self.way.attach(pipe, pipes);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.way.detach(pipe);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.incoming.readable(pipe, pipes);
    }

    fn writable(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.way.writable(pipe);
    }

    /// Where a message goes its header tells, which is there when the message is whole.
    fn admit(&mut self, _: &Frame, _: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        settle(admission, message, pipes);
    }

    fn send(&mut self, message: Message, pipes: &mut Pipes, _: Instant) -> Result<(), Refused> {
        self.way.send(message, pipes)
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        self.next_message(pipes).ok_or(ErrorCode::Again)
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        self.next = self.next_message(pipes);
        levels(self.next.is_some(), self.way.has_room(pipes))
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        if let Setting::MaxHops(max) = setting {
            self.max_hops = *max;
        }
        Ok(())
    }
}

/// The words up to the id become the header.
fn show_stack(message: Message, most: usize) -> Result<Message, DropReason> {
    let (mut message, words) = take_backtrace(message, most)?;
    *message.header_mut() = words;
    Ok(message)
}

/// To the next peer with room.
#[derive(Debug, Default)]
pub struct Balanced(LoadBalance);

impl Way for Balanced {
    fn attach(&mut self, pipe: PipeId, pipes: &Pipes) {
        self.0.attach(pipe, pipes);
    }

    fn detach(&mut self, pipe: PipeId) {
        self.0.detach(pipe);
    }

    fn writable(&mut self, pipe: PipeId) {
        self.0.writable(pipe);
    }

    fn has_room(&mut self, pipes: &Pipes) -> bool {
        self.0.has_room(pipes)
    }

    fn send(&mut self, message: Message, pipes: &mut Pipes) -> Result<(), Refused> {
        let refused = |message| Refused { message, code: ErrorCode::Again };
        self.0.send(message, pipes).map(drop).map_err(refused)
    }

    fn show(message: Message, _: u8) -> Result<Message, DropReason> {
        show_stack(message, MOST_WORDS)
    }
}

/// To all peers; those at their marks do not get it.
#[derive(Debug)]
pub struct ToAll(FanOut);

impl Default for ToAll {
    fn default() -> Self {
        Self(FanOut::new(WhenFull::DropNewest))
    }
}

impl Way for ToAll {
    fn attach(&mut self, pipe: PipeId, _: &Pipes) {
        self.0.attach(pipe);
    }

    fn detach(&mut self, pipe: PipeId) {
        self.0.detach(pipe);
    }

    fn writable(&mut self, _: PipeId) {}

    fn has_room(&mut self, _: &Pipes) -> bool {
        true
    }

    fn send(&mut self, message: Message, pipes: &mut Pipes) -> Result<(), Refused> {
        self.0.send(message, pipes);
        Ok(())
    }

    fn show(message: Message, _: u8) -> Result<Message, DropReason> {
        show_stack(message, MOST_WORDS)
    }
}

/// To the peer that the first word names; if it is gone or has no room, dropped and counted.
#[derive(Debug, Default)]
pub struct Routed(Tags);

impl Way for Routed {
    fn attach(&mut self, pipe: PipeId, _: &Pipes) {
        self.0.attach(pipe);
    }

    fn detach(&mut self, pipe: PipeId) {
        self.0.detach(pipe);
    }

    fn writable(&mut self, _: PipeId) {}

    fn has_room(&mut self, _: &Pipes) -> bool {
        true
    }

    fn send(&mut self, mut message: Message, pipes: &mut Pipes) -> Result<(), Refused> {
        let Some(tag) = message.header_mut().pop_front() else {
            return Err(Refused { message, code: ErrorCode::Invalid });
        };
        match self.0.find(tag) {
            None => pipes.count_drop(DropReason::NoRoute),
            Some(pipe) => {
                if pipes.push(pipe, message).is_err() {
                    pipes.count_drop(DropReason::QueueFull);
                }
            }
        }
        Ok(())
    }

    fn show(message: Message, max_hops: u8) -> Result<Message, DropReason> {
        let mut message = show_stack(message, max_hops.into())?;
        let tag = message.origin().serial;
        message.header_mut().push_front(tag);
        Ok(message)
    }
}

/// To all peers but the one that the header names, if any.
#[derive(Debug, Default)]
pub struct ToOthers(ToAll);

impl Way for ToOthers {
    fn attach(&mut self, pipe: PipeId, pipes: &Pipes) {
        self.0.attach(pipe, pipes);
    }

    fn detach(&mut self, pipe: PipeId) {
        self.0.detach(pipe);
    }

    fn writable(&mut self, _: PipeId) {}

    fn has_room(&mut self, _: &Pipes) -> bool {
        true
    }

    fn send(&mut self, mut message: Message, pipes: &mut Pipes) -> Result<(), Refused> {
        let except = match message.header().words() {
            [] => 0,
            [one] => *one,
            _ => return Err(Refused { message, code: ErrorCode::Invalid }),
        };
        message.header_mut().clear();
        self.0.0.send_except(except, message, pipes);
        Ok(())
    }

    fn show(mut message: Message, _: u8) -> Result<Message, DropReason> {
        let tag = message.origin().serial;
        message.header_mut().clear();
        message.header_mut().push(tag);
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, body, marks};

    const ID: u32 = 0x8000_0005;

    fn words(words: &[u32], text: &[u8]) -> Message {
        let mut message = body(text);
        words.iter().for_each(|word| message.header_mut().push(*word));
        message
    }

    fn on_wire(tags: u32, id: Option<u32>, text: &[u8]) -> Message {
        let words: Vec<u8> = (0..tags).chain(id).flat_map(u32::to_be_bytes).collect();
        body(&[&words[..], text].concat())
    }

    #[test]
    fn a_reply_goes_where_its_first_word_says() {
        let mut bench = Bench::new(RawRep::new());
        let (a, b) = (bench.add(marks(1)).unwrap(), bench.add(marks(1)).unwrap());
        bench.deliver(b, on_wire(2, Some(ID), b"?"));
        let request = bench.recv().unwrap();
        let tag = bench.id(b).serial;
        assert_eq!(
            (request.header().words(), &**request.body()),
            (&[tag, 0, 1, ID][..], &b"?"[..])
        );
        assert_eq!(bench.send_message(request.clone()), Ok(()));
        assert_eq!(bench.send_message(request.clone()), Ok(()));
        assert_eq!(bench.take(b), Some(words(&[0, 1, ID], b"?")));
        assert_eq!(bench.waiting(a), 0);
        bench.detach(b);
        assert_eq!(bench.send_message(request), Ok(()));
        assert_eq!(bench.send(b"to nobody"), Err(ErrorCode::Invalid));
        let dropped = |reason| bench.pipes.dropped(reason);
        assert_eq!([dropped(DropReason::QueueFull), dropped(DropReason::NoRoute)], [1, 1]);
    }

    #[test]
    fn requests_over_the_limit_are_dropped_and_stacks_without_an_end_close() {
        for limit in [1, 8, 15, 255] {
            let mut bench = Bench::new(RawRep::new());
            bench.protocol.configure(&Setting::MaxHops(limit)).unwrap();
            let peer = bench.add(marks(9)).unwrap();
            bench.deliver(peer, on_wire(u32::from(limit) - 1, Some(ID), b""));
            assert!(bench.recv().is_ok());
            bench.deliver(peer, on_wire(limit.into(), Some(ID), b""));
            bench.deliver(peer, on_wire(70_000, None, b""));
            assert_eq!(bench.recv(), Err(ErrorCode::Again));
            assert_eq!(bench.pipes.dropped(DropReason::TooManyHops), 2);
            assert_eq!(bench.closed(), []);
            bench.deliver(peer, on_wire(u32::from(limit) - 1, None, b"abc"));
            assert_eq!(bench.recv(), Err(ErrorCode::Again));
            assert_eq!(bench.closed(), [peer]);
        }
    }

    #[test]
    fn a_request_is_sent_with_its_header_and_a_reply_shows_all_of_it() {
        let mut bench = Bench::new(RawReq::new());
        assert_eq!(bench.send_message(words(&[3, ID], b"?")), Err(ErrorCode::Again));
        let peer = bench.add(marks(1)).unwrap();
        assert_eq!(bench.levels(), Interest::OUT);
        assert_eq!(bench.send_message(words(&[3, ID], b"?")), Ok(()));
        assert_eq!(bench.levels(), Interest::NONE);
        assert_eq!(bench.take(peer), Some(words(&[3, ID], b"?")));
        bench.deliver(peer, on_wire(20, Some(ID), b"!"));
        let reply = bench.recv().unwrap();
        assert_eq!((reply.header().words().len(), &**reply.body()), (21, &b"!"[..]));
        bench.deliver_quietly(peer, body(b"abc"));
        bench.pump();
        assert_eq!(bench.recv(), Err(ErrorCode::Again));
        assert_eq!(bench.closed(), [peer]);
    }

    #[test]
    fn a_survey_goes_to_all_with_its_header() {
        let mut bench = Bench::new(RawSurveyor::new());
        let ends = [bench.add(marks(1)).unwrap(), bench.add(marks(1)).unwrap()];
        assert_eq!(bench.send_message(words(&[ID], b"?")), Ok(()));
        for end in ends {
            assert_eq!(bench.take(end), Some(words(&[ID], b"?")));
        }
    }

    #[test]
    fn a_bus_does_not_send_back_what_it_passes_on() {
        let mut bench = Bench::new(RawBus::new());
        let ends: Vec<_> = (0..3).map(|_| bench.add(marks(9)).unwrap()).collect();
        bench.deliver(ends[1], body(b"x"));
        let message = bench.recv().unwrap();
        assert_eq!(message.header().words(), [bench.id(ends[1]).serial]);
        assert_eq!(bench.send_message(message), Ok(()));
        let mut waiting = || [0, 1, 2].map(|end| bench.take(ends[end]));
        assert_eq!(waiting(), [Some(body(b"x")), None, Some(body(b"x"))]);
        assert_eq!(bench.send(b"all"), Ok(()));
        assert_eq!(ends.iter().filter(|end| bench.take(**end).is_some()).count(), 3);
        assert_eq!(bench.send_message(words(&[1, 2], b"x")), Err(ErrorCode::Invalid));
    }
}
