//! PEER: messages of one part from and to other PEERs, each named by its routing id (RFC 51, a draft).
//!
//! Made by the table of socket kinds. But for who may stand at the other end it is SERVER.

pub use super::Server as Peer;
