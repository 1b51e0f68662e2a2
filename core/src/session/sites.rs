//! Sites: the WebSocket listeners of a context, of which several may have one port: the path tells them apart.
//!
//! Each has a descriptor of its own for the bound socket, so none is its owner: whoever accepts a stream
//! reads what it asks for, and hands it over to the socket that is there. Asked by binds and connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::{config::Config, hub::Hub};
use crate::{
    error::{Error, ErrorCode},
    option::Filters,
    transport::{Acceptor, Stream, TlsEnd, WsEndpoint},
};

/// A listener, for streams that ask for it elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) hub: Arc<Hub>,
    pub(super) listener: i32,
}

#[derive(Debug)]
struct Site {
    hub: Weak<Hub>,
    listener: i32,
    path: String,
    /// Where it is bound, with the port that the system chose.
    address: String,
    /// Never accepts: others get their descriptors from it.
    acceptor: Acceptor,
    tls: Option<TlsEnd>,
    filters: Filters,
}

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Sites(Mutex<Vec<Site>>);

impl Sites {
    fn all(&self) -> MutexGuard<'_, Vec<Site>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A descriptor for a port that is bound already; `None` where it is not, as far as is known here.
    ///
    /// # Errors
    /// EADDRINUSE for a path that is bound, and where TLS would have to be another.
    pub(super) fn join(&self, ws: &WsEndpoint, config: &Config) -> Result<Option<Acceptor>, Error> {
        let all = self.all();
        let there = |site: &&Site| site.acceptor.is_at(&ws.tcp, config.ipv6);
        let Some(site) = all.iter().find(there) else { return Ok(None) };
        if !is_same(site.tls.as_ref(), config.tls.as_ref()) {
            return Err(in_use("another socket has the port, with other settings of TLS"));
        }
        if all.iter().filter(there).any(|site| site.path == ws.path()) {
            return Err(in_use("another socket has the port and the path"));
        }
        Ok(site.acceptor.share(&config.stream)?)
    }

    /// A listener is there from now on.
    pub(super) fn enter(
        &self,
        place: (&Hub, i32),
        ws: &WsEndpoint,
        config: &Config,
        acceptor: &Acceptor,
    ) -> Result<(), Error> {
        let address = acceptor.local_endpoint()?;
        let Some(acceptor) = acceptor.share(&config.stream)? else { return Ok(()) };
        let mut all = self.all();
        let path = ws.path().to_owned();
        if all.iter().any(|site| site.address == address && site.path == path) {
            return Err(in_use("another socket has the port and the path"));
        }
        let (hub, listener) = place;
        let (hub, tls, filters) = (hub.weak(), config.tls.clone(), config.filters.clone());
        all.push(Site { hub, listener, path, address, acceptor, tls, filters });
        Ok(())
    }

    /// A listener is gone.
    pub(super) fn leave(&self, hub: &Hub, listener: i32) {
        self.all().retain(|site| !site.is(hub, listener));
    }

    /// Whether anybody at the port of this listener takes connections from where a stream leads.
    pub(super) fn admit(&self, hub: &Hub, listener: i32, stream: &Stream) -> bool {
        let all = self.all();
        let Some(own) = all.iter().find(|site| site.is(hub, listener)) else { return false };
        let mut at_port = all.iter().filter(|site| site.address == own.address);
        at_port.any(|site| site.filters.admit_address(stream.peer_ip()))
    }

    /// Who has a path at the port of this listener.
    pub(super) fn find(&self, hub: &Hub, listener: i32, path: &str) -> Option<Place> {
        let all = self.all();
        let address = &all.iter().find(|site| site.is(hub, listener))?.address;
        let found = all.iter().find(|site| site.address == *address && site.path == path)?;
        Some(Place { hub: found.hub.upgrade()?, listener: found.listener })
    }
}

impl Site {
    fn is(&self, hub: &Hub, listener: i32) -> bool {
        self.listener == listener && std::ptr::eq(self.hub.as_ptr(), hub)
    }
}

/// TLS comes before the path, so all who have the port have one.
fn is_same(one: Option<&TlsEnd>, other: Option<&TlsEnd>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(TlsEnd::Server(one)), Some(TlsEnd::Server(other))) => one == other,
        _ => false,
    }
}

fn in_use(why: &str) -> Error {
    Error::new(ErrorCode::AddressInUse, why)
}
