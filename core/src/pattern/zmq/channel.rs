//! CHANNEL: one peer at a time, messages of one part both ways (RFC 52, a draft).
//!
//! Made by the table of socket kinds. But for the parts it is PAIR.

pub use super::Pair as Channel;
