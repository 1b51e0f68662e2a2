//! Timers: which of the user's timers are due. `lua/sockery/zmq/timers.lua` keeps their handlers.

use mlua::{Lua, Result, Table, UserData, UserDataMethods};
use sockery::facade;

use crate::error::Failure;

/// Timers by number.
#[derive(Default)]
struct Timers(facade::Timers);

/// Adds the constructor to the module's table.
pub(crate) fn register(lua: &Lua, module: &Table) -> Result<()> {
    module.raw_set("timers", lua.create_function(|_, ()| Ok(Timers::default()))?)
}

impl UserData for Timers {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut("add", |_, this, interval: f64| Ok(this.0.add(interval as u64)));
        methods.add_method_mut("cancel", |_, this, timer| {
            Ok(this.0.cancel(timer).map(|()| true).map_err(Failure::from))
        });
        methods.add_method_mut("set_interval", |_, this, (timer, interval): (i32, f64)| {
            let set = this.0.set_interval(timer, interval as u64);
            Ok(set.map(|()| true).map_err(Failure::from))
        });
        methods.add_method_mut("reset", |_, this, timer| {
            Ok(this.0.reset(timer).map(|()| true).map_err(Failure::from))
        });
        methods.add_method("timeout", |_, this, ()| Ok(this.0.timeout()));
        methods.add_method_mut("take_due", |_, this, ()| Ok(this.0.take_due()));
    }
}
