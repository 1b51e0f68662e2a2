//! Value: a table as a tree, for Rust programs and tests. Bindings do without it.

use super::{Reader, Token, Writer};
use crate::error::Error;

/// A table or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nil.
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer above `i64::MAX`; smaller ones arrive as [`Value::Int`].
    UInt(u64),
    /// A floating-point number.
    Float(f64),
    /// A string.
    Str(String),
    /// Bytes.
    Bin(Vec<u8>),
    /// An array.
    Array(Vec<Self>),
    /// A map, in its own order.
    Map(Vec<(Key, Self)>),
    /// A moment.
    Timestamp {
        /// Seconds since 1970 in UTC.
        secs: i64,
        /// Nanoseconds above them, less than a thousand million.
        nanos: u32,
    },
}

/// The key of an entry of a map.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// An integer.
    Int(i64),
    /// An integer above `i64::MAX`; smaller ones arrive as [`Key::Int`].
    UInt(u64),
    /// A string.
    Str(String),
}

impl Value {
    /// The MessagePack of the tree; an error names the path of what cannot be carried.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new();
        self.write(&mut writer)?;
        writer.finish()
    }

    /// The tree of one table, all of the bytes; an error says at which byte it is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        let value = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// The value of a key that is a string; `None` when there is none or this is no map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        let is_it = |entry: &&(Key, Self)| matches!(&entry.0, Key::Str(name) if name == key);
        entries.iter().find(is_it).map(|(_, value)| value)
    }

    /// Writes the tree as the next value of a writer. The writer's limit on depth bounds the
    /// recursion.
    pub fn write(&self, writer: &mut Writer) -> Result<(), Error> {
        match self {
            Self::Nil => writer.nil(),
            Self::Bool(value) => writer.bool(*value),
            Self::Int(value) => writer.int(*value),
            Self::UInt(value) => writer.uint(*value),
            Self::Float(value) => writer.float(*value),
            Self::Str(value) => writer.str(value),
            Self::Bin(value) => writer.bin(value),
            Self::Timestamp { secs, nanos } => writer.timestamp(*secs, *nanos),
            Self::Array(items) => {
                writer.array(items.len())?;
                items.iter().try_for_each(|item| item.write(writer))
            }
            Self::Map(entries) => {
                writer.map(entries.len())?;
                entries.iter().try_for_each(|(key, value)| {
                    key.write(writer)?;
                    value.write(writer)
                })
            }
        }
    }

    /// Reads the next value of a reader as a tree. The reader's limit on depth bounds the recursion.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(match reader.next()? {
            Token::Nil => Self::Nil,
            Token::Bool(value) => Self::Bool(value),
            Token::Int(value) => Self::Int(value),
            Token::UInt(value) => Self::UInt(value),
            Token::Float(value) => Self::Float(value),
            Token::Str(value) => Self::Str(value.to_owned()),
            Token::Bin(value) => Self::Bin(value.to_vec()),
            Token::Timestamp { secs, nanos } => Self::Timestamp { secs, nanos },
            Token::Array(len) => {
                Self::Array((0..len).map(|_| Self::read(reader)).collect::<Result<_, _>>()?)
            }
            Token::Map(len) => Self::Map(
                (0..len)
                    .map(|_| Ok((Key::read(reader)?, Self::read(reader)?)))
                    .collect::<Result<_, Error>>()?,
            ),
        })
    }
}

impl Key {
    fn write(&self, writer: &mut Writer) -> Result<(), Error> {
        match self {
            Self::Int(key) => writer.int(*key),
            Self::UInt(key) => writer.uint(*key),
            Self::Str(key) => writer.str(key),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        match reader.next()? {
            Token::Int(key) => Ok(Self::Int(key)),
            Token::UInt(key) => Ok(Self::UInt(key)),
            Token::Str(key) => Ok(Self::Str(key.to_owned())),
            // The reader itself refuses any other key; this keeps the match total.
            _ => Err(reader.refuse("a key must be a string or an integer")),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bin(value.to_vec())
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self::Array(items)
    }
}

impl<K: Into<Key>, const N: usize> From<[(K, Self); N]> for Value {
    fn from(entries: [(K, Self); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}

impl From<&str> for Key {
    fn from(key: &str) -> Self {
        Self::Str(key.to_owned())
    }
}

impl From<i64> for Key {
    fn from(key: i64) -> Self {
        Self::Int(key)
    }
}
