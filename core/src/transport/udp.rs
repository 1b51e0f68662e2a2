//! udp: sockets that send and receive datagrams to and from one peer, over UDP or raw IP. Called by
//! `socketcore`.

use std::{io, net::SocketAddr};

use mio::{Interest, Registry, Token, event::Source, net::UdpSocket};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

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
