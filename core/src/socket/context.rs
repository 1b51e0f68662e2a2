//! Context: the owner of sockets and of the I/O thread that serves them.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    Socket, Wait,
    kind::Kind,
    wait::{Ended, until},
};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    option::{Dialect, Millis, Options, Value, find_context},
    pattern::Protocol,
    reactor::{Place, Schedule},
    session::{Hub, Profile, Realm},
};

/// How long leaving the process may flush, when `SOCKERY_EXIT_MS` does not say otherwise.
const EXIT: Duration = Duration::from_millis(1_000);

/// The owner of sockets. Clones share it.
#[derive(Clone, Debug)]
pub struct Context(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    realm: Arc<Realm>,
    options: Mutex<Options>,
    terminated: AtomicBool,
    process: u32,
}

static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Counts forks: an object made under another number is the parent's.
pub(super) fn process() -> u32 {
    PROCESS.load(Ordering::Relaxed)
}

type Realms = Vec<(u32, Weak<Realm>)>;

/// All there are, each with the process that made it.
fn realms() -> &'static Mutex<Realms> {
    static ALL: Mutex<Realms> = Mutex::new(Vec::new());
    &ALL
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

impl Context {
    /// A context of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Dialect::Zmtp)
    }

    fn of(dialect: Dialect) -> Self {
        let realm = Arc::new(Realm::default());
        let mut all = realms().lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(_, realm)| realm.strong_count() > 0);
        all.push((process(), Arc::downgrade(&realm)));
        Self(Arc::new(Shared {
            realm,
            options: Mutex::new(Options::new(dialect)),
            terminated: AtomicBool::new(false),
            process: process(),
        }))
    }

    /// The process's context of SP sockets. Once terminated it stays so (`nn_term`).
    #[must_use]
    pub fn sp() -> Self {
        static SP: OnceLock<Context> = OnceLock::new();
        SP.get_or_init(|| Self::of(Dialect::Sp)).clone()
    }

    /// The process's default context of ZMTP sockets; a new one once the last was terminated, and in
    /// a forked child.
    #[must_use]
    pub fn zmq() -> Self {
        static ZMQ: Mutex<Option<Context>> = Mutex::new(None);
        let mut current = ZMQ.lock().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some(context) if !context.is_terminated() => context.clone(),
            _ => current.insert(Self::new()).clone(),
        }
    }

    /// Opens a socket.
    ///
    /// # Errors
    /// ETERM once terminated, EMFILE when MAX_SOCKETS are there, ENOTSUP when the kind is of the
    /// other dialect than the context.
    pub fn socket(&self, kind: &'static Kind) -> Result<Socket, Error> {
        let mut options = Options::new(kind.dialect);
        {
            let own = self.0.options.lock().unwrap_or_else(PoisonError::into_inner);
            options.ipv6 = own.ipv6;
            if kind.dialect == Dialect::Zmtp && !(own.blocky && kind.lingers()) {
                options.linger = Millis(0);
            }
        }
        let hub = self.open_hub(kind.dialect, kind.profile, (kind.make)())?;
        let socket = Socket::new(self, kind, hub, options, None);
        if self.is_terminated() {
            // Terminated meanwhile, perhaps before the new socket was to be seen.
            socket.hub().terminate();
        }
        Ok(socket)
    }

    /// The state of a new socket, or of the engine's end of a queue of events.
    pub(super) fn open_hub(
        &self,
        dialect: Dialect,
        profile: Profile,
        protocol: Box<dyn Protocol>,
    ) -> Result<Arc<Hub>, Error> {
        if self.is_terminated() {
            return Err(ErrorCode::Terminated.into());
        }
        let own = self.0.options.lock().unwrap_or_else(PoisonError::into_inner).max_sockets;
        let limit = match dialect {
            Dialect::Sp => usize::MAX,
            Dialect::Zmtp => usize::try_from(own).unwrap_or(usize::MAX),
        };
        Hub::open(&self.0.realm, limit, profile, protocol)
    }

    /// Sets a context option by libzmq's number. EINVAL when there is none or the value is not right.
    pub fn set(&self, number: i32, value: &Value) -> Result<(), Error> {
        let row = find_context(number).ok_or_else(|| unknown(number))?;
        let mut options = self.0.options.lock().unwrap_or_else(PoisonError::into_inner);
        options.set(row, value)?;
        self.0.realm.set_place(Place {
            prefix: options.thread_name_prefix,
            processors: options.processors.iter().copied().collect(),
            schedule: Schedule {
                policy: Some(options.thread_sched_policy).filter(|policy| *policy >= 0),
                priority: options.thread_priority,
            },
        });
        Ok(())
    }

    /// Reads a context option by libzmq's number.
    pub fn get(&self, number: i32) -> Result<Value, Error> {
        let row = find_context(number).ok_or_else(|| unknown(number))?;
        self.0.options.lock().unwrap_or_else(PoisonError::into_inner).get(row)
    }

    /// Every call on its sockets answers ETERM from now on. Does not wait.
    pub fn shutdown(&self) {
        self.0.terminated.store(true, Ordering::SeqCst);
        for hub in self.0.realm.sockets() {
            hub.terminate();
        }
    }

    /// Shuts down, then waits until every socket is closed by its owner and flushed by its linger.
    /// SP sockets are closed by it, and flushed for at most a second.
    ///
    /// # Errors
    /// EINTR when a signal came (call again); EAGAIN at the end of `wait`, naming the sockets that
    /// are still in the way.
    pub fn terminate(&self, wait: Wait) -> Result<(), Error> {
        if self.0.process != process() {
            return Ok(());
        }
        self.shutdown();
        let realm = &self.0.realm;
        if self.0.options.lock().unwrap_or_else(PoisonError::into_inner).dialect == Dialect::Sp {
            realm.sockets().iter().for_each(|hub| hub.close());
        }
        let ended = until(
            realm.changed(),
            Interest::PEERS,
            || wait.deadline(),
            || realm.sockets().is_empty().then_some(()),
        );
        match ended {
            Ok(()) => Ok(()),
            Err(Ended::Error(error)) => Err(error),
            Err(Ended::Deadline) => Err(Error::new(ErrorCode::Again, in_the_way(realm))),
        }
    }

    /// Whether it was shut down, or belongs to the parent of a forked process.
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.0.terminated.load(Ordering::SeqCst) || self.0.process != process()
    }

    /// Closes all its sockets, with this linger in milliseconds (`None`: each with its own).
    pub fn close_all(&self, linger_ms: Option<i32>) {
        for hub in self.0.realm.sockets() {
            if let Some(ms) = linger_ms {
                hub.set_linger(u64::try_from(ms).ok().map(Duration::from_millis));
            }
            hub.close();
        }
    }
}

fn unknown(number: i32) -> Error {
    Error::new(ErrorCode::Invalid, format!("there is no context option {number}"))
}

fn in_the_way(realm: &Realm) -> String {
    let sockets = realm.sockets();
    let names = sockets.iter().map(|hub| {
        let state = if hub.is_closing() { "closed" } else { "open" };
        format!("{} ({state}, {} unsent)", hub.name(), hub.unsent())
    });
    format!("sockets are in the way: {}", names.collect::<Vec<_>>().join(", "))
}

/// How long leaving the process may flush.
#[must_use]
pub fn exit_limit() -> Duration {
    let limit = std::env::var("SOCKERY_EXIT_MS").ok().and_then(|text| text.parse().ok());
    limit.map_or(EXIT, Duration::from_millis)
}

/// To be called once when the interpreter or program leaves: sockets with nothing unsent end at once;
/// the others together get at most `SOCKERY_EXIT_MS` (1,000 by default), then one line on stderr
/// says what was dropped.
pub fn leave() {
    let limit = exit_limit();
    let deadline = Instant::now() + limit;
    let realms: Vec<_> = {
        let all = realms().lock().unwrap_or_else(PoisonError::into_inner);
        // A child's end must not be its parent's: to close what it inherited would shut streams of both.
        let own = all.iter().filter(|(made_by, _)| *made_by == process());
        own.filter_map(|(_, realm)| realm.upgrade()).collect()
    };
    let sockets: Vec<_> = realms.iter().flat_map(|realm| realm.sockets()).collect();
    let owed: usize = sockets.iter().map(|hub| hub.unsent()).sum();
    for hub in &sockets {
        hub.close_within(limit);
    }
    for realm in &realms {
        let done = || realm.sockets().iter().all(|hub| hub.unsent() == 0).then_some(());
        while let Err(Ended::Error(error)) = until(
            realm.changed(),
            Interest::PEERS,
            || Some(deadline + Duration::from_millis(50)),
            done,
        ) {
            if error.code() != ErrorCode::Interrupted {
                break;
            }
        }
    }
    // What the I/O thread did not get to drop is lost all the same.
    let lost = |hub: &Arc<Hub>| hub.lost_at_close() + hub.unsent() as u64;
    let all: u64 = sockets.iter().map(lost).sum();
    if owed > 0 && all > 0 {
        let names: Vec<_> =
            sockets.iter().filter(|hub| lost(hub) > 0).map(|hub| hub.name()).collect();
        eprintln!(
            "sockery: {all} unsent messages were dropped at exit after {} ms ({}); close sockets or \
             terminate the context before leaving, or raise SOCKERY_EXIT_MS",
            limit.as_millis(),
            names.join(", "),
        );
    }
}

/// To be called in the child after a fork: every object made before answers ETERM and touches
/// nothing that it shares with the parent.
pub fn forked() {
    PROCESS.fetch_add(1, Ordering::Relaxed);
}
