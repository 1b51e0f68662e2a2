//! Writer: values in, the bytes of a record out, in the order of its fields.
//!
//! Called by bindings for `sendStruct`, and by [`super::Value`].

use super::{
    cursor::Cursor,
    layout::{Field, Layout, Number, Shape},
};
use crate::error::{Error, ErrorCode};

/// What a [`Writer`] wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want<'a> {
    /// An integer: [`Writer::int`] or [`Writer::uint`].
    Int,
    /// A number: [`Writer::float`], [`Writer::int`] or [`Writer::uint`].
    Float,
    /// A boolean: [`Writer::bool`].
    Bool,
    /// At most so many bytes: [`Writer::chars`].
    Chars(usize),
    /// So many items: [`Writer::open`], then each.
    Array(usize),
    /// The values of these fields: [`Writer::open`], then each.
    Record(&'a [Field]),
}

/// Writes one record, value by value; it is complete after the last.
///
/// The writer knows where it stands, so a caller that meets what cannot be carried asks it for the
/// error: [`Writer::refuse`] names the field.
#[derive(Clone, Debug)]
pub struct Writer<'a> {
    /// As long as the record from the start, which [`super::MAX_SIZE`] bounds.
    out: Vec<u8>,
    cursor: Cursor<'a>,
}

impl<'a> Writer<'a> {
    /// A writer of one record.
    #[must_use]
    pub fn new(layout: &'a Layout) -> Self {
        Self { out: vec![0; layout.size()], cursor: Cursor::new(layout) }
    }

    /// What comes next; `None` after the last value.
    #[must_use]
    pub fn wants(&self) -> Option<Want<'a>> {
        let (shape, _) = self.cursor.value()?;
        Some(match shape {
            Shape::Number(Number::F32 | Number::F64) => Want::Float,
            Shape::Number(Number::Bool) => Want::Bool,
            Shape::Number(_) => Want::Int,
            Shape::Chars(len) => Want::Chars(*len),
            Shape::Array(array) => Want::Array(array.count),
            Shape::Record(fields, _) => Want::Record(fields),
        })
    }

    /// Begins the array or record that comes next, which has so many items or fields.
    ///
    /// # Errors
    /// EINVAL, here and below: the value is not what comes next, or does not fit it.
    pub fn open(&mut self, len: usize) -> Result<(), Error> {
        let (own, what) = match self.wants() {
            Some(Want::Array(count)) => (count, "items"),
            Some(Want::Record(fields)) => (fields.len(), "fields"),
            _ => return Err(self.unfit("an array or a record")),
        };
        if len != own {
            return Err(self.refuse(&format!("expected {own} {what}, got {len}")));
        }
        self.cursor.enter();
        Ok(())
    }

    /// Writes an integer, or a floating-point number that has this value.
    pub fn int(&mut self, value: i64) -> Result<(), Error> {
        match self.number() {
            Some(Number::I8) => self.fit(i8::try_from(value).ok().map(i8::to_le_bytes), value),
            Some(Number::U8) => self.fit(u8::try_from(value).ok().map(u8::to_le_bytes), value),
            Some(Number::I16) => self.fit(i16::try_from(value).ok().map(i16::to_le_bytes), value),
            Some(Number::U16) => self.fit(u16::try_from(value).ok().map(u16::to_le_bytes), value),
            Some(Number::I32) => self.fit(i32::try_from(value).ok().map(i32::to_le_bytes), value),
            Some(Number::U32) => self.fit(u32::try_from(value).ok().map(u32::to_le_bytes), value),
            Some(Number::I64) => self.fit(Some(value.to_le_bytes()), value),
            Some(Number::U64) => self.fit(u64::try_from(value).ok().map(u64::to_le_bytes), value),
            Some(Number::F32 | Number::F64) => self.float(value as f64),
            _ => Err(self.unfit("an integer")),
        }
    }

    /// Writes an integer that is not negative, or a floating-point number that has this value.
    pub fn uint(&mut self, value: u64) -> Result<(), Error> {
        if let Ok(value) = i64::try_from(value) {
            return self.int(value);
        }
        match self.number() {
            Some(Number::U64) => self.fit(Some(value.to_le_bytes()), value),
            Some(Number::F32 | Number::F64) => self.float(value as f64),
            Some(Number::Bool) | None => Err(self.unfit("an integer")),
            Some(_) => self.fit::<1>(None, value),
        }
    }

    /// Writes a floating-point number, rounded to the field's precision. Every NaN is written alike,
    /// since languages do not agree on its bits.
    pub fn float(&mut self, value: f64) -> Result<(), Error> {
        let value = if value.is_nan() { f64::NAN } else { value };
        let narrow = value as f32;
        match self.number() {
            Some(Number::F32) => {
                let fits = narrow.is_finite() || !value.is_finite();
                self.fit(fits.then(|| narrow.to_le_bytes()), value)
            }
            Some(Number::F64) => self.fit(Some(value.to_le_bytes()), value),
            _ => Err(self.unfit("a floating-point number")),
        }
    }

    /// Writes a boolean.
    pub fn bool(&mut self, value: bool) -> Result<(), Error> {
        match self.number() {
            Some(Number::Bool) => self.fit(Some([value.into()]), value),
            _ => Err(self.unfit("a boolean")),
        }
    }

    /// Writes the bytes of a `char[N]`; NULs fill the rest.
    pub fn chars(&mut self, value: &[u8]) -> Result<(), Error> {
        let Some((Shape::Chars(room), at)) = self.cursor.value() else {
            return Err(self.unfit("bytes"));
        };
        if value.len() > *room {
            let len = value.len();
            return Err(self.refuse(&format!("{len} bytes do not fit char[{room}]")));
        }
        self.put(at, value);
        Ok(())
    }

    /// The bytes of the record; an error when values are still missing.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        if self.wants().is_none() { Ok(self.out) } else { Err(self.refuse("values are missing")) }
    }

    /// Where the next value will stand, such as `field pos[1].x`.
    #[must_use]
    pub fn path(&self) -> String {
        self.cursor.path()
    }

    /// The error of a next value that cannot be taken: says where it is and why not.
    #[cold]
    #[must_use]
    pub fn refuse(&self, why: &str) -> Error {
        Error::new(ErrorCode::Invalid, format!("{}: {why}", self.path()))
    }

    /// The error of a value of another type than what comes next; `got` names it.
    #[cold]
    #[must_use]
    pub fn unfit(&self, got: &str) -> Error {
        let expected = match self.cursor.value() {
            None => return self.refuse("the record is already complete"),
            Some((Shape::Number(number), _)) => number.name().to_owned(),
            Some((Shape::Chars(len), _)) => format!("char[{len}]"),
            Some((Shape::Array(array), _)) => format!("an array of {}", array.count),
            Some((Shape::Record(..), _)) => "a record".to_owned(),
        };
        self.refuse(&format!("expected {expected}, got {got}"))
    }

    fn number(&self) -> Option<Number> {
        match self.cursor.value() {
            Some((Shape::Number(number), _)) => Some(*number),
            _ => None,
        }
    }

    /// Puts the bytes of a number in place, if it has any there.
    fn fit<const N: usize>(
        &mut self,
        bytes: Option<[u8; N]>,
        value: impl std::fmt::Display,
    ) -> Result<(), Error> {
        match (bytes, self.cursor.value()) {
            (Some(bytes), Some((_, at))) => {
                self.put(at, &bytes);
                Ok(())
            }
            (_, Some((Shape::Number(number), _))) => {
                Err(self.refuse(&format!("{value} does not fit {}", number.name())))
            }
            _ => Err(self.unfit("a number")),
        }
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.out.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        self.cursor.pass();
    }
}
