//! Bench: a protocol under test, with real lanes to peers that the test plays itself.
//!
//! Used by the unit tests of protocols. It does what the socket does: after each operation it tells
//! the protocol what its lanes posted, and asks for its readiness.

mod random;

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use super::{
    Admission, Lane, Marks, Pipe, Pipes, Protocol, Reject,
    lane::{Port, Posted},
    pipe::{Neighbor, Nudge},
};
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Control, Message, PeerInfo, PipeId},
};

/// The other end of a pipe, by the order of its coming.
pub(crate) type End = usize;

#[derive(Debug)]
struct Far {
    pipe: PipeId,
    outgoing: Arc<Lane>,
    incoming: Arc<Lane>,
}

struct Closer(End, Arc<Mutex<Vec<End>>>);

impl Neighbor for Closer {
    fn has_work(&self, _: usize) {}
    fn has_gathered(&self) {}
    fn has_room(&self) {}
    fn close(&self) {
        self.1.lock().unwrap().push(self.0);
    }
}

/// See the module's text.
pub(crate) struct Bench<P> {
    pub(crate) protocol: P,
    pub(crate) pipes: Pipes,
    pub(crate) now: Instant,
    ends: Vec<Far>,
    closed: Arc<Mutex<Vec<End>>>,
}

/// A message of one frame.
pub(crate) fn body(bytes: &[u8]) -> Message {
    Message::new(bytes)
}

/// A message of several frames.
pub(crate) fn parts(frames: &[&[u8]]) -> Message {
    Message::from_frames(frames.iter().map(|frame| (*frame).into()).collect())
}

/// Marks of so many messages.
pub(crate) fn marks(messages: usize) -> Marks {
    Marks::new(messages, 0)
}

impl<P: Protocol> Bench<P> {
    pub(crate) fn new(protocol: P) -> Self {
        Self {
            protocol,
            pipes: Pipes::default(),
            now: Instant::now(),
            ends: Vec::new(),
            closed: Arc::default(),
        }
    }

    /// A peer whose handshake is done.
    pub(crate) fn add(&mut self, marks: Marks) -> Result<End, Reject> {
        self.add_with_priorities(marks, 8, 8)
    }

    pub(crate) fn add_with_priorities(
        &mut self,
        marks: Marks,
        send: u8,
        receive: u8,
    ) -> Result<End, Reject> {
        let end = self.insert(marks, send, receive)?;
        self.ready(end, b"")?;
        Ok(end)
    }

    /// A peer whose handshake is done, and that chose a routing id.
    pub(crate) fn add_named(&mut self, marks: Marks, id: &'static [u8]) -> Result<End, Reject> {
        let end = self.insert(marks, 8, 8)?;
        self.ready(end, id)?;
        Ok(end)
    }

    /// A peer that is being connected to.
    pub(crate) fn add_pending(&mut self, marks: Marks) -> Result<End, Reject> {
        self.insert(marks, 8, 8)
    }

    fn insert(&mut self, marks: Marks, send: u8, receive: u8) -> Result<End, Reject> {
        let pipe = self.pipes.allocate();
        let (outgoing, incoming) = (Lane::new(marks), Lane::new(marks));
        let port = || Some(Port { mailbox: self.pipes.mailbox().clone(), pipe });
        outgoing.set_producer(port());
        incoming.set_consumer(port());
        let end = self.ends.len();
        let neighbor = Arc::new(Closer(end, self.closed.clone()));
        let made = Pipe::new(outgoing.clone(), incoming.clone(), neighbor);
        self.pipes.insert(pipe, made.with_priorities(send, receive));
        self.ends.push(Far { pipe, outgoing, incoming });
        let attached = self.protocol.attach(pipe, &mut self.pipes);
        if attached.is_err() {
            self.pipes.remove(pipe);
        }
        self.pump();
        attached.map(|()| end)
    }

    pub(crate) fn ready(&mut self, end: End, id: &'static [u8]) -> Result<(), Reject> {
        let peer = PeerInfo { routing_id: id.into(), ..PeerInfo::default() };
        let result = self.protocol.ready(self.id(end), &peer, &mut self.pipes);
        if result.is_err() {
            self.detach(end);
        }
        self.pump();
        result
    }

    pub(crate) fn lost(&mut self, end: End) {
        self.protocol.lost(self.id(end), &mut self.pipes);
        self.pump();
    }

    pub(crate) fn detach(&mut self, end: End) {
        let pipe = self.id(end);
        self.protocol.detach(pipe, &mut self.pipes);
        self.pipes.set_detached(pipe);
        self.ends[end].incoming.end();
        self.pump();
    }

    pub(crate) fn id(&self, end: End) -> PipeId {
        self.ends[end].pipe
    }

    pub(crate) fn admit(&mut self, first: &[u8]) -> Result<Admission, ErrorCode> {
        let admission = self.protocol.admit(&first.into(), &mut self.pipes, self.now);
        self.pump();
        admission
    }

    pub(crate) fn commit(&mut self, admission: Admission, message: Message) {
        self.protocol.commit(admission, message, &mut self.pipes, self.now);
        self.pump();
    }

    pub(crate) fn withdraw(&mut self, admission: Admission) {
        self.protocol.withdraw(admission, &mut self.pipes);
        self.pump();
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<(), ErrorCode> {
        self.send_message(body(bytes))
    }

    pub(crate) fn send_message(&mut self, message: Message) -> Result<(), ErrorCode> {
        let result = self.protocol.send(message.clone(), &mut self.pipes, self.now);
        self.pump();
        result.map_err(|refused| {
            assert_eq!(refused.message, message, "what is refused comes back whole");
            refused.code
        })
    }

    /// Receives; but for its origin the message is as the user sees it.
    pub(crate) fn recv_from(&mut self) -> Result<Message, ErrorCode> {
        let result = self.protocol.recv(&mut self.pipes, self.now);
        self.pump();
        result
    }

    pub(crate) fn expire(&mut self, now: Instant) {
        self.now = now;
        self.protocol.expire(now, &mut self.pipes);
        self.pump();
    }

    pub(crate) fn levels(&mut self) -> Interest {
        self.protocol.readiness(&mut self.pipes)
    }

    /// The peer sends.
    pub(crate) fn deliver(&mut self, end: End, message: Message) {
        self.deliver_quietly(end, message);
        self.pump();
    }

    /// The peer sends, and the socket was not yet told.
    pub(crate) fn deliver_quietly(&mut self, end: End, message: Message) {
        assert!(self.ends[end].incoming.push(message).is_ok(), "the test keeps to the marks");
    }

    pub(crate) fn deliver_control(&mut self, end: End, control: Control) {
        self.ends[end].incoming.push_control(control);
        self.pump();
    }

    /// The peer receives.
    pub(crate) fn take(&mut self, end: End) -> Option<Message> {
        let message = self.ends[end].outgoing.pop().map(|(message, _)| message);
        self.pump();
        message
    }

    /// The controls that wait for the peer.
    pub(crate) fn take_controls(&mut self, end: End) -> Vec<Control> {
        let outgoing = &self.ends[end].outgoing;
        outgoing.take_controls()
    }

    /// How many messages wait for the peer.
    pub(crate) fn waiting(&self, end: End) -> usize {
        self.ends[end].outgoing.len()
    }

    /// How many messages of the peer wait for the socket.
    pub(crate) fn unread(&self, end: End) -> usize {
        let far = &self.ends[end];
        far.incoming.len() + self.pipes.get(far.pipe).map_or(0, Pipe::taken)
    }

    /// Whether the peer cannot send.
    pub(crate) fn is_full(&self, end: End) -> bool {
        self.ends[end].incoming.is_full()
    }

    /// The peers whose connection the protocol wanted closed, since last asked.
    pub(crate) fn closed(&mut self) -> Vec<End> {
        for (neighbor, nudge) in self.pipes.take_nudges().into_iter().flatten() {
            if matches!(nudge, Nudge::Close | Nudge::Finish) {
                neighbor.close();
            }
        }
        std::mem::take(&mut self.closed.lock().unwrap())
    }

    /// Tells the protocol what its lanes posted, until they post no more.
    pub(crate) fn pump(&mut self) {
        let mut notes = Vec::new();
        loop {
            self.pipes.take_posted(&mut notes);
            if notes.is_empty() {
                break;
            }
            for note in notes.drain(..) {
                match note {
                    Posted::Writable(pipe) => self.protocol.writable(pipe, &mut self.pipes),
                    Posted::Readable(pipe) => {
                        for control in self.pipes.take_controls(pipe) {
                            self.protocol.control(pipe, control, &mut self.pipes);
                        }
                        self.protocol.readable(pipe, &mut self.pipes);
                    }
                }
            }
        }
    }
}

impl<P: Protocol> Bench<P> {
    /// Receives; compares equal to what the test made, which has no origin.
    pub(crate) fn recv(&mut self) -> Result<Message, ErrorCode> {
        let mut message = self.recv_from()?;
        message.set_origin(PipeId::default());
        Ok(message)
    }
}
