//! Reactor: gate and readiness are the engine's; polls know only of wakes, and there are no descriptors.

pub mod gate;
mod parker;
pub mod readiness;
pub mod shared_poll;
pub mod unpark;
mod vigil;

pub use gate::Gate;
pub use parker::Parker;
pub use readiness::{Readiness, Waiter};
pub use shared_poll::{Bed, SharedPoll};
pub use unpark::Unpark;
pub use vigil::Vigil;

#[derive(Debug, Default)]
pub struct Scratch {
    pub has_news: bool,
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
