//! SCATTER: each message of one part to one of the GATHERs, in turn (RFC 49, a draft).
//!
//! Made by the table of socket kinds. But for the parts it is PUSH.

pub use super::Push as Scatter;
