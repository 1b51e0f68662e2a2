//! PULL: messages from all peers, in turn (RFC 30).
//!
//! Made by the table of socket kinds. The rules are those of SP's pull0, so it is that.

pub use crate::pattern::sp::Pull0 as Pull;
