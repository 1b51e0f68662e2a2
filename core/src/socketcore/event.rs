//! Event: one message of `rtos.receive`, and the queue in which they wait.
//!
//! The queue is bounded: a socket has one [`Notice::Received`] in it however much comes, and so many
//! confirmations as it may have; a timer has one place.

use std::collections::VecDeque;

use super::constants::Kind;

/// One message, as `rtos.receive` gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What it tells of.
    pub kind: Kind,
    /// The socket's id, or the timer's.
    pub index: i64,
    /// 0, or 1 where it failed.
    pub result: i64,
    /// How many bytes were sent or can be read.
    pub length: Option<usize>,
    /// The id of the new connection.
    pub accepted: Option<u32>,
    /// Ours: where the new connection comes from, or why something failed.
    pub text: Option<Box<str>>,
}

impl Event {
    pub(super) fn new(kind: Kind, index: impl Into<i64>) -> Self {
        Self { kind, index: index.into(), result: 0, length: None, accepted: None, text: None }
    }

    /// The timer that came due: such a message is two numbers, all others are tables.
    #[must_use]
    pub fn timer(&self) -> Option<i64> {
        (self.kind == Kind::Timer).then_some(self.index)
    }

    /// The numbers of a message that is a table, by the names that they have there.
    pub fn numbers(&self) -> impl Iterator<Item = (&'static str, i64)> {
        let length = self.length.and_then(|length| i64::try_from(length).ok());
        let of = |kind| length.filter(|_| self.kind == kind);
        [
            ("id", Some(self.kind.number().into())),
            ("socket_index", Some(self.index)),
            ("result", Some(self.result)),
            ("send_len", of(Kind::Sent)),
            ("recv_len", of(Kind::Received)),
            ("accept_index", self.accepted.map(i64::from)),
        ]
        .into_iter()
        .filter_map(|(name, number)| Some((name, number?)))
    }

    /// The text of a message that has one, by its name there: `addr` of a new connection, else
    /// `error`.
    #[must_use]
    pub fn text(&self) -> Option<(&'static str, &str)> {
        let name = if self.kind == Kind::Accepted { "addr" } else { "error" };
        Some((name, self.text.as_deref()?))
    }
}

/// What a connection has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// It is connected, or why not.
    Connected(Result<(), Box<str>>),
    /// So many bytes are with the operating system, or why not.
    Sent(Result<usize, Box<str>>),
    /// Something can be read; how much is told when the message is given out.
    Received,
    /// The peer closed; where it did not do so in good order, how.
    Ended(Option<Box<str>>),
    /// The program closed it.
    Closed,
    /// A connection was accepted: by which listener, and from where.
    Accepted(u32, Box<str>),
}

/// What waits in the queue.
#[derive(Debug)]
pub(super) enum Entry {
    /// A timer came due.
    Timer(i64),
    /// `sock_close` of an id that has no socket.
    Vacant(u32),
    /// Of the connection at this place.
    Of(usize, Notice),
}

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: VecDeque<Entry>,
}

/// So many confirmations may wait of `sock_close` calls without a socket, before those of one id count
/// as one.
const VACANT: usize = 1024;

impl Queue {
    pub(super) fn push(&mut self, entry: Entry) {
        if let Entry::Vacant(id) = entry
            && self.entries.len() >= VACANT
            && self.entries.iter().any(|one| matches!(one, Entry::Vacant(same) if *same == id))
        {
            return;
        }
        self.entries.push_back(entry);
    }

    pub(super) fn pop(&mut self) -> Option<Entry> {
        self.entries.pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A timer was stopped or started anew.
    pub(super) fn forget_timer(&mut self, id: i64) {
        self.entries.retain(|entry| !matches!(entry, Entry::Timer(same) if *same == id));
    }

    /// A socket was destroyed.
    pub(super) fn forget_connection(&mut self, place: usize) {
        self.entries.retain(|entry| !matches!(entry, Entry::Of(same, _) if *same == place));
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }
}
