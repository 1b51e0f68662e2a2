//! Lane: the queue of one direction of a pipe, with its marks. A leaf lock: nothing is taken, and no
//! system call made, while it is held.
//!
//! Over a stream a lane joins a protocol and a connection; over inproc the same lanes join two
//! protocols. The producer asks for room, the consumer returns it. After a refusal there is room
//! again only once half of the lane was drained (libzmq's low-water mark), so that producer and
//! consumer do not wake each other for every message.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    lock::{Guard, Lock, Rank},
    message::{Control, Message, PipeId},
};

/// How much a lane holds. Zero means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Whole messages.
    pub messages: usize,
    /// Bytes of bodies and headers. A larger message passes when the lane is empty.
    pub bytes: usize,
}

/// What happened to a lane, told to the socket at its other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It went from empty to not empty, or ended.
    Readable(PipeId),
    /// It has room again after a refusal.
    Writable(PipeId),
}

/// A socket's list of lanes that changed: filled by whoever is at their other ends, emptied under
/// the pattern lock.
#[derive(Debug)]
pub struct Mailbox {
    posted: Lock<Vec<Posted>>,
    pending: AtomicBool,
}

impl Default for Mailbox {
    fn default() -> Self {
        Self { posted: Lock::new(Rank::Mailbox, Vec::new()), pending: AtomicBool::new(false) }
    }
}

impl Mailbox {
    /// Adds a note.
    pub fn post(&self, note: Posted) {
        self.posted.lock().push(note);
        self.pending.store(true, Ordering::Release);
    }

    /// Takes all notes into `notes`.
    pub fn take(&self, notes: &mut Vec<Posted>) {
        if self.pending.swap(false, Ordering::AcqRel) {
            notes.append(&mut self.posted.lock());
        }
    }
}

/// One socket's end of a lane.
#[derive(Clone, Debug)]
pub struct Port {
    /// Where to post.
    pub mailbox: Arc<Mailbox>,
    /// As which pipe.
    pub pipe: PipeId,
}

/// What taking a message out of a lane led to.
#[derive(Debug)]
pub struct Popped {
    /// The message.
    pub message: Message,
    /// The producer had been refused and now has room: tell it.
    pub room: bool,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Message>,
    controls: VecDeque<Control>,
    bytes: usize,
    reserved: usize,
    marks: Marks,
    refused: bool,
    ended: bool,
    producer: Option<Port>,
    consumer: Option<Port>,
}

impl Queue {
    fn has_room(&self) -> bool {
        let count = self.messages.len() + self.reserved;
        let Marks { messages, bytes } = self.marks;
        if self.refused {
            (messages == 0 || count <= messages / 2) && (bytes == 0 || self.bytes <= bytes / 2)
        } else {
            (messages == 0 || count < messages) && (bytes == 0 || self.bytes < bytes)
        }
    }

    /// Room as a producer sees it: a refusal is remembered, so that it will be told of new room.
    fn ask_room(&mut self) -> bool {
        let room = self.has_room();
        self.refused = !room;
        room
    }

    fn push(&mut self, message: Message) {
        self.bytes += footprint(&message);
        self.messages.push_back(message);
        if self.messages.len() == 1 {
            self.tell_consumer();
        }
    }

    fn tell_consumer(&self) {
        if let Some(Port { mailbox, pipe }) = &self.consumer {
            mailbox.post(Posted::Readable(*pipe));
        }
    }

    fn room_returned(&mut self) -> bool {
        if !(self.refused && self.has_room()) {
            return false;
        }
        self.refused = false;
        if let Some(Port { mailbox, pipe }) = &self.producer {
            mailbox.post(Posted::Writable(*pipe));
        }
        true
    }
}

fn footprint(message: &Message) -> usize {
    message.size() + message.header().wire_len()
}

/// See the module's text.
#[derive(Debug)]
pub struct Lane(Lock<Queue>);

impl Lane {
    /// An empty lane.
    #[must_use]
    pub fn new(marks: Marks) -> Arc<Self> {
        Arc::new(Self(Lock::new(Rank::Lane, Queue { marks, ..Queue::default() })))
    }

    fn queue(&self) -> Guard<'_, Queue> {
        self.0.lock()
    }

    /// Says who is to hear of new room.
    pub fn set_producer(&self, port: Option<Port>) {
        self.queue().producer = port;
    }

    /// Says who is to hear of new messages; at once, when some wait already.
    pub fn set_consumer(&self, port: Option<Port>) {
        let mut queue = self.queue();
        queue.consumer = port;
        if !queue.messages.is_empty() || !queue.controls.is_empty() || queue.ended {
            queue.tell_consumer();
        }
    }

    /// Changes the marks.
    pub fn set_marks(&self, marks: Marks) {
        let mut queue = self.queue();
        queue.marks = marks;
        queue.room_returned();
    }

    /// Whether a message would be taken; a refusal is remembered and its end announced.
    pub fn ask_room(&self) -> bool {
        self.queue().ask_room()
    }

    /// Appends a message, or hands it back when the lane is at its mark.
    pub fn push(&self, message: Message) -> Result<(), Message> {
        let mut queue = self.queue();
        if !queue.ask_room() {
            return Err(message);
        }
        queue.push(message);
        Ok(())
    }

    /// Keeps a place for a message that will follow.
    pub fn reserve(&self) -> bool {
        let mut queue = self.queue();
        let room = queue.ask_room();
        queue.reserved += usize::from(room);
        room
    }

    /// Gives a kept place back.
    pub fn unreserve(&self) {
        let mut queue = self.queue();
        queue.reserved = queue.reserved.saturating_sub(1);
        queue.room_returned();
    }

    /// Appends a message to the place kept for it.
    pub fn push_reserved(&self, message: Message) {
        let mut queue = self.queue();
        queue.reserved = queue.reserved.saturating_sub(1);
        queue.push(message);
    }

    /// Appends a message; at the mark, the oldest ones go. Answers how many went.
    pub fn push_dropping_oldest(&self, message: Message) -> usize {
        let mut queue = self.queue();
        let mut dropped = 0;
        // Dropping makes its own room: down to the mark, not to the half that a refusal waits for.
        queue.refused = false;
        while !queue.has_room() {
            let Some(oldest) = queue.messages.pop_front() else { break };
            queue.bytes -= footprint(&oldest);
            dropped += 1;
        }
        queue.push(message);
        dropped
    }

    /// Appends a control, which no mark holds back.
    pub fn push_control(&self, control: Control) {
        let mut queue = self.queue();
        queue.controls.push_back(control);
        queue.tell_consumer();
    }

    /// Takes the oldest message.
    pub fn pop(&self) -> Option<Popped> {
        let mut queue = self.queue();
        let message = queue.messages.pop_front()?;
        queue.bytes -= footprint(&message);
        let room = queue.room_returned();
        Some(Popped { message, room })
    }

    /// Takes the oldest control.
    pub fn pop_control(&self) -> Option<Control> {
        self.queue().controls.pop_front()
    }

    /// Puts messages back at the front: they were taken but not wholly written.
    pub fn put_back(&self, messages: impl DoubleEndedIterator<Item = Message>) {
        let mut queue = self.queue();
        for message in messages.rev() {
            queue.bytes += footprint(&message);
            queue.messages.push_front(message);
        }
    }

    /// Forgets the controls: a new peer will be told all from the start.
    pub fn clear_controls(&self) {
        self.queue().controls.clear();
    }

    /// No more will be pushed; what is there can still be taken.
    pub fn end(&self) {
        let mut queue = self.queue();
        queue.ended = true;
        queue.tell_consumer();
    }

    /// Whether it ended and nothing is left.
    pub fn is_done(&self) -> bool {
        let queue = self.queue();
        queue.ended && queue.messages.is_empty() && queue.controls.is_empty()
    }

    /// Whether neither message nor control waits.
    pub fn is_empty(&self) -> bool {
        let queue = self.queue();
        queue.messages.is_empty() && queue.controls.is_empty()
    }

    /// The number of messages that wait.
    pub fn len(&self) -> usize {
        self.queue().messages.len()
    }

    /// Drops all messages; answers how many there were.
    pub fn clear(&self) -> usize {
        let mut queue = self.queue();
        let count = queue.messages.len();
        queue.messages.clear();
        queue.bytes = 0;
        queue.room_returned();
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(size: usize) -> Message {
        Message::new(vec![0; size])
    }

    #[test]
    fn after_a_refusal_room_returns_at_half() {
        let lane = Lane::new(Marks { messages: 4, bytes: 0 });
        for _ in 0..4 {
            assert!(lane.push(message(1)).is_ok());
        }
        assert!(lane.push(message(1)).is_err());
        assert!(!lane.pop().unwrap().room);
        assert!(lane.push(message(1)).is_err(), "no room before half is drained");
        assert!(lane.pop().unwrap().room);
        assert!(lane.push(message(1)).is_ok());
    }

    #[test]
    fn a_message_over_the_bytes_mark_passes_when_the_lane_is_empty() {
        let lane = Lane::new(Marks { messages: 0, bytes: 10 });
        assert!(lane.push(message(100)).is_ok());
        assert!(lane.push(message(1)).is_err());
        assert!(lane.pop().unwrap().room);
        assert!(lane.push(message(1)).is_ok());
    }

    #[test]
    fn a_reserved_place_counts_until_it_is_used_or_given_back() {
        let lane = Lane::new(Marks { messages: 1, bytes: 0 });
        assert!(lane.reserve());
        assert!(lane.push(message(1)).is_err());
        lane.push_reserved(message(1));
        assert_eq!(lane.len(), 1);
        assert!(!lane.reserve());
    }

    #[test]
    fn both_ends_are_told_once_an_edge() {
        let mailbox = Arc::new(Mailbox::default());
        let pipe = PipeId { slot: 0, serial: 1 };
        let lane = Lane::new(Marks { messages: 1, bytes: 0 });
        lane.set_consumer(Some(Port { mailbox: mailbox.clone(), pipe }));
        lane.set_producer(Some(Port { mailbox: mailbox.clone(), pipe }));
        assert!(lane.push(message(1)).is_ok());
        assert!(lane.push(message(1)).is_err());
        lane.pop();
        let mut notes = Vec::new();
        mailbox.take(&mut notes);
        assert_eq!(notes, [Posted::Readable(pipe), Posted::Writable(pipe)]);
    }
}
