//! GATHER: messages of one part from all SCATTERs, in turn (RFC 49, a draft).
//!
//! Made by the table of socket kinds. But for the parts it is PULL.

pub use super::Pull as Gather;
