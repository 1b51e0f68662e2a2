//! Realm: what is asked of the I/O thread.

use ::std::sync::Arc;

use loom::sync::{Mutex, Notify};

use super::hub::Hub;
use crate::error::Error;

#[derive(Debug)]
pub struct Realm {
    requests: Mutex<Requests>,
    asked: Notify,
}

#[derive(Debug, Default)]
pub struct Requests {
    /// For turns.
    pub attend: bool,
    /// For ticks.
    pub lend: bool,
}

impl Default for Realm {
    fn default() -> Self {
        Self { requests: Mutex::new(Requests::default()), asked: Notify::new() }
    }
}

impl Realm {
    pub fn attend(&self, _: Arc<Hub>) -> Result<(), Error> {
        self.requests.lock().expect("not poisoned").attend = true;
        self.asked.notify();
        Ok(())
    }

    pub fn tell_io(&self, tell: impl FnOnce(&Self)) {
        tell(self);
    }

    pub fn withdraw(&self, _: i32) {}

    pub fn lend(&self, _: usize) {
        self.requests.lock().expect("not poisoned").lend = true;
        self.asked.notify();
    }

    /// The I/O thread sleeps until it is asked for something.
    pub fn sleep(&self) -> Requests {
        self.asked.wait();
        ::std::mem::take(&mut *self.requests.lock().expect("not poisoned"))
    }
}
