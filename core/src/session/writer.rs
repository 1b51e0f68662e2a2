//! Writer: the sending half of a connection, behind its *write* lock.
//!
//! Any thread may flush: the sender of a message, or the driver when the stream takes bytes again.
//! One holds the lock; who finds it taken marks the writer dirty, and the holder looks again before
//! it leaves. A dialer's writer outlives its streams: what was not wholly written when one was lost
//! goes back to the front of the lane and is sent again, whole, to the next.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    lock::{Guard, Lock, Rank},
    message::{Message, OutBuf},
    pattern::Lane,
    transport::Stream,
    wire::{Encoder, Engine},
};

/// How many bytes are encoded before the stream is asked to take them.
const BATCH: usize = 64 * 1024;
/// The most pieces of one vectored write.
const SLICES: usize = 64;

#[derive(Debug, Default)]
struct State {
    stream: Option<Arc<Stream>>,
    encoder: Option<Encoder>,
    out: OutBuf,
    /// Messages in `out`, each with the count of bytes at which it is wholly written.
    in_flight: VecDeque<(u64, Message)>,
    encoded: u64,
    written: u64,
    /// The stream took no more; the driver hears when it does again.
    blocked: bool,
}

/// See the module's text.
#[derive(Debug)]
pub struct Writer {
    lane: Arc<Lane>,
    dirty: AtomicBool,
    state: Lock<State>,
}

impl Writer {
    /// A writer without a stream, that empties this lane.
    #[must_use]
    pub fn new(lane: Arc<Lane>) -> Self {
        Self {
            lane,
            dirty: AtomicBool::new(false),
            state: Lock::new(Rank::PatternOrWrite, State::default()),
        }
    }

    /// The lane that it empties.
    #[must_use]
    pub fn lane(&self) -> &Arc<Lane> {
        &self.lane
    }

    fn state(&self) -> Guard<'_, State> {
        self.state.lock()
    }

    /// Starts on a new stream: only what the engine says, until [`Writer::install`].
    pub fn plug(&self, stream: Arc<Stream>) {
        *self.state() = State { stream: Some(stream), ..State::default() };
    }

    /// The handshake is done: messages may go.
    pub fn install(&self, encoder: Encoder) {
        self.state().encoder = Some(encoder);
    }

    /// Sends what the engine itself has to say, in front of messages not encoded yet.
    pub fn say(&self, engine: &mut Engine) {
        let mut state = self.state();
        let before = state.out.len();
        engine.take_output(&mut state.out);
        state.encoded += (state.out.len() - before) as u64;
    }

    /// Writes what can be written. True when the lane had refused and has room again: the socket
    /// must settle.
    pub fn flush(&self) -> bool {
        let mut room = false;
        self.dirty.store(true, Ordering::SeqCst);
        while self.dirty.load(Ordering::SeqCst) {
            // Its holder, if there is one, sees that the writer is dirty.
            let Some(mut state) = self.state.try_lock() else { break };
            self.dirty.store(false, Ordering::SeqCst);
            room |= state.pump(&self.lane);
        }
        room
    }

    /// The stream takes bytes again.
    pub fn unblock(&self) -> bool {
        self.state().blocked = false;
        self.flush()
    }

    /// Whether nothing waits, neither here nor in the lane.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let state = self.state();
        state.out.is_empty() && self.lane.is_empty()
    }

    /// Messages that are not wholly written yet, here and in the lane.
    #[must_use]
    pub fn unsent(&self) -> usize {
        let state = self.state();
        state.in_flight.len() + self.lane.len()
    }

    /// Lets go of the stream. Answers the messages that were not wholly written, in order.
    pub fn unplug(&self) -> VecDeque<Message> {
        let state = std::mem::take(&mut *self.state());
        state.in_flight.into_iter().map(|(_, message)| message).collect()
    }
}

impl State {
    fn pump(&mut self, lane: &Lane) -> bool {
        let mut room = false;
        while !self.blocked {
            if self.out.is_empty() {
                room |= self.refill(lane);
            }
            let Some(stream) = self.stream.as_ref().filter(|_| !self.out.is_empty()) else { break };
            match stream.write_slices(&self.out.slices(SLICES)) {
                Ok(count) => self.wrote(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Any other error reaches the driver too, which reads it and ends the connection.
                Err(_) => self.blocked = true,
            }
        }
        room
    }

    fn refill(&mut self, lane: &Lane) -> bool {
        let Some(encoder) = self.encoder else { return false };
        let mut room = false;
        while let Some(control) = lane.pop_control() {
            encoder.encode_control(&control, &mut self.out);
        }
        self.encoded = self.written + self.out.len() as u64;
        while self.out.len() < BATCH {
            let Some(popped) = lane.pop() else { break };
            room |= popped.room;
            encoder.encode(&popped.message, &mut self.out);
            self.encoded = self.written + self.out.len() as u64;
            self.in_flight.push_back((self.encoded, popped.message));
        }
        room
    }

    fn wrote(&mut self, count: usize) {
        self.out.advance(count);
        self.written += count as u64;
        while self.in_flight.front().is_some_and(|(end, _)| *end <= self.written) {
            self.in_flight.pop_front();
        }
        if self.in_flight.is_empty() {
            // Held only while messages wait: an idle connection keeps no queue.
            self.in_flight = VecDeque::new();
        }
    }
}
