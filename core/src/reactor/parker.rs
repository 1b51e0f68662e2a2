//! Parker: where a thread sleeps until a socket, a plain descriptor, a signal or a deadline wakes it.
//!
//! It sleeps in the poll, not on a futex, so that a signal ends the wait (EINTR) and the interpreter
//! above can look at it. Each waiting thread keeps one, made at its first wait.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io, mem,
    os::fd::RawFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use mio::{Events, Interest as MioInterest, Poll, Token, unix::SourceFd};

use super::{Bed, Scratch, Unpark, Vigil};
use crate::interest::Interest;

const WAKE: Token = Token(usize::MAX);
/// Set in the tokens of sockets' polls, which are nested in the parker's.
const NESTED: usize = 1 << (usize::BITS - 2);
/// Nested polls kept from earlier waits, before they are all let go; twice what one wait needs, if
/// that is more.
const KEPT_NESTED: usize = 256;
/// After so long a wait ends once for a look at signals, and when it goes on, after ten times as long.
const FIRST_LOOK: Duration = Duration::from_millis(100);
const NEXT_LOOK: u32 = 10;
/// A wait that begins so soon after a look goes on after it.
const GOING_ON: Duration = Duration::from_millis(10);
static LOOKS_AT_SIGNALS: AtomicBool = AtomicBool::new(false);

/// The program looks at signals when a wait ends with `Interrupted`, and waits again. One that comes
/// just before a thread sleeps, or that another thread catches, ends no sleep; so from now on waits that
/// last end so now and then: after 100 ms, and ever more rarely.
pub fn look_at_signals() {
    LOOKS_AT_SIGNALS.store(true, Ordering::Relaxed);
}

/// See the module's text.
#[derive(Debug)]
pub struct Parker {
    poll: Poll,
    events: Events,
    unpark: Arc<Unpark>,
    /// Sockets whose polls are nested, by key. They stay from wait to wait.
    nested: BTreeMap<usize, RawFd>,
    /// How many of them are kept.
    kept: usize,
    /// Those whose poll told of events since they were last driven. It tells once, perhaps in a
    /// wait for another socket, so it is remembered for the wait that drives this one.
    told: BTreeSet<usize>,
    scratch: Option<Box<Scratch>>,
    /// When a sleep last ended for a look at signals, and how long it had lasted.
    looked: Option<(Instant, Duration)>,
    /// Of [`Parker::watch_and_park`].
    vigil: Vigil,
}

/// A sleep is to end at this moment, after so long, for a look at signals.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    patience: Duration,
}

thread_local! {
    static PARKER: RefCell<Option<Box<Parker>>> = const { RefCell::new(None) };
}

impl Parker {
    fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let unpark = Arc::new(Unpark::new(poll.registry(), WAKE)?);
        let events = Events::with_capacity(64);
        Ok(Self {
            poll,
            events,
            unpark,
            nested: BTreeMap::new(),
            kept: KEPT_NESTED,
            told: BTreeSet::new(),
            scratch: None,
            looked: None,
            vigil: Vigil::default(),
        })
    }

    /// The thread's buffers for driving sockets.
    pub fn scratch(&mut self) -> &mut Scratch {
        self.scratch.get_or_insert_default()
    }

    /// Also wake when this socket's poll has events, in this and in later waits.
    pub fn nest(&mut self, key: usize, descriptor: RawFd) -> io::Result<()> {
        if self.nested.contains_key(&key) {
            return Ok(());
        }
        let token = Token(key | NESTED);
        self.poll.registry().register(&mut SourceFd(&descriptor), token, MioInterest::READABLE)?;
        self.nested.insert(key, descriptor);
        Ok(())
    }

    /// Lends this thread's parker. Fails when the process is out of descriptors.
    pub fn with<R>(body: impl FnOnce(&mut Self) -> R) -> io::Result<R> {
        // Taken out while it is used, so that a nested wait makes one of its own.
        let mut parker = match PARKER.with(|cell| cell.borrow_mut().take()) {
            Some(parker) => parker,
            None => Box::new(Self::new()?),
        };
        let trimmed = parker.trim();
        let result = body(&mut parker);
        if trimmed {
            parker.kept = KEPT_NESTED.max(2 * parker.nested.len());
        }
        PARKER.with(|cell| *cell.borrow_mut() = Some(parker));
        Ok(result)
    }

    /// Whether the poll of this nested socket told of events since this was last asked.
    pub fn was_told(&mut self, key: usize) -> bool {
        self.told.remove(&key)
    }

    /// Lets go of nested polls when many were left behind by earlier waits; those of closed sockets
    /// are gone from the poll already, but still in the list.
    fn trim(&mut self) -> bool {
        let trims = self.nested.len() > self.kept;
        if trims {
            for old in mem::take(&mut self.nested).into_values() {
                let _ = self.poll.registry().deregister(&mut SourceFd(&old));
            }
            self.told.clear();
        }
        trims
    }

    /// Forgets wakes of earlier waits, and gives what wakes the next one.
    pub fn prepare(&mut self) -> Arc<Unpark> {
        Unpark::prepared(&self.unpark)
    }

    /// Also wake for this descriptor, reported under `key`, in the waits that follow. Returns false
    /// for what can always be read and written (a regular file).
    pub fn watch(&mut self, descriptor: RawFd, key: usize, interest: Interest) -> io::Result<bool> {
        let Some(wanted) = to_mio(interest) else { return Ok(true) };
        match self.poll.registry().register(&mut SourceFd(&descriptor), Token(key), wanted) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes a watch back.
    pub fn unwatch(&mut self, descriptor: RawFd) {
        // Fails when the descriptor was closed meanwhile, which took the watch back already.
        let _ = self.poll.registry().deregister(&mut SourceFd(&descriptor));
    }

    /// Sleeps in a socket's own poll. What that tells is kept for the turn that follows.
    pub fn sleep_in(&mut self, bed: &Bed<'_>, deadline: Option<Instant>) -> io::Result<()> {
        let look = self.next_look(deadline);
        let until = look.map(|look| look.at).or(deadline);
        let scratch = self.scratch();
        bed.sleep(&mut scratch.events, until)?;
        scratch.has_news = !scratch.events.is_empty();
        let slept_through = !scratch.has_news;
        self.end_look(look, slept_through)
    }

    /// When the sleep that follows is to end for a look at signals, if it is.
    fn next_look(&self, deadline: Option<Instant>) -> Option<Look> {
        if !LOOKS_AT_SIGNALS.load(Ordering::Relaxed) {
            return None;
        }
        let now = Instant::now();
        let goes_on = self.looked.filter(|(at, _)| now < *at + GOING_ON);
        let patience = goes_on.map_or(FIRST_LOOK, |(_, lasted)| lasted.saturating_mul(NEXT_LOOK));
        let at = now.checked_add(patience)?;
        deadline.is_none_or(|deadline| at < deadline).then_some(Look { at, patience })
    }

    /// A sleep ended; whether that was for the look.
    fn end_look(&mut self, look: Option<Look>, slept_through: bool) -> io::Result<()> {
        let Some(Look { at, patience }) = look.filter(|_| slept_through) else { return Ok(()) };
        let now = Instant::now();
        if now < at {
            return Ok(());
        }
        self.looked = Some((now, patience));
        Err(io::ErrorKind::Interrupted.into())
    }

    /// Whether the last sleep in a socket's poll brought news that are not served yet.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.scratch.as_ref().is_some_and(|scratch| scratch.has_news)
    }

    /// Sleeps until a wake, a watched descriptor, a nested socket or the deadline; a signal is
    /// `Interrupted`. Calls `ready` for each descriptor, under the key it is watched with. Answers
    /// whether anything came.
    pub fn park(
        &mut self,
        deadline: Option<Instant>,
        mut ready: impl FnMut(usize, Interest),
    ) -> io::Result<bool> {
        let look = self.next_look(deadline);
        let until = look.map(|look| look.at).or(deadline);
        self.poll.poll(&mut self.events, timeout(until))?;
        for event in self.events.iter().filter(|event| event.token() != WAKE) {
            let token = event.token().0;
            if token & NESTED != 0 {
                self.told.insert(token & !NESTED);
                continue;
            }
            let mut holds = Interest::NONE;
            for (is, state) in [
                (event.is_readable() || event.is_read_closed(), Interest::IN),
                (event.is_writable(), Interest::OUT),
                (event.is_error(), Interest::ERR),
                (event.is_priority(), Interest::PRI),
            ] {
                if is {
                    holds = holds | state;
                }
            }
            ready(token, holds);
        }
        let came = !self.events.is_empty();
        self.end_look(look, !came).map(|()| came)
    }

    /// The same, but for a [`Vigil`] before the sleep.
    pub fn watch_and_park(
        &mut self,
        deadline: Option<Instant>,
        mut ready: impl FnMut(usize, Interest),
    ) -> io::Result<bool> {
        let vigil = mem::take(&mut self.vigil);
        let seen = vigil.keep(|| match self.park(Some(Instant::now()), &mut ready) {
            Ok(false) => None,
            parked => Some(parked),
        });
        self.vigil = vigil;
        seen.unwrap_or_else(|| self.park(deadline, ready))
    }
}

/// For how long a poll is to wait until then.
pub(super) fn timeout(deadline: Option<Instant>) -> Option<Duration> {
    deadline.map(|at| round_up(at.saturating_duration_since(Instant::now())))
}

/// The poll counts in milliseconds; rounding down would spin through the last one.
fn round_up(timeout: Duration) -> Duration {
    let whole = Duration::from_millis(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
    if whole < timeout { whole + Duration::from_millis(1) } else { whole }
}

fn to_mio(interest: Interest) -> Option<MioInterest> {
    let parts = [
        (Interest::IN, MioInterest::READABLE),
        (Interest::OUT, MioInterest::WRITABLE),
        #[cfg(target_os = "linux")]
        (Interest::PRI, MioInterest::PRIORITY),
    ];
    let wanted = parts.into_iter().filter(|(ours, _)| interest.intersects(*ours));
    let wanted = wanted.map(|(_, theirs)| theirs).reduce(|one, other| one | other);
    // Errors are always reported; asking for reads is the least that mio registers.
    wanted.or_else(|| interest.intersects(Interest::ERR).then_some(MioInterest::READABLE))
}
