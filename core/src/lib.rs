//! sockery: one messaging engine that speaks the Scalability Protocols (nanomsg, nng) and ZeroMQ's
//! ZMTP, for Rust and, through thin bindings, for Python, Lua and Node.js.
//!
//! Start at [`facade`]: [`facade::Context`] opens [`facade::Socket`]s. The floors below it, from
//! the bottom up (imports only ever go down; see `ARCHITECTURE.md`):
//!
//! | floor | modules | what they know |
//! |---|---|---|
//! | 0 | [`error`], [`option`], [`interest`], [`lock`], [`pool`] | names, numbers, types, ranges; the order of locks; recycled memory |
//! | 1 | [`message`], [`table`], [`record`] | what is carried; MessagePack tables; C structures |
//! | 2 | [`wire`], [`pattern`] | bytes to messages; which pipe, in which order. Pure, and strangers to each other |
//! | 3 | [`transport`], [`reactor`] | byte streams; readiness, timers, waiting |
//! | 4 | [`session`] | joins stream, engine and pipe |
//! | 5 | [`socket`]; [`socketcore`] beside it | what the user holds; plain sockets whose results are messages |
//! | 6 | [`facade`] | the only thing that bindings import |

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod error;
pub mod facade;
pub mod interest;
pub mod lock;
pub mod message;
pub mod option;
pub mod pattern;
pub mod pool;
pub mod reactor;
pub mod record;
pub mod session;
pub mod socket;
pub mod socketcore;
pub mod table;
pub mod transport;
pub mod wire;

/// `cargo test` compiles and runs the Rust of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
