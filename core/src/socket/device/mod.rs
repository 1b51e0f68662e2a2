//! Device: passes whole messages between two sockets, of one dialect or of both, until one of them
//! ends (`nn_device`, `zmq_proxy`).
//!
//! What fits, and what becomes of a message, `joint` tells. A message is taken from one side only
//! when the other has room, so that none is in nobody's hands when a device ends; what does not pass
//! by the rules of a joint is counted where it was received. Subscriptions go the other way: those
//! that an XPUB hears of, a SUB of either dialect gets as its own.

mod envelopes;
mod joint;

use std::{collections::VecDeque, convert::Infallible};

use bytes::Bytes;

use self::joint::Joint;
use super::{
    Kind, Socket, Wait,
    poller::{Pollable, poll},
};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    message::{Control, Message},
    option::Dialect,
    pattern::DropReason,
};

/// Messages passed on from one side before the other is looked at.
const BATCH: usize = 256;

/// What passed in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

/// What goes in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cargo {
    Messages,
    /// News of an XPUB, which become subscriptions of a SUB.
    Subscriptions,
}

/// One direction, between two of the device's sockets by their places.
#[derive(Debug)]
struct Way {
    from: usize,
    to: usize,
    cargo: Cargo,
    /// Received and refused, and by which socket; nothing more is received before.
    held: VecDeque<(usize, Message)>,
    passed: Passed,
}

/// See the module's text.
#[derive(Debug)]
pub struct Device {
    /// The front, the back if there is one, and who gets copies, if anybody does.
    sockets: Vec<Socket>,
    ways: Vec<Way>,
    capture: Option<usize>,
    joint: Joint,
}

impl Device {
    /// One that passes messages both ways, as far as the kinds can, and copies of their bodies to
    /// `capture`. Without `back`, what `front` receives goes back out of it.
    ///
    /// Publishers of SP hear of no subscriptions. So where one is the target, or a PUB of ZMTP behind
    /// a SUB of SP, the device subscribes: to `topics` (prefixes), or to everything when there are none
    /// given. Where the target is an XPUB, to what its subscribers want, and to `topics` besides.
    ///
    /// # Errors
    /// EINVAL for SP sockets that are not raw, for kinds that do not fit or between which nothing can
    /// pass, and for `topics` where nothing subscribes. As [`Socket::subscribe`].
    pub fn new(
        front: Socket,
        back: Option<Socket>,
        capture: Option<Socket>,
        topics: Option<&[Vec<u8>]>,
    ) -> Result<Self, Error> {
        let joint = Joint::of(front.kind(), back.as_ref().map(Socket::kind))?;
        let ways = ways(front.kind(), back.as_ref().map(Socket::kind));
        if !ways.iter().any(|way| way.cargo == Cargo::Messages) {
            let back = back.as_ref().unwrap_or(&front).kind().name;
            let text = format!(
                "no message can pass between {} and {back}: one must send what the other receives",
                front.kind().name
            );
            return Err(invalid(&text));
        }
        let capture_at = capture.is_some().then_some(1 + usize::from(back.is_some()));
        let sockets = [Some(front), back, capture].into_iter().flatten().collect();
        let device = Self { sockets, ways, capture: capture_at, joint };
        device.subscribe(topics)?;
        Ok(device)
    }

    /// Runs until one of its sockets ends.
    ///
    /// # Errors
    /// Always: ETERM, or ENOTSOCK or EBADF once a socket is closed; EINTR when a signal came: to be
    /// called again, and goes on where it was.
    pub fn run(&mut self) -> Result<Infallible, Error> {
        loop {
            poll(&self.awaited(), Wait::Forever)?;
            self.pass()?;
        }
    }

    /// What the next step waits for: of each way the socket that holds it up. The others are there
    /// too, since each may end.
    pub(super) fn awaited(&self) -> Vec<(Pollable, Interest)> {
        let mut awaited = vec![Interest::NONE; self.sockets.len()];
        for way in &self.ways {
            let (at, interest) = match way.held.front() {
                Some((at, _)) => (*at, Interest::OUT),
                None if self.has_room(way) => (way.from, Interest::IN),
                None => (way.to, Interest::OUT),
            };
            awaited[at] = awaited[at] | interest;
        }
        let sockets = self.sockets.iter().map(|socket| Pollable::Socket(socket.clone()));
        sockets.zip(awaited).collect()
    }

    /// Passes on what can go now, some in each direction.
    pub(super) fn pass(&mut self) -> Result<(), Error> {
        self.check()?;
        for at in 0..self.ways.len() {
            self.pass_one_way(at)?;
        }
        Ok(())
    }

    /// Why there is no use in going on, if so.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.sockets.iter().try_for_each(|socket| socket.check())
    }

    /// What passed from the front and what from the back.
    pub(super) fn passed(&self) -> [Passed; 2] {
        let from = |side| self.ways.iter().find(|way| way.from == side);
        [0, 1].map(|side| from(side).map(|way| way.passed).unwrap_or_default())
    }

    fn has_room(&self, way: &Way) -> bool {
        // Not `readiness`, which would write each message by itself.
        way.cargo == Cargo::Subscriptions
            || self.sockets[way.to].waits_on().levels().intersects(Interest::OUT)
    }

    fn pass_one_way(&mut self, at: usize) -> Result<(), Error> {
        for _ in 0..BATCH {
            if !self.let_go(at)? || !self.has_room(&self.ways[at]) {
                return Ok(());
            }
            let Some(message) = try_recv(&self.sockets[self.ways[at].from])? else { return Ok(()) };
            self.take(at, message)?;
        }
        self.let_go(at).map(drop)
    }

    /// What was received becomes what is to be sent.
    fn take(&mut self, at: usize, message: Message) -> Result<(), Error> {
        let way = &mut self.ways[at];
        way.passed.messages += 1;
        way.passed.bytes += message.size() as u64;
        if let Some(capture) = self.capture {
            way.held.push_back((capture, without_header(&message)));
        }
        let (from, to) = (&self.sockets[way.from], &self.sockets[way.to]);
        if way.cargo == Cargo::Subscriptions {
            return follow(from, to, &message);
        }
        match self.joint.carry(message, to.kind()) {
            Ok(message) => way.held.push_back((way.to, message)),
            Err(reason) => from.count_drop(reason),
        }
        Ok(())
    }

    /// Sends what is held; false when there is no room for all of it.
    fn let_go(&mut self, at: usize) -> Result<bool, Error> {
        while let Some((to, message)) = self.ways[at].held.pop_front() {
            let socket = &self.sockets[to];
            let Err(unsent) = socket.send(message, Wait::No) else { continue };
            match unsent.error.code() {
                // Addressed to somebody who is not there, or against the rules of the receiver.
                ErrorCode::HostUnreachable => socket.count_drop(DropReason::NoRoute),
                ErrorCode::Invalid => socket.count_drop(DropReason::Malformed),
                code => {
                    self.ways[at].held.push_front((to, unsent.message));
                    return if code == ErrorCode::Again { Ok(false) } else { Err(unsent.error) };
                }
            }
        }
        Ok(true)
    }

    fn subscribe(&self, topics: Option<&[Vec<u8>]>) -> Result<(), Error> {
        let sources = self.ways.iter().filter(|way| way.cargo == Cargo::Messages);
        let kinds = |way: &Way| (self.sockets[way.from].kind(), self.sockets[way.to].kind());
        let mut subscribers =
            sources.filter(|way| matches!(kinds(way).0.name, "SUB" | "XSUB")).peekable();
        if topics.is_some() && subscribers.peek().is_none() {
            return Err(invalid("topics are for a device that a SUB or XSUB receives for"));
        }
        let everything = [Vec::new()];
        for way in subscribers {
            let (from, to) = kinds(way);
            // Between two of ZMTP this is the user's matter, as with `zmq_proxy`.
            let is_ours = [from, to].iter().any(|kind| kind.dialect == Dialect::Sp);
            let by_default: &[_] = if is_ours && to.name == "PUB" { &everything } else { &[] };
            for topic in topics.unwrap_or(by_default) {
                subscribe(&self.sockets[way.from], topic)?;
            }
        }
        Ok(())
    }
}

/// What was held when a device is given up is lost, so it is counted.
impl Drop for Device {
    fn drop(&mut self) {
        for (to, _) in self.ways.iter().flat_map(|way| &way.held) {
            self.sockets[*to].count_drop(DropReason::Closed);
        }
    }
}

/// In which directions something can go.
fn ways(front: &Kind, back: Option<&Kind>) -> Vec<Way> {
    let pairs = match back {
        None => vec![((0, front), (0, front))],
        Some(back) => vec![((0, front), (1, back)), ((1, back), (0, front))],
    };
    let cargo = |from: &Kind, to: &Kind| match (from.name, to.name) {
        ("XPUB", "SUB") => Some(Cargo::Subscriptions),
        _ => (from.receives && to.sends).then_some(Cargo::Messages),
    };
    let way = |((from, source), (to, target))| {
        let cargo = cargo(source, target)?;
        Some(Way { from, to, cargo, held: VecDeque::new(), passed: Passed::default() })
    };
    pairs.into_iter().filter_map(way).collect()
}

/// An XPUB's news become a SUB's subscriptions.
fn follow(from: &Socket, to: &Socket, news: &Message) -> Result<(), Error> {
    match news.body().split_first() {
        Some((&Control::SUBSCRIBE, topic)) => to.subscribe(topic),
        Some((&Control::CANCEL, topic)) => match to.unsubscribe(topic) {
            // Made before there was a device.
            Err(error) if error.code() == ErrorCode::Invalid => Ok(()),
            done => done,
        },
        // What a subscriber sends upstream, which a SUB cannot.
        _ => {
            from.count_drop(DropReason::Malformed);
            Ok(())
        }
    }
}

fn subscribe(source: &Socket, topic: &[u8]) -> Result<(), Error> {
    if source.kind().name == "SUB" {
        return source.subscribe(topic);
    }
    let news = Control::Subscribe(Bytes::copy_from_slice(topic)).to_bytes();
    source.send(Message::new(news), Wait::No).map_err(|unsent| unsent.error)
}

/// A copy for somebody else: the header is between the two.
fn without_header(message: &Message) -> Message {
    let mut copy = message.clone();
    copy.header_mut().clear();
    copy.set_pipe(0);
    copy
}

pub(super) fn try_recv(socket: &Socket) -> Result<Option<Message>, Error> {
    match socket.recv(Wait::No) {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.code() == ErrorCode::Again => Ok(None),
        Err(error) => Err(error),
    }
}

fn invalid(text: &str) -> Error {
    Error::new(ErrorCode::Invalid, text)
}
