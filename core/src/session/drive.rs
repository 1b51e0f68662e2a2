//! Drive: what a socket's driver works on, under the drive lock: the poll, endpoints, connections,
//! timers. A turn comes from the thread that waits for the socket, else from the I/O thread.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use mio::{Token, event::Event};
use slab::Slab;
use smallvec::SmallVec;

use super::{
    closing::Closing,
    config::Config,
    connection::{Attachment, Connection, ConnectionId, News, Owner, Served, StreamEnd},
    datagram::DatagramLink,
    dialer::{Dialer, Dialing, Failure},
    event::{Counter, Ends, Event as Told, EventKind},
    hub::Hub,
    listener::Listener,
    pace::Cause,
    sites::Place,
    watch::Watch,
};
use crate::{
    error::{Error, ErrorCode},
    pattern::{DropReason, Lane},
    reactor::{Scratch, Timers},
    transport::{self, Acceptor, Endpoint, Stream, Target},
    wire::{InBuf, Verdict},
};

/// The pause before accepting again when the process was out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What other threads ask of the driver.
#[derive(Debug)]
pub(super) enum Note {
    /// The lane from this connection's peer has room again.
    Resume(ConnectionId),
    /// The pattern wants no more of this connection.
    Close(ConnectionId),
    /// Nor of whoever empties this lane, once it is empty.
    Finish(Arc<Lane>),
    /// Somebody decided about this connection's peer.
    Decided(ConnectionId, Verdict),
    /// Another socket accepted a stream that asks for this listener's path, and read so much of it.
    Handed(i32, Box<(Stream, InBuf)>),
    /// A name was looked up.
    Resolved(i32, Result<Target, Error>),
    /// An inproc peer waits for the user's decision, at most until then.
    Asked(u64, Instant),
    /// The lane from this endpoint's datagrams has room again.
    ResumeDatagrams(i32),
    /// The pattern wants no more of this endpoint of datagrams.
    CloseDatagrams(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Dial(i32),
    /// The peer's system should have answered.
    Connected(ConnectionId),
    Handshake(ConnectionId),
    /// A PING is to be sent.
    Ping(ConnectionId),
    /// A PING should have been answered.
    Answer(ConnectionId),
    /// The peer wants to be given up after a silence.
    Silence(ConnectionId),
    Accept(usize),
    Decision(u64),
    Close,
}

#[derive(Debug)]
pub(super) enum Source {
    Listener(i32),
    Connection(Box<Connection>),
    Datagrams(i32),
}

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Drive {
    pub(super) sources: Slab<Source>,
    pub(super) listeners: HashMap<i32, Listener>,
    pub(super) dialers: HashMap<i32, Dialer>,
    pub(super) links: HashMap<i32, DatagramLink>,
    pub(super) timers: Timers<Due>,
    pub(super) ready: VecDeque<ConnectionId>,
    /// Endpoints of datagrams where more may be there.
    pub(super) ready_links: Vec<i32>,
    last_endpoint: i32,
    pub(super) closing: Closing,
    /// Connections that said all and wait for their peers to read it.
    pub(super) farewells: HashMap<usize, Instant>,
    /// Accepted connections that go once all is sent.
    pub(super) finishing: Vec<ConnectionId>,
}

impl Drive {
    pub(super) fn next_endpoint(&mut self) -> i32 {
        self.last_endpoint += 1;
        self.last_endpoint
    }

    pub(super) fn connection(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        match self.sources.get_mut(id.token)? {
            Source::Connection(connection) if connection.id() == id => Some(connection),
            _ => None,
        }
    }

    pub(super) fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.sources.iter().filter_map(|(_, source)| match source {
            Source::Connection(connection) => Some(&**connection),
            Source::Listener(_) | Source::Datagrams(_) => None,
        })
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Dials under way, up to the end of the handshake.
    pub(super) fn in_progress(&self) -> usize {
        let dialed = |one: &&Connection| matches!(one.owner(), Owner::Dialer(_)) && !one.is_ready();
        self.connections().filter(dialed).count()
    }

    /// Endpoints whose last dial or accept failed.
    pub(super) fn in_error(&self) -> usize {
        let dialers = self.dialers.values().filter(|one| !one.leaving && one.has_failed()).count();
        dialers + self.listeners.values().filter(|one| one.failed).count()
    }

    /// The connections that a listener accepted.
    pub(super) fn accepted_by(&self, listener: i32) -> Vec<ConnectionId> {
        let all = self.sources.iter().filter_map(|(_, source)| match source {
            Source::Connection(one) if one.owner() == Owner::Listener(listener) => Some(one.id()),
            _ => None,
        });
        all.collect()
    }
}

/// The driver's work.
impl Hub {
    /// One turn: notes, readiness, what stopped at its budget, timers. True when more is to do.
    pub(super) fn turn_drive(&self, drive: &mut Drive, scratch: &mut Scratch) -> bool {
        self.take_in(drive);
        self.serve_ready(drive, scratch);
        self.serve_ready_links(drive, scratch);
        self.serve_events(drive, scratch);
        self.serve_timers(drive);
        self.serve_leaving(drive);
        !drive.ready.is_empty() || !drive.ready_links.is_empty()
    }

    fn take_in(&self, drive: &mut Drive) {
        for note in self.take_notes() {
            match note {
                Note::Close(id) => self.lose(drive, id, None),
                Note::Finish(lane) => self.finish_lane(drive, &lane),
                Note::Resume(id) => {
                    if let Some(connection) = drive.connection(id) {
                        connection.resume();
                        drive.ready.push_back(id);
                    }
                }
                Note::ResumeDatagrams(id) => drive.ready_links.push(id),
                Note::CloseDatagrams(id) => {
                    self.unlink(drive, id);
                }
                Note::Asked(pipe, until) => drive.timers.insert(until, Due::Decision(pipe)),
                Note::Decided(id, verdict) => {
                    if let Some(connection) = drive.connection(id) {
                        connection.decide(verdict);
                        drive.ready.push_back(id);
                    }
                }
                Note::Handed(id, handed) => {
                    let (stream, input) = *handed;
                    self.take_handed(drive, id, stream, input);
                }
                Note::Resolved(id, target) => {
                    if let Err(error) = self.resolved(drive, id, target) {
                        self.dial_failed(drive, id, Failure::of(&error));
                    }
                }
            }
        }
    }

    /// Lets go of dialers that the user took back, and of connections that the pattern is done with, when
    /// they have nothing more to send.
    fn serve_leaving(&self, drive: &mut Drive) {
        for id in std::mem::take(&mut drive.finishing) {
            self.finish_if_sent(drive, id);
        }
        let leaving: Vec<_> =
            drive.dialers.iter().filter(|(_, one)| one.leaving).map(|(id, _)| *id).collect();
        for id in leaving {
            self.leave_if_sent(drive, id);
        }
    }

    fn serve_ready(&self, drive: &mut Drive, scratch: &mut Scratch) {
        for _ in 0..drive.ready.len() {
            if let Some(id) = drive.ready.pop_front() {
                // Why it is served again is not known any more: it is read to the end.
                self.serve(drive, id, News { ended: true, ..News::default() }, scratch);
            }
        }
    }

    fn serve_ready_links(&self, drive: &mut Drive, scratch: &mut Scratch) {
        for id in std::mem::take(&mut drive.ready_links) {
            self.serve_datagrams(drive, id, scratch.buffer());
        }
    }

    fn serve_events(&self, drive: &mut Drive, scratch: &mut Scratch) {
        while self.find_news(scratch) {
            let found: SmallVec<[_; 8]> =
                scratch.events.iter().map(|event| (event.token().0, news(event))).collect();
            for (token, news) in &found {
                match drive.sources.get(*token) {
                    Some(Source::Listener(id)) => self.accept(drive, *id),
                    Some(Source::Datagrams(id)) => {
                        let id = *id;
                        self.serve_datagrams(drive, id, scratch.buffer());
                    }
                    Some(Source::Connection(connection)) => {
                        let id = connection.id();
                        self.serve(drive, id, *news, scratch);
                    }
                    None => {}
                }
            }
            // The outer poll does not report again what is still pending in this one.
            if found.len() < scratch.events.capacity() {
                return;
            }
        }
    }

    /// Asks the poll for news, unless this thread slept in it and was woken by some.
    fn find_news(&self, scratch: &mut Scratch) -> bool {
        std::mem::take(&mut scratch.has_news)
            || self.poll.get().is_some_and(|poll| poll.look(&mut scratch.events).is_ok())
    }

    fn serve(&self, drive: &mut Drive, id: ConnectionId, news: News, scratch: &mut Scratch) {
        let Some(connection) = drive.connection(id) else { return };
        let was_ready = connection.is_ready();
        match connection.serve(self, news, scratch.buffer()) {
            Served::Idle => {}
            Served::More => drive.ready.push_back(id),
            Served::Lost(error) => return self.lose(drive, id, Some(error)),
        }
        Self::note_established(drive, id, was_ready);
        let Some(connection) = drive.connection(id) else { return };
        if let Some(place) = connection.take_place() {
            return self.hand_over(drive, id, &place);
        }
        if let Some(ttl) = connection.take_ttl()
            && let Some(at) = connection.give_up_after(ttl, Instant::now())
        {
            drive.timers.insert(at, Due::Silence(id));
        }
    }

    /// Sends a PING, and sees to it that it is answered and the next one sent.
    fn ping(&self, drive: &mut Drive, id: ConnectionId, now: Instant) {
        let Some(connection) = drive.connection(id) else { return };
        let Some(beat) = connection.heartbeat() else { return };
        let Some(first) = connection.ping(self, beat.ttl, now) else { return };
        drive.timers.insert(now + beat.interval, Due::Ping(id));
        if let Some(timeout) = beat.timeout.filter(|_| first) {
            drive.timers.insert(now + timeout, Due::Answer(id));
        }
    }

    /// Tells the dialer of a connection that has become ready.
    fn note_established(drive: &mut Drive, id: ConnectionId, was_ready: bool) {
        let Some(connection) = drive.connection(id) else { return };
        if let (false, true, Owner::Dialer(dialer)) =
            (was_ready, connection.is_ready(), connection.owner())
            && let Some(dialer) = drive.dialers.get_mut(&dialer)
        {
            dialer.succeeded();
        }
        let Some(connection) = drive.connection(id) else { return };
        if let (false, true, Some(beat)) =
            (was_ready, connection.is_ready(), connection.heartbeat())
        {
            drive.timers.insert(Instant::now() + beat.interval, Due::Ping(id));
        }
    }

    fn serve_timers(&self, drive: &mut Drive) {
        let now = Instant::now();
        while let Some(due) = drive.timers.pop_due(now) {
            match due {
                Due::Dial(id) => {
                    if let Err(error) = self.dial(drive, id) {
                        self.dial_failed(drive, id, Failure::of(&error));
                    }
                }
                Due::Connected(id) => {
                    if drive.connection(id).is_some_and(|one| one.is_connecting()) {
                        self.lose(drive, id, Some(ErrorCode::TimedOut.into()));
                    }
                }
                Due::Handshake(id) => {
                    if drive.connection(id).is_some_and(|connection| !connection.is_ready()) {
                        self.lose(drive, id, Some(ErrorCode::TimedOut.into()));
                    }
                }
                Due::Ping(id) => self.ping(drive, id, now),
                Due::Answer(id) => {
                    if drive.connection(id).is_some_and(|one| one.is_silent(now)) {
                        self.lose(drive, id, Some(ErrorCode::TimedOut.into()));
                    }
                }
                Due::Silence(id) => match drive.connection(id).map(|one| one.next_look(now)) {
                    Some(Some(at)) => drive.timers.insert(at, Due::Silence(id)),
                    Some(None) => self.lose(drive, id, Some(ErrorCode::TimedOut.into())),
                    None => {}
                },
                Due::Accept(token) => {
                    if let Some(Source::Listener(id)) = drive.sources.get(token) {
                        let id = *id;
                        self.accept(drive, id);
                    }
                }
                Due::Decision(pipe) => {
                    self.decide_inproc(pipe, false);
                }
                // Looked at by `retire`, after every turn of a closing socket.
                Due::Close => {}
            }
        }
    }

    /// The user's word about a peer that waits for it. False when there is none of that number.
    pub fn decide(&self, pipe: u64, take: bool) -> bool {
        if self.decide_inproc(pipe, take) {
            return true;
        }
        let mut drive = self.drive();
        let held = drive.connections().find(|one| one.id().serial == pipe && one.is_held());
        let Some(id) = held.map(Connection::id) else { return false };
        let taken = match drive.connection(id) {
            Some(connection) if take => connection.accept(self),
            _ => {
                self.lose(&mut drive, id, None);
                return true;
            }
        };
        if let Err(error) = taken {
            self.lose(&mut drive, id, Some(error));
        } else {
            Self::note_established(&mut drive, id, false);
            // It may have said something meanwhile.
            drive.ready.push_back(id);
        }
        drop(drive);
        self.attend();
        true
    }

    /// Another limit for the messages that begin from now on, of peers that are there and of those to come
    /// (`NN_RCVMAXSIZE`).
    pub fn limit_messages(&self, most: Option<usize>) {
        let mut drive = self.drive();
        let Drive { listeners, dialers, sources, .. } = &mut *drive;
        let listening = listeners.values_mut().map(|one| &mut one.config);
        for config in listening.chain(dialers.values_mut().map(|one| &mut one.config)) {
            Arc::make_mut(config).max_message = most;
        }
        for (_, source) in sources {
            if let Source::Connection(connection) = source {
                connection.limit_messages(most);
            }
        }
    }

    /// Tells how much waits in each connection. False when there is none.
    pub fn tell_queued(&self) -> bool {
        let drive = self.drive();
        let mut any = false;
        for connection in drive.connections().filter(|one| one.is_ready()) {
            connection.tell_queued(self);
            any = true;
        }
        any
    }

    fn accept(&self, drive: &mut Drive, id: i32) {
        while let Some(listener) = drive.listeners.get_mut(&id) {
            let token = listener.token;
            let error = match listener.acceptor.accept() {
                Ok(stream) if !self.admits(listener, &stream) => {
                    self.turn_away(listener);
                    continue;
                }
                Ok(stream) => {
                    listener.failed = false;
                    self.take_stream(drive, id, stream, InBuf::new());
                    continue;
                }
                Err(error) => error,
            };
            match error.kind() {
                io::ErrorKind::WouldBlock => return,
                io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                // Out of descriptors: the edge will not come again, so look again in a while.
                _ => {
                    let errno = u64::try_from(error.raw_os_error().unwrap_or(0)).unwrap_or(0);
                    self.tell_end(EventKind::AcceptFailed, errno, || {
                        Ends::bound(&*listener.address)
                    });
                    listener.failed = true;
                    self.counters().add(Counter::AcceptErrors, 1);
                    drive.timers.insert(Instant::now() + ACCEPT_PAUSE, Due::Accept(token));
                    return;
                }
            }
        }
    }

    /// Whether somebody takes a stream from there: another one who has the port may, if it asks for that path.
    fn admits(&self, listener: &Listener, stream: &Stream) -> bool {
        listener.config.admits(stream) || self.realm.sites.admit(self, listener.id, stream)
    }

    /// The user takes no connections from where a stream leads.
    fn turn_away(&self, listener: &Listener) {
        let errno = ErrorCode::Access.zmq().unsigned_abs().into();
        self.tell_end(EventKind::AcceptFailed, errno, || Ends::bound(&*listener.address));
        self.counters().add(Counter::AcceptErrors, 1);
    }

    /// Takes a stream that asked whoever accepted it for this listener's path. Whose port it is depends on
    /// chance, so only the filters of whom it asks for count.
    fn take_handed(&self, drive: &mut Drive, id: i32, stream: Stream, input: InBuf) {
        match drive.listeners.get(&id) {
            Some(listener) if !listener.config.admits(&stream) => self.turn_away(listener),
            _ => self.take_stream(drive, id, stream, input),
        }
    }

    /// Takes a stream that a listener accepted, of which so much was read.
    fn take_stream(&self, drive: &mut Drive, id: i32, stream: Stream, input: InBuf) {
        let Some(listener) = drive.listeners.get(&id) else { return };
        let number = u64::try_from(stream.number()).unwrap_or_default();
        self.tell_end(EventKind::Accepted, number, || Ends::bound(&*listener.address));
        let (config, endpoint) = (listener.config.clone(), listener.endpoint.clone());
        let outgoing = Lane::new(config.send_marks);
        let attachment = Attachment {
            end: StreamEnd::new(self.weak(), outgoing),
            incoming: config.incoming(),
            early: None,
        };
        let owner = Owner::Listener(id);
        match self.adopt(drive, stream, owner, attachment, &config, &endpoint) {
            Ok(_) if input.is_empty() => {}
            Ok(taken) => {
                if let Some(connection) = drive.connection(taken) {
                    connection.begin_with(input);
                }
                drive.ready.push_back(taken);
            }
            Err(_) => self.counters().add(Counter::AcceptErrors, 1),
        }
    }

    /// An acceptor ends. Its socket may be another's too, and would be looked at here for as long.
    pub(super) fn forget_acceptor(&self, drive: &mut Drive, token: usize, acceptor: &mut Acceptor) {
        drive.sources.try_remove(token);
        if let Some(poll) = self.poll.get() {
            // Where it fails it was not registered.
            let _ = poll.with(|poll| poll.registry().deregister(acceptor));
        }
    }

    /// A stream asks for a path that another socket has.
    fn hand_over(&self, drive: &mut Drive, id: ConnectionId, place: &Place) {
        let Some(Source::Connection(connection)) = drive.sources.try_remove(id.token) else {
            return;
        };
        let Some((mut stream, input)) = connection.into_stream() else { return };
        let Ok(poll) = self.make_poll() else { return };
        if poll.with(|poll| poll.registry().deregister(&mut stream)).is_ok() {
            place.hub.note(Note::Handed(place.listener, Box::new((stream, input))));
        }
    }

    /// Takes a stream in and starts its handshake.
    fn adopt(
        &self,
        drive: &mut Drive,
        mut stream: Stream,
        owner: Owner,
        attachment: Attachment,
        config: &Arc<Config>,
        endpoint: &Endpoint,
    ) -> Result<ConnectionId, Error> {
        if let Some(tls) = &config.tls {
            stream = stream.secured(tls)?;
        }
        let token = drive.sources.vacant_key();
        let watch = Watch::new(self.make_poll()?, Token(token), &mut stream)?;
        let watched = (stream, watch);
        let connection = Connection::new(self, token, owner, watched, attachment, config, endpoint);
        let id = connection.id();
        let connect = config.connect_timeout.filter(|_| connection.is_connecting());
        let limits = [(connect, Due::Connected(id)), (config.handshake, Due::Handshake(id))];
        for (limit, due) in limits {
            if let Some(limit) = limit {
                drive.timers.insert(Instant::now() + limit, due);
            }
        }
        drive.sources.insert(Source::Connection(Box::new(connection)));
        Ok(id)
    }

    pub(super) fn dial(&self, drive: &mut Drive, id: i32) -> Result<(), Error> {
        let Some(dialer) = drive.dialers.get_mut(&id) else { return Ok(()) };
        if !matches!(dialer.state, Dialing::Waiting) {
            return Ok(());
        }
        let ipv6 = dialer.config.ipv6;
        match transport::resolve_now(dialer.first_hop(), ipv6) {
            Some(target) => self.resolved(drive, id, target),
            None => {
                let (endpoint, hub) = (dialer.first_hop().clone(), self.weak());
                dialer.state = Dialing::Resolving;
                // The system's look-up blocks, for seconds at worst: never on the driver's thread.
                thread::Builder::new().name("sockery-resolve".into()).spawn(move || {
                    let target = transport::resolve_blocking(&endpoint, ipv6);
                    if let Some(hub) = hub.upgrade() {
                        hub.note(Note::Resolved(id, target));
                    }
                })?;
                Ok(())
            }
        }
    }

    fn resolved(
        &self,
        drive: &mut Drive,
        id: i32,
        target: Result<Target, Error>,
    ) -> Result<(), Error> {
        let Some(dialer) = drive.dialers.get_mut(&id) else { return Ok(()) };
        dialer.state = Dialing::Waiting;
        dialer.set_target(target?);
        let Some((target, attempt)) = dialer.take_attempt() else { return Ok(()) };
        let (config, endpoint) = (dialer.config.clone(), dialer.endpoint.clone());
        let stream = transport::start_connect(&target, attempt, &config.stream)?;
        let attachment = dialer.attachment();
        let owner = Owner::Dialer(id);
        let connection = self.adopt(drive, stream, owner, attachment, &config, &endpoint)?;
        if endpoint.tcp().is_some() {
            let code = ErrorCode::InProgress.zmq().unsigned_abs().into();
            self.tell_end(EventKind::ConnectDelayed, code, || Ends::dialed(endpoint.to_string()));
        }
        if let Some(dialer) = drive.dialers.get_mut(&id) {
            dialer.state = Dialing::Connected(connection);
        }
        Ok(())
    }

    pub(super) fn dial_failed(&self, drive: &mut Drive, id: i32, failure: Failure) {
        self.counters().add(Counter::ConnectErrors, 1);
        if let Some(dialer) = drive.dialers.get_mut(&id) {
            dialer.failed(failure);
        }
        self.dial_later(drive, id);
    }

    fn dial_later(&self, drive: &mut Drive, id: i32) {
        let Some(dialer) = drive.dialers.get_mut(&id) else { return };
        match dialer.next_pause() {
            Some(pause) => {
                dialer.state = Dialing::Waiting;
                let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                self.tell_end(EventKind::ConnectRetried, millis, || {
                    Ends::dialed(dialer.endpoint.to_string())
                });
                drive.timers.insert(Instant::now() + pause, Due::Dial(id));
            }
            None => self.give_up(drive, id),
        }
    }

    /// Nobody dials any more: the endpoint is gone, as in libzmq, and what waits for it goes with it.
    fn give_up(&self, drive: &mut Drive, id: i32) {
        let Some(dialer) = drive.dialers.remove(&id) else { return };
        if let Some(pipe) = dialer.early_pipe().filter(|_| !dialer.leaving) {
            self.detach(pipe);
        }
        self.drop_all_of(dialer.end().writer().lane());
    }

    /// A connection is over, by itself (`error`) or because it is not wanted any more.
    pub(super) fn lose(&self, drive: &mut Drive, id: ConnectionId, error: Option<Error>) {
        if drive.connection(id).is_none() {
            return;
        }
        let Some(Source::Connection(connection)) = drive.sources.try_remove(id.token) else {
            return;
        };
        let (owner, was_ready) = (connection.owner(), connection.is_ready());
        if let Some(error) = &error {
            connection.tell_lost(self, error);
        }
        drive.farewells.remove(&id.token);
        let how = if error.is_none() { Counter::Dropped } else { Counter::Broken };
        let failure = error.as_ref().filter(|_| !was_ready).map(|error| connection.failure(error));
        let lane = connection.writer().lane().clone();
        connection.end(self, how);
        match owner {
            Owner::Listener(_) => {
                if failure.is_some() {
                    self.counters().add(Counter::AcceptErrors, 1);
                }
                self.drop_all_of(&lane);
            }
            Owner::Dialer(dialer_id) => {
                if !self.profile.keeps_unsent && drive.dialers.contains_key(&dialer_id) {
                    self.drop_all_of(&lane);
                }
                match failure {
                    Some(failure) => self.dial_failed(drive, dialer_id, failure),
                    None => self.dial_later(drive, dialer_id),
                }
            }
        }
    }

    /// Tells an event of an endpoint.
    pub(super) fn tell_end(&self, kind: EventKind, value: u64, ends: impl FnOnce() -> Ends) {
        self.events().tell(kind, || Told::of(kind, value, ends()));
    }

    /// The peer of this lane is gone, and what waits for it goes with it.
    fn drop_all_of(&self, lane: &Lane) {
        let count = lane.clear();
        self.run(|state, _| state.pipes.count_drops(DropReason::PeerGone, count));
    }

    /// Writes what is gathered in the lanes to connections.
    pub(super) fn flush_connections(drive: &Drive) -> bool {
        let writers = drive.connections().map(Connection::writer);
        writers.fold(false, |room, writer| writer.flush(Cause::Overdue).room | room)
    }

    /// Looks after the streams of messages. Answers whether any goes on, and whether the socket must
    /// settle.
    pub(super) fn tend_connections(drive: &Drive) -> (bool, bool) {
        let tended = drive.connections().map(|connection| connection.writer().tend());
        tended.fold((false, false), |(goes_on, room), (streams, flushed)| {
            (goes_on | streams, room | flushed.room)
        })
    }
}

fn news(event: &Event) -> News {
    let ended = event.is_read_closed() || event.is_error();
    News { writable: event.is_writable(), ended }
}
