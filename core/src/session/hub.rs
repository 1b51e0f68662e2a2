//! Hub: a socket's shared state, where the user's calls and the driver meet.
//!
//! Every operation of a pattern goes through [`Hub::run`]: it locks the pattern, takes in what the
//! lanes posted, runs the operation, stores the new levels, unlocks, and only then wakes waiters
//! and nudges neighbors.

use std::{
    os::fd::RawFd,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    config::Profile,
    drive::{Drive, Note},
    event::{Counter, Counters, Events, Traffic},
    inproc::Links,
    inquiry::Access,
    realm::Realm,
};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    lock::{Guard, Lock, Rank},
    message::{Carried, Load, Message, PeerInfo, PipeId},
    pattern::{
        ContextId, Contexts, DropReason, Lane, Pipe, Pipes, Protocol, Refused,
        lane::Posted,
        pipe::{Nudge, Nudges},
    },
    reactor::{Bed, Driven, Gate, Readiness, Scratch, SharedPoll, Turn, readiness::Wake},
};

/// What the pattern lock guards.
pub struct PatternState {
    /// The kind's rules.
    pub protocol: Box<dyn Protocol>,
    /// The pipes they work on.
    pub pipes: Pipes,
    /// What the user sent and received.
    pub traffic: Traffic,
    notes: Vec<Posted>,
    /// Who waits for what holds in each context.
    contexts: Vec<(ContextId, Arc<Readiness>)>,
    /// See [`Protocol::source`]; forgotten whenever anything but a plain transfer happens.
    source: Option<PipeId>,
    /// The lane of `Hub::target` is open.
    open: bool,
}

impl std::fmt::Debug for PatternState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PatternState").field("pipes", &self.pipes).finish_non_exhaustive()
    }
}

impl PatternState {
    /// Tells the pattern what its lanes posted since the last operation. False when nothing was.
    fn take_in(&mut self, now: Instant) -> bool {
        let noted = self.pipes.mailbox().is_pending() && self.take_notes();
        let due = self.protocol.next_deadline().is_some_and(|at| at <= now);
        if due {
            self.protocol.expire(now, &mut self.pipes);
        }
        noted || due
    }

    /// Takes the next message without asking the protocol, where there is no need to.
    #[inline]
    fn take_next(&mut self, message: &mut Message) -> bool {
        let Some(source) = self.source else { return false };
        if self.pipes.mailbox().is_pending() {
            return false;
        }
        let Some(load) = self.pipes.pop_next(source, message) else { return false };
        self.traffic.received(load.bytes);
        true
    }

    fn receive(&mut self, now: Instant) -> Result<Message, ErrorCode> {
        let message = self.protocol.recv(&mut self.pipes, now)?;
        self.traffic.received(message.size());
        self.source = self.protocol.source();
        Ok(message)
    }

    #[inline(never)]
    fn take_notes(&mut self) -> bool {
        let mut notes = std::mem::take(&mut self.notes);
        self.pipes.take_posted(&mut notes);
        let any = !notes.is_empty();
        for note in notes.drain(..) {
            match note {
                Posted::Writable(pipe) => self.protocol.writable(pipe, &mut self.pipes),
                Posted::Readable(pipe) => self.readable(pipe),
            }
        }
        self.notes = notes;
        any
    }

    fn readable(&mut self, pipe: PipeId) {
        for control in self.pipes.take_controls(pipe) {
            self.protocol.control(pipe, control, &mut self.pipes);
        }
        self.protocol.readable(pipe, &mut self.pipes);
    }
}

/// See the module's text.
#[derive(Debug)]
pub struct Hub {
    me: Weak<Self>,
    key: usize,
    pub(super) profile: Profile,
    pub(super) realm: Arc<Realm>,
    pattern: Lock<PatternState>,
    /// The lane to the first peer that was ever the only one. See [`Protocol::target`].
    target: OnceLock<Arc<Lane>>,
    /// Any moment, when the protocol looks at none: asking the clock costs more than a send.
    timeless: Option<Instant>,
    readiness: Readiness,
    drive: Lock<Drive>,
    /// Once there is something to poll.
    pub(super) poll: OnceLock<Arc<SharedPoll>>,
    pub(super) gate: Gate,
    inbox: Mutex<Vec<Note>>,
    attended: AtomicBool,
    /// Notes or unfinished reads wait for a driver.
    pending: AtomicBool,
    /// The I/O thread knows this socket.
    watched: AtomicBool,
    /// The moment at which the I/O thread will turn this socket at the latest.
    scheduled: Mutex<Option<Instant>>,
    pub(super) links: Mutex<Links>,
    /// Who may connect, where the program itself says so.
    pub(super) access: Mutex<Access>,
    /// Messages are gathered in lanes to connections.
    gathered: AtomicBool,
    peers: AtomicUsize,
    closing: AtomicBool,
    linger: Mutex<Option<Duration>>,
    counters: Counters,
    events: Events,
    /// The user decides whether a new peer is taken.
    decides: AtomicBool,
}

impl Hub {
    /// A socket of this kind among those of `realm`, which takes at most `limit`.
    pub fn open(
        realm: &Arc<Realm>,
        limit: usize,
        profile: Profile,
        protocol: Box<dyn Protocol>,
    ) -> Result<Arc<Self>, Error> {
        let timeless = (!protocol.keeps_time()).then(Instant::now);
        let hub = realm.admit(limit, |key| {
            Arc::new_cyclic(|me| Self {
                me: me.clone(),
                key,
                profile,
                realm: realm.clone(),
                pattern: Lock::new(
                    Rank::PatternOrWrite,
                    PatternState {
                        protocol,
                        pipes: Pipes::default(),
                        traffic: Traffic::default(),
                        notes: Vec::new(),
                        contexts: Vec::new(),
                        source: None,
                        open: false,
                    },
                ),
                target: OnceLock::new(),
                timeless,
                readiness: Readiness::default(),
                drive: Lock::new(Rank::Drive, Drive::default()),
                poll: OnceLock::new(),
                gate: Gate::default(),
                inbox: Mutex::default(),
                attended: AtomicBool::new(false),
                pending: AtomicBool::new(false),
                watched: AtomicBool::new(false),
                scheduled: Mutex::default(),
                links: Mutex::default(),
                access: Mutex::default(),
                gathered: AtomicBool::new(false),
                peers: AtomicUsize::new(0),
                closing: AtomicBool::new(false),
                linger: Mutex::default(),
                counters: Counters::default(),
                events: Events::default(),
                decides: AtomicBool::new(false),
            })
        })?;
        // The first levels.
        hub.run(|_, _| {});
        Ok(hub)
    }

    /// Names this socket in its realm and, through the facade, in the process.
    #[must_use]
    pub fn key(&self) -> usize {
        self.key
    }

    /// What holds, and who waits for it.
    #[must_use]
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Who listens to what happens.
    #[must_use]
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// Whether the user decides about each new peer.
    #[must_use]
    pub fn decides(&self) -> bool {
        self.decides.load(Ordering::SeqCst)
    }

    /// Lets the user decide from now on, or no longer.
    pub fn set_decides(&self, decides: bool) {
        self.decides.store(decides, Ordering::SeqCst);
    }

    /// One statistic. What holds now is looked up, so that it cannot drift.
    #[must_use]
    pub fn count(&self, counter: Counter) -> u64 {
        match counter {
            Counter::CurrentConnections => self.peers() as u64,
            Counter::InProgress => self.drive().in_progress() as u64,
            Counter::EndpointErrors => self.drive().in_error() as u64,
            Counter::MessagesSent => self.traffic().messages_sent,
            Counter::MessagesReceived => self.traffic().messages_received,
            Counter::BytesSent => self.traffic().bytes_sent,
            Counter::BytesReceived => self.traffic().bytes_received,
            counter => self.counters.get(counter),
        }
    }

    /// Peers with a finished handshake.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.peers.load(Ordering::SeqCst)
    }

    /// Runs one operation of the pattern. See the module's text.
    pub fn run<R>(&self, operation: impl FnOnce(&mut PatternState, Instant) -> R) -> R {
        let now = self.now();
        let mut state = self.pattern.lock();
        state.take_in(now);
        let result = operation(&mut state, now);
        self.conclude(state);
        result
    }

    /// The same for sending and receiving a message, which mostly leave the levels as they are.
    pub fn transfer<T, E>(
        &self,
        operation: impl FnOnce(&mut PatternState, Instant) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transfer_in(self.pattern.lock(), operation)
    }

    /// Receives a message, if there is one.
    #[inline]
    pub fn receive(&self, message: &mut Message) -> Result<(), ErrorCode> {
        let mut state = self.pattern.lock();
        if state.take_next(message) {
            drop(state);
            self.readiness.keep_news();
            return Ok(());
        }
        self.receive_in(state, message)
    }

    #[inline(never)]
    fn receive_in(
        &self,
        state: Guard<'_, PatternState>,
        message: &mut Message,
    ) -> Result<(), ErrorCode> {
        *message = self.transfer_in(state, PatternState::receive)?;
        Ok(())
    }

    /// Who sent a message that was received just now.
    #[must_use]
    pub fn peer(&self, origin: PipeId) -> Option<Arc<PeerInfo>> {
        self.pattern.lock().pipes.peer(origin).cloned()
    }

    /// The same by the number that messages show.
    #[must_use]
    pub fn peer_of(&self, pipe: u32) -> Option<Arc<PeerInfo>> {
        self.pattern.lock().pipes.peer_of(pipe).cloned()
    }

    /// Sends a message if that leads to nothing else: it follows others on their way to the only peer, so
    /// only their lane need be locked.
    #[inline]
    pub fn send_through<M: Carried>(&self, message: M) -> Result<(), M> {
        let Some(lane) = self.target.get() else { return Err(message) };
        lane.push_through(message)?;
        self.readiness.keep_news();
        Ok(())
    }

    /// Sends a message, or hands it back.
    pub fn send(&self, message: Message, size: usize) -> Result<(), Refused> {
        self.transfer(|state, now| {
            state.protocol.send(message, &mut state.pipes, now)?;
            state.traffic.sent(size);
            if state.pipes.take_quiet() && !state.open {
                self.open_target(state);
            }
            Ok(())
        })
    }

    fn open_target(&self, state: &mut PatternState) {
        let target = state.protocol.target().and_then(|pipe| state.pipes.get(pipe));
        if let Some(lane) = target.map(Pipe::outgoing)
            && Arc::ptr_eq(self.target.get_or_init(|| lane.clone()), lane)
        {
            lane.set_open(true);
            state.open = true;
        }
    }

    /// Something may have changed: the protocol is asked again about the next message.
    fn close_ways(&self, state: &mut PatternState) {
        state.source = None;
        if std::mem::take(&mut state.open)
            && let Some(lane) = self.target.get()
        {
            lane.set_open(false);
        }
    }

    /// What the user sent and received.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let mut traffic = self.run(|state, _| state.traffic);
        let Load { messages, bytes } =
            self.target.get().map_or_else(Load::default, |lane| lane.passed());
        traffic.messages_sent += messages as u64;
        traffic.bytes_sent += bytes as u64;
        traffic
    }

    /// Receives messages, as many as there are, up to `limit`.
    pub fn receive_all(&self, limit: usize, messages: &mut Vec<Message>) {
        self.run(|state, now| {
            let limit = if state.protocol.answers_one_by_one() { 1 } else { limit };
            while messages.len() < limit {
                let mut message = Message::default();
                if !state.take_next(&mut message) {
                    let Ok(next) = state.receive(now) else { break };
                    message = next;
                }
                messages.push(message);
            }
        });
    }

    fn transfer_in<T, E>(
        &self,
        mut state: Guard<'_, PatternState>,
        operation: impl FnOnce(&mut PatternState, Instant) -> Result<T, E>,
    ) -> Result<T, E> {
        let now = self.now();
        let noted = state.take_in(now);
        let result = operation(&mut state, now);
        let turned = state.pipes.take_turned();
        if noted || turned || result.is_err() || !state.protocol.is_plain() {
            self.conclude(state);
        } else {
            let nudges = state.pipes.take_nudges();
            drop(state);
            self.readiness.keep_news();
            if let Some(nudges) = nudges {
                tell(nudges);
            }
        }
        result
    }

    /// Stores the levels, unlocks, wakes and nudges.
    fn conclude(&self, mut state: Guard<'_, PatternState>) {
        self.close_ways(&mut state);
        let others = (!state.contexts.is_empty()).then(|| set_contexts(&mut state));
        let PatternState { protocol, pipes, .. } = &mut *state;
        let levels = protocol.readiness(pipes);
        let wake = self.readiness.set(Interest::IN | Interest::OUT, levels);
        let nudges = pipes.take_nudges();
        let deadline = protocol.next_deadline();
        drop(state);
        wake.fire(&self.readiness);
        self.readiness.keep_news();
        for (readiness, wake) in others.into_iter().flatten() {
            wake.fire(&readiness);
            readiness.keep_news();
        }
        if let Some(nudges) = nudges {
            tell(nudges);
        }
        if let Some(deadline) = deadline {
            self.schedule(deadline);
        }
    }

    /// The time, for a protocol that looks at it.
    fn now(&self) -> Instant {
        self.timeless.unwrap_or_else(Instant::now)
    }

    /// Takes in what the lanes posted, and wakes who waited for it. Without any the levels are what they were.
    pub fn settle(&self) {
        let now = self.now();
        let mut state = self.pattern.lock();
        if state.take_in(now) {
            self.conclude(state);
        }
    }

    /// Makes sure of a turn at that moment at the latest.
    fn schedule(&self, deadline: Instant) {
        let mut scheduled = self.scheduled.lock().unwrap_or_else(PoisonError::into_inner);
        if scheduled.is_none_or(|at| deadline < at) {
            *scheduled = Some(deadline);
            drop(scheduled);
            self.attend();
        }
    }

    /// Asks the I/O thread for a turn.
    pub(super) fn attend(&self) {
        // Fails only where the first request of a context cannot start the thread, and bind and
        // connect make that request and report it; what comes here without them is a timer.
        let _ = self.try_attend();
    }

    /// Asks the I/O thread for a turn; the first request of a context may fail.
    pub(super) fn try_attend(&self) -> Result<(), Error> {
        if self.attended.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let Some(me) = self.me.upgrade() else { return Ok(()) };
        self.watched.store(true, Ordering::SeqCst);
        let result = self.realm.attend(me);
        if result.is_err() {
            self.attended.store(false, Ordering::SeqCst);
        }
        result
    }

    /// Leaves a note for the driver.
    pub(super) fn note(&self, note: Note) {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).push(note);
        self.attend();
    }

    /// Leaves a note that can wait for the thread that drives, if one does: it looks before it
    /// sleeps, and the I/O thread looks when it takes the socket back.
    pub(super) fn note_in_passing(&self, note: Note) {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).push(note);
        self.leave_pending();
    }

    /// Work is left for the next turn. The I/O thread may have taken the socket back meanwhile, and
    /// had its turn already.
    fn leave_pending(&self) {
        self.pending.store(true, Ordering::SeqCst);
        if self.gate.is_served() {
            self.attend();
        }
    }

    /// A stream of messages began, which gathers them: the I/O thread sees to it that they go in time.
    pub(super) fn stream_began(&self) {
        self.realm.tell_io(|io| io.tend(self.key));
    }

    /// Messages are gathered in the lane to a connection.
    pub(super) fn note_gathered(&self) {
        self.gathered.store(true, Ordering::Release);
    }

    /// Writes what is gathered: the thread that sent it now waits.
    pub fn flush_gathered(&self) {
        // Read first: nearly always nothing is.
        if self.gathered.load(Ordering::Acquire) && self.gathered.swap(false, Ordering::AcqRel) {
            let room = Self::flush_connections(&self.drive());
            if room {
                self.settle();
            }
        }
    }

    /// This thread waits for the socket and drives it meanwhile. Answers its poll, once it has one.
    pub fn enter(&self) -> Option<RawFd> {
        self.gate.enter(|descriptor| self.realm.tell_io(|io| io.withdraw(descriptor)))
    }

    /// Its poll, made when it is first needed.
    pub(super) fn make_poll(&self) -> Result<&Arc<SharedPoll>, Error> {
        if let Some(poll) = self.poll.get() {
            return Ok(poll);
        }
        let made = SharedPoll::new()?;
        // Another thread may have been quicker; then this one is closed again.
        let poll = self.poll.get_or_init(|| made);
        self.gate.set_descriptor(poll.descriptor());
        Ok(poll)
    }

    /// The place to sleep in its poll, for a thread that waits for nothing else. See [`SharedPoll::bed`].
    #[must_use]
    pub fn bed(&self) -> Option<Bed<'_>> {
        self.poll.get()?.bed()
    }

    /// Its poll, once it has one.
    #[must_use]
    pub fn poll_descriptor(&self) -> Option<RawFd> {
        self.gate.descriptor()
    }

    /// Whether the I/O thread leaves the socket to others for now.
    #[must_use]
    pub fn is_lent(&self) -> bool {
        self.gate.is_lent()
    }

    /// This thread looks in without waiting. True when it should take a turn, since nobody else does.
    #[must_use]
    pub fn look_in(&self) -> bool {
        self.gate.look_in()
    }

    /// The thread stops driving; once for each [`Hub::enter`] that answered a poll.
    pub fn leave(&self) {
        if self.gate.leave() {
            self.realm.tell_io(|io| io.lend(self.key));
        }
    }

    /// Whether a driver has work that its poll does not tell of.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending.load(Ordering::SeqCst)
    }

    /// One turn by the thread that waits.
    pub fn turn_here(&self, scratch: &mut Scratch) {
        if self.is_closing() {
            if scratch.has_news {
                // The I/O thread will not find them any more.
                self.turn_drive(&mut self.drive(), scratch);
                self.attend();
            }
            return;
        }
        self.pending.store(false, Ordering::SeqCst);
        let mut drive = self.drive();
        let more = self.turn_drive(&mut drive, scratch);
        let deadline = drive.next_deadline();
        drop(drive);
        self.settle();
        if more {
            self.leave_pending();
        }
        if let Some(deadline) = deadline {
            self.schedule(deadline);
        }
    }

    pub(super) fn take_notes(&self) -> Vec<Note> {
        std::mem::take(&mut *self.inbox.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn drive(&self) -> Guard<'_, Drive> {
        self.drive.lock()
    }

    pub(super) fn weak(&self) -> Weak<Self> {
        self.me.clone()
    }

    /// A peer finished its handshake; `how` it came is counted.
    pub(super) fn peer_came(&self, how: Counter) {
        self.counters.add(how, 1);
        self.peers.fetch_add(1, Ordering::SeqCst);
        self.peers_changed();
    }

    /// Such a peer is gone; whose doing that was is counted.
    pub(super) fn peer_went(&self, how: Counter) {
        self.counters.add(how, 1);
        self.peers.fetch_sub(1, Ordering::SeqCst);
        self.peers_changed();
    }

    /// Wakes those who wait for peers or for their subscriptions.
    pub fn peers_changed(&self) {
        self.readiness.pulse(Interest::PEERS).fire(&self.readiness);
    }

    /// Whether the user closed it.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Every call answers at once from now on, those in contexts too.
    pub fn terminate(&self) {
        // Under the lock, which orders all who set levels.
        let state = self.pattern.lock();
        let wake = self.readiness.set(Interest::TERM, Interest::TERM);
        let contexts = state.contexts.clone();
        let wakes: Vec<_> = contexts.iter().map(|(_, one)| end(one)).collect();
        drop(state);
        wake.fire(&self.readiness);
        self.readiness.tell_news();
        for ((_, readiness), wake) in contexts.iter().zip(wakes) {
            wake.fire(readiness);
            readiness.tell_news();
        }
    }

    /// Begins a context of the pattern. ENOTSUP where it has none.
    pub fn open_context(&self) -> Result<(ContextId, Arc<Readiness>), ErrorCode> {
        self.run(|state, _| {
            let id = state.protocol.contexts().ok_or(ErrorCode::NotSupported)?.open();
            let readiness = Arc::new(Readiness::default());
            if self.readiness.levels().intersects(Interest::TERM) {
                // Nobody can wait yet.
                drop(end(&readiness));
            }
            state.contexts.push((id, readiness.clone()));
            Ok((id, readiness))
        })
    }

    /// Ends a context: who waits in it is told.
    pub fn shut_context(&self, id: ContextId) {
        let ended = self.run(|state, _| {
            let PatternState { protocol, pipes, contexts, .. } = state;
            let place = contexts.iter().position(|(other, _)| *other == id)?;
            let (_, readiness) = contexts.swap_remove(place);
            if let Some(contexts) = protocol.contexts() {
                contexts.shut(id, pipes);
            }
            let wake = end(&readiness);
            Some((readiness, wake))
        });
        if let Some((readiness, wake)) = ended {
            wake.fire(&readiness);
            readiness.tell_news();
        }
    }

    /// Runs one operation of a context. EBADF where there are none.
    pub fn run_in<R>(
        &self,
        operation: impl FnOnce(&mut dyn Contexts, &mut Pipes, &mut Traffic, Instant) -> R,
    ) -> Result<R, ErrorCode> {
        self.run(|state, now| {
            let PatternState { protocol, pipes, traffic, .. } = state;
            let contexts = protocol.contexts().ok_or(ErrorCode::BadHandle)?;
            Ok(operation(contexts, pipes, traffic, now))
        })
    }

    /// How long closing may wait for what is unsent; `None` is for as long as it takes.
    pub fn set_linger(&self, linger: Option<Duration>) {
        *self.linger.lock().unwrap_or_else(PoisonError::into_inner) = linger;
    }

    /// Closes: endpoints at once, connections when all is sent or the linger is over. Returns at
    /// once; the I/O thread does the flushing.
    pub fn close(&self) {
        let linger = *self.linger.lock().unwrap_or_else(PoisonError::into_inner);
        self.flush_gathered();
        let first = !self.closing.swap(true, Ordering::SeqCst);
        self.terminate();
        if first {
            self.close_inproc();
        }
        let flushing = {
            let mut drive = self.drive();
            drive.close_by(linger.map(|linger| Instant::now() + linger));
            self.retire(&mut drive)
        };
        if !flushing {
            self.finish();
        }
        if self.watched.load(Ordering::SeqCst) {
            // To flush, or to be forgotten.
            self.attend();
        }
    }

    /// Closes, or if it is closed already shortens the rest, to this limit.
    pub fn close_within(&self, limit: Duration) {
        let linger = *self.linger.lock().unwrap_or_else(PoisonError::into_inner);
        self.set_linger(Some(linger.map_or(limit, |own| own.min(limit))));
        self.close();
    }

    /// Messages that no stream has wholly taken yet.
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.drive().unsent()
    }

    /// The name of its kind.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.profile.name
    }

    /// Messages that closing dropped.
    #[must_use]
    pub fn lost_at_close(&self) -> u64 {
        self.run(|state, _| state.pipes.dropped(DropReason::Closed))
    }

    /// Counts what closing dropped.
    pub(super) fn drop_unsent(&self, count: usize) {
        if count > 0 {
            self.run(|state, _| state.pipes.count_drops(DropReason::Closed, count));
        }
    }

    pub(super) fn finish(&self) {
        self.events.end();
        self.realm.finished(self.key);
    }

    fn next_turn(&self, drive: &Drive) -> Option<Instant> {
        let mut scheduled = self.scheduled.lock().unwrap_or_else(PoisonError::into_inner);
        let pattern =
            if self.is_closing() { None } else { self.pattern.lock().protocol.next_deadline() };
        *scheduled = [pattern, drive.next_deadline()].into_iter().flatten().min();
        *scheduled
    }
}

impl Driven for Hub {
    fn key(&self) -> usize {
        self.key
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }

    fn tend(&self) -> bool {
        let (goes_on, room) = Self::tend_connections(&self.drive());
        if room {
            self.settle();
        }
        goes_on
    }

    fn turn(&self, scratch: &mut Scratch) -> Turn {
        // Cleared first: what is asked for during the turn gets another one.
        self.attended.store(false, Ordering::SeqCst);
        self.pending.store(false, Ordering::SeqCst);
        let mut drive = self.drive();
        let more = self.turn_drive(&mut drive, scratch);
        if !self.is_closing() {
            self.settle();
        } else if !self.retire(&mut drive) {
            drop(drive);
            self.finish();
            return Turn::Done;
        }
        let next = self.next_turn(&drive);
        if more { Turn::Again } else { Turn::Wait(next) }
    }
}

/// Stores the levels of all contexts.
#[cold]
fn set_contexts(state: &mut PatternState) -> Vec<(Arc<Readiness>, Wake)> {
    let PatternState { protocol, pipes, contexts, .. } = state;
    let Some(states) = protocol.contexts() else { return Vec::new() };
    let set = |(id, readiness): &(ContextId, Arc<Readiness>)| {
        let levels = states.readiness_in(*id, pipes);
        let wake = readiness.set(Interest::IN | Interest::OUT, levels);
        (readiness.clone(), wake)
    };
    contexts.iter().map(set).collect()
}

/// Nobody waits any more for what is never to come.
fn end(readiness: &Readiness) -> Wake {
    readiness.set(Interest::TERM, Interest::TERM)
}

/// Tells neighbors what an operation left for them. No lock of this socket's pattern is held.
#[inline(never)]
fn tell(nudges: Nudges) {
    let others = nudges.len().saturating_sub(1);
    for (neighbor, nudge) in nudges {
        match nudge {
            Nudge::Work => neighbor.has_work(others),
            Nudge::Gathered => neighbor.has_gathered(),
            Nudge::Room => neighbor.has_room(),
            Nudge::Close => neighbor.close(),
            Nudge::Finish => neighbor.finish(),
        }
    }
}

/// What every call on a closed socket answers.
#[must_use]
pub fn closed(profile: &Profile) -> ErrorCode {
    match profile.dialect {
        crate::option::Dialect::Sp => ErrorCode::BadHandle,
        crate::option::Dialect::Zmtp => ErrorCode::NotSocket,
    }
}
