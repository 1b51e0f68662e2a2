//! `sendTable` and `recvTable`: Lua values as MessagePack, by the engine's writer and reader.
//!
//! Lua makes one [`Codec`] and hands it the metatables that mark what Lua's own types cannot tell
//! apart. An array or a map received bears its mark, so that it goes out again as what it was.

mod decode;
mod encode;

use mlua::{FromLua, Function, Lua, LuaString, Result, Table, UserData, UserDataMethods, Value};
use sockery::facade::{Error, Message};

use crate::{
    error::{Failure, Outcome},
    socket::{SocketRef, recv, send},
    value::Millis,
};

/// Integers beyond this are not exact in a Lua that has floating-point numbers only.
#[cfg(any(feature = "lua51", feature = "lua52"))]
pub(crate) const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

/// The marks, and LuaJIT's way to and from wide integers.
struct Codec {
    map: Table,
    array: Table,
    bin: Table,
    time: Table,
    /// Gives a number's decimal digits for an integer that is no Lua number, or nothing.
    from_wide: Option<Function>,
    /// Makes such an integer of its upper and lower 32 bits, and whether it is unsigned.
    to_wide: Option<Function>,
}

impl FromLua for Codec {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        let parts = Table::from_lua(value, lua)?;
        Ok(Self {
            map: parts.raw_get("map")?,
            array: parts.raw_get("array")?,
            bin: parts.raw_get("bin")?,
            time: parts.raw_get("time")?,
            from_wide: parts.raw_get("from_wide")?,
            to_wide: parts.raw_get("to_wide")?,
        })
    }
}

/// Why a value did not go through: by the table's rules, or because Lua itself failed.
enum Obstacle {
    Rule(Error),
    Lua(mlua::Error),
}

impl From<Error> for Obstacle {
    fn from(error: Error) -> Self {
        Self::Rule(error)
    }
}

impl From<mlua::Error> for Obstacle {
    fn from(error: mlua::Error) -> Self {
        Self::Lua(error)
    }
}

/// Parts what is shown to the user as a failure from what is raised.
fn settle<T>(result: std::result::Result<T, Obstacle>) -> Result<Outcome<T>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Obstacle::Rule(error)) => Ok(Err(error.into())),
        Err(Obstacle::Lua(error)) => Err(error),
    }
}

/// Adds the constructor and the null value to the module's table.
pub(crate) fn register(lua: &Lua, module: &Table) -> Result<()> {
    module.raw_set("null", Value::NULL)?;
    module.raw_set("codec", lua.create_function(|_, codec: Codec| Ok(codec))?)
}

impl UserData for Codec {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("encode", |lua, this, value: Value| {
            let bytes = settle(encode::encode(this, lua, value))?;
            Ok(bytes.map(LuaString::wrap))
        });
        methods.add_method("decode", |lua, this, bytes: LuaString| {
            settle(decode::decode(this, lua, &bytes.as_bytes()))
        });
        methods.add_method("send", |lua, this, (millis, socket, value)| {
            this.send(lua, &socket, value, millis)
        });
        methods.add_method("recv", |lua, this, (millis, socket)| this.recv(lua, &socket, millis));
    }
}

impl Codec {
    /// Sends a value; gives the number of bytes that it took.
    fn send(
        &self,
        lua: &Lua,
        socket: &SocketRef,
        value: Value,
        millis: Millis,
    ) -> Result<Outcome<usize>> {
        let bytes = match settle(encode::encode(self, lua, value))? {
            Ok(bytes) => bytes,
            Err(failure) => return Ok(Err(failure)),
        };
        let size = bytes.len();
        Ok(send(&socket.0, Message::new(bytes), millis).map(|_| size))
    }

    /// Receives a value: it, or `nil`, the failure and, where they came but do not decode, the bytes.
    fn recv(
        &self,
        lua: &Lua,
        socket: &SocketRef,
        millis: Millis,
    ) -> Result<(Value, Option<Failure>, Option<LuaString>)> {
        let message = match recv(&socket.0, millis) {
            Ok(message) => message,
            Err(failure) => return Ok((Value::Nil, Some(failure), None)),
        };
        Ok(match settle(decode::decode(self, lua, message.body()))? {
            Ok(value) => (value, None, None),
            Err(failure) => {
                (Value::Nil, Some(failure), Some(lua.create_string(&**message.body())?))
            }
        })
    }
}
