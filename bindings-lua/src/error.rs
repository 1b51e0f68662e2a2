//! Failure: how an engine error crosses to Lua, as a value and never as a raised error.
//!
//! Used by every function of the module that can fail. A plain error is just its name, a string that
//! Lua has interned already, since would-block is part of the hot path; one that says more is a
//! table. `lua/sockery/failure.lua` makes of both what users see.

use std::time::{Duration, Instant};

use mlua::{IntoLua, Lua, Result, Value};
use sockery::facade::{Error, ErrorCode, Socket, Wait};

/// An error on its way to Lua.
#[derive(Debug)]
pub(crate) struct Failure {
    error: Error,
    /// How long the call had waited, when a signal ended it: Lua calls again with what remains.
    waited: Option<Duration>,
}

/// What most functions of the module return: the value, or `nil` and a failure.
pub(crate) type Outcome<T> = std::result::Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, waited: None }
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Error::from(code).into()
    }
}

impl IntoLua for Failure {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        let (name, Some((text, waited))) = self.parts() else {
            return self.error.code().name().into_lua(lua);
        };
        let table = lua.create_table_with_capacity(0, 3)?;
        table.raw_set("code", name)?;
        table.raw_set("text", text)?;
        table.raw_set("waited", waited)?;
        Ok(Value::Table(table))
    }
}

impl Failure {
    /// The name of its error, and where it says more than that, its text and the time that it waited.
    pub(crate) fn parts(&self) -> (&'static str, Option<(String, Option<f64>)>) {
        let code = self.error.code();
        let plain = self.waited.is_none() && self.error == Error::from(code);
        let more = || (self.error.to_string(), self.waited.map(|time| time.as_secs_f64() * 1e3));
        (code.name(), (!plain).then(more))
    }
}

/// Makes a call that may wait, and notes how long it did when a signal ended it.
pub(crate) fn interruptible<T>(
    wait: Wait,
    call: impl FnOnce() -> std::result::Result<T, Error>,
) -> Outcome<T> {
    if wait == Wait::No {
        return Ok(call()?);
    }
    let begun = Instant::now();
    call().map_err(|error| {
        let interrupted = error.code() == ErrorCode::Interrupted;
        Failure { waited: interrupted.then(|| begun.elapsed()), error }
    })
}

/// The same for a send of so many bytes.
pub(crate) fn sending<T>(
    socket: &Socket,
    wait: Wait,
    size: usize,
    mut call: impl FnMut(Wait) -> std::result::Result<T, Error>,
) -> Outcome<T> {
    if socket.may_try_first(wait, size) {
        patiently(wait, call)
    } else {
        interruptible(wait, || call(wait))
    }
}

/// The same for calls that mostly need not wait: tries first, since asking the clock costs as much as
/// a send.
pub(crate) fn patiently<T>(
    wait: Wait,
    mut call: impl FnMut(Wait) -> std::result::Result<T, Error>,
) -> Outcome<T> {
    match call(Wait::No) {
        Err(error) if error.code() == ErrorCode::Again && wait != Wait::No => {
            interruptible(wait, || call(wait))
        }
        done => Ok(done?),
    }
}

/// A result whose two parts go to Lua as two values: what there is, or `nil` and the failure.
pub(crate) fn pair<A: IntoLua, B: IntoLua>(
    lua: &Lua,
    outcome: Outcome<(A, B)>,
) -> Result<(Value, Value)> {
    match outcome {
        Ok((first, second)) => Ok((first.into_lua(lua)?, second.into_lua(lua)?)),
        Err(failure) => Ok((Value::Nil, failure.into_lua(lua)?)),
    }
}
