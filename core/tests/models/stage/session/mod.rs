//! Session: the writer is the engine's, and so are the hub's functions that hand work over.

pub mod hub;
pub mod pace;
pub mod reader;
pub mod realm;
pub mod watch;
pub mod writer;

pub use hub::Hub;
