//! Rotation: pipes that take turns, those of the most urgent priority before all others.
//!
//! Used by `load_balance` over the pipes that have room and by `fair_queue` over those that have
//! messages. Pipes that have neither are not in it, so a turn costs the same however many there are.

use std::collections::VecDeque;

use super::PipeMap;
use crate::message::PipeId;

#[derive(Debug)]
struct Ring {
    priority: u8,
    pipes: VecDeque<PipeId>,
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Rotation {
    /// Most urgent first; a ring that became empty stays for the next pipe of its priority.
    rings: Vec<Ring>,
    /// The priority under which each pipe waits for its turn.
    waiting: PipeMap<u8>,
}

impl Rotation {
    /// Puts a pipe at the end of its priority's ring; 1 is served first. Harmless when it is there.
    pub fn join(&mut self, pipe: PipeId, priority: u8) {
        if self.waiting.contains(pipe) {
            return;
        }
        self.waiting.insert(pipe, priority);
        let at = self.rings.partition_point(|ring| ring.priority < priority);
        if self.rings.get(at).is_none_or(|ring| ring.priority != priority) {
            self.rings.insert(at, Ring { priority, pipes: VecDeque::new() });
        }
        self.rings[at].pipes.push_back(pipe);
    }

    /// The pipe whose turn it is.
    #[must_use]
    pub fn first(&self) -> Option<PipeId> {
        self.rings.iter().find_map(|ring| ring.pipes.front().copied())
    }

    /// The pipe that takes every turn: no other waits.
    #[must_use]
    pub fn sole(&self) -> Option<PipeId> {
        let mut pipes = self.rings.iter().flat_map(|ring| &ring.pipes);
        pipes.next().copied().filter(|_| pipes.next().is_none())
    }

    /// The first pipe had its turn: the next one's comes.
    pub fn advance(&mut self) {
        if let Some(pipes) = self.foremost().filter(|pipes| pipes.len() > 1) {
            pipes.rotate_left(1);
        }
    }

    /// The first pipe cannot take its turn: it is out until it joins again.
    pub fn rest(&mut self) {
        if let Some(pipe) = self.foremost().and_then(VecDeque::pop_front) {
            self.waiting.remove(pipe);
        }
    }

    /// Takes a pipe out, wherever it stands.
    pub fn leave(&mut self, pipe: PipeId) {
        let Some(priority) = self.waiting.remove(pipe) else { return };
        if let Some(ring) = self.rings.iter_mut().find(|ring| ring.priority == priority) {
            ring.pipes.retain(|other| *other != pipe);
        }
    }

    fn foremost(&mut self) -> Option<&mut VecDeque<PipeId>> {
        self.rings.iter_mut().map(|ring| &mut ring.pipes).find(|pipes| !pipes.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe(slot: u32) -> PipeId {
        PipeId { slot, serial: slot + 1 }
    }

    #[test]
    fn turns_go_round_within_the_most_urgent_priority() {
        let mut turns = Rotation::default();
        for (slot, priority) in [(0, 8), (1, 2), (2, 2), (1, 2)] {
            turns.join(pipe(slot), priority);
        }
        let mut order = Vec::new();
        for _ in 0..3 {
            order.push(turns.first().unwrap().slot);
            turns.advance();
        }
        assert_eq!(order, [1, 2, 1]);
        turns.rest();
        turns.leave(pipe(1));
        assert_eq!(turns.first(), Some(pipe(0)));
        turns.join(pipe(2), 2);
        assert_eq!(turns.first(), Some(pipe(2)));
        turns.rest();
        turns.rest();
        assert_eq!(turns.first(), None);
    }
}
