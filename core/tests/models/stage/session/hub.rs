//! Hub: the functions that hand work over are copied in below from the engine's. Its pattern is one
//! pipe, from which it receives; a driver has the pipe's reader and writers to look after.

use std::{
    os::fd::RawFd,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use super::{pace::Cause, reader::Reader, realm::Realm, writer::Writer};
use crate::{
    error::Error,
    interest::Interest,
    lock::{Guard, Lock, Rank},
    message::{Load, Message, Messages},
    pattern::{Lane, lane::Marks},
    reactor::{Bed, Gate, Readiness, Scratch, SharedPoll, Turn},
};

#[derive(Debug)]
pub enum Note {
    /// The lane from the peer has room again.
    Resume,
}

#[derive(Debug)]
pub struct Drive {
    pub reader: Reader,
    pub writers: Vec<Arc<Writer>>,
}

impl Drive {
    fn next_deadline(&self) -> Option<Instant> {
        None
    }
}

#[derive(Debug)]
pub struct Hub {
    me: Weak<Self>,
    key: usize,
    pub realm: Arc<Realm>,
    pattern: Lock<Arc<Lane>>,
    readiness: Readiness,
    drive: Lock<Drive>,
    pub poll: Arc<SharedPoll>,
    pub gate: Gate,
    inbox: Mutex<Vec<Note>>,
    attended: AtomicBool,
    pending: AtomicBool,
    watched: AtomicBool,
    gathered: AtomicBool,
}

impl Hub {
    /// A hub whose peer sent so many messages; the lane from it holds one.
    pub fn new(sent: usize, writers: Vec<Arc<Writer>>) -> Arc<Self> {
        let lane = Lane::new(Marks::new(1, 0));
        let reader = Reader { incoming: lane.clone(), left: sent };
        let hub = Arc::new_cyclic(|me| Self {
            me: me.clone(),
            key: 0,
            realm: Arc::default(),
            pattern: Lock::new(Rank::PatternOrWrite, lane),
            readiness: Readiness::default(),
            drive: Lock::new(Rank::Drive, Drive { reader, writers }),
            poll: SharedPoll::new().expect("nothing fails here"),
            gate: Gate::default(),
            inbox: Mutex::new(Vec::new()),
            attended: AtomicBool::new(false),
            pending: AtomicBool::new(false),
            watched: AtomicBool::new(false),
            gathered: AtomicBool::new(false),
        });
        hub.gate.set_descriptor(0);
        hub
    }

    pub fn key(&self) -> usize {
        self.key
    }

    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Receives a message, if there is one.
    pub fn receive(&self) -> Option<Message> {
        let lane = self.pattern.lock();
        let mut taken = Messages::default();
        lane.take_all(&mut taken);
        let message = taken.pop();
        let room = message.as_ref().is_some_and(|one| lane.release(Load::of(one)).room);
        self.conclude(lane);
        if room {
            // As `StreamEnd::has_room` does.
            self.note_in_passing(Note::Resume);
        }
        message
    }

    pub fn settle(&self) {
        self.conclude(self.pattern.lock());
    }

    fn conclude(&self, lane: Guard<'_, Arc<Lane>>) {
        let levels = if lane.is_empty() { Interest::NONE } else { Interest::IN };
        let wake = self.readiness.set(Interest::IN | Interest::OUT, levels);
        drop(lane);
        wake.fire(&self.readiness);
    }

    pub fn drive(&self) -> Guard<'_, Drive> {
        self.drive.lock()
    }

    /// Serves the reader once, as news of its stream would.
    pub fn serve(&self) {
        self.drive().reader.serve();
        self.settle();
    }

    fn turn_drive(&self, drive: &mut Drive, _: &mut Scratch) -> bool {
        if !self.take_notes().is_empty() {
            drive.reader.serve();
        }
        false
    }

    fn flush_connections(drive: &Drive) -> bool {
        drive.writers.iter().fold(false, |room, writer| writer.flush(Cause::Overdue).room | room)
    }

    pub fn bed(&self) -> Option<Bed<'_>> {
        self.poll.bed()
    }

    fn is_closing(&self) -> bool {
        false
    }

    fn retire(&self, _: &mut Drive) -> bool {
        true
    }

    fn finish(&self) {}

    fn schedule(&self, _: Instant) {}

    fn next_turn(&self, _: &Drive) -> Option<Instant> {
        None
    }
}
