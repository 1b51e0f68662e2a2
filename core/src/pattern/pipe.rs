//! Pipe: the socket's side of one peer, two lanes; and Pipes, the table of them that a protocol
//! works on.
//!
//! Called by protocols under the pattern lock. Nothing here writes to a stream or wakes anybody:
//! what the other ends must be told is gathered in `nudges`, and the socket tells them after it
//! let go of the lock.

use std::{cell::Cell, collections::VecDeque, mem, sync::Arc};

use smallvec::SmallVec;

use super::{
    DropReason,
    inlet::Inlet,
    lane::{Asks, Lane, Mailbox, Posted, Pushed},
};
use crate::message::{Carried, Control, Load, Message, PeerInfo, PipeId};

/// Of so many pipes that are gone it is remembered who their peer was: their last messages may just
/// have been received.
const REMEMBERED: usize = 32;

/// The other end of a pipe: a connection, or over inproc another socket.
pub trait Neighbor: Send + Sync {
    /// Messages or controls wait in the lane to it. It is told among so many others, one after the other.
    fn has_work(&self, others: usize);
    /// Messages are gathered in the lane to it: they must go soon, but not one by one.
    fn has_gathered(&self);
    /// There is room again in the lane from it, which had refused.
    fn has_room(&self);
    /// The pattern wants no more of it: close it.
    fn close(&self);
    /// The same, once it has what waits for it, and for good.
    fn finish(&self) {
        self.close();
    }
}

/// What a neighbor is to be told once no lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nudge {
    /// [`Neighbor::has_work`].
    Work,
    /// [`Neighbor::has_gathered`].
    Gathered,
    /// [`Neighbor::has_room`].
    Room,
    /// [`Neighbor::close`].
    Close,
    /// [`Neighbor::finish`].
    Finish,
}

/// Neighbors to tell.
pub type Nudges = SmallVec<[(Arc<dyn Neighbor>, Nudge); 2]>;

/// One peer, as its socket sees it.
pub struct Pipe {
    outgoing: Arc<Lane>,
    incoming: Inlet,
    neighbor: Arc<dyn Neighbor>,
    /// The outgoing lane surely has room: nobody else fills it.
    has_room: Cell<bool>,
    detached: bool,
    send_priority: u8,
    receive_priority: u8,
    peers: Peers,
}

/// Who is at the other end, of whom the message read last is.
#[derive(Default)]
struct Peers {
    current: Option<Arc<PeerInfo>>,
    /// Who came after it, each behind so many unread messages of those before.
    later: VecDeque<(usize, Arc<PeerInfo>)>,
}

impl Peers {
    /// Another peer came, or the same again; so many messages of those before are not read.
    fn follow(&mut self, unread: usize, peer: Arc<PeerInfo>) {
        let last = self.later.back().map(|(_, last)| last).or(self.current.as_ref());
        if last == Some(&peer) {
            return;
        }
        // Of those who sent nothing no message has to tell.
        while self.later.back().is_some_and(|(before, _)| *before >= unread) {
            self.later.pop_back();
        }
        if unread == 0 || self.current.is_none() {
            self.current = Some(peer);
        } else {
            self.later.push_back((unread, peer));
        }
    }

    /// A message is read.
    #[cold]
    fn advance(&mut self) {
        if self.later.front().is_some_and(|(unread, _)| *unread == 0) {
            self.current = self.later.pop_front().map(|(_, next)| next);
        }
        for (unread, _) in &mut self.later {
            *unread = unread.saturating_sub(1);
        }
    }
}

impl std::fmt::Debug for Pipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipe").field("detached", &self.detached).finish_non_exhaustive()
    }
}

impl Pipe {
    /// A pipe over two lanes, with priority 8 (the middle of 1 to 16) both ways.
    pub fn new(outgoing: Arc<Lane>, incoming: Arc<Lane>, neighbor: Arc<dyn Neighbor>) -> Self {
        Self {
            outgoing,
            incoming: Inlet::new(incoming),
            neighbor,
            has_room: Cell::new(false),
            detached: false,
            send_priority: 8,
            receive_priority: 8,
            peers: Peers::default(),
        }
    }

    /// Sets `NN_SNDPRIO` and `NN_RCVPRIO`: 1 (first) to 16.
    #[must_use]
    pub fn with_priorities(mut self, send: u8, receive: u8) -> Self {
        (self.send_priority, self.receive_priority) = (send, receive);
        self
    }

    /// 1 (served first) to 16.
    #[must_use]
    pub fn send_priority(&self) -> u8 {
        self.send_priority
    }

    /// 1 (served first) to 16.
    #[must_use]
    pub fn receive_priority(&self) -> u8 {
        self.receive_priority
    }

    /// The lane to the peer.
    #[must_use]
    pub fn outgoing(&self) -> &Arc<Lane> {
        &self.outgoing
    }

    /// Whether the outgoing lane has room; a refusal is remembered.
    fn ask_room(&self) -> bool {
        if !self.has_room.get() {
            self.has_room.set(self.outgoing.ask_room());
        }
        self.has_room.get()
    }

    /// Messages that were taken from the lane and not read.
    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        self.incoming.taken()
    }

    /// Whether messages of the peer wait.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        !self.incoming.is_empty()
    }
}

/// The pipes of one socket.
#[derive(Debug, Default)]
pub struct Pipes {
    slots: Vec<Option<(u32, Pipe)>>,
    free: Vec<u32>,
    last_serial: u32,
    nudges: NudgeList,
    /// A lane became full or empty.
    turned: bool,
    /// See [`Pipes::take_quiet`].
    quiet: bool,
    dropped: [u64; DropReason::COUNT],
    mailbox: Arc<Mailbox>,
    /// Those of the pipes that went last.
    gone: VecDeque<(PipeId, Arc<PeerInfo>)>,
}

/// A wrapper only for `Debug`.
#[derive(Default)]
struct NudgeList(Nudges);

impl std::fmt::Debug for NudgeList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} nudges", self.0.len())
    }
}

impl Pipes {
    /// A new id for a pipe that [`Pipes::insert`] will bring.
    pub fn allocate(&mut self) -> PipeId {
        // Serials are hop tags on the SP wire, so bit 31 stays clear; 0 means "no pipe".
        self.last_serial = (self.last_serial % 0x7fff_ffff) + 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 pipes fit in memory")
        });
        PipeId { slot, serial: self.last_serial }
    }

    /// Puts a pipe in its place. The lanes' ports must name this socket's [`Pipes::mailbox`].
    pub fn insert(&mut self, id: PipeId, pipe: Pipe) {
        self.slots[id.slot as usize] = Some((id.serial, pipe));
    }

    /// Takes a pipe out for good. Harmless when it is not there.
    pub fn remove(&mut self, id: PipeId) -> Option<Pipe> {
        self.get(id)?;
        self.free.push(id.slot);
        let (_, pipe) = self.slots[id.slot as usize].take()?;
        if let Some(peer) = &pipe.peers.current {
            self.gone.truncate(REMEMBERED - 1);
            self.gone.push_front((id, peer.clone()));
        }
        Some(pipe)
    }

    /// Notes who is at the other end of a pipe from now on; what waits came from who was there before.
    pub fn set_peer(&mut self, id: PipeId, peer: Arc<PeerInfo>) {
        let Some(pipe) = self.get_mut(id) else { return };
        pipe.peers.follow(pipe.incoming.waiting().messages, peer);
        if !pipe.peers.later.is_empty() {
            pipe.incoming.go_slowly();
        }
    }

    /// Who sent the messages that came by this pipe: the one read last. Pipes that went are remembered
    /// for a while.
    #[must_use]
    pub fn peer(&self, id: PipeId) -> Option<&Arc<PeerInfo>> {
        match self.get(id) {
            Some(pipe) => pipe.peers.current.as_ref(),
            None => self.gone.iter().find(|(gone, _)| *gone == id).map(|(_, peer)| peer),
        }
    }

    /// The pipe of this id, while it is there.
    #[must_use]
    pub fn get(&self, id: PipeId) -> Option<&Pipe> {
        match self.slots.get(id.slot as usize)? {
            Some((serial, pipe)) if *serial == id.serial => Some(pipe),
            _ => None,
        }
    }

    fn get_mut(&mut self, id: PipeId) -> Option<&mut Pipe> {
        match self.slots.get_mut(id.slot as usize)? {
            Some((serial, pipe)) if *serial == id.serial => Some(pipe),
            _ => None,
        }
    }

    /// All pipes that are there, detached ones too.
    pub fn ids(&self) -> impl Iterator<Item = PipeId> + '_ {
        (0..).zip(&self.slots).filter_map(|(slot, entry)| {
            entry.as_ref().map(|(serial, _)| PipeId { slot, serial: *serial })
        })
    }

    /// The same by the number that messages show.
    #[must_use]
    pub fn peer_of(&self, serial: u32) -> Option<&Arc<PeerInfo>> {
        let mut here = self.ids().chain(self.gone.iter().map(|(id, _)| *id));
        here.find(|id| id.serial == serial).and_then(|id| self.peer(id))
    }

    /// Where this socket's lanes post their changes.
    #[must_use]
    pub fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// Whether the pipe would take a message. A refusal is remembered: `Protocol::writable` follows.
    pub fn has_room(&self, id: PipeId) -> bool {
        self.sendable(id).is_some_and(Pipe::ask_room)
    }

    /// Sends to a pipe, or hands the message back: at its mark, or gone.
    pub fn push<M: Carried>(&mut self, id: PipeId, message: M) -> Result<(), M> {
        let Some(pipe) = self.sendable(id) else { return Err(message) };
        match pipe.outgoing.push(message) {
            Ok(pushed) => self.note_pushed(id, pushed),
            Err(refused) => {
                pipe.has_room.set(false);
                return Err(refused);
            }
        }
        Ok(())
    }

    /// Sends to a pipe; at its mark, or gone, the message is dropped and counted.
    pub fn push_or_drop(&mut self, id: PipeId, message: impl Carried) {
        if self.push(id, message).is_err() {
            self.count_drop(DropReason::QueueFull);
        }
    }

    /// Sends to a pipe; at its mark the oldest waiting messages go, and are counted.
    pub fn push_dropping_oldest(&mut self, id: PipeId, message: impl Carried) {
        let Some(pipe) = self.sendable(id) else { return self.count_drop(DropReason::PeerGone) };
        let (pushed, dropped) = pipe.outgoing.push_dropping_oldest(message);
        self.dropped[DropReason::QueueFull as usize] += dropped as u64;
        self.note_pushed(id, pushed);
    }

    /// Keeps a place for a message that will follow.
    pub fn reserve(&self, id: PipeId) -> bool {
        self.sendable(id).is_some_and(|pipe| {
            pipe.has_room.set(false);
            pipe.outgoing.reserve()
        })
    }

    /// Gives a kept place back.
    pub fn unreserve(&self, id: PipeId) {
        if let Some(pipe) = self.get(id) {
            pipe.outgoing.unreserve();
        }
    }

    /// Sends to the place kept for it; when the pipe died meanwhile, it is dropped and counted.
    pub fn push_reserved(&mut self, id: PipeId, message: impl Carried) {
        match self.sendable(id).map(|pipe| pipe.outgoing.push_reserved(message)) {
            Some(pushed) => self.note_pushed(id, pushed),
            None => self.count_drop(DropReason::PeerGone),
        }
    }

    /// Sends a control, ahead of all messages and whatever the marks.
    pub fn push_control(&mut self, id: PipeId, control: Control) {
        if let Some(pipe) = self.sendable(id) {
            pipe.outgoing.push_control(control);
            self.nudge(id, Nudge::Work);
        }
    }

    /// Takes the next message that came by this pipe. A detached pipe that has
    /// nothing left is removed.
    pub fn pop(&mut self, id: PipeId) -> Option<Message> {
        let pipe = self.get_mut(id)?;
        let after = pipe.incoming.prepare();
        if pipe.detached && pipe.incoming.is_empty() {
            self.remove(id);
            return None;
        }
        self.turned |= after.empty;
        if after.room {
            self.nudge(id, Nudge::Room);
        }
        let pipe = self.get_mut(id)?;
        if !pipe.peers.later.is_empty() && pipe.incoming.has_taken() {
            pipe.peers.advance();
            pipe.incoming.go_slowly();
        }
        // Nothing follows: a message that is passed on as it comes is not moved.
        pipe.incoming.pop()
    }

    /// Takes the next message of this pipe if that changes nothing else: others follow, and no room is to
    /// be given back.
    #[inline]
    pub fn pop_next(&mut self, id: PipeId, message: &mut Message) -> Option<Load> {
        self.get_mut(id)?.incoming.pop_next(message)
    }

    /// Takes the controls that came by this pipe, oldest first.
    pub fn take_controls(&mut self, id: PipeId) -> Vec<Control> {
        self.get(id).map(|pipe| pipe.incoming.lane().take_controls()).unwrap_or_default()
    }

    /// Asks for the pipe's connection to be closed. `Protocol::detach` follows in its own time.
    pub fn close(&mut self, id: PipeId) {
        self.nudge(id, Nudge::Close);
    }

    /// Asks for the pipe's connection to be closed once all is written, and not to be dialed again.
    /// `Protocol::detach` follows in its own time.
    pub fn finish(&mut self, id: PipeId) {
        self.nudge(id, Nudge::Finish);
    }

    /// Counts a dropped message.
    pub fn count_drop(&mut self, reason: DropReason) {
        self.dropped[reason as usize] += 1;
    }

    /// Counts several dropped messages.
    pub fn count_drops(&mut self, reason: DropReason, count: usize) {
        self.dropped[reason as usize] += count as u64;
    }

    /// How many messages were dropped for this reason.
    #[must_use]
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.dropped[reason as usize]
    }

    /// Marks a pipe as gone for sending; it goes for good once its received messages are read.
    pub fn set_detached(&mut self, id: PipeId) {
        let Some(pipe) = self.get_mut(id) else { return };
        pipe.detached = true;
        if pipe.incoming.is_done() {
            self.remove(id);
        }
    }

    /// Takes the list of neighbors to tell, once no lock is held.
    pub fn take_nudges(&mut self) -> Option<Nudges> {
        (!self.nudges.0.is_empty()).then(|| mem::take(&mut self.nudges.0))
    }

    /// Whether a push since the last time led to nothing: messages follow each other.
    pub fn take_quiet(&mut self) -> bool {
        mem::take(&mut self.quiet)
    }

    /// Whether a push or a pop since the last time made a lane full or empty.
    pub fn take_turned(&mut self) -> bool {
        mem::take(&mut self.turned)
    }

    /// What waits to be sent, over all pipes.
    #[must_use]
    pub fn queued_out(&self) -> Load {
        self.lanes().map(|lane| lane.load()).sum()
    }

    /// What came and was not received yet, over all pipes.
    #[must_use]
    pub fn queued_in(&self) -> Load {
        let pipes = self.slots.iter().flatten().map(|(_, pipe)| pipe);
        pipes.map(|pipe| pipe.incoming.waiting()).sum()
    }

    /// The most urgent priority for sending of a pipe with room; `None` when no pipe has any.
    #[must_use]
    pub fn send_priority(&self) -> Option<u8> {
        let pipes = self.slots.iter().flatten().map(|(_, pipe)| pipe);
        let open = pipes.filter(|pipe| !pipe.detached && pipe.outgoing.has_room());
        open.map(Pipe::send_priority).min()
    }

    /// Whether every stream is far behind what is sent to it: [`Lane::is_far_behind`].
    #[must_use]
    pub fn are_far_behind(&self) -> bool {
        let mut lanes = self.lanes().peekable();
        lanes.peek().is_some() && lanes.all(|lane| lane.is_far_behind())
    }

    /// A sender has waited for that to end, in vain: [`Lane::note_waited`].
    pub fn note_waited(&self) {
        self.lanes().for_each(|lane| lane.note_waited());
    }

    fn lanes(&self) -> impl Iterator<Item = &Arc<Lane>> {
        let pipes = self.slots.iter().flatten().map(|(_, pipe)| pipe);
        pipes.filter(|pipe| !pipe.detached).map(Pipe::outgoing)
    }

    /// Takes the notes that this socket's lanes posted.
    pub fn take_posted(&self, notes: &mut Vec<Posted>) {
        self.mailbox.take(notes);
    }

    fn sendable(&self, id: PipeId) -> Option<&Pipe> {
        self.get(id).filter(|pipe| !pipe.detached)
    }

    fn note_pushed(&mut self, id: PipeId, pushed: Pushed) {
        if let Some(pipe) = self.get(id) {
            pipe.has_room.set(!pushed.full);
        }
        self.turned |= pushed.full;
        match pushed.asks {
            Asks::Quiet => self.quiet = !pushed.full,
            Asks::Work => self.nudge(id, Nudge::Work),
            Asks::Gathered => self.nudge(id, Nudge::Gathered),
        }
    }

    fn nudge(&mut self, id: PipeId, nudge: Nudge) {
        if let Some(pipe) = self.get(id) {
            let neighbor = pipe.neighbor.clone();
            self.nudges.0.push((neighbor, nudge));
        }
    }
}
