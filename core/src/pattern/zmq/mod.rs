//! The ZMTP socket types: one file per type, named by its wire name (RFC 28, 29, 30, 31; drafts: RFC 41,
//! 48, 49, 51, 52).
//!
//! Made by the table of socket kinds. Messages have one or more frames; those that a pattern adds or
//! takes off (routing ids, delimiters) are frames like the others.

pub mod channel;
pub mod client;
pub mod dealer;
pub mod dgram;
pub mod dish;
pub mod gather;
mod hello;
pub mod pair;
pub mod peer;
pub mod pub_;
pub mod pull;
pub mod push;
pub mod radio;
pub mod rep;
pub mod req;
pub mod router;
pub mod scatter;
pub mod server;
pub mod stream;
pub mod sub;
pub mod xpub;
pub mod xsub;

pub use channel::Channel;
pub use client::Client;
pub use dealer::Dealer;
pub use dgram::Dgram;
pub use dish::Dish;
pub use gather::Gather;
pub use pair::Pair;
pub use peer::Peer;
pub use pub_::Pub;
pub use pull::Pull;
pub use push::Push;
pub use radio::Radio;
pub use rep::Rep;
pub use req::Req;
pub use router::Router;
pub use scatter::Scatter;
pub use server::Server;
pub use stream::Stream;
pub use sub::Sub;
pub use xpub::Xpub;
pub use xsub::Xsub;
