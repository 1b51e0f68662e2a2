//! Shape: how many frames the messages of a kind of socket have, and what comes with them.

/// See the module's text. Fixed by a socket's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One frame or more.
    Parts,
    /// One frame.
    Body,
    /// One frame, with the routing id of the peer that it came from or goes to.
    Routed,
    /// One frame, with the group that it was sent to, which on the way is a frame before it.
    Grouped,
    /// Two frames: the address that it came from or goes to, and the body.
    Addressed,
}

impl Shape {
    /// How many frames each message has; `None` where that is not fixed.
    #[must_use]
    pub const fn frames(self) -> Option<usize> {
        match self {
            Self::Parts => None,
            Self::Body | Self::Routed | Self::Grouped => Some(1),
            Self::Addressed => Some(2),
        }
    }

    /// The same of messages on the way.
    #[must_use]
    pub const fn frames_on_the_way(self) -> Option<usize> {
        match self {
            Self::Grouped => Some(2),
            other => other.frames(),
        }
    }
}
