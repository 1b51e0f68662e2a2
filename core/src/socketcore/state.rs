//! State: a station's sockets, timers and messages, and what its calls and the I/O thread do to them.

use std::{
    collections::{BTreeSet, HashMap},
    io,
    os::fd::{AsRawFd, RawFd},
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token};
use slab::Slab;

use super::{
    Transport,
    conn::{Conn, Link, Stage},
    constants::{Code, Kind},
    event::{Entry, Event, Notice, Queue},
    ids::Ids,
};
use crate::{
    error::{Error, ErrorCode},
    reactor::Turn,
    transport::{
        Acceptor, Datagrams, Endpoint, Host, Stream, StreamOptions, Target, TcpEndpoint, Tls,
        TlsServer, resolve_now,
    },
};

/// A connect, from the name server to the end of TLS's handshake, may take so long.
const CONNECT: Duration = Duration::from_secs(75);
/// An accepted connection may take so long for TLS's handshake.
const SHAKE: Duration = Duration::from_secs(10);
/// After a close, what was accepted for sending may take so long, and the peer's own end.
const LINGER: Duration = Duration::from_secs(10);
/// A listener for which descriptors had run out tries again after this.
const AGAIN: Duration = Duration::from_millis(100);
/// Bytes read in one call.
const BUFFER: usize = 64 * 1024;
/// Confirmations of sends that may wait for `rtos.receive`, of one socket.
const CONFIRMATIONS: usize = 1024;
/// Timers that may run at once.
const TIMERS: usize = 65536;
/// Accepts of one listener in one turn.
const ACCEPTS: usize = 64;
/// Closed connections that may linger, beyond as many as there may be sockets.
const LINGERING: usize = 64;

/// A name to look up for a connection.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) place: usize,
    pub(super) serial: u64,
    pub(super) endpoint: Endpoint,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Timer(i64),
    Conn(usize),
}

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct State {
    poll: Option<Poll>,
    conns: Slab<Conn>,
    ids: Ids,
    serial: u64,
    queue: Queue,
    timers: HashMap<i64, Instant>,
    due: BTreeSet<(Instant, Due)>,
    /// The moment for which the I/O thread has set its timer.
    told: Option<Instant>,
    buffer: Vec<u8>,
    dropped: usize,
    ended: bool,
}

impl State {
    pub(super) fn poll_descriptor(&mut self) -> io::Result<RawFd> {
        let poll = match &mut self.poll {
            Some(poll) => poll,
            none => none.insert(Poll::new()?),
        };
        Ok(poll.as_raw_fd())
    }

    pub(super) fn has_events(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Whether something is due before the I/O thread would look.
    pub(super) fn is_due_sooner(&mut self) -> bool {
        let Some(&(next, _)) = self.due.first() else { return false };
        let sooner = self.told.is_none_or(|told| next < told);
        if sooner {
            self.told = Some(next);
        }
        sooner
    }

    // ---- calls

    pub(super) fn connect(
        &mut self,
        transport: Transport,
        endpoint: TcpEndpoint,
        tls: Option<Tls>,
    ) -> Result<(u32, Option<Lookup>), Error> {
        self.check_room()?;
        let link = match transport {
            Transport::Raw => {
                let protocol = u8::try_from(endpoint.port).unwrap_or_default();
                let socket = Datagrams::raw(matches!(endpoint.host, Host::V6 { .. }), protocol);
                Link::Datagrams(socket.map_err(|error| raw_error(error, protocol))?)
            }
            _ => Link::None,
        };
        let place = self.admit(Stage::Resolving, link)?;
        self.conns[place].deadline = Instant::now().checked_add(CONNECT);
        self.conns[place].transport = Some(transport);
        self.conns[place].tls = tls.map(Box::new);
        let id = self.conns[place].id.unwrap_or_default();
        let endpoint = Endpoint::Tcp(endpoint);
        let lookup = match resolve_now(&endpoint, true) {
            Some(Ok(target)) => {
                if let Err(error) = self.found(place, target)
                    && error.code() == ErrorCode::TooManyFiles
                {
                    self.remove(place);
                    return Err(error);
                }
                None
            }
            Some(Err(error)) => {
                self.failed(place, &error);
                None
            }
            None => Some(Lookup { place, serial: self.conns[place].serial, endpoint }),
        };
        self.after(place);
        Ok((id, lookup))
    }

    pub(super) fn listen(
        &mut self,
        endpoint: &Endpoint,
        tls: Option<TlsServer>,
    ) -> Result<u32, Error> {
        self.check_room()?;
        let options = StreamOptions { ipv6: true, ..StreamOptions::default() };
        let acceptor = Acceptor::bind(endpoint, &options)?;
        let place = self.admit(Stage::Open, Link::Listener(acceptor, tls))?;
        Ok(self.conns[place].id.unwrap_or_default())
    }

    fn check_room(&self) -> Result<(), Error> {
        if self.ended {
            return Err(ErrorCode::Terminated.into());
        }
        if self.ids.is_full() {
            return Err(Error::new(
                ErrorCode::TooManyFiles,
                "all socket ids are in use: destroy one, or allow more by limit()",
            ));
        }
        Ok(())
    }

    /// Gives a new connection a place and an id, and watches its link.
    fn admit(&mut self, stage: Stage, link: Link) -> Result<usize, Error> {
        self.serial += 1;
        let entry = self.conns.vacant_entry();
        let place = entry.key();
        let Some(id) = self.ids.give(place) else { return Err(ErrorCode::TooManyFiles.into()) };
        entry.insert(Conn::new(self.serial, id, stage, link));
        if let Err(error) = self.register(place) {
            self.remove(place);
            return Err(error.into());
        }
        Ok(place)
    }

    fn register(&mut self, place: usize) -> io::Result<()> {
        let Some(poll) = &self.poll else { return Ok(()) };
        self.conns[place].register(poll.registry(), Token(place))
    }

    pub(super) fn send(&mut self, id: i64, data: &[u8]) -> Code {
        let Some(place) = self.ids.place(id) else { return Code::NotConnected };
        let conn = &mut self.conns[place];
        if conn.confirmations >= CONFIRMATIONS {
            return Code::NoBuffers;
        }
        let mut notices = Vec::new();
        let sent = conn.send(data, &mut notices);
        self.note(place, notices);
        sent.err().unwrap_or(Code::Ok)
    }

    pub(super) fn recv(&mut self, id: i64, limit: usize) -> Vec<u8> {
        let Some(place) = self.ids.place(id) else { return Vec::new() };
        let conn = &mut self.conns[place];
        let taken = conn.inbox.take(limit);
        // Only once half is read, lest every small read makes a small one of the system.
        if conn.inbox.has_room_again() {
            self.advance(place);
        }
        taken
    }

    pub(super) fn close(&mut self, id: i64) -> bool {
        let Some(known) = self.ids.known(id) else { return false };
        let Some(place) = self.ids.place(id) else {
            self.queue.push(Entry::Vacant(known));
            return true;
        };
        self.conns[place].close(Instant::now() + LINGER);
        // Confirmations of closes are bounded as those of sends are.
        if self.conns[place].confirmations < 2 * CONFIRMATIONS {
            self.note(place, vec![Notice::Closed]);
        }
        self.advance(place);
        true
    }

    pub(super) fn destroy(&mut self, id: i64) -> bool {
        let Some(known) = self.ids.known(id) else { return false };
        let Some(place) = self.ids.place(id) else { return true };
        self.ids.free(known);
        self.conns[place].id = None;
        self.queue.forget_connection(place);
        self.retire(place);
        self.accept_again();
        true
    }

    /// Lets a connection without an id come to its end.
    fn retire(&mut self, place: usize) {
        self.conns[place].close(Instant::now() + LINGER);
        self.advance(place);
        let lingering = self.conns.len().saturating_sub(self.ids.used());
        if lingering > self.ids.limit(None).saturating_add(LINGERING) {
            let all = self.conns.iter().filter(|(_, conn)| conn.id.is_none());
            let oldest = all.min_by_key(|(_, conn)| conn.serial).map(|(place, _)| place);
            oldest.into_iter().for_each(|place| self.remove(place));
        }
    }

    pub(super) fn set(&mut self, id: i64, level: i64, name: i64, value: i32) -> bool {
        let place = self.ids.place(id);
        place.is_some_and(|place| self.conns[place].set(level, name, value))
    }

    pub(super) fn room(&self, id: i64) -> usize {
        self.ids.place(id).map_or(0, |place| self.conns[place].inbox.room())
    }

    pub(super) fn port(&self, id: i64) -> Option<u16> {
        self.conns[self.ids.place(id)?].port()
    }

    pub(super) fn limit(&mut self, wanted: Option<usize>) -> usize {
        let limit = self.ids.limit(wanted);
        self.accept_again();
        limit
    }

    pub(super) fn dropped(&self) -> usize {
        self.dropped + self.conns.iter().map(|(_, conn)| conn.outbox.lost).sum::<usize>()
    }

    pub(super) fn unsent(&self) -> usize {
        self.conns.iter().map(|(_, conn)| conn.unsent()).sum()
    }

    /// Whether the station has ended, and nothing waits to be sent any more.
    pub(super) fn is_sent(&self) -> bool {
        self.ended && self.unsent() == 0
    }

    pub(super) fn timer_start(&mut self, id: i64, at: Instant) -> bool {
        self.timer_stop(id);
        if self.timers.len() >= TIMERS {
            return false;
        }
        self.timers.insert(id, at);
        self.due.insert((at, Due::Timer(id)));
        true
    }

    pub(super) fn timer_stop(&mut self, id: i64) {
        if let Some(at) = self.timers.remove(&id) {
            self.due.remove(&(at, Due::Timer(id)));
            self.queue.forget_timer(id);
        }
    }

    /// The program has no more use for the station.
    pub(super) fn end(&mut self) {
        self.ended = true;
        self.queue.clear();
        self.timers.clear();
        self.due.retain(|(_, due)| matches!(due, Due::Conn(_)));
        let places: Vec<_> = self.conns.iter().map(|(place, _)| place).collect();
        for place in places {
            if let Some(id) = self.conns[place].id.take() {
                self.ids.free(id);
                self.retire(place);
            }
        }
    }

    // ---- messages

    /// The next message. What was read before it was announced needs none any more.
    pub(super) fn next_event(&mut self) -> Option<Event> {
        loop {
            let event = match self.queue.pop()? {
                Entry::Timer(id) => {
                    self.timers.remove(&id);
                    Some(Event::new(Kind::Timer, id))
                }
                Entry::Vacant(id) => Some(Event::new(Kind::Closed, id)),
                Entry::Of(place, notice) => self.event_of(place, notice),
            };
            if event.is_some() {
                return event;
            }
        }
    }

    fn event_of(&mut self, place: usize, notice: Notice) -> Option<Event> {
        let conn = self.conns.get_mut(place)?;
        let id = conn.id?;
        let failed = |kind, text| Event { result: 1, text: Some(text), ..Event::new(kind, id) };
        match notice {
            Notice::Connected(Ok(())) => Some(Event::new(Kind::Connected, id)),
            Notice::Connected(Err(text)) => Some(failed(Kind::Connected, text)),
            Notice::Sent(result) => {
                conn.confirmations -= 1;
                Some(match result {
                    Ok(length) => Event { length: Some(length), ..Event::new(Kind::Sent, id) },
                    Err(text) => Event { length: Some(0), ..failed(Kind::Sent, text) },
                })
            }
            Notice::Received => {
                conn.announced = false;
                let length = conn.inbox.announce()?;
                if conn.inbox.has_news() {
                    conn.announced = true;
                    self.queue.push(Entry::Of(place, Notice::Received));
                }
                Some(Event { length: Some(length), ..Event::new(Kind::Received, id) })
            }
            // After the program's own close there is none of the peer.
            Notice::Ended(_) if matches!(conn.stage, Stage::Closing | Stage::Over) => None,
            Notice::Ended(text) => Some(Event { text, ..Event::new(Kind::Ended, id) }),
            Notice::Closed => {
                conn.confirmations -= 1;
                Some(Event::new(Kind::Closed, id))
            }
            Notice::Accepted(listener, text) => Some(Event {
                accepted: Some(id),
                text: Some(text),
                ..Event::new(Kind::Accepted, listener)
            }),
        }
    }

    /// Queues what a connection has to tell.
    fn note(&mut self, place: usize, notices: Vec<Notice>) {
        let conn = &mut self.conns[place];
        for notice in notices {
            if matches!(notice, Notice::Sent(_) | Notice::Closed) {
                conn.confirmations += 1;
            }
            if conn.id.is_some() {
                self.queue.push(Entry::Of(place, notice));
            }
        }
    }

    // ---- connections

    /// A name was looked up.
    pub(super) fn resolved(&mut self, place: usize, serial: u64, found: Result<Target, Error>) {
        let waits = |conn: &Conn| conn.serial == serial && conn.stage == Stage::Resolving;
        if self.conns.get(place).is_some_and(waits) {
            match found {
                // The message tells of the failure.
                Ok(target) => drop(self.found(place, target)),
                Err(error) => self.failed(place, &error),
            }
            self.after(place);
        }
    }

    /// Its address is known. An error is the connection's end too.
    fn found(&mut self, place: usize, target: Target) -> Result<(), Error> {
        let conn = &mut self.conns[place];
        let started = match (conn.transport, &target) {
            (Some(Transport::Udp), Target::Tcp { addresses, .. }) => addresses
                .first()
                .ok_or_else(|| ErrorCode::AddressNotAvailable.into())
                .and_then(|address| Ok(Datagrams::udp(*address)?))
                .map(|socket| {
                    conn.link = Link::Datagrams(socket);
                    conn.inbox = super::inbox::Inbox::of_datagrams();
                }),
            (Some(Transport::Raw), Target::Tcp { addresses, .. }) => {
                let peer = addresses.first().copied();
                match (&conn.link, peer) {
                    (Link::Datagrams(socket), Some(mut peer)) => {
                        peer.set_port(0);
                        socket.connect(peer).map_err(Error::from)
                    }
                    _ => Err(ErrorCode::AddressNotAvailable.into()),
                }
            }
            _ => {
                conn.target = Some(target);
                return self.dial(place);
            }
        };
        let registered = match (started, self.conns[place].transport) {
            (Ok(()), Some(Transport::Udp)) => self.register(place).map_err(Error::from),
            (started, _) => started,
        };
        match registered {
            Ok(()) => {
                let mut notices = Vec::new();
                self.conns[place].opened(&mut notices);
                self.note(place, notices);
                self.advance(place);
                Ok(())
            }
            Err(error) => {
                self.failed(place, &error);
                Err(error)
            }
        }
    }

    /// Starts towards the next address that takes a start; the last one's error ends it.
    fn dial(&mut self, place: usize) -> Result<(), Error> {
        loop {
            let Some(poll) = &self.poll else { return Ok(()) };
            let conn = &mut self.conns[place];
            match conn.dial(poll.registry(), Token(place)) {
                Ok(()) => return Ok(()),
                Err(_) if conn.has_further_address() => {}
                Err(error) => {
                    self.failed(place, &error);
                    return Err(error);
                }
            }
        }
    }

    fn failed(&mut self, place: usize, error: &Error) {
        let mut notices = Vec::new();
        self.conns[place].fail(&mut notices, error);
        self.note(place, notices);
    }

    /// Does all that a connection can do now.
    fn advance(&mut self, place: usize) {
        if self.buffer.is_empty() {
            self.buffer = vec![0; BUFFER];
        }
        if matches!(self.conns[place].link, Link::Listener(..)) {
            self.accept(place);
        } else {
            let mut notices = Vec::new();
            let conn = &mut self.conns[place];
            if let Err(error) = conn.advance(&mut self.buffer, &mut notices) {
                if conn.has_further_address() {
                    let _ = self.dial(place);
                } else {
                    conn.fail(&mut notices, &error);
                }
            }
            self.note_progress(place, notices);
        }
        self.after(place);
    }

    /// Queues what happened; tells of an accepted connection once it is one.
    fn note_progress(&mut self, place: usize, notices: Vec<Notice>) {
        let conn = &mut self.conns[place];
        let Some(listener) = conn.listener else { return self.note(place, notices) };
        match (conn.stage, conn.id) {
            (Stage::Shaking, _) => {}
            (Stage::Over, Some(id)) => {
                // Nobody was told of it: it only goes.
                conn.id = None;
                self.ids.free(id);
                self.accept_again();
            }
            _ => {
                conn.listener = None;
                let from = match &conn.link {
                    Link::Stream(stream, _) => stream.peer_text(),
                    _ => String::new(),
                };
                let from = from.strip_prefix("tcp://").unwrap_or(&from).into();
                self.note(place, vec![Notice::Accepted(listener, from)]);
                self.note(place, notices);
            }
        }
    }

    /// Notes when the connection is to be looked at, or that it is gone.
    fn after(&mut self, place: usize) {
        let Some(conn) = self.conns.get_mut(place) else { return };
        if conn.id.is_none() && conn.stage == Stage::Over {
            return self.remove(place);
        }
        if conn.noted != conn.deadline {
            if let Some(at) = conn.noted {
                self.due.remove(&(at, Due::Conn(place)));
            }
            if let Some(at) = conn.deadline {
                self.due.insert((at, Due::Conn(place)));
            }
            conn.noted = conn.deadline;
        }
    }

    fn remove(&mut self, place: usize) {
        let conn = self.conns.remove(place);
        self.dropped += conn.outbox.lost + conn.unsent();
        if let Some(at) = conn.noted {
            self.due.remove(&(at, Due::Conn(place)));
        }
        if let Some(id) = conn.id {
            self.ids.free(id);
        }
        self.queue.forget_connection(place);
    }

    // ---- listeners

    /// Accepts while connections wait and there are ids for them.
    fn accept(&mut self, place: usize) {
        for _ in 0..ACCEPTS {
            if self.ids.is_full() {
                return;
            }
            let listener = &mut self.conns[place];
            let Link::Listener(acceptor, tls) = &listener.link else { return };
            match acceptor.accept() {
                Ok(stream) => {
                    let (id, tls) = (listener.id.unwrap_or_default(), tls.clone());
                    self.accepted(id, stream, tls.as_ref());
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => {
                        listener.deadline = None;
                        return;
                    }
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted => {}
                    _ => {
                        listener.deadline = Instant::now().checked_add(AGAIN);
                        return;
                    }
                },
            }
        }
        // The rest has its turn after others had theirs.
        self.conns[place].deadline = Some(Instant::now());
    }

    fn accepted(&mut self, listener: u32, stream: Stream, tls: Option<&TlsServer>) {
        // What cannot be served is closed: its peer learns of that at once.
        let Ok(tls) = tls.map(TlsServer::accept).transpose() else { return };
        let stage = if tls.is_some() { Stage::Shaking } else { Stage::Open };
        let link = Link::Stream(stream, tls.map(Box::new));
        let Ok(place) = self.admit(stage, link) else { return };
        let conn = &mut self.conns[place];
        conn.listener = Some(listener);
        conn.readable = true;
        conn.deadline =
            (stage == Stage::Shaking).then(|| Instant::now().checked_add(SHAKE)).flatten();
        self.advance(place);
    }

    /// There may be ids again for connections that wait.
    fn accept_again(&mut self) {
        let listeners = self
            .conns
            .iter()
            .filter(|(_, conn)| conn.id.is_some() && matches!(conn.link, Link::Listener(..)));
        let places: Vec<_> = listeners.map(|(place, _)| place).collect();
        for place in places {
            self.conns[place].deadline = Some(Instant::now());
            self.after(place);
        }
    }

    // ---- the I/O thread

    pub(super) fn turn(&mut self, now: Instant, events: &mut Events) -> Turn {
        let mut places = Vec::new();
        let mut full = false;
        if let Some(poll) = &mut self.poll
            && poll.poll(events, Some(Duration::ZERO)).is_ok()
        {
            for event in events.iter() {
                places.push(event.token().0);
                let Some(conn) = self.conns.get_mut(event.token().0) else { continue };
                conn.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
                conn.writable |= event.is_writable() || event.is_write_closed() || event.is_error();
            }
            full = places.len() >= events.capacity();
        }
        for place in places {
            if self.conns.contains(place) {
                self.advance(place);
            }
        }
        while let Some(&(at, due)) = self.due.first().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, due));
            match due {
                Due::Timer(id) => self.queue.push(Entry::Timer(id)),
                Due::Conn(place) => self.expire(place),
            }
        }
        if full {
            return Turn::Again;
        }
        if self.ended && self.conns.is_empty() {
            return Turn::Done;
        }
        self.told = self.due.first().map(|(at, _)| *at);
        Turn::Wait(self.told)
    }

    /// The moment has come for which a connection was noted.
    fn expire(&mut self, place: usize) {
        let Some(conn) = self.conns.get_mut(place) else { return };
        (conn.noted, conn.deadline) = (None, None);
        match conn.stage {
            Stage::Resolving | Stage::Connecting | Stage::Shaking => {
                let error = Error::from(ErrorCode::TimedOut);
                let mut notices = Vec::new();
                conn.fail(&mut notices, &error);
                self.note_progress(place, notices);
            }
            Stage::Closing => {
                let mut notices = Vec::new();
                conn.give_up(&mut notices);
                self.note(place, notices);
            }
            // A listener tries again.
            _ => return self.advance(place),
        }
        self.after(place);
    }
}

fn raw_error(error: io::Error, protocol: u8) -> Error {
    let text = error.to_string();
    let detail = format!("a raw socket of IP protocol {protocol}: {text}");
    match Error::from(error).code() {
        ErrorCode::Io if text.contains("not permitted") => Error::new(ErrorCode::Access, detail),
        code => Error::new(code, detail),
    }
}
