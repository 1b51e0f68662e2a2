//! Records: the C structures that `sendStruct` and `recvStruct` carry, the same in every language.
//!
//! A record is described once, by a text: `"u8 kind; f64 at; char[16] name; {i16 x; i16 y} pos[2]"`.
//! [`Layout`] is what a C compiler makes of it, little endian. Called by bindings, which convert
//! their own values without a tree in between: a [`Writer`] says what it wants next, a [`Reader`]
//! gives one value after the other, both in the order of the fields. [`Value`] is the tree for Rust
//! programs and tests.
//!
//! | in a field list | value |
//! |---|---|
//! | `i8 u8 i16 u16 i32 u32 i64 u64` | an integer |
//! | `f32 f64` | a floating-point number |
//! | `bool` | a boolean, in one byte |
//! | `char[16]` | at most so many bytes; NULs fill the rest, and are cut from the end on reading |
//! | `{i16 x; i16 y}` | a record in the record |
//! | `i32[4] name`, `i32 name[4]` | an array; with several lengths the first is the outermost |
//! | `pack(N);` at the very front | nothing is aligned to more than N: 1, 2, 4 or 8 bytes |
//!
//! Nothing is bigger than the limits below, which are checked before memory is asked for.

mod cursor;
mod layout;
mod parse;
mod reader;
#[cfg(test)]
mod tests;
mod value;
mod writer;

pub use layout::{Array, Field, Layout, Number, Shape};
pub use reader::{Reader, Token};
pub use value::Value;
pub use writer::{Want, Writer};

/// How deep records and arrays may nest, the outermost record counted.
pub const MAX_DEPTH: usize = 16;

/// How many fields one description may have in all.
pub const MAX_FIELDS: usize = 4096;

/// How many bytes a record may take.
pub const MAX_SIZE: usize = 16 * 1024 * 1024;

/// How long a field list may be, in bytes.
pub const MAX_TEXT: usize = 64 * 1024;
