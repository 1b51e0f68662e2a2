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

/// The form of a message, which the user of an XPUB or XSUB sees, and peers of ZMTP 3.0 and ZWS: one of
/// these bytes, then the topic.
impl Control {
    /// Before the topic of a subscription.
    pub const SUBSCRIBE: u8 = 1;
    /// Before the topic of what is taken back.
    pub const CANCEL: u8 = 0;

    /// The first byte of that form and the topic.
    #[must_use]
    pub fn parts(&self) -> (u8, &Bytes) {
        match self {
            Self::Subscribe(topic) => (Self::SUBSCRIBE, topic),
            Self::Cancel(topic) => (Self::CANCEL, topic),
        }
    }

    /// That form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (first, topic) = self.parts();
        [&[first], &topic[..]].concat()
    }
}
