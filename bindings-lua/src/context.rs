//! Contexts: the owners of sockets.

use mlua::{Lua, Result, Table, UserData, UserDataMethods};
use sockery::facade::{self, Dialect};

use crate::{
    catalog::name,
    error::{Failure, Outcome, interruptible},
    socket::Socket,
    value::{Millis, OptionValue, wait},
};

/// A context and the dialect of the sockets that it opens.
struct Context {
    inner: facade::Context,
    dialect: Dialect,
}

impl Context {
    fn new(inner: facade::Context, dialect: Dialect) -> Self {
        Self { inner, dialect }
    }

    fn socket(&self, domain: i32, number: i32) -> Outcome<Socket> {
        let kind = facade::kind(self.dialect, domain, number)?;
        Ok(Socket(self.inner.socket(kind)?))
    }
}

/// Adds the constructors to the module's table.
pub(crate) fn register(lua: &Lua, module: &Table) -> Result<()> {
    let constructor = |make: fn() -> Context| lua.create_function(move |_, ()| Ok(make()));
    let new = || Context::new(facade::Context::new(), Dialect::Zmtp);
    let sp = || Context::new(facade::Context::sp(), Dialect::Sp);
    let zmq = || Context::new(facade::Context::zmq(), Dialect::Zmtp);
    module.raw_set("context", constructor(new)?)?;
    module.raw_set("nn_context", constructor(sp)?)?;
    module.raw_set("zmq_context", constructor(zmq)?)
}

impl UserData for Context {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("dialect", |_, this, ()| Ok(name(this.dialect)));
        methods.add_method("socket", |_, this, (domain, number)| Ok(this.socket(domain, number)));
        methods.add_method("set", |_, this, (number, value): (i32, OptionValue)| {
            Ok(this.inner.set(number, &value.0).map(|()| true).map_err(Failure::from))
        });
        methods.add_method("get", |_, this, number: i32| {
            Ok(this.inner.get(number).map(OptionValue).map_err(Failure::from))
        });
        methods.add_method("shutdown", |_, this, ()| {
            this.inner.shutdown();
            Ok(())
        });
        methods.add_method("terminate", |_, this, millis: Millis| {
            let wait = wait(millis);
            Ok(interruptible(wait, || this.inner.terminate(wait).map(|()| true)))
        });
        methods.add_method("is_terminated", |_, this, ()| Ok(this.inner.is_terminated()));
        methods.add_method("close_all", |_, this, linger: Option<i32>| {
            this.inner.close_all(linger);
            Ok(())
        });
    }
}
