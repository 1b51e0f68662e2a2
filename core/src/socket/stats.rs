//! Statistics: what a socket counted. nanomsg's by their numbers and names, ours by names only: what
//! waits in queues, and what the pattern dropped, by reason.

use super::Socket;
use crate::{
    error::{Error, ErrorCode},
    message::Load,
    pattern::DropReason,
    session::Counter,
};

/// Where a statistic comes from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// Counted by the socket's connections and messages.
    Counter(Counter),
    /// The most urgent priority of a peer with room.
    SendPriority,
    /// Of what waits to be sent.
    Outgoing(fn(Load) -> usize),
    /// Of what waits to be received.
    Incoming(fn(Load) -> usize),
}

/// One row: nanomsg's `NN_STAT_*` number, where it has one, and the name.
#[derive(Debug)]
struct Statistic {
    number: Option<i32>,
    name: &'static str,
    source: Source,
}

const fn theirs(number: i32, name: &'static str, counter: Counter) -> Statistic {
    Statistic { number: Some(number), name, source: Source::Counter(counter) }
}

const fn ours(name: &'static str, source: Source) -> Statistic {
    Statistic { number: None, name, source }
}

static STATISTICS: [Statistic; 19] = [
    theirs(101, "established_connections", Counter::Established),
    theirs(102, "accepted_connections", Counter::Accepted),
    theirs(103, "dropped_connections", Counter::Dropped),
    theirs(104, "broken_connections", Counter::Broken),
    theirs(105, "connect_errors", Counter::ConnectErrors),
    theirs(106, "bind_errors", Counter::BindErrors),
    theirs(107, "accept_errors", Counter::AcceptErrors),
    theirs(201, "current_connections", Counter::CurrentConnections),
    theirs(202, "inprogress_connections", Counter::InProgress),
    theirs(203, "current_ep_errors", Counter::EndpointErrors),
    theirs(301, "messages_sent", Counter::MessagesSent),
    theirs(302, "messages_received", Counter::MessagesReceived),
    theirs(303, "bytes_sent", Counter::BytesSent),
    theirs(304, "bytes_received", Counter::BytesReceived),
    Statistic { number: Some(401), name: "current_snd_priority", source: Source::SendPriority },
    ours("queued.out_messages", Source::Outgoing(|load| load.messages)),
    ours("queued.out_bytes", Source::Outgoing(|load| load.bytes)),
    ours("queued.in_messages", Source::Incoming(|load| load.messages)),
    ours("queued.in_bytes", Source::Incoming(|load| load.bytes)),
];
/// In front of the reasons for which messages were dropped.
const DROPPED: &str = "dropped.";

impl Socket {
    /// One statistic, by its `NN_STAT_*` number. `NN_STAT_CURRENT_SND_PRIORITY` is the most urgent
    /// priority of a peer that would take a message now, 0 when none would.
    ///
    /// # Errors
    /// EINVAL for a number that is none.
    pub fn statistic(&self, number: i32) -> Result<u64, Error> {
        let row = STATISTICS.iter().find(|row| row.number == Some(number));
        let row = row.ok_or_else(|| {
            Error::new(ErrorCode::Invalid, format!("{number} is no statistic (NN_STAT_*)"))
        })?;
        Ok(self.look_up(row.source))
    }

    /// One statistic, by its name: `NN_STAT_*` in lower case without the prefix (`messages_sent`), or
    /// one of ours: `queued.out_messages`, `queued.out_bytes`, `queued.in_messages`, `queued.in_bytes`
    /// (what waits, headers included), and `dropped.` with a reason (`dropped.queue_full`).
    ///
    /// # Errors
    /// EINVAL for a name that is none; the text lists all.
    pub fn statistic_named(&self, name: &str) -> Result<u64, Error> {
        if let Some(row) = STATISTICS.iter().find(|row| row.name == name) {
            return Ok(self.look_up(row.source));
        }
        let reason = name.strip_prefix(DROPPED);
        let reason = reason.and_then(|name| DropReason::ALL.into_iter().find(|r| r.name() == name));
        reason.map(|reason| self.hub().run(|state, _| state.pipes.dropped(reason))).ok_or_else(
            || {
                let all = STATISTICS.iter().map(|row| row.name.to_owned());
                let reasons = DropReason::ALL.into_iter().map(|reason| reason.name());
                let all: Vec<_> =
                    all.chain(reasons.map(|reason| format!("{DROPPED}{reason}"))).collect();
                Error::new(
                    ErrorCode::Invalid,
                    format!("{name:?} is no statistic; expected one of {}", all.join(", ")),
                )
            },
        )
    }

    fn look_up(&self, source: Source) -> u64 {
        match source {
            Source::Counter(counter) => self.hub().count(counter),
            Source::SendPriority => {
                self.hub().run(|state, _| state.pipes.send_priority()).unwrap_or_default().into()
            }
            Source::Outgoing(part) => {
                part(self.hub().run(|state, _| state.pipes.queued_out())) as u64
            }
            Source::Incoming(part) => {
                part(self.hub().run(|state, _| state.pipes.queued_in())) as u64
            }
        }
    }

    /// Counts a message that was received here and goes nowhere.
    pub(super) fn count_drop(&self, reason: DropReason) {
        self.hub().run(|state, _| state.pipes.count_drop(reason));
    }

    /// Messages that the pattern dropped by its rules, by the name of the reason; and `events`, those
    /// for which a monitor or a queue of events had no room.
    #[must_use]
    pub fn dropped(&self) -> Vec<(&'static str, u64)> {
        let mut all: Vec<_> = self.hub().run(|state, _| {
            let all = DropReason::ALL.iter();
            all.map(|reason| (reason.name(), state.pipes.dropped(*reason))).collect()
        });
        all.push(("events", self.hub().events().lost()));
        all
    }
}
