//! Route: which pipe a routing id names, and which routing id a pipe has.
//!
//! Used by ROUTER. A pipe that is no longer routed to keeps its id for what it had sent before.

use std::collections::HashMap;

use bytes::Bytes;

use super::PipeMap;
use crate::message::PipeId;

/// See the module's text.
#[derive(Debug, Default)]
pub struct Route {
    pipes: HashMap<Bytes, PipeId>,
    ids: PipeMap<Bytes>,
}

impl Route {
    /// Gives a pipe a routing id, or names the pipe that has it already.
    pub fn claim(&mut self, id: Bytes, pipe: PipeId) -> Result<(), PipeId> {
        if let Some(holder) = self.find(&id).filter(|holder| *holder != pipe) {
            return Err(holder);
        }
        self.release(pipe);
        self.pipes.insert(id.clone(), pipe);
        self.ids.insert(pipe, id);
        Ok(())
    }

    /// The pipe is no longer routed to.
    pub fn release(&mut self, pipe: PipeId) {
        // Since a handover another pipe may hold this one's id.
        if let Some(id) = self.ids.get(pipe)
            && self.pipes.get(id) == Some(&pipe)
        {
            self.pipes.remove(id);
        }
    }

    /// The pipe that a routing id names.
    #[must_use]
    pub fn find(&self, id: &[u8]) -> Option<PipeId> {
        self.pipes.get(id).copied()
    }

    /// The routing id that a pipe has or last had.
    #[must_use]
    pub fn id_of(&self, pipe: PipeId) -> Option<&Bytes> {
        self.ids.get(pipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_one_pipe_until_released() {
        let (a, b) = (PipeId { slot: 0, serial: 1 }, PipeId { slot: 1, serial: 2 });
        let id = Bytes::from_static(b"id");
        let mut route = Route::default();
        assert_eq!(route.claim(id.clone(), a), Ok(()));
        assert_eq!(route.claim(id.clone(), a), Ok(()));
        assert_eq!(route.claim(id.clone(), b), Err(a));
        route.release(a);
        assert_eq!(route.find(b"id"), None);
        assert_eq!(route.claim(id.clone(), b), Ok(()));
        route.release(a);
        assert_eq!(route.find(b"id"), Some(b));
        assert_eq!(route.id_of(a), Some(&id));
    }
}
