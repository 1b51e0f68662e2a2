//! Parse: a field list in, a [`Layout`] out. The grammar is in the module's documentation.

use std::collections::HashSet;

use smallvec::SmallVec;

use super::{
    MAX_DEPTH, MAX_FIELDS, MAX_SIZE, MAX_TEXT,
    layout::{Field, Layout, NUMBERS, Shape},
};
use crate::error::{Error, ErrorCode};

/// What `pack` may say.
const PACKS: [usize; 4] = [1, 2, 4, 8];
/// How many characters an error shows of what it did not expect.
const SHOWN: usize = 20;

pub(super) fn layout(text: &str) -> Result<Layout, Error> {
    let mut parser = Parser { text, at: 0, pack: usize::MAX, depth: 0, fields: 0 };
    parser.layout().map_err(|why| {
        let text = format!("field list, byte {}: {why}", parser.at);
        Error::new(ErrorCode::Invalid, text)
    })
}

type Parsed<T> = Result<T, String>;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// The most that anything is aligned to.
    pack: usize,
    /// How many records are open.
    depth: usize,
    /// How many fields there are so far.
    fields: usize,
}

/// A type before its lengths.
struct Kind {
    shape: Shape,
    align: usize,
    /// How many levels are below: 0 of a number.
    levels: usize,
}

impl<'a> Parser<'a> {
    fn layout(&mut self) -> Parsed<Layout> {
        if self.text.len() > MAX_TEXT {
            return Err(format!("it is longer than {MAX_TEXT} bytes"));
        }
        self.pack()?;
        let Kind { shape: root, .. } = self.record()?;
        if self.at < self.text.len() {
            return Err(self.expected("a field"));
        }
        Ok(Layout { root })
    }

    /// `pack(N);`, if it is there.
    fn pack(&mut self) -> Parsed<()> {
        let before = self.at;
        if self.word() != "pack" || !self.take("(") {
            self.at = before;
            return Ok(());
        }
        self.blanks();
        let begin = self.at;
        let pack = self.number()?;
        if !PACKS.contains(&pack) {
            self.at = begin;
            return Err(format!("pack is 1, 2, 4 or 8, not {pack}"));
        }
        self.pack = pack;
        self.want(")")?;
        self.want(";")
    }

    /// Fields, up to a brace or the end.
    fn record(&mut self) -> Parsed<Kind> {
        let mut fields = Vec::new();
        let mut names = HashSet::new();
        let (mut size, mut align, mut levels) = (0, 1, 0);
        self.depth += 1;
        while fields.is_empty() || (self.take(";") && !self.is_at_end()) {
            let (name, kind) = self.field(&mut names)?;
            let offset = aligned(size, kind.align);
            size = offset + kind.shape.size();
            if size > MAX_SIZE {
                return Err(too_large(name));
            }
            align = align.max(kind.align);
            levels = levels.max(kind.levels);
            fields.push(Field { name: name.into(), offset, shape: kind.shape });
        }
        if !self.is_at_end() {
            return Err(self.expected("';'"));
        }
        self.depth -= 1;
        let shape = Shape::Record(fields, aligned(size, align));
        Ok(Kind { shape, align, levels: levels + 1 })
    }

    fn field(&mut self, names: &mut HashSet<&'a str>) -> Parsed<(&'a str, Kind)> {
        let Kind { shape, align, levels } = self.kind()?;
        let inner = self.lengths()?;
        self.blanks();
        let begin = self.at;
        let name = self.word();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            self.at = begin;
            return Err(self.expected("a name"));
        }
        if !names.insert(name) {
            self.at = begin;
            return Err(format!("there are two fields {name:?}"));
        }
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            return Err(format!("field {name:?}: there are more than {MAX_FIELDS} fields"));
        }
        // As in C, where the lengths stand at the name, the innermost is the last.
        let mut lengths = self.lengths()?;
        lengths.extend(inner);
        let shape = match shape {
            Shape::Chars(_) => Shape::Chars(lengths.pop().unwrap_or(1)),
            other => other,
        };
        let levels = levels + lengths.len();
        if self.depth + levels > MAX_DEPTH {
            return Err(too_deep(name));
        }
        let array = lengths.iter().rev().try_fold(shape, |shape, &count| shape.times(count));
        let shape = array.ok_or_else(|| too_large(name))?;
        Ok((name, Kind { shape, align, levels }))
    }

    fn kind(&mut self) -> Parsed<Kind> {
        self.blanks();
        let begin = self.at;
        if self.take("{") {
            // Before it goes down, since it goes down by calling itself.
            if self.depth >= MAX_DEPTH {
                self.at = begin;
                return Err(too_deep("{"));
            }
            let record = self.record()?;
            self.want("}")?;
            return Ok(record);
        }
        let word = self.word();
        if word == "char" {
            return Ok(Kind { shape: Shape::Chars(1), align: 1, levels: 0 });
        }
        let Some(&(_, number, size)) = NUMBERS.iter().find(|(name, ..)| *name == word) else {
            self.at = begin;
            let names: Vec<_> = NUMBERS.iter().map(|(name, ..)| *name).collect();
            return Err(self.expected(&format!("a type ({}, char or '{{')", names.join(", "))));
        };
        Ok(Kind { shape: Shape::Number(number), align: size.min(self.pack), levels: 0 })
    }

    /// `[N]`, any number of times.
    fn lengths(&mut self) -> Parsed<SmallVec<[usize; 4]>> {
        let mut lengths = SmallVec::new();
        while self.take("[") {
            self.blanks();
            let begin = self.at;
            let length = self.number()?;
            if length == 0 || length > MAX_SIZE {
                self.at = begin;
                return Err(format!("a length is 1 to {MAX_SIZE}, not {length}"));
            }
            if lengths.len() > MAX_DEPTH {
                return Err(format!("more than {MAX_DEPTH} lengths"));
            }
            lengths.push(length);
            self.want("]")?;
        }
        Ok(lengths)
    }

    fn number(&mut self) -> Parsed<usize> {
        self.blanks();
        let begin = self.at;
        let digits = self.word();
        let number = digits.parse().ok().filter(|_| digits.bytes().all(|c| c.is_ascii_digit()));
        number.ok_or_else(|| {
            self.at = begin;
            self.expected("a number")
        })
    }

    /// Letters, digits and underscores, after blanks.
    fn word(&mut self) -> &'a str {
        self.blanks();
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let word = &rest[..end.unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_ascii_start().len();
    }

    fn take(&mut self, sign: &str) -> bool {
        self.blanks();
        let found = self.text[self.at..].starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn want(&mut self, sign: &str) -> Parsed<()> {
        if self.take(sign) { Ok(()) } else { Err(self.expected(&format!("'{sign}'"))) }
    }

    /// Whether the fields of this record are at their end.
    fn is_at_end(&mut self) -> bool {
        self.blanks();
        let rest = &self.text[self.at..];
        rest.is_empty() || (rest.starts_with('}') && self.depth > 1)
    }

    fn expected(&self, what: &str) -> String {
        let mut rest = self.text[self.at..].chars();
        let got: String = rest.by_ref().take(SHOWN).collect();
        match (got.is_empty(), rest.next()) {
            (true, _) => format!("expected {what}, got the end"),
            (_, None) => format!("expected {what}, got {got:?}"),
            _ => format!("expected {what}, got {got:?}..."),
        }
    }
}

fn aligned(at: usize, align: usize) -> usize {
    at.next_multiple_of(align)
}

#[cold]
fn too_large(name: &str) -> String {
    format!("field {name:?}: the record is larger than {MAX_SIZE} bytes")
}

#[cold]
fn too_deep(name: &str) -> String {
    format!("{name:?}: records and arrays nest deeper than {MAX_DEPTH} levels")
}
