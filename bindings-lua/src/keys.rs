//! Keys: CURVE pairs and Z85, as functions of the module; and what else there is by name.

use mlua::{Lua, LuaString, Result, Table};
use sockery::facade::{self, catalog};

use crate::error::Outcome;

/// Adds the functions to the module's table.
pub(crate) fn register(lua: &Lua, module: &Table) -> Result<()> {
    let pair = |_: &Lua, ()| Ok(facade::curve_keypair());
    module.raw_set("curve_keypair", lua.create_function(pair)?)?;
    let public = |_: &Lua, secret: LuaString| -> Result<Outcome<String>> {
        Ok(facade::curve_public(&secret.as_bytes()).map_err(Into::into))
    };
    module.raw_set("curve_public", lua.create_function(public)?)?;
    let capabilities = |_: &Lua, ()| Ok(catalog::capabilities());
    module.raw_set("capabilities", lua.create_function(capabilities)?)?;
    let encode = |_: &Lua, bytes: LuaString| -> Result<Outcome<String>> {
        Ok(facade::z85::encode(&bytes.as_bytes()).map_err(Into::into))
    };
    module.raw_set("z85_encode", lua.create_function(encode)?)?;
    let decode = |lua: &Lua, text: LuaString| -> Result<Outcome<LuaString>> {
        match facade::z85::decode(&text.as_bytes()) {
            Ok(bytes) => Ok(Ok(lua.create_string(bytes)?)),
            Err(error) => Ok(Err(error.into())),
        }
    };
    module.raw_set("z85_decode", lua.create_function(decode)?)
}
