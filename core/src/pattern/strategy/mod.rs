//! Strategies: the ways of choosing pipes that several protocols share, in either dialect.
//!
//! Called by the protocols of `sp/` and `zmq/`, under the pattern lock. A strategy sees whole
//! messages only, so none carries the state of a message half sent.

pub mod exclusive;
pub mod fair_queue;
pub mod fan_out;
pub mod filter;
pub mod load_balance;
pub mod multi_trie;
pub mod pipe_map;
pub mod prefix_map;
pub mod rotation;
pub mod route;
pub mod tags;
pub mod trie;

use std::hash::{BuildHasher, Hasher, RandomState};

pub use exclusive::Exclusive;
pub use fair_queue::FairQueue;
pub use fan_out::{FanOut, WhenFull};
pub use filter::Filter;
pub use load_balance::LoadBalance;
pub use multi_trie::{MultiTrie, Removed};
pub use pipe_map::PipeMap;
pub use prefix_map::PrefixMap;
pub use rotation::Rotation;
pub use route::Route;
pub use tags::Tags;
pub use trie::Trie;

use super::{Admission, DropReason, Pipes};
use crate::{
    interest::Interest,
    message::{Message, PipeId},
};

/// The levels of a socket that can receive now, can send now, or both.
#[must_use]
pub fn levels(receive: bool, send: bool) -> Interest {
    let receive = if receive { Interest::IN } else { Interest::NONE };
    receive | if send { Interest::OUT } else { Interest::NONE }
}

/// Ends an admission in the usual way: the reserved place is used, or the drop counted.
pub fn settle(admission: Admission, message: Message, pipes: &mut Pipes) {
    match admission {
        Admission::Pipe(pipe) => pipes.push_reserved(pipe, message),
        Admission::Drop(reason) => pipes.count_drop(reason),
        // Only patterns that fan out admit to all, and those do not settle here.
        Admission::All => pipes.count_drop(DropReason::NoRoute),
    }
}

/// Drops what came by a pipe of a socket that cannot receive. Left in its lane it would stop the
/// reading of the connection, and with it the hearing of its end.
pub fn discard_incoming(pipe: PipeId, pipes: &mut Pipes) {
    while pipes.pop(pipe).is_some() {
        pipes.count_drop(DropReason::Malformed);
    }
}

/// A number to start counting from that a peer cannot guess.
#[must_use]
pub fn random_start() -> u32 {
    let bytes = RandomState::new().build_hasher().finish().to_ne_bytes();
    u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
