//! Poller: waits on any mix of sockets of both dialects and plain descriptors.

use std::{collections::HashMap, time::Instant};

use super::{
    Socket, Wait,
    wait::{Drives, Ended},
};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    option::Dialect,
    reactor::{Parker, Unpark, Waiter},
};

/// What can be waited for.
#[derive(Clone, Debug)]
pub enum Pollable {
    /// A socket of either dialect.
    Socket(Socket),
    /// A plain descriptor.
    Descriptor(i32),
}

#[derive(Debug)]
struct Item {
    key: u64,
    what: Pollable,
    interest: Interest,
}

/// See the module's text. Items are reported by the key that they were added with.
#[derive(Debug, Default)]
pub struct Poller {
    items: Vec<Item>,
}

impl Poller {
    /// A poller of nothing.
    pub fn new() -> Result<Self, Error> {
        Ok(Self::default())
    }

    fn place(&self, key: u64) -> Result<usize, Error> {
        self.items.iter().position(|item| item.key == key).ok_or_else(|| {
            Error::new(ErrorCode::NotFound, "the poller does not have this socket or descriptor")
        })
    }

    /// Adds something under a key. EINVAL when the key is taken.
    pub fn add(&mut self, key: u64, what: Pollable, interest: Interest) -> Result<(), Error> {
        if self.place(key).is_ok() {
            return Err(Error::new(
                ErrorCode::Invalid,
                "the poller has this socket or descriptor already",
            ));
        }
        check_ways(&what, interest)?;
        self.items.push(Item { key, what, interest });
        Ok(())
    }

    /// Changes what is waited for. ENOENT when the key is not known.
    pub fn modify(&mut self, key: u64, interest: Interest) -> Result<(), Error> {
        let place = self.place(key)?;
        self.items[place].interest = interest;
        Ok(())
    }

    /// Takes something out. ENOENT when the key is not known.
    pub fn remove(&mut self, key: u64) -> Result<(), Error> {
        let place = self.place(key)?;
        self.items.remove(place);
        Ok(())
    }

    /// All keys that are ready and how, in the order in which they were added (`zmq_poller_wait_all`); none
    /// at the deadline. A closed or terminated socket is ready with TERM. EINTR when a signal came.
    pub fn wait(&mut self, wait: Wait) -> Result<Vec<(u64, Interest)>, Error> {
        let items: Vec<_> = self.items.iter().map(|item| (&item.what, item.interest)).collect();
        let found = wait_for(&items, wait)?;
        let keys = self.items.iter().map(|item| item.key);
        Ok(keys.zip(found).filter(|(_, holds)| !holds.is_empty()).collect())
    }
}

/// One poll over a list, for calls that bring their list along. Answers what holds, item by item.
pub fn poll(items: &[(Pollable, Interest)], wait: Wait) -> Result<Vec<Interest>, Error> {
    for (what, interest) in items {
        check_ways(what, *interest)?;
    }
    let items: Vec<_> = items.iter().map(|(what, interest)| (what, *interest)).collect();
    wait_for(&items, wait)
}

/// Asking an SP socket for the way that its kind does not have is an error, as in nanomsg; a ZMTP
/// socket is never ready that way, as in libzmq.
fn check_ways(what: &Pollable, interest: Interest) -> Result<(), Error> {
    let Pollable::Socket(socket) = what else { return Ok(()) };
    let kind = socket.kind();
    let missing = [(Interest::IN, kind.receives, "receives"), (Interest::OUT, kind.sends, "sends")];
    for (way, has, does) in missing {
        if kind.dialect == Dialect::Sp && interest.intersects(way) && !has {
            let name = kind.name;
            return Err(Error::new(
                ErrorCode::NoSuchOption,
                format!("a {name} socket never {does}, so it cannot be polled for that"),
            ));
        }
    }
    Ok(())
}

fn wait_for(items: &[(&Pollable, Interest)], wait: Wait) -> Result<Vec<Interest>, Error> {
    let deadline = wait.deadline();
    loop {
        let found = Parker::with(|parker| round(parker, items, deadline))??;
        let over = deadline.is_some_and(|at| at <= Instant::now());
        if over || found.iter().any(|holds| !holds.is_empty()) {
            return Ok(found);
        }
    }
}

/// Arms everything, looks, sleeps when nothing holds yet, and looks again.
fn round(
    parker: &mut Parker,
    items: &[(&Pollable, Interest)],
    deadline: Option<Instant>,
) -> Result<Vec<Interest>, Error> {
    let drives = drive_all(parker, items)?;
    let unpark = parker.prepare();
    let armed: Vec<_> = items.iter().filter_map(|item| arm(item, &unpark)).collect();
    let mut plain = HashMap::new();
    let mut busy = with_work(&drives, parker);
    let watched = watch(parker, items, &mut plain);
    let result = watched.and_then(|()| {
        let ready = sockets(items).any(|holds| !holds.is_empty());
        let at_once = ready || !busy.is_empty() || plain.values().any(|holds| !holds.is_empty());
        let tell = |key, holds| {
            if let Some(known) = i32::try_from(key).ok().and_then(|fd| plain.get_mut(&fd)) {
                *known = *known | holds;
            }
        };
        let now = Instant::now();
        if at_once || deadline.is_some_and(|at| at <= now) {
            parker.park(Some(now), tell)?;
        } else {
            parker.watch_and_park(deadline, tell)?;
        }
        Ok(())
    });
    for fd in plain.keys() {
        parker.unwatch(*fd);
    }
    for (socket, id) in armed {
        socket.waits_on().disarm(id);
    }
    result?;
    busy.extend(with_work(&drives, parker));
    for drives in busy {
        drives.turn(parker);
    }
    Ok(collect(items, &plain))
}

fn with_work<'a, 'b>(drives: &'b [Drives<'a>], parker: &mut Parker) -> Vec<&'b Drives<'a>> {
    drives.iter().filter(|one| one.has_work(parker)).collect()
}

/// This thread drives all the sockets while it waits for them.
fn drive_all<'a>(
    parker: &mut Parker,
    items: &[(&'a Pollable, Interest)],
) -> Result<Vec<Drives<'a>>, Error> {
    let sockets = items.iter().filter_map(|(what, _)| match what {
        Pollable::Socket(socket) => Some(&**socket.hub()),
        Pollable::Descriptor(_) => None,
    });
    let entered = sockets.map(|hub| Drives::enter(Some(hub), parker)).collect::<Result<_, _>>();
    entered.map_err(|ended| match ended {
        Ended::Error(error) => error,
        Ended::Deadline => ErrorCode::Again.into(),
    })
}

fn arm<'a>(
    item: &(&'a Pollable, Interest),
    unpark: &std::sync::Arc<Unpark>,
) -> Option<(&'a Socket, u64)> {
    let (Pollable::Socket(socket), interest) = item else { return None };
    let waiter = Waiter::Park(unpark.clone());
    Some((socket, socket.waits_on().arm(*interest, waiter)))
}

/// Watches every plain descriptor once, for all that is asked of it together.
fn watch(
    parker: &mut Parker,
    items: &[(&Pollable, Interest)],
    plain: &mut HashMap<i32, Interest>,
) -> Result<(), Error> {
    let mut wanted: HashMap<i32, Interest> = HashMap::new();
    for (what, interest) in items {
        if let Pollable::Descriptor(fd) = what {
            let all = wanted.entry(*fd).or_default();
            *all = *all | *interest;
        }
    }
    for (fd, interest) in wanted {
        let key = usize::try_from(fd)
            .map_err(|_| Error::new(ErrorCode::BadHandle, format!("{fd} is no descriptor")))?;
        let waits = parker.watch(fd, key, interest).map_err(|error| {
            let error = Error::from(error);
            let code = if error.code() == ErrorCode::NotSocket {
                ErrorCode::BadHandle
            } else {
                error.code()
            };
            Error::new(code, format!("descriptor {fd} cannot be polled"))
        })?;
        let always = interest & (Interest::IN | Interest::OUT);
        plain.insert(fd, if waits { Interest::NONE } else { always });
    }
    Ok(())
}

fn sockets<'a>(items: &'a [(&Pollable, Interest)]) -> impl Iterator<Item = Interest> + 'a {
    items.iter().filter_map(|(what, interest)| match what {
        Pollable::Socket(socket) => Some(socket.readiness() & (*interest | Interest::TERM)),
        Pollable::Descriptor(_) => None,
    })
}

fn collect(items: &[(&Pollable, Interest)], plain: &HashMap<i32, Interest>) -> Vec<Interest> {
    let holds = |(what, interest): &(&Pollable, Interest)| match what {
        Pollable::Socket(socket) => socket.readiness() & (*interest | Interest::TERM),
        Pollable::Descriptor(fd) => {
            plain.get(fd).copied().unwrap_or_default() & (*interest | Interest::ERR)
        }
    };
    items.iter().map(holds).collect()
}
