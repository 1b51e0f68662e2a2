//! PUSH: each message to one of the peers, in turn (RFC 30).
//!
//! Made by the table of socket kinds. The rules are those of SP's push0, so it is that.

pub use crate::pattern::sp::Push0 as Push;
