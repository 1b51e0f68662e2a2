//! What happens to a socket's connections and messages, counted. Read as statistics.

use std::sync::atomic::{AtomicU64, Ordering};

/// One thing that is counted; the names and numbers are nanomsg's `NN_STAT_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Counter {
    /// Connections that this socket dialed and that finished their handshake.
    Established,
    /// Connections that this socket accepted.
    Accepted,
    /// Connections that this socket closed of itself.
    Dropped,
    /// Connections that were lost.
    Broken,
    /// Dials that failed.
    ConnectErrors,
    /// Binds that failed.
    BindErrors,
    /// Accepts that failed.
    AcceptErrors,
    /// Connections now, handshake done.
    CurrentConnections,
    /// Dials under way.
    InProgress,
    /// Endpoints that are in error now.
    EndpointErrors,
    /// Messages that the user sent.
    MessagesSent,
    /// Messages that the user received.
    MessagesReceived,
    /// Their bytes.
    BytesSent,
    /// Their bytes.
    BytesReceived,
}

/// What the user sent and received; counted under the pattern lock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traffic {
    /// Messages sent.
    pub messages_sent: u64,
    /// Messages received.
    pub messages_received: u64,
    /// Bytes of the messages sent.
    pub bytes_sent: u64,
    /// Bytes of the messages received.
    pub bytes_received: u64,
}

impl Traffic {
    /// Counts a sent message of this size.
    pub fn sent(&mut self, size: usize) {
        self.messages_sent += 1;
        self.bytes_sent += size as u64;
    }

    /// Counts a received message of this size.
    pub fn received(&mut self, size: usize) {
        self.messages_received += 1;
        self.bytes_received += size as u64;
    }
}

const COUNT: usize = Counter::BytesReceived as usize + 1;

/// A socket's counters.
#[derive(Debug, Default)]
pub struct Counters([AtomicU64; COUNT]);

impl Counters {
    /// Counts up.
    pub fn add(&self, counter: Counter, count: u64) {
        self.0[counter as usize].fetch_add(count, Ordering::Relaxed);
    }

    /// Counts a gauge down.
    pub fn sub(&self, counter: Counter, count: u64) {
        self.0[counter as usize].fetch_sub(count, Ordering::Relaxed);
    }

    /// Reads one.
    #[must_use]
    pub fn get(&self, counter: Counter) -> u64 {
        self.0[counter as usize].load(Ordering::Relaxed)
    }
}
