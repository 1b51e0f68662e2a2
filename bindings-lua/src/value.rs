//! Values that both sides have: option values and waiting times.
//!
//! Used by the other files for their arguments and results.

use mlua::{FromLua, IntoLua, Lua, LuaString, Result, Value as LuaValue};
use sockery::facade::{Value, Wait};

/// A waiting time as Lua gives it: milliseconds, or nothing.
pub(crate) type Millis = Option<f64>;

/// Absent: as the socket's option says; 0: not at all; below 0: for ever.
pub(crate) fn wait(millis: Millis) -> Wait {
    match millis {
        None => Wait::Option,
        Some(0.0) => Wait::No,
        Some(millis) => Wait::millis(millis as i64),
    }
}

/// The value of an option, from and to Lua's integers, booleans and strings.
pub(crate) struct OptionValue(pub(crate) Value);

impl FromLua for OptionValue {
    fn from_lua(value: LuaValue, lua: &Lua) -> Result<Self> {
        Ok(Self(match value {
            LuaValue::Boolean(flag) => Value::from(flag),
            LuaValue::String(text) => Value::from(&*text.as_bytes()),
            other => Value::Int(i64::from_lua(other, lua)?),
        }))
    }
}

impl IntoLua for OptionValue {
    fn into_lua(self, lua: &Lua) -> Result<LuaValue> {
        match self.0 {
            Value::Int(number) => number.into_lua(lua),
            Value::Bytes(bytes) => LuaString::wrap(bytes).into_lua(lua),
            Value::Text(text) => text.into_lua(lua),
        }
    }
}
