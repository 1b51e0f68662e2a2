//! inproc: two sockets of one context joined by two lanes, with no stream and no engine.
//!
//! Connecting before binding waits for the name. When the bound side leaves, the connecting side
//! waits for it again, what it had queued with it. Two sockets' locks are never held together: each
//! side is told in turn.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Instant,
};

use bytes::Bytes;

use super::{
    attach::Parts,
    config::Config,
    connection::next_serial,
    drive::Note,
    endpoints::EndpointKind,
    event::{Counter, Ends, Event, EventKind},
    hub::Hub,
};
use crate::{
    error::{Error, ErrorCode},
    message::{Intake, Message, PeerInfo, PipeId},
    pattern::{DropReason, Lane, Marks, pipe::Neighbor},
};

/// The inproc names of one context.
#[derive(Debug, Default)]
pub struct Names(Mutex<NameTable>);

#[derive(Debug, Default)]
struct NameTable {
    bound: HashMap<String, BoundName>,
    waiting: HashMap<String, Vec<(Weak<Hub>, i32)>>,
}

#[derive(Clone, Debug)]
struct BoundName {
    hub: Weak<Hub>,
    id: i32,
    name: String,
    config: Arc<Config>,
}

impl Names {
    fn table(&self) -> MutexGuard<'_, NameTable> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a name. Answers who waited for it.
    fn bind(&self, name: &str, bound: BoundName) -> Result<Vec<(Weak<Hub>, i32)>, Error> {
        let mut table = self.table();
        if table.bound.get(name).is_some_and(|other| other.hub.strong_count() > 0) {
            return Err(Error::new(ErrorCode::AddressInUse, format!("inproc://{name} is bound")));
        }
        table.bound.insert(name.into(), bound);
        Ok(table.waiting.remove(name).unwrap_or_default())
    }

    fn unbind(&self, name: &str) {
        self.table().bound.remove(name);
    }

    /// Who has the name; otherwise the dialer waits for it.
    fn find_or_wait(&self, name: &str, hub: &Hub, id: i32) -> Option<BoundName> {
        let mut table = self.table();
        let found = table.bound.get(name).cloned();
        if found.is_none() {
            table.waiting.entry(name.into()).or_default().push((hub.weak(), id));
        }
        found
    }

    /// The socket that bound a name.
    pub(super) fn bound(&self, name: &str) -> Option<Arc<Hub>> {
        let hub = self.table().bound.get(name)?.hub.upgrade()?;
        (!hub.is_closing()).then_some(hub)
    }

    fn forget(&self, name: &str, hub: &Hub, id: i32) {
        let mut table = self.table();
        if let Some(waiting) = table.waiting.get_mut(name) {
            waiting.retain(|(weak, other)| !(*other == id && weak.ptr_eq(&hub.weak())));
            if waiting.is_empty() {
                table.waiting.remove(name);
            }
        }
    }
}

/// A socket's inproc endpoints.
#[derive(Debug, Default)]
pub struct Links {
    bound: HashMap<i32, String>,
    dialers: HashMap<i32, Dialer>,
    accepted: Vec<Accepted>,
    asked: HashMap<u64, Asked>,
}

/// A joint that waits for the word of a socket whose user decides.
#[derive(Debug)]
struct Asked {
    dialing: Weak<Hub>,
    dialer: i32,
    bound: BoundName,
    agreed: Agreed,
}

/// How far those who decide have agreed to a joint.
#[derive(Clone, Copy, Debug)]
struct Agreed {
    /// Who did last.
    by: Side,
    /// What events name the two pipes by: the dialing side's, and the bound one's.
    numbers: (u64, u64),
}

/// A side of a joint. The bound one is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Bound,
    Dialing,
}

#[derive(Debug)]
struct Dialer {
    name: String,
    config: Arc<Config>,
    outgoing: Arc<Lane>,
    end: Arc<InprocEnd>,
    /// The pipe that is there whether or not the name is bound, and its lane.
    early: Option<(PipeId, Arc<Lane>)>,
    joined: Option<Joined>,
}

/// A dialer's side of a joint.
#[derive(Debug)]
struct Joined {
    pipe: PipeId,
    incoming: Arc<Lane>,
    peer: Weak<Hub>,
    peer_pipe: PipeId,
    /// What events name this side's pipe by.
    number: u64,
    /// What the bound side is to receive when this side leaves (`ZMQ_DISCONNECT_MSG`).
    farewell: Bytes,
}

/// The bound side of a joint.
#[derive(Debug)]
struct Accepted {
    bound: i32,
    pipe: PipeId,
    peer: Weak<Hub>,
    dialer: i32,
    /// What events name this side's pipe by.
    number: u64,
    name: String,
}

/// The inproc side of a pipe, as its pattern knows it.
#[derive(Debug)]
struct InprocEnd {
    own: Weak<Hub>,
    state: Mutex<(Weak<Hub>, PipeId)>,
}

impl InprocEnd {
    fn new(own: &Hub) -> Arc<Self> {
        Arc::new(Self { own: own.weak(), state: Mutex::new((Weak::new(), PipeId::default())) })
    }

    fn set(&self, peer: Weak<Hub>, pipe: PipeId) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = (peer, pipe);
    }

    fn get(&self) -> (Option<Arc<Hub>>, PipeId) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.0.upgrade(), state.1)
    }
}

impl Neighbor for InprocEnd {
    fn has_work(&self, _: usize) {
        if let (Some(peer), _) = self.get() {
            peer.settle();
            peer.peers_changed();
        }
    }

    /// Never asked: what goes to a socket is not gathered.
    fn has_gathered(&self) {}

    fn has_room(&self) {
        if let (Some(peer), _) = self.get() {
            peer.settle();
        }
    }

    fn close(&self) {
        if let Some(own) = self.own.upgrade() {
            let (_, pipe) = self.get();
            own.part_pipe(pipe);
        }
    }
}

impl Hub {
    fn links(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn bind_inproc(
        &self,
        name: String,
        config: Arc<Config>,
    ) -> Result<(i32, String), Error> {
        let id = self.drive().next_endpoint();
        let bound = BoundName { hub: self.weak(), id, name: name.clone(), config };
        let waiting = self.realm.names.bind(&name, bound.clone())?;
        let address = format!("inproc://{name}");
        self.links().bound.insert(id, name);
        for (dialing, dialer) in waiting {
            if let Some(dialing) = dialing.upgrade() {
                // A waiting socket of a kind that does not fit goes on waiting for one that does.
                let _ = dialing.join(dialer, &bound, None);
            }
        }
        Ok((id, address))
    }

    pub(super) fn connect_inproc(&self, name: String, config: Arc<Config>) -> Result<i32, Error> {
        let id = self.drive().next_endpoint();
        let outgoing = Lane::new(config.send_marks);
        let end = InprocEnd::new(self);
        let early = config.attach_early.then(|| {
            let incoming = Lane::new(config.receive_marks);
            let parts = Parts {
                outgoing: outgoing.clone(),
                incoming: incoming.clone(),
                neighbor: end.clone(),
                priorities: config.priorities,
            };
            self.attach_early(parts).map(|pipe| (pipe, incoming))
        });
        let early = early.transpose()?;
        if let Some((pipe, _)) = &early {
            end.set(Weak::new(), *pipe);
        }
        let dialer = Dialer { name: name.clone(), config, outgoing, end, early, joined: None };
        self.links().dialers.insert(id, dialer);
        if let Some(bound) = self.realm.names.find_or_wait(&name, self, id)
            && let Err(error) = self.join(id, &bound, None)
        {
            self.shut_inproc(id);
            return Err(error);
        }
        Ok(id)
    }

    /// Joins one of this socket's dialers to the socket that bound its name, once those who decide
    /// have said so.
    fn join(&self, id: i32, bound: &BoundName, agreed: Option<Agreed>) -> Result<(), Error> {
        let Some(peer) = bound.hub.upgrade().filter(|peer| !peer.is_closing()) else {
            return Ok(());
        };
        if !self.profile.accepts(&peer.profile) {
            return Err(Error::new(
                ErrorCode::IncompatibleProtocol,
                format!("{} cannot be joined to {}", self.profile.name, peer.profile.name),
            ));
        }
        let Some((outgoing, incoming, end, early, config)) = self.lanes_of(id) else {
            return Ok(());
        };
        let name = bound.name.as_str();
        let numbers =
            agreed.map_or_else(|| (next_serial(), next_serial()), |agreed| agreed.numbers);
        let (number, peer_number) = numbers;
        if agreed.is_none() {
            peer.tell_joint(EventKind::AddPre, peer_number, name, true);
            if peer.decides() {
                peer.ask(self, id, bound, Agreed { by: Side::Bound, numbers });
                return Ok(());
            }
        }
        if agreed.is_none_or(|agreed| agreed.by == Side::Bound) {
            self.tell_joint(EventKind::AddPre, number, name, false);
            if self.decides() {
                self.ask(self, id, bound, Agreed { by: Side::Dialing, numbers });
                return Ok(());
            }
        }
        outgoing.set_marks(sum(config.send_marks, bound.config.receive_marks));
        incoming.set_marks(sum(bound.config.send_marks, config.receive_marks));
        let endpoint = format!("inproc://{name}");
        let own = PeerInfo {
            endpoint: endpoint.clone(),
            socket_type: self.profile.name.into(),
            routing_id: config.routing_id.clone(),
            ..PeerInfo::default()
        };
        let other = PeerInfo {
            endpoint,
            socket_type: peer.profile.name.into(),
            routing_id: bound.config.routing_id.clone(),
            ..PeerInfo::default()
        };
        let peer_end = InprocEnd::new(&peer);
        peer_end.set(self.weak(), PipeId::default());
        let parts = Parts {
            outgoing: incoming.clone(),
            incoming: outgoing.clone(),
            neighbor: peer_end.clone(),
            priorities: bound.config.priorities,
        };
        let peer_pipe = peer.attach_ready(None, parts, &own)?;
        peer_end.set(self.weak(), peer_pipe);
        end.set(bound.hub.clone(), early.unwrap_or_default());
        let parts = Parts {
            outgoing,
            incoming: incoming.clone(),
            neighbor: end.clone(),
            priorities: config.priorities,
        };
        let pipe = match self.attach_ready(early, parts, &other) {
            Ok(pipe) => pipe,
            Err(error) => {
                peer.detach(peer_pipe);
                return Err(error);
            }
        };
        end.set(bound.hub.clone(), pipe);
        let (peer_hub, farewell) = (bound.hub.clone(), bound.config.notices.disconnect.clone());
        let joined = Joined { pipe, incoming, peer: peer_hub, peer_pipe, number, farewell };
        if let Some(dialer) = self.links().dialers.get_mut(&id) {
            dialer.joined = Some(joined);
        }
        peer.links().accepted.push(Accepted {
            bound: bound.id,
            pipe: peer_pipe,
            peer: self.weak(),
            dialer: id,
            number: peer_number,
            name: name.into(),
        });
        self.peer_came(Counter::Established);
        peer.peer_came(Counter::Accepted);
        peer.tell_joint(EventKind::AddPost, peer_number, name, true);
        self.tell_joint(EventKind::AddPost, number, name, false);
        // Each side said things before the other could hear them.
        peer.settle();
        self.settle();
        Ok(())
    }

    fn tell_joint(&self, kind: EventKind, pipe: u64, name: &str, bound: bool) {
        self.events().tell(kind, || {
            let address = format!("inproc://{name}");
            let ends = Ends { local: address.clone(), remote: address, bound };
            Event { pipe, ..Event::of(kind, 0, ends) }
        });
    }

    /// Leaves a joint to this socket's user, at most as long as a handshake may take.
    fn ask(&self, dialing: &Self, dialer: i32, bound: &BoundName, agreed: Agreed) {
        let limit = bound.config.handshake;
        let pipe = match agreed.by {
            Side::Dialing => agreed.numbers.0,
            Side::Bound => agreed.numbers.1,
        };
        let asked = Asked { dialing: dialing.weak(), dialer, bound: bound.clone(), agreed };
        self.links().asked.insert(pipe, asked);
        if let Some(until) = limit.and_then(|limit| Instant::now().checked_add(limit)) {
            self.note(Note::Asked(pipe, until));
        }
    }

    /// The user's word about a joint. False when none of that number waits. One that is refused
    /// stays a dialer without a peer.
    pub(super) fn decide_inproc(&self, pipe: u64, take: bool) -> bool {
        let Some(asked) = self.links().asked.remove(&pipe) else { return false };
        if take && let Some(dialing) = asked.dialing.upgrade() {
            // One that is shut meanwhile, or taken by another, is joined to nobody.
            let _ = dialing.join(asked.dialer, &asked.bound, Some(asked.agreed));
        }
        true
    }

    #[expect(clippy::type_complexity, reason = "taken apart at once by its one caller")]
    fn lanes_of(
        &self,
        id: i32,
    ) -> Option<(Arc<Lane>, Arc<Lane>, Arc<InprocEnd>, Option<PipeId>, Arc<Config>)> {
        let links = self.links();
        let dialer = links.dialers.get(&id).filter(|dialer| dialer.joined.is_none())?;
        let (early, incoming) = match &dialer.early {
            Some((pipe, lane)) => (Some(*pipe), lane.clone()),
            None => (None, Lane::new(Marks::default())),
        };
        let config = dialer.config.clone();
        Some((dialer.outgoing.clone(), incoming, dialer.end.clone(), early, config))
    }

    /// The pipe of a connected inproc endpoint.
    pub(super) fn pipe_of_inproc(&self, id: i32) -> Option<PipeId> {
        let links = self.links();
        let dialer = links.dialers.get(&id)?;
        let joined = dialer.joined.as_ref().map(|joined| joined.pipe);
        joined.or_else(|| dialer.early.as_ref().map(|(pipe, _)| *pipe))
    }

    /// Takes an inproc endpoint back; false when the id is not of one.
    pub(super) fn shut_inproc(&self, id: i32) -> bool {
        let mut links = self.links();
        if let Some(name) = links.bound.remove(&id) {
            let (gone, kept) =
                mem::take(&mut links.accepted).into_iter().partition(|one| one.bound == id);
            links.accepted = kept;
            drop(links);
            self.realm.names.unbind(&name);
            self.realm.inquiries.handler_left(self);
            self.part_accepted(gone);
            return true;
        }
        let Some(dialer) = links.dialers.remove(&id) else { return false };
        drop(links);
        self.part_dialer(id, dialer);
        true
    }

    /// The socket closes: both sides of all its joints hear of it.
    pub(super) fn close_inproc(&self) {
        let Links { bound, dialers, accepted, asked: _ } = mem::take(&mut *self.links());
        for name in bound.values() {
            self.realm.names.unbind(name);
            self.realm.inquiries.handler_left(self);
        }
        self.part_accepted(accepted);
        for (id, dialer) in dialers {
            self.part_dialer(id, dialer);
        }
    }

    /// The pattern wants no more of this pipe.
    fn part_pipe(&self, pipe: PipeId) {
        let mut links = self.links();
        if let Some(place) = links.accepted.iter().position(|one| one.pipe == pipe) {
            let one = links.accepted.swap_remove(place);
            drop(links);
            return self.part_accepted(vec![one]);
        }
        let dialers = links.dialers.iter();
        let found = dialers.filter(|(_, one)| one.joined.as_ref().is_some_and(|j| j.pipe == pipe));
        let found = found.map(|(id, _)| *id).next();
        drop(links);
        if let Some(id) = found {
            self.shut_inproc(id);
        }
    }

    /// This side, which is bound, leaves these joints.
    fn part_accepted(&self, gone: Vec<Accepted>) {
        for one in gone {
            if !self.is_closing() {
                self.detach(one.pipe);
            }
            self.peer_went(Counter::Dropped);
            self.tell_joint(EventKind::RemPost, one.number, &one.name, true);
            if let Some(peer) = one.peer.upgrade() {
                peer.unjoin(one.dialer);
            }
        }
    }

    /// The bound side of a dialer's joint left: wait for the name again.
    fn unjoin(&self, id: i32) {
        let mut links = self.links();
        let Some(dialer) = links.dialers.get_mut(&id) else { return };
        let Some(joined) = dialer.joined.take() else { return };
        let (name, outgoing) = (dialer.name.clone(), dialer.outgoing.clone());
        let early = dialer.early.is_some();
        say_farewell(&joined.incoming, &dialer.config.notices.disconnect);
        dialer.end.set(Weak::new(), joined.pipe);
        drop(links);
        outgoing.set_consumer(None);
        joined.incoming.set_producer(None);
        if early {
            self.run(|state, _| state.protocol.lost(joined.pipe, &mut state.pipes));
        } else {
            joined.incoming.end();
            self.detach(joined.pipe);
        }
        self.peer_went(Counter::Broken);
        self.tell_joint(EventKind::RemPost, joined.number, &name, false);
        if !self.profile.keeps_unsent {
            let count = outgoing.clear();
            self.run(|state, _| state.pipes.count_drops(DropReason::PeerGone, count));
        }
        if let Some(bound) = self.realm.names.find_or_wait(&name, self, id) {
            // It was bound again meanwhile.
            let _ = self.join(id, &bound, None);
        }
    }

    /// This side, which connected, leaves. What it sent stays for the other side to read.
    fn part_dialer(&self, id: i32, dialer: Dialer) {
        self.realm.names.forget(&dialer.name, self, id);
        if let Some(joined) = &dialer.joined {
            say_farewell(&dialer.outgoing, &joined.farewell);
        }
        dialer.outgoing.end();
        let own_pipe =
            dialer.joined.as_ref().map(|j| j.pipe).or_else(|| dialer.early.map(|(pipe, _)| pipe));
        if let Some(pipe) = own_pipe.filter(|_| !self.is_closing()) {
            self.detach(pipe);
        }
        let Some(joined) = dialer.joined else {
            return self.drop_unsent(dialer.outgoing.clear());
        };
        self.peer_went(Counter::Dropped);
        self.tell_joint(EventKind::RemPost, joined.number, &dialer.name, false);
        if let Some(peer) = joined.peer.upgrade() {
            let mut links = peer.links();
            let place = links.accepted.iter().position(|one| one.pipe == joined.peer_pipe);
            let left = place.map(|place| links.accepted.swap_remove(place));
            drop(links);
            peer.detach(joined.peer_pipe);
            peer.peer_went(Counter::Broken);
            if let Some(left) = left {
                peer.tell_joint(EventKind::RemPost, left.number, &left.name, true);
            }
        }
    }

    pub(super) fn find_inproc(&self, text: &str, kind: EndpointKind) -> Option<i32> {
        let name = text.strip_prefix("inproc://")?;
        let links = self.links();
        match kind {
            EndpointKind::Bound => {
                links.bound.iter().find(|(_, bound)| *bound == name).map(|(id, _)| *id)
            }
            EndpointKind::Connected => {
                links.dialers.iter().find(|(_, dialer)| dialer.name == name).map(|(id, _)| *id)
            }
        }
    }
}

/// Whoever receives from this lane hears, whatever its mark, that the other side leaves.
fn say_farewell(lane: &Lane, text: &Bytes) {
    if !text.is_empty() {
        let mut intake = Intake::default();
        intake.push(Message::new(text.clone()));
        lane.push_all(intake);
    }
}

/// Both sides' marks together; no limit on either side is none at all.
fn sum(send: Marks, receive: Marks) -> Marks {
    let add = |one: usize, other: usize| if one == 0 || other == 0 { 0 } else { one + other };
    if send.newest_only || receive.newest_only {
        return Marks::NEWEST_ONLY;
    }
    Marks::new(add(send.messages, receive.messages), add(send.bytes, receive.bytes))
}
