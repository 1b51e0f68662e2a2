//! Any operations in any order: no protocol panics, and none loses or doubles a message uncounted.

use std::{collections::HashMap, time::Duration};

use proptest::prelude::*;

use super::{Bench, End, marks, parts};
use crate::{
    error::ErrorCode,
    message::{Control, Message},
    option::Setting,
    pattern::{Admission, Command, DropReason, Protocol, sp, zmq},
};

#[derive(Clone, Debug)]
enum Op {
    Add(usize),
    AddPending(usize),
    Ready(usize, bool),
    Lost(usize),
    Detach(usize),
    Deliver(usize, Vec<Vec<u8>>),
    /// The peer answers what it got first, envelope and header and all.
    Echo(usize),
    Take(usize),
    Send(Vec<Vec<u8>>),
    Admit(Vec<u8>),
    Commit(Vec<Vec<u8>>),
    Withdraw,
    Recv,
    Levels,
    Control(usize, bool, Vec<u8>),
    Command(bool, Vec<u8>),
    Configure(Setting),
    Expire(u64),
}

fn frame() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        Just(b"a".to_vec()),
        Just(b"\x01a".to_vec()),
        Just(b"\x00a".to_vec()),
        Just(b"\x80\0\0\x07body".to_vec()),
        Just(b"\0\0\0\x01\x80\0\0\x07body".to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
    ]
}

fn frames() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(frame(), 1..4)
}

fn setting() -> impl Strategy<Value = Setting> {
    prop_oneof![
        any::<bool>().prop_map(Setting::RouterMandatory),
        any::<bool>().prop_map(Setting::RouterHandover),
        any::<bool>().prop_map(Setting::ReqCorrelate),
        any::<bool>().prop_map(Setting::ReqRelaxed),
        any::<bool>().prop_map(Setting::XpubVerbose),
        any::<bool>().prop_map(Setting::XpubVerboser),
        any::<bool>().prop_map(Setting::NoDrop),
        any::<bool>().prop_map(Setting::InvertMatching),
        (1..9u8).prop_map(Setting::MaxHops),
        (0..9u64).prop_map(|s| Setting::ResendInterval(Duration::from_secs(s))),
        (0..9u64).prop_map(|s| Setting::SurveyDeadline(Duration::from_secs(s))),
        any::<bool>().prop_map(Setting::Polyamorous),
        Just(Setting::ConnectRoutingId(b"a".to_vec())),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let peer = || 0..6usize;
    prop_oneof![
        2 => (0..3usize).prop_map(Op::Add),
        1 => (0..3usize).prop_map(Op::AddPending),
        1 => (peer(), any::<bool>()).prop_map(|(peer, named)| Op::Ready(peer, named)),
        1 => peer().prop_map(Op::Lost),
        1 => peer().prop_map(Op::Detach),
        6 => (peer(), frames()).prop_map(|(peer, frames)| Op::Deliver(peer, frames)),
        4 => peer().prop_map(Op::Echo),
        4 => peer().prop_map(Op::Take),
        6 => frames().prop_map(Op::Send),
        2 => frame().prop_map(Op::Admit),
        2 => frames().prop_map(Op::Commit),
        1 => Just(Op::Withdraw),
        6 => Just(Op::Recv),
        4 => Just(Op::Levels),
        2 => (peer(), any::<bool>(), frame()).prop_map(|(peer, on, at)| Op::Control(peer, on, at)),
        2 => (any::<bool>(), frame()).prop_map(|(on, prefix)| Op::Command(on, prefix)),
        1 => setting().prop_map(Op::Configure),
        1 => (0..20u64).prop_map(Op::Expire),
    ]
}

fn message(frames: &[Vec<u8>]) -> Message {
    parts(&frames.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Life {
    Pending,
    Ready,
    Gone,
}

/// A bench with the state of its peers, and what went through, in both directions.
struct Run<P> {
    bench: Bench<P>,
    lives: HashMap<End, (Life, usize)>,
    open: Option<Admission>,
    sent: u64,
    taken: u64,
    delivered: u64,
    received: u64,
}

impl<P: Protocol> Run<P> {
    fn new(protocol: P) -> Self {
        Self {
            bench: Bench::new(protocol),
            lives: HashMap::new(),
            open: None,
            sent: 0,
            taken: 0,
            delivered: 0,
            received: 0,
        }
    }

    /// The peer of this number that is in one of these states.
    fn peer(&self, number: usize, lives: &[Life]) -> Option<End> {
        let mut ends: Vec<_> =
            self.lives.iter().filter(|(_, (life, _))| lives.contains(life)).collect();
        ends.sort();
        (!ends.is_empty()).then(|| *ends[number % ends.len()].0)
    }

    fn set(&mut self, end: End, life: Life) {
        self.lives.get_mut(&end).unwrap().0 = life;
    }

    fn deliver(&mut self, end: End, message: Message) {
        if !self.bench.is_full(end) {
            // Lanes ask for half to be drained after they refused; this peer never asks.
            self.bench.deliver(end, message);
            self.delivered += 1;
        }
    }

    fn recv(&mut self) -> bool {
        let received = self.bench.recv_from();
        assert!(!matches!(received, Err(ErrorCode::Invalid)));
        self.received += u64::from(received.is_ok());
        received.is_ok()
    }

    fn step(&mut self, op: Op) {
        use Life::{Gone, Pending, Ready};
        match op {
            Op::Add(mark) => {
                if let Ok(end) = self.bench.add(marks(mark)) {
                    self.lives.insert(end, (Ready, mark));
                }
            }
            Op::AddPending(mark) => {
                if let Ok(end) = self.bench.add_pending(marks(mark)) {
                    self.lives.insert(end, (Pending, mark));
                }
            }
            Op::Ready(number, named) => {
                let Some(end) = self.peer(number, &[Pending]) else { return };
                let ready = self.bench.ready(end, if named { b"a" } else { b"" }).is_ok();
                self.set(end, if ready { Ready } else { Gone });
            }
            Op::Lost(number) => {
                let Some(end) = self.peer(number, &[Ready]) else { return };
                self.bench.lost(end);
                self.set(end, Pending);
            }
            Op::Detach(number) => {
                let Some(end) = self.peer(number, &[Ready, Pending]) else { return };
                self.bench.detach(end);
                self.set(end, Gone);
            }
            Op::Deliver(number, frames) => {
                let Some(end) = self.peer(number, &[Ready]) else { return };
                self.deliver(end, message(&frames));
            }
            Op::Echo(number) => {
                let Some(end) = self.peer(number, &[Ready]) else { return };
                let Some(message) = self.bench.take(end) else { return };
                self.taken += 1;
                self.deliver(end, message);
            }
            Op::Take(number) => {
                let Some(end) = self.peer(number, &[Ready]) else { return };
                self.taken += u64::from(self.bench.take(end).is_some());
            }
            Op::Send(frames) => {
                if self.open.is_none() {
                    self.sent += u64::from(self.bench.send_message(message(&frames)).is_ok());
                }
            }
            Op::Admit(first) => {
                if self.open.is_none() {
                    self.open = self.bench.admit(&first).ok();
                }
            }
            Op::Commit(frames) => {
                if let Some(admission) = self.open.take() {
                    self.bench.commit(admission, message(&frames));
                    self.sent += 1;
                }
            }
            Op::Withdraw => {
                if let Some(admission) = self.open.take() {
                    self.bench.withdraw(admission);
                }
            }
            Op::Recv => drop(self.recv()),
            Op::Levels => self.check_levels(),
            Op::Control(number, on, prefix) => {
                let Some(end) = self.peer(number, &[Ready]) else { return };
                let make = if on { Control::Subscribe } else { Control::Cancel };
                self.bench.deliver_control(end, make(prefix.into()));
            }
            Op::Command(on, prefix) => {
                let make = if on { Command::Subscribe } else { Command::Unsubscribe };
                let _ = self.bench.protocol.command(make(prefix), &mut self.bench.pipes);
            }
            Op::Configure(setting) => drop(self.bench.protocol.configure(&setting)),
            Op::Expire(seconds) => self.bench.expire(self.bench.now + Duration::from_secs(seconds)),
        }
    }

    /// What the levels say about receiving holds: a SURVEYOR also shows that it would not wait.
    fn check_levels(&mut self) {
        use crate::interest::Interest;
        let readable = self.bench.levels().intersects(Interest::IN);
        let received = self.bench.recv_from();
        self.received += u64::from(received.is_ok());
        match received {
            Ok(_) => assert!(readable),
            Err(ErrorCode::WrongState | ErrorCode::TimedOut) => {}
            Err(_) => assert!(!readable),
        }
    }

    fn dropped(&self) -> u64 {
        DropReason::ALL.iter().map(|reason| self.bench.pipes.dropped(*reason)).sum()
    }

    /// Messages that wait in a lane, either way.
    fn in_lanes(&self) -> u64 {
        let ends = 0..self.bench.ends.len();
        ends.map(|end| (self.bench.waiting(end) + self.bench.unread(end)) as u64).sum()
    }

    /// `over`: messages that were begun when all had room, and whose pattern must not drop them.
    fn check_marks(&self, over: usize) {
        for (end, (_, mark)) in &self.lives {
            assert!(*mark == 0 || self.bench.waiting(*end) <= *mark + over);
        }
    }
}

/// Which messages must be somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Account {
    /// Each that went in came out, waits, or was counted.
    Both,
    /// Only those that came from peers; copies are sent to many, or again.
    Incoming,
    /// None: neither direction is one to one.
    Neither,
}

fn run<P: Protocol>(protocol: P, account: Account, ops: Vec<Op>) {
    let (mut run, mut over) = (Run::new(protocol), 0);
    for op in ops {
        over += usize::from(account == Account::Neither && matches!(op, Op::Commit(_)));
        run.step(op);
        run.check_marks(over);
    }
    if let Some(admission) = run.open.take() {
        run.bench.withdraw(admission);
    }
    // What a protocol holds ahead comes out here, unless it wants a reply to be sent before.
    for _ in 0..10_000 {
        let replied = run.bench.send(b"reply").is_ok();
        run.sent += u64::from(replied);
        if !run.recv() {
            break;
        }
    }
    let incoming: u64 = (0..run.bench.ends.len()).map(|end| run.bench.unread(end) as u64).sum();
    match account {
        Account::Both => assert_eq!(
            run.sent + run.delivered,
            run.taken + run.received + run.in_lanes() + run.dropped()
        ),
        Account::Incoming => assert_eq!(
            run.delivered,
            run.received + incoming + run.dropped(),
            "received, waiting and dropped"
        ),
        Account::Neither => {}
    }
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 0..120)
}

macro_rules! protocols {
    ($($name:ident $make:expr, $account:ident;)*) => {
        proptest! {
            $(
                #[test]
                fn $name(ops in ops()) {
                    run($make, Account::$account, ops);
                }
            )*
        }
    };
}

protocols! {
    pair0 sp::Pair0::new(), Both;
    push0 sp::Push0::new(), Both;
    pull0 sp::Pull0::new(), Both;
    pub0 sp::Pub0::new(), Neither;
    sub0 sp::Sub0::new(), Both;
    req0 sp::Req0::new(), Incoming;
    rep0 sp::Rep0::new(), Both;
    pair1 sp::Pair1::<false>::new(), Both;
    bus0 sp::Bus0::new(), Neither;
    surveyor0 sp::Surveyor0::new(), Neither;
    raw_pair1 sp::Pair1::<true>::new(), Both;
    raw_req sp::RawReq::new(), Both;
    raw_rep sp::RawRep::new(), Both;
    raw_surveyor sp::RawSurveyor::new(), Neither;
    raw_bus sp::RawBus::new(), Neither;
    dealer zmq::Dealer::new(), Both;
    router zmq::Router::new(), Both;
    stream zmq::Stream::new(), Neither;
    req zmq::Req::new(), Both;
    rep zmq::Rep::new(), Both;
    sub zmq::Sub::new(), Both;
    xsub zmq::Xsub::new(), Neither;
    xpub zmq::Xpub::new(), Neither;
    publisher zmq::Pub::new(), Neither;
}
