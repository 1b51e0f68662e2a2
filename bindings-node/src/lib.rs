//! The Node.js binding: what `lib/native.js` loads as `sockery.node`.
//!
//! It only converts arguments, bytes, errors and wakes; names and numbers come from the core's
//! tables, which `lib/*.js` loops over when it is loaded. Everything here runs on the thread of the
//! environment that called it, except the ring of [`wake::Wakes`] and the calls that wait in
//! a thread of their own (`Context.terminate`, `device` and `proxy`).

#![deny(unsafe_code)]

pub mod catalog;
pub mod conn;
pub mod context;
pub mod error;
pub mod keys;
pub mod message;
pub mod poller;
pub mod record;
pub mod socket;
pub mod table;
pub mod timers;
mod uv;
mod value;
pub mod wake;

use napi_derive::napi;

/// The version of the package.
#[napi]
pub fn version() -> &'static str {
    sockery::facade::version()
}

/// To be called once, by the main thread, when the process leaves.
#[napi]
pub fn leave() {
    sockery::facade::leave();
}
