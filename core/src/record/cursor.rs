//! Cursor: the way through a layout, value by value, for [`super::Writer`] and [`super::Reader`].

use std::fmt::Write;

use smallvec::SmallVec;

use super::layout::{Array, Field, Layout, Shape};

/// What is open.
#[derive(Clone, Copy, Debug)]
enum Container<'a> {
    Record(&'a [Field]),
    Array(&'a Array),
}

#[derive(Clone, Copy, Debug)]
struct Open<'a> {
    container: Container<'a>,
    /// Where it begins, in bytes.
    begin: usize,
    /// Which of its values is next.
    next: usize,
}

impl<'a> Open<'a> {
    /// How many values it has: never 0.
    fn len(&self) -> usize {
        match self.container {
            Container::Record(fields) => fields.len(),
            Container::Array(array) => array.count,
        }
    }

    fn value(&self) -> (&'a Shape, usize) {
        match self.container {
            Container::Record(fields) => {
                let field = &fields[self.next];
                (&field.shape, self.begin + field.offset)
            }
            Container::Array(array) => (&array.item, self.begin + self.next * array.item.size()),
        }
    }
}

/// A place in a layout.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    layout: &'a Layout,
    /// Outermost first.
    open: SmallVec<[Open<'a>; 4]>,
    begun: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(layout: &'a Layout) -> Self {
        Self { layout, open: SmallVec::new(), begun: false }
    }

    /// The next value and where it begins; `None` at the end.
    pub(super) fn value(&self) -> Option<(&'a Shape, usize)> {
        match self.open.last() {
            Some(top) => Some(top.value()),
            None => (!self.begun).then_some((&self.layout.root, 0)),
        }
    }

    /// Goes into the next value, if it is a record or an array.
    pub(super) fn enter(&mut self) -> bool {
        let Some((shape, begin)) = self.value() else { return false };
        let container = match shape {
            Shape::Record(fields, _) => Container::Record(fields),
            Shape::Array(array) => Container::Array(array),
            Shape::Number(_) | Shape::Chars(_) => return false,
        };
        self.begun = true;
        self.open.push(Open { container, begin, next: 0 });
        true
    }

    /// Goes past the next value, and out of what ends with it.
    pub(super) fn pass(&mut self) {
        while let Some(top) = self.open.last_mut() {
            top.next += 1;
            if top.next < top.len() {
                return;
            }
            self.open.pop();
        }
    }

    /// Where the next value stands, such as `pos[1].x`; "the record" for the whole.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for open in &self.open {
            // Writing to a String cannot fail.
            let _ = match open.container {
                Container::Record(fields) if path.is_empty() => {
                    write!(path, "field {}", fields[open.next].name)
                }
                Container::Record(fields) => write!(path, ".{}", fields[open.next].name),
                Container::Array(_) => write!(path, "[{}]", open.next),
            };
        }
        if path.is_empty() { "the record".into() } else { path }
    }
}
