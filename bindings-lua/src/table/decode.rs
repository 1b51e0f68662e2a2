//! MessagePack to Lua values.

use mlua::{Lua, Table, Value};
use sockery::facade::{
    Error,
    table::{Reader, Token},
};

use super::{Codec, Obstacle};

/// Tables are made with room for no more than this at first: memory follows the bytes.
const ROOM: usize = 4096;

/// The value of some bytes that came from a peer.
pub(super) fn decode(codec: &Codec, lua: &Lua, bytes: &[u8]) -> Result<Value, Obstacle> {
    let mut decoder = Decoder { codec, lua, bytes, reader: Reader::new(bytes), taken: 0 };
    let value = decoder.value()?;
    decoder.reader.finish()?;
    Ok(value)
}

struct Decoder<'a> {
    codec: &'a Codec,
    lua: &'a Lua,
    bytes: &'a [u8],
    reader: Reader<'a>,
    taken: usize,
}

impl Decoder<'_> {
    fn value(&mut self) -> Result<Value, Obstacle> {
        let lua = self.lua;
        self.taken += 1;
        Ok(match self.reader.next()? {
            Token::Nil => Value::NULL,
            Token::Bool(flag) => Value::Boolean(flag),
            Token::Int(number) => self.integer(number)?,
            Token::UInt(number) => self.unsigned(number)?,
            Token::Float(number) => Value::Number(number),
            Token::Str(text) => Value::String(lua.create_string(text)?),
            Token::Bin(bytes) => Value::String(lua.create_string(bytes)?),
            Token::Array(len) => self.array(len)?,
            Token::Map(len) => self.map(len)?,
            Token::Timestamp { secs, nanos } => self.time(secs, nanos)?,
        })
    }

    fn array(&mut self, len: usize) -> Result<Value, Obstacle> {
        let array = self.lua.create_table_with_capacity(len.min(ROOM), 0)?;
        for index in 1..=len {
            array.raw_seti(index, self.value()?)?;
        }
        array.set_metatable(Some(self.codec.array.clone()))?;
        Ok(Value::Table(array))
    }

    fn map(&mut self, len: usize) -> Result<Value, Obstacle> {
        let map = self.lua.create_table_with_capacity(0, len.min(ROOM))?;
        for _ in 0..len {
            let key = self.value()?;
            map.raw_set(key, self.value()?)?;
        }
        map.set_metatable(Some(self.codec.map.clone()))?;
        Ok(Value::Table(map))
    }

    fn time(&self, secs: i64, nanos: u32) -> Result<Value, Obstacle> {
        let time: Table = self.lua.create_table_with_capacity(0, 2)?;
        time.raw_set("sec", self.integer(secs)?)?;
        time.raw_set("nsec", nanos)?;
        time.set_metatable(Some(self.codec.time.clone()))?;
        Ok(Value::Table(time))
    }

    #[cfg(any(feature = "lua53", feature = "lua54"))]
    fn integer(&self, number: i64) -> Result<Value, Obstacle> {
        Ok(Value::Integer(number))
    }

    #[cfg(any(feature = "lua51", feature = "lua52"))]
    fn integer(&self, number: i64) -> Result<Value, Obstacle> {
        if number.unsigned_abs() <= super::EXACT {
            return Ok(Value::Integer(number));
        }
        self.wide(number >> u32::BITS, number as u32, false)
    }

    fn unsigned(&self, number: u64) -> Result<Value, Obstacle> {
        self.wide((number >> u32::BITS) as i64, number as u32, true)
    }

    /// An integer that no number of this Lua is equal to.
    fn wide(&self, high: i64, low: u32, unsigned: bool) -> Result<Value, Obstacle> {
        match &self.codec.to_wide {
            Some(to_wide) => Ok(to_wide.call((high as f64, low, unsigned))?),
            None => Err(self.refuse("an integer that this Lua has no number for").into()),
        }
    }

    /// The error of the value taken last: reads up to it once more, to name where it is.
    #[cold]
    fn refuse(&self, why: &str) -> Error {
        let mut reader = Reader::new(self.bytes);
        for _ in 1..self.taken {
            if let Err(error) = reader.next() {
                return error;
            }
        }
        reader.refuse(why)
    }
}
