//! Lane: the queue of one direction of a pipe, with its marks. A leaf lock: nothing is taken, and no
//! system call made, while it is held.
//!
//! Over a stream a lane joins a protocol and a connection; over inproc the same lanes join two
//! protocols. The producer asks for room, the consumer returns it. After a refusal there is room
//! again only once half of the lane was drained (libzmq's low-water mark), so that producer and
//! consumer do not wake each other for every message.
//!
//! Towards a connection whose framing is known a lane encodes each message as it is pushed
//! ([`Lane::encode_with`]); the connection's writer takes all that waits at once
//! ([`Lane::exchange`]). What it took counts against the marks until it is written.

mod mailbox;
mod store;

use std::sync::Arc;

pub use mailbox::{Mailbox, Posted};
use store::Store;

use crate::{
    lock::{Guard, Lock, Rank},
    message::{Batch, Carried, Control, Encode, Intake, Load, Messages, PipeId},
};

/// While streaming, how many encoded bytes are gathered before the writer is asked to write them: what
/// was copied to be written together should still be in the cache.
const GATHER: usize = 64 * 1024;
/// The size from which on messages are large: only referenced, and dear in that each wakes its peer.
const LARGE: usize = 32 * 1024;
/// How many bytes of large messages are gathered.
const GATHER_LARGE: usize = 1024 * 1024;

/// With more bytes than these unwritten, a stream is far behind a producer of large messages: what that
/// makes next would be out of the processor's cache by the time it is written.
const AHEAD: usize = 64 * 1024;

/// A stream in which fewer messages than these were gathered in time has ended.
const FEW: usize = 16;
/// Unless they are at least so many bytes.
const FEW_BYTES: usize = 64 * 1024;
/// The most messages that a socket reads before it gives their room back: locking for each costs more
/// than reading it.
const PORTION: usize = 256;

/// How many bytes are gathered, by the size of the message that comes last.
fn gather(load: Load) -> usize {
    if load.bytes < LARGE { GATHER } else { GATHER_LARGE }
}

/// How much a lane holds. Zero means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Whole messages.
    pub messages: usize,
    /// Bytes of bodies and headers. A larger message passes when the lane is empty.
    pub bytes: usize,
    /// A message takes the place of those that wait (`ZMQ_CONFLATE`).
    pub newest_only: bool,
}

impl Marks {
    /// None, but for one message at a time: a newer one takes the place of one that waits.
    pub const NEWEST_ONLY: Self = Self { messages: 0, bytes: 0, newest_only: true };

    /// These marks, and the messages in line.
    #[must_use]
    pub const fn new(messages: usize, bytes: usize) -> Self {
        Self { messages, bytes, newest_only: false }
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

/// What a push led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// What it asks for, once no lock is held.
    pub asks: Asks,
    /// The lane is at its mark now.
    pub full: bool,
}

/// What a push asks for, once no lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nothing: the other end knows already, or will be told with a later message.
    Quiet,
    /// The other end is to be told that messages wait.
    Work,
    /// The first message that is gathered: somebody must see to it that it goes in time.
    Gathered,
}

impl Asks {
    /// A message of a stream was gathered.
    fn gathered(first: bool) -> Self {
        if first { Self::Gathered } else { Self::Quiet }
    }
}

/// What giving room back led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    /// The producer had been refused and now has room: tell it.
    pub room: bool,
    /// No message waits.
    pub empty: bool,
    /// After how many messages room should be given back again: a part of the marks.
    pub portion: Load,
}

/// What a writer learned from [`Lane::exchange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// The producer had been refused and now has room: tell it.
    pub room: bool,
    /// How many messages the writer took.
    pub taken: usize,
    /// Messages are gathered, so more of them follow soon.
    pub streaming: bool,
}

#[derive(Debug, Default)]
struct Queue {
    store: Store,
    controls: Vec<Control>,
    /// Messages that wait or that the writer took and has not written.
    load: Load,
    reserved: usize,
    marks: Marks,
    refused: bool,
    ended: bool,
    /// The consumer knows that messages wait, until it finds none.
    told: bool,
    /// Messages are gathered rather than written one by one.
    streaming: bool,
    /// The stream takes nothing now: the writer goes on by itself when it does.
    blocked: bool,
    /// See [`Lane::set_open`].
    open: bool,
    /// What came by [`Lane::push_through`].
    passed: Load,
    /// It took bytes since a producer last waited in vain.
    moved: bool,
    /// It took none while the producer waited for that.
    stalled: bool,
    producer: Option<Port>,
    consumer: Option<Port>,
}

impl Queue {
    fn has_room(&self) -> bool {
        let count = self.load.messages + self.reserved;
        let Marks { messages, bytes, .. } = self.marks;
        if self.refused {
            (messages == 0 || count <= messages / 2) && (bytes == 0 || self.load.bytes <= bytes / 2)
        } else {
            (messages == 0 || count < messages) && (bytes == 0 || self.load.bytes < bytes)
        }
    }

    /// Room as a producer sees it: a refusal is remembered, so that it will be told of new room.
    fn ask_room(&mut self) -> bool {
        let room = self.has_room();
        self.refused = !room;
        room
    }

    fn push(&mut self, message: impl Carried) -> Pushed {
        let load = message.load();
        let first = match &self.store {
            Store::Messages(_) => !std::mem::replace(&mut self.told, true),
            Store::Late(late) => late.pile.is_empty(),
            Store::Encoded(_, batch) => batch.is_empty(),
        };
        self.load += load;
        self.store.push(message, load, self.consumer.as_ref());
        self.conflate();
        if first {
            self.tell_consumer();
        }
        let full = !self.has_room();
        Pushed { asks: self.asks_for(load, first, full), full }
    }

    /// Leaves only the newest of what waits, if that is wanted; what a writer took goes its way.
    fn conflate(&mut self) {
        while self.marks.newest_only && self.store.len() > 1 {
            let Some(oldest) = self.store.drop_oldest() else { break };
            self.load -= oldest;
        }
    }

    fn takes_quietly(&self, message: &impl Carried, load: Load) -> bool {
        let follows = match &self.store {
            Store::Messages(_) => self.told && message.is_quickly_kept(),
            Store::Late(late) => {
                self.streaming
                    && !late.pile.is_empty()
                    && late.bytes + load.bytes < gather(load)
                    && message.is_quickly_kept()
            }
            Store::Encoded(_, batch) => {
                self.streaming && !batch.is_empty() && batch.bytes() + load.bytes < gather(load)
            }
        };
        let Marks { messages, bytes, newest_only } = self.marks;
        let after = self.load.messages + self.reserved + load.messages;
        self.open
            && !self.refused
            && follows
            && !newest_only
            && (messages == 0 || after < messages)
            && (bytes == 0 || self.load.bytes + load.bytes < bytes)
    }

    fn asks_for(&self, load: Load, first: bool, full: bool) -> Asks {
        let gathers = self.streaming && !full && self.store.gathered() < gather(load);
        match &self.store {
            Store::Messages(_) if first => Asks::Work,
            Store::Messages(_) => Asks::Quiet,
            _ if self.blocked => Asks::Quiet,
            _ if gathers => Asks::gathered(first),
            _ => Asks::Work,
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

    /// Gives a writer all that waits, for the room of what it wrote before.
    fn hand_over(&mut self, batch: &mut Batch) {
        let Store::Encoded(_, waiting) = &mut self.store else { return };
        if !waiting.is_empty() {
            std::mem::swap(waiting, batch);
        } else if !self.streaming {
            // Held only while messages wait: an idle connection keeps no buffer.
            waiting.release();
            batch.release();
        }
    }

    /// A stream ends when it is overdue and few messages have come.
    fn end_stream(&mut self, overdue: bool) {
        let few = self.store.len() < FEW && self.store.gathered() < FEW_BYTES;
        self.streaming &= !(overdue && few);
    }

    fn stream_ended(&mut self) {
        self.streaming = false;
        self.blocked = false;
        self.stalled = false;
        // A next writer, or a socket, is told anew.
        self.told = false;
    }

    fn is_empty(&self) -> bool {
        self.store.len() == 0 && self.controls.is_empty()
    }
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

    /// Says who is to hear of new messages, and by which pipe they come; at once, when some wait already.
    pub fn set_consumer(&self, port: Option<Port>) {
        let mut queue = self.queue();
        if let (Some(port), Store::Messages(pile)) = (&port, &mut queue.store) {
            pile.messages().set_origin(port.pipe);
        }
        queue.consumer = port;
        if !queue.is_empty() || queue.ended {
            queue.tell_consumer();
        }
    }

    /// Changes the marks.
    pub fn set_marks(&self, marks: Marks) {
        let mut queue = self.queue();
        queue.marks = marks;
        queue.conflate();
        queue.room_returned();
    }

    // The producer's side.

    /// Whether a message would be taken; a refusal is remembered and its end announced.
    pub fn ask_room(&self) -> bool {
        self.queue().ask_room()
    }

    /// Appends a message, or hands it back when the lane is at its mark.
    pub fn push<M: Carried>(&self, message: M) -> Result<Pushed, M> {
        let mut queue = self.queue();
        if !queue.ask_room() {
            return Err(message);
        }
        Ok(queue.push(message))
    }

    /// Whether messages may come by [`Lane::push_through`]: all of the socket's messages go into this lane.
    pub fn set_open(&self, open: bool) {
        self.queue().open = open;
    }

    /// Appends a message that leads to nothing else, while the lane is open: it follows others,
    /// and neither fills the lane nor is to be written at once.
    pub fn push_through<M: Carried>(&self, message: M) -> Result<(), M> {
        let load = message.load();
        let mut queue = self.queue();
        if !queue.takes_quietly(&message, load) {
            return Err(message);
        }
        let Queue { store, consumer, .. } = &mut *queue;
        store.push(message, load, consumer.as_ref());
        queue.load += load;
        queue.passed += load;
        Ok(())
    }

    /// What came by [`Lane::push_through`] so far.
    pub fn passed(&self) -> Load {
        self.queue().passed
    }

    /// How much would be taken: no messages when there is no room, and then its end is announced.
    /// The last message may be larger than what is left of the bytes.
    pub fn room(&self) -> Load {
        let mut queue = self.queue();
        if !queue.ask_room() {
            return Load::default();
        }
        let left = |mark: usize, used| if mark == 0 { usize::MAX } else { mark - used };
        Load {
            messages: left(queue.marks.messages, queue.load.messages + queue.reserved),
            bytes: left(queue.marks.bytes, queue.load.bytes),
        }
    }

    /// Appends messages for which there was [`Lane::room`], and which nobody else has filled since.
    pub fn push_all(&self, intake: Intake) {
        let (mut messages, load) = intake.finish();
        if messages.is_empty() {
            return;
        }
        let mut queue = self.queue();
        if let Some(consumer) = &queue.consumer {
            messages.set_origin(consumer.pipe);
        }
        queue.load += load;
        queue.store.append(messages);
        queue.conflate();
        if !std::mem::replace(&mut queue.told, true) {
            queue.tell_consumer();
        }
    }

    /// Whether the stream is busy with so much that a producer of large messages had better wait, and is
    /// not known to take nothing.
    pub fn is_far_behind(&self) -> bool {
        let queue = self.queue();
        queue.blocked && !queue.stalled && queue.load.bytes > AHEAD
    }

    /// The producer has waited in vain. If the stream took nothing at all since the last time, it is no
    /// use to wait again before it does.
    pub fn note_waited(&self) {
        let mut queue = self.queue();
        let moved = std::mem::take(&mut queue.moved);
        queue.stalled = queue.blocked && !moved;
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
    pub fn push_reserved(&self, message: impl Carried) -> Pushed {
        let mut queue = self.queue();
        queue.reserved = queue.reserved.saturating_sub(1);
        queue.push(message)
    }

    /// Appends a message; at the mark, the oldest ones go. Answers how many went.
    pub fn push_dropping_oldest(&self, message: impl Carried) -> (Pushed, usize) {
        let mut queue = self.queue();
        let mut dropped = 0;
        // Dropping makes its own room: down to the mark, not to the half that a refusal waits for.
        queue.refused = false;
        while !queue.has_room() {
            let Some(oldest) = queue.store.drop_oldest() else { break };
            queue.load -= oldest;
            dropped += 1;
        }
        (queue.push(message), dropped)
    }

    /// Appends a control, which no mark holds back.
    pub fn push_control(&self, control: Control) {
        let mut queue = self.queue();
        queue.controls.push(control);
        queue.tell_consumer();
    }

    /// No more will be pushed; what is there can still be taken.
    pub fn end(&self) {
        let mut queue = self.queue();
        queue.ended = true;
        queue.tell_consumer();
    }

    // The consumer's side, when it is a socket.

    /// Takes all messages, oldest first, into `taken`, which is empty. They count against the marks
    /// until they are [`Lane::release`]d. None are there for a socket once the lane encodes.
    pub fn take_all(&self, taken: &mut Messages) {
        let mut queue = self.queue();
        if let Store::Messages(pile) = &mut queue.store {
            std::mem::swap(pile.messages(), taken);
            queue.told = !taken.is_empty();
        }
    }

    /// Gives the room of taken messages back.
    pub fn release(&self, load: Load) -> Released {
        let mut queue = self.queue();
        queue.load -= load;
        let room = queue.room_returned();
        let part = |mark: usize| if mark == 0 { usize::MAX } else { mark / 4 };
        let portion = Load {
            messages: part(queue.marks.messages).min(PORTION),
            bytes: part(queue.marks.bytes),
        };
        Released { room, empty: queue.store.len() == 0, portion }
    }

    /// Takes the controls, oldest first.
    pub fn take_controls(&self) -> Vec<Control> {
        std::mem::take(&mut self.queue().controls)
    }

    // The consumer's side, when it is a connection's writer.

    /// Encodes what waits and what will come.
    pub fn encode_with(&self, encoder: &'static dyn Encode) {
        self.queue().store.encode_with(encoder);
    }

    /// Keeps what waits and what will come as messages, for a writer that encodes them itself.
    pub fn encode_late(&self) {
        let mut queue = self.queue();
        let bytes = queue.load.bytes;
        queue.store.keep_for_writer(bytes);
    }

    /// [`Lane::exchange`] for a writer that encodes messages itself: it takes all into `taken`, which
    /// is empty.
    pub fn exchange_messages(
        &self,
        written: Load,
        taken: &mut Messages,
        overdue: bool,
    ) -> Exchanged {
        let mut queue = self.queue();
        queue.load -= written;
        queue.end_stream(overdue);
        if let Store::Late(late) = &mut queue.store {
            late.hand_over(taken);
        }
        let room = queue.room_returned();
        Exchanged { room, taken: taken.len(), streaming: queue.streaming }
    }

    /// The writer has written `written` of what it took, and takes all that waits into `batch`, if
    /// that is empty. A stream ends when it is `overdue` and few messages have come: in the same
    /// locking, so that none is left behind to be gathered.
    pub fn exchange(&self, written: Load, batch: &mut Batch, overdue: bool) -> Exchanged {
        let mut queue = self.queue();
        queue.load -= written;
        queue.end_stream(overdue);
        if batch.is_empty() {
            queue.hand_over(batch);
        }
        let room = queue.room_returned();
        Exchanged { room, taken: batch.len(), streaming: queue.streaming }
    }

    /// Gives back the room of what the writer has written.
    pub fn wrote(&self, written: Load) -> bool {
        let mut queue = self.queue();
        queue.load -= written;
        queue.room_returned()
    }

    /// Whether messages are gathered rather than written one by one.
    pub fn is_streaming(&self) -> bool {
        self.queue().streaming
    }

    /// Gathers messages from now on, until few come.
    pub fn start_streaming(&self) {
        self.queue().streaming = true;
    }

    /// The stream takes nothing now: what is gathered goes when it does, and nobody need look after it.
    pub fn stop_streaming(&self) {
        self.queue().streaming = false;
    }

    /// The stream takes nothing now, or takes bytes again.
    pub fn set_blocked(&self, blocked: bool) {
        let mut queue = self.queue();
        queue.blocked = blocked;
        queue.moved |= !blocked;
        queue.stalled &= blocked;
    }

    /// The stream is gone. What the writer took and has not wholly written goes back to the front,
    /// and all is kept as messages again.
    pub fn take_back(&self, begun: Batch) {
        let mut queue = self.queue();
        queue.store.restore_behind(begun);
        queue.stream_ended();
        queue.conflate();
    }

    /// The same for messages that the writer encodes itself.
    pub fn take_back_messages(&self, begun: Messages) {
        let mut queue = self.queue();
        queue.store.return_behind(begun);
        queue.stream_ended();
        queue.conflate();
    }

    /// Forgets the controls: a new peer will be told all from the start.
    pub fn clear_controls(&self) {
        self.queue().controls.clear();
    }

    // Both.

    /// Whether neither message nor control waits.
    pub fn is_empty(&self) -> bool {
        self.queue().is_empty()
    }

    /// What waits: for a stream, up to the moment it is wholly written.
    pub fn load(&self) -> Load {
        self.queue().load
    }

    /// Whether a message would be taken; unlike [`Lane::ask_room`] nothing is remembered.
    pub fn has_room(&self) -> bool {
        self.queue().has_room()
    }

    /// The number of messages that wait.
    pub fn len(&self) -> usize {
        self.queue().store.len()
    }

    /// Drops all messages that wait; answers how many there were.
    pub fn clear(&self) -> usize {
        let mut queue = self.queue();
        let mut count = 0;
        while let Some(dropped) = queue.store.drop_oldest() {
            queue.load -= dropped;
            count += 1;
        }
        queue.room_returned();
        count
    }
}

#[cfg(test)]
impl Lane {
    /// Whether it is at its mark; no refusal is remembered.
    pub(super) fn is_full(&self) -> bool {
        !self.queue().has_room()
    }

    /// Takes one message and gives its room back; whether the producer is to hear of it.
    pub(super) fn pop(&self) -> Option<(crate::message::Message, bool)> {
        let message = match &mut self.queue().store {
            Store::Messages(pile) => pile.messages().pop()?,
            Store::Late(..) | Store::Encoded(..) => return None,
        };
        let released = self.release(Load::of(&message));
        Some((message, released.room))
    }
}

#[cfg(test)]
mod tests;
