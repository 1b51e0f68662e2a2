//! Control: the only thing besides messages that a pattern says to its peer, or hears from it.

use bytes::Bytes;

/// A change of what a peer wants to be sent. Counted, not idempotent: two subscriptions to one
/// topic need two cancels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// The sender wants messages whose first bytes are these.
    Subscribe(Bytes),
    /// The sender takes one such subscription back.
    Cancel(Bytes),
}
