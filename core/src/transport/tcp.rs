//! tcp: binds, accepts and connects by address. Called by [`super::Acceptor`] and
//! [`super::start_connect`].

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    os::fd::AsRawFd,
};

use mio::{
    event::Source,
    net::{TcpListener, TcpStream},
};
use nix::errno::Errno;
use socket2::{Domain, SockRef};

use super::{
    Host, StreamOptions, TcpEndpoint,
    adopt::{Given, adopt},
    failed, resolve,
};
use crate::error::Error;

/// A bound tcp socket, with the options that accepted streams get.
#[derive(Debug)]
pub struct TcpAcceptor {
    listener: TcpListener,
    options: Box<StreamOptions>,
    // Dropped after the listener.
    given: Option<Given>,
}

impl TcpAcceptor {
    pub(super) fn bind(endpoint: &TcpEndpoint, options: &StreamOptions) -> Result<Self, Error> {
        if let Some(number) = options.use_fd {
            return Self::adopt(number, options);
        }
        let listener = match endpoint.host {
            Host::Any => listen_any(endpoint.port, options),
            _ => {
                let address = resolve::local_address(&endpoint.host, endpoint.port, options.ipv6)?;
                listen(address, options)
            }
        };
        let listener = listener.map_err(|error| failed(error, format_args!("tcp://{endpoint}")))?;
        Ok(Self { listener, options: options.clone().into(), given: None })
    }

    /// Where the socket of this number listens, which need not be where the endpoint says.
    fn adopt(number: i32, options: &StreamOptions) -> Result<Self, Error> {
        let (socket, given) = adopt(number, "tcp", |address| address.as_socket().is_some())?;
        let listener = TcpListener::from_std(socket.into());
        Ok(Self { listener, options: options.clone().into(), given: Some(given) })
    }

    pub(super) fn share(&self, options: &StreamOptions) -> io::Result<Self> {
        let listener = SockRef::from(&self.listener).try_clone()?;
        Ok(Self {
            listener: TcpListener::from_std(listener.into()),
            options: options.clone().into(),
            given: None,
        })
    }

    pub(super) fn is_at(&self, endpoint: &TcpEndpoint, ipv6: bool) -> bool {
        let Ok(local) = self.listener.local_addr() else { return false };
        match &endpoint.host {
            _ if local.port() != endpoint.port => false,
            Host::Any => local.ip().is_unspecified(),
            host => resolve::local_address(host, endpoint.port, ipv6)
                .is_ok_and(|address| address.ip() == local.ip()),
        }
    }

    pub(super) fn accept(&self) -> io::Result<TcpStream> {
        let (stream, peer) = self.listener.accept()?;
        // Where a peer that has already gone makes these fail, only this stream is concerned.
        match self.options.apply_stream(&SockRef::from(&stream), peer) {
            Ok(()) => Ok(stream),
            Err(_) => Err(Errno::ECONNABORTED.into()),
        }
    }

    pub(super) fn local_endpoint(&self) -> Result<String, Error> {
        Ok(format!("tcp://{}", self.listener.local_addr()?))
    }

    pub(super) fn given(&mut self) -> Option<&mut Given> {
        self.given.as_mut()
    }

    pub(super) fn number(&self) -> i32 {
        self.listener.as_raw_fd()
    }

    pub(super) fn source(&mut self) -> &mut dyn Source {
        &mut self.listener
    }
}

/// Every address of the host: both families when IPv6 is wanted and the system has it.
fn listen_any(port: u16, options: &StreamOptions) -> io::Result<TcpListener> {
    if options.ipv6 {
        match listen((Ipv6Addr::UNSPECIFIED, port).into(), options) {
            Err(error) if error.raw_os_error() == Some(Errno::EAFNOSUPPORT as i32) => {}
            done => return done,
        }
    }
    listen((Ipv4Addr::UNSPECIFIED, port).into(), options)
}

fn listen(address: SocketAddr, options: &StreamOptions) -> io::Result<TcpListener> {
    let domain = Domain::for_address(address);
    let socket = options.open(domain)?;
    options.apply_before(&socket, domain)?;
    // A restarted listener must not wait for the last one's connections to be forgotten.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(!options.ipv6)?;
    }
    socket.bind(&address.into())?;
    socket.listen(options.backlog)?;
    Ok(TcpListener::from_std(socket.into()))
}

/// Starts to connect; "in progress" is success.
pub(super) fn connect(
    address: SocketAddr,
    source: Option<SocketAddr>,
    options: &StreamOptions,
) -> io::Result<TcpStream> {
    let domain = Domain::for_address(address);
    let socket = options.open(domain)?;
    options.apply_before(&socket, domain)?;
    options.apply_stream(&SockRef::from(&socket), address)?;
    if let Some(source) = source {
        // One source port may serve connections to several peers.
        socket.set_reuse_address(true)?;
        socket.bind(&source.into())?;
    }
    match socket.connect(&address.into()) {
        Err(error) if error.raw_os_error() != Some(Errno::EINPROGRESS as i32) => Err(error),
        _ => Ok(TcpStream::from_std(socket.into())),
    }
}
