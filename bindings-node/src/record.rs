//! Records: JavaScript values as the bytes of C structures and back, through the core's
//! `record::Writer` and `record::Reader`, without a tree in between. Called by `lib/nnmsg.js`.
//!
//! Integers and floats are Numbers, beyond 2^53 BigInts; `char[N]` are Buffers, or strings to write;
//! records are plain objects and arrays arrays, or typed arrays to write.

use napi::{JsString, ValueType, bindgen_prelude::*};
use napi_derive::napi;
use sockery::facade::{
    self,
    record::{self, Field, Reader, Token, Want, Writer},
};

use crate::{
    error::{raise, raise_type},
    table,
    value::{MAX_SAFE, integer},
};

/// Where a field is.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct FieldPlace {
    /// Its name.
    pub name: String,
    /// Where it begins, in bytes.
    pub offset: u32,
}

/// What a field list describes.
#[napi]
#[derive(Debug)]
pub struct Layout {
    inner: record::Layout,
}

#[napi]
impl Layout {
    /// The layout of a field list; EINVAL says at which byte it is none.
    #[napi(constructor)]
    pub fn new(env: Env, fields: String) -> Result<Self> {
        let inner = record::Layout::parse(&fields).map_err(|error| raise(env, &error))?;
        Ok(Self { inner })
    }

    /// How many bytes a record takes.
    #[napi(getter)]
    pub fn size(&self) -> u32 {
        u32::try_from(self.inner.size()).unwrap_or(u32::MAX)
    }

    /// Where the fields are.
    #[napi(getter)]
    pub fn places(&self) -> Vec<FieldPlace> {
        let place = |field: &Field| FieldPlace {
            name: field.name.to_string(),
            offset: u32::try_from(field.offset).unwrap_or(u32::MAX),
        };
        self.inner.fields().iter().map(place).collect()
    }

    /// The bytes of a record; a TypeError names the field that does not fit.
    #[napi]
    pub fn pack<'a>(&self, env: &'a Env, value: Unknown<'_>) -> Result<BufferSlice<'a>> {
        let mut pack = Pack { env: *env, writer: Writer::new(&self.inner) };
        pack.value(value)?;
        let bytes = pack.writer.finish().map_err(|error| raise_type(*env, &error))?;
        BufferSlice::copy_from(env, bytes)
    }

    /// The record that some bytes are.
    #[napi]
    pub fn unpack<'a>(&self, env: &'a Env, bytes: &[u8]) -> Result<Unknown<'a>> {
        let mut reader = Reader::new(&self.inner, bytes).map_err(|error| raise(*env, &error))?;
        read(env, &mut reader)
    }
}

struct Pack<'l> {
    env: Env,
    writer: Writer<'l>,
}

impl Pack<'_> {
    /// The recursion is bounded: a layout nests no deeper than its limit.
    fn value(&mut self, value: Unknown<'_>) -> Result<()> {
        match (self.writer.wants(), value.get_type()?) {
            (_, ValueType::Undefined) => Err(self.refuse("the value is missing")),
            (_, ValueType::Null) => Err(self.unfit("null")),
            (_, ValueType::Boolean) => {
                let flag = bool::from_unknown(value)?;
                self.put(|writer| writer.bool(flag))
            }
            (_, ValueType::Number) => self.number(f64::from_unknown(value)?),
            (_, ValueType::BigInt) => self.bigint(&BigInt::from_unknown(value)?),
            (_, ValueType::String) => {
                let text = JsString::from_unknown(value)?.into_utf8()?;
                let text = text.as_str()?;
                self.put(|writer| writer.chars(text.as_bytes()))
            }
            (Some(Want::Record(fields)), ValueType::Object) => self.record(fields, value),
            (Some(Want::Array(_)), ValueType::Object) => self.array(value),
            (Some(Want::Chars(_)), ValueType::Object) if table::is_bytes(&value)? => {
                let bytes = table::bytes_of(&self.env, value)?;
                self.put(|writer| writer.chars(&bytes))
            }
            (_, ValueType::Object) => Err(self.unfit("an object")),
            (_, other) => Err(self.unfit(&format!("{other:?}").to_lowercase())),
        }
    }

    fn number(&mut self, number: f64) -> Result<()> {
        match (self.writer.wants(), integer(number)) {
            (Some(Want::Int), Some(int)) => self.put(|writer| writer.int(int)),
            _ => self.put(|writer| writer.float(number)),
        }
    }

    fn bigint(&mut self, number: &BigInt) -> Result<()> {
        if let (int, true) = number.get_i64() {
            return self.put(|writer| writer.int(int));
        }
        match number.get_u64() {
            (false, int, true) => self.put(|writer| writer.uint(int)),
            _ => Err(self.refuse("a BigInt beyond 64 bits")),
        }
    }

    fn record(&mut self, fields: &[Field], value: Unknown<'_>) -> Result<()> {
        if value.is_array()? || table::is_bytes(&value)? {
            return Err(self.unfit("an array"));
        }
        let object = value.coerce_to_object()?;
        for name in Object::keys(&object)? {
            if !fields.iter().any(|field| *field.name == *name) {
                return Err(self.refuse(&format!("there is no field \"{name}\"")));
            }
        }
        self.put(|writer| writer.open(fields.len()))?;
        fields.iter().try_for_each(|field| {
            // Only its own: every object inherits a `constructor` and a `__proto__`.
            if !object.has_own_property(&field.name)? {
                return Err(self.refuse("the value is missing"));
            }
            self.value(object.get_property(self.env.create_string(&*field.name)?)?)
        })
    }

    fn array(&mut self, value: Unknown<'_>) -> Result<()> {
        if !value.is_array()? && !value.is_typedarray()? {
            return Err(self.unfit("an object"));
        }
        let array = value.coerce_to_object()?;
        let len: u32 = array.get_named_property("length")?;
        self.put(|writer| writer.open(len as usize))?;
        (0..len).try_for_each(|place| self.value(array.get_element(place)?))
    }

    fn put(&mut self, write: impl FnOnce(&mut Writer<'_>) -> facade::Result<()>) -> Result<()> {
        write(&mut self.writer).map_err(|error| raise_type(self.env, &error))
    }

    #[cold]
    fn refuse(&self, why: &str) -> Error {
        raise_type(self.env, &self.writer.refuse(why))
    }

    #[cold]
    fn unfit(&self, got: &str) -> Error {
        raise_type(self.env, &self.writer.unfit(got))
    }
}

fn read<'e>(env: &'e Env, reader: &mut Reader<'_>) -> Result<Unknown<'e>> {
    match reader.next() {
        None => Null.into_unknown(env),
        Some(Token::Int(value)) if value.unsigned_abs() as f64 <= MAX_SAFE => {
            (value as f64).into_unknown(env)
        }
        Some(Token::Int(value)) => BigInt::from(value).into_unknown(env),
        Some(Token::UInt(value)) => BigInt::from(value).into_unknown(env),
        Some(Token::Float(value)) => value.into_unknown(env),
        Some(Token::Bool(value)) => value.into_unknown(env),
        Some(Token::Chars(bytes)) => BufferSlice::copy_from(env, bytes)?.into_unknown(env),
        Some(Token::Array(len)) => {
            let mut array = env.create_array(u32::try_from(len).unwrap_or(u32::MAX))?;
            for place in 0..array.len() {
                array.set(place, read(env, reader)?)?;
            }
            Ok(array.to_unknown())
        }
        Some(Token::Record(fields)) => {
            let mut object = Object::new(env)?;
            for field in fields {
                let value = read(env, reader)?;
                table::own(env, &mut object, &field.name, value)?;
            }
            Ok(object.to_unknown())
        }
    }
}
