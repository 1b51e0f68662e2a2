//! Layout: where each field of a record lies, as a C compiler has it.
//!
//! Made by [`super::parse`]; walked by [`super::Writer`] and [`super::Reader`].

use super::{MAX_SIZE, parse};
use crate::error::Error;

/// The kinds of numbers, and booleans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// `int8_t`.
    I8,
    /// `uint8_t`.
    U8,
    /// `int16_t`.
    I16,
    /// `uint16_t`.
    U16,
    /// `int32_t`.
    I32,
    /// `uint32_t`.
    U32,
    /// `int64_t`.
    I64,
    /// `uint64_t`.
    U64,
    /// `float`.
    F32,
    /// `double`.
    F64,
    /// `bool`.
    Bool,
}

/// Every kind, with its name in field lists and its size.
pub(super) const NUMBERS: [(&str, Number, usize); 11] = [
    ("i8", Number::I8, 1),
    ("u8", Number::U8, 1),
    ("i16", Number::I16, 2),
    ("u16", Number::U16, 2),
    ("i32", Number::I32, 4),
    ("u32", Number::U32, 4),
    ("i64", Number::I64, 8),
    ("u64", Number::U64, 8),
    ("f32", Number::F32, 4),
    ("f64", Number::F64, 8),
    ("bool", Number::Bool, 1),
];

impl Number {
    /// The name in field lists.
    #[must_use]
    pub fn name(self) -> &'static str {
        NUMBERS[self as usize].0
    }

    /// How many bytes it takes, which is also what it is aligned to.
    #[must_use]
    pub fn size(self) -> usize {
        NUMBERS[self as usize].2
    }
}

/// What a field is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A number or a boolean.
    Number(Number),
    /// So many bytes, of which NULs at the end do not count.
    Chars(usize),
    /// Several of the same.
    Array(Box<Array>),
    /// A record in the record: its fields, their offsets counted from its own beginning, and its size.
    Record(Vec<Field>, usize),
}

impl Shape {
    /// How many bytes it takes, with what fills it up to its alignment.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Number(number) => number.size(),
            Self::Chars(len) => *len,
            Self::Array(array) => array.count * array.item.size(),
            Self::Record(_, size) => *size,
        }
    }

    /// `count` of these, if a record can be so large.
    pub(super) fn times(self, count: usize) -> Option<Self> {
        let size = self.size().checked_mul(count)?;
        (size <= MAX_SIZE).then(|| Self::Array(Box::new(Array { item: self, count })))
    }
}

/// Several of the same, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// What each is.
    pub item: Shape,
    /// How many there are: 1 or more.
    pub count: usize,
}

/// One field of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name: letters, digits and underscores.
    pub name: Box<str>,
    /// Where it begins in its record, in bytes.
    pub offset: usize,
    /// What it is.
    pub shape: Shape,
}

/// What a field list describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Always a record.
    pub(super) root: Shape,
}

impl Layout {
    /// The layout that a field list describes.
    ///
    /// # Errors
    /// EINVAL for a text that is no field list or beyond a limit: says at which byte and why.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::layout(text)
    }

    /// How many bytes a record takes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.root.size()
    }

    /// The fields, in order; there is at least one.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        match &self.root {
            Shape::Record(fields, _) => fields,
            _ => &[],
        }
    }
}
