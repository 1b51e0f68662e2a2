//! Pollers: waiting on several sockets and descriptors at once.

use mlua::{FromLua, Lua, Result, Table, UserData, UserDataMethods, Value};
use sockery::facade::{self, Interest, Pollable};

use crate::{
    error::{Failure, Outcome, interruptible},
    socket::Socket,
    value::{Millis, wait},
};

/// A poller; its keys are the Lua side's.
struct Poller(facade::Poller);

/// A socket, or the number of a descriptor.
struct Target(Pollable);

impl FromLua for Target {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        Ok(Self(match value {
            Value::UserData(socket) => Pollable::Socket(socket.borrow::<Socket>()?.0.clone()),
            other => Pollable::Descriptor(i32::from_lua(other, lua)?),
        }))
    }
}

/// Adds the functions to the module's table.
pub(crate) fn register(lua: &Lua, module: &Table) -> Result<()> {
    let new = |_: &Lua, ()| Ok(facade::Poller::new().map(Poller).map_err(Failure::from));
    module.raw_set("poller", lua.create_function(new)?)?;
    module.raw_set("poll", lua.create_function(poll)?)
}

impl UserData for Poller {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut("add", |_, this, (key, target, interest): (u64, Target, u8)| {
            let added = this.0.add(key, target.0, Interest::from_bits(interest));
            Ok(added.map(|()| true).map_err(Failure::from))
        });
        methods.add_method_mut("modify", |_, this, (key, interest): (u64, u8)| {
            let modified = this.0.modify(key, Interest::from_bits(interest));
            Ok(modified.map(|()| true).map_err(Failure::from))
        });
        methods.add_method_mut("remove", |_, this, key| {
            Ok(this.0.remove(key).map(|()| true).map_err(Failure::from))
        });
        methods.add_method_mut("wait", |lua, this, millis: Millis| {
            let wait = wait(millis);
            let ready = interruptible(wait, || this.0.wait(wait));
            listed(lua, ready, |list, ready| {
                for (key, interest) in ready {
                    list.raw_push(key)?;
                    list.raw_push(interest.bits())?;
                }
                Ok(())
            })
        });
    }
}

/// One poll over sequences of targets and of interests; gives a sequence of what holds.
fn poll(lua: &Lua, (millis, targets, interests): (Millis, Table, Table)) -> Result<Outcome<Table>> {
    let mut items = Vec::with_capacity(targets.raw_len());
    for index in 1..=targets.raw_len() {
        let target: Target = targets.raw_get(index)?;
        items.push((target.0, Interest::from_bits(interests.raw_get(index)?)));
    }
    let wait = wait(millis);
    let held = interruptible(wait, || facade::poll(&items, wait));
    listed(lua, held, |list, held| {
        for interest in held {
            list.raw_push(interest.bits())?;
        }
        Ok(())
    })
}

fn listed<T>(
    lua: &Lua,
    outcome: Outcome<Vec<T>>,
    fill: impl FnOnce(&Table, Vec<T>) -> Result<()>,
) -> Result<Outcome<Table>> {
    let items = match outcome {
        Ok(items) => items,
        Err(failure) => return Ok(Err(failure)),
    };
    let list = lua.create_table_with_capacity(items.len(), 0)?;
    fill(&list, items)?;
    Ok(Ok(list))
}
