//! Sessions: where a stream, an engine and a pipe are joined, and dialers and listeners make them.
//!
//! [`Hub`] is a socket's shared state, met by the user's calls from above and by the driver from
//! below. Its locks, in this order: *drive* (reads, timers, endpoints), then *pattern* or one
//! connection's *write*, then a lane. Two sockets' locks of one rank are never held together.

mod attach;
pub mod backoff;
mod closing;
pub mod config;
pub mod connection;
mod datagram;
pub mod dialer;
mod drive;
mod endpoints;
pub mod event;
pub mod hub;
pub mod inproc;
mod inquiry;
pub mod listener;
pub mod lull;
pub mod pace;
mod peer;
pub mod pulse;
pub mod realm;
mod sites;
pub mod watch;
pub mod writer;

pub use config::{Config, Notices, Profile, ReconnectStop};
pub use endpoints::EndpointKind;
pub use event::{Audience, Counter, Counters, Event, EventKind};
pub use hub::Hub;
pub use inquiry::Access;
pub use peer::Certified;
pub use pulse::Heartbeat;
pub use realm::Realm;
