//! Reactor: gate and readiness are the engine's; there are no descriptors and no polls.

pub mod gate;
mod parker;
pub mod readiness;

pub use gate::Gate;
pub use parker::{Parker, Unpark};
pub use readiness::{Readiness, Waiter};

#[derive(Debug, Default)]
pub struct Scratch {
    pub has_news: bool,
}

/// Nobody sleeps in a socket's poll.
#[derive(Debug)]
pub struct Bed<'a>(::std::marker::PhantomData<&'a ()>);

impl Bed<'_> {
    pub fn prepare(&self) -> ::std::sync::Arc<Unpark> {
        unreachable!("there is none")
    }
}

/// When the I/O thread turns a socket again.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    Wait(Option<::std::time::Instant>),
    Again,
    Done,
}

#[derive(Debug)]
pub struct LevelDescriptor;

impl LevelDescriptor {
    pub fn new() -> ::std::io::Result<Self> {
        Ok(Self)
    }

    pub fn raw(&self) -> i32 {
        0
    }

    pub fn sync(&self, _: impl FnOnce() -> bool) {}
}
