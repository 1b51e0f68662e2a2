//! The reactor: readiness, timers, waiting, and the background thread. Knows no sockets, only what
//! can be driven ([`io_thread::Driven`]) and who waits ([`readiness::Readiness`]).

pub mod cores;
pub mod descriptor;
pub mod gate;
pub mod hope;
pub mod io_thread;
pub mod parker;
pub mod readiness;
pub mod schedule;
pub mod shared_poll;
pub mod timer;
pub mod unpark;
pub mod vigil;

pub use descriptor::LevelDescriptor;
pub use gate::Gate;
pub use hope::Hope;
pub use io_thread::{Driven, IoThread, Place, Scratch, Turn};
pub use parker::{Parker, look_at_signals};
pub use readiness::{Readiness, Waiter, Wake};
pub use schedule::Schedule;
pub use shared_poll::{Bed, SharedPoll};
pub use timer::Timers;
pub use unpark::Unpark;
pub use vigil::Vigil;
