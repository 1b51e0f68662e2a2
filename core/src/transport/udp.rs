//! udp: sockets of datagrams, over UDP or raw IP: with one peer, as `socketcore` has them, or with any,
//! as `session` has them for `udp://`, multicast groups among them.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use mio::{Interest, Registry, Token, event::Source, net::UdpSocket};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::{Host, StreamOptions, UdpEndpoint, failed, resolve};
use crate::error::{Error, ErrorCode};

/// How datagrams go to multicast groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MulticastOptions {
    /// How many networks they may pass.
    pub hops: u32,
    /// They reach the own host too.
    pub reach_own_host: bool,
}

/// A socket of datagrams that does not block; closed when dropped.
#[derive(Debug)]
pub struct Datagrams(UdpSocket);

impl Datagrams {
    /// A UDP socket connected to this address.
    pub fn udp(peer: SocketAddr) -> io::Result<Self> {
        let socket = open(Domain::for_address(peer), Type::DGRAM, Protocol::UDP)?;
        socket.connect(peer)?;
        Ok(socket)
    }

    /// Receives at this endpoint, in its multicast group if it is one.
    pub fn bind(endpoint: &UdpEndpoint, options: &StreamOptions) -> Result<Self, Error> {
        let address = resolve::local_address(&endpoint.host, endpoint.port, options.ipv6)?;
        let interface = interface_of(endpoint, options)?;
        let bind = || {
            let socket = open_udp(address, options)?;
            if address.ip().is_multicast() {
                // Others of this host may be in the group too.
                socket.system().set_reuse_address(true)?;
                #[cfg(unix)]
                socket.system().set_reuse_port(true)?;
            }
            socket.system().bind(&address.into())?;
            if address.ip().is_multicast() {
                socket.join(address.ip(), interface)?;
            }
            Ok(socket)
        };
        bind().map_err(|error| failed(error, format_args!("udp://{endpoint}")))
    }

    /// Sends to this endpoint: the socket, and the address to send to. Waits for a name server where the
    /// host is a name.
    pub fn towards(
        endpoint: &UdpEndpoint,
        options: &StreamOptions,
        multicast: MulticastOptions,
    ) -> Result<(Self, SocketAddr), Error> {
        let found = resolve::host_blocking(&endpoint.host, endpoint.port, options.ipv6)?;
        let peer = found.into_iter().next().ok_or_else(|| {
            let text = format!("udp://{endpoint}: the name has no address");
            Error::new(ErrorCode::AddressNotAvailable, text)
        })?;
        let interface = interface_of(endpoint, options)?;
        let open = || {
            let socket = open_udp(peer, options)?;
            if peer.ip().is_multicast() {
                socket.send_multicast_by(peer.ip(), interface, multicast)?;
            } else if let Some(local) = interface {
                socket.system().bind(&local.into())?;
            }
            Ok(socket)
        };
        let socket = open().map_err(|error| failed(error, format_args!("udp://{endpoint}")))?;
        Ok((socket, peer))
    }

    fn join(&self, group: IpAddr, interface: Option<SocketAddr>) -> io::Result<()> {
        match group {
            IpAddr::V4(group) => self.system().join_multicast_v4(&group, &v4_of(interface)),
            IpAddr::V6(group) => self.system().join_multicast_v6(&group, scope_of(interface)),
        }
    }

    fn send_multicast_by(
        &self,
        group: IpAddr,
        interface: Option<SocketAddr>,
        options: MulticastOptions,
    ) -> io::Result<()> {
        let system = self.system();
        if group.is_ipv4() {
            if interface.is_some() {
                system.set_multicast_if_v4(&v4_of(interface))?;
            }
            system.set_multicast_ttl_v4(options.hops)?;
            return system.set_multicast_loop_v4(options.reach_own_host);
        }
        if interface.is_some() {
            system.set_multicast_if_v6(scope_of(interface))?;
        }
        system.set_multicast_hops_v6(options.hops)?;
        system.set_multicast_loop_v6(options.reach_own_host)
    }

    /// Sends one datagram to this address.
    pub fn send_to(&self, datagram: &[u8], peer: SocketAddr) -> io::Result<usize> {
        self.0.send_to(datagram, peer)
    }

    /// Receives one datagram, cut off at the buffer's end, and says who sent it; `WouldBlock` when there
    /// is none.
    pub fn receive_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.0.recv_from(buffer)
    }

    /// A raw IPv4 or IPv6 socket of this IP protocol (1 is ICMP), without a peer yet. EPERM where
    /// the process may not have one. What an IPv4 one receives begins with the IP header.
    pub fn raw(ipv6: bool, protocol: u8) -> io::Result<Self> {
        let domain = if ipv6 { Domain::IPV6 } else { Domain::IPV4 };
        open(domain, Type::RAW, Protocol::from(i32::from(protocol)))
    }

    /// From now on datagrams go to this address, and only its own are received.
    pub fn connect(&self, peer: SocketAddr) -> io::Result<()> {
        SockRef::from(&self.0).connect(&peer.into())
    }

    /// Sends one datagram. A peer that refused an earlier one is no reason not to send this.
    pub fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        match self.0.send(datagram) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => self.0.send(datagram),
            done => done,
        }
    }

    /// Receives one datagram, cut off at the buffer's end; `WouldBlock` when there is none. That the
    /// peer refused what was sent is not the receiver's matter.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.recv(buffer) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => self.0.recv(buffer),
            done => done,
        }
    }

    /// Where it is bound.
    pub fn local_address(&self) -> Option<SocketAddr> {
        SockRef::from(&self.0).local_addr().ok()?.as_socket()
    }

    /// Its system socket, for options.
    #[must_use]
    pub fn system(&self) -> SockRef<'_> {
        SockRef::from(&self.0)
    }
}

fn open_udp(address: SocketAddr, options: &StreamOptions) -> io::Result<Datagrams> {
    let domain = Domain::for_address(address);
    let socket = open(domain, Type::DGRAM, Protocol::UDP)?;
    options.apply_datagrams(&socket.system(), domain)?;
    Ok(socket)
}

/// What stands before the `;`.
fn interface_of(
    endpoint: &UdpEndpoint,
    options: &StreamOptions,
) -> Result<Option<SocketAddr>, Error> {
    match &endpoint.interface {
        None | Some(Host::Any) => Ok(None),
        Some(host) => resolve::local_address(host, 0, options.ipv6).map(Some),
    }
}

fn v4_of(interface: Option<SocketAddr>) -> Ipv4Addr {
    match interface {
        Some(SocketAddr::V4(address)) => *address.ip(),
        _ => Ipv4Addr::UNSPECIFIED,
    }
}

/// The index of an interface; 0 lets the system choose.
fn scope_of(interface: Option<SocketAddr>) -> u32 {
    match interface {
        Some(SocketAddr::V6(address)) => address.scope_id(),
        _ => 0,
    }
}

fn open(domain: Domain, kind: Type, protocol: Protocol) -> io::Result<Datagrams> {
    let socket = Socket::new(domain, kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    // A descriptor is a descriptor: the type only lends its send and receive.
    Ok(Datagrams(UdpSocket::from_std(socket.into())))
}

impl Source for Datagrams {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.0.register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.0.reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.0.deregister(registry)
    }
}
