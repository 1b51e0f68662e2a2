//! The I/O thread: a context's background driver. It turns whatever is ready, due or asked for, and
//! sleeps without a timeout when nothing is.

use std::{
    collections::HashMap,
    fmt, io,
    os::fd::RawFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, unbounded};
use mio::{Events, Interest as MioInterest, Poll, Registry, Token, Waker, unix::SourceFd};
use nix::sys::signal::SigSet;
#[cfg(any(target_os = "linux", target_os = "android"))]
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};

use super::{Gate, Schedule, Timers, gate::Tick};
use crate::pool;

const WAKE: Token = Token(usize::MAX);
/// Bytes read from one stream in one call.
const READ_SIZE: usize = 64 * 1024;
/// How often lent sockets are looked at, while there are any.
const TICK: Duration = Duration::from_millis(2);
/// How often sockets that gather messages are looked at: what a message may wait when its sender
/// falls silent in the middle of a stream.
const LOOK: Duration = Duration::from_millis(1);

/// After how long the pool gives back what nobody took; at most twice as long.
const REST: Duration = Duration::from_secs(1);

/// What an I/O thread drives: one socket.
pub trait Driven: Send + Sync {
    /// Names it among all that the thread drives.
    fn key(&self) -> usize;
    /// Who drives it, and its own poll.
    fn gate(&self) -> &Gate;
    /// Looks after its streams of messages. False when none goes on.
    fn tend(&self) -> bool;
    /// Does all that can be done without blocking.
    fn turn(&self, scratch: &mut Scratch) -> Turn;
}

/// When to turn it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// When its poll says so, it asks for it, or this moment comes.
    Wait(Option<Instant>),
    /// Soon: it stopped only to let others have their turn.
    Again,
    /// Never.
    Done,
}

/// Buffers that one thread lends to all that it drives.
#[derive(Debug)]
pub struct Scratch {
    buffer: Vec<u8>,
    /// For a socket's own poll.
    pub events: Events,
    /// They are there already, to be served by the next turn.
    pub has_news: bool,
}

impl Default for Scratch {
    fn default() -> Self {
        let buffer = vec![0; pool::BERTH + READ_SIZE];
        Self { buffer, events: Events::with_capacity(64), has_news: false }
    }
}

impl Scratch {
    /// A buffer for reads.
    pub fn buffer(&mut self) -> &mut [u8] {
        let start = pool::berth(&self.buffer);
        &mut self.buffer[start..][..READ_SIZE]
    }
}

enum Request {
    Attend(Arc<dyn Driven>),
    Lend(usize),
    Tend(usize),
    Quit,
}

/// A handle to the thread; dropping it ends the thread once it has nothing to drive.
pub struct IoThread {
    requests: Sender<Request>,
    waker: Waker,
    pending: Arc<AtomicBool>,
    registry: Registry,
}

impl fmt::Debug for IoThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IoThread")
    }
}

/// How an I/O thread is to run.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// What its name begins with, if it is not 0.
    pub prefix: i64,
    /// The processors that it may run on; none named are all.
    pub processors: Vec<usize>,
    /// How the system schedules it.
    pub schedule: Schedule,
}

impl Place {
    fn name(&self) -> String {
        match self.prefix {
            0 => "sockery-io".to_owned(),
            prefix => format!("{prefix}/sockery-io"),
        }
    }

    fn take(&self) -> io::Result<()> {
        self.take_processors()?;
        self.schedule.take().map_err(io::Error::other)
    }

    /// Puts this thread on its processors.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn take_processors(&self) -> io::Result<()> {
        if self.processors.is_empty() {
            return Ok(());
        }
        let mut set = CpuSet::new();
        for processor in &self.processors {
            set.set(*processor)?;
        }
        Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn take_processors(&self) -> io::Result<()> {
        if self.processors.is_empty() { Ok(()) } else { Err(io::ErrorKind::Unsupported.into()) }
    }
}

impl IoThread {
    /// Starts the thread. Fails when the process is out of descriptors or threads, or has none of the
    /// processors, or may not be scheduled so.
    pub fn start(place: &Place) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let registry = poll.registry().try_clone()?;
        let (requests, receiver) = unbounded();
        let pending = Arc::new(AtomicBool::new(false));
        let runner = Runner {
            poll,
            requests: receiver,
            pending: pending.clone(),
            driven: HashMap::new(),
            timers: Timers::default(),
            again: Vec::new(),
            lent: Vec::new(),
            next_tick: None,
            tended: Vec::new(),
            next_look: None,
            next_tidy: None,
            scratch: Scratch::default(),
            quit: false,
        };
        let (own, (placed, place_taken)) = (place.clone(), unbounded());
        thread::Builder::new().name(place.name()).spawn(move || {
            // Signals are for the interpreter's threads. Without this a Ctrl-C could land here and
            // leave a blocked main thread asleep.
            let _ = SigSet::all().thread_block();
            let taken = own.take();
            let stays = taken.is_ok();
            // The starter waits for it.
            let _ = placed.send(taken);
            if stays {
                runner.run();
            }
        })?;
        place_taken.recv().unwrap_or(Ok(()))?;
        Ok(Self { requests, waker, pending, registry })
    }

    /// Asks for a turn of `driven`, which is watched from then on.
    pub fn attend(&self, driven: Arc<dyn Driven>) {
        self.request(Request::Attend(driven));
    }

    /// The last thread that drove a socket left: take the socket back when none comes again.
    pub fn lend(&self, key: usize) {
        self.request(Request::Lend(key));
    }

    /// A socket gathers messages: see to it that they go in time.
    pub fn tend(&self, key: usize) {
        self.request(Request::Tend(key));
    }

    /// A thread drives a socket: do not watch its poll any more.
    pub fn withdraw(&self, descriptor: RawFd) {
        let _ = self.registry.deregister(&mut SourceFd(&descriptor));
    }

    fn request(&self, request: Request) {
        // The receiver lives until it is told to quit, which only the drop of this handle does.
        let _ = self.requests.send(request);
        if !self.pending.swap(true, Ordering::SeqCst) {
            let _ = self.waker.wake();
        }
    }
}

impl Drop for IoThread {
    fn drop(&mut self) {
        self.request(Request::Quit);
    }
}

struct Watched {
    driven: Arc<dyn Driven>,
    /// The earliest of its entries among the timers.
    timer: Option<Instant>,
}

struct Runner {
    poll: Poll,
    requests: Receiver<Request>,
    pending: Arc<AtomicBool>,
    driven: HashMap<usize, Watched>,
    timers: Timers<usize>,
    again: Vec<usize>,
    /// Sockets that a thread drove a moment ago.
    lent: Vec<usize>,
    next_tick: Option<Instant>,
    /// Sockets that gather messages.
    tended: Vec<usize>,
    next_look: Option<Instant>,
    next_tidy: Option<Instant>,
    scratch: Scratch,
    quit: bool,
}

impl Runner {
    fn run(mut self) {
        let mut events = Events::with_capacity(256);
        let mut keys = Vec::new();
        while !(self.quit && self.driven.is_empty()) {
            self.sleep(&mut events);
            keys.append(&mut self.again);
            keys.extend(events.iter().map(|event| event.token().0).filter(|key| *key != WAKE.0));
            self.take_requests(&mut keys);
            let now = Instant::now();
            self.tick(now, &mut keys);
            self.look(now);
            self.tidy(now);
            while let Some(key) = self.timers.pop_due(now) {
                if let Some(watched) = self.driven.get_mut(&key) {
                    watched.timer = None;
                    keys.push(key);
                }
            }
            for key in keys.drain(..) {
                self.turn(key);
            }
        }
    }

    fn sleep(&mut self, events: &mut Events) {
        let timeout = if self.again.is_empty() {
            let moments = [self.timers.next(), self.next_tick, self.next_look, self.next_tidy];
            let next = moments.into_iter().flatten().min();
            next.map(|at| at.saturating_duration_since(Instant::now()))
        } else {
            Some(Duration::ZERO)
        };
        if self.poll.poll(events, timeout).is_err() {
            events.clear();
        }
    }

    fn take_requests(&mut self, keys: &mut Vec<usize>) {
        // Cleared before the queue is emptied: a request after this wakes the thread again.
        self.pending.store(false, Ordering::SeqCst);
        while let Ok(request) = self.requests.try_recv() {
            match request {
                Request::Quit => self.quit = true,
                Request::Lend(key) => {
                    self.lent.push(key);
                    self.next_tick.get_or_insert_with(|| Instant::now() + TICK);
                }
                Request::Tend(key) => {
                    if !self.tended.contains(&key) {
                        self.tended.push(key);
                    }
                    self.next_look.get_or_insert_with(|| Instant::now() + LOOK);
                }
                Request::Attend(driven) => {
                    let key = driven.key();
                    keys.push(key);
                    self.driven.entry(key).or_insert(Watched { driven, timer: None });
                }
            }
        }
    }

    fn turn(&mut self, key: usize) {
        let Some(watched) = self.driven.get_mut(&key) else { return };
        match watched.driven.turn(&mut self.scratch) {
            Turn::Done => return self.forget(key),
            Turn::Again => self.again.push(key),
            Turn::Wait(Some(at)) if watched.timer.is_none_or(|set| at < set) => {
                watched.timer = Some(at);
                self.timers.insert(at, key);
            }
            Turn::Wait(_) => {}
        }
        self.watch(key);
    }

    fn watch(&mut self, key: usize) {
        let Some(watched) = self.driven.get(&key) else { return };
        let registry = self.poll.registry();
        if !watched.driven.gate().serve(|descriptor| give(registry, descriptor, key)) {
            self.again.push(key);
        }
    }

    /// Looks at the lent sockets. Those taken back get a turn: what came meanwhile waits for it.
    fn tick(&mut self, now: Instant, keys: &mut Vec<usize>) {
        if self.next_tick.is_none_or(|at| now < at) {
            return;
        }
        let registry = self.poll.registry();
        self.lent.retain(|key| {
            let Some(watched) = self.driven.get(key) else { return false };
            match watched.driven.gate().tick(|descriptor| give(registry, descriptor, *key)) {
                Tick::Keep => true,
                Tick::Driven => false,
                Tick::TakenBack => {
                    keys.push(*key);
                    false
                }
            }
        });
        self.next_tick = (!self.lent.is_empty()).then(|| now + TICK);
    }

    /// Looks at the sockets that gather messages.
    fn look(&mut self, now: Instant) {
        if self.next_look.is_none_or(|at| now < at) {
            return;
        }
        self.tended.retain(|key| self.driven.get(key).is_some_and(|one| one.driven.tend()));
        self.next_look = (!self.tended.is_empty()).then(|| now + LOOK);
    }

    /// Looks after the pool while it keeps something.
    fn tidy(&mut self, now: Instant) {
        if self.next_tidy.is_some_and(|at| at <= now) {
            pool::tidy();
            self.next_tidy = None;
        }
        if self.next_tidy.is_none() && pool::keeps() {
            self.next_tidy = Some(now + REST);
        }
    }

    fn forget(&mut self, key: usize) {
        if let Some(watched) = self.driven.remove(&key) {
            let registry = self.poll.registry();
            watched.driven.gate().forget(|descriptor| {
                let _ = registry.deregister(&mut SourceFd(&descriptor));
            });
        }
    }
}

/// Watches a socket's poll. Registering reports what was pending before.
fn give(registry: &Registry, descriptor: RawFd, key: usize) -> bool {
    registry.register(&mut SourceFd(&descriptor), Token(key), MioInterest::READABLE).is_ok()
}
