//! Endpoint: the text that a user binds or connects, as a type.
//!
//! `socket` parses each text once; nothing below it looks at the text again. Both dialects share
//! the grammar but for the source address of a tcp connect (`Syntax`), which the reference
//! libraries of the two write differently.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use nix::libc::sockaddr_un;

use super::{SchemeKind, scheme_kind};
use crate::error::{Error, ErrorCode};

/// The bytes that a Unix address has for its name and one NUL: before a path's end, or in front of
/// an abstract name.
const IPC_CAPACITY: usize = size_of::<sockaddr_un>() - std::mem::offset_of!(sockaddr_un, sun_path);
/// The longest host name (RFC 1035, section 3.1), without its length bytes.
const LONGEST_HOST: usize = 253;
/// The longest part of a host name between dots.
const LONGEST_LABEL: usize = 63;

/// What an endpoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To accept streams at it: the host is one of this machine's addresses or interfaces.
    Bind,
    /// To connect to it: the host is an address or a name, perhaps behind a source address.
    Connect,
}

/// Whose texts are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Scalability Protocols: `tcp://source;host:port`, and texts below 128 bytes.
    Sp,
    /// ZeroMQ: `tcp://source:port;host:port`, and `ipc://*`.
    Zmtp,
}

impl Syntax {
    /// The longest text. The bound of SP is in its socket interface (`NN_SOCKADDR_MAX`).
    fn longest(self) -> usize {
        match self {
            Self::Sp => 127,
            Self::Zmtp => 4095,
        }
    }
}

/// A parsed endpoint. `Display` gives its canonical text, which parses to the same again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `tcp://host:port`
    Tcp(TcpEndpoint),
    /// `tls+tcp://host:port`: the same inside TLS.
    Tls(TcpEndpoint),
    /// `ws://host:port/path` and `wss://host:port/path`
    Ws(WsEndpoint),
    /// `ipc://path`
    Ipc(IpcEndpoint),
    /// `inproc://name`: within one context.
    Inproc(String),
    /// `udp://host:port`: datagrams.
    Udp(UdpEndpoint),
}

/// Where a tcp socket is bound, or connected to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TcpEndpoint {
    /// The host.
    pub host: Host,
    /// The port; 0, only when binding, lets the system choose.
    pub port: u16,
    /// Where to connect from; always `None` when binding.
    pub source: Option<LocalAddress>,
}

/// Where datagrams are received, or sent to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UdpEndpoint {
    /// The host, or a multicast group.
    pub host: Host,
    /// The port; 0, only when binding, lets the system choose.
    pub port: u16,
    /// The interface for a multicast group, or to send from: its name or address.
    pub interface: Option<Host>,
}

/// A tcp socket, and what WebSocket asks for there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WsEndpoint {
    /// Where it is; if the text has no port it is 80, or inside TLS 443.
    pub tcp: TcpEndpoint,
    /// Inside TLS: `wss`.
    pub secure: bool,
    /// The path and query as they were given, which begin with `/`; may be empty.
    path: String,
}

/// Where a connect comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LocalAddress {
    /// An address or an interface.
    pub host: Host,
    /// The port; 0 lets the system choose, and SP texts have none.
    pub port: Option<u16>,
}

/// The host part of a tcp endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// `*`: all of this machine's addresses.
    Any,
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6 {
        /// The address.
        address: Ipv6Addr,
        /// The interface that a link-local address belongs to, by name or index: after `%`.
        zone: Option<String>,
    },
    /// A name: of an interface when local, else of a host.
    Name(String),
}

/// A Unix socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IpcEndpoint {
    /// A path of the file system, relative to the process's folder or absolute.
    Path(String),
    /// A name outside the file system, of which the `@` is no part (Linux).
    Abstract(String),
    /// `*`: a path of our own in the folder for temporary files.
    Wildcard,
}

impl Endpoint {
    /// Reads a text. The error says what was expected and what came.
    pub fn parse(text: &str, purpose: Purpose, syntax: Syntax) -> Result<Self, Error> {
        if text.len() > syntax.longest() {
            return Err(too_long("an endpoint", text.len(), syntax.longest()));
        }
        let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| !scheme.is_empty())
        else {
            return Err(invalid("an endpoint such as tcp://host:port", text));
        };
        match scheme_kind(scheme)? {
            SchemeKind::Tcp => TcpEndpoint::parse(rest, purpose, syntax).map(Self::Tcp),
            SchemeKind::Tls => TcpEndpoint::parse(rest, purpose, syntax).map(Self::Tls),
            SchemeKind::Ws => WsEndpoint::parse(rest, false, purpose, syntax).map(Self::Ws),
            SchemeKind::Wss => WsEndpoint::parse(rest, true, purpose, syntax).map(Self::Ws),
            SchemeKind::Ipc => IpcEndpoint::parse(rest, purpose, syntax).map(Self::Ipc),
            SchemeKind::Inproc if rest.is_empty() => Err(invalid("a name after inproc://", text)),
            SchemeKind::Inproc => Ok(Self::Inproc(rest.to_owned())),
            SchemeKind::Udp => UdpEndpoint::parse(rest, purpose, syntax).map(Self::Udp),
        }
    }

    /// The text of an endpoint that was bound here: with what the system chose, as a stream's address
    /// `local` tells.
    #[must_use]
    pub fn bound_at(&self, local: String) -> String {
        let scheme = self.scheme();
        match (self, local.strip_prefix("tcp://")) {
            (Self::Ws(ws), Some(address)) => format!("{scheme}://{address}{}", ws.path),
            (Self::Tls(_), Some(address)) => format!("{scheme}://{address}"),
            _ => local,
        }
    }

    /// The tcp socket below it, if there is one.
    #[must_use]
    pub fn tcp(&self) -> Option<&TcpEndpoint> {
        match self {
            Self::Tcp(tcp) | Self::Tls(tcp) => Some(tcp),
            Self::Ws(ws) => Some(&ws.tcp),
            Self::Ipc(_) | Self::Inproc(_) | Self::Udp(_) => None,
        }
    }

    /// Where TLS is spoken; `None` where it is not.
    #[must_use]
    pub fn secured(&self) -> Option<&TcpEndpoint> {
        match self {
            Self::Tls(tcp) => Some(tcp),
            Self::Ws(ws) if ws.secure => Some(&ws.tcp),
            _ => None,
        }
    }

    /// What stands before `://`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match self {
            Self::Tcp(_) => "tcp",
            Self::Tls(_) => "tls+tcp",
            Self::Ws(WsEndpoint { secure: false, .. }) => "ws",
            Self::Ws(WsEndpoint { secure: true, .. }) => "wss",
            Self::Ipc(_) => "ipc",
            Self::Inproc(_) => "inproc",
            Self::Udp(_) => "udp",
        }
    }
}

impl WsEndpoint {
    /// The ports that the schemes stand for: plain, and inside TLS.
    const PORTS: [u16; 2] = [80, 443];

    fn parse(text: &str, secure: bool, purpose: Purpose, syntax: Syntax) -> Result<Self, Error> {
        let (address, path) = text.split_at(text.find(['/', '?']).unwrap_or(text.len()));
        if path.starts_with('?')
            || !path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
        {
            return Err(invalid("a path of printable ASCII without # behind the port", path));
        }
        let (source, host) = address
            .rsplit_once(';')
            .map_or(("", address), |(source, host)| (&address[..=source.len()], host));
        // The last colon of an IPv6 address is in its brackets.
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
        let tcp = if has_port {
            TcpEndpoint::parse(address, purpose, syntax)?
        } else {
            let port = Self::PORTS[usize::from(secure)];
            TcpEndpoint::parse(&format!("{source}{host}:{port}"), purpose, syntax)?
        };
        Ok(Self { tcp, secure, path: path.to_owned() })
    }

    /// The path and query to ask for.
    #[must_use]
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// The host and port to ask for.
    #[must_use]
    pub fn host(&self) -> String {
        let TcpEndpoint { host, port, .. } = &self.tcp;
        match host {
            // A zone means something here alone.
            Host::V6 { address, .. } => format!("[{address}]:{port}"),
            host => format!("{host}:{port}"),
        }
    }
}

impl TcpEndpoint {
    fn parse(text: &str, purpose: Purpose, syntax: Syntax) -> Result<Self, Error> {
        let (source, target) = match (text.split_once(';'), purpose) {
            (None, _) => (None, text),
            (Some((source, target)), Purpose::Connect) => {
                (Some(LocalAddress::parse(source, syntax)?), target)
            }
            (Some(_), Purpose::Bind) => {
                return Err(invalid("no source address (before ';') when binding", text));
            }
        };
        let (host, port) = split_port(target)?;
        let (host, port) = match purpose {
            Purpose::Bind => (Host::parse_local(host)?, parse_local_port(port)?),
            Purpose::Connect => (Host::parse_remote(host, syntax)?, parse_port(port, 1)?),
        };
        Ok(Self { host, port, source })
    }
}

impl UdpEndpoint {
    fn parse(text: &str, purpose: Purpose, syntax: Syntax) -> Result<Self, Error> {
        let (interface, target) = match text.split_once(';') {
            Some((interface, target)) => (Some(Host::parse_local(interface)?), target),
            None => (None, text),
        };
        let (host, port) = split_port(target)?;
        let (host, port) = match purpose {
            Purpose::Bind => (Host::parse_local(host)?, parse_local_port(port)?),
            Purpose::Connect => (Host::parse_remote(host, syntax)?, parse_port(port, 1)?),
        };
        Ok(Self { host, port, interface })
    }
}

impl Host {
    /// The name or address that a certificate has to bear; `None` for `*`.
    #[must_use]
    pub fn certified(&self) -> Option<String> {
        match self {
            Self::Any => None,
            // A zone means something here alone.
            Self::V6 { address, .. } => Some(address.to_string()),
            // A full name's last dot is no part of it there.
            Self::Name(name) => Some(name.strip_suffix('.').unwrap_or(name).to_owned()),
            Self::V4(address) => Some(address.to_string()),
        }
    }
}

impl LocalAddress {
    fn parse(text: &str, syntax: Syntax) -> Result<Self, Error> {
        match syntax {
            Syntax::Sp => Ok(Self { host: Host::parse_local(text)?, port: None }),
            Syntax::Zmtp => {
                let (host, port) = split_port(text)?;
                Ok(Self { host: Host::parse_local(host)?, port: Some(parse_local_port(port)?) })
            }
        }
    }
}

impl Host {
    fn parse_local(text: &str) -> Result<Self, Error> {
        match text {
            "*" => Ok(Self::Any),
            _ => match Self::parse_address(text)? {
                Some(address) => Ok(address),
                None if is_interface_name(text) => Ok(Self::Name(text.to_owned())),
                None => Err(invalid("an address, an interface's name or * as host", text)),
            },
        }
    }

    fn parse_remote(text: &str, syntax: Syntax) -> Result<Self, Error> {
        if let Some(address) = Self::parse_address(text)? {
            return Ok(address);
        }
        if text.len() > LONGEST_HOST {
            return Err(too_long("a host name", text.len(), LONGEST_HOST));
        }
        if is_host_name(text, syntax) {
            return Ok(Self::Name(text.to_owned()));
        }
        Err(invalid("an address or a name as host to connect to", text))
    }

    /// `None` when the text is not a numeric address. IPv6 may stand without its brackets, since
    /// the last colon always begins the port.
    fn parse_address(text: &str) -> Result<Option<Self>, Error> {
        if let Ok(address) = text.parse() {
            return Ok(Some(Self::V4(address)));
        }
        let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let inner = bracketed.unwrap_or(text);
        let (address, zone) = match inner.split_once('%') {
            Some((address, zone)) => (address, Some(zone)),
            None => (inner, None),
        };
        match address.parse() {
            Ok(address) if zone.is_none_or(is_interface_name) => {
                Ok(Some(Self::V6 { address, zone: zone.map(str::to_owned) }))
            }
            Err(_) if bracketed.is_none() => Ok(None),
            _ => Err(invalid("an IPv6 address in the brackets", text)),
        }
    }
}

impl IpcEndpoint {
    fn parse(text: &str, purpose: Purpose, syntax: Syntax) -> Result<Self, Error> {
        if text.is_empty() || text == "@" {
            return Err(invalid("a path, or @ and a name, after ipc://", text));
        }
        if text.contains('\0') {
            return Err(invalid("a path without NUL after ipc://", text));
        }
        // To SP this is a file like any other.
        if text == "*" && syntax == Syntax::Zmtp {
            return match purpose {
                Purpose::Bind => Ok(Self::Wildcard),
                Purpose::Connect => Err(invalid("the path to connect to after ipc://", text)),
            };
        }
        let Some(name) = text.strip_prefix('@') else {
            check_ipc_length(text)?;
            return Ok(Self::Path(text.to_owned()));
        };
        if !cfg!(any(target_os = "linux", target_os = "android")) {
            return Err(Error::new(ErrorCode::NotSupported, "only Linux has ipc://@ names"));
        }
        check_ipc_length(name)?;
        Ok(Self::Abstract(name.to_owned()))
    }
}

/// Refuses what a Unix address has no room for.
pub(super) fn check_ipc_length(name: &str) -> Result<(), Error> {
    match name.len() {
        length if length < IPC_CAPACITY => Ok(()),
        length => Err(too_long("an ipc path", length, IPC_CAPACITY - 1)),
    }
}

fn split_port(text: &str) -> Result<(&str, &str), Error> {
    text.rsplit_once(':').ok_or_else(|| invalid("a host, a colon and a port", text))
}

fn parse_local_port(text: &str) -> Result<u16, Error> {
    if text == "*" { Ok(0) } else { parse_port(text, 0) }
}

fn parse_port(text: &str, least: u16) -> Result<u16, Error> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.parse().ok().filter(|&port: &u16| digits && port >= least);
    port.ok_or_else(|| invalid(&format!("a port from {least} to {}", u16::MAX), text))
}

/// Whatever the system may call an interface; whether there is one is seen when it is used.
fn is_interface_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"/;%[]*".contains(&byte))
}

/// Letters, digits, `-` and `_` between dots. A dot at the end marks a full name, which SP's
/// reference library refuses.
fn is_host_name(text: &str, syntax: Syntax) -> bool {
    let text = match syntax {
        Syntax::Sp => text,
        Syntax::Zmtp => text.strip_suffix('.').unwrap_or(text),
    };
    !text.starts_with('-') && text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    (1..=LONGEST_LABEL).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn invalid(expected: &str, came: &str) -> Error {
    Error::new(ErrorCode::Invalid, format!("expected {expected}, got {came:?}"))
}

fn too_long(what: &str, length: usize, longest: usize) -> Error {
    Error::new(
        ErrorCode::NameTooLong,
        format!("{what} has at most {longest} bytes, this one has {length}"),
    )
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme())?;
        match self {
            Self::Tcp(tcp) | Self::Tls(tcp) => tcp.fmt(f),
            Self::Ws(ws) => write!(f, "{}{}", ws.tcp, ws.path),
            Self::Ipc(ipc) => ipc.fmt(f),
            Self::Inproc(name) => f.write_str(name),
            Self::Udp(udp) => udp.fmt(f),
        }
    }
}

impl fmt::Display for UdpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(interface) = &self.interface {
            write!(f, "{interface};")?;
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Display for TcpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(LocalAddress { host, port: Some(port) }) => write!(f, "{host}:{port};")?,
            Some(LocalAddress { host, port: None }) => write!(f, "{host};")?,
            None => {}
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::V4(address) => address.fmt(f),
            Self::V6 { address, zone: None } => write!(f, "[{address}]"),
            Self::V6 { address, zone: Some(zone) } => write!(f, "[{address}%{zone}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for IpcEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Abstract(name) => write!(f, "@{name}"),
            Self::Wildcard => f.write_str("*"),
        }
    }
}
