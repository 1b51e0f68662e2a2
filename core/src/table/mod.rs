//! Tables: the MessagePack that `sendTable` and `recvTable` carry, the same in every language.
//!
//! Called by bindings, which convert their own values without a tree in between: a [`Writer`] takes
//! values one after the other, a [`Reader`] gives them. [`Value`] is the tree for Rust programs and
//! tests. Format: the MessagePack specification, with its timestamp extension (type -1) and no other.
//!
//! Nothing here runs code, and nothing is bigger than the bytes allow: containers nest at most
//! [`MAX_DEPTH`] deep, hold at most [`MAX_ITEMS`] items together, and a length is held against the
//! bytes that remain before anyone allocates by it. Keys of maps are strings or integers.

mod format;
mod reader;
#[cfg(test)]
mod tests;
mod trail;
mod value;
mod writer;

pub use reader::{Reader, Token};
pub use value::{Key, Value};
pub use writer::Writer;

/// The length of something that follows `before` bytes of a table, if both can be in one.
fn length(before: usize, len: usize) -> Option<u32> {
    let end = (before as u64).checked_add(len as u64)?;
    if end <= MAX_BYTES { u32::try_from(len).ok() } else { None }
}

/// How deep arrays and maps may nest.
pub const MAX_DEPTH: usize = 64;

/// How many bytes one table may take; MessagePack's lengths end there too.
pub const MAX_BYTES: u64 = u32::MAX as u64;

/// How many items (elements of arrays, entries of maps) one table may hold in all.
pub const MAX_ITEMS: usize = 1_000_000;
