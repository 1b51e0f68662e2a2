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
    message::{Frame, Message, PeerInfo},
    option::{
        Access, Dialect, OptionKind, OptionRow, Scope, Value, find_context_name, find_name, z85,
    },
    record,
    socket::{
        Armed, Context, Descriptor, EndpointInfo, EventKind as SocketEvent, Kind, Socket, Unsent,
        UnsentFrame, Wait,
        context::{forked, leave},
        device::device,
        kind::{kind, kinds},
        poller::{Pollable, Poller, poll},
        proxy::Proxy,
        security::{curve_keypair, curve_public},
        timers::Timers,
    },
    table,
};

/// The version of the package.
#[must_use]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
