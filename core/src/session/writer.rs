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

use super::{
    pace::{Cause, Pace},
    watch::Watch,
};
use crate::{
    lock::{Guard, Lock, Rank},
    message::{Batch, Load, Messages, OutBuf},
    pattern::{Lane, lane::Exchanged},
    transport::Stream,
    wire::{Encoder, Engine, Sealer},
};

/// About how many bytes are encrypted at once: what the engine has to say waits behind them.
const SEALED: usize = 256 * 1024;

/// The most pieces of one vectored write.
const SLICES: usize = 64;

#[derive(Debug, Default)]
struct State {
    stream: Option<(Arc<Stream>, Watch)>,
    encoder: Option<Encoder>,
    /// What is sent is encrypted, here and late: nonces count what is on the wire, in that order.
    sealing: Option<Box<Sealing>>,
    /// What the engine says, and subscriptions: ahead of messages, never inside one.
    words: OutBuf,
    batch: Batch,
    pace: Pace,
    /// The stream took no more; the driver hears when it does again.
    blocked: bool,
    /// The engine had its last word: what follows would not be heard.
    said_all: bool,
}

#[derive(Debug)]
struct Sealing {
    sealer: Sealer,
    /// Taken from the lane and not encrypted yet.
    waiting: Messages,
    /// Words and controls before they are encrypted.
    clear: OutBuf,
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
    pub fn plug(&self, stream: Arc<Stream>, watch: Watch) {
        *self.state() = State { stream: Some((stream, watch)), ..State::default() };
    }

    /// The handshake is done: messages may go.
    pub fn install(&self, encoder: Encoder, sealer: Option<Sealer>) {
        let mut state = self.state();
        state.encoder = Some(encoder);
        state.sealing = sealer.map(|sealer| {
            let (waiting, clear) = (Messages::default(), OutBuf::default());
            Box::new(Sealing { sealer, waiting, clear })
        });
        if state.sealing.is_some() {
            self.lane.encode_late();
        } else {
            self.lane.encode_with(encoder.shared());
        }
    }

    /// Sends what the engine itself has to say, in front of messages not taken yet.
    pub fn say(&self, engine: &mut Engine) {
        self.state().hear(engine);
    }

    /// Writes what the engine itself has to say, behind a message that is begun, and nothing after it:
    /// messages wait for the next stream.
    pub fn say_last(&self, engine: &mut Engine) -> Flushed {
        let mut state = self.state();
        state.hear(engine);
        state.said_all = true;
        drop(state);
        self.flush(Cause::Resumed)
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

    /// The stream takes bytes: again, if it took none. Else nobody need be told of that any more.
    pub fn unblock(&self) -> Flushed {
        let mut state = self.state();
        if std::mem::take(&mut state.blocked) {
            self.lane.set_blocked(false);
        } else {
            state.tell_room(false);
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
        !state.blocked
            && state.words.is_empty()
            && state.batch.is_empty()
            && state.waiting() == 0
            && self.lane.is_empty()
    }

    /// Messages that are not wholly written yet, here and in the lane.
    #[must_use]
    pub fn unsent(&self) -> usize {
        let state = self.state();
        state.batch.len() + state.waiting() + self.lane.len()
    }

    /// Lets go of the stream. What was not wholly written goes back to the lane.
    pub fn unplug(&self) {
        let mut state = self.state();
        let State { batch, sealing, .. } = std::mem::take(&mut *state);
        match sealing {
            None => self.lane.take_back(batch),
            Some(mut sealing) => {
                let begun = batch.restore_by(|bytes| sealing.sealer.restore(bytes));
                let mut begun: Messages = begun.collect();
                begun.append(&mut sealing.waiting);
                self.lane.take_back_messages(begun);
            }
        }
    }
}

impl State {
    fn hear(&mut self, engine: &mut Engine) {
        match &mut self.sealing {
            Some(sealing) if sealing.sealer.seals_words() => {
                engine.take_output(&mut sealing.clear);
                sealing.sealer.seal_encoded(&mut sealing.clear, &mut self.words);
            }
            _ => engine.take_output(&mut self.words),
        }
    }

    fn pump(&mut self, lane: &Lane, mut cause: Cause) -> Flushed {
        let (mut flushed, mut written) = (Flushed::default(), Load::default());
        while !(self.blocked || self.said_all && self.words.is_empty()) {
            if self.words.is_empty() && self.batch.is_empty() {
                self.refill(lane, cause, std::mem::take(&mut written), &mut flushed);
                if cause == Cause::Overdue {
                    // What had waited tells whether the stream goes on, not that nothing came since.
                    cause = Cause::Resumed;
                }
            }
            let Some((stream, _)) = &self.stream else { break };
            // The engine's words wait for the end of a message that is begun.
            let behind = if self.sealing.is_some() {
                // Encrypted before them, by lower nonces.
                !self.batch.is_empty()
            } else {
                self.batch.is_begun()
            };
            let speaks = !self.words.is_empty() && !behind;
            let slices = if speaks { self.words.slices(SLICES) } else { self.batch.slices(SLICES) };
            let silent = slices.is_empty();
            let wrote =
                if silent { stream.flush().map(|()| 0) } else { stream.write_slices(&slices) };
            match wrote {
                Ok(_) if silent => break,
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
                    drop(slices);
                    self.blocked = true;
                    lane.set_blocked(true);
                    self.tell_room(true);
                }
            }
        }
        if written != Load::default() {
            flushed.room |= lane.wrote(written);
        }
        flushed
    }

    /// The driver is to hear when the stream takes bytes again, or no longer.
    fn tell_room(&mut self, tells: bool) {
        if let Some((stream, watch)) = &mut self.stream {
            watch.tell_room(stream, tells);
        }
    }

    /// Messages that were taken from the lane and are not encrypted.
    fn waiting(&self) -> usize {
        self.sealing.as_ref().map_or(0, |sealing| sealing.waiting.len())
    }

    /// Says what was written, and takes what waits in the lane.
    fn refill(&mut self, lane: &Lane, cause: Cause, written: Load, flushed: &mut Flushed) {
        let Some(encoder) = self.encoder else { return };
        // Held only while it is needed: an idle connection keeps little.
        self.words.release();
        let overdue = cause == Cause::Overdue;
        let exchanged = match &mut self.sealing {
            None => {
                for control in lane.take_controls() {
                    encoder.encode_control(&control, &mut self.words);
                }
                lane.exchange(written, &mut self.batch, overdue)
            }
            Some(sealing) => {
                for control in lane.take_controls() {
                    encoder.encode_control(&control, &mut sealing.clear);
                }
                sealing.refill(lane, written, overdue, &mut self.words, &mut self.batch)
            }
        };
        flushed.room |= exchanged.room;
        match (exchanged.streaming, cause) {
            (true, Cause::Sent { .. }) => self.pace.streams(),
            (false, Cause::Overdue) => self.pace.stops(),
            (false, Cause::Sent { others })
                if exchanged.taken > 0
                    && self.pace.is_stream(Instant::now(), self.batch.bytes(), others) =>
            {
                lane.start_streaming();
                flushed.stream_began = true;
            }
            _ => {}
        }
    }
}

impl Sealing {
    /// Encrypts controls, else some of the messages that wait; takes those of the lane when none do.
    fn refill(
        &mut self,
        lane: &Lane,
        written: Load,
        overdue: bool,
        words: &mut OutBuf,
        batch: &mut Batch,
    ) -> Exchanged {
        let speaks = !self.clear.is_empty();
        self.sealer.seal_encoded(&mut self.clear, words);
        let mut exchanged = if self.waiting.is_empty() {
            lane.exchange_messages(written, &mut self.waiting, overdue)
        } else {
            let room = lane.wrote(written);
            Exchanged { room, taken: self.waiting.len(), streaming: lane.is_streaming() }
        };
        if speaks {
            // Encrypted first, so they go first.
            exchanged.taken = 0;
            return exchanged;
        }
        while batch.bytes() < SEALED
            && let Some(message) = self.waiting.pop()
        {
            batch.append(Load::of(&message), |out| self.sealer.seal(&message, out));
        }
        if batch.is_empty() && !exchanged.streaming {
            // An idle connection keeps little.
            batch.release();
        }
        exchanged
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read,
        net::{TcpListener, TcpStream},
    };

    use mio::Token;

    use super::*;
    use crate::{
        message::{Intake, Message},
        pattern::Marks,
        reactor::SharedPoll,
        wire::{EngineConfig, InBuf, Mapping, Side, SpConfig, SpFraming, WsConfig},
    };

    /// A PULL's engine over WebSocket, past the upgrade.
    fn engine() -> Engine {
        let config =
            SpConfig { protocol: 0x50, peers: &[0x51], framing: SpFraming::Tcp, max_message: None };
        let mapping = Mapping::Sp { config, text: false };
        let (host, path) = (String::new(), "/".to_owned());
        let mut engine = Engine::new(EngineConfig::Ws(WsConfig {
            side: Side::Server,
            host,
            path,
            origins: Vec::new(),
            mapping,
        }));
        let mut input = InBuf::new();
        input.extend(
            b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
              Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
              Sec-WebSocket-Protocol: push.sp.nanomsg.org\r\n\r\n",
        );
        engine.consume(&mut input, &mut Intake::default()).expect("a good request");
        engine.take_output(&mut OutBuf::default());
        engine
    }

    #[test]
    fn messages_wait_behind_a_last_word() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let near = TcpStream::connect(listener.local_addr().expect("bound")).expect("connected");
        near.set_nonblocking(true).expect("a stream");
        let (mut far, _) = listener.accept().expect("connected");
        let mut engine = engine();
        let lane = Lane::new(Marks::default());
        let writer = Writer::new(lane.clone());
        let mut near = Stream::Tcp(mio::net::TcpStream::from_std(near));
        let poll = SharedPoll::new().expect("a poll");
        let watch = Watch::new(&poll, Token(0), &mut near).expect("it is watched");
        writer.plug(Arc::new(near), watch);
        writer.install(engine.encoder().expect("it is ready"), None);
        for text in ["1", "2", "3"] {
            lane.push(Message::new(text)).expect("there is room");
        }
        engine.say_farewell();
        let _ = writer.say_last(&mut engine);
        let mut seen = [0; 64];
        let count = far.read(&mut seen).expect("some came");
        assert_eq!(seen[..count], [0x88, 2, 0x03, 0xe8]);
        writer.unplug();
        assert_eq!(lane.len(), 3);
    }
}
