//! Parker: sleeps until it is woken; nothing else ends its sleep.

use ::std::{io, sync::Arc, time::Instant};

use loom::sync::Notify;

use super::{Bed, Scratch};
use crate::interest::Interest;

#[derive(Debug)]
pub struct Unpark(Notify);

impl Unpark {
    pub fn unpark(&self) {
        self.0.notify();
    }
}

#[derive(Debug)]
pub struct Parker {
    unpark: Arc<Unpark>,
    scratch: Scratch,
}

impl Default for Parker {
    fn default() -> Self {
        Self { unpark: Arc::new(Unpark(Notify::new())), scratch: Scratch::default() }
    }
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
        self.unpark.clone()
    }

    pub fn sleep_in(&mut self, _: &Bed<'_>, _: Option<Instant>) -> io::Result<()> {
        Ok(())
    }

    pub fn has_news(&self) -> bool {
        false
    }

    pub fn park(
        &mut self,
        deadline: Option<Instant>,
        _: impl FnMut(usize, Interest),
    ) -> io::Result<()> {
        if deadline.is_none() {
            self.unpark.0.wait();
        }
        Ok(())
    }
}
