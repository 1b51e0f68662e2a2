//! PrefixMap: values under byte strings, looked up by what they are prefixes of. A radix tree.
//!
//! Used by `trie` and `multi_trie`. Peers choose the keys: nodes lie in one vector and every walk is
//! a loop, so neither long keys nor deep nests cost stack, and a key's bytes are stored about once.

/// The place of a value; stays the same while the value is there.
pub type NodeId = u32;

const ROOT: NodeId = 0;

#[derive(Debug)]
struct Node<V> {
    /// What this node adds to its parent's key; empty at the root only.
    label: Box<[u8]>,
    parent: NodeId,
    /// Ordered by the first byte of their labels, no two alike.
    children: Vec<(u8, NodeId)>,
    value: Option<V>,
}

impl<V> Node<V> {
    fn new(label: Box<[u8]>, parent: NodeId) -> Self {
        Self { label, parent, children: Vec::new(), value: None }
    }

    fn child(&self, byte: u8) -> Result<usize, usize> {
        self.children.binary_search_by_key(&byte, |(first, _)| *first)
    }
}

/// See the module's text.
#[derive(Debug)]
pub struct PrefixMap<V> {
    nodes: Vec<Node<V>>,
    free: Vec<NodeId>,
}

impl<V> Default for PrefixMap<V> {
    fn default() -> Self {
        Self { nodes: vec![Node::new(Box::default(), ROOT)], free: Vec::new() }
    }
}

impl<V: Default> PrefixMap<V> {
    /// The place of a key's value, made with a default one when there is none.
    pub fn entry(&mut self, key: &[u8]) -> NodeId {
        let (mut at, mut rest) = (ROOT, key);
        while let Some(first) = rest.first() {
            match self.node(at).child(*first) {
                Ok(index) => {
                    let child = self.node(at).children[index].1;
                    let shared = shared_len(&self.node(child).label, rest);
                    at = self.split(child, shared);
                    rest = &rest[shared..];
                }
                Err(index) => {
                    at = self.add_child(at, index, rest);
                    rest = &[];
                }
            }
        }
        self.node_mut(at).value.get_or_insert_default();
        at
    }
}

impl<V> PrefixMap<V> {
    /// The place of a key's value.
    #[must_use]
    pub fn find(&self, key: &[u8]) -> Option<NodeId> {
        let mut walk = Along { map: self, at: Some(ROOT), rest: key };
        let mut last = ROOT;
        while let Some(at) = walk.at {
            last = at;
            walk.step();
        }
        (walk.rest.is_empty() && self.node(last).value.is_some()).then_some(last)
    }

    /// The value at a place.
    #[must_use]
    pub fn value(&self, id: NodeId) -> Option<&V> {
        self.nodes.get(id as usize)?.value.as_ref()
    }

    /// The value at a place, to change.
    pub fn value_mut(&mut self, id: NodeId) -> Option<&mut V> {
        self.nodes.get_mut(id as usize)?.value.as_mut()
    }

    /// The values of all keys that `text` begins with, the shortest first.
    pub fn along<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = &'a V> {
        Along { map: self, at: Some(ROOT), rest: text }.filter_map(|id| self.value(id))
    }

    /// The places of all values, in no order.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + '_ {
        (0..).zip(&self.nodes).filter(|(_, node)| node.value.is_some()).map(|(id, _)| id)
    }

    /// The key of a place.
    #[must_use]
    pub fn key(&self, id: NodeId) -> Vec<u8> {
        let (mut at, mut labels) = (id, Vec::new());
        while at != ROOT {
            labels.push(&*self.node(at).label);
            at = self.node(at).parent;
        }
        labels.reverse();
        labels.concat()
    }

    /// Takes the value at a place away, and the nodes that only it needed.
    pub fn remove(&mut self, id: NodeId) -> Option<V> {
        let value = self.nodes.get_mut(id as usize)?.value.take()?;
        if id != ROOT && self.node(id).children.is_empty() {
            let parent = self.node(id).parent;
            let index = self.index_in_parent(id);
            self.node_mut(parent).children.remove(index);
            self.release(id);
            self.join_only_child(parent);
        } else {
            self.join_only_child(id);
        }
        Some(value)
    }

    fn node(&self, id: NodeId) -> &Node<V> {
        &self.nodes[id as usize]
    }

    fn node_mut(&mut self, id: NodeId) -> &mut Node<V> {
        &mut self.nodes[id as usize]
    }

    fn index_in_parent(&self, id: NodeId) -> usize {
        let node = self.node(id);
        let found = self.node(node.parent).child(node.label[0]);
        found.expect("every node but the root is a child of its parent")
    }

    fn add(&mut self, node: Node<V>) -> NodeId {
        if let Some(id) = self.free.pop() {
            *self.node_mut(id) = node;
            return id;
        }
        self.nodes.push(node);
        NodeId::try_from(self.nodes.len() - 1).expect("fewer than 2^32 nodes fit in memory")
    }

    fn release(&mut self, id: NodeId) {
        *self.node_mut(id) = Node::new(Box::default(), ROOT);
        self.free.push(id);
    }

    fn add_child(&mut self, parent: NodeId, index: usize, label: &[u8]) -> NodeId {
        let id = self.add(Node::new(label.into(), parent));
        self.node_mut(parent).children.insert(index, (label[0], id));
        id
    }

    /// The node that ends after `len` bytes of this one's label: itself, or a new one above it.
    fn split(&mut self, id: NodeId, len: usize) -> NodeId {
        if len == self.node(id).label.len() {
            return id;
        }
        let index = self.index_in_parent(id);
        let parent = self.node(id).parent;
        let (upper, lower) = self.node(id).label.split_at(len);
        let (upper, lower): (Box<[u8]>, Box<[u8]>) = (upper.into(), lower.into());
        let first = lower[0];
        let above = self.add(Node::new(upper, parent));
        self.node_mut(parent).children[index].1 = above;
        self.node_mut(above).children.push((first, id));
        let node = self.node_mut(id);
        (node.label, node.parent) = (lower, above);
        above
    }

    /// Joins a node that has no value and one child with that child, which keeps its place.
    fn join_only_child(&mut self, id: NodeId) {
        let node = self.node(id);
        let &[(_, child)] = &node.children[..] else { return };
        if id == ROOT || node.value.is_some() {
            return;
        }
        let label = [&*node.label, &*self.node(child).label].concat().into_boxed_slice();
        let (parent, index) = (node.parent, self.index_in_parent(id));
        self.node_mut(parent).children[index].1 = child;
        let child = self.node_mut(child);
        (child.label, child.parent) = (label, parent);
        self.release(id);
    }
}

/// The nodes on the way of a text, from the root down.
struct Along<'a, V> {
    map: &'a PrefixMap<V>,
    at: Option<NodeId>,
    rest: &'a [u8],
}

impl<V> Along<'_, V> {
    fn step(&mut self) {
        self.at = self.next_node();
        if let Some(at) = self.at {
            self.rest = &self.rest[self.map.node(at).label.len()..];
        }
    }

    fn next_node(&self) -> Option<NodeId> {
        let node = self.map.node(self.at?);
        let index = node.child(*self.rest.first()?).ok()?;
        let child = node.children[index].1;
        self.rest.starts_with(&self.map.node(child).label).then_some(child)
    }
}

impl<V> Iterator for Along<'_, V> {
    type Item = NodeId;
    fn next(&mut self) -> Option<NodeId> {
        let at = self.at?;
        self.step();
        Some(at)
    }
}

fn shared_len(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removing_everything_leaves_the_root_alone() {
        let mut map = PrefixMap::<u8>::default();
        let keys: [&[u8]; 6] = [b"", b"a", b"abc", b"abd", b"ab", b"xyz"];
        for key in keys {
            map.entry(key);
        }
        for key in keys {
            let id = map.find(key).unwrap();
            assert_eq!(map.key(id), key);
            assert_eq!(map.remove(id), Some(0));
            assert_eq!(map.find(key), None);
        }
        assert_eq!(map.nodes.len() - map.free.len(), 1);
        assert!(map.node(ROOT).children.is_empty());
    }

    #[test]
    fn a_nest_of_a_hundred_thousand_keys_costs_no_stack() {
        let mut map = PrefixMap::<u8>::default();
        let long = vec![b'a'; 100_000];
        for len in (0..long.len()).step_by(10) {
            map.entry(&long[..len]);
        }
        assert_eq!(map.along(&long).count(), 10_000);
    }

    /// libzmq's tree takes some 47 bytes for each byte of a topic: one of 4 MB cost it 188 MB.
    #[test]
    fn a_long_topic_takes_its_own_bytes_and_no_more_nodes() {
        let mut map = PrefixMap::<u8>::default();
        let long = vec![b'a'; 1 << 20];
        map.entry(&long);
        map.entry(&long[..1 << 19]);
        assert_eq!(map.nodes.len(), 3);
        assert_eq!(map.nodes.iter().map(|node| node.label.len()).sum::<usize>(), long.len());
    }
}
