//! Statistics: what a socket counted, by nanomsg's numbers, and what its pattern dropped, by reason.

use super::Socket;
use crate::{
    error::{Error, ErrorCode},
    pattern::DropReason,
    session::Counter,
};

/// nanomsg's `NN_STAT_*` numbers and what stands behind them.
static STATISTICS: [(i32, Counter); 14] = [
    (101, Counter::Established),
    (102, Counter::Accepted),
    (103, Counter::Dropped),
    (104, Counter::Broken),
    (105, Counter::ConnectErrors),
    (106, Counter::BindErrors),
    (107, Counter::AcceptErrors),
    (201, Counter::CurrentConnections),
    (202, Counter::InProgress),
    (203, Counter::EndpointErrors),
    (301, Counter::MessagesSent),
    (302, Counter::MessagesReceived),
    (303, Counter::BytesSent),
    (304, Counter::BytesReceived),
];
/// `NN_STAT_CURRENT_SND_PRIORITY`: the socket's priority for sending.
const SEND_PRIORITY: i32 = 401;

impl Socket {
    /// One statistic, by its `NN_STAT_*` number. EINVAL for a number that is none.
    pub fn statistic(&self, number: i32) -> Result<u64, Error> {
        if number == SEND_PRIORITY {
            return Ok(u64::try_from(super::lock(&self.0.options).sndprio).unwrap_or_default());
        }
        let row = STATISTICS.iter().find(|(own, _)| *own == number);
        let Some((_, counter)) = row else {
            return Err(Error::new(ErrorCode::Invalid, format!("{number} is no statistic")));
        };
        let traffic = self.hub().traffic();
        Ok(match counter {
            Counter::MessagesSent => traffic.messages_sent,
            Counter::MessagesReceived => traffic.messages_received,
            Counter::BytesSent => traffic.bytes_sent,
            Counter::BytesReceived => traffic.bytes_received,
            counter => self.hub().counters().get(*counter),
        })
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
