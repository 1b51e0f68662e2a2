//! Tables: JavaScript values as MessagePack and back, through the core's `table::Writer` and
//! `table::Reader`, without a tree in between. Called by [`crate::socket`] and `lib/nnmsg.js`.
//!
//! null and undefined are nil; integral numbers and BigInts are ints; plain objects and Maps are
//! maps; arrays are arrays; buffers and views are bin; Dates are timestamps.

use std::time::Duration;

use napi::{JsDate, JsString, Property, PropertyAttributes, ValueType, bindgen_prelude::*};
use napi_derive::napi;
use sockery::facade::{
    self,
    table::{Reader, Token, Writer},
};

use crate::{
    error::{raise, raise_type},
    value::{MAX_SAFE, integer},
};

/// The longest time from 1970, in milliseconds, that a JavaScript Date can hold.
const DATE_END: f64 = 8.64e15;

const MILLIS_IN_SEC: i64 = Duration::from_secs(1).as_millis() as i64;
const NANOS_IN_MILLI: u32 = Duration::from_millis(1).as_nanos() as u32;

/// The MessagePack of a value; a TypeError names the path of what cannot be carried.
#[napi]
pub fn pack_table<'a>(env: &'a Env, table: Unknown<'_>) -> Result<BufferSlice<'a>> {
    BufferSlice::copy_from(env, pack(*env, table)?)
}

/// The value that MessagePack bytes are.
#[napi]
pub fn unpack_table<'a>(env: &'a Env, bytes: &[u8]) -> Result<Unknown<'a>> {
    let mut unpack = Unpack { env, reader: Reader::new(bytes) };
    let value = unpack.value()?;
    unpack.reader.finish().map_err(|error| raise(*env, &error))?;
    Ok(value)
}

/// The MessagePack of a value.
pub(crate) fn pack(env: Env, table: Unknown<'_>) -> Result<Vec<u8>> {
    let mut pack = Pack { env, writer: Writer::new() };
    pack.value(table)?;
    pack.writer.finish().map_err(|error| raise_type(env, &error))
}

struct Pack {
    env: Env,
    writer: Writer,
}

impl Pack {
    fn value(&mut self, value: Unknown<'_>) -> Result<()> {
        match value.get_type()? {
            ValueType::Null | ValueType::Undefined => self.put(Writer::nil),
            ValueType::Boolean => {
                let value = bool::from_unknown(value)?;
                self.put(|writer| writer.bool(value))
            }
            ValueType::Number => self.number(f64::from_unknown(value)?),
            ValueType::BigInt => self.bigint(&BigInt::from_unknown(value)?),
            ValueType::String => self.text(JsString::from_unknown(value)?),
            ValueType::Object => self.object(value),
            ValueType::Function => Err(self.refuse("a function cannot be carried")),
            ValueType::Symbol => Err(self.refuse("a symbol cannot be carried")),
            _ => Err(self.refuse("this value cannot be carried")),
        }
    }

    fn number(&mut self, number: f64) -> Result<()> {
        match integer(number) {
            // -0 is no integer that MessagePack has.
            Some(int) if int != 0 || number.is_sign_positive() => {
                self.put(|writer| writer.int(int))
            }
            _ => self.put(|writer| writer.float(number)),
        }
    }

    fn bigint(&mut self, number: &BigInt) -> Result<()> {
        if let (int, true) = number.get_i64() {
            return self.put(|writer| writer.int(int));
        }
        match number.get_u64() {
            (false, int, true) => self.put(|writer| writer.uint(int)),
            _ => Err(self.refuse("a BigInt beyond 64 bits cannot be carried")),
        }
    }

    fn text(&mut self, text: JsString<'_>) -> Result<()> {
        let text = text.into_utf8()?;
        let text = text.as_str()?;
        self.put(|writer| writer.str(text))
    }

    fn object(&mut self, value: Unknown<'_>) -> Result<()> {
        if value.is_array()? {
            return self.array(&value.coerce_to_object()?);
        }
        let object = value.coerce_to_object()?;
        if is_plain(&object)? {
            return self.map(&object);
        }
        if is_bytes(&value)? {
            return self.bytes(value);
        }
        if value.is_date()? {
            return self.date(JsDate::from_unknown(value)?.value_of()?);
        }
        if value.instanceof(self.global("Map")?)? {
            return self.entries(value);
        }
        Err(self.refuse(
            "only plain objects, arrays, Maps, Dates and bytes can be carried, got another object",
        ))
    }

    fn array(&mut self, array: &Object<'_>) -> Result<()> {
        let len = array.get_array_length_unchecked()?;
        self.put(|writer| writer.array(len as usize))?;
        (0..len).try_for_each(|place| self.value(array.get_element(place)?))
    }

    fn map(&mut self, object: &Object<'_>) -> Result<()> {
        // Enumerable names, no symbols; a plain object inherits none.
        let keys = object.get_property_names()?;
        let len = keys.get_array_length_unchecked()?;
        self.put(|writer| writer.map(len as usize))?;
        for place in 0..len {
            let key: JsString<'_> = keys.get_element(place)?;
            self.text(key)?;
            self.value(object.get_property(key)?)?;
        }
        Ok(())
    }

    /// A Map, whose keys may be integers too; the writer refuses others.
    fn entries(&mut self, map: Unknown<'_>) -> Result<()> {
        let from: Function<'_, Unknown<'_>, Array<'_>> =
            self.global("Array")?.coerce_to_object()?.get_named_property("from")?;
        let entries = from.call(map)?;
        self.put(|writer| writer.map(entries.len() as usize))?;
        for place in 0..entries.len() {
            let entry: Object<'_> = entries.get_element(place)?;
            self.value(entry.get_element(0)?)?;
            self.value(entry.get_element(1)?)?;
        }
        Ok(())
    }

    fn bytes(&mut self, value: Unknown<'_>) -> Result<()> {
        let bytes = bytes_of(&self.env, value)?;
        self.put(|writer| writer.bin(&bytes))
    }

    fn date(&mut self, millis: f64) -> Result<()> {
        let Some(millis) = integer(millis) else {
            return Err(self.refuse("an invalid Date cannot be carried"));
        };
        let secs = millis.div_euclid(MILLIS_IN_SEC);
        let nanos = millis.rem_euclid(MILLIS_IN_SEC) as u32 * NANOS_IN_MILLI;
        self.put(|writer| writer.timestamp(secs, nanos))
    }

    fn put(&mut self, write: impl FnOnce(&mut Writer) -> facade::Result<()>) -> Result<()> {
        write(&mut self.writer).map_err(|error| raise_type(self.env, &error))
    }

    #[cold]
    fn refuse(&self, why: &str) -> Error {
        raise_type(self.env, &self.writer.refuse(why))
    }

    fn global(&self, name: &str) -> Result<Unknown<'_>> {
        self.env.get_global()?.get_named_property(name)
    }
}

/// Whether a value is an ArrayBuffer or a view of one.
pub(crate) fn is_bytes(value: &Unknown<'_>) -> Result<bool> {
    Ok(value.is_typedarray()? || value.is_dataview()? || value.is_arraybuffer()?)
}

/// The bytes of what [`is_bytes`].
pub(crate) fn bytes_of<'a>(env: &Env, value: Unknown<'a>) -> Result<BufferSlice<'a>> {
    if value.is_buffer()? {
        return BufferSlice::from_unknown(value);
    }
    // Views of other elements than bytes, and ArrayBuffers, by way of a Uint8Array.
    let object = value.coerce_to_object()?;
    let view: Function<'_, FnArgs<(Unknown<'_>, Unknown<'_>, Unknown<'_>)>, Unknown<'_>> =
        env.get_global()?.get_named_property("Uint8Array")?;
    let length: Unknown<'_> = object.get_named_property("byteLength")?;
    let view = if value.is_arraybuffer()? {
        let start = 0.into_unknown(env)?;
        view.new_instance((value, start, length).into())?
    } else {
        let buffer = object.get_named_property("buffer")?;
        let start = object.get_named_property("byteOffset")?;
        view.new_instance((buffer, start, length).into())?
    };
    BufferSlice::from_unknown(view)
}

/// Sets a property of the object's own.
pub(crate) fn own<'e>(
    env: &'e Env,
    object: &mut Object<'e>,
    key: &str,
    value: Unknown<'e>,
) -> Result<()> {
    if key == "__proto__" {
        // Assigning would change the prototype: a peer must not be able to.
        let property =
            Property::new().with_utf8_name(key)?.with_value(&value).with_property_attributes(
                PropertyAttributes::Writable
                    | PropertyAttributes::Enumerable
                    | PropertyAttributes::Configurable,
            );
        return object.define_properties(&[property]);
    }
    object.set_property(env.create_string(key)?, value)
}

/// Whether an object is one that `{}` or `Object.create(null)` makes, in whatever realm.
fn is_plain(object: &Object<'_>) -> Result<bool> {
    let prototype = object.get_prototype()?;
    if prototype.get_type()? == ValueType::Null {
        return Ok(true);
    }
    let above = prototype.coerce_to_object()?.get_prototype()?;
    Ok(above.get_type()? == ValueType::Null)
}

struct Unpack<'e, 'b> {
    env: &'e Env,
    reader: Reader<'b>,
}

impl<'e, 'b> Unpack<'e, 'b> {
    fn value(&mut self) -> Result<Unknown<'e>> {
        let token = self.next()?;
        self.finish(token)
    }

    fn next(&mut self) -> Result<Token<'b>> {
        self.reader.next().map_err(|error| raise(*self.env, &error))
    }

    fn finish(&mut self, token: Token<'b>) -> Result<Unknown<'e>> {
        match token {
            Token::Nil => Null.into_unknown(self.env),
            Token::Bool(value) => value.into_unknown(self.env),
            Token::Int(value) if value.unsigned_abs() as f64 <= MAX_SAFE => {
                (value as f64).into_unknown(self.env)
            }
            Token::Int(value) => BigInt::from(value).into_unknown(self.env),
            Token::UInt(value) => BigInt::from(value).into_unknown(self.env),
            Token::Float(value) => value.into_unknown(self.env),
            Token::Str(value) => value.into_unknown(self.env),
            Token::Bin(value) => BufferSlice::copy_from(self.env, value)?.into_unknown(self.env),
            Token::Timestamp { secs, nanos } => self.date(secs, nanos),
            Token::Array(len) => self.array(len),
            Token::Map(len) => self.map(len),
        }
    }

    fn date(&self, secs: i64, nanos: u32) -> Result<Unknown<'e>> {
        let millis = secs as f64 * MILLIS_IN_SEC as f64 + f64::from(nanos / NANOS_IN_MILLI);
        if millis.abs() > DATE_END {
            let error = self.reader.refuse("a timestamp beyond what a Date can hold");
            return Err(raise(*self.env, &error));
        }
        Ok(self.env.create_date(millis)?.to_unknown())
    }

    fn array(&mut self, len: usize) -> Result<Unknown<'e>> {
        // The reader has held the length against the bytes and the limit of items.
        let mut array = self.env.create_array(u32::try_from(len).unwrap_or(u32::MAX))?;
        for place in 0..array.len() {
            array.set(place, self.value()?)?;
        }
        Ok(array.to_unknown())
    }

    /// A plain object, or from the first key on that is no string, a Map.
    fn map(&mut self, len: usize) -> Result<Unknown<'e>> {
        let mut object = Object::new(self.env)?;
        for done in 0..len {
            match self.next()? {
                Token::Str(key) => {
                    let value = self.value()?;
                    own(self.env, &mut object, key, value)?;
                }
                key => return self.rest_as_map(&object, key, len - done),
            }
        }
        Ok(object.to_unknown())
    }

    /// Goes on as a Map, `left` entries from the one whose key is `key`, after those of `object`.
    fn rest_as_map(
        &mut self,
        object: &Object<'e>,
        key: Token<'b>,
        left: usize,
    ) -> Result<Unknown<'e>> {
        let map: Function<'_, (), Unknown<'_>> =
            self.env.get_global()?.get_named_property("Map")?;
        let map = map.new_instance(())?;
        let set: Function<'_, FnArgs<(Unknown<'_>, Unknown<'_>)>, Unknown<'_>> =
            map.coerce_to_object()?.get_named_property("set")?;
        for name in Object::keys(object)? {
            let value: Unknown<'_> = object.get_named_property(&name)?;
            set.apply(map, (name.into_unknown(self.env)?, value).into())?;
        }
        let mut key = key;
        for done in 0..left {
            if done > 0 {
                key = self.next()?;
            }
            let name = self.finish(key)?;
            let value = self.value()?;
            set.apply(map, (name, value).into())?;
        }
        Ok(map)
    }
}
