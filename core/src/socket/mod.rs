//! Sockets: what the user holds. Endpoints, whole messages and parts, options, closing.
//!
//! Called through the facade. Below it, [`Hub`] does the work; here is what a user's call adds:
//! waiting, timeouts, multipart assembly, and errors in the dialect's own terms.

mod capabilities;
mod config;
pub mod context;
pub mod device;
pub mod directed;
pub mod kind;
pub mod monitor;
mod multipart;
mod options;
mod parts;
pub mod poller;
pub mod proxy;
pub mod security;
pub mod stats;
mod sub_context;
pub mod timers;
mod tls;
pub mod wait;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

pub use crate::{
    reactor::{look_at_signals, readiness::Descriptor},
    session::{EventKind, event::protocol_error},
};
pub use capabilities::capabilities;
pub use context::Context;
pub use kind::Kind;
pub use wait::Wait;

use self::{
    multipart::Multipart,
    sub_context::SubContext,
    wait::{Awaited, Ended, until, until_again},
};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    message::{Frame, Header, Message, PeerInfo, PipeId, Shape, out_buf::REFERENCE_FROM},
    option::{Dialect, Options},
    pattern::{Command, Refused},
    reactor::{Readiness, Waiter},
    session::{EndpointKind, Hub, hub::closed},
    transport::{Endpoint, Purpose, Syntax},
};

/// The most that it waits for them.
const PAUSE: Duration = Duration::from_millis(1);

/// A refused send: the message comes back with the reason.
#[derive(Debug)]
pub struct Unsent {
    /// What was to be sent.
    pub message: Message,
    /// Why it was not.
    pub error: Error,
}

/// A refused part: it comes back with the reason.
#[derive(Debug)]
pub struct UnsentFrame {
    /// What was to be sent.
    pub frame: Frame,
    /// Why it was not.
    pub error: Error,
}

/// What bind and connect answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointInfo {
    /// For [`Socket::shutdown`].
    pub id: i32,
    /// The address, its port resolved: `tcp://127.0.0.1:40123`.
    pub address: String,
}

/// A socket. Clones share it; it closes with [`Socket::close`] or when the last clone is dropped.
/// Any number of threads may use it at once.
#[derive(Clone, Debug)]
pub struct Socket(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    kind: &'static Kind,
    hub: Arc<Hub>,
    /// A state of its own on another socket's pattern; `open` is always set then, so that the short
    /// ways are not taken.
    sub: Option<SubContext>,
    /// Kept alive as long as its sockets.
    context: Context,
    monitor: monitor::Monitor,
    options: Mutex<Options>,
    send_timeout: AtomicI64,
    receive_timeout: AtomicI64,
    multipart: Mutex<Multipart>,
    /// A message is open in either direction, so `multipart` must be looked at; or see `sub`.
    open: AtomicBool,
    last_endpoint: Mutex<String>,
    process: u32,
}

/// A callback that waits; disarmed when dropped.
#[derive(Debug)]
pub struct Armed {
    hub: Arc<Hub>,
    /// Of the context that it waits in.
    context: Option<Arc<Readiness>>,
    id: u64,
}

impl Drop for Armed {
    fn drop(&mut self) {
        let own = || self.hub.readiness();
        self.context.as_deref().unwrap_or_else(own).disarm(self.id);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.process == context::process() {
            match &self.sub {
                Some(context) => context.close(),
                None => self.hub.close(),
            }
        } else {
            // A forked child must not touch what it shares with its parent: not even free it.
            std::mem::forget(self.hub.clone());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Awaited for Socket {
    fn readiness(&self) -> &Readiness {
        self.waits_on()
    }

    fn driven(&self) -> Option<&Hub> {
        Some(self.hub())
    }
}

impl Socket {
    fn new(
        context: &Context,
        kind: &'static Kind,
        hub: Arc<Hub>,
        options: Options,
        sub: Option<SubContext>,
    ) -> Self {
        let open = AtomicBool::new(sub.is_some());
        let socket = Self(Arc::new(Shared {
            kind,
            hub,
            sub,
            context: context.clone(),
            monitor: Mutex::default(),
            options: Mutex::new(options),
            send_timeout: AtomicI64::new(-1),
            receive_timeout: AtomicI64::new(-1),
            multipart: Mutex::default(),
            open,
            last_endpoint: Mutex::default(),
            process: context::process(),
        }));
        socket.obey_options();
        socket
    }

    /// The row of its kind.
    #[must_use]
    pub fn kind(&self) -> &'static Kind {
        self.0.kind
    }

    /// A small positive integer that names the socket in this process; never given out again.
    #[must_use]
    pub fn handle(&self) -> i32 {
        i32::try_from(self.0.hub.key()).unwrap_or(i32::MAX)
    }

    fn hub(&self) -> &Arc<Hub> {
        &self.0.hub
    }

    /// What holds, and who waits for it.
    fn waits_on(&self) -> &Readiness {
        match &self.0.sub {
            Some(context) => &context.readiness,
            None => self.hub().readiness(),
        }
    }

    /// ETERM, or the dialect's word for a closed socket, when there is no use in going on.
    fn check(&self) -> Result<(), Error> {
        if !self.hub().readiness().levels().intersects(Interest::TERM)
            && self.0.process == context::process()
        {
            return Ok(());
        }
        let code = if self.is_closed() && self.0.process == context::process() {
            closed(&self.kind().profile)
        } else {
            ErrorCode::Terminated
        };
        Err(code.into())
    }

    // Endpoints.

    /// Accepts peers at an endpoint from now on.
    ///
    /// # Errors
    /// EINVAL for a malformed text, EPROTONOSUPPORT for an unknown scheme, EADDRINUSE, ENODEV for an
    /// unknown interface, EACCES, EMFILE, ETERM, ENOTSOCK or EBADF once closed.
    pub fn bind(&self, endpoint: &str) -> Result<EndpointInfo, Error> {
        self.open_endpoint(endpoint, Purpose::Bind)
    }

    /// Connects to an endpoint, now and whenever the connection is lost. Returns at once; a peer that
    /// is not there yet is no error.
    ///
    /// # Errors
    /// As [`Socket::bind`]; ENOCOMPATPROTO when an inproc peer is of a kind that does not fit.
    pub fn connect(&self, endpoint: &str) -> Result<EndpointInfo, Error> {
        self.open_endpoint(endpoint, Purpose::Connect)
    }

    fn open_endpoint(&self, text: &str, purpose: Purpose) -> Result<EndpointInfo, Error> {
        self.check_whole("endpoints")?;
        let syntax = match self.kind().dialect {
            Dialect::Sp => Syntax::Sp,
            Dialect::Zmtp => Syntax::Zmtp,
        };
        let endpoint = Endpoint::parse(text, purpose, syntax)?;
        self.kind().check_transport(&endpoint, purpose)?;
        let config = config::of(&lock(&self.0.options), &self.kind().profile, &endpoint, purpose)?;
        let (id, address) = match purpose {
            Purpose::Bind => self.hub().bind(endpoint, text, config)?,
            Purpose::Connect => self.hub().connect(endpoint, text, config)?,
        };
        lock(&self.0.last_endpoint).clone_from(&address);
        Ok(EndpointInfo { id, address })
    }

    /// Takes a bound endpoint back, by its text as given or resolved. ENOENT when there is none.
    pub fn unbind(&self, endpoint: &str) -> Result<(), Error> {
        self.take_back(endpoint, EndpointKind::Bound)
    }

    /// Takes a connected endpoint back, by its text. ENOENT when there is none.
    pub fn disconnect(&self, endpoint: &str) -> Result<(), Error> {
        self.take_back(endpoint, EndpointKind::Connected)
    }

    fn take_back(&self, text: &str, kind: EndpointKind) -> Result<(), Error> {
        self.check_whole("endpoints")?;
        let id = self.hub().find_endpoint(text, kind).ok_or_else(|| {
            let done = if kind == EndpointKind::Bound { "bound" } else { "connected" };
            Error::new(ErrorCode::NotFound, format!("no endpoint {text:?} is {done}"))
        })?;
        self.hub().shut(id)
    }

    /// Takes an endpoint back, by its id. EINVAL when there is none.
    pub fn shutdown(&self, id: i32) -> Result<(), Error> {
        self.check_whole("endpoints")?;
        self.hub().shut(id)
    }

    /// The address bound or connected last, its port resolved; empty before the first.
    #[must_use]
    pub fn last_endpoint(&self) -> String {
        lock(&self.0.last_endpoint).clone()
    }

    // Closing.

    /// Closes: calls of other threads end, what is unsent is flushed behind (LINGER; at most a second
    /// in SP). Returns at once; again is harmless.
    pub fn close(&self) {
        if self.0.process != context::process() {
            return;
        }
        match &self.0.sub {
            Some(context) => context.close(),
            None => self.hub().close(),
        }
    }

    /// Closes with this linger, in milliseconds, instead of the socket's own; -1 is for ever.
    pub fn close_linger(&self, linger_ms: i32) {
        if self.0.sub.is_some() {
            return self.close();
        }
        self.hub().set_linger(u64::try_from(linger_ms).ok().map(Duration::from_millis));
        self.close();
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.hub().is_closing() || self.0.sub.as_ref().is_some_and(SubContext::is_closed)
    }

    // Whole messages.

    /// Sends a whole message; all its parts or none. Waits while the pattern has no room.
    ///
    /// # Errors
    /// The message comes back with EAGAIN (ETIMEDOUT in SP after waiting), EFSM out of turn, ENOTSUP
    /// for a kind that only receives, EHOSTUNREACH, EINTR when a signal came, ETERM, ENOTSOCK or
    /// EBADF once closed.
    pub fn send(&self, message: Message, wait: Wait) -> Result<(), Unsent> {
        if self.0.open.load(Ordering::Acquire) {
            return self.send_rest(message, wait);
        }
        if let Err(error) = self.check().and_then(|()| self.check_parts(&message)) {
            return Err(Unsent { message, error });
        }
        let Err(message) = self.hub().send_through(message) else { return Ok(()) };
        let size = message.size();
        match self.hub().send(message, size) {
            Ok(()) if size < wait::LARGE => Ok(()),
            Ok(()) => {
                self.keep_pace(wait);
                Ok(())
            }
            Err(Refused { message, code: ErrorCode::Again }) => {
                self.send_waiting(message, size, wait)
            }
            Err(Refused { message, code }) => Err(Unsent { message, error: code.into() }),
        }
    }

    /// Sends a message of one frame with a copy of `body`. On failure nothing was sent.
    pub fn send_slice(&self, body: &[u8], wait: Wait) -> Result<(), Error> {
        if self.send_through(body) {
            return Ok(());
        }
        self.send(Message::new(Frame::from_slice(body)), wait).map_err(|unsent| unsent.error)
    }

    /// Sends a message of one frame with a copy of `body`, if nothing more is to do than to put it
    /// behind others: no question of room, waiting or routing. When false, nothing was done, and
    /// [`Socket::send`] will tell.
    #[inline]
    #[must_use]
    pub fn send_through(&self, body: &[u8]) -> bool {
        body.len() < REFERENCE_FROM
            && !self.0.open.load(Ordering::Acquire)
            && self.check().is_ok()
            && self.hub().send_through(body).is_ok()
    }

    /// Sends a body with a header before it: `nn_sendmsg` with an `SP_HDR`. The header is what a raw
    /// socket ([`Kind::is_raw`]) takes: words of four bytes, big-endian. `pipe` names the peer that the
    /// message goes to where there are many (see [`Message::set_pipe`]); 0 names none.
    ///
    /// # Errors
    /// As [`Socket::send`]; EINVAL for a header that is not as its kind has it.
    pub fn send_msg(
        &self,
        header: &[u8],
        body: Frame,
        pipe: u32,
        wait: Wait,
    ) -> Result<(), Unsent> {
        let mut message = Message::new(body);
        let Kind { name, dialect, .. } = self.kind();
        let invalid =
            |message, text| Err(Unsent { message, error: Error::new(ErrorCode::Invalid, text) });
        if !header.is_empty() && !self.kind().is_raw() {
            let text = format!("a {name} socket takes a header only when it is raw (AF_SP_RAW)");
            return invalid(message, text);
        }
        if *dialect != Dialect::Sp {
            return invalid(message, format!("a ZMTP {name} socket has no headers and pipes"));
        }
        let Some(words) = Header::from_bytes(header) else {
            let text = format!("a header has 4 bytes for each word, not {} in all", header.len());
            return invalid(message, text);
        };
        let count = words.words().len();
        *message.header_mut() = words;
        message.set_pipe(pipe);
        self.send(message, wait).map_err(|mut unsent| {
            if unsent.error.code() == ErrorCode::Invalid {
                let text = format!("a raw {name} socket cannot send by a header of {count} words");
                unsent.error = Error::new(ErrorCode::Invalid, text);
            }
            unsent
        })
    }

    /// There was no room at the first attempt.
    #[cold]
    fn send_waiting(&self, message: Message, size: usize, wait: Wait) -> Result<(), Unsent> {
        let mut unsent = Some(message);
        let sent = self.wait_again(Interest::OUT, wait, Some(&self.0.send_timeout), || {
            let message = unsent.take()?;
            match self.hub().send(message, size) {
                Ok(()) => Some(Ok(())),
                Err(refused) => {
                    unsent = Some(refused.message);
                    (refused.code != ErrorCode::Again).then(|| Err(refused.code.into()))
                }
            }
        });
        sent.map_err(|error| Unsent {
            message: unsent.unwrap_or_else(|| Message::new(Frame::default())),
            error,
        })
    }

    /// Whether to try a send of so many bytes without waiting first, where that is cheaper than
    /// waiting in earnest: not when the send would keep pace with the streams.
    #[must_use]
    pub fn may_try_first(&self, wait: Wait, size: usize) -> bool {
        wait == Wait::No || size < wait::LARGE || !self.is_far_ahead()
    }

    /// All streams are far behind what was sent.
    fn is_far_ahead(&self) -> bool {
        self.hub().run(|state, _| state.pipes.are_far_behind())
    }

    /// A large message was taken. When all streams are far behind, one that may wait does so for a
    /// moment and writes meanwhile: what runs ahead through the queue leaves the cache on the way.
    #[cold]
    fn keep_pace(&self, wait: Wait) {
        let patient = match wait {
            Wait::No => false,
            Wait::Option => self.0.send_timeout.load(Ordering::Relaxed) != 0,
            Wait::Until(_) | Wait::Forever => true,
        };
        if !patient || !self.is_far_ahead() {
            return;
        }
        let end = Instant::now() + PAUSE;
        let until = Wait::Until(if let Wait::Until(at) = wait { at.min(end) } else { end });
        let caught_up =
            self.wait_for(Interest::NONE, until, None, || (!self.is_far_ahead()).then_some(Ok(())));
        // Also a signal or the end of the socket: the message is taken, the next call will see.
        if caught_up.is_err() {
            self.hub().run(|state, _| state.pipes.note_waited());
        }
    }

    /// Some kinds fix how many parts a message has.
    fn check_parts(&self, message: &Message) -> Result<(), Error> {
        match self.kind().shape().frames() {
            Some(count) if message.frames().len() != count => Err(self.wrong_parts(message)),
            None | Some(1) => Ok(()),
            Some(_) => self.check_address(message.body()),
        }
    }

    #[cold]
    fn wrong_parts(&self, message: &Message) -> Error {
        let expected = match self.kind().shape() {
            Shape::Addressed => "an address and a body",
            _ => "one part",
        };
        let Kind { dialect, name, .. } = self.kind();
        let of = if *dialect == Dialect::Sp { "an SP" } else { &*format!("a {name}") };
        let text = format!("{of} message has {expected}, not {} parts", message.frames().len());
        Error::new(ErrorCode::Invalid, text)
    }

    /// Ends the message that was begun part by part.
    fn send_rest(&self, message: Message, wait: Wait) -> Result<(), Unsent> {
        if let Some(context) = &self.0.sub {
            return self.send_in(context, message, wait);
        }
        let mut multipart = lock(&self.0.multipart);
        match multipart.sending() {
            Err(error) => Err(Unsent { message, error }),
            Ok(None) => {
                self.note_open(&multipart);
                drop(multipart);
                self.send_whole(message, wait)
            }
            Ok(Some(_)) => {
                self.commit(&mut multipart, message.into_frames());
                Ok(())
            }
        }
    }

    /// Only a receiving message is open: sending goes its ordinary way.
    fn send_whole(&self, message: Message, wait: Wait) -> Result<(), Unsent> {
        let was_open = self.0.open.swap(false, Ordering::AcqRel);
        let sent = self.send(message, wait);
        if was_open {
            self.0.open.store(true, Ordering::Release);
        }
        sent
    }

    /// Receives a whole message. Waits while there is none.
    ///
    /// # Errors
    /// EAGAIN (ETIMEDOUT in SP after waiting), EFSM out of turn, ENOTSUP for a kind that only sends,
    /// EINTR when a signal came, ETERM, ENOTSOCK or EBADF once closed.
    #[inline]
    pub fn recv(&self, wait: Wait) -> Result<Message, Error> {
        let mut message = Message::default();
        self.recv_into(&mut message, wait)?;
        Ok(message)
    }

    /// The same, into a message that the caller keeps: cheaper for many small ones. On an error the
    /// message is as it was.
    ///
    /// # Errors
    /// As [`Socket::recv`].
    pub fn recv_into(&self, message: &mut Message, wait: Wait) -> Result<(), Error> {
        if self.0.open.load(Ordering::Acquire)
            && let Some(rest) = self.take_rest(wait)?
        {
            *message = rest;
            return Ok(());
        }
        self.check()?;
        match self.hub().receive(message) {
            Ok(()) => Ok(()),
            Err(ErrorCode::Again) => self.recv_waiting(message, wait),
            Err(code) => Err(code.into()),
        }
    }

    /// There was no message at the first attempt.
    #[cold]
    fn recv_waiting(&self, message: &mut Message, wait: Wait) -> Result<(), Error> {
        self.wait_again(Interest::IN, wait, Some(&self.0.receive_timeout), || {
            match self.hub().receive(message) {
                Err(ErrorCode::Again) => None,
                other => Some(other.map_err(Error::from)),
            }
        })
    }

    fn take_rest(&self, wait: Wait) -> Result<Option<Message>, Error> {
        if let Some(context) = &self.0.sub {
            return self.recv_in(context, wait).map(Some);
        }
        let mut multipart = lock(&self.0.multipart);
        let rest = multipart.rest()?;
        self.note_open(&multipart);
        Ok(rest)
    }

    /// Receives up to `limit` messages (at least one; one where each must be answered first): waits
    /// for the first only.
    pub fn recv_many(&self, limit: usize, wait: Wait) -> Result<Vec<Message>, Error> {
        let mut messages = vec![self.recv(wait)?];
        if self.0.sub.is_none() {
            self.hub().receive_all(limit, &mut messages);
        }
        Ok(messages)
    }

    /// What is known of the peer that a message came from ([`Message::origin`]): its address, user, and
    /// what it said of itself ([`PeerInfo::get`]). To be asked for right after the message was
    /// received: a peer that is gone is forgotten once the messages of 32 others that went after it
    /// are received. `None` for a message that did not come from this socket.
    #[must_use]
    pub fn peer(&self, origin: PipeId) -> Option<Arc<PeerInfo>> {
        self.hub().peer(origin)
    }

    /// The address of the peer of this number ([`Message::pipe`]), such as `tcp://127.0.0.1:40123`; over ipc
    /// and inproc it is the endpoint that both ends have. `None` when there is no such peer, or it was
    /// gone already when 32 others went.
    #[must_use]
    pub fn peer_address(&self, pipe: u32) -> Option<String> {
        self.hub().peer_of(pipe).map(|peer| peer.endpoint.clone())
    }

    // Patterns.

    /// Receives messages that begin with these bytes (SUB).
    pub fn subscribe(&self, prefix: &[u8]) -> Result<(), Error> {
        self.subscription(Command::Subscribe(prefix.to_vec()))
    }

    /// Takes back one subscription of these bytes (SUB).
    pub fn unsubscribe(&self, prefix: &[u8]) -> Result<(), Error> {
        self.subscription(Command::Unsubscribe(prefix.to_vec()))
    }

    fn subscription(&self, command: Command) -> Result<(), Error> {
        self.check_all()?;
        let Kind { dialect, name, .. } = self.kind();
        if self.kind().shape() == Shape::Grouped {
            let text = format!("a {name} socket has no subscriptions, but groups to join");
            return Err(Error::new(ErrorCode::Invalid, text));
        }
        self.command(command).map_err(|code| match code {
            ErrorCode::NotSupported => {
                let refused = match dialect {
                    Dialect::Sp => ErrorCode::NoSuchOption,
                    Dialect::Zmtp => ErrorCode::Invalid,
                };
                let text = match *name {
                    "XPUB" => "XPUB subscribes for its peers once XPUB_MANUAL is set".into(),
                    name => format!("a {name} socket has no subscriptions"),
                };
                Error::new(refused, text)
            }
            code => code.into(),
        })
    }

    fn command(&self, command: Command) -> Result<(), ErrorCode> {
        match &self.0.sub {
            Some(context) => context.command(command),
            None => self.hub().run(|state, _| state.protocol.command(command, &mut state.pipes)),
        }
    }

    // Waiting.

    /// Which of IN, OUT and TERM hold now.
    #[must_use]
    pub fn readiness(&self) -> Interest {
        self.hub().flush_gathered();
        let levels = self.waits_on().levels();
        if self.has_more() { levels | Interest::IN } else { levels }
    }

    /// Waits until one of `interest` (or TERM) holds, and answers which; none at the deadline.
    /// EINTR when a signal came.
    pub fn wait(&self, interest: Interest, wait: Wait) -> Result<Interest, Error> {
        let wanted = interest | Interest::TERM;
        let found = until(
            self,
            interest,
            || wait.deadline(),
            || {
                let holds = self.readiness() & wanted;
                (!holds.is_empty()).then_some(holds)
            },
        );
        match found {
            Ok(holds) => Ok(holds),
            Err(Ended::Deadline) => Ok(Interest::NONE),
            Err(Ended::Error(error)) => Err(error),
        }
    }

    /// Calls `callback` once, from any thread, when one of `interest` (or TERM) holds; before this
    /// returns when it holds already. It must only signal, never call back in.
    #[must_use]
    pub fn arm(&self, interest: Interest, callback: Box<dyn Fn() + Send + Sync>) -> Armed {
        self.hub().flush_gathered();
        let callback: Arc<dyn Fn() + Send + Sync> = callback.into();
        let readiness = self.waits_on();
        let id = readiness.arm(interest, Waiter::Callback(callback.clone()));
        if self.readiness().intersects(interest | Interest::TERM) {
            readiness.disarm(id);
            callback();
        }
        let context = self.0.sub.as_ref().map(|context| context.readiness.clone());
        Armed { hub: self.hub().clone(), context, id }
    }

    /// A descriptor for event loops, made when first asked for. The socket owns it.
    pub fn descriptor(&self, which: Descriptor) -> Result<i32, Error> {
        self.check_all()?;
        Ok(self.waits_on().descriptor(which)?)
    }

    /// The socket's own poll, for an event loop that spares itself the way over the I/O thread:
    /// readable when [`Socket::turn`] has something to do. `None` until something is bound or
    /// connected that is not inproc. What other threads and inproc peers do, only the descriptors
    /// of [`Socket::descriptor`] tell of. The socket owns it.
    #[must_use]
    pub fn poll_descriptor(&self) -> Option<i32> {
        self.hub().poll_descriptor()
    }

    /// Does what the socket has to do, without waiting; true when there is more. A loop that stays
    /// away after it loses nothing: the I/O thread takes the socket back in a few milliseconds.
    pub fn turn(&self) -> Result<bool, Error> {
        if self.check().is_err() {
            return Ok(false);
        }
        wait::turn(self.hub())
    }

    /// To be called before a loop that takes turns sleeps. Writes what is gathered, as every wait
    /// does; true when a turn is due that the poll does not tell of.
    #[must_use]
    pub fn wants_turn(&self) -> bool {
        self.hub().flush_gathered();
        self.hub().is_pending() && self.hub().is_lent()
    }

    /// Waits until at least `count` peers have finished their handshake.
    pub fn wait_for_peers(&self, count: usize, wait: Wait) -> Result<(), Error> {
        if let Some(context) = &self.0.sub {
            return context.parent.wait_for_peers(count, wait);
        }
        self.wait_for(Interest::PEERS, wait, None, || (self.peers() >= count).then_some(Ok(())))
    }

    /// Waits until at least `count` peers subscribed to this prefix or a shorter one of it. ENOTSUP
    /// where a pattern does not hear its peers' subscriptions.
    pub fn wait_for_subscribers(
        &self,
        prefix: &[u8],
        count: usize,
        wait: Wait,
    ) -> Result<(), Error> {
        self.wait_for(Interest::PEERS, wait, None, || {
            match self.hub().run(|state, _| state.protocol.subscribers(prefix)) {
                None => Some(Err(Error::new(
                    ErrorCode::NotSupported,
                    format!("a {} socket does not hear of subscriptions", self.kind().name),
                ))),
                Some(found) => (found >= count).then_some(Ok(())),
            }
        })
    }

    /// Peers with a finished handshake.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.hub().peers()
    }

    /// `timeout` is the option that [`Wait::Option`] means; without one it is for ever.
    fn wait_for<T>(
        &self,
        interest: Interest,
        wait: Wait,
        timeout: Option<&AtomicI64>,
        mut attempt: impl FnMut() -> Option<Result<T, Error>>,
    ) -> Result<T, Error> {
        self.check_all()?;
        match attempt() {
            Some(answer) => answer,
            None => self.wait_again(interest, wait, timeout, attempt),
        }
    }

    /// The same after a first attempt that was in vain.
    fn wait_again<T>(
        &self,
        interest: Interest,
        wait: Wait,
        timeout: Option<&AtomicI64>,
        mut attempt: impl FnMut() -> Option<Result<T, Error>>,
    ) -> Result<T, Error> {
        let deadline = || match (wait, timeout) {
            (Wait::Option, Some(timeout)) => {
                Wait::millis(timeout.load(Ordering::Relaxed)).deadline()
            }
            _ => wait.deadline(),
        };
        let answer = until_again(self, interest, deadline, || match self.check_all() {
            Err(error) => Some(Err(error)),
            Ok(()) => attempt(),
        });
        match answer {
            Ok(answer) => answer,
            Err(Ended::Error(error)) => Err(error),
            Err(Ended::Deadline) => Err(match (self.kind().dialect, wait) {
                (Dialect::Sp, Wait::Option | Wait::Until(_)) => ErrorCode::TimedOut,
                _ => ErrorCode::Again,
            }
            .into()),
        }
    }
}
