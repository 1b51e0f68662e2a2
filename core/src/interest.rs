//! Interest: the set of states a socket can be ready in. Used by patterns, readiness and pollers.

use std::ops::{BitAnd, BitOr, Not};

/// A set of readiness states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interest(u8);

impl Interest {
    /// No state.
    pub const NONE: Self = Self(0);
    /// A receive would not block.
    pub const IN: Self = Self(1);
    /// A send would not block.
    pub const OUT: Self = Self(2);
    /// An error is pending (plain descriptors only).
    pub const ERR: Self = Self(4);
    /// Urgent data (plain descriptors only).
    pub const PRI: Self = Self(8);
    /// The socket is closed or its context terminated: every call answers at once.
    pub const TERM: Self = Self(16);
    /// The set of connected peers or of their subscriptions changed.
    pub const PEERS: Self = Self(32);

    /// The states as bits: 1 in, 2 out, 4 error, 8 urgent (libzmq's `ZMQ_POLL*` values).
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set with exactly these bits.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Whether the two sets share a state.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Interest {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Interest {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Interest {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}
