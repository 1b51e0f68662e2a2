//! Datagrams: the endpoints of `udp://`, each one system socket and one pipe. Nobody shakes hands, so the
//! pipe is there from the start; whoever sends writes, and the driver reads.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Weak},
};

use mio::{Interest as MioInterest, Token};

use super::{
    attach::Parts,
    config::Config,
    drive::{Drive, Note, Source},
    event::{Ends, EventKind},
    hub::Hub,
};
use crate::{
    error::Error,
    lock::{Lock, Rank},
    message::{Intake, Load, Message, Messages, PeerInfo, PipeId, Shape},
    pattern::{DropReason, Lane, pipe::Neighbor},
    transport::{Datagrams, UdpEndpoint},
    wire::DatagramForm,
};

/// Datagrams read of one endpoint in one turn, so that it does not starve the others.
const READS: usize = 64;

/// One endpoint, as the driver knows it.
#[derive(Debug)]
pub(super) struct DatagramLink {
    /// The text that the user gave.
    pub(super) given: String,
    /// The text of the address, its port resolved.
    pub(super) address: String,
    pub(super) bound: bool,
    pub(super) token: usize,
    pipe: PipeId,
    end: Arc<DatagramEnd>,
    incoming: Arc<Lane>,
}

/// The system socket, as the pattern knows it.
#[derive(Debug)]
struct DatagramEnd {
    hub: Weak<Hub>,
    id: i32,
    socket: Datagrams,
    form: DatagramForm,
    /// Where all goes, unless each message says it.
    peer: Option<SocketAddr>,
    outgoing: Arc<Lane>,
    sending: Lock<Sending>,
}

/// What was taken from the lane and is not sent yet.
#[derive(Debug, Default)]
struct Sending {
    taken: Messages,
    /// The system had no room for it.
    stuck: Option<Message>,
}

/// What a flush came to.
#[derive(Clone, Copy, Debug, Default)]
struct Flushed {
    /// The lane has room again.
    room: bool,
    /// Messages that can be no datagram, or that the system would not send.
    dropped: usize,
}

impl DatagramEnd {
    /// Sends what waits, as far as the system takes it.
    fn flush(&self) -> Flushed {
        let mut sending = self.sending.lock();
        let Sending { taken, stuck } = &mut *sending;
        // What a DISH wants to hear nobody can be told.
        self.outgoing.clear_controls();
        let (mut flushed, mut sent) = (Flushed::default(), Load::default());
        loop {
            if stuck.is_none() && taken.is_empty() {
                flushed.room |= self.outgoing.exchange_messages(sent, taken, false).room;
                sent = Load::default();
            }
            let Some(message) = stuck.take().or_else(|| taken.pop()) else { return flushed };
            match self.send(&message) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    *stuck = Some(message);
                    flushed.room |= self.outgoing.wrote(sent);
                    return flushed;
                }
                Err(_) => flushed.dropped += 1,
                Ok(()) => {}
            }
            sent += Load::of(&message);
        }
    }

    fn send(&self, message: &Message) -> io::Result<()> {
        let Some((datagram, to)) = self.form.encode(message) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let Some(to) = to.or(self.peer) else { return Err(io::ErrorKind::NotConnected.into()) };
        match self.socket.send_to(&datagram, to) {
            // That nobody was there for an earlier one is no reason not to send this.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                self.socket.send_to(&datagram, to).map(drop)
            }
            done => done.map(drop),
        }
    }

    fn is_idle(&self) -> bool {
        let sending = self.sending.lock();
        sending.stuck.is_none() && sending.taken.is_empty() && self.outgoing.load().messages == 0
    }

    /// How many messages wait.
    fn unsent(&self) -> usize {
        self.outgoing.load().messages
    }
}

impl Neighbor for DatagramEnd {
    fn has_work(&self, _: usize) {
        let flushed = self.flush();
        if let Some(hub) = self.hub.upgrade() {
            hub.note_flushed(flushed);
        }
    }

    /// Never asked: nothing is gathered for datagrams.
    fn has_gathered(&self) {}

    fn has_room(&self) {
        if let Some(hub) = self.hub.upgrade() {
            hub.note_in_passing(Note::ResumeDatagrams(self.id));
        }
    }

    fn close(&self) {
        if let Some(hub) = self.hub.upgrade() {
            hub.note(Note::CloseDatagrams(self.id));
        }
    }
}

impl Hub {
    /// Binds: receives datagrams at an endpoint from now on.
    pub(super) fn bind_datagrams(
        &self,
        endpoint: &UdpEndpoint,
        given: &str,
        config: &Config,
    ) -> Result<(i32, String), Error> {
        let socket = Datagrams::bind(endpoint, &config.stream)?;
        let address = match socket.local_address() {
            Some(local) => {
                let interface = endpoint.interface.as_ref().map(|host| format!("{host};"));
                format!("udp://{}{local}", interface.unwrap_or_default())
            }
            None => format!("udp://{endpoint}"),
        };
        self.link(socket, None, given, &address, config)
    }

    /// Connects: sends datagrams to an endpoint from now on.
    pub(super) fn connect_datagrams(
        &self,
        endpoint: &UdpEndpoint,
        given: &str,
        config: &Config,
    ) -> Result<(i32, String), Error> {
        let (socket, peer) = Datagrams::towards(endpoint, &config.stream, config.multicast)?;
        self.link(socket, Some(peer), given, &format!("udp://{endpoint}"), config)
    }

    fn link(
        &self,
        mut socket: Datagrams,
        peer: Option<SocketAddr>,
        given: &str,
        address: &str,
        config: &Config,
    ) -> Result<(i32, String), Error> {
        let mut drive = self.drive();
        let id = drive.next_endpoint();
        let token = drive.sources.vacant_key();
        let both = MioInterest::READABLE | MioInterest::WRITABLE;
        let poll = self.make_poll()?;
        poll.with(|poll| poll.registry().register(&mut socket, Token(token), both))?;
        let (outgoing, incoming) = (Lane::new(config.send_marks), config.incoming());
        outgoing.encode_late();
        let form = match self.profile.shape {
            Shape::Addressed => DatagramForm::Address,
            _ => DatagramForm::Group,
        };
        let end = Arc::new(DatagramEnd {
            hub: self.weak(),
            id,
            socket,
            form,
            peer,
            outgoing: outgoing.clone(),
            sending: Lock::new(Rank::PatternOrWrite, Sending::default()),
        });
        let parts = Parts {
            outgoing,
            incoming: incoming.clone(),
            neighbor: end.clone(),
            priorities: config.priorities,
        };
        let about = PeerInfo {
            address: peer.map(|peer| peer.to_string()).unwrap_or_default(),
            tells_nothing: true,
            ..PeerInfo::default()
        };
        let pipe = self.attach_ready(None, parts, &about)?;
        drive.sources.insert(Source::Datagrams(id));
        let bound = peer.is_none();
        let link = DatagramLink {
            given: given.into(),
            address: address.into(),
            bound,
            token,
            pipe,
            end,
            incoming,
        };
        drive.links.insert(id, link);
        if let Err(error) = self.try_attend() {
            self.unlink(&mut drive, id);
            return Err(error);
        }
        if bound {
            self.tell_end(EventKind::Listening, 0, || Ends::bound(address));
        }
        Ok((id, address.into()))
    }

    /// The driver's part: sends what was stuck, and reads what is there.
    pub(super) fn serve_datagrams(&self, drive: &mut Drive, id: i32, scratch: &mut [u8]) {
        let Some(link) = drive.links.get(&id) else { return };
        self.note_flushed(link.end.flush());
        for _ in 0..READS {
            let room = link.incoming.room();
            if room.messages == 0 {
                return;
            }
            match link.end.socket.receive_from(scratch) {
                Ok((size, from)) => self.take_datagram(link, &scratch[..size], from, room),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // That nobody was there for what was sent is not the receiver's matter.
                Err(_) => {}
            }
        }
        // More may be there, and the edge will not come again.
        drive.ready_links.push(id);
    }

    fn take_datagram(&self, link: &DatagramLink, datagram: &[u8], from: SocketAddr, room: Load) {
        if self.is_closing() {
            return;
        }
        match link.end.form.decode(datagram, from) {
            Some(message) => {
                let mut intake = Intake::new(room);
                intake.push(message);
                link.incoming.push_all(intake);
                self.settle();
            }
            None => self.run(|state, _| state.pipes.count_drop(DropReason::Malformed)),
        }
    }

    fn note_flushed(&self, flushed: Flushed) {
        if flushed.dropped > 0 {
            let reason = DropReason::Malformed;
            self.run(|state, _| state.pipes.count_drops(reason, flushed.dropped));
        }
        if flushed.room {
            self.settle();
        }
    }

    /// Takes an endpoint back; false when the id is not of one.
    pub(super) fn unlink(&self, drive: &mut Drive, id: i32) -> bool {
        let Some(link) = drive.links.remove(&id) else { return false };
        drive.sources.try_remove(link.token);
        link.incoming.end();
        if !self.is_closing() {
            self.detach(link.pipe);
        }
        let left = link.end.outgoing.clear();
        self.drop_unsent(left);
        if link.bound {
            self.tell_end(EventKind::Closed, 0, || Ends::bound(&*link.address));
        }
        true
    }

    /// Lets go of what has nothing more to send.
    pub(super) fn retire_links(&self, drive: &mut Drive) {
        let idle = drive.links.iter().filter(|(_, link)| link.end.is_idle());
        let idle: Vec<_> = idle.map(|(id, _)| *id).collect();
        for id in idle {
            self.unlink(drive, id);
        }
    }
}

impl DatagramLink {
    /// How many messages are not sent yet.
    pub(super) fn unsent(&self) -> usize {
        self.end.unsent()
    }
}
