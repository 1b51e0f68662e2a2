//! Value: what an option is set to and read as, and the one place that checks types and ranges.
//!
//! Called by [`super::store`]; bindings make [`Value`]s from what their users pass.

use std::{fmt, time::Duration};

use super::{Dialect, OptionKind, OptionRow, Preset};
use crate::error::{Error, ErrorCode};

/// The value of an option. A boolean is the integer 0 or 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// An integer, a time in milliseconds, a boolean or a descriptor.
    Int(i64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Text.
    Text(String),
}

impl Value {
    /// The integer, when it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Bytes(_) | Self::Text(_) => None,
        }
    }

    /// The bytes, of text too; `None` for an integer.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Int(_) => None,
            Self::Bytes(bytes) => Some(bytes),
            Self::Text(text) => Some(text.as_bytes()),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Int(flag.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// How an error names what came: an integer in full, bytes and text by their size, since they may be
/// long or secret.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Text(text) => write!(f, "a text of {} bytes", text.len()),
        }
    }
}

/// A time as options count it: milliseconds, negative for "for ever" or "off".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// The time, or `None` when it is negative.
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        u64::try_from(self.0).ok().map(Duration::from_millis)
    }

    /// The time, or `None` when it is zero or negative, where zero means "off".
    #[must_use]
    pub fn unless_zero(self) -> Option<Duration> {
        self.duration().filter(|time| !time.is_zero())
    }
}

/// A type that a field of `Options` may have.
pub(super) trait Field: Sized {
    /// Takes a user's value after checking its type and range.
    fn parse(row: &OptionRow, dialect: Dialect, value: &Value) -> Result<Self, Error>;
    /// The value as a user reads it.
    fn show(&self) -> Value;
    /// The default of the table, which a test holds to the row's kind.
    fn preset(preset: Preset) -> Self;
}

impl Field for i64 {
    fn parse(row: &OptionRow, dialect: Dialect, value: &Value) -> Result<Self, Error> {
        let number = match value {
            Value::Int(number) => *number,
            Value::Bytes(bytes) => {
                c_integer(dialect, bytes).ok_or_else(|| unfit(row, dialect, value))?
            }
            Value::Text(_) => return Err(unfit(row, dialect, value)),
        };
        if row.range(dialect).contains(&number) {
            Ok(number)
        } else {
            Err(unfit(row, dialect, &Value::Int(number)))
        }
    }

    fn show(&self) -> Value {
        Value::Int(*self)
    }

    fn preset(preset: Preset) -> Self {
        match preset {
            Preset::Int(number) => number,
            Preset::Text(_) => 0,
        }
    }
}

impl Field for bool {
    fn parse(row: &OptionRow, dialect: Dialect, value: &Value) -> Result<Self, Error> {
        Ok(i64::parse(row, dialect, value)? != 0)
    }

    fn show(&self) -> Value {
        Value::from(*self)
    }

    fn preset(preset: Preset) -> Self {
        i64::preset(preset) != 0
    }
}

impl Field for Millis {
    fn parse(row: &OptionRow, dialect: Dialect, value: &Value) -> Result<Self, Error> {
        i64::parse(row, dialect, value).map(Self)
    }

    fn show(&self) -> Value {
        Value::Int(self.0)
    }

    fn preset(preset: Preset) -> Self {
        Self(i64::preset(preset))
    }
}

impl Field for Vec<u8> {
    fn parse(row: &OptionRow, dialect: Dialect, value: &Value) -> Result<Self, Error> {
        sized(row, dialect, value).map(<[u8]>::to_vec)
    }

    fn show(&self) -> Value {
        Value::Bytes(self.clone())
    }

    fn preset(preset: Preset) -> Self {
        String::preset(preset).into_bytes()
    }
}

impl Field for String {
    fn parse(row: &OptionRow, dialect: Dialect, value: &Value) -> Result<Self, Error> {
        let text = sized(row, dialect, value)?;
        if text.contains(&0) {
            return Err(wrong(row, dialect, "a text without NUL bytes, got one with"));
        }
        Self::from_utf8(text.to_vec())
            .map_err(|_| wrong(row, dialect, "UTF-8, got bytes that are not"))
    }

    fn show(&self) -> Value {
        Value::Text(self.clone())
    }

    fn preset(preset: Preset) -> Self {
        match preset {
            Preset::Text(text) => text.to_owned(),
            Preset::Int(_) => Self::new(),
        }
    }
}

/// Checks a value that will not be kept.
pub(super) fn check(row: &OptionRow, dialect: Dialect, value: &Value) -> Result<Value, Error> {
    match row.kind {
        OptionKind::Int | OptionKind::Millis | OptionKind::Descriptor => {
            i64::parse(row, dialect, value).map(Value::Int)
        }
        OptionKind::Bool => bool::parse(row, dialect, value).map(Value::from),
        OptionKind::Bytes => Vec::parse(row, dialect, value).map(Value::Bytes),
        OptionKind::Text => String::parse(row, dialect, value).map(Value::Text),
    }
}

/// A C `int`, or for ZMTP an `int64_t`, as it lies in memory: what a program passes that fills a buffer
/// for `setsockopt` itself.
fn c_integer(dialect: Dialect, bytes: &[u8]) -> Option<i64> {
    if let Ok(narrow) = <[u8; 4]>::try_from(bytes) {
        return Some(i32::from_ne_bytes(narrow).into());
    }
    if dialect == Dialect::Sp {
        return None;
    }
    <[u8; 8]>::try_from(bytes).ok().map(i64::from_ne_bytes)
}

fn sized<'a>(row: &OptionRow, dialect: Dialect, value: &'a Value) -> Result<&'a [u8], Error> {
    value
        .as_bytes()
        .filter(|bytes| {
            i64::try_from(bytes.len()).is_ok_and(|len| row.range(dialect).contains(&len))
        })
        .ok_or_else(|| unfit(row, dialect, value))
}

/// The error of a value of the wrong type, range or size: says what was expected and what came.
fn unfit(row: &OptionRow, dialect: Dialect, got: &Value) -> Error {
    let (low, high) = (row.range(dialect).start(), row.range(dialect).end());
    let expected = match (row.kind, *high) {
        (OptionKind::Bool, 1) => "0 or 1".to_owned(),
        (OptionKind::Bool, _) => "0 or a positive integer".to_owned(),
        (OptionKind::Int | OptionKind::Descriptor, _) => format!("an integer, {low} to {high}"),
        (OptionKind::Millis, _) => format!("milliseconds, {low} to {high}"),
        (OptionKind::Bytes, i64::MAX) => format!("{low} bytes or more"),
        (OptionKind::Bytes, _) => format!("{low} to {high} bytes"),
        (OptionKind::Text, _) => format!("a text of {low} to {high} bytes"),
    };
    wrong(row, dialect, &format!("{expected}, got {got}"))
}

fn wrong(row: &OptionRow, dialect: Dialect, expected: &str) -> Error {
    Error::new(ErrorCode::Invalid, format!("{} takes {expected}", row.name_in(dialect)))
}
