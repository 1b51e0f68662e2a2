//! PAIR: one peer at a time, messages both ways (RFC 31).
//!
//! Made by the table of socket kinds. The rules are those of SP's pair0, so it is that.

pub use crate::pattern::sp::Pair0 as Pair;
