//! Trie: a socket's own subscriptions, counted; tells whether a message is wanted.
//!
//! Used by sub0, SUB and XSUB through `filter`.

use super::PrefixMap;

/// A set of prefixes with counts.
#[derive(Debug, Default)]
pub struct Trie {
    counts: PrefixMap<usize>,
}

impl Trie {
    /// Adds a prefix; true when it was not there before.
    pub fn add(&mut self, prefix: &[u8]) -> bool {
        let id = self.counts.entry(prefix);
        let count = self.counts.value_mut(id).expect("an entry has a value");
        *count += 1;
        *count == 1
    }

    /// Takes a prefix away once: `None` when it was not there, true when it no longer is.
    pub fn remove(&mut self, prefix: &[u8]) -> Option<bool> {
        let id = self.counts.find(prefix)?;
        let count = self.counts.value_mut(id)?;
        *count -= 1;
        let last = *count == 0;
        if last {
            self.counts.remove(id);
        }
        Some(last)
    }

    /// Whether the text begins with one of the prefixes.
    #[must_use]
    pub fn matches(&self, text: &[u8]) -> bool {
        self.counts.along(text).next().is_some()
    }

    /// Whether there are no prefixes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.ids().next().is_none()
    }

    /// All prefixes, each once, in no order.
    pub fn prefixes(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        self.counts.ids().map(|id| self.counts.key(id))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn does_as_a_map_of_counts_does(
            ops in prop::collection::vec((any::<bool>(), "[ab]{0,6}"), 0..200),
            topics in prop::collection::vec("[ab]{0,8}", 20),
        ) {
            let (mut trie, mut model) = (Trie::default(), BTreeMap::<String, usize>::new());
            for (add, key) in ops {
                if add {
                    *model.entry(key.clone()).or_default() += 1;
                    prop_assert_eq!(trie.add(key.as_bytes()), model[&key] == 1);
                    continue;
                }
                let expected = model.get_mut(&key).map(|count| { *count -= 1; *count == 0 });
                if expected == Some(true) {
                    model.remove(&key);
                }
                prop_assert_eq!(trie.remove(key.as_bytes()), expected);
            }
            for topic in topics {
                let expected = model.keys().any(|key| topic.starts_with(key.as_str()));
                prop_assert_eq!(trie.matches(topic.as_bytes()), expected);
            }
            let mut prefixes: Vec<_> = trie.prefixes().collect();
            prefixes.sort();
            prop_assert!(prefixes.iter().eq(model.keys().map(String::as_bytes).collect::<Vec<_>>()));
        }
    }
}
