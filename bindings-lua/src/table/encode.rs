//! Lua values to MessagePack.

use mlua::{Integer, Lua, LuaString, Table, Value};
use sockery::facade::table::Writer;

use super::{Codec, Obstacle};

type Done = Result<(), Obstacle>;

/// The bytes of a value. A cycle ends at the writer's limit of depth.
pub(super) fn encode(codec: &Codec, lua: &Lua, value: Value) -> Result<Vec<u8>, Obstacle> {
    let mut encoder = Encoder { codec, lua, writer: Writer::new() };
    encoder.value(value)?;
    Ok(encoder.writer.finish()?)
}

struct Encoder<'a> {
    codec: &'a Codec,
    lua: &'a Lua,
    writer: Writer,
}

/// What a table goes out as.
enum Shape {
    Array(usize),
    Map(usize),
    Bin,
    Time,
}

impl Encoder<'_> {
    fn value(&mut self, value: Value) -> Done {
        match value {
            Value::Nil => self.writer.nil()?,
            Value::Boolean(flag) => self.writer.bool(flag)?,
            Value::Integer(number) => self.integer(number)?,
            Value::Number(number) => self.writer.float(number)?,
            Value::String(text) => self.string(&text)?,
            Value::Table(table) => self.table(&table)?,
            Value::LightUserData(pointer) if pointer.0.is_null() => self.writer.nil()?,
            Value::Other(_) => self.wide(value)?,
            other => return self.refuse(&format!("a {} cannot be carried", other.type_name())),
        }
        Ok(())
    }

    #[cold]
    fn refuse(&self, why: &str) -> Done {
        Err(self.writer.refuse(why).into())
    }

    #[cfg(any(feature = "lua53", feature = "lua54"))]
    fn integer(&mut self, number: Integer) -> Done {
        Ok(self.writer.int(number)?)
    }

    #[cfg(any(feature = "lua51", feature = "lua52"))]
    fn integer(&mut self, number: Integer) -> Done {
        if number.unsigned_abs() <= super::EXACT {
            self.writer.int(number)?;
        } else {
            self.writer.float(number as f64)?;
        }
        Ok(())
    }

    /// Lua's strings may hold anything: what is text goes as text.
    fn string(&mut self, text: &LuaString) -> Done {
        let bytes = text.as_bytes();
        match std::str::from_utf8(&bytes) {
            Ok(text) => self.writer.str(text)?,
            Err(_) => self.writer.bin(&bytes)?,
        }
        Ok(())
    }

    /// LuaJIT's 64-bit integers, the only values that have no Lua type here.
    fn wide(&mut self, value: Value) -> Done {
        let digits = self.digits(value)?;
        match (digits.parse(), digits.parse()) {
            (Ok(signed), _) => Ok(self.writer.int(signed)?),
            (_, Ok(unsigned)) => Ok(self.writer.uint(unsigned)?),
            _ => self.refuse("a value of no Lua type, nor a 64-bit integer, cannot be carried"),
        }
    }

    fn digits(&self, value: Value) -> Result<String, Obstacle> {
        let digits: Option<String> = match &self.codec.from_wide {
            Some(from_wide) => from_wide.call(value)?,
            None => None,
        };
        Ok(digits.unwrap_or_default())
    }

    fn table(&mut self, table: &Table) -> Done {
        match self.shape(table)? {
            Shape::Array(len) => self.array(table, len),
            Shape::Map(len) => self.map(table, len),
            Shape::Bin => self.bin(table),
            Shape::Time => self.time(table),
        }
    }

    fn shape(&self, table: &Table) -> Result<Shape, Obstacle> {
        let (codec, mark) = (self.codec, table.metatable());
        let marked =
            |by: &Table| mark.as_ref().is_some_and(|mark| mark.to_pointer() == by.to_pointer());
        if marked(&codec.bin) {
            return Ok(Shape::Bin);
        }
        if marked(&codec.time) {
            return Ok(Shape::Time);
        }
        let keys = Keys::of(table)?;
        if marked(&codec.map) {
            return Ok(Shape::Map(keys.all));
        }
        if marked(&codec.array) && keys.all > keys.indices {
            self.refuse("an array has a key that is no index")?;
        }
        Ok(if marked(&codec.array) || keys.are_a_sequence() {
            Shape::Array(keys.largest)
        } else {
            Shape::Map(keys.all)
        })
    }

    fn array(&mut self, table: &Table, len: usize) -> Done {
        self.writer.array(len)?;
        for index in 1..=len {
            self.value(table.raw_get(index)?)?;
        }
        Ok(())
    }

    fn map(&mut self, table: &Table, len: usize) -> Done {
        self.writer.map(len)?;
        let mut failed = None;
        let walked = table.for_each(|key, value| {
            self.value(key).and_then(|()| self.value(value)).map_err(|obstacle| {
                failed = Some(obstacle);
                mlua::Error::runtime("stopped")
            })
        });
        match failed {
            Some(obstacle) => Err(obstacle),
            None => Ok(walked?),
        }
    }

    fn bin(&mut self, table: &Table) -> Done {
        match table.raw_get(1)? {
            Value::String(bytes) => Ok(self.writer.bin(&bytes.as_bytes())?),
            _ => self.refuse("nnmsg.bin holds a string"),
        }
    }

    fn time(&mut self, table: &Table) -> Done {
        let (secs, nanos) = (table.raw_get("sec")?, table.raw_get("nsec")?);
        let nanos = match nanos {
            Value::Nil => Some(0),
            nanos => self.lua.coerce_integer(nanos)?.and_then(|nanos| u32::try_from(nanos).ok()),
        };
        let secs = match secs {
            Value::Other(_) => self.digits(secs)?.parse().ok(),
            secs => self.lua.coerce_integer(secs)?,
        };
        match (secs, nanos) {
            (Some(secs), Some(nanos)) => Ok(self.writer.timestamp(secs, nanos)?),
            _ => self.refuse("nnmsg.time holds the integers sec and nsec"),
        }
    }
}

/// What the keys of a table are; its length operator will not do, since holes make that vague.
#[derive(Default)]
struct Keys {
    all: usize,
    /// How many are integers of 1 and up.
    indices: usize,
    /// The largest of those.
    largest: usize,
}

impl Keys {
    fn of(table: &Table) -> Result<Self, Obstacle> {
        let mut keys = Self::default();
        table.for_each(|key: Value, _: bool| {
            keys.all += 1;
            let index = key.as_integer().and_then(|index| usize::try_from(index).ok());
            if let Some(index @ 1..) = index {
                keys.indices += 1;
                keys.largest = keys.largest.max(index);
            }
            Ok(())
        })?;
        Ok(keys)
    }

    /// Distinct indices are 1 to n exactly if there are as many as the largest says.
    fn are_a_sequence(&self) -> bool {
        self.indices == self.all && self.largest == self.all
    }
}
