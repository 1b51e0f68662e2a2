//! Reader: the bytes of a record in, its values out, one after the other.
//!
//! Called by bindings for `recvStruct`, and by [`super::Value`]. The bytes come from peers; once
//! their number is right, any of them are a record.

use super::{
    cursor::Cursor,
    layout::{Field, Layout, Number, Shape},
};
use crate::error::{Error, ErrorCode};

/// A value, or the beginning of a container.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    /// An integer.
    Int(i64),
    /// An integer above `i64::MAX`; smaller ones are [`Token::Int`].
    UInt(u64),
    /// A floating-point number.
    Float(f64),
    /// A boolean; any byte but 0 is true.
    Bool(bool),
    /// The bytes of a `char[N]` without the NULs at their end.
    Chars(&'a [u8]),
    /// An array: the next so many values are its items.
    Array(usize),
    /// A record: the next values are those of its fields.
    Record(&'a [Field]),
}

/// Reads one record, value by value.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    cursor: Cursor<'a>,
}

impl<'a> Reader<'a> {
    /// A reader of one record.
    ///
    /// # Errors
    /// EPROTO when the bytes are not as many as the record has.
    pub fn new(layout: &'a Layout, bytes: &'a [u8]) -> Result<Self, Error> {
        let size = layout.size();
        if bytes.len() != size {
            return Err(wrong_size(layout, bytes.len()));
        }
        Ok(Self { bytes, cursor: Cursor::new(layout) })
    }

    /// The next value; `None` after the last.
    #[expect(clippy::should_implement_trait, reason = "an iterator could not lend as long")]
    pub fn next(&mut self) -> Option<Token<'a>> {
        let (shape, at) = self.cursor.value()?;
        let token = match shape {
            Shape::Number(number) => self.number(*number, at),
            Shape::Chars(len) => {
                let bytes = self.bytes.get(at..at + len).unwrap_or_default();
                let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
                Token::Chars(&bytes[..end])
            }
            Shape::Array(array) => Token::Array(array.count),
            Shape::Record(fields, _) => Token::Record(fields),
        };
        if !self.cursor.enter() {
            self.cursor.pass();
        }
        Some(token)
    }

    /// Where the next value stands, such as `field pos[1].x`.
    #[must_use]
    pub fn path(&self) -> String {
        self.cursor.path()
    }

    /// The error of a next value that a language has nothing for: says where it is and why not.
    #[cold]
    #[must_use]
    pub fn refuse(&self, why: &str) -> Error {
        Error::new(ErrorCode::Protocol, format!("{}: {why}", self.path()))
    }

    fn number(&self, number: Number, at: usize) -> Token<'a> {
        match number {
            Number::I8 => Token::Int(i8::from_le_bytes(self.array(at)).into()),
            Number::U8 => Token::Int(u8::from_le_bytes(self.array(at)).into()),
            Number::I16 => Token::Int(i16::from_le_bytes(self.array(at)).into()),
            Number::U16 => Token::Int(u16::from_le_bytes(self.array(at)).into()),
            Number::I32 => Token::Int(i32::from_le_bytes(self.array(at)).into()),
            Number::U32 => Token::Int(u32::from_le_bytes(self.array(at)).into()),
            Number::I64 => Token::Int(i64::from_le_bytes(self.array(at))),
            Number::U64 => {
                let value = u64::from_le_bytes(self.array(at));
                i64::try_from(value).map_or(Token::UInt(value), Token::Int)
            }
            Number::F32 => Token::Float(f32::from_le_bytes(self.array(at)).into()),
            Number::F64 => Token::Float(f64::from_le_bytes(self.array(at))),
            Number::Bool => Token::Bool(self.array(at) != [0]),
        }
    }

    /// The bytes of a number. There are as many as the layout has, so the default is never taken.
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let bytes = self.bytes.get(at..).and_then(<[u8]>::first_chunk);
        bytes.copied().unwrap_or([0; N])
    }
}

#[cold]
fn wrong_size(layout: &Layout, got: usize) -> Error {
    let size = layout.size();
    let first = layout.fields().iter().find(|field| field.offset + field.shape.size() > got);
    let where_ = match first {
        Some(field) => format!("; they end before the end of field {}", field.name),
        None => String::new(),
    };
    let text = format!("the record has {size} bytes, the message {got}{where_}");
    Error::new(ErrorCode::Protocol, text)
}
