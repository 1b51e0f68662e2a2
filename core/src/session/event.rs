//! Events: what happens to a socket's endpoints, connections and pipes, told to those who asked; and
//! what happens to its connections and messages, counted.
//!
//! Sessions tell [`Events`]; `socket` hangs an [`Audience`] on it, which queues what it hears. Nobody
//! asks: then an event costs one look at a mask, and there is none a message in any case.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use super::peer::Certified;
use crate::wire::{WireError, ZapFault};

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident $name:ident = $bit:literal;)*) => {
        /// What happened. Each is a bit, so that sets of them are sums.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum EventKind {
            $($(#[$doc])* $variant = $bit,)*
        }

        impl EventKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The conventional name: libzmq's without `ZMQ_EVENT_`, nng's without `NNG_PIPE_EV_`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name),)* }
            }

            /// Its bit: libzmq's number, or one above those.
            #[must_use]
            pub const fn bit(self) -> u32 {
                self as u32
            }
        }
    };
}

// libzmq's values are of its `zmq_socket_monitor`; the pipe events are nng's `nng_pipe_notify`.
events! {
    /// A connection is there; the value is its descriptor.
    Connected CONNECTED = 0x1;
    /// A connection is on its way; the value is the error number that said so.
    ConnectDelayed CONNECT_DELAYED = 0x2;
    /// A dialer will try again; the value is the pause before it in milliseconds.
    ConnectRetried CONNECT_RETRIED = 0x4;
    /// A listener is there; the value is its descriptor.
    Listening LISTENING = 0x8;
    /// A bind failed; the value is the error number.
    BindFailed BIND_FAILED = 0x10;
    /// A connection was accepted; the value is its descriptor.
    Accepted ACCEPTED = 0x20;
    /// An accept failed; the value is the error number.
    AcceptFailed ACCEPT_FAILED = 0x40;
    /// A listener, or a dialer's stream that never connected, is closed; the value is its descriptor.
    Closed CLOSED = 0x80;
    /// A close failed; the value is the error number. Closing never fails here.
    CloseFailed CLOSE_FAILED = 0x100;
    /// A connection was lost; the value is its descriptor.
    Disconnected DISCONNECTED = 0x200;
    /// The monitor ends.
    MonitorStopped MONITOR_STOPPED = 0x400;
    /// A handshake failed, by no word of the peer's; the value is the error number.
    HandshakeFailedNoDetail HANDSHAKE_FAILED_NO_DETAIL = 0x800;
    /// A handshake was done.
    HandshakeSucceeded HANDSHAKE_SUCCEEDED = 0x1000;
    /// A peer broke the protocol in its handshake; the value is a `ZMQ_PROTOCOL_ERROR_*`.
    HandshakeFailedProtocol HANDSHAKE_FAILED_PROTOCOL = 0x2000;
    /// A peer was not authenticated; the value is the ZAP status.
    HandshakeFailedAuth HANDSHAKE_FAILED_AUTH = 0x4000;
    /// Asked for; the values are the messages that wait to be sent and to be received.
    PipesStats PIPES_STATS = 0x1_0000;
    /// A peer finished its handshake, and its pipe is about to be added.
    AddPre ADD_PRE = 0x10_0000;
    /// A pipe was added.
    AddPost ADD_POST = 0x20_0000;
    /// A pipe was removed.
    RemPost REM_POST = 0x40_0000;
}

/// Who is at the other end of an ipc connection, as the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The effective user.
    pub uid: u32,
    /// The effective group.
    pub gid: u32,
    /// The process, where the system tells.
    pub pid: Option<i32>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// See [`EventKind`]; all but [`EventKind::PipesStats`] have one.
    pub values: Vec<u64>,
    /// This side's endpoint; empty while there is none.
    pub local: String,
    /// The other side's; empty while there is none.
    pub remote: String,
    /// The endpoint was bound, not connected.
    pub bound: bool,
    /// The pipe's number, by which it is accepted or refused; 0 where it is about none.
    pub pipe: u64,
    /// Who the peer of a pipe is, over ipc.
    pub credentials: Option<Credentials>,
    /// What TLS proved of the peer of a pipe.
    pub certified: Option<Certified>,
    /// Why it happened, for people; empty where that says nothing more.
    pub reason: String,
}

impl Event {
    /// An event of an endpoint.
    #[must_use]
    pub fn of(kind: EventKind, value: u64, ends: Ends) -> Self {
        let Ends { local, remote, bound } = ends;
        Self {
            kind,
            values: vec![value],
            local,
            remote,
            bound,
            pipe: 0,
            credentials: None,
            certified: None,
            reason: String::new(),
        }
    }
}

/// Between which endpoints something happened.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// See [`Event::local`].
    pub local: String,
    /// See [`Event::remote`].
    pub remote: String,
    /// See [`Event::bound`].
    pub bound: bool,
}

impl Ends {
    /// A bound endpoint, and nobody there.
    #[must_use]
    pub fn bound(local: impl Into<String>) -> Self {
        Self { local: local.into(), remote: String::new(), bound: true }
    }

    /// An endpoint to connect to, and nobody there yet.
    #[must_use]
    pub fn dialed(remote: impl Into<String>) -> Self {
        Self { local: String::new(), remote: remote.into(), bound: false }
    }
}

/// libzmq's numbers for what breaks a handshake (`ZMQ_PROTOCOL_ERROR_*`).
pub mod protocol_error {
    /// Something else.
    pub const UNSPECIFIED: u32 = 0x1000_0000;
    /// A command that was not expected then.
    pub const UNEXPECTED_COMMAND: u32 = 0x1000_0001;
    /// A command whose inside does not add up.
    pub const MALFORMED_COMMAND: u32 = 0x1000_0011;
    /// Metadata that does not go with ours, such as a socket type.
    pub const INVALID_METADATA: u32 = 0x1000_0018;
    /// Another security mechanism.
    pub const MECHANISM_MISMATCH: u32 = 0x1100_0002;
    /// A ZAP handler's reply that has not the frames of one.
    pub const ZAP_MALFORMED_REPLY: u32 = 0x2000_0001;
    /// One to another request.
    pub const ZAP_BAD_REQUEST_ID: u32 = 0x2000_0002;
    /// One of another version.
    pub const ZAP_BAD_VERSION: u32 = 0x2000_0003;
    /// One whose status is none.
    pub const ZAP_INVALID_STATUS_CODE: u32 = 0x2000_0004;
    /// One whose user id or metadata cannot be read.
    pub const ZAP_INVALID_METADATA: u32 = 0x2000_0005;
}

/// libzmq's number for a ZAP handler's fault.
fn zap_error(fault: ZapFault) -> u32 {
    match fault {
        ZapFault::Frames => protocol_error::ZAP_MALFORMED_REPLY,
        ZapFault::RequestId => protocol_error::ZAP_BAD_REQUEST_ID,
        ZapFault::Version => protocol_error::ZAP_BAD_VERSION,
        ZapFault::Status => protocol_error::ZAP_INVALID_STATUS_CODE,
        ZapFault::Metadata => protocol_error::ZAP_INVALID_METADATA,
    }
}

/// How a broken handshake is told: the kind of event, and its value.
pub(super) fn handshake_failure(error: &WireError) -> (EventKind, u64) {
    let number = match error {
        WireError::Refused { reason } => return denial(reason, 0),
        WireError::Denied { status, .. } => {
            return denial(status, u64::try_from(error.code().zmq()).unwrap_or_default());
        }
        WireError::ZapReply(fault) => zap_error(*fault),
        WireError::Mechanism { .. } => protocol_error::MECHANISM_MISMATCH,
        WireError::SocketType { .. } => protocol_error::INVALID_METADATA,
        WireError::Handshake { .. } => protocol_error::UNEXPECTED_COMMAND,
        WireError::Command { .. } => protocol_error::MALFORMED_COMMAND,
        _ => protocol_error::UNSPECIFIED,
    };
    (EventKind::HandshakeFailedProtocol, number.into())
}

/// A peer that is not let in, by this status; or by none, for this reason.
fn denial(status: &str, reason: u64) -> (EventKind, u64) {
    match status.parse() {
        Ok(status @ 300..=500) => (EventKind::HandshakeFailedAuth, status),
        _ => (EventKind::HandshakeFailedNoDetail, reason),
    }
}

/// Who listens to a socket's events. Called by whoever drives the socket, under its drive lock: it
/// queues, never waits and never calls back.
pub trait Audience: fmt::Debug + Send + Sync {
    /// The events it wants, as a set of bits.
    fn wants(&self) -> u32;
    /// Something that it wants happened.
    fn hear(&self, event: &Event);
    /// Events that it heard and had no room for.
    fn lost(&self) -> u64;
    /// It is let go and wants to hear nothing more. Whoever tells an event just then may hold it for
    /// longer, and a lock too: what ends with it must end here.
    fn leave(&self);
}

/// A socket's audiences.
#[derive(Debug, Default)]
pub struct Events {
    wanted: AtomicU32,
    audiences: Mutex<Vec<Arc<dyn Audience>>>,
}

impl Events {
    /// Tells an event, made only if anybody wants it.
    pub fn tell(&self, kind: EventKind, make: impl FnOnce() -> Event) {
        if !self.wants(kind) {
            return;
        }
        let event = make();
        // Told outside of the lock, which is a leaf.
        for audience in self.all() {
            if audience.wants() & kind.bit() != 0 {
                audience.hear(&event);
            }
        }
    }

    /// Whether anybody wants these.
    #[must_use]
    pub fn wants(&self, kind: EventKind) -> bool {
        self.wanted.load(Ordering::SeqCst) & kind.bit() != 0
    }

    /// Events that somebody wanted and had no room for.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.all().iter().map(|audience| audience.lost()).sum()
    }

    /// From now on this one hears too.
    pub fn add(&self, audience: Arc<dyn Audience>) {
        let mut all = self.audiences.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(audience);
        self.count(&all);
    }

    /// Lets one go: it hears a last [`EventKind::MonitorStopped`], if it wants that.
    pub fn remove(&self, audience: &Arc<dyn Audience>) {
        let mut all = self.audiences.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.len();
        all.retain(|one| !Arc::ptr_eq(one, audience));
        let gone = all.len() < before;
        self.count(&all);
        drop(all);
        if gone {
            stop(audience);
        }
    }

    /// Lets all go: the socket is finished.
    pub fn end(&self) {
        let all =
            std::mem::take(&mut *self.audiences.lock().unwrap_or_else(PoisonError::into_inner));
        self.wanted.store(0, Ordering::SeqCst);
        all.iter().for_each(stop);
    }

    fn all(&self) -> Vec<Arc<dyn Audience>> {
        self.audiences.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, all: &[Arc<dyn Audience>]) {
        let wanted = all.iter().fold(0, |wanted, one| wanted | one.wants());
        self.wanted.store(wanted, Ordering::SeqCst);
    }
}

fn stop(audience: &Arc<dyn Audience>) {
    let kind = EventKind::MonitorStopped;
    if audience.wants() & kind.bit() != 0 {
        audience.hear(&Event::of(kind, 0, Ends::default()));
    }
    audience.leave();
}

/// One thing that is counted; the names and numbers are nanomsg's `NN_STAT_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Counter {
    /// Connections that this socket dialed and that finished their handshake.
    Established,
    /// Connections that this socket accepted and that finished their handshake.
    Accepted,
    /// Such connections that this socket closed of itself.
    Dropped,
    /// Such connections that were lost: the peer closed them, or broke the protocol.
    Broken,
    /// Dials and their handshakes that failed.
    ConnectErrors,
    /// Binds that failed.
    BindErrors,
    /// Accepts, and handshakes of accepted connections, that failed.
    AcceptErrors,
    /// Connections now, handshake done: those that finished it, less those dropped and broken.
    CurrentConnections,
    /// Dials under way now, up to the end of the handshake.
    InProgress,
    /// Endpoints that are in error now: the last dial or accept failed.
    EndpointErrors,
    /// Messages that the user sent.
    MessagesSent,
    /// Messages that the user received.
    MessagesReceived,
    /// Their bytes.
    BytesSent,
    /// Their bytes.
    BytesReceived,
}

/// What the user sent and received; counted under the pattern lock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traffic {
    /// Messages sent.
    pub messages_sent: u64,
    /// Messages received.
    pub messages_received: u64,
    /// Bytes of the messages sent.
    pub bytes_sent: u64,
    /// Bytes of the messages received.
    pub bytes_received: u64,
}

impl Traffic {
    /// Counts a sent message of this size.
    pub fn sent(&mut self, size: usize) {
        self.messages_sent += 1;
        self.bytes_sent += size as u64;
    }

    /// Counts a received message of this size.
    pub fn received(&mut self, size: usize) {
        self.messages_received += 1;
        self.bytes_received += size as u64;
    }
}

const COUNT: usize = Counter::BytesReceived as usize + 1;

/// A socket's counters.
#[derive(Debug, Default)]
pub struct Counters([AtomicU64; COUNT]);

impl Counters {
    /// Counts up.
    pub fn add(&self, counter: Counter, count: u64) {
        self.0[counter as usize].fetch_add(count, Ordering::Relaxed);
    }

    /// Reads one.
    #[must_use]
    pub fn get(&self, counter: Counter) -> u64 {
        self.0[counter as usize].load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets itself go as soon as it hears something, as another thread may just then.
    #[derive(Debug, Default)]
    struct Fleeting {
        events: Events,
        own: Mutex<Option<Arc<dyn Audience>>>,
        left: AtomicU32,
    }

    #[derive(Debug)]
    struct Ear(Arc<Fleeting>);

    impl Audience for Ear {
        fn wants(&self) -> u32 {
            EventKind::Accepted.bit()
        }

        fn hear(&self, _: &Event) {
            let own = self.0.own.lock().unwrap().take().unwrap();
            self.0.events.remove(&own);
        }

        fn lost(&self) -> u64 {
            0
        }

        fn leave(&self) {
            self.0.left.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn who_is_let_go_while_it_hears_leaves_at_once() {
        let fleeting = Arc::new(Fleeting::default());
        let ear: Arc<dyn Audience> = Arc::new(Ear(fleeting.clone()));
        fleeting.events.add(ear.clone());
        *fleeting.own.lock().unwrap() = Some(ear);
        let event = || Event::of(EventKind::Accepted, 0, Ends::default());
        fleeting.events.tell(EventKind::Accepted, event);
        assert_eq!(fleeting.left.load(Ordering::SeqCst), 1);
        fleeting.events.tell(EventKind::Accepted, event);
        fleeting.events.end();
        assert_eq!(fleeting.left.load(Ordering::SeqCst), 1);
    }
}
