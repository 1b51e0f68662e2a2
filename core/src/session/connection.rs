//! Connection: the receiving half of one stream. Reads, decodes, delivers; pauses when the pipe's
//! lane is at its mark. Driven under the socket's drive lock.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{
    attach::Parts,
    config::Config,
    dialer::Failure,
    drive::Note,
    event::{Counter, Credentials, Ends, Event, EventKind, handshake_failure},
    hub::Hub,
    inquiry::{Inquiry, Question},
    lull::Lull,
    pace::Cause,
    peer::Certified,
    pulse::{Heartbeat, Pulse},
    sites::Place,
    watch::Watch,
    writer::{Flushed, Writer},
};
use crate::{
    error::{Error, ErrorCode},
    message::{Intake, Load, Message, PeerInfo, PipeId},
    pattern::{Lane, pipe::Neighbor},
    transport::{Endpoint, Socks, Stream},
    wire::{Engine, InBuf, ReadCount, Side, Step, Verdict},
};

/// Reads of one connection in one turn, so that a busy peer does not starve the others.
const READS: usize = 16;

/// Names one connection of a socket; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnectionId {
    /// Its place among the socket's sources; reused.
    pub token: usize,
    /// Its number.
    pub serial: u64,
}

/// Who made the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The dialer of this endpoint.
    Dialer(i32),
    /// The listener of this endpoint.
    Listener(i32),
}

impl Owner {
    fn side(self) -> Side {
        match self {
            Self::Dialer(_) => Side::Client,
            Self::Listener(_) => Side::Server,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The stream is not connected yet.
    Connecting,
    /// Greeting and handshake.
    Handshake,
    /// The handshake is done, and the user decides whether to take the peer.
    Held,
    /// Messages flow.
    Ready,
}

/// What is known of a stream before it is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// It takes bytes again.
    pub writable: bool,
    /// The peer has said all, so what is there must be read to its end: no other news will come.
    pub ended: bool,
}

/// How serving a connection ended.
#[derive(Debug)]
pub enum Served {
    /// All that was there is done.
    Idle,
    /// More is there: serve it again soon.
    More,
    /// The connection is over.
    Lost(Error),
}

/// Why decoding stopped.
enum Decoded {
    /// More bytes must arrive first; the lane has this much room for what they hold.
    All(Load),
    /// A batch is full: there may be more.
    Full,
    /// The lane has no room.
    Paused,
}

/// The stream side of a pipe, as the pattern knows it.
#[derive(Debug)]
pub struct StreamEnd {
    hub: Weak<Hub>,
    writer: Writer,
    current: Mutex<Option<ConnectionId>>,
}

impl StreamEnd {
    /// The end of a pipe whose outgoing lane this is.
    #[must_use]
    pub fn new(hub: Weak<Hub>, outgoing: Arc<Lane>) -> Arc<Self> {
        Arc::new(Self { hub, writer: Writer::new(outgoing), current: Mutex::default() })
    }

    /// The sending half.
    #[must_use]
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// The connection that serves the pipe now.
    #[must_use]
    pub fn current(&self) -> Option<ConnectionId> {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which connection serves the pipe now.
    pub fn set_current(&self, id: Option<ConnectionId>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = id;
    }
}

impl Neighbor for StreamEnd {
    fn has_work(&self, others: usize) {
        let flushed = self.writer.flush(Cause::Sent { others });
        if flushed != Flushed::default()
            && let Some(hub) = self.hub.upgrade()
        {
            if flushed.stream_began {
                hub.stream_began();
            }
            if flushed.room {
                hub.settle();
            }
        }
    }

    fn has_gathered(&self) {
        if let Some(hub) = self.hub.upgrade() {
            hub.note_gathered();
        }
    }

    fn has_room(&self) {
        if let (Some(hub), Some(id)) = (self.hub.upgrade(), self.current()) {
            hub.note_in_passing(Note::Resume(id));
        }
    }

    fn close(&self) {
        if let (Some(hub), Some(id)) = (self.hub.upgrade(), self.current()) {
            hub.note(Note::Close(id));
        }
    }

    fn finish(&self) {
        if let Some(hub) = self.hub.upgrade() {
            hub.note(Note::Finish(self.writer.lane().clone()));
        }
    }
}

/// See the module's text.
#[derive(Debug)]
pub struct Connection {
    id: ConnectionId,
    owner: Owner,
    stream: Arc<Stream>,
    phase: Phase,
    /// The talk with a proxy, while there is one.
    proxy: Option<Box<Socks>>,
    engine: Engine,
    input: InBuf,
    end: Arc<StreamEnd>,
    incoming: Arc<Lane>,
    pipe: Option<PipeId>,
    config: Arc<Config>,
    /// The pipe was there before the connection and outlives it.
    early: bool,
    /// Somebody is asked about the peer.
    inquiry: Option<Arc<Inquiry>>,
    /// The lane from the peer refused: nothing is read until it has room.
    paused: bool,
    /// The listener that it asks for, where that is another's.
    place: Option<Place>,
    /// Who is there, while the user decides.
    held: Option<PeerInfo>,
    /// What of the peer's made the handshake fail.
    blame: Option<(EventKind, u64)>,
    /// The endpoint, for people.
    endpoint: String,
    lull: Lull,
    pulse: Pulse,
}

/// The lanes and the pipe that a connection serves.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The sending half.
    pub end: Arc<StreamEnd>,
    /// The lane from the peer.
    pub incoming: Arc<Lane>,
    /// The pipe, when there is one before the handshake.
    pub early: Option<PipeId>,
}

/// A number for the next connection of the process.
pub(super) fn next_serial() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl Connection {
    /// Serves a stream, connected already or not.
    pub fn new(
        hub: &Hub,
        token: usize,
        owner: Owner,
        (stream, watch): (Stream, Watch),
        attachment: Attachment,
        config: &Arc<Config>,
        endpoint: &Endpoint,
    ) -> Self {
        let id = ConnectionId { token, serial: next_serial() };
        let stream = Arc::new(stream);
        let Attachment { end, incoming, early } = attachment;
        end.writer.plug(stream.clone(), watch);
        end.set_current(Some(id));
        let mut engine = Engine::new(config.engine(&hub.profile, endpoint, owner.side()));
        if let (Owner::Listener(_), Endpoint::Ws(_)) = (owner, endpoint)
            && !config.admits(&stream)
        {
            engine.shut_path();
        }
        Self {
            id,
            owner,
            stream,
            phase: match owner {
                Owner::Dialer(_) => Phase::Connecting,
                Owner::Listener(_) => Phase::Handshake,
            },
            proxy: match owner {
                Owner::Dialer(_) => config.proxy.as_ref().and_then(|proxy| proxy.talk(endpoint)),
                Owner::Listener(_) => None,
            }
            .map(Box::new),
            engine,
            input: InBuf::new(),
            end,
            incoming,
            pipe: early,
            config: config.clone(),
            early: early.is_some(),
            inquiry: None,
            paused: false,
            place: None,
            held: None,
            blame: None,
            endpoint: endpoint.to_string(),
            lull: Lull::default(),
            pulse: Pulse::default(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// Who made it.
    #[must_use]
    pub fn owner(&self) -> Owner {
        self.owner
    }

    /// How PINGs are sent, if they are.
    #[must_use]
    pub fn heartbeat(&self) -> Option<Heartbeat> {
        self.config.heartbeat
    }

    /// Sends a PING; whether its answer is to be waited for from now on. `None` where the peer knows none.
    pub fn ping(&mut self, hub: &Hub, ttl: u16, now: Instant) -> Option<bool> {
        if !self.engine.ping(ttl) {
            return None;
        }
        self.speak(hub);
        Some(self.pulse.ask(now))
    }

    /// Whether the peer said nothing for too long after a PING. What cannot be read is no silence.
    #[must_use]
    pub fn is_silent(&mut self, now: Instant) -> bool {
        if self.paused {
            self.pulse.hear(now);
        }
        let timeout = self.config.heartbeat.and_then(|beat| beat.timeout);
        timeout.is_some_and(|timeout| self.pulse.is_silent(timeout, now))
    }

    /// After how long a silence the peer wants to be given up, if it said so since this was asked last.
    pub fn take_ttl(&mut self) -> Option<Duration> {
        let tenths = self.engine.take_ttl()?;
        Some(Duration::from_millis(u64::from(tenths) * 100))
    }

    /// The peer is to be given up after such a silence. Answers when to look, if nobody does yet.
    pub fn give_up_after(&mut self, ttl: Duration, now: Instant) -> Option<Instant> {
        self.pulse.obey(ttl, now)
    }

    /// When to look again; `None` when the peer is to be given up.
    pub fn next_look(&mut self, now: Instant) -> Option<Instant> {
        if self.paused {
            self.pulse.hear(now);
        }
        self.pulse.next_look(now)
    }

    /// Another limit for the messages that begin from now on (SP).
    pub fn limit_messages(&mut self, most: Option<usize>) {
        self.engine.limit_messages(most);
    }

    /// Whether messages flow.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }

    /// Whether the user is asked whether to take the peer.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.phase == Phase::Held
    }

    /// Whether the stream is not connected yet.
    #[must_use]
    pub fn is_connecting(&self) -> bool {
        self.phase == Phase::Connecting
    }

    /// The sending half.
    #[must_use]
    pub fn writer(&self) -> &Writer {
        &self.end.writer
    }

    /// The user took the endpoint back: nothing more is sent by the pipe but what waits already.
    pub fn detach(&mut self, hub: &Hub) {
        if let Some(pipe) = self.pipe.take_if(|_| !self.early) {
            hub.detach(pipe);
        }
    }

    /// Says all it has said and will say no more.
    pub fn shutdown_write(&mut self, hub: &Hub) {
        self.say_farewell(hub);
        self.stream.shutdown_write();
    }

    /// The last word, if the protocol has one.
    fn say_farewell(&mut self, hub: &Hub) {
        if self.phase == Phase::Connecting {
            // Nobody is there, or only a proxy.
            return;
        }
        self.engine.say_farewell();
        if self.engine.has_output() {
            self.say_last(hub);
        }
    }

    /// Sends what the engine has to say, and nothing after it.
    fn say_last(&mut self, hub: &Hub) {
        if self.end.writer.say_last(&mut self.engine).room {
            hub.settle();
        }
    }

    /// Begins with what was read of the stream already.
    pub fn begin_with(&mut self, input: InBuf) {
        self.input = input;
    }

    /// The listener that the stream is to be handed to.
    pub(super) fn take_place(&mut self) -> Option<Place> {
        self.place.take()
    }

    /// The stream, and what was read of it; nothing was answered.
    #[must_use]
    pub fn into_stream(self) -> Option<(Stream, InBuf)> {
        let Self { stream, input, end, .. } = self;
        end.set_current(None);
        end.writer.unplug();
        Arc::try_unwrap(stream).ok().map(|stream| (stream, input))
    }

    /// The lane has room again: go on where it stopped.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Somebody decided about the peer: go on.
    pub fn decide(&mut self, verdict: Verdict) {
        if let Some(inquiry) = self.inquiry.take() {
            inquiry.end();
            self.engine.decide(verdict);
        }
    }

    /// Does what the stream is ready for.
    pub fn serve(&mut self, hub: &Hub, news: News, scratch: &mut [u8]) -> Served {
        match self.try_serve(hub, news, scratch) {
            Ok(false) => Served::Idle,
            Ok(true) => Served::More,
            Err(error) => Served::Lost(error),
        }
    }

    fn try_serve(&mut self, hub: &Hub, news: News, scratch: &mut [u8]) -> Result<bool, Error> {
        if self.phase == Phase::Connecting {
            if !self.stream.finish_connect()? || !self.pass_proxy()? {
                return Ok(false);
            }
            self.phase = Phase::Handshake;
            self.tell(hub, EventKind::Connected, || self.number());
        }
        if self.phase == Phase::Handshake {
            if !self.stream.shake_hands()? {
                return Ok(false);
            }
            self.speak(hub);
        }
        if news.writable && self.end.writer.unblock().room {
            hub.settle();
        }
        for _ in 0..READS {
            let room = match self.decode(hub)? {
                Decoded::All(room) => room,
                Decoded::Full => continue,
                Decoded::Paused => return Ok(false),
            };
            match self.read(hub, room, scratch) {
                Ok(ReadCount { bytes: 0, .. }) => return Err(ErrorCode::ConnectionReset.into()),
                // Drained. Asking once more would cost a system call for each message.
                Ok(ReadCount { short: true, .. }) if !news.ended && !self.awaits_rest() => {
                    return self.finish_serve(hub);
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    /// Has the proxy, if there is one, connect to the endpoint; whether it is there.
    fn pass_proxy(&mut self) -> Result<bool, Error> {
        let passed = self.proxy.as_mut().map_or(Ok(true), |proxy| proxy.advance(&self.stream))?;
        if passed {
            self.proxy = None;
        }
        Ok(passed)
    }

    /// Reads once, and delivers the small messages that it brings. A lull in the middle of a large frame
    /// is waited out, if that is worth it.
    fn read(&mut self, hub: &Hub, room: Load, scratch: &mut [u8]) -> io::Result<ReadCount> {
        loop {
            let mut intake = Intake::new(room);
            let taker = |bytes: &[u8]| self.engine.take_small(bytes, &mut intake);
            match self.input.read_from(&mut &*self.stream, scratch, taker) {
                Ok(count) => {
                    if self.pulse.listens() && count.bytes > 0 {
                        self.pulse.hear(Instant::now());
                    }
                    if !intake.is_empty() {
                        self.deliver(hub, intake);
                    }
                    self.lull.end(count.bytes, !self.input.is_midway());
                    return Ok(count);
                }
                Err(error)
                    if error.kind() == io::ErrorKind::WouldBlock
                        && self.input.is_midway()
                        && self.lull.look_again() =>
                {
                    thread::yield_now();
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether the rest of a large frame should be here in a moment.
    fn awaits_rest(&self) -> bool {
        self.input.is_midway() && self.lull.is_hopeful()
    }

    /// Decodes what the last read brought. More is left only if that is too much for one batch.
    fn finish_serve(&mut self, hub: &Hub) -> Result<bool, Error> {
        Ok(!self.input.is_empty() && matches!(self.decode(hub)?, Decoded::Full))
    }

    /// Sends what the engine has to say: greeting, READY, PONG.
    fn speak(&mut self, hub: &Hub) {
        self.end.writer.say(&mut self.engine);
        if self.end.writer.flush(Cause::Resumed).room {
            hub.settle();
        }
    }

    /// Decodes what is there, as far as the lane has room for it, and delivers it at once.
    fn decode(&mut self, hub: &Hub) -> Result<Decoded, Error> {
        if self.inquiry.is_some() {
            // Nothing more is read of a peer that may not be let in.
            return Ok(Decoded::Paused);
        }
        let room = self.incoming.room();
        if self.phase == Phase::Held || self.phase == Phase::Ready && room.messages == 0 {
            self.paused = true;
            return Ok(Decoded::Paused);
        }
        let (mut intake, mut heard) = (Intake::new(room), false);
        let result = self.take_steps(hub, &mut intake, &mut heard);
        if self.engine.has_output() {
            match result {
                Ok(_) => self.speak(hub),
                Err(_) => self.say_last(hub),
            }
        }
        heard |= !intake.is_empty() || result.is_err();
        if heard {
            self.deliver(hub, intake);
            hub.peers_changed();
        }
        result
    }

    /// Hands messages to the socket. A closing one reads on only to learn when its peers are gone.
    fn deliver(&self, hub: &Hub, intake: Intake) {
        if !hub.is_closing() {
            self.incoming.push_all(intake);
            hub.settle();
        }
    }

    fn take_steps(
        &mut self,
        hub: &Hub,
        intake: &mut Intake,
        heard: &mut bool,
    ) -> Result<Decoded, Error> {
        loop {
            let step = self.engine.consume(&mut self.input, intake).inspect_err(|error| {
                self.blame = Some(handshake_failure(error));
            });
            match step? {
                Some(Step::Ready(peer)) => {
                    self.meet(hub, peer)?;
                    return Ok(Decoded::Full);
                }
                Some(Step::Control(control)) => {
                    self.incoming.push_control(control);
                    *heard = true;
                }
                Some(Step::Authenticate(credentials)) => {
                    let question = Question {
                        connection: self.id,
                        address: self.stream.peer_address(),
                        credentials,
                        config: &self.config,
                    };
                    match hub.inquire(question) {
                        Ok(inquiry) => {
                            self.inquiry = Some(inquiry);
                            return Ok(Decoded::Paused);
                        }
                        Err(verdict) => self.engine.decide(verdict),
                    }
                }
                Some(Step::Elsewhere(path)) => {
                    if let Owner::Listener(id) = self.owner {
                        self.place = hub.realm.sites.find(hub, id, &path);
                    }
                    if self.place.is_some() {
                        return Ok(Decoded::Paused);
                    }
                    self.engine.answer_stranger();
                }
                None if intake.has_room() || self.phase != Phase::Ready => {
                    return Ok(Decoded::All(intake.room_left()));
                }
                None => return Ok(Decoded::Full),
            }
        }
    }

    /// The handshake is done: the peer is taken, or the user is asked.
    fn meet(&mut self, hub: &Hub, mut peer: PeerInfo) -> Result<(), Error> {
        peer.address = self.stream.peer_address();
        peer.endpoint = self.stream.peer_text();
        Certified::tell(self.stream.tls().and_then(Certified::of), &mut peer);
        if !self.config.bare {
            self.tell(hub, EventKind::HandshakeSucceeded, || 0);
        }
        self.tell_pipe(hub, EventKind::AddPre);
        if hub.decides() && !hub.is_closing() {
            self.phase = Phase::Held;
            self.held = Some(peer);
            return Ok(());
        }
        self.ready(hub, &peer)
    }

    /// The user takes the peer that was held for a decision.
    pub fn accept(&mut self, hub: &Hub) -> Result<(), Error> {
        let Some(peer) = self.held.take() else { return Ok(()) };
        self.paused = false;
        self.ready(hub, &peer)
    }

    fn ready(&mut self, hub: &Hub, peer: &PeerInfo) -> Result<(), Error> {
        if !hub.is_closing() {
            self.pipe = Some(self.attach(hub, peer)?);
            if self.config.notices.came {
                self.notify(hub, Bytes::new());
            }
        }
        self.phase = Phase::Ready;
        // The engine's own words come first: another thread may send from `install` on.
        self.end.writer.say(&mut self.engine);
        if let Some(encoder) = self.engine.encoder() {
            self.end.writer.install(encoder, self.engine.take_sealer());
        }
        self.speak(hub);
        hub.peer_came(match self.owner {
            Owner::Dialer(_) => Counter::Established,
            Owner::Listener(_) => Counter::Accepted,
        });
        self.tell_pipe(hub, EventKind::AddPost);
        Ok(())
    }

    /// What the socket is to receive because the connection is lost.
    fn notify_lost(&self, hub: &Hub) {
        let notices = &self.config.notices;
        if notices.went {
            self.notify(hub, Bytes::new());
        }
        let told = match self.owner {
            Owner::Listener(_) => &notices.disconnect,
            Owner::Dialer(_) => &notices.hiccup,
        };
        if !told.is_empty() {
            self.notify(hub, told.clone());
        }
    }

    /// The socket receives this as if the peer had sent it, whatever the mark.
    fn notify(&self, hub: &Hub, body: Bytes) {
        let mut intake = Intake::default();
        intake.push(Message::new(body));
        self.deliver(hub, intake);
    }

    /// Tells an event of the stream.
    pub fn tell(&self, hub: &Hub, kind: EventKind, value: impl FnOnce() -> u64) {
        hub.events().tell(kind, || Event::of(kind, value(), self.ends()));
    }

    /// Its descriptor, as events show it.
    #[must_use]
    pub fn number(&self) -> u64 {
        u64::try_from(self.stream.number()).unwrap_or_default()
    }

    /// Tells an event of its pipe.
    fn tell_pipe(&self, hub: &Hub, kind: EventKind) {
        hub.events().tell(kind, || Event {
            pipe: self.id.serial,
            credentials: self.stream.peer_credentials().map(|(uid, gid, pid)| Credentials {
                uid,
                gid,
                pid,
            }),
            certified: self.stream.tls().and_then(Certified::of),
            ..Event::of(kind, self.number(), self.ends())
        });
    }

    fn ends(&self) -> Ends {
        match self.owner {
            Owner::Dialer(_) if self.phase == Phase::Connecting => Ends::dialed(&*self.endpoint),
            Owner::Dialer(_) => Ends {
                local: self.stream.local_text(),
                remote: self.endpoint.clone(),
                bound: false,
            },
            Owner::Listener(_) => Ends {
                local: self.stream.local_text(),
                remote: self.stream.peer_text(),
                bound: true,
            },
        }
    }

    /// What an error of it means to who dialed.
    #[must_use]
    pub fn failure(&self, error: &Error) -> Failure {
        if self.phase == Phase::Handshake { Failure::Handshake } else { Failure::of(error) }
    }

    /// Tells of the end of a stream, in libzmq's order.
    pub fn tell_lost(&self, hub: &Hub, error: &Error) {
        match self.phase {
            Phase::Connecting => {
                return self.tell_why(hub, EventKind::Closed, error, self.number());
            }
            Phase::Handshake => {
                let unnamed = || {
                    let number = u64::try_from(error.code().zmq()).unwrap_or_default();
                    (EventKind::HandshakeFailedNoDetail, number)
                };
                let (kind, value) = self.blame.unwrap_or_else(unnamed);
                self.tell_why(hub, kind, error, value);
            }
            Phase::Held | Phase::Ready => {}
        }
        self.tell_why(hub, EventKind::Disconnected, error, self.number());
    }

    /// Tells an event of the stream with its reason.
    fn tell_why(&self, hub: &Hub, kind: EventKind, error: &Error, value: u64) {
        hub.events().tell(kind, || Event {
            reason: error.to_string(),
            ..Event::of(kind, value, self.ends())
        });
    }

    /// Tells of the messages that wait to be written, and to be received.
    pub fn tell_queued(&self, hub: &Hub) {
        let kind = EventKind::PipesStats;
        let queued = [self.end.writer.unsent(), self.incoming.len()];
        hub.events().tell(kind, || Event {
            values: queued.iter().map(|count| *count as u64).collect(),
            pipe: self.id.serial,
            ..Event::of(kind, 0, self.ends())
        });
    }

    fn attach(&self, hub: &Hub, peer: &PeerInfo) -> Result<PipeId, Error> {
        // A new peer is told everything from the start.
        self.end.writer.lane().clear_controls();
        let parts = Parts {
            outgoing: self.end.writer.lane().clone(),
            incoming: self.incoming.clone(),
            neighbor: self.end.clone(),
            priorities: self.config.priorities,
        };
        hub.attach_ready(self.pipe, parts, peer)
    }

    /// The connection is over, and `how` is counted if it was one: the pattern is told, and what was not
    /// wholly written comes back.
    pub fn end(mut self, hub: &Hub, how: Counter) {
        self.say_farewell(hub);
        self.end.set_current(None);
        if let Some(inquiry) = &self.inquiry {
            inquiry.end();
        }
        self.end.writer.unplug();
        if self.phase == Phase::Ready {
            hub.peer_went(how);
        }
        if let Some(pipe) = self.pipe.filter(|_| !hub.is_closing()) {
            if self.phase == Phase::Ready && how == Counter::Broken {
                self.notify_lost(hub);
            }
            if !self.early {
                self.incoming.end();
            }
            match (self.early, self.phase) {
                (true, Phase::Ready) => {
                    hub.run(|state, _| state.protocol.lost(pipe, &mut state.pipes));
                }
                (true, _) => {}
                (false, _) => hub.detach(pipe),
            }
        }
        if self.phase == Phase::Ready {
            self.tell_pipe(hub, EventKind::RemPost);
        }
    }
}
