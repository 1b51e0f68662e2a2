//! Reader: MessagePack in, values out, one after the other, borrowed from the bytes.
//!
//! Called by bindings for `recvTable`, and by [`super::Value`]. The bytes come from peers: nothing
//! in them panics, and no length is passed on that the bytes cannot hold.

use super::{
    format as f,
    trail::{Container, Trail},
};
use crate::error::{Error, ErrorCode};

/// A value, or the beginning of a container.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    /// Nil.
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer above `i64::MAX`; smaller ones are [`Token::Int`].
    UInt(u64),
    /// A floating-point number.
    Float(f64),
    /// A string.
    Str(&'a str),
    /// Bytes.
    Bin(&'a [u8]),
    /// An array: the next so many values are its elements.
    Array(usize),
    /// A map: the next so many pairs of key (a string or an integer) and value are its entries.
    Map(usize),
    /// A moment.
    Timestamp {
        /// Seconds since 1970 in UTC.
        secs: i64,
        /// Nanoseconds above them, less than a thousand million.
        nanos: u32,
    },
}

/// Reads one table, value by value.
///
/// After [`Token::Array`] and [`Token::Map`] the caller asks for as many values as they say. The sum
/// of all lengths given out never exceeds the number of bytes, so allocating by a length is safe.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    trail: Trail,
}

impl<'a> Reader<'a> {
    /// A reader of one table.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, trail: Trail::default() }
    }

    /// The next value. Errors say at which byte and where in the table; reading cannot go on then.
    #[expect(clippy::should_implement_trait, reason = "it fails, and has an end that is checked")]
    pub fn next(&mut self) -> Result<Token<'a>, Error> {
        let mut input = Input { bytes: self.bytes, at: self.at };
        match self.advance(&mut input) {
            Ok(token) => {
                self.at = input.at;
                Ok(token)
            }
            Err(why) => Err(self.refuse(why)),
        }
    }

    /// Checks that the table is complete and that nothing follows it.
    pub fn finish(self) -> Result<(), Error> {
        if !self.trail.is_complete() {
            return Err(self.refuse("values are missing"));
        }
        if self.at < self.bytes.len() {
            let more = self.bytes.len() - self.at;
            return Err(self.refuse(&format!("{more} bytes follow the table")));
        }
        Ok(())
    }

    /// The offset of the next value.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// Where the next value stands in the table, such as `$.a[3].b`.
    #[must_use]
    pub fn path(&self) -> String {
        self.trail.path(self.bytes)
    }

    /// The error of a next value that cannot be taken: says where it is and why not. A language
    /// that has no such value (an integer beyond its numbers) makes its error here too.
    #[cold]
    #[must_use]
    pub fn refuse(&self, why: &str) -> Error {
        let text = format!("byte {} ({}): {why}", self.at, self.path());
        Error::new(ErrorCode::Protocol, text)
    }

    fn advance(&mut self, input: &mut Input<'a>) -> Result<Token<'a>, &'static str> {
        if self.trail.is_complete() {
            return Err("no value is left");
        }
        if self.at == 0 && super::length(0, self.bytes.len()).is_none() {
            return Err("the table is longer than 4294967295 bytes");
        }
        let token = input.token()?;
        match token {
            Token::Array(len) => self.open(input, Container::Array, len, len)?,
            Token::Map(len) => self.open(input, Container::Map, len, len.saturating_mul(2))?,
            Token::Int(_) | Token::UInt(_) | Token::Str(_) => self.trail.value(self.at, true)?,
            _ => self.trail.value(self.at, false)?,
        }
        Ok(token)
    }

    /// Opens a container of `size` values, if the bytes can hold them beside those still owed.
    fn open(
        &mut self,
        input: &Input<'a>,
        container: Container,
        len: usize,
        size: usize,
    ) -> Result<(), &'static str> {
        let owed = self.trail.owed().saturating_sub(1);
        if size > input.left().saturating_sub(owed) {
            return Err("a length is greater than the bytes that are left");
        }
        self.trail.container(self.at, container, len)
    }
}

/// The first value of some bytes, not checked against where it stands.
pub(super) fn peek(bytes: &[u8]) -> Result<Token<'_>, &'static str> {
    Input { bytes, at: 0 }.token()
}

/// A place in the bytes.
struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn token(&mut self) -> Result<Token<'a>, &'static str> {
        let [code] = self.array()?;
        Ok(match code {
            0..=f::POSITIVE_FIX_MAX => Token::Int(code.into()),
            f::FIX_MAP..f::FIX_ARRAY => Token::Map((code - f::FIX_MAP).into()),
            f::FIX_ARRAY..f::FIX_STR => Token::Array((code - f::FIX_ARRAY).into()),
            f::FIX_STR..f::NIL => self.str((code - f::FIX_STR).into())?,
            f::NIL => Token::Nil,
            f::FALSE => Token::Bool(false),
            f::TRUE => Token::Bool(true),
            f::BIN_8 | f::BIN_16 | f::BIN_32 => {
                let len = self.length(code - f::BIN_8)?;
                Token::Bin(self.take(len)?)
            }
            f::EXT_8 | f::EXT_16 | f::EXT_32 => {
                let len = self.length(code - f::EXT_8)?;
                self.extension(len)?
            }
            f::FLOAT_32 => Token::Float(f32::from_be_bytes(self.array()?).into()),
            f::FLOAT_64 => Token::Float(f64::from_be_bytes(self.array()?)),
            f::UINT_8 => Token::Int(u8::from_be_bytes(self.array()?).into()),
            f::UINT_16 => Token::Int(u16::from_be_bytes(self.array()?).into()),
            f::UINT_32 => Token::Int(u32::from_be_bytes(self.array()?).into()),
            f::UINT_64 => {
                let value = u64::from_be_bytes(self.array()?);
                i64::try_from(value).map_or(Token::UInt(value), Token::Int)
            }
            f::INT_8 => Token::Int(i8::from_be_bytes(self.array()?).into()),
            f::INT_16 => Token::Int(i16::from_be_bytes(self.array()?).into()),
            f::INT_32 => Token::Int(i32::from_be_bytes(self.array()?).into()),
            f::INT_64 => Token::Int(i64::from_be_bytes(self.array()?)),
            f::FIX_EXT_1..=f::FIX_EXT_16 => self.extension(1 << (code - f::FIX_EXT_1))?,
            f::STR_8 | f::STR_16 | f::STR_32 => {
                let len = self.length(code - f::STR_8)?;
                self.str(len)?
            }
            f::ARRAY_16 | f::ARRAY_32 => Token::Array(self.length(code - f::ARRAY_16 + 1)?),
            f::MAP_16 | f::MAP_32 => Token::Map(self.length(code - f::MAP_16 + 1)?),
            f::NEGATIVE_FIX.. => Token::Int((code as i8).into()),
            _ => return Err("0xc1 begins no value"),
        })
    }

    /// A length of 1, 2 or 4 bytes, for `width` 0, 1 and 2.
    fn length(&mut self, width: u8) -> Result<usize, &'static str> {
        Ok(match width {
            0 => u8::from_be_bytes(self.array()?).into(),
            1 => u16::from_be_bytes(self.array()?).into(),
            _ => usize::try_from(u32::from_be_bytes(self.array()?)).unwrap_or(usize::MAX),
        })
    }

    fn str(&mut self, len: usize) -> Result<Token<'a>, &'static str> {
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map(Token::Str).map_err(|_| "a string is not UTF-8")
    }

    fn extension(&mut self, len: usize) -> Result<Token<'a>, &'static str> {
        let [kind] = self.array()?;
        if kind != f::TIMESTAMP {
            return Err("an extension type other than a timestamp's");
        }
        let (secs, nanos) = match len {
            4 => (u32::from_be_bytes(self.array()?).into(), 0),
            8 => {
                let both = u64::from_be_bytes(self.array()?);
                let secs = both & ((1 << f::TIMESTAMP_64_BITS) - 1);
                (secs as i64, (both >> f::TIMESTAMP_64_BITS) as u32)
            }
            12 => {
                let nanos = u32::from_be_bytes(self.array()?);
                (i64::from_be_bytes(self.array()?), nanos)
            }
            _ => return Err("a timestamp has 4, 8 or 12 bytes"),
        };
        if nanos >= f::NANOS_END {
            return Err("a timestamp has less than 1000000000 nanoseconds");
        }
        Ok(Token::Timestamp { secs, nanos })
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], &'static str> {
        let (bytes, at) = (self.bytes, self.at);
        let end = at.checked_add(len).filter(|&end| end <= bytes.len());
        let Some(end) = end else {
            return Err("the bytes end inside a value");
        };
        self.at = end;
        Ok(&bytes[at..end])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let Some(bytes) = self.bytes[self.at..].first_chunk::<N>() else {
            return Err("the bytes end inside a value");
        };
        self.at += N;
        Ok(*bytes)
    }
}
