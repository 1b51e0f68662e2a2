//! Transports: endpoints and the byte streams that they lead to, over mio and without blocking.
//!
//! `session` is the only caller: it parses an [`Endpoint`], then either binds an [`Acceptor`], or
//! resolves the endpoint to a [`Target`] and starts a [`Stream`] towards it. What is sent over a
//! stream is not known here. inproc has endpoints but no streams: `session` ties pipes together.

mod adopt;
mod endpoint;
mod ipc;
mod resolve;
mod sockopt;
mod socks;
mod stream;
mod tcp;
mod tls;
mod udp;

#[cfg(test)]
mod tests;

use std::{fmt, io, net::SocketAddr};

use mio::{Interest, Registry, Token, event::Source};

pub use endpoint::{
    Endpoint, Host, IpcEndpoint, LocalAddress, Purpose, Syntax, TcpEndpoint, UdpEndpoint,
    WsEndpoint,
};
pub use ipc::IpcListener;
pub use resolve::{resolve_blocking, resolve_now};
pub use sockopt::StreamOptions;
pub use socks::{Socks, SocksProxy};
pub use stream::{Stream, Width};
pub use tcp::TcpAcceptor;
pub use tls::{
    Clients, Oldest, Pem, Roles, Tls, TlsClient, TlsEnd, TlsServer, TlsSettings, TlsStream, Trust,
    common_name,
};
pub use udp::{Datagrams, MulticastOptions};

use crate::error::{Error, ErrorCode};

/// One row of the scheme table.
#[derive(Clone, Copy, Debug)]
pub struct Scheme {
    /// What stands before `://`.
    pub name: &'static str,
    /// How endpoints of it are read; `None` when the scheme is known but not supported yet.
    kind: Option<SchemeKind>,
}

impl Scheme {
    /// Whether endpoints of this scheme work.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        self.kind.is_some()
    }
}

#[derive(Clone, Copy, Debug)]
enum SchemeKind {
    Tcp,
    Tls,
    Ws,
    Wss,
    Ipc,
    Inproc,
    Udp,
}

/// Every scheme that either dialect knows; the only list of them.
pub static SCHEMES: &[Scheme] = &[
    Scheme { name: "tcp", kind: Some(SchemeKind::Tcp) },
    Scheme { name: "ipc", kind: Some(SchemeKind::Ipc) },
    Scheme { name: "inproc", kind: Some(SchemeKind::Inproc) },
    Scheme { name: "ws", kind: Some(SchemeKind::Ws) },
    Scheme { name: "wss", kind: Some(SchemeKind::Wss) },
    Scheme { name: "tls+tcp", kind: Some(SchemeKind::Tls) },
    Scheme { name: "udp", kind: Some(SchemeKind::Udp) },
    Scheme { name: "pgm", kind: None },
    Scheme { name: "epgm", kind: None },
    Scheme { name: "norm", kind: None },
    Scheme { name: "tipc", kind: None },
    Scheme { name: "vmci", kind: None },
];

/// Looks a scheme up; the error says which ones there are.
fn scheme_kind(name: &str) -> Result<SchemeKind, Error> {
    let row = SCHEMES.iter().find(|scheme| scheme.name == name);
    if let Some(kind) = row.and_then(|scheme| scheme.kind) {
        return Ok(kind);
    }
    let problem = match row {
        Some(_) => "is not supported yet",
        None => "is unknown",
    };
    let supported: Vec<_> =
        SCHEMES.iter().filter(|scheme| scheme.is_supported()).map(|scheme| scheme.name).collect();
    Err(Error::new(
        ErrorCode::ProtocolNotSupported,
        format!("the scheme {name:?} {problem}; supported are {}", supported.join(", ")),
    ))
}

/// Where a connect goes, resolved to socket addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A host may have several addresses; each attempt takes the next one.
    Tcp {
        /// Never empty, and of the source's family when there is one.
        addresses: Vec<SocketAddr>,
        /// The local address to connect from.
        source: Option<SocketAddr>,
    },
    /// A socket of this machine.
    Ipc(IpcEndpoint),
}

/// Starts to connect, without waiting: the stream is to be registered, and asked with
/// [`Stream::finish_connect`] once it is writable.
///
/// `attempt` counts the tries at this target, so that all its addresses have their turn. ipc has
/// nothing to wait for: a refused or absent address is an error at once, and
/// [`ErrorCode::Again`] means that the listener's backlog is full.
pub fn start_connect(
    target: &Target,
    attempt: usize,
    options: &StreamOptions,
) -> Result<Stream, Error> {
    match target {
        Target::Tcp { addresses, source } => {
            let Some(&address) = addresses.get(attempt % addresses.len().max(1)) else {
                return Err(Error::new(ErrorCode::AddressNotAvailable, "the name has no address"));
            };
            tcp::connect(address, *source, options)
                .map(Stream::Tcp)
                .map_err(|error| failed(error, format_args!("tcp://{address}")))
        }
        Target::Ipc(endpoint) => ipc::connect(endpoint, options),
    }
}

/// Accepts streams at one bound endpoint. Dropping it closes it; an ipc path is removed then.
#[derive(Debug)]
pub enum Acceptor {
    /// Bound to an address and a port.
    Tcp(TcpAcceptor),
    /// Bound to a path or an abstract name.
    Ipc(IpcListener),
}

impl Acceptor {
    /// Binds and listens. An ipc path that a dead process left is taken over, a live one never.
    pub fn bind(endpoint: &Endpoint, options: &StreamOptions) -> Result<Self, Error> {
        match endpoint {
            Endpoint::Tcp(tcp) | Endpoint::Tls(tcp) => {
                TcpAcceptor::bind(tcp, options).map(Self::Tcp)
            }
            Endpoint::Ws(ws) => TcpAcceptor::bind(&ws.tcp, options).map(Self::Tcp),
            Endpoint::Ipc(ipc) => IpcListener::bind(ipc, options).map(Self::Ipc),
            Endpoint::Inproc(_) | Endpoint::Udp(_) => Err(no_stream(endpoint)),
        }
    }

    /// The next stream that waits; `WouldBlock` when there is none.
    ///
    /// `ConnectionAborted` concerns only the one stream: accept again. When descriptors or memory
    /// have run out, back off first, since the listener stays readable.
    pub fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(acceptor) => acceptor.accept().map(Stream::Tcp),
            Self::Ipc(listener) => listener.accept(),
        }
    }

    /// Another descriptor of the same bound socket, for streams with these options; only tcp has such.
    pub fn share(&self, options: &StreamOptions) -> io::Result<Option<Self>> {
        match self {
            Self::Tcp(acceptor) => acceptor.share(options).map(Self::Tcp).map(Some),
            Self::Ipc(_) => Ok(None),
        }
    }

    /// Whether it is bound to just this address and port.
    #[must_use]
    pub fn is_at(&self, endpoint: &TcpEndpoint, ipv6: bool) -> bool {
        match self {
            Self::Tcp(acceptor) => acceptor.is_at(endpoint, ipv6),
            Self::Ipc(_) => false,
        }
    }

    /// The canonical text of what was bound, with the port or the path that was chosen.
    pub fn local_endpoint(&self) -> Result<String, Error> {
        match self {
            Self::Tcp(acceptor) => acceptor.local_endpoint(),
            Self::Ipc(listener) => Ok(listener.local_endpoint()),
        }
    }

    /// The endpoint stands: a descriptor that was taken over is closed with it from now on.
    pub fn keep(&mut self) {
        let given = match self {
            Self::Tcp(acceptor) => acceptor.given(),
            Self::Ipc(listener) => listener.given(),
        };
        if let Some(given) = given {
            given.take();
        }
    }

    /// Its descriptor, for people.
    #[must_use]
    pub fn number(&self) -> i32 {
        match self {
            Self::Tcp(acceptor) => acceptor.number(),
            Self::Ipc(listener) => listener.number(),
        }
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(acceptor) => acceptor.source(),
            Self::Ipc(listener) => listener.source(),
        }
    }
}

impl Source for Acceptor {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.source().register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.source().reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.source().deregister(registry)
    }
}

/// The error of a system call, said about the address that it was for.
fn failed(error: io::Error, address: fmt::Arguments<'_>) -> Error {
    let system = error.to_string();
    match Error::from(error).code() {
        ErrorCode::Io => Error::new(ErrorCode::Io, format!("{address}: {system}")),
        code => Error::new(code, address.to_string()),
    }
}

/// For endpoints that never become streams.
fn no_stream(endpoint: &Endpoint) -> Error {
    Error::new(ErrorCode::NotSupported, format!("{endpoint} is not reached by a stream"))
}
