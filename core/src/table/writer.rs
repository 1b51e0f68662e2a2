//! Writer: values in, MessagePack out, each in its smallest form.
//!
//! Called by bindings for `sendTable`, and by [`super::Value`].

use super::{
    format as f,
    trail::{Container, Trail},
};
use crate::error::{Error, ErrorCode};

/// Writes one table, value by value.
///
/// A container is announced with its length and followed by that many values (in a map, that many
/// pairs of key and value); it ends by itself. The writer knows where it stands, so a caller that
/// meets what cannot be carried asks it for the error: [`Writer::refuse`] names the path.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
    trail: Trail,
}

impl Writer {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A writer that reuses the memory of `buffer`, whose contents are forgotten.
    #[must_use]
    pub fn with_buffer(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Self { out: buffer, trail: Trail::default() }
    }

    /// Writes nil.
    pub fn nil(&mut self) -> Result<(), Error> {
        self.begin(false)?;
        self.out.push(f::NIL);
        Ok(())
    }

    /// Writes a boolean.
    pub fn bool(&mut self, value: bool) -> Result<(), Error> {
        self.begin(false)?;
        self.out.push(if value { f::TRUE } else { f::FALSE });
        Ok(())
    }

    /// Writes an integer.
    pub fn int(&mut self, value: i64) -> Result<(), Error> {
        if let Ok(value) = u64::try_from(value) {
            return self.uint(value);
        }
        self.begin(true)?;
        if value >= -32 {
            // Two's complement of -32 to -1 in a byte is 0xe0 to 0xff, the format's own code.
            self.out.push(value as u8);
        } else if let Ok(value) = i8::try_from(value) {
            self.put(f::INT_8, value.to_be_bytes());
        } else if let Ok(value) = i16::try_from(value) {
            self.put(f::INT_16, value.to_be_bytes());
        } else if let Ok(value) = i32::try_from(value) {
            self.put(f::INT_32, value.to_be_bytes());
        } else {
            self.put(f::INT_64, value.to_be_bytes());
        }
        Ok(())
    }

    /// Writes an integer that is not negative.
    pub fn uint(&mut self, value: u64) -> Result<(), Error> {
        self.begin(true)?;
        if let Ok(value) = u8::try_from(value) {
            if value <= f::POSITIVE_FIX_MAX {
                self.out.push(value);
            } else {
                self.put(f::UINT_8, [value]);
            }
        } else if let Ok(value) = u16::try_from(value) {
            self.put(f::UINT_16, value.to_be_bytes());
        } else if let Ok(value) = u32::try_from(value) {
            self.put(f::UINT_32, value.to_be_bytes());
        } else {
            self.put(f::UINT_64, value.to_be_bytes());
        }
        Ok(())
    }

    /// Writes a floating-point number: in 32 bits when that loses nothing, else in 64. Every NaN is
    /// written alike, since languages do not agree on its bits.
    pub fn float(&mut self, value: f64) -> Result<(), Error> {
        self.begin(false)?;
        let value = if value.is_nan() { f64::NAN } else { value };
        let narrow = value as f32;
        if f64::from(narrow).to_bits() == value.to_bits() {
            self.put(f::FLOAT_32, narrow.to_be_bytes());
        } else {
            self.put(f::FLOAT_64, value.to_be_bytes());
        }
        Ok(())
    }

    /// Writes a string.
    pub fn str(&mut self, value: &str) -> Result<(), Error> {
        let len = self.length(value.len())?;
        self.begin(true)?;
        match len {
            0..32 => self.out.push(f::FIX_STR | len as u8),
            _ => self.put_length([Some(f::STR_8), Some(f::STR_16), Some(f::STR_32)], len),
        }
        self.out.extend_from_slice(value.as_bytes());
        Ok(())
    }

    /// Writes bytes.
    pub fn bin(&mut self, value: &[u8]) -> Result<(), Error> {
        let len = self.length(value.len())?;
        self.begin(false)?;
        self.put_length([Some(f::BIN_8), Some(f::BIN_16), Some(f::BIN_32)], len);
        self.out.extend_from_slice(value);
        Ok(())
    }

    /// Begins an array; the next `len` values are its elements.
    pub fn array(&mut self, len: usize) -> Result<(), Error> {
        let len = self.open(Container::Array, len)?;
        match len {
            0..16 => self.out.push(f::FIX_ARRAY | len as u8),
            _ => self.put_length([None, Some(f::ARRAY_16), Some(f::ARRAY_32)], len),
        }
        Ok(())
    }

    /// Begins a map; the next `len` pairs of key and value are its entries.
    pub fn map(&mut self, len: usize) -> Result<(), Error> {
        let len = self.open(Container::Map, len)?;
        match len {
            0..16 => self.out.push(f::FIX_MAP | len as u8),
            _ => self.put_length([None, Some(f::MAP_16), Some(f::MAP_32)], len),
        }
        Ok(())
    }

    /// Writes a moment: seconds since 1970 in UTC, and nanoseconds above them.
    pub fn timestamp(&mut self, secs: i64, nanos: u32) -> Result<(), Error> {
        if nanos >= f::NANOS_END {
            return Err(self.refuse("a timestamp has less than 1000000000 nanoseconds"));
        }
        self.begin(false)?;
        let short = u64::try_from(secs).ok().filter(|secs| secs >> f::TIMESTAMP_64_BITS == 0);
        match (short.map(|secs| (secs, u32::try_from(secs))), nanos) {
            (Some((_, Ok(secs))), 0) => {
                self.put(f::FIX_EXT_4, [f::TIMESTAMP]);
                self.out.extend_from_slice(&secs.to_be_bytes());
            }
            (Some((secs, _)), _) => {
                self.put(f::FIX_EXT_8, [f::TIMESTAMP]);
                let both = u64::from(nanos) << f::TIMESTAMP_64_BITS | secs;
                self.out.extend_from_slice(&both.to_be_bytes());
            }
            (None, _) => {
                self.put(f::EXT_8, [12, f::TIMESTAMP]);
                self.out.extend_from_slice(&nanos.to_be_bytes());
                self.out.extend_from_slice(&secs.to_be_bytes());
            }
        }
        Ok(())
    }

    /// The bytes of the table; an error when values are still missing.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        if self.trail.is_complete() { Ok(self.out) } else { Err(self.refuse("values are missing")) }
    }

    /// Where the next value will stand, such as `$.a[3].b`.
    #[must_use]
    pub fn path(&self) -> String {
        self.trail.path(&self.out)
    }

    /// The error of a next value that cannot be carried: says where it is and why not.
    #[cold]
    #[must_use]
    pub fn refuse(&self, why: &str) -> Error {
        Error::new(ErrorCode::Invalid, format!("{}: {why}", self.path()))
    }

    fn begin(&mut self, fit_for_key: bool) -> Result<(), Error> {
        let at = self.out.len();
        self.trail.value(at, fit_for_key).map_err(|why| self.refuse(why))
    }

    fn open(&mut self, container: Container, len: usize) -> Result<u32, Error> {
        let at = self.out.len();
        let length = self.length(len)?;
        self.trail.container(at, container, len).map_err(|why| self.refuse(why))?;
        Ok(length)
    }

    fn length(&self, len: usize) -> Result<u32, Error> {
        super::length(self.out.len(), len)
            .ok_or_else(|| self.refuse("the table is longer than 4294967295 bytes"))
    }

    fn put<const N: usize>(&mut self, code: u8, bytes: [u8; N]) {
        self.out.push(code);
        self.out.extend_from_slice(&bytes);
    }

    /// Appends the code and length of the narrowest form that there is and that holds `len`.
    fn put_length(&mut self, codes: [Option<u8>; 3], len: u32) {
        let [narrow, middle, wide] = codes;
        match (narrow, middle, wide) {
            (Some(code), ..) if len <= u8::MAX.into() => self.put(code, [len as u8]),
            (_, Some(code), _) if len <= u16::MAX.into() => {
                self.put(code, (len as u16).to_be_bytes());
            }
            (.., Some(code)) => self.put(code, len.to_be_bytes()),
            _ => {}
        }
    }
}
