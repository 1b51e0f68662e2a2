//! Waiting: try, arm, look again, sleep. The one loop behind every blocking call.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    reactor::{Bed, Parker, Readiness, Unpark, Waiter},
    session::Hub,
};

/// How long a call may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all: EAGAIN.
    No,
    /// As long as it takes.
    Forever,
    /// Until this moment.
    Until(Instant),
    /// As long as the socket's SNDTIMEO or RCVTIMEO says.
    Option,
}

impl Wait {
    /// From milliseconds; negative is for ever.
    #[must_use]
    pub fn millis(ms: i64) -> Self {
        u64::try_from(ms).map_or(Self::Forever, |ms| {
            // A moment past the clock's range is as good as for ever.
            let until = Instant::now().checked_add(Duration::from_millis(ms));
            until.map_or(Self::Forever, Self::Until)
        })
    }

    /// The deadline: `None` is for ever. `No` is a deadline that has passed.
    #[must_use]
    pub fn deadline(self) -> Option<Instant> {
        match self {
            Self::No => Some(Instant::now()),
            Self::Until(at) => Some(at),
            Self::Forever | Self::Option => None,
        }
    }
}

/// Why waiting ended without an answer.
#[derive(Debug)]
pub(super) enum Ended {
    /// The deadline passed.
    Deadline,
    /// A signal came (EINTR), or the process is out of descriptors.
    Error(Error),
}

/// What is waited on: readiness that others change, and perhaps a socket to drive meanwhile.
pub(super) trait Awaited {
    /// Tells of changes.
    fn readiness(&self) -> &Readiness;
    /// The socket that the waiting thread drives.
    fn driven(&self) -> Option<&Hub> {
        None
    }
}

impl Awaited for Readiness {
    fn readiness(&self) -> &Readiness {
        self
    }
}

impl Awaited for Hub {
    fn readiness(&self) -> &Readiness {
        Self::readiness(self)
    }

    fn driven(&self) -> Option<&Hub> {
        Some(self)
    }
}

/// From so many bytes on, a message's sender keeps pace with the streams if it may wait.
pub(super) const LARGE: usize = 32 * 1024;

/// Repeats `attempt` until it answers, sleeping between attempts until one of `interest` holds.
/// `deadline` is asked once the first attempt was in vain: the clock costs as much as a send.
pub(super) fn until<T>(
    awaited: &impl Awaited,
    interest: Interest,
    deadline: impl FnOnce() -> Option<Instant>,
    mut attempt: impl FnMut() -> Option<T>,
) -> Result<T, Ended> {
    match attempt() {
        Some(answer) => Ok(answer),
        None => until_again(awaited, interest, deadline, attempt),
    }
}

/// The same after a first attempt that was in vain.
pub(super) fn until_again<T>(
    awaited: &impl Awaited,
    interest: Interest,
    deadline: impl FnOnce() -> Option<Instant>,
    mut attempt: impl FnMut() -> Option<T>,
) -> Result<T, Ended> {
    let deadline = deadline();
    if deadline.is_some_and(|at| at <= Instant::now()) {
        return look(awaited.driven(), attempt);
    }
    let slept = Parker::with(|parker| {
        let drives = Drives::enter_alone(awaited.driven(), interest, parker)?;
        if let Some(answer) = watch(awaited, &drives, interest, parker, &mut attempt) {
            return Ok(answer);
        }
        loop {
            if let Some(answer) = sleep(awaited, &drives, interest, deadline, parker, &mut attempt)?
            {
                return Ok(answer);
            }
            if deadline.is_some_and(|at| at <= Instant::now()) {
                return Err(Ended::Deadline);
            }
        }
    });
    slept.unwrap_or_else(|error| Err(Ended::Error(error.into())))
}

/// One look without waiting. What a socket was lent for is done first: nobody else does it now.
fn look<T>(hub: Option<&Hub>, mut attempt: impl FnMut() -> Option<T>) -> Result<T, Ended> {
    let Some(hub) = hub.filter(|hub| hub.look_in()) else { return Err(Ended::Deadline) };
    let turned = Parker::with(|parker| hub.turn_here(parker.scratch()));
    turned.map_err(|error| Ended::Error(error.into()))?;
    attempt().ok_or(Ended::Deadline)
}

/// One turn by an event loop, after which the socket is lent: the I/O thread takes it back when no
/// other turn follows soon. True when more is to be done that the socket's poll does not tell of.
pub(super) fn turn(hub: &Hub) -> Result<bool, Error> {
    if hub.enter().is_none() {
        return Ok(false);
    }
    let turned = Parker::with(|parker| hub.turn_here(parker.scratch()));
    hub.leave();
    turned?;
    Ok(hub.is_pending())
}

/// Watches for a moment before the first sleep, where that pays. Nobody is told to wake this thread:
/// it sees levels that others change. Who waits for room leaves the core to those who are to make it.
fn watch<T>(
    awaited: &impl Awaited,
    drives: &Drives<'_>,
    interest: Interest,
    parker: &mut Parker,
    attempt: &mut impl FnMut() -> Option<T>,
) -> Option<T> {
    let readiness = awaited.readiness();
    if interest != Interest::IN {
        return None;
    }
    readiness.vigil().keep(|| {
        if drives.look(parker) {
            drives.turn(parker);
        }
        may_succeed(readiness, interest).then(&mut *attempt).flatten()
    })
}

/// Arms, tries again if that is of any use, sleeps, does what the socket has to do, and tries once more.
fn sleep<T>(
    awaited: &impl Awaited,
    drives: &Drives<'_>,
    interest: Interest,
    deadline: Option<Instant>,
    parker: &mut Parker,
    attempt: &mut impl FnMut() -> Option<T>,
) -> Result<Option<T>, Ended> {
    let readiness = awaited.readiness();
    let armed = readiness.arm(interest, Waiter::Park(drives.prepare(parker)));
    let mut answer = if may_succeed(readiness, interest) { attempt() } else { None };
    let busy = drives.has_work(parker);
    let parked = match answer {
        Some(_) => Ok(()),
        None => {
            let until = if busy { Some(Instant::now()) } else { deadline };
            drives.park(parker, until)
        }
    };
    readiness.disarm(armed);
    parked.map_err(|error| Ended::Error(interrupted(error.into())))?;
    if answer.is_none() {
        if busy || drives.has_work(parker) {
            drives.turn(parker);
        }
        answer = attempt();
    }
    Ok(answer)
}

/// Whether an attempt may succeed: what is waited for holds, or is no level and must be tried.
fn may_succeed(readiness: &Readiness, interest: Interest) -> bool {
    let levels = Interest::IN | Interest::OUT;
    interest != interest & levels
        || interest.is_empty()
        || readiness.levels().intersects(interest | Interest::TERM)
}

/// A stay at a socket's gate: this thread drives the socket until it is dropped.
#[derive(Default)]
pub(super) struct Drives<'a> {
    hub: Option<&'a Hub>,
    /// The thread sleeps in the socket's own poll.
    bed: Option<Bed<'a>>,
}

impl<'a> Drives<'a> {
    /// Comes to drive `hub`, if there is one and it has something to drive, among others.
    pub(super) fn enter(hub: Option<&'a Hub>, parker: &mut Parker) -> Result<Self, Ended> {
        Self::enter_by(hub, |_| None, parker)
    }

    /// Comes to drive `hub` and nothing else. Who waits for messages sleeps in its poll: one thread,
    /// and not who only sends, since that takes a descriptor for a socket's life.
    fn enter_alone(
        hub: Option<&'a Hub>,
        interest: Interest,
        parker: &mut Parker,
    ) -> Result<Self, Ended> {
        let receives = interest.intersects(Interest::IN);
        Self::enter_by(hub, |hub| if receives { hub.bed() } else { None }, parker)
    }

    fn enter_by(
        hub: Option<&'a Hub>,
        bed: impl FnOnce(&'a Hub) -> Option<Bed<'a>>,
        parker: &mut Parker,
    ) -> Result<Self, Ended> {
        if let Some(hub) = hub {
            hub.flush_gathered();
        }
        let entered = hub.and_then(|hub| hub.enter().map(|descriptor| (hub, descriptor)));
        let Some((hub, descriptor)) = entered else { return Ok(Self::default()) };
        let drives = Self { hub: Some(hub), bed: bed(hub) };
        if drives.bed.is_none() {
            let nested = parker.nest(hub.key(), descriptor);
            nested.map_err(|error| Ended::Error(error.into()))?;
        }
        Ok(drives)
    }

    /// Forgets wakes of earlier sleeps, and gives what ends the next one.
    fn prepare(&self, parker: &mut Parker) -> Arc<Unpark> {
        self.bed.as_ref().map_or_else(|| parker.prepare(), Bed::prepare)
    }

    /// Sleeps where [`Drives::prepare`] said.
    fn park(&self, parker: &mut Parker, deadline: Option<Instant>) -> io::Result<()> {
        match &self.bed {
            Some(bed) => parker.sleep_in(bed, deadline),
            None => parker.park(deadline, |_, _| {}).map(|_| ()),
        }
    }

    /// Looks into the poll without sleeping. Whether the socket has something to do.
    fn look(&self, parker: &mut Parker) -> bool {
        self.hub.is_some()
            && self.park(parker, Some(Instant::now())).is_ok()
            && self.has_work(parker)
    }

    /// Whether the socket has something to do: its poll told so, or what no poll tells of.
    pub(super) fn has_work(&self, parker: &mut Parker) -> bool {
        self.hub
            .is_some_and(|hub| parker.was_told(hub.key()) | parker.has_news() | hub.is_pending())
    }

    /// Does what the socket has to do.
    pub(super) fn turn(&self, parker: &mut Parker) {
        if let Some(hub) = self.hub {
            hub.turn_here(parker.scratch());
        }
    }
}

impl Drop for Drives<'_> {
    fn drop(&mut self) {
        if let Some(hub) = self.hub {
            hub.leave();
        }
    }
}

fn interrupted(error: Error) -> Error {
    match error.code() {
        ErrorCode::Interrupted => ErrorCode::Interrupted.into(),
        _ => error,
    }
}
