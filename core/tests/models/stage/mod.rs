//! Stage: what the engine's sources find around them in a model. The floors that are stood in for do
//! as little as the models need.

pub mod std {
    //! The standard library, but locks and atomics are loom's.
    pub use ::std::*;
    pub use loom::thread;
    pub mod sync {
        pub use super::super::atomic;
        pub use ::std::sync::{Arc, OnceLock, PoisonError, Weak};
        pub use loom::sync::{Mutex, MutexGuard};
    }
}

pub mod atomic;
pub mod lock;
pub mod mio;
pub mod models;
pub mod pattern {
    pub mod lane;
    pub use lane::Lane;
}
pub mod reactor;
pub mod session;
pub mod transport;
#[path = "socket/wait.rs"]
pub mod wait;

pub use sockery::{error, interest, message, wire};
