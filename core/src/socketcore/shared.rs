//! Shared: one station's state under its lock, driven by the I/O thread of all stations.

use std::{
    sync::{
        Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::state::{Lookup, State};
use crate::{
    error::Error,
    interest::Interest,
    reactor::{Driven, Gate, IoThread, Place, Readiness, Scratch, Turn},
    transport::resolve_blocking,
};

/// See the module's text.
#[derive(Debug)]
pub(super) struct Shared {
    key: usize,
    process: u32,
    /// When the station was made.
    pub(super) begun: Instant,
    gate: Gate,
    /// IN while messages wait.
    pub(super) readiness: Readiness,
    state: Mutex<State>,
    /// Told, while somebody leaves, that nothing waits to be sent any more.
    sent: Condvar,
    this: Weak<Self>,
    attended: AtomicBool,
}

/// What the stations of a process have in common.
#[derive(Debug, Default)]
struct Common {
    io: Mutex<Option<IoThread>>,
    all: Mutex<Vec<Weak<Shared>>>,
}

/// So many generations of forks have something of their own.
const GENERATIONS: usize = 32;

/// Counts forks: a station made under another number is the parent's.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Of this process: a child must not touch its parent's locks, which a thread that is not there may
/// hold, nor its I/O thread.
fn common() -> &'static Common {
    static COMMON: [LazyLock<Common>; GENERATIONS] =
        [const { LazyLock::new(Common::default) }; GENERATIONS];
    &COMMON[PROCESS.load(Ordering::Relaxed) as usize % GENERATIONS]
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the station belongs to the process that this one was forked from. Then nothing of it may
/// be touched: not its lock, which a thread of that process may have held, nor its poll, which is
/// shared.
pub(super) fn inherited(shared: &Shared) -> bool {
    shared.process != PROCESS.load(Ordering::Relaxed)
}

/// To be called in a fork's child, with no other thread.
pub fn forked() {
    PROCESS.fetch_add(1, Ordering::Relaxed);
}

/// The process leaves: closes all sockets and waits until what they accepted for sending is sent, at
/// most `limit`. Answers how many bytes were not.
pub fn leave(limit: Duration) -> usize {
    let deadline = Instant::now() + limit;
    let all: Vec<_> = lock(&common().all).iter().filter_map(Weak::upgrade).collect();
    for shared in &all {
        shared.end();
    }
    all.iter().map(|shared| shared.wait_sent(deadline)).sum()
}

impl Shared {
    pub(super) fn new() -> Arc<Self> {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let shared = Arc::new_cyclic(|this| Self {
            key: LAST.fetch_add(1, Ordering::Relaxed) + 1,
            process: PROCESS.load(Ordering::Relaxed),
            begun: Instant::now(),
            gate: Gate::default(),
            readiness: Readiness::default(),
            state: Mutex::default(),
            sent: Condvar::new(),
            this: this.clone(),
            attended: AtomicBool::new(false),
        });
        let mut all = lock(&common().all);
        all.retain(|one| one.strong_count() > 0);
        all.push(Arc::downgrade(&shared));
        shared
    }

    /// Does something with the state; then wakes whom that concerns.
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        let mut state = lock(&self.state);
        let result = act(&mut state);
        let level = if state.has_events() { Interest::IN } else { Interest::NONE };
        let wake = self.readiness.set(Interest::IN, level);
        let sooner = state.is_due_sooner();
        if state.is_sent() {
            self.sent.notify_all();
        }
        drop(state);
        wake.fire(&self.readiness);
        if sooner {
            // It was attended before it could have anything due.
            let _ = self.attend();
        }
        result
    }

    /// Sees to it that the I/O thread drives the station. Fails when descriptors or threads have run
    /// out.
    pub(super) fn attended(&self) -> Result<(), Error> {
        if !self.attended.load(Ordering::Acquire) {
            let descriptor = lock(&self.state).poll_descriptor()?;
            self.gate.set_descriptor(descriptor);
            self.attend()?;
            self.attended.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Asks the I/O thread for a turn.
    fn attend(&self) -> Result<(), Error> {
        let Some(this) = self.this.upgrade() else { return Ok(()) };
        let mut io = lock(&common().io);
        let thread = match &mut *io {
            Some(thread) => thread,
            none => none.insert(IoThread::start(&Place::default()).map_err(|error| {
                let error = Error::from(error);
                Error::new(error.code(), format!("the I/O thread cannot start: {error}"))
            })?),
        };
        thread.attend(this);
        Ok(())
    }

    /// Asks the name servers, in a thread for just that, and goes on to connect.
    pub(super) fn look_up(&self, lookup: Lookup) {
        let this = self.this.clone();
        let (place, serial) = (lookup.place, lookup.serial);
        let work = move || {
            let found = resolve_blocking(&lookup.endpoint, true);
            if let Some(shared) = this.upgrade() {
                shared.with(|state| state.resolved(lookup.place, lookup.serial, found));
            }
        };
        let started = thread::Builder::new().name("sockery-resolve".into()).spawn(work);
        if let Err(error) = started {
            self.with(|state| state.resolved(place, serial, Err(error.into())));
        }
    }

    /// The program has no more use for it: what was accepted for sending is all that goes on.
    pub(super) fn end(&self) {
        self.with(State::end);
        if self.attended.load(Ordering::Acquire) {
            let _ = self.attend();
        }
    }

    fn wait_sent(&self, deadline: Instant) -> usize {
        let left = deadline.saturating_duration_since(Instant::now());
        let waiting =
            self.sent.wait_timeout_while(lock(&self.state), left, |state| state.unsent() > 0);
        waiting.unwrap_or_else(PoisonError::into_inner).0.unsent()
    }
}

impl Driven for Shared {
    fn key(&self) -> usize {
        self.key
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }

    fn tend(&self) -> bool {
        false
    }

    fn turn(&self, scratch: &mut Scratch) -> Turn {
        self.with(|state| state.turn(Instant::now(), &mut scratch.events))
    }
}
