//! `sockery_native`: the engine as Lua sees it, loaded by `lua/sockery/native.lua`.
//!
//! Thin: arguments in, bytes in and out, waiting, errors. The names and shapes that users see are
//! made in Lua (`lua/sockery/*.lua`) by looping over the tables that [`catalog`] gives.
//!
//! A call that fails gives `nil` and a failure ([`error::Failure`]); nothing raises but a wrong
//! argument type. Waits are in milliseconds: absent is by the socket's option, 0 tries only, below 0
//! is for ever; the time is always the first argument. A wait that a signal cuts short comes back as
//! EINTR, so that Lua's hooks run (Ctrl-C) before Lua calls again.

#![deny(unsafe_code)]

mod calls;
mod catalog;
mod conn;
mod context;
mod error;
mod keys;
mod message;
mod poller;
mod process;
mod record;
mod socket;
mod table;
mod timers;
mod value;

use mlua::{Lua, Result, Table};
use sockery::facade;

/// Builds the module's table.
#[mlua::lua_module(skip_memory_check)]
fn sockery_native(lua: &Lua) -> Result<Table> {
    process::enter(lua)?;
    let module = lua.create_table()?;
    module.raw_set("version", facade::version())?;
    module.raw_set("little_endian", cfg!(target_endian = "little"))?;
    module.raw_set("now", lua.create_function(|_, ()| Ok(process::now()))?)?;
    catalog::register(lua, &module)?;
    conn::register(lua, &module)?;
    context::register(lua, &module)?;
    keys::register(lua, &module)?;
    poller::register(lua, &module)?;
    record::register(lua, &module)?;
    table::register(lua, &module)?;
    timers::register(lua, &module)?;
    Ok(module)
}
