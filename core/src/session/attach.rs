//! Attach: how a pipe comes to a pattern, and how it goes.
//!
//! Called by connections and by inproc's joints alike: both have two lanes, a neighbor, and a peer
//! that a kind may reject.

use std::sync::Arc;

use super::hub::{Hub, PatternState};
use crate::{
    error::{Error, ErrorCode},
    message::{PeerInfo, PipeId},
    pattern::{Lane, Pipe, Pipes, Reject, lane::Port, pipe::Neighbor},
};

/// What a pipe is made of.
pub(super) struct Parts {
    /// The lane to the peer.
    pub(super) outgoing: Arc<Lane>,
    /// The lane from the peer.
    pub(super) incoming: Arc<Lane>,
    /// What stands at the other end of both.
    pub(super) neighbor: Arc<dyn Neighbor>,
    /// `NN_SNDPRIO` and `NN_RCVPRIO`.
    pub(super) priorities: (u8, u8),
}

impl Parts {
    /// Puts a pipe of two lanes into the table, each end posting to its socket.
    fn insert(self, pipes: &mut Pipes) -> PipeId {
        let id = pipes.allocate();
        let port = Port { mailbox: pipes.mailbox().clone(), pipe: id };
        self.outgoing.set_producer(Some(port.clone()));
        let (send, receive) = self.priorities;
        let pipe = Pipe::new(self.outgoing, self.incoming.clone(), self.neighbor);
        pipes.insert(id, pipe.with_priorities(send, receive));
        self.incoming.set_consumer(Some(port));
        id
    }
}

impl PatternState {
    fn attach(&mut self, parts: Parts) -> Result<PipeId, Reject> {
        let id = parts.insert(&mut self.pipes);
        if let Err(reject) = self.protocol.attach(id, &mut self.pipes) {
            self.pipes.remove(id);
            return Err(reject);
        }
        Ok(id)
    }
}

impl Hub {
    /// A pipe for a peer that is not there yet.
    pub(super) fn attach_early(&self, parts: Parts) -> Result<PipeId, Error> {
        self.run(|state, _| state.attach(parts)).map_err(|Reject| {
            Error::new(
                ErrorCode::AlreadyConnected,
                format!(
                    "a {} socket takes no such peer now: it has its only one, or one of that routing id",
                    self.profile.name
                ),
            )
        })
    }

    /// A peer finished its handshake: it gets the pipe that was made early for it, or one of its own.
    pub(super) fn attach_ready(
        &self,
        early: Option<PipeId>,
        parts: Parts,
        peer: &PeerInfo,
    ) -> Result<PipeId, Error> {
        let attached = self.run(|state, _| {
            let id = match early {
                Some(id) => id,
                None => state.attach(parts)?,
            };
            state.pipes.set_peer(id, Arc::new(peer.clone()));
            let ready = state.protocol.ready(id, peer, &mut state.pipes);
            if ready.is_err() && early.is_none() {
                state.protocol.detach(id, &mut state.pipes);
                state.pipes.remove(id);
            }
            ready.map(|()| id)
        });
        attached.map_err(|Reject| {
            Error::new(ErrorCode::AlreadyConnected, "the pattern takes no such peer now")
        })
    }

    /// A pipe is gone for sending; what it had received can still be read.
    pub(super) fn detach(&self, pipe: PipeId) {
        self.run(|state, _| {
            state.protocol.detach(pipe, &mut state.pipes);
            state.pipes.set_detached(pipe);
        });
    }
}
