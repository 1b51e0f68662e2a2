//! Records: Lua values as the bytes of C structures and back, by the engine's writer and reader.
//!
//! `lua/sockery/struct.lua` makes `nnmsg.struct` of it. LuaJIT's wide integers go by way of the two
//! functions that it hands over, as in [`crate::table`].

use mlua::{Function, Lua, LuaString, Result, Table, UserData, UserDataMethods, Value};
use sockery::facade::{
    Error,
    record::{self, Field, Reader, Token, Want, Writer},
};

use crate::error::{Failure, Outcome};

/// Tables are made with room for no more than this at first.
const ROOM: usize = 4096;

/// What a field list describes.
struct Layout {
    inner: record::Layout,
    /// Gives the decimal digits of an integer that is no Lua number.
    from_wide: Option<Function>,
    /// Makes such an integer of its upper and lower 32 bits, and whether it is unsigned.
    to_wide: Option<Function>,
}

/// Why a value did not go through: by the record's rules, or because Lua itself failed.
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

fn settle<T>(result: std::result::Result<T, Obstacle>) -> Result<Outcome<T>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Obstacle::Rule(error)) => Ok(Err(error.into())),
        Err(Obstacle::Lua(error)) => Err(error),
    }
}

/// Adds the constructor to the module's table.
pub(crate) fn register(lua: &Lua, module: &Table) -> Result<()> {
    let layout = |_: &Lua, (fields, from_wide, to_wide): (LuaString, _, _)| {
        // What is not UTF-8 is no field list either, and the error then shows it.
        let made = record::Layout::parse(&String::from_utf8_lossy(&fields.as_bytes()));
        let made = made.map(|inner| Layout { inner, from_wide, to_wide });
        Ok(made.map_err(Failure::from))
    };
    module.raw_set("layout", lua.create_function(layout)?)
}

impl UserData for Layout {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("size", |_, this, ()| Ok(this.inner.size()));
        methods.add_method("offsets", |lua, this, ()| {
            let fields = this.inner.fields().iter();
            lua.create_table_from(fields.map(|field| (&*field.name, field.offset)))
        });
        methods.add_method("pack", |_, this, value: Value| {
            let bytes = settle(this.pack(&value))?;
            Ok(bytes.map(LuaString::wrap))
        });
        methods.add_method("unpack", |lua, this, bytes: LuaString| {
            settle(this.unpack(lua, &bytes.as_bytes()))
        });
    }
}

type Done = std::result::Result<(), Obstacle>;

impl Layout {
    fn pack(&self, value: &Value) -> std::result::Result<Vec<u8>, Obstacle> {
        let mut writer = Writer::new(&self.inner);
        self.write(&mut writer, value)?;
        Ok(writer.finish()?)
    }

    /// The recursion is bounded: a layout nests no deeper than its limit.
    fn write(&self, writer: &mut Writer<'_>, value: &Value) -> Done {
        match (writer.wants(), value) {
            (Some(Want::Record(fields)), Value::Table(table)) => {
                return self.write_fields(writer, fields, table);
            }
            (Some(Want::Array(_)), Value::Table(table)) => {
                let len = table.raw_len();
                writer.open(len)?;
                for index in 1..=len {
                    self.write(writer, &table.raw_get(index)?)?;
                }
            }
            (_, Value::Integer(number)) => writer.int(*number)?,
            (_, Value::Number(number)) => writer.float(*number)?,
            (_, Value::Boolean(flag)) => writer.bool(*flag)?,
            (_, Value::String(bytes)) => writer.chars(&bytes.as_bytes())?,
            (_, Value::Other(_)) => self.write_wide(writer, value)?,
            (_, Value::Nil) => return Err(writer.refuse("the value is missing").into()),
            (_, other) => return Err(writer.unfit(other.type_name()).into()),
        }
        Ok(())
    }

    fn write_fields(&self, writer: &mut Writer<'_>, fields: &[Field], table: &Table) -> Done {
        let mut stranger = None;
        table.for_each(|key: Value, _: Value| {
            let known = matches!(&key, Value::String(key)
                if fields.iter().any(|field| *key.as_bytes() == *field.name.as_bytes()));
            if !known {
                stranger = Some(key.to_string()?);
            }
            Ok(())
        })?;
        if let Some(key) = stranger {
            return Err(writer.refuse(&format!("there is no field \"{key}\"")).into());
        }
        writer.open(fields.len())?;
        fields.iter().try_for_each(|field| self.write(writer, &table.raw_get(&*field.name)?))
    }

    /// LuaJIT's 64-bit integers, the only values that have no Lua type here.
    fn write_wide(&self, writer: &mut Writer<'_>, value: &Value) -> Done {
        let digits: Option<String> = match &self.from_wide {
            Some(from_wide) => from_wide.call(value)?,
            None => None,
        };
        let digits = digits.unwrap_or_default();
        match (digits.parse(), digits.parse()) {
            (Ok(signed), _) => Ok(writer.int(signed)?),
            (_, Ok(unsigned)) => Ok(writer.uint(unsigned)?),
            _ => Err(writer.unfit("cdata").into()),
        }
    }

    fn unpack(&self, lua: &Lua, bytes: &[u8]) -> std::result::Result<Value, Obstacle> {
        let mut reader = Reader::new(&self.inner, bytes)?;
        self.read(lua, &mut reader)
    }

    fn read(&self, lua: &Lua, reader: &mut Reader<'_>) -> std::result::Result<Value, Obstacle> {
        let before = reader.clone();
        Ok(match reader.next() {
            None => Value::Nil,
            Some(Token::Int(number)) => self.integer(&before, number)?,
            Some(Token::UInt(number)) => {
                self.wide(&before, (number >> u32::BITS) as i64, number as u32, true)?
            }
            Some(Token::Float(number)) => Value::Number(number),
            Some(Token::Bool(flag)) => Value::Boolean(flag),
            Some(Token::Chars(bytes)) => Value::String(lua.create_string(bytes)?),
            Some(Token::Array(len)) => {
                let array = lua.create_table_with_capacity(len.min(ROOM), 0)?;
                for index in 1..=len {
                    array.raw_seti(index, self.read(lua, reader)?)?;
                }
                Value::Table(array)
            }
            Some(Token::Record(fields)) => {
                let record = lua.create_table_with_capacity(0, fields.len())?;
                for field in fields {
                    record.raw_set(&*field.name, self.read(lua, reader)?)?;
                }
                Value::Table(record)
            }
        })
    }

    #[cfg(any(feature = "lua53", feature = "lua54"))]
    fn integer(&self, _: &Reader<'_>, number: i64) -> std::result::Result<Value, Obstacle> {
        Ok(Value::Integer(number))
    }

    #[cfg(any(feature = "lua51", feature = "lua52"))]
    fn integer(&self, at: &Reader<'_>, number: i64) -> std::result::Result<Value, Obstacle> {
        if number.unsigned_abs() <= crate::table::EXACT {
            return Ok(Value::Integer(number));
        }
        self.wide(at, number >> u32::BITS, number as u32, false)
    }

    /// An integer that no number of this Lua is equal to.
    fn wide(
        &self,
        at: &Reader<'_>,
        high: i64,
        low: u32,
        unsigned: bool,
    ) -> std::result::Result<Value, Obstacle> {
        match &self.to_wide {
            Some(to_wide) => Ok(to_wide.call((high as f64, low, unsigned))?),
            None => Err(at.refuse("an integer that this Lua has no number for").into()),
        }
    }
}
