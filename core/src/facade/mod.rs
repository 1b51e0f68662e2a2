//! The facade: the only thing that bindings import. Plain types, no generics, no lifetimes, no
//! futures; every object may be shared between threads.
//!
//! [`Context`] opens [`Socket`]s of a [`Kind`]; [`kind`] finds one by its numbers. Messages are
//! whole ([`Socket::send`], [`Socket::recv`]) or part by part. What would block answers by
//! [`Wait`]. [`catalog`] lists constants, options and errors, so that no binding repeats one;
//! [`table`] and [`record`] turn values into bytes and back.

pub mod catalog;

pub use crate::{
    error::{ERRORS, Error, ErrorCode, ErrorRow, Result},
    interest::Interest,
    message::{Frame, Message, PeerInfo, PipeId, Shape},
    option::{
        Access, Dialect, OptionKind, OptionRow, Scope, Value, find_context_name, find_name, z85,
    },
    record,
    socket::{
        Armed, Context, Descriptor, EndpointInfo, EventKind as SocketEvent, Kind, Socket, Unsent,
        UnsentFrame, Wait,
        device::Device,
        directed::Direction,
        kind::{kind, kinds},
        look_at_signals,
        poller::{Pollable, Poller, poll},
        proxy::Proxy,
        security::{curve_keypair, curve_public},
        timers::Timers,
    },
    socketcore::{Argument, Certificates, Code, Event, Kind as EventKind, Station},
    table,
};

use crate::{
    socket::context::{self, exit_limit},
    socketcore,
};

/// Ends the engine's work for this process, within `SOCKERY_EXIT_MS`.
pub fn leave() {
    let unsent = socketcore::leave(exit_limit());
    if unsent > 0 {
        eprintln!("sockery: {unsent} bytes of socketcore sockets were not sent");
    }
    context::leave();
}

/// To be called in the child after a fork: what was inherited is not touched any more.
pub fn forked() {
    context::forked();
    socketcore::forked();
}

/// The version of the package.
#[must_use]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
