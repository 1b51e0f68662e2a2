//! Resolving: host names, interface names and IPv6 zones to socket addresses.
//!
//! Only [`resolve_blocking`] may wait, for a name server; `session` calls it on a helper thread.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, ToSocketAddrs};

use nix::{ifaddrs::getifaddrs, net::if_::if_nametoindex, sys::socket::SockaddrStorage};

use super::{Endpoint, Host, Target, TcpEndpoint, no_stream};
use crate::error::{Error, ErrorCode};

/// Resolves an endpoint to connect to; `None` when its name must be looked up, which can block.
#[must_use]
pub fn resolve_now(endpoint: &Endpoint, ipv6: bool) -> Option<Result<Target, Error>> {
    resolve(endpoint, ipv6, |host, port| literal(host, port, ipv6)).transpose()
}

/// Resolves an endpoint to connect to, asking name servers where needed: may take seconds.
pub fn resolve_blocking(endpoint: &Endpoint, ipv6: bool) -> Result<Target, Error> {
    let found = resolve(endpoint, ipv6, |host, port| match (literal(host, port, ipv6)?, host) {
        (None, Host::Name(name)) => look_up(name, port, ipv6).map(Some),
        (known, _) => Ok(known),
    })?;
    found.ok_or_else(|| no_stream(endpoint))
}

/// The addresses of a host, asking name servers where needed: may take seconds.
pub(super) fn host_blocking(host: &Host, port: u16, ipv6: bool) -> Result<Addresses, Error> {
    match (literal(host, port, ipv6)?, host) {
        (None, Host::Name(name)) => look_up(name, port, ipv6),
        (known, _) => Ok(known.unwrap_or_default()),
    }
}

type Addresses = Vec<SocketAddr>;

/// `lookup` answers `None` when it cannot know yet, and then so does this.
fn resolve(
    endpoint: &Endpoint,
    ipv6: bool,
    lookup: impl FnOnce(&Host, u16) -> Result<Option<Addresses>, Error>,
) -> Result<Option<Target>, Error> {
    let tcp = match endpoint {
        Endpoint::Tcp(tcp) | Endpoint::Tls(tcp) => tcp,
        Endpoint::Ws(ws) => &ws.tcp,
        Endpoint::Ipc(ipc) => return Ok(Some(Target::Ipc(ipc.clone()))),
        Endpoint::Inproc(_) | Endpoint::Udp(_) => return Err(no_stream(endpoint)),
    };
    // First the source, so that an unknown interface is reported without waiting for a name.
    let source = source_address(tcp, ipv6)?;
    let Some(addresses) = lookup(&tcp.host, tcp.port)? else { return Ok(None) };
    join(tcp, addresses, source).map(Some)
}

/// Keeps the addresses that the source can reach.
fn join(
    tcp: &TcpEndpoint,
    mut addresses: Addresses,
    source: Option<SocketAddr>,
) -> Result<Target, Error> {
    if let Some(source) = source {
        addresses.retain(|address| address.is_ipv4() == source.is_ipv4());
    }
    if addresses.is_empty() {
        return Err(Error::new(
            ErrorCode::AddressNotAvailable,
            format!("tcp://{tcp}: no address of a family that can be used"),
        ));
    }
    Ok(Target::Tcp { addresses, source })
}

/// Where to connect from. `*` is any IPv4 address, or any at all when no port is asked for.
fn source_address(tcp: &TcpEndpoint, ipv6: bool) -> Result<Option<SocketAddr>, Error> {
    let Some(source) = &tcp.source else { return Ok(None) };
    match (&source.host, source.port.unwrap_or(0)) {
        (Host::Any, 0) => Ok(None),
        (Host::Any, port) if matches!(tcp.host, Host::V6 { .. }) => {
            Ok(Some((Ipv6Addr::UNSPECIFIED, port).into()))
        }
        (host, port) => local_address(host, port, ipv6).map(Some),
    }
}

/// The addresses of a host that needs no name server.
///
/// `localhost` is loopback by definition (RFC 6761, section 6.3), so that the commonest name of
/// all costs no thread.
fn literal(host: &Host, port: u16, ipv6: bool) -> Result<Option<Addresses>, Error> {
    match host {
        Host::Name(name) if name.eq_ignore_ascii_case("localhost") => {
            let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            let usable = loopback.iter().filter(|address| ipv6 || address.is_ipv4());
            Ok(Some(usable.map(|&address| SocketAddr::new(address, port)).collect()))
        }
        Host::Name(_) => Ok(None),
        _ => Ok(Some(vec![local_address(host, port, ipv6)?])),
    }
}

fn look_up(name: &str, port: u16, ipv6: bool) -> Result<Addresses, Error> {
    let found = (name, port).to_socket_addrs().map_err(|error| {
        let detail = format!("cannot resolve the name {name:?}: {error}");
        match Error::from(error).code() {
            ErrorCode::Io => Error::new(ErrorCode::HostUnreachable, detail),
            code => Error::new(code, detail),
        }
    })?;
    Ok(found.filter(|address| ipv6 || address.is_ipv4()).collect())
}

/// An address of this host: a literal one, or that of the interface with this name.
pub(super) fn local_address(host: &Host, port: u16, ipv6: bool) -> Result<SocketAddr, Error> {
    match host {
        Host::Any => Ok((Ipv4Addr::UNSPECIFIED, port).into()),
        Host::V4(address) => Ok((*address, port).into()),
        Host::V6 { address, zone } => {
            let scope = zone.as_deref().map_or(Ok(0), zone_index)?;
            Ok(SocketAddrV6::new(*address, port, 0, scope).into())
        }
        Host::Name(interface) => interface_address(interface, port, ipv6),
    }
}

/// The index of an IPv6 zone, which is a number or an interface's name.
fn zone_index(zone: &str) -> Result<u32, Error> {
    zone.parse().or_else(|_| {
        if_nametoindex(zone).map_err(|_| {
            Error::new(ErrorCode::NoDevice, format!("no interface is called {zone:?}"))
        })
    })
}

/// The first IPv4 address of an interface, or else, when IPv6 is wanted, its IPv6 address.
fn interface_address(name: &str, port: u16, ipv6: bool) -> Result<SocketAddr, Error> {
    let interfaces = getifaddrs()
        .map_err(|errno| super::failed(errno.into(), format_args!("cannot list the interfaces")))?;
    let mut exists = false;
    let mut best = None;
    for interface in interfaces.filter(|interface| interface.interface_name == name) {
        exists = true;
        let address = interface.address.as_ref().and_then(ip_address);
        let usable = address.filter(|address| ipv6 || address.is_ipv4());
        best = best.into_iter().chain(usable).min_by_key(preference);
    }
    let Some(mut address) = best else {
        let problem = match (exists, ipv6) {
            (false, _) => {
                format!("no interface is called {name:?}, and names are not resolved here")
            }
            (true, false) => format!("the interface {name:?} has no IPv4 address"),
            (true, true) => format!("the interface {name:?} has no address"),
        };
        return Err(Error::new(ErrorCode::NoDevice, problem));
    };
    address.set_port(port);
    Ok(address)
}

fn ip_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in().map(|v4| SocketAddrV4::from(*v4).into());
    v4.or_else(|| address.as_sockaddr_in6().map(|v6| SocketAddrV6::from(*v6).into()))
}

/// Smaller is better: what most peers can reach.
fn preference(address: &SocketAddr) -> u8 {
    match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(v6) if !v6.ip().is_unicast_link_local() => 1,
        SocketAddr::V6(_) => 2,
    }
}
