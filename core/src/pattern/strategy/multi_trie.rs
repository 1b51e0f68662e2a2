//! MultiTrie: the subscriptions of all peers, counted; tells which pipes want a message.
//!
//! Used by PUB and XPUB. A prefix may be removed pipe by pipe or a pipe with all its prefixes, each
//! at the cost of what is removed, not of what is there.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::{PipeMap, PrefixMap, prefix_map::NodeId};
use crate::message::PipeId;

/// What was left after one subscription was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// The pipe had no such subscription.
    NotThere,
    /// Some pipe still has that prefix.
    Remains,
    /// No pipe has that prefix any more.
    Last,
}

/// A map from prefixes to the pipes that subscribed to them.
#[derive(Debug, Default)]
pub struct MultiTrie {
    /// The pipes of each prefix, in order.
    holders: PrefixMap<SmallVec<[PipeId; 2]>>,
    /// How often each pipe subscribed to which of its prefixes.
    counts: PipeMap<HashMap<NodeId, u32>>,
}

impl MultiTrie {
    /// Adds a pipe's subscription; true when no pipe had that prefix before.
    pub fn add(&mut self, prefix: &[u8], pipe: PipeId) -> bool {
        let id = self.holders.entry(prefix);
        if !self.counts.contains(pipe) {
            self.counts.insert(pipe, HashMap::new());
        }
        let counts = self.counts.get_mut(pipe).expect("it was inserted if it was not there");
        let count = counts.entry(id).or_default();
        *count = count.saturating_add(1);
        let holders = self.holders.value_mut(id).expect("an entry has a value");
        if let Err(index) = holders.binary_search(&pipe) {
            holders.insert(index, pipe);
            return holders.len() == 1;
        }
        false
    }

    /// Takes one subscription of a pipe away.
    pub fn remove(&mut self, prefix: &[u8], pipe: PipeId) -> Removed {
        let Some(id) = self.holders.find(prefix) else { return Removed::NotThere };
        let Some(counts) = self.counts.get_mut(pipe) else { return Removed::NotThere };
        let Some(count) = counts.get_mut(&id) else { return Removed::NotThere };
        *count -= 1;
        if *count > 0 {
            return Removed::Remains;
        }
        counts.remove(&id);
        self.drop_holder(id, pipe);
        if self.holders.value(id).is_some_and(|holders| !holders.is_empty()) {
            return Removed::Remains;
        }
        self.holders.remove(id);
        Removed::Last
    }

    /// Takes a pipe with all its subscriptions away, and tells each of its prefixes and what was
    /// left of it.
    pub fn remove_pipe(&mut self, pipe: PipeId, mut told: impl FnMut(Vec<u8>, Removed)) {
        for id in self.counts.remove(pipe).unwrap_or_default().into_keys() {
            self.drop_holder(id, pipe);
            let last = self.holders.value(id).is_none_or(|holders| holders.is_empty());
            told(self.holders.key(id), if last { Removed::Last } else { Removed::Remains });
            if last {
                self.holders.remove(id);
            }
        }
    }

    /// Puts the pipes that want this text into `pipes`, each once, in order.
    pub fn matching(&self, text: &[u8], pipes: &mut Vec<PipeId>) {
        pipes.clear();
        let mut prefixes = 0;
        for holders in self.holders.along(text) {
            pipes.extend_from_slice(holders);
            prefixes += 1;
        }
        if prefixes > 1 {
            pipes.sort_unstable();
            pipes.dedup();
        }
    }

    fn drop_holder(&mut self, id: NodeId, pipe: PipeId) {
        if let Some(holders) = self.holders.value_mut(id)
            && let Ok(index) = holders.binary_search(&pipe)
        {
            holders.remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Op {
        Add(String, u32),
        Remove(String, u32),
        RemovePipe(u32),
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            6 => ("[ab]{0,4}", 0..4u32).prop_map(|(key, pipe)| Op::Add(key, pipe)),
            4 => ("[ab]{0,4}", 0..4u32).prop_map(|(key, pipe)| Op::Remove(key, pipe)),
            1 => (0..4u32).prop_map(Op::RemovePipe),
        ]
    }

    fn pipe(slot: u32) -> PipeId {
        PipeId { slot, serial: slot + 1 }
    }

    type Model = BTreeMap<(String, PipeId), usize>;

    fn others(model: &Model, key: &str) -> bool {
        model.keys().any(|(other, _)| other == key)
    }

    fn remove(model: &mut Model, key: &str, pipe: PipeId) -> Removed {
        let Some(count) = model.get_mut(&(key.to_owned(), pipe)) else { return Removed::NotThere };
        *count -= 1;
        if *count == 0 {
            model.remove(&(key.to_owned(), pipe));
        }
        if others(model, key) { Removed::Remains } else { Removed::Last }
    }

    proptest! {
        #[test]
        fn does_as_a_map_of_counts_does(
            ops in prop::collection::vec(op(), 0..200),
            topics in prop::collection::vec("[ab]{0,6}", 20),
        ) {
            let (mut trie, mut model) = (MultiTrie::default(), Model::new());
            for op in ops {
                match op {
                    Op::Add(key, slot) => {
                        let first = !others(&model, &key);
                        prop_assert_eq!(trie.add(key.as_bytes(), pipe(slot)), first);
                        *model.entry((key, pipe(slot))).or_default() += 1;
                    }
                    Op::Remove(key, slot) => prop_assert_eq!(
                        trie.remove(key.as_bytes(), pipe(slot)),
                        remove(&mut model, &key, pipe(slot))
                    ),
                    Op::RemovePipe(slot) => {
                        let mut told = BTreeMap::new();
                        trie.remove_pipe(pipe(slot), |key, left| assert!(told.insert(key, left).is_none()));
                        let keys: Vec<_> = model.keys().filter(|(_, p)| *p == pipe(slot)).cloned().collect();
                        model.retain(|(_, p), _| *p != pipe(slot));
                        prop_assert_eq!(told.len(), keys.len());
                        for (key, _) in keys {
                            let left = if others(&model, &key) { Removed::Remains } else { Removed::Last };
                            prop_assert_eq!(told.get(key.as_bytes()), Some(&left));
                        }
                    }
                }
            }
            let mut found = Vec::new();
            for topic in topics {
                let mut expected: Vec<_> = model.keys()
                    .filter(|(key, _)| topic.starts_with(key.as_str())).map(|(_, pipe)| *pipe).collect();
                expected.sort();
                expected.dedup();
                trie.matching(topic.as_bytes(), &mut found);
                prop_assert_eq!(&found, &expected);
            }
        }
    }
}
