//! Drive: what a socket's driver works on, under the drive lock: the poll, endpoints, connections,
//! timers. The user's calls come in here for endpoints; turns come from the I/O thread.

use std::{
    collections::{HashMap, VecDeque},
    io,
    os::fd::AsRawFd,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use mio::{Interest as MioInterest, Poll, Token};
use slab::Slab;

use super::{
    config::Config,
    connection::{Attachment, Connection, ConnectionId, Owner, Served, StreamEnd, insert},
    dialer::{Dialer, Dialing},
    event::Counter,
    hub::Hub,
    listener::Listener,
};
use crate::{
    error::{Error, ErrorCode},
    pattern::{DropReason, Lane},
    reactor::{Scratch, Timers},
    transport::{self, Acceptor, Endpoint, Stream, Target},
};

/// The pause before accepting again when the process was out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long a connection whose messages are all written waits for its peer to read them.
const FAREWELL: Duration = Duration::from_millis(200);

/// What other threads ask of the driver.
#[derive(Debug)]
pub(super) enum Note {
    /// The lane from this connection's peer has room again.
    Resume(ConnectionId),
    /// The pattern wants no more of this connection.
    Close(ConnectionId),
    /// A name was looked up.
    Resolved(i32, Result<Target, Error>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Dial(i32),
    Handshake(ConnectionId),
    Accept(usize),
    Close,
}

#[derive(Debug)]
enum Source {
    Listener(i32),
    Connection(Box<Connection>),
}

#[derive(Debug, Default)]
enum Closing {
    #[default]
    Open,
    /// Until all is sent, or this moment comes.
    By(Option<Instant>),
}

/// What an endpoint is, for the user's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointKind {
    /// From bind.
    Bound,
    /// From connect.
    Connected,
}

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Drive {
    poll: Option<Poll>,
    sources: Slab<Source>,
    listeners: HashMap<i32, Listener>,
    dialers: HashMap<i32, Dialer>,
    timers: Timers<Due>,
    ready: VecDeque<ConnectionId>,
    last_endpoint: i32,
    closing: Closing,
    /// Connections that said all and wait for their peers to read it.
    farewells: HashMap<usize, Instant>,
}

impl Drive {
    pub(super) fn next_endpoint(&mut self) -> i32 {
        self.last_endpoint += 1;
        self.last_endpoint
    }

    fn poll(&mut self, hub: &Hub) -> Result<&Poll, Error> {
        match &mut self.poll {
            Some(poll) => Ok(poll),
            none => {
                let poll = none.insert(Poll::new()?);
                hub.gate.set_descriptor(poll.as_raw_fd());
                Ok(poll)
            }
        }
    }

    fn connection(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        match self.sources.get_mut(id.token)? {
            Source::Connection(connection) if connection.id() == id => Some(connection),
            _ => None,
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub(super) fn close_by(&mut self, deadline: Option<Instant>) {
        self.closing = Closing::By(deadline);
        if let Some(deadline) = deadline {
            self.timers.insert(deadline, Due::Close);
        }
    }

    /// Messages of dialers and connections that are not wholly written.
    pub(super) fn unsent(&self) -> usize {
        let dialers = self.dialers.values().map(|dialer| dialer.end().writer().unsent());
        let accepted = self.sources.iter().filter_map(|(_, source)| match source {
            Source::Connection(connection) if matches!(connection.owner(), Owner::Listener(_)) => {
                Some(connection.writer().unsent())
            }
            _ => None,
        });
        dialers.chain(accepted).sum()
    }
}

/// The user's calls.
impl Hub {
    /// Binds: accepts streams at `endpoint` from now on. Answers id and resolved address.
    pub fn bind(
        &self,
        endpoint: Endpoint,
        given: &str,
        config: Arc<Config>,
    ) -> Result<(i32, String), Error> {
        let bound = match endpoint {
            Endpoint::Inproc(name) => self.bind_inproc(name, config),
            endpoint => self.bind_stream(endpoint, given, config),
        };
        if bound.is_err() {
            self.counters().add(Counter::BindErrors, 1);
        }
        bound
    }

    fn bind_stream(
        &self,
        endpoint: Endpoint,
        given: &str,
        config: Arc<Config>,
    ) -> Result<(i32, String), Error> {
        let mut acceptor = Acceptor::bind(&endpoint, &config.stream)?;
        let address = acceptor.local_endpoint()?;
        let mut drive = self.drive();
        drive.poll(self)?;
        let id = drive.next_endpoint();
        let token = drive.sources.insert(Source::Listener(id));
        let registered = drive.poll(self)?.registry().register(
            &mut acceptor,
            Token(token),
            MioInterest::READABLE,
        );
        if let Err(error) = registered.map_err(Error::from).and_then(|()| self.try_attend()) {
            drive.sources.remove(token);
            return Err(error);
        }
        let listener = Listener {
            endpoint,
            given: given.into(),
            address: address.clone(),
            config,
            acceptor,
            token,
        };
        drive.listeners.insert(id, listener);
        Ok((id, address))
    }

    /// Connects: dials `endpoint` now, and again whenever the connection is lost. What can never
    /// succeed fails at once.
    pub fn connect(
        &self,
        endpoint: Endpoint,
        given: &str,
        config: Arc<Config>,
    ) -> Result<(i32, String), Error> {
        let address = endpoint.to_string();
        let id = match endpoint {
            Endpoint::Inproc(name) => self.connect_inproc(name, config)?,
            endpoint => self.connect_stream(endpoint, given, config)?,
        };
        Ok((id, address))
    }

    fn connect_stream(
        &self,
        endpoint: Endpoint,
        given: &str,
        config: Arc<Config>,
    ) -> Result<i32, Error> {
        self.drive().poll(self)?;
        self.try_attend()?;
        let outgoing = Lane::new(config.send_marks);
        let end = StreamEnd::new(self.weak(), outgoing.clone());
        let early = config.attach_early.then(|| {
            let incoming = Lane::new(config.receive_marks);
            self.attach_early(outgoing, incoming, end.clone(), config.priorities)
        });
        let early = early.transpose()?;
        let mut drive = self.drive();
        let id = drive.next_endpoint();
        drive.dialers.insert(id, Dialer::new(endpoint, given.into(), config, end, early));
        match self.dial(&mut drive, id) {
            Err(error) if is_certain(error.code()) => {
                let dialer = drive.dialers.remove(&id);
                drop(drive);
                if let Some(pipe) = dialer.as_ref().and_then(Dialer::early_pipe) {
                    self.detach(pipe);
                }
                return Err(error);
            }
            Err(_) => self.dial_failed(&mut drive, id),
            Ok(()) => {}
        }
        drop(drive);
        self.attend();
        Ok(id)
    }

    /// A pipe for a peer that is not there yet.
    pub(super) fn attach_early(
        &self,
        outgoing: Arc<Lane>,
        incoming: Arc<Lane>,
        end: Arc<dyn crate::pattern::pipe::Neighbor>,
        priorities: (u8, u8),
    ) -> Result<(crate::message::PipeId, Arc<Lane>), Error> {
        self.run(|state, _| {
            let id = insert(&mut state.pipes, outgoing, incoming.clone(), end, priorities);
            if state.protocol.attach(id, &mut state.pipes).is_err() {
                state.pipes.remove(id);
                return Err(Error::new(
                    ErrorCode::AlreadyConnected,
                    format!("a {} socket takes one peer, and has it", self.profile.name),
                ));
            }
            Ok((id, incoming))
        })
    }

    pub(super) fn detach(&self, pipe: crate::message::PipeId) {
        self.run(|state, _| {
            state.protocol.detach(pipe, &mut state.pipes);
            state.pipes.set_detached(pipe);
        });
    }

    /// Takes an endpoint back. Connections that it accepted go with it; what it queued to send goes
    /// out first.
    pub fn shut(&self, id: i32) -> Result<(), Error> {
        if self.shut_inproc(id) {
            return Ok(());
        }
        let mut drive = self.drive();
        if drive
            .listeners
            .remove(&id)
            .map(|listener| drive.sources.try_remove(listener.token))
            .is_some()
        {
            for lost in drive.accepted_by(id) {
                self.lose(&mut drive, lost, None);
            }
            return Ok(());
        }
        let Some(dialer) = drive.dialers.get_mut(&id).filter(|dialer| !dialer.leaving) else {
            return Err(Error::new(
                ErrorCode::Invalid,
                format!("there is no endpoint with id {id}"),
            ));
        };
        dialer.leaving = true;
        let pipe = dialer.early_pipe();
        drop(drive);
        if let Some(pipe) = pipe {
            // What was queued is still in the lane, which the dialer empties before it goes.
            self.detach(pipe);
        }
        self.attend();
        Ok(())
    }

    /// Finds an endpoint by the text given for it or by its resolved address.
    #[must_use]
    pub fn find_endpoint(&self, text: &str, kind: EndpointKind) -> Option<i32> {
        if let Some(id) = self.find_inproc(text, kind) {
            return Some(id);
        }
        let drive = self.drive();
        match kind {
            EndpointKind::Bound => {
                let mut all = drive.listeners.iter();
                all.find(|(_, one)| one.given == text || one.address == text).map(|(id, _)| *id)
            }
            EndpointKind::Connected => {
                let mut all = drive.dialers.iter().filter(|(_, one)| !one.leaving);
                let found = |one: &Dialer| one.address == text || one.endpoint.to_string() == text;
                all.find(|(_, one)| found(one)).map(|(id, _)| *id)
            }
        }
    }
}

/// Codes that dialing again would not change.
fn is_certain(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::TooManyFiles
            | ErrorCode::Invalid
            | ErrorCode::NoDevice
            | ErrorCode::AddressNotAvailable
            | ErrorCode::NameTooLong
            | ErrorCode::NoBuffers
            | ErrorCode::AddressFamilyNotSupported
    )
}

/// The driver's work.
impl Hub {
    /// One turn: notes, readiness, what stopped at its budget, timers. True when more is to do.
    pub(super) fn turn_drive(&self, drive: &mut Drive, scratch: &mut Scratch) -> bool {
        self.take_in(drive);
        self.serve_ready(drive, scratch);
        self.serve_events(drive, scratch);
        self.serve_timers(drive);
        self.serve_leaving(drive);
        !drive.ready.is_empty()
    }

    fn take_in(&self, drive: &mut Drive) {
        for note in self.take_notes() {
            match note {
                Note::Close(id) => self.lose(drive, id, None),
                Note::Resume(id) => {
                    if let Some(connection) = drive.connection(id) {
                        connection.resume();
                        drive.ready.push_back(id);
                    }
                }
                Note::Resolved(id, target) => {
                    if self.resolved(drive, id, target).is_err() {
                        self.dial_failed(drive, id);
                    }
                }
            }
        }
    }

    /// Lets go of dialers that the user took back and that have nothing more to send.
    fn serve_leaving(&self, drive: &mut Drive) {
        let leaving: Vec<_> =
            drive.dialers.iter().filter(|(_, one)| one.leaving).map(|(id, _)| *id).collect();
        for id in leaving {
            self.leave_if_sent(drive, id);
        }
    }

    fn serve_ready(&self, drive: &mut Drive, scratch: &mut Scratch) {
        for _ in 0..drive.ready.len() {
            if let Some(id) = drive.ready.pop_front() {
                self.serve(drive, id, false, scratch);
            }
        }
    }

    fn serve_events(&self, drive: &mut Drive, scratch: &mut Scratch) {
        loop {
            let Some(poll) = &mut drive.poll else { return };
            if poll.poll(&mut scratch.events, Some(Duration::ZERO)).is_err() {
                return;
            }
            let found: Vec<_> =
                scratch.events.iter().map(|event| (event.token().0, event.is_writable())).collect();
            for (token, writable) in &found {
                match drive.sources.get(*token) {
                    Some(Source::Listener(id)) => self.accept(drive, *id),
                    Some(Source::Connection(connection)) => {
                        let id = connection.id();
                        self.serve(drive, id, *writable, scratch);
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

    fn serve(&self, drive: &mut Drive, id: ConnectionId, writable: bool, scratch: &mut Scratch) {
        let Some(connection) = drive.connection(id) else { return };
        let was_ready = connection.is_ready();
        match connection.serve(self, writable, &mut scratch.buffer) {
            Served::Idle => {}
            Served::More => drive.ready.push_back(id),
            Served::Lost(error) => return self.lose(drive, id, Some(error)),
        }
        let Some(connection) = drive.connection(id) else { return };
        if let (false, true, Owner::Dialer(dialer)) =
            (was_ready, connection.is_ready(), connection.owner())
        {
            self.counters().add(Counter::Established, 1);
            self.counters().sub(Counter::InProgress, 1);
            if let Some(dialer) = drive.dialers.get_mut(&dialer) {
                dialer.succeeded();
            }
        }
    }

    fn serve_timers(&self, drive: &mut Drive) {
        let now = Instant::now();
        while let Some(due) = drive.timers.pop_due(now) {
            match due {
                Due::Dial(id) => {
                    if self.dial(drive, id).is_err() {
                        self.dial_failed(drive, id);
                    }
                }
                Due::Handshake(id) => {
                    if drive.connection(id).is_some_and(|connection| !connection.is_ready()) {
                        self.lose(drive, id, Some(ErrorCode::TimedOut.into()));
                    }
                }
                Due::Accept(token) => {
                    if let Some(Source::Listener(id)) = drive.sources.get(token) {
                        let id = *id;
                        self.accept(drive, id);
                    }
                }
                // Looked at by `retire`, after every turn of a closing socket.
                Due::Close => {}
            }
        }
    }

    fn accept(&self, drive: &mut Drive, id: i32) {
        while let Some(listener) = drive.listeners.get(&id) {
            let token = listener.token;
            let error = match listener.acceptor.accept() {
                Ok(stream) => {
                    self.counters().add(Counter::Accepted, 1);
                    let config = listener.config.clone();
                    let endpoint = listener.endpoint.clone();
                    let outgoing = Lane::new(config.send_marks);
                    let attachment = Attachment {
                        end: StreamEnd::new(self.weak(), outgoing),
                        incoming: Lane::new(config.receive_marks),
                        early: None,
                    };
                    let owner = Owner::Listener(id);
                    if self.adopt(drive, stream, owner, attachment, &config, &endpoint).is_ok() {
                        continue;
                    }
                    self.counters().add(Counter::AcceptErrors, 1);
                    continue;
                }
                Err(error) => error,
            };
            match error.kind() {
                io::ErrorKind::WouldBlock => return,
                io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                // Out of descriptors: the edge will not come again, so look again in a while.
                _ => {
                    self.counters().add(Counter::AcceptErrors, 1);
                    drive.timers.insert(Instant::now() + ACCEPT_PAUSE, Due::Accept(token));
                    return;
                }
            }
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
        let token = drive.sources.vacant_key();
        let both = MioInterest::READABLE | MioInterest::WRITABLE;
        drive.poll(self)?.registry().register(&mut stream, Token(token), both)?;
        let connection = Connection::new(self, token, owner, stream, attachment, config, endpoint);
        let id = connection.id();
        let limits =
            [config.handshake, config.connect_timeout.filter(|_| connection.is_connecting())];
        if let Some(limit) = limits.into_iter().flatten().min() {
            drive.timers.insert(Instant::now() + limit, Due::Handshake(id));
        }
        drive.sources.insert(Source::Connection(Box::new(connection)));
        Ok(id)
    }

    fn dial(&self, drive: &mut Drive, id: i32) -> Result<(), Error> {
        let Some(dialer) = drive.dialers.get_mut(&id) else { return Ok(()) };
        if !matches!(dialer.state, Dialing::Waiting) {
            return Ok(());
        }
        let ipv6 = dialer.config.ipv6;
        match transport::resolve_now(&dialer.endpoint, ipv6) {
            Some(target) => self.resolved(drive, id, target),
            None => {
                let (endpoint, hub) = (dialer.endpoint.clone(), self.weak());
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
        self.counters().add(Counter::InProgress, 1);
        if let Some(dialer) = drive.dialers.get_mut(&id) {
            dialer.state = Dialing::Connected(connection);
        }
        Ok(())
    }

    fn dial_failed(&self, drive: &mut Drive, id: i32) {
        self.counters().add(Counter::ConnectErrors, 1);
        self.dial_later(drive, id);
    }

    fn dial_later(&self, drive: &mut Drive, id: i32) {
        let Some(dialer) = drive.dialers.get_mut(&id) else { return };
        match dialer.next_pause() {
            Some(pause) => {
                dialer.state = Dialing::Waiting;
                drive.timers.insert(Instant::now() + pause, Due::Dial(id));
            }
            None => dialer.state = Dialing::Stopped,
        }
    }

    /// A connection is over, by itself (`error`) or because it is not wanted any more.
    fn lose(&self, drive: &mut Drive, id: ConnectionId, error: Option<Error>) {
        if drive.connection(id).is_none() {
            return;
        }
        let Some(Source::Connection(connection)) = drive.sources.try_remove(id.token) else {
            return;
        };
        let (owner, was_ready) = (connection.owner(), connection.is_ready());
        drive.farewells.remove(&id.token);
        let counter = match (&error, was_ready, owner) {
            (None, ..) => Counter::Dropped,
            (_, true, _) => Counter::Broken,
            (_, false, Owner::Dialer(_)) => Counter::ConnectErrors,
            (_, false, Owner::Listener(_)) => Counter::AcceptErrors,
        };
        self.counters().add(counter, 1);
        let lane = connection.writer().lane().clone();
        let unsent = connection.end(self);
        match owner {
            Owner::Listener(_) => {
                let count = unsent.len() + lane.clear();
                self.run(|state, _| state.pipes.count_drops(DropReason::PeerGone, count));
            }
            Owner::Dialer(dialer_id) => {
                if !was_ready {
                    self.counters().sub(Counter::InProgress, 1);
                }
                let Some(dialer) = drive.dialers.get_mut(&dialer_id) else { return };
                if self.profile.keeps_unsent {
                    dialer.put_back(unsent);
                } else {
                    let count = unsent.len() + lane.clear();
                    self.run(|state, _| state.pipes.count_drops(DropReason::PeerGone, count));
                }
                self.dial_later(drive, dialer_id);
            }
        }
    }

    /// Ends a dialer that the user took back, once all is sent.
    fn leave_if_sent(&self, drive: &mut Drive, id: i32) {
        let Some(dialer) = drive.dialers.get(&id) else { return };
        let connected = match dialer.state {
            Dialing::Connected(connection) => Some(connection),
            _ => None,
        };
        if connected.is_some() && !dialer.end().writer().is_idle() {
            return;
        }
        let dialer = drive.dialers.remove(&id);
        if let Some(connection) = connected {
            self.lose(drive, connection, None);
        }
        if let Some(dialer) = dialer {
            let count = dialer.end().writer().lane().clear();
            self.run(|state, _| state.pipes.count_drops(DropReason::Closed, count));
        }
    }

    /// One step of closing: lets go of what has nothing more to send. False when nothing is left.
    pub(super) fn retire(&self, drive: &mut Drive) -> bool {
        let Closing::By(deadline) = drive.closing else { return true };
        for (_, listener) in drive.listeners.drain() {
            drive.sources.try_remove(listener.token);
        }
        let now = Instant::now();
        if deadline.is_some_and(|at| at <= now) {
            self.drop_unsent(drive.unsent());
            self.drop_all(drive);
            return false;
        }
        let idle = drive.idle_connections();
        for id in idle {
            self.bid_farewell(drive, id, now);
        }
        let done: Vec<_> =
            drive.dialers.iter().filter(|(_, one)| one.is_done()).map(|(id, _)| *id).collect();
        for id in done {
            drive.dialers.remove(&id);
        }
        let left = drive.sources.is_empty() && drive.dialers.is_empty();
        if left {
            self.drop_all(drive);
        }
        !left
    }

    /// All is written: tells the peer so, and gives it a moment to read. Closing at once would, when
    /// something of the peer's is unread here, take back what it has not read yet.
    fn bid_farewell(&self, drive: &mut Drive, id: ConnectionId, now: Instant) {
        let receives = self.profile.receives;
        let Some(connection) = drive.connection(id) else { return };
        let over = !connection.is_ready() || !receives;
        if !over && !drive.farewells.contains_key(&id.token) {
            if let Some(connection) = drive.connection(id) {
                connection.shutdown_write();
            }
            drive.farewells.insert(id.token, now + FAREWELL);
            drive.timers.insert(now + FAREWELL, Due::Close);
        } else if over || drive.farewells.get(&id.token).is_some_and(|at| *at <= now) {
            self.lose(drive, id, None);
        }
    }

    fn drop_all(&self, drive: &mut Drive) {
        for (_, source) in std::mem::take(&mut drive.sources) {
            if let Source::Connection(connection) = source {
                connection.end(self);
            }
        }
        drive.dialers.clear();
        drive.timers.clear();
        drive.ready.clear();
    }
}

impl Drive {
    fn accepted_by(&self, listener: i32) -> Vec<ConnectionId> {
        let all = self.sources.iter().filter_map(|(_, source)| match source {
            Source::Connection(one) if one.owner() == Owner::Listener(listener) => Some(one.id()),
            _ => None,
        });
        all.collect()
    }

    fn idle_connections(&self) -> Vec<ConnectionId> {
        let all = self.sources.iter().filter_map(|(_, source)| match source {
            Source::Connection(one) if one.writer().is_idle() => Some(one.id()),
            _ => None,
        });
        all.collect()
    }
}

impl Dialer {
    /// Nothing to send, and no connection that still says so.
    fn is_done(&self) -> bool {
        !matches!(self.state, Dialing::Connected(_)) && self.end().writer().is_idle()
    }
}
