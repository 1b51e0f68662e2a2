//! Closing: letting go of connections and dialers once they have nothing more to send, or when the
//! linger is over.
//!
//! The driver looks after every turn of a closing socket.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    connection::{Connection, ConnectionId, Owner},
    datagram::DatagramLink,
    dialer::{Dialer, Dialing},
    drive::{Drive, Due, Source},
    event::Counter,
    hub::Hub,
    writer::Writer,
};
use crate::pattern::{DropReason, Lane};

/// How long a connection whose messages are all written waits for its peer to read them.
const FAREWELL: Duration = Duration::from_millis(200);

/// Whether a socket is on its way out.
#[derive(Debug, Default)]
pub(super) enum Closing {
    /// It is not.
    #[default]
    Open,
    /// Until all is sent, or this moment comes.
    By(Option<Instant>),
}

impl Hub {
    /// Ends a dialer that the user took back, once all is sent.
    pub(super) fn leave_if_sent(&self, drive: &mut Drive, id: i32) {
        let Some(dialer) = drive.dialers.get(&id) else { return };
        let connected = match dialer.state {
            Dialing::Connected(connection) => Some(connection),
            _ => None,
        };
        if connected.is_some() && !dialer.end().writer().is_idle() {
            return;
        }
        let dialer = drive.dialers.remove(&id);
        if let Some(connection) = connected {
            self.lose(drive, connection, None);
        }
        if let Some(dialer) = dialer {
            let count = dialer.end().writer().lane().clear();
            self.run(|state, _| state.pipes.count_drops(DropReason::Closed, count));
        }
    }

    /// The pattern is done with who empties this lane: it goes once all is sent.
    pub(super) fn finish_lane(&self, drive: &mut Drive, lane: &Arc<Lane>) {
        let is_meant = |end: &Writer| Arc::ptr_eq(end.lane(), lane);
        let mut dialers = drive.dialers.iter();
        let dialer = dialers.find(|(_, one)| is_meant(one.end().writer())).map(|(id, _)| *id);
        if let Some(id) = dialer {
            if let Some(pipe) = self.take_back(drive, id).flatten() {
                self.detach(pipe);
            }
            return;
        }
        let connection = drive.connections().find(|one| is_meant(one.writer()));
        if let Some(id) = connection.map(Connection::id) {
            if let Some(connection) = drive.connection(id) {
                connection.detach(self);
            }
            drive.finishing.push(id);
        }
    }

    /// Ends an accepted connection that the pattern is done with, once all is sent.
    pub(super) fn finish_if_sent(&self, drive: &mut Drive, id: ConnectionId) {
        let Some(connection) = drive.connection(id) else { return };
        if connection.writer().is_idle() {
            self.bid_farewell(drive, id, Instant::now());
        }
        if drive.connection(id).is_some() {
            drive.finishing.push(id);
        }
    }

    /// One step of closing: lets go of what has nothing more to send. False when nothing is left.
    pub(super) fn retire(&self, drive: &mut Drive) -> bool {
        let Closing::By(deadline) = drive.closing else { return true };
        for (_, listener) in std::mem::take(&mut drive.listeners) {
            self.let_go(drive, listener);
        }
        let now = Instant::now();
        if deadline.is_some_and(|at| at <= now) {
            self.drop_unsent(drive.unsent());
            self.drop_all(drive);
            return false;
        }
        self.retire_links(drive);
        let idle = drive.idle_connections();
        for id in idle {
            self.bid_farewell(drive, id, now);
        }
        let done: Vec<_> =
            drive.dialers.iter().filter(|(_, one)| one.is_done()).map(|(id, _)| *id).collect();
        for id in done {
            drive.dialers.remove(&id);
        }
        let left = drive.sources.is_empty() && drive.dialers.is_empty();
        if left {
            self.drop_all(drive);
        }
        !left
    }

    /// All is written: tells the peer so, and gives it a moment to read. Closing at once would, when
    /// something of the peer's is unread here, take back what it has not read yet.
    fn bid_farewell(&self, drive: &mut Drive, id: ConnectionId, now: Instant) {
        let receives = self.profile.receives;
        let Some(connection) = drive.connection(id) else { return };
        let over = !connection.is_ready() || !receives;
        if !over && !drive.farewells.contains_key(&id.token) {
            if let Some(connection) = drive.connection(id) {
                connection.shutdown_write(self);
            }
            drive.farewells.insert(id.token, now + FAREWELL);
            drive.timers.insert(now + FAREWELL, Due::Close);
        } else if over || drive.farewells.get(&id.token).is_some_and(|at| *at <= now) {
            self.lose(drive, id, None);
        }
    }

    fn drop_all(&self, drive: &mut Drive) {
        for (_, source) in std::mem::take(&mut drive.sources) {
            if let Source::Connection(connection) = source {
                connection.end(self, Counter::Dropped);
            }
        }
        drive.links.clear();
        drive.dialers.clear();
        drive.timers.clear();
        drive.ready.clear();
    }
}

impl Drive {
    /// Closes when all is sent, or at this moment.
    pub(super) fn close_by(&mut self, deadline: Option<Instant>) {
        self.closing = Closing::By(deadline);
        if let Some(deadline) = deadline {
            self.timers.insert(deadline, Due::Close);
        }
    }

    /// Messages of dialers and connections that are not wholly written.
    pub(super) fn unsent(&self) -> usize {
        let dialers = self.dialers.values().map(|dialer| dialer.end().writer().unsent());
        let accepted = self.sources.iter().filter_map(|(_, source)| match source {
            Source::Connection(connection) if matches!(connection.owner(), Owner::Listener(_)) => {
                Some(connection.writer().unsent())
            }
            _ => None,
        });
        let links = self.links.values().map(DatagramLink::unsent);
        dialers.chain(accepted).chain(links).sum()
    }

    fn idle_connections(&self) -> Vec<ConnectionId> {
        let all = self.sources.iter().filter_map(|(_, source)| match source {
            Source::Connection(one) if one.writer().is_idle() => Some(one.id()),
            _ => None,
        });
        all.collect()
    }
}

impl Dialer {
    /// Nothing to send, and no connection that still says so.
    fn is_done(&self) -> bool {
        !matches!(self.state, Dialing::Connected(_)) && self.end().writer().is_idle()
    }
}
