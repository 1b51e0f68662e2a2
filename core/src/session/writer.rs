//! Writer: the sending half of a connection, behind its *write* lock.
//!
//! Any thread may flush: the sender of a message, or the driver when the stream takes bytes again.
//! One holds the lock; who finds it taken marks the writer dirty, and the holder looks again before
//! it leaves. A dialer's writer outlives its streams: what was not wholly written when one was lost
//! goes back to the front of the lane and is sent again, whole, to the next.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use super::pace::{Cause, Pace};
use crate::{
    lock::{Guard, Lock, Rank},
    message::{Batch, Load, OutBuf},
    pattern::Lane,
    transport::Stream,
    wire::{Encoder, Engine},
};

/// The most pieces of one vectored write.
const SLICES: usize = 64;

#[derive(Debug, Default)]
struct State {
    stream: Option<Arc<Stream>>,
    encoder: Option<Encoder>,
    /// What the engine says, and subscriptions: ahead of messages, never inside one.
    words: OutBuf,
    batch: Batch,
    pace: Pace,
    /// The stream took no more; the driver hears when it does again.
    blocked: bool,
}

/// What a flush led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Flushed {
    /// The lane had refused and has room again: the socket must settle.
    pub room: bool,
    /// Messages are gathered from now on: somebody must see to it that they go in time.
    pub stream_began: bool,
}

/// See the module's text.
#[derive(Debug)]
pub struct Writer {
    lane: Arc<Lane>,
    dirty: AtomicBool,
    /// Something was flushed since [`Writer::tend`] last looked.
    flushed: AtomicBool,
    state: Lock<State>,
}

impl Writer {
    /// A writer without a stream, that empties this lane.
    #[must_use]
    pub fn new(lane: Arc<Lane>) -> Self {
        Self {
            lane,
            dirty: AtomicBool::new(false),
            flushed: AtomicBool::new(false),
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
        self.lane.encode_with(encoder.shared());
    }

    /// Sends what the engine itself has to say, in front of messages not taken yet.
    pub fn say(&self, engine: &mut Engine) {
        engine.take_output(&mut self.state().words);
    }

    /// Writes what can be written.
    pub fn flush(&self, cause: Cause) -> Flushed {
        let mut flushed = Flushed::default();
        self.dirty.store(true, Ordering::SeqCst);
        while self.dirty.load(Ordering::SeqCst) {
            // Its holder, if there is one, sees that the writer is dirty.
            let Some(mut state) = self.state.try_lock() else { break };
            self.dirty.store(false, Ordering::SeqCst);
            let pumped = state.pump(&self.lane, cause);
            flushed.room |= pumped.room;
            flushed.stream_began |= pumped.stream_began;
        }
        self.flushed.store(true, Ordering::Relaxed);
        flushed
    }

    /// The stream takes bytes again.
    pub fn unblock(&self) -> Flushed {
        let mut state = self.state();
        if std::mem::take(&mut state.blocked) {
            self.lane.set_blocked(false);
        }
        drop(state);
        self.flush(Cause::Resumed)
    }

    /// Looks after a stream: what was gathered and not flushed since the last look goes. Answers also
    /// whether the stream goes on.
    pub fn tend(&self) -> (bool, Flushed) {
        if self.flushed.swap(false, Ordering::Relaxed) {
            return (true, Flushed::default());
        }
        let flushed = self.flush(Cause::Overdue);
        self.flushed.store(false, Ordering::Relaxed);
        // Under the writer's lock, so that it cannot be unblocked and flushed meanwhile.
        let state = self.state();
        if state.blocked {
            self.lane.stop_streaming();
        }
        (self.lane.is_streaming(), flushed)
    }

    /// Whether nothing waits, neither here nor in the lane.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let state = self.state();
        state.words.is_empty() && state.batch.is_empty() && self.lane.is_empty()
    }

    /// Messages that are not wholly written yet, here and in the lane.
    #[must_use]
    pub fn unsent(&self) -> usize {
        let state = self.state();
        state.batch.len() + self.lane.len()
    }

    /// Lets go of the stream. What was not wholly written goes back to the lane.
    pub fn unplug(&self) {
        let mut state = self.state();
        let State { batch, .. } = std::mem::take(&mut *state);
        self.lane.take_back(batch);
    }
}

impl State {
    fn pump(&mut self, lane: &Lane, cause: Cause) -> Flushed {
        let (mut flushed, mut written) = (Flushed::default(), Load::default());
        while !self.blocked {
            if self.words.is_empty() && self.batch.is_empty() {
                self.refill(lane, cause, std::mem::take(&mut written), &mut flushed);
            }
            let Some(stream) = &self.stream else { break };
            // The engine's words wait for the end of a message that is begun.
            let speaks = !self.words.is_empty() && !self.batch.is_begun();
            let slices = if speaks { self.words.slices(SLICES) } else { self.batch.slices(SLICES) };
            if slices.is_empty() {
                break;
            }
            match stream.write_slices(&slices) {
                Ok(count) => {
                    drop(slices);
                    if speaks {
                        self.words.advance(count);
                    } else {
                        written += self.batch.wrote(count);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Any other error reaches the driver too, which reads it and ends the connection.
                Err(_) => {
                    self.blocked = true;
                    lane.set_blocked(true);
                }
            }
        }
        if written != Load::default() {
            flushed.room |= lane.wrote(written);
        }
        flushed
    }

    /// Says what was written, and takes what waits in the lane.
    fn refill(&mut self, lane: &Lane, cause: Cause, written: Load, flushed: &mut Flushed) {
        let Some(encoder) = self.encoder else { return };
        // Held only while it is needed: an idle connection keeps little.
        self.words.release();
        for control in lane.take_controls() {
            encoder.encode_control(&control, &mut self.words);
        }
        let exchanged = lane.exchange(written, &mut self.batch, cause == Cause::Overdue);
        flushed.room |= exchanged.room;
        match (exchanged.streaming, cause) {
            (true, Cause::Sent { .. }) => self.pace.streams(),
            (false, Cause::Overdue) => self.pace.stops(),
            (false, Cause::Sent { others })
                if exchanged.taken > 0 && self.pace.is_stream(Instant::now(), others) =>
            {
                lane.start_streaming();
                flushed.stream_began = true;
            }
            _ => {}
        }
    }
}
