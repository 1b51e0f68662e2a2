//! Waiting: try, arm, try again, sleep. The one loop behind every blocking call.

use std::time::{Duration, Instant};

use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    reactor::{Parker, Readiness, Waiter},
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
    pub(super) fn deadline(self) -> Option<Instant> {
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

/// Repeats `attempt` until it answers, sleeping between attempts until one of `interest` holds.
pub(super) fn until<T>(
    readiness: &Readiness,
    interest: Interest,
    deadline: Option<Instant>,
    mut attempt: impl FnMut() -> Option<T>,
) -> Result<T, Ended> {
    if let Some(answer) = attempt() {
        return Ok(answer);
    }
    loop {
        if deadline.is_some_and(|at| at <= Instant::now()) {
            return Err(Ended::Deadline);
        }
        let slept = Parker::with(|parker| {
            let armed = readiness.arm(interest, Waiter::Park(parker.prepare()));
            let answer = attempt();
            let parked = match answer {
                Some(_) => Ok(()),
                None => parker.park(deadline, |_, _| {}),
            };
            readiness.disarm(armed);
            parked.map(|()| answer)
        });
        let slept = slept.map_err(|error| Ended::Error(error.into()))?;
        match slept {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => {}
            Err(error) => return Err(Ended::Error(interrupted(error.into()))),
        }
        if let Some(answer) = attempt() {
            return Ok(answer);
        }
    }
}

fn interrupted(error: Error) -> Error {
    match error.code() {
        ErrorCode::Interrupted => ErrorCode::Interrupted.into(),
        _ => error,
    }
}
