//! PipeMap: something noted for each of some pipes, found by index rather than by hashing.
//!
//! Used by the other strategies and by protocols. As large as the socket's table of pipes; a note
//! on a pipe that is gone answers to nobody and goes when its slot is used again.

use crate::message::PipeId;

/// A map from pipes to notes.
#[derive(Debug)]
pub struct PipeMap<T> {
    slots: Vec<Option<(u32, T)>>,
    len: usize,
}

impl<T> Default for PipeMap<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), len: 0 }
    }
}

impl<T> PipeMap<T> {
    /// Notes something for a pipe, in place of what was noted before.
    pub fn insert(&mut self, pipe: PipeId, note: T) {
        let slot = pipe.slot as usize;
        if slot >= self.slots.len() {
            self.slots.resize_with(slot + 1, || None);
        }
        if self.slots[slot].replace((pipe.serial, note)).is_none() {
            self.len += 1;
        }
    }

    /// What is noted for a pipe.
    #[must_use]
    pub fn get(&self, pipe: PipeId) -> Option<&T> {
        match self.slots.get(pipe.slot as usize)? {
            Some((serial, note)) if *serial == pipe.serial => Some(note),
            _ => None,
        }
    }

    /// What is noted for a pipe, to change.
    pub fn get_mut(&mut self, pipe: PipeId) -> Option<&mut T> {
        match self.slots.get_mut(pipe.slot as usize)? {
            Some((serial, note)) if *serial == pipe.serial => Some(note),
            _ => None,
        }
    }

    /// Whether something is noted for a pipe.
    #[must_use]
    pub fn contains(&self, pipe: PipeId) -> bool {
        self.get(pipe).is_some()
    }

    /// Takes the note for a pipe away.
    pub fn remove(&mut self, pipe: PipeId) -> Option<T> {
        self.get(pipe)?;
        self.len -= 1;
        self.slots[pipe.slot as usize].take().map(|(_, note)| note)
    }

    /// The pipe, when something is noted for one only.
    #[must_use]
    pub fn sole(&self) -> Option<PipeId> {
        let noted = |(slot, entry): (u32, &Option<(u32, T)>)| {
            entry.as_ref().map(|(serial, _)| PipeId { slot, serial: *serial })
        };
        (0..).zip(&self.slots).find_map(noted).filter(|_| self.len == 1)
    }

    /// Whether nothing is noted for any pipe.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes all notes away.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.len = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_answers_to_its_own_serial_only() {
        let (old, new) = (PipeId { slot: 2, serial: 1 }, PipeId { slot: 2, serial: 9 });
        let mut map = PipeMap::default();
        map.insert(old, "old");
        assert_eq!(map.get(new), None);
        map.insert(new, "new");
        assert_eq!(map.get(old), None);
        assert_eq!(map.remove(old), None);
        assert_eq!(map.remove(new), Some("new"));
        assert!(map.is_empty());
    }
}
