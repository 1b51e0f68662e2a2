//! Value: a record as a tree, for Rust programs and tests. Bindings do without it.

use super::{Field, Layout, Reader, Token, Want, Writer};
use crate::error::Error;

/// A record or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An integer.
    Int(i64),
    /// An integer above `i64::MAX`; smaller ones arrive as [`Value::Int`].
    UInt(u64),
    /// A floating-point number.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// The bytes of a `char[N]`, without the NULs at their end.
    Chars(Vec<u8>),
    /// An array.
    Array(Vec<Self>),
    /// A record: names and values, in any order.
    Record(Vec<(String, Self)>),
}

impl Value {
    /// The bytes of the record; an error names the field that does not fit.
    pub fn encode(&self, layout: &Layout) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(layout);
        self.write(&mut writer)?;
        writer.finish()
    }

    /// The record that some bytes are; an error when they are not as many as it has.
    pub fn decode(layout: &Layout, bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(layout, bytes)?;
        // A layout has at least one field, so there is always a first value.
        Ok(Self::read(&mut reader).unwrap_or_else(|| Self::Record(Vec::new())))
    }

    /// The value of a field; `None` when there is none or this is no record.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Record(values) = self else { return None };
        values.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Error> {
        match self {
            Self::Int(value) => writer.int(*value),
            Self::UInt(value) => writer.uint(*value),
            Self::Float(value) => writer.float(*value),
            Self::Bool(value) => writer.bool(*value),
            Self::Chars(value) => writer.chars(value),
            Self::Array(items) => {
                if !matches!(writer.wants(), Some(Want::Array(_))) {
                    return Err(writer.unfit("an array"));
                }
                writer.open(items.len())?;
                items.iter().try_for_each(|item| item.write(writer))
            }
            Self::Record(values) => {
                let Some(Want::Record(fields)) = writer.wants() else {
                    return Err(writer.unfit("a record"));
                };
                let stranger = values.iter().find(|(name, _)| !has(fields, name));
                if let Some((name, _)) = stranger {
                    return Err(writer.refuse(&format!("there is no field {name:?}")));
                }
                writer.open(fields.len())?;
                fields.iter().try_for_each(|field| match self.get(&field.name) {
                    Some(value) => value.write(writer),
                    None => Err(writer.refuse("the value is missing")),
                })
            }
        }
    }

    /// The recursion is bounded: a layout nests no deeper than its limit.
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(match reader.next()? {
            Token::Int(value) => Self::Int(value),
            Token::UInt(value) => Self::UInt(value),
            Token::Float(value) => Self::Float(value),
            Token::Bool(value) => Self::Bool(value),
            Token::Chars(value) => Self::Chars(value.to_vec()),
            Token::Array(len) => Self::Array((0..len).map_while(|_| Self::read(reader)).collect()),
            Token::Record(fields) => {
                let value = |field: &Field| Some((field.name.to_string(), Self::read(reader)?));
                Self::Record(fields.iter().map_while(value).collect())
            }
        })
    }
}

fn has(fields: &[Field], name: &str) -> bool {
    fields.iter().any(|field| *field.name == *name)
}
