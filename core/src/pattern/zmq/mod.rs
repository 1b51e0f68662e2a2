//! The ZMTP socket types: one file per type, named by its wire name (RFC 28, 29, 30, 31).
//!
//! Made by the table of socket kinds. Messages have one or more frames; those that a pattern adds or
//! takes off (routing ids, delimiters) are frames like the others.

pub mod dealer;
mod hello;
pub mod pair;
pub mod pub_;
pub mod pull;
pub mod push;
pub mod rep;
pub mod req;
pub mod router;
pub mod sub;
pub mod xpub;
pub mod xsub;

pub use dealer::Dealer;
pub use pair::Pair;
pub use pub_::Pub;
pub use pull::Pull;
pub use push::Push;
pub use rep::Rep;
pub use req::Req;
pub use router::Router;
pub use sub::Sub;
pub use xpub::Xpub;
pub use xsub::Xsub;
