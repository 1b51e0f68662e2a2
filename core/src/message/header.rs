//! Header: the 32-bit words that SP patterns put before a body (backtraces, request ids, hop counts).
//!
//! The SP engine writes them before the body; ZMTP never sees any.

/// A stack of SP header words, first on the wire first. Most messages have none, and every message
/// is moved about with its header, so that is kept small.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header(Vec<u32>);

impl Header {
    /// Whether there are no words.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words, first on the wire first.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.0
    }

    /// Appends a word after the others.
    pub fn push(&mut self, word: u32) {
        self.0.push(word);
    }

    /// Puts a word before the others.
    pub fn push_front(&mut self, word: u32) {
        self.0.insert(0, word);
    }

    /// Takes the first word off.
    pub fn pop_front(&mut self) -> Option<u32> {
        if self.0.is_empty() { None } else { Some(self.0.remove(0)) }
    }

    /// Removes all words.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The words of these bytes, big-endian; `None` when their number is no multiple of four.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks();
        rest.is_empty().then(|| Self(words.iter().map(|word| u32::from_be_bytes(*word)).collect()))
    }

    /// The words as bytes, big-endian: as they are on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    /// The number of bytes on the wire.
    #[must_use]
    pub fn wire_len(&self) -> usize {
        self.0.len() * 4
    }
}
