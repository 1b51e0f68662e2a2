//! Monitor: a socket's events as messages. A queue of them is an inproc pair: the engine has one end,
//! the user receives from the other, by every means that sockets have.
//!
//! `zmq_socket_monitor` chooses the name and one of libzmq's two forms; [`Socket::watch`] makes both ends
//! and sends each event as a table, which every language reads.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Socket, config, kind::KINDS};
use crate::{
    error::{Error, ErrorCode},
    message::{Frame, Message},
    option::{Dialect, Options},
    pattern::{Announcer, DropReason},
    session::{Audience, Event, EventKind, Hub},
    table::Writer,
    transport::{Endpoint, Purpose, Syntax},
};

/// How an event becomes a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// libzmq's first: number and value in 6 bytes, the endpoint.
    V1,
    /// libzmq's second: number, count of values, values, local and remote endpoint, a frame each.
    V2,
    /// One table.
    Table,
}

/// The sending end of a queue of events.
#[derive(Debug)]
struct Queue {
    wants: u32,
    form: Form,
    hub: Arc<Hub>,
    /// Losses that an event in the queue tells of.
    told: AtomicU64,
    left: AtomicBool,
}

impl Audience for Queue {
    fn wants(&self) -> u32 {
        self.wants
    }

    fn hear(&self, event: &Event) {
        let lost = self.lost();
        if let Some(message) = self.message(event, lost - self.told.load(Ordering::Relaxed)) {
            let size = message.size();
            // Never refused: what has no room is dropped and counted by the queue itself.
            let _ = self.hub.send(message, size);
            if self.lost() == lost {
                self.told.store(lost, Ordering::Relaxed);
            }
        }
    }

    fn lost(&self) -> u64 {
        self.hub.run(|state, _| state.pipes.dropped(DropReason::QueueFull))
    }

    fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
        self.hub.close();
    }
}

impl Queue {
    fn message(&self, event: &Event, lost: u64) -> Option<Message> {
        match self.form {
            Form::V1 => Some(v1(event)),
            Form::V2 => Some(v2(event)),
            Form::Table => table(event, lost).ok().map(Message::new),
        }
    }
}

impl Drop for Queue {
    /// Of a queue that nobody hears of, since it could not be bound or its socket went with all it had.
    fn drop(&mut self) {
        if !self.left.load(Ordering::Relaxed) {
            self.hub.close();
        }
    }
}

fn v1(event: &Event) -> Message {
    let number = u16::try_from(event.kind.bit()).unwrap_or_default();
    let value = event.values.first().copied().unwrap_or_default() as u32;
    let mut head = number.to_ne_bytes().to_vec();
    head.extend(value.to_ne_bytes());
    let endpoint = if event.bound { &event.local } else { &event.remote };
    Message::from_frames(vec![Frame::from(head), Frame::from_slice(endpoint.as_bytes())])
}

fn v2(event: &Event) -> Message {
    let numbers = [u64::from(event.kind.bit()), event.values.len() as u64];
    let numbers = numbers.iter().chain(&event.values);
    let mut frames: Vec<_> =
        numbers.map(|number| Frame::from_slice(&number.to_ne_bytes())).collect();
    frames.push(Frame::from_slice(event.local.as_bytes()));
    frames.push(Frame::from_slice(event.remote.as_bytes()));
    Message::from_frames(frames)
}

fn table(event: &Event, lost: u64) -> Result<Vec<u8>, Error> {
    let kind = event.kind.name().to_lowercase();
    let mut entries = vec![
        ("event", Entry::Text(&kind)),
        ("value", Entry::Numbers(&event.values)),
        ("pipe", Entry::Number(event.pipe)),
        ("local", Entry::Text(&event.local)),
        ("remote", Entry::Text(&event.remote)),
        ("bound", Entry::Flag(event.bound)),
        ("lost", Entry::Number(lost)),
    ];
    if let Some(found) = &event.credentials {
        let ids = [("uid", found.uid), ("gid", found.gid)];
        entries.extend(ids.map(|(name, id)| (name, Entry::Number(id.into()))));
        let pid = found.pid.and_then(|pid| u64::try_from(pid).ok());
        entries.extend(pid.map(|pid| ("pid", Entry::Number(pid))));
    }
    if let Some(found) = &event.certified {
        entries.push(("tls", Entry::Text(found.version)));
        entries.extend(found.common_name.as_deref().map(|name| ("common_name", Entry::Text(name))));
    }
    if !event.reason.is_empty() {
        entries.push(("reason", Entry::Text(&event.reason)));
    }
    let mut writer = Writer::new();
    writer.map(entries.len())?;
    for (name, entry) in entries {
        writer.str(name)?;
        match entry {
            Entry::Text(text) => writer.str(text)?,
            Entry::Flag(flag) => writer.bool(flag)?,
            Entry::Number(number) | Entry::Numbers(&[number]) => writer.uint(number)?,
            Entry::Numbers(numbers) => {
                writer.array(numbers.len())?;
                numbers.iter().try_for_each(|number| writer.uint(*number))?;
            }
        }
    }
    writer.finish()
}

/// One value of an event's table.
enum Entry<'a> {
    Text(&'a str),
    Number(u64),
    Flag(bool),
    /// A number where there is one, else a list.
    Numbers(&'a [u64]),
}

/// What the user started by `zmq_socket_monitor`.
pub(super) type Monitor = Mutex<Option<Arc<dyn Audience>>>;

impl Socket {
    /// Sends the events of the set `events` to whoever connects a PAIR to `endpoint`, an inproc one, in
    /// libzmq's form of that `version` (1 or 2). In place of an earlier monitor, which ends.
    ///
    /// # Errors
    /// EPROTONOSUPPORT for an endpoint that is not inproc, EINVAL for a version or an event that is
    /// none, EADDRINUSE for a name in use.
    pub fn monitor(&self, endpoint: &str, events: u64, version: i32) -> Result<(), Error> {
        self.check()?;
        let (form, most) = match version {
            1 => (Form::V1, u64::from(u16::MAX)),
            2 => (Form::V2, u64::from(EventKind::PipesStats.bit()) * 2 - 1),
            _ => {
                let text = format!("a monitor's version is 1 or 2, not {version}");
                return Err(Error::new(ErrorCode::Invalid, text));
            }
        };
        if events > most {
            let text = format!("events are a set within {most:#x}, not {events:#x}");
            return Err(Error::new(ErrorCode::Invalid, text));
        }
        let name = Endpoint::parse(endpoint, Purpose::Bind, Syntax::Zmtp)?;
        if !matches!(name, Endpoint::Inproc(_)) {
            let text = format!("a monitor's endpoint is inproc://..., not {endpoint:?}");
            return Err(Error::new(ErrorCode::ProtocolNotSupported, text));
        }
        self.stop_monitor();
        let wants = u32::try_from(events).unwrap_or(u32::MAX);
        let queue = self.queue(name, endpoint, Dialect::Zmtp, wants, form)?;
        *self.0.monitor.lock().unwrap_or_else(PoisonError::into_inner) = Some(queue.clone());
        self.hub().events().add(queue);
        Ok(())
    }

    /// Ends the monitor, if there is one: it says so as its last event.
    pub fn stop_monitor(&self) {
        let monitor = self.0.monitor.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(monitor) = monitor {
            self.hub().events().remove(&monitor);
        }
    }

    /// Asks the monitor for an event [`EventKind::PipesStats`] of each connection.
    ///
    /// # Errors
    /// EINVAL when no monitor wants them, EAGAIN when nobody is connected.
    pub fn monitor_pipes_stats(&self) -> Result<(), Error> {
        self.check()?;
        if !self.hub().events().wants(EventKind::PipesStats) {
            let text = "no monitor asked for PIPES_STATS, which needs version 2";
            return Err(Error::new(ErrorCode::Invalid, text));
        }
        if self.hub().tell_queued() { Ok(()) } else { Err(ErrorCode::Again.into()) }
    }

    /// A queue of the socket's events from now on: a PAIR of the socket's own dialect, to be received,
    /// polled and closed as any. Each message is a table with `event` (the kind's name in small letters),
    /// `value`, `pipe`, `local`, `remote`, `bound` (it is about an endpoint that was bound, not
    /// connected), `lost` (events dropped before it, because nobody took them) and for pipes over ipc
    /// `uid`, `gid` and `pid`, inside TLS `tls` (the version, such as `TLSv1.3`) and `common_name` (of
    /// the peer's certificate, where it showed one); where a handshake failed or a connection was lost,
    /// `reason`, a sentence for people. `events` is a set of [`EventKind::bit`]s.
    pub fn watch(&self, events: u32) -> Result<Self, Error> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        self.check()?;
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let address = format!("inproc://sockery.events.{}.{number}", self.handle());
        let syntax = Syntax::Zmtp;
        let name = Endpoint::parse(&address, Purpose::Bind, syntax)?;
        let dialect = self.kind().dialect;
        let queue = self.queue(name, &address, dialect, events, Form::Table)?;
        let reader = self.0.context.socket(pair(dialect)?)?;
        reader.connect(&address)?;
        self.hub().events().add(queue);
        Ok(reader)
    }

    /// Lets the user decide about each new peer ([`Socket::decide`]), or no longer.
    pub fn set_decides(&self, decides: bool) {
        self.hub().set_decides(decides);
    }

    /// Takes or refuses the peer of a pipe that [`EventKind::AddPre`] told of. Its connection waits
    /// for that as long as a handshake may take (`HANDSHAKE_IVL`), then it is refused; others go on.
    ///
    /// # Errors
    /// ENOENT when no pipe of that number waits (any more).
    pub fn decide(&self, pipe: u64, take: bool) -> Result<(), Error> {
        self.check()?;
        if self.hub().decide(pipe, take) {
            return Ok(());
        }
        Err(Error::new(ErrorCode::NotFound, format!("no pipe {pipe} waits for a decision")))
    }

    fn queue(
        &self,
        name: Endpoint,
        given: &str,
        dialect: Dialect,
        wants: u32,
        form: Form,
    ) -> Result<Arc<dyn Audience>, Error> {
        let profile = pair(dialect)?.profile;
        let hub = self.0.context.open_hub(dialect, profile, Box::new(Announcer::new()))?;
        hub.set_linger(Some(Duration::ZERO));
        let queue =
            Queue { wants, form, hub, told: AtomicU64::new(0), left: AtomicBool::new(false) };
        let config = config::of(&Options::new(dialect), &profile, &name, Purpose::Bind)?;
        queue.hub.bind(name, given, config)?;
        Ok(Arc::new(queue))
    }
}

fn pair(dialect: Dialect) -> Result<&'static super::Kind, Error> {
    let found = KINDS.iter().find(|kind| kind.dialect == dialect && kind.name == "PAIR");
    found.ok_or_else(|| ErrorCode::NotSupported.into())
}
