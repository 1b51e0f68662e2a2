//! DGRAM: datagrams from anybody and to anybody, each with an address before its body (a draft, over
//! udp alone).
//!
//! Made by the table of socket kinds. The other end of its pipe is the whole network, so its rules are
//! those of PAIR.

pub use super::Pair as Dgram;
