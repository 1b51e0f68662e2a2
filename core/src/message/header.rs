//! Header: what goes with a body and is no part of it. For SP the 32-bit words that patterns put before
//! it (backtraces, request ids, hop counts); for RADIO and DISH the group.
//!
//! The SP engine writes words before the body; a group is a frame of its own on the way.

use bytes::Bytes;

/// Nothing for most messages, and every message is moved about with its header, so that is kept small.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header(Content);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    /// A stack, first on the wire first.
    Words(Vec<u32>),
    Group(Box<Bytes>),
}

impl Default for Content {
    fn default() -> Self {
        Self::Words(Vec::new())
    }
}

impl Header {
    /// Whether there are no words and no group.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.0, Content::Words(words) if words.is_empty())
    }

    /// The words, first on the wire first.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        match &self.0 {
            Content::Words(words) => words,
            Content::Group(_) => &[],
        }
    }

    fn words_mut(&mut self) -> &mut Vec<u32> {
        if let Content::Group(_) = self.0 {
            self.0 = Content::default();
        }
        match &mut self.0 {
            Content::Words(words) => words,
            Content::Group(_) => unreachable!("it was made words just now"),
        }
    }

    /// Appends a word after the others.
    pub fn push(&mut self, word: u32) {
        self.words_mut().push(word);
    }

    /// Puts a word before the others.
    pub fn push_front(&mut self, word: u32) {
        self.words_mut().insert(0, word);
    }

    /// Takes the first word off.
    pub fn pop_front(&mut self) -> Option<u32> {
        if self.words().is_empty() { None } else { Some(self.words_mut().remove(0)) }
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.words_mut().clear();
    }

    /// The words of these bytes, big-endian; `None` when their number is no multiple of four.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks();
        let words = words.iter().map(|word| u32::from_be_bytes(*word)).collect();
        rest.is_empty().then_some(Self(Content::Words(words)))
    }

    /// The words as bytes, big-endian: as they are on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.words().iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    /// The number of bytes on the wire.
    #[must_use]
    pub fn wire_len(&self) -> usize {
        self.words().len() * 4
    }

    /// The group.
    #[must_use]
    pub fn group(&self) -> Option<&Bytes> {
        match &self.0 {
            Content::Words(_) => None,
            Content::Group(group) => Some(group),
        }
    }

    /// A header of a group and nothing else.
    #[must_use]
    pub fn of_group(group: Bytes) -> Self {
        Self(Content::Group(Box::new(group)))
    }
}
