//! Tags: which pipe a 32-bit number names.
//!
//! Used by raw sockets, whose hop tags are serials of pipes, and by pair1 with many peers.

use std::collections::HashMap;

use crate::message::PipeId;

/// See the module's text.
#[derive(Debug, Default)]
pub struct Tags(HashMap<u32, PipeId>);

impl Tags {
    /// The pipe can be named.
    pub fn attach(&mut self, pipe: PipeId) {
        self.0.insert(pipe.serial, pipe);
    }

    /// The pipe can no longer be named.
    pub fn detach(&mut self, pipe: PipeId) {
        self.0.remove(&pipe.serial);
    }

    /// The pipe that a number names.
    #[must_use]
    pub fn find(&self, tag: u32) -> Option<PipeId> {
        self.0.get(&tag).copied()
    }
}
