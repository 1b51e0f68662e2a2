//! Parker: sleeps until it is woken; nothing else ends its sleep.

use ::std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Bed, Scratch, Unpark};
use crate::{
    interest::Interest,
    mio::{Events, Poll, Token},
};

#[derive(Debug)]
pub struct Parker {
    poll: Poll,
    unpark: Arc<Unpark>,
    scratch: Scratch,
}

impl Default for Parker {
    fn default() -> Self {
        let poll = Poll::new().expect("nothing fails here");
        let unpark = Unpark::new(poll.registry(), Token(0)).expect("nothing fails here");
        Self { poll, unpark: Arc::new(unpark), scratch: Scratch::default() }
    }
}

/// The time does not pass: there is some until the moment, or none is set.
pub fn timeout(deadline: Option<Instant>) -> Option<Duration> {
    deadline.map(|_| Duration::ZERO)
}

impl Parker {
    pub fn with<R>(body: impl FnOnce(&mut Self) -> R) -> io::Result<R> {
        Ok(body(&mut Self::default()))
    }

    pub fn scratch(&mut self) -> &mut Scratch {
        &mut self.scratch
    }

    pub fn nest(&mut self, _: usize, _: i32) -> io::Result<()> {
        Ok(())
    }

    /// The streams have no news: what they had was told before the model begins.
    pub fn was_told(&mut self, _: usize) -> bool {
        false
    }

    pub fn prepare(&mut self) -> Arc<Unpark> {
        Unpark::prepared(&self.unpark)
    }

    pub fn sleep_in(&mut self, bed: &Bed<'_>, deadline: Option<Instant>) -> io::Result<()> {
        let mut events = Events::default();
        bed.sleep(&mut events, deadline)?;
        self.scratch.has_news = !events.is_empty();
        Ok(())
    }

    pub fn has_news(&self) -> bool {
        self.scratch.has_news
    }

    pub fn park(
        &mut self,
        deadline: Option<Instant>,
        _: impl FnMut(usize, Interest),
    ) -> io::Result<()> {
        self.poll.poll(&mut Events::default(), timeout(deadline))
    }
}
