//! Endpoints: the user's calls that make them, find them and take them back.

use std::sync::Arc;

use mio::{Interest as MioInterest, Token};

use super::{
    attach::Parts,
    config::Config,
    connection::StreamEnd,
    datagram::DatagramLink,
    dialer::{Dialer, Dialing, Failure},
    drive::{Drive, Source},
    event::{Counter, Ends, EventKind},
    hub::Hub,
    listener::Listener,
};
use crate::{
    error::{Error, ErrorCode},
    message::PipeId,
    pattern::Lane,
    transport::{Acceptor, Endpoint},
};

/// What an endpoint is, for the user's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointKind {
    /// From bind.
    Bound,
    /// From connect.
    Connected,
}

impl Hub {
    /// Binds: accepts streams at `endpoint` from now on. Answers id and resolved address.
    pub fn bind(
        &self,
        endpoint: Endpoint,
        given: &str,
        config: Arc<Config>,
    ) -> Result<(i32, String), Error> {
        let stream = !matches!(endpoint, Endpoint::Inproc(_));
        let bound = match endpoint {
            Endpoint::Inproc(name) => self.bind_inproc(name, config),
            Endpoint::Udp(udp) => self.bind_datagrams(&udp, given, &config),
            endpoint => self.bind_stream(endpoint, given, config),
        };
        if let Err(error) = &bound {
            self.counters().add(Counter::BindErrors, 1);
            if stream {
                let number = u64::try_from(error.code().zmq()).unwrap_or_default();
                self.tell_end(EventKind::BindFailed, number, || Ends::bound(given));
            }
        }
        bound
    }

    fn bind_stream(
        &self,
        endpoint: Endpoint,
        given: &str,
        config: Arc<Config>,
    ) -> Result<(i32, String), Error> {
        let shared = match &endpoint {
            Endpoint::Ws(ws) => self.realm.sites.join(ws, &config)?,
            _ => None,
        };
        let mut acceptor = match shared {
            Some(shared) => shared,
            None => Acceptor::bind(&endpoint, &config.stream)?,
        };
        let address = endpoint.bound_at(acceptor.local_endpoint()?);
        let mut drive = self.drive();
        let poll = self.make_poll()?;
        let id = drive.next_endpoint();
        let token = drive.sources.insert(Source::Listener(id));
        let registered = poll.with(|poll| {
            poll.registry().register(&mut acceptor, Token(token), MioInterest::READABLE)
        });
        let entered = registered.map_err(Error::from).and_then(|()| match &endpoint {
            Endpoint::Ws(ws) => self.realm.sites.enter((self, id), ws, &config, &acceptor),
            _ => Ok(()),
        });
        if let Err(error) = entered.and_then(|()| self.try_attend()) {
            self.realm.sites.leave(self, id);
            self.forget_acceptor(&mut drive, token, &mut acceptor);
            return Err(error);
        }
        acceptor.keep();
        let listener = Listener {
            id,
            endpoint,
            given: given.into(),
            address: address.clone(),
            config,
            acceptor,
            token,
            failed: false,
        };
        self.tell_end(EventKind::Listening, listener.number(), || Ends::bound(&*address));
        drive.listeners.insert(id, listener);
        Ok((id, address))
    }

    /// Connects: dials `endpoint` now, and again whenever the connection is lost. What can never
    /// succeed fails at once.
    pub fn connect(
        &self,
        endpoint: Endpoint,
        given: &str,
        config: Arc<Config>,
    ) -> Result<(i32, String), Error> {
        let address = endpoint.to_string();
        let id = match endpoint {
            Endpoint::Udp(udp) => return self.connect_datagrams(&udp, given, &config),
            Endpoint::Inproc(name) => self.connect_inproc(name, config)?,
            endpoint => self.connect_stream(endpoint, given, config)?,
        };
        Ok((id, address))
    }

    fn connect_stream(
        &self,
        endpoint: Endpoint,
        given: &str,
        config: Arc<Config>,
    ) -> Result<i32, Error> {
        self.make_poll()?;
        self.try_attend()?;
        let outgoing = Lane::new(config.send_marks);
        let end = StreamEnd::new(self.weak(), outgoing.clone());
        let early = config.attach_early.then(|| {
            let incoming = config.incoming();
            let parts = Parts {
                outgoing,
                incoming: incoming.clone(),
                neighbor: end.clone(),
                priorities: config.priorities,
            };
            self.attach_early(parts).map(|pipe| (pipe, incoming))
        });
        let early = early.transpose()?;
        let mut drive = self.drive();
        let id = drive.next_endpoint();
        drive.dialers.insert(id, Dialer::new(endpoint, given.into(), config, end, early));
        match self.dial(&mut drive, id) {
            Err(error) if is_certain(error.code()) => {
                let dialer = drive.dialers.remove(&id);
                drop(drive);
                if let Some(pipe) = dialer.as_ref().and_then(Dialer::early_pipe) {
                    self.detach(pipe);
                }
                self.counters().add(Counter::ConnectErrors, 1);
                return Err(error);
            }
            Err(error) => self.dial_failed(&mut drive, id, Failure::of(&error)),
            Ok(()) => {}
        }
        drop(drive);
        self.attend();
        Ok(id)
    }

    /// The pipe of a connected endpoint, where it has one whether or not its peer is there.
    #[must_use]
    pub fn pipe_of(&self, id: i32) -> Option<PipeId> {
        let dialed = || self.drive().dialers.get(&id).and_then(Dialer::early_pipe);
        self.pipe_of_inproc(id).or_else(dialed)
    }

    /// Takes an endpoint back. Connections that it accepted go with it; what it queued to send goes
    /// out first.
    pub fn shut(&self, id: i32) -> Result<(), Error> {
        if self.shut_inproc(id) {
            return Ok(());
        }
        let mut drive = self.drive();
        if let Some(listener) = drive.listeners.remove(&id) {
            self.let_go(&mut drive, listener);
            for lost in drive.accepted_by(id) {
                self.lose(&mut drive, lost, None);
            }
            return Ok(());
        }
        if self.unlink(&mut drive, id) {
            return Ok(());
        }
        let pipe = self.take_back(&mut drive, id).ok_or_else(|| {
            Error::new(ErrorCode::Invalid, format!("there is no endpoint with id {id}"))
        })?;
        drop(drive);
        if let Some(pipe) = pipe {
            // What was queued is still in the lane, which the dialer empties before it goes.
            self.detach(pipe);
        }
        self.attend();
        Ok(())
    }

    /// A dialer goes once all is sent. Answers its early pipe, if it had one; `None` when there is no such
    /// dialer.
    pub(super) fn take_back(&self, drive: &mut Drive, id: i32) -> Option<Option<PipeId>> {
        let dialer = drive.dialers.get_mut(&id).filter(|dialer| !dialer.leaving)?;
        dialer.leaving = true;
        let pipe = dialer.early_pipe();
        if let Dialing::Connected(connection) = dialer.state
            && let Some(connection) = drive.connection(connection)
        {
            connection.detach(self);
        }
        Some(pipe)
    }

    /// A listener ends.
    pub(super) fn let_go(&self, drive: &mut Drive, mut listener: Listener) {
        let number = listener.number();
        self.realm.sites.leave(self, listener.id);
        self.forget_acceptor(drive, listener.token, &mut listener.acceptor);
        self.tell_end(EventKind::Closed, number, || Ends::bound(&*listener.address));
    }

    /// Finds an endpoint by the text given for it or by its resolved address.
    #[must_use]
    pub fn find_endpoint(&self, text: &str, kind: EndpointKind) -> Option<i32> {
        if let Some(id) = self.find_inproc(text, kind) {
            return Some(id);
        }
        let drive = self.drive();
        let is = |one: &DatagramLink| one.given == text || one.address == text;
        let bound = kind == EndpointKind::Bound;
        let mut links = drive.links.iter();
        if let Some((id, _)) = links.find(|(_, one)| one.bound == bound && is(one)) {
            return Some(*id);
        }
        match kind {
            EndpointKind::Bound => {
                let mut all = drive.listeners.iter();
                all.find(|(_, one)| one.given == text || one.address == text).map(|(id, _)| *id)
            }
            EndpointKind::Connected => {
                let mut all = drive.dialers.iter().filter(|(_, one)| !one.leaving);
                let found = |one: &Dialer| one.address == text || one.endpoint.to_string() == text;
                all.find(|(_, one)| found(one)).map(|(id, _)| *id)
            }
        }
    }
}

/// Codes that dialing again would not change.
fn is_certain(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::TooManyFiles
            | ErrorCode::Invalid
            | ErrorCode::NoDevice
            | ErrorCode::AddressNotAvailable
            | ErrorCode::NameTooLong
            | ErrorCode::NoBuffers
            | ErrorCode::AddressFamilyNotSupported
    )
}
