//! Trail: which containers are open, for the limits of [`super::Writer`] and [`super::Reader`] and
//! for the paths in their errors.
//!
//! It stores no names: a key is looked up in the encoded bytes when an error asks for the path, so
//! descending costs nothing.

use std::fmt::Write;

use smallvec::SmallVec;

use super::{
    MAX_DEPTH, MAX_ITEMS,
    reader::{Token, peek},
};

/// Keys longer than this are cut in paths.
const LONGEST_KEY: usize = 40;
/// How many levels of a path are shown at its beginning and at its end.
const SHOWN_LEVELS: usize = 8;

/// The kinds of containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Array,
    Map,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    container: Container,
    /// Values that belong into it: in a map, keys count too.
    size: usize,
    left: usize,
    /// Where the last key begins in the encoded bytes.
    key_at: usize,
}

impl Open {
    fn wants_key(&self) -> bool {
        self.container == Container::Map && self.left.is_multiple_of(2)
    }
}

/// The open containers, outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail {
    open: SmallVec<[Open; 8]>,
    items: usize,
    owed: usize,
    begun: bool,
}

impl Trail {
    /// How many values are still to come in the open containers.
    pub(super) fn owed(&self) -> usize {
        self.owed
    }

    /// Whether the whole table is there.
    pub(super) fn is_complete(&self) -> bool {
        self.begun && self.open.is_empty()
    }

    /// Counts a value that begins at `at`; refuses what cannot stand here.
    pub(super) fn value(&mut self, at: usize, fit_for_key: bool) -> Result<(), &'static str> {
        self.count(at, fit_for_key)?;
        self.settle();
        Ok(())
    }

    /// Counts a container of `len` elements or entries that begins at `at`, and opens it.
    pub(super) fn container(
        &mut self,
        at: usize,
        container: Container,
        len: usize,
    ) -> Result<(), &'static str> {
        self.room(len)?;
        self.count(at, false)?;
        // Only now may a parent that this was the last value of be closed: with it, not before it.
        let size = match container {
            Container::Array => len,
            Container::Map => len * 2,
        };
        self.items += len;
        self.owed += size;
        self.open.push(Open { container, size, left: size, key_at: 0 });
        self.settle();
        Ok(())
    }

    /// Whether another container of `len` items fits the limits.
    fn room(&self, len: usize) -> Result<(), &'static str> {
        const { assert!(MAX_DEPTH == 64 && MAX_ITEMS == 1_000_000, "the texts below say so") };
        if self.open.len() >= MAX_DEPTH {
            return Err("arrays and maps nest deeper than 64 levels");
        }
        if len > MAX_ITEMS - self.items {
            return Err("more than 1000000 items");
        }
        Ok(())
    }

    fn count(&mut self, at: usize, fit_for_key: bool) -> Result<(), &'static str> {
        let Some(top) = self.open.last_mut() else {
            if self.begun {
                return Err("the table is already complete");
            }
            self.begun = true;
            return Ok(());
        };
        if top.wants_key() {
            if !fit_for_key {
                return Err("a key must be a string or an integer");
            }
            top.key_at = at;
        }
        top.left -= 1;
        self.owed -= 1;
        Ok(())
    }

    /// Closes the containers that have all their values.
    fn settle(&mut self) {
        while self.open.last().is_some_and(|top| top.left == 0) {
            self.open.pop();
        }
    }

    /// Where the next value stands, such as `$.a[3].b`; `bytes` are those encoded so far or read.
    pub(super) fn path(&self, bytes: &[u8]) -> String {
        let mut path = String::from("$");
        let last = self.open.len().saturating_sub(1);
        for (level, open) in self.open.iter().enumerate() {
            if level == SHOWN_LEVELS && level + SHOWN_LEVELS < self.open.len() {
                path.push_str("...");
            }
            if level < SHOWN_LEVELS || level + SHOWN_LEVELS >= self.open.len() {
                // Above the last level the value counted last is the container that follows.
                let done = open.size - open.left - usize::from(level != last);
                step(&mut path, open, done, bytes);
            }
        }
        path
    }
}

/// Appends one level: an index, or a key as the bytes have it.
fn step(path: &mut String, open: &Open, done: usize, bytes: &[u8]) {
    // Writing to a String cannot fail.
    let _ = match open.container {
        Container::Array => write!(path, "[{done}]"),
        Container::Map if done.is_multiple_of(2) => write!(path, " (key {})", done / 2),
        Container::Map => match bytes.get(open.key_at..).map(peek) {
            Some(Ok(Token::Str(key))) => name(path, key),
            Some(Ok(Token::Int(key))) => write!(path, "[{key}]"),
            Some(Ok(Token::UInt(key))) => write!(path, "[{key}]"),
            _ => write!(path, " (value {})", done / 2),
        },
    };
}

fn name(path: &mut String, key: &str) -> std::fmt::Result {
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    if !key.is_empty() && key.len() <= LONGEST_KEY && key.chars().all(plain) {
        return write!(path, ".{key}");
    }
    let cut: String = key.chars().take(LONGEST_KEY).collect();
    let more = if cut.len() < key.len() { "..." } else { "" };
    write!(path, "[{cut:?}{more}]")
}
