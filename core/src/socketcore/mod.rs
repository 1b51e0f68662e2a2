//! socketcore: plain TCP, UDP, TLS and raw sockets whose every result is a message (document 003),
//! and the timers that come with them. Beside floor 5: no message sockets, patterns or engines.
//!
//! A [`Station`] is what one program has: its sockets by id, its timers, and the queue that
//! `rtos.receive` reads. The I/O thread drives it like any socket, so that sends and handshakes go on
//! whatever the program does; a call does at once what it can. Called by bindings, through `facade`.

mod conn;
pub mod constants;
mod event;
mod ids;
mod inbox;
mod outbox;
mod shared;
mod state;
#[cfg(test)]
mod tests;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

pub use constants::{Code, Kind};
pub use event::Event;
pub use shared::{forked, leave};

use self::shared::{Shared, inherited};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    reactor::{Parker, Waiter, readiness::Descriptor},
    transport::{Clients, Endpoint, Host, Pem, TcpEndpoint, TlsSettings, Trust},
};

/// The longest name that the name system has (RFC 1035).
const LONGEST_NAME: usize = 255;

/// What `sock_conn` may say about TLS. All of it is PEM text, as document 003 has it, and optional.
#[derive(Clone, Debug, Default)]
pub struct Certificates {
    /// `hostName`: the name that the server's certificate must have; without it, the address.
    pub host_name: Option<String>,
    /// `caCert`: the authorities to trust; without it, those of the system.
    pub authorities: Option<Vec<u8>>,
    /// `clientCert` of a client, `serverCert` of a listener: the own certificate.
    pub certificate: Option<Vec<u8>>,
    /// `clientKey`, `serverKey`: the private key of it.
    pub key: Option<Vec<u8>>,
    /// `insecure`, ours: accept any certificate.
    pub insecure: bool,
}

impl Certificates {
    /// The names of all that can be said, as [`Certificates::set`] knows them.
    pub const FIELDS: [&str; 7] =
        ["hostName", "caCert", "clientCert", "clientKey", "serverCert", "serverKey", "insecure"];

    /// Says one of them; of `insecure` any text counts. EINVAL for a name that is none of them.
    pub fn set(&mut self, field: &str, text: Vec<u8>) -> Result<(), Error> {
        match field {
            "hostName" => {
                let name = String::from_utf8(text);
                self.host_name = Some(name.map_err(|_| unknown("cert.hostName is not a name"))?);
            }
            "caCert" => self.authorities = Some(text),
            "clientCert" | "serverCert" => self.certificate = Some(text),
            "clientKey" | "serverKey" => self.key = Some(text),
            "insecure" => self.insecure = true,
            _ => return Err(unknown("cert has no such field")),
        }
        Ok(())
    }

    fn settings(&self) -> TlsSettings {
        let pem = |text: &Option<Vec<u8>>| text.clone().map(Pem::Text);
        let trust = match pem(&self.authorities) {
            _ if self.insecure => Trust::Anybody,
            Some(authorities) => Trust::Authorities(authorities),
            None => Trust::System,
        };
        TlsSettings {
            trust,
            certificate: pem(&self.certificate),
            key: pem(&self.key),
            ..TlsSettings::default()
        }
    }

    /// Of a listener: authorities are whose clients must show a certificate.
    fn server_settings(&self) -> TlsSettings {
        let clients = if self.authorities.is_some() { Clients::MustShow } else { Clients::Unknown };
        TlsSettings { clients, ..self.settings() }
    }
}

fn unknown(problem: &str) -> Error {
    Error::new(ErrorCode::Invalid, problem)
}

/// The second or third argument of `sock_conn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A port.
    Number(i64),
    /// An address, or a port in digits.
    Text(String),
}

/// Address and port. Document 003 shows them in both orders: a number before a text that is none is
/// the port.
fn in_order(first: Argument, second: Argument) -> Result<(String, i64), Error> {
    let number = |text: &str| text.trim().parse::<i64>().ok();
    let (address, port) = match (first, second) {
        (port @ Argument::Number(_), Argument::Text(address)) if number(&address).is_none() => {
            (Argument::Text(address), port)
        }
        as_given => as_given,
    };
    let port = match port {
        Argument::Number(port) => port,
        Argument::Text(text) => number(&text).ok_or_else(|| {
            let detail = format!("port must be a number from 0 to 65535, not {text:?}");
            Error::new(ErrorCode::Invalid, detail)
        })?,
    };
    Ok(match address {
        Argument::Text(address) => (address, port),
        Argument::Number(address) => (address.to_string(), port),
    })
}

/// What `sock_conn`'s type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Tcp,
    Udp,
    Tls,
    Raw,
}

impl Transport {
    /// Document 003 numbers RAW 4, newer firmware 3.
    fn of(number: i64) -> Result<Self, Error> {
        match number {
            0 => Ok(Self::Tcp),
            1 => Ok(Self::Udp),
            2 => Ok(Self::Tls),
            3 | 4 => Ok(Self::Raw),
            _ => Err(Error::new(
                ErrorCode::Invalid,
                format!("type must be 0 (TCP), 1 (UDP), 2 (SSL) or 4 (RAW), not {number}"),
            )),
        }
    }

    fn endpoint(self, address: &str, port: i64) -> Result<TcpEndpoint, Error> {
        let (most, what) = match self {
            Self::Raw => (u16::from(u8::MAX), "port (the IP protocol)"),
            _ => (u16::MAX, "port"),
        };
        let number = u16::try_from(port).ok().filter(|port| *port <= most);
        let number = number.ok_or_else(|| {
            let detail = format!("{what} must be from 0 to {most}, not {port}");
            Error::new(ErrorCode::Invalid, detail)
        })?;
        Ok(TcpEndpoint { host: host(address)?, port: number, source: None })
    }
}

fn host(address: &str) -> Result<Host, Error> {
    let bad = |problem: &str| {
        let shown: String = address.chars().take(LONGEST_NAME).collect();
        Err(Error::new(ErrorCode::Invalid, format!("addr {problem}: {shown:?}")))
    };
    let (literal, zone) = match address.split_once('%') {
        Some((literal, zone)) => (literal, Some(zone.to_owned())),
        None => (address, None),
    };
    match literal.parse() {
        Ok(IpAddr::V4(v4)) if zone.is_none() => Ok(Host::V4(v4)),
        Ok(IpAddr::V6(v6)) => Ok(Host::V6 { address: v6, zone }),
        _ if address.is_empty() => bad("is empty"),
        _ if address.len() > LONGEST_NAME => bad("is longer than 255 bytes"),
        _ if address.contains(|c: char| c.is_control() || c.is_whitespace() || c == '/') => {
            bad("is neither a host name nor an address")
        }
        _ => Ok(Host::Name(address.to_owned())),
    }
}

/// See the module's text. Clones share it. When the last one is dropped its sockets are closed; what
/// they had accepted for sending still goes, for some seconds at most.
#[derive(Clone, Debug)]
pub struct Station(Arc<Handle>);

/// Ends the station with its last owner; the I/O thread only borrows it.
#[derive(Debug)]
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        if !inherited(&self.0) {
            self.0.end();
        }
    }
}

impl Default for Station {
    fn default() -> Self {
        Self::new()
    }
}

impl Station {
    /// One without sockets and timers. It takes no descriptor before it has some.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Handle(Shared::new())))
    }

    fn shared(&self) -> Result<&Shared, Error> {
        if inherited(&self.0.0) {
            let detail = "it belongs to the process that this one was forked from";
            return Err(Error::new(ErrorCode::Terminated, detail));
        }
        Ok(&self.0.0)
    }

    /// `sock_conn`: begins to connect, and answers the socket's id. Everything else comes as a
    /// message: `MSG_SOCK_CONN_CNF`, with result 1 where the name is not known, nobody accepts, or
    /// TLS fails.
    ///
    /// `number` is 0 TCP, 1 UDP, 2 TLS, 4 (or 3) raw IP with `port` as the protocol. A port may come as
    /// digits, and before the address. EMFILE when all
    /// ids are in use or descriptors have run out, EINVAL for an argument that cannot be, EPERM or
    /// EACCES for a raw socket without the right to it.
    pub fn connect(
        &self,
        number: i64,
        address: Argument,
        port: Argument,
        certificates: Option<&Certificates>,
    ) -> Result<u32, Error> {
        let shared = self.shared()?;
        let transport = Transport::of(number)?;
        let (address, port) = in_order(address, port)?;
        let endpoint = transport.endpoint(&address, port)?;
        let tls = match transport {
            Transport::Tls => {
                let none = Certificates::default();
                let certificates = certificates.unwrap_or(&none);
                let name = certificates.host_name.as_deref().unwrap_or(&address);
                Some(certificates.settings().client()?.connect(name)?)
            }
            _ => None,
        };
        shared.attended()?;
        let (id, lookup) = shared.with(|state| state.connect(transport, endpoint, tls))?;
        if let Some(lookup) = lookup {
            shared.look_up(lookup);
        }
        Ok(id)
    }

    /// `sock_listen`, ours: listens at this port (0: one that is free) of an address of this host,
    /// and answers the listener's id. Each connection comes as `MSG_SOCK_ACCEPT_IND` with an id of
    /// its own; while all ids are in use it waits. With `certificates` they are TLS.
    pub fn listen(
        &self,
        port: i64,
        address: Option<&str>,
        certificates: Option<&Certificates>,
    ) -> Result<u32, Error> {
        let shared = self.shared()?;
        let mut endpoint = Transport::Tcp.endpoint(address.unwrap_or("127.0.0.1"), port)?;
        if address.is_some_and(|address| address == "*") {
            endpoint.host = Host::Any;
        }
        let tls = certificates.map(|one| one.server_settings().server()).transpose()?;
        shared.attended()?;
        shared.with(|state| state.listen(&Endpoint::Tcp(endpoint), tls))
    }

    /// `sock_send`: 0 where the data was accepted; `MSG_SOCK_SEND_CNF` follows once all of it is with
    /// the operating system. Any other code: it was not; a message (with result 1) follows only where
    /// a live socket failed. One send may be under way on a socket.
    pub fn send(&self, id: i64, data: &[u8]) -> Code {
        let Ok(shared) = self.shared() else { return Code::NotConnected };
        shared.with(|state| state.send(id, data))
    }

    /// `sock_recv`: up to `limit` bytes, or one datagram cut off there; nothing when nothing waits.
    #[must_use]
    pub fn recv(&self, id: i64, limit: i64) -> Vec<u8> {
        let limit = usize::try_from(limit).unwrap_or(0);
        let Ok(shared) = self.shared() else { return Vec::new() };
        shared.with(|state| state.recv(id, limit))
    }

    /// `sock_close`: true, and `MSG_SOCK_CLOSE_CNF` follows, whatever the socket is up to and even
    /// where the id has none. False, and no message, for what can be no id.
    #[must_use]
    pub fn close(&self, id: i64) -> bool {
        self.shared().is_ok_and(|shared| shared.with(|state| state.close(id)))
    }

    /// `sock_destroy`: gives the id back, and drops the messages that wait for it. False for what can
    /// be no id.
    #[must_use]
    pub fn destroy(&self, id: i64) -> bool {
        self.shared().is_ok_and(|shared| shared.with(|state| state.destroy(id)))
    }

    /// `sock_setopt`: whether the option could be set.
    #[must_use]
    pub fn set(&self, id: i64, level: i64, name: i64, value: i64) -> bool {
        let Ok(value) = i32::try_from(value) else { return false };
        self.shared().is_ok_and(|shared| shared.with(|state| state.set(id, level, name, value)))
    }

    /// `sock_getremainbuf`: how many more received bytes there is room for; 0 without a socket.
    #[must_use]
    pub fn room(&self, id: i64) -> usize {
        self.shared().map_or(0, |shared| shared.with(|state| state.room(id)))
    }

    /// `sock_port`, ours: the local port of a socket, once it has one.
    #[must_use]
    pub fn port(&self, id: i64) -> Option<u16> {
        self.shared().ok()?.with(|state| state.port(id))
    }

    /// `limit`, ours: how many sockets there may be, 10 as on a device unless `wanted` (1 to 1048576)
    /// says otherwise.
    pub fn limit(&self, wanted: Option<i64>) -> usize {
        let wanted = wanted.and_then(|wanted| usize::try_from(wanted).ok());
        self.shared().map_or(0, |shared| shared.with(|state| state.limit(wanted)))
    }

    /// `dropped`, ours: bytes that were accepted for sending and never sent, of all sockets so far.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.shared().map_or(0, |shared| shared.with(|state| state.dropped()))
    }

    /// `rtos.timer_start`: one message, `MSG_TIMER`, in so many milliseconds. A timer that runs is
    /// started anew. False for negative times and where there are too many timers.
    #[must_use]
    pub fn timer_start(&self, id: i64, millis: i64) -> bool {
        let (Ok(shared), Ok(millis)) = (self.shared(), u64::try_from(millis)) else { return false };
        let Some(at) = Instant::now().checked_add(Duration::from_millis(millis)) else {
            return false;
        };
        shared.attended().is_ok() && shared.with(|state| state.timer_start(id, at))
    }

    /// `rtos.timer_stop`: its message does not come any more.
    pub fn timer_stop(&self, id: i64) {
        if let Ok(shared) = self.shared() {
            shared.with(|state| state.timer_stop(id));
        }
    }

    /// `rtos.tick`: how long the station exists, in ticks of 5 ms.
    #[must_use]
    pub fn tick(&self) -> u64 {
        let millis = self.0.0.begun.elapsed().as_millis();
        u64::try_from(millis).unwrap_or(u64::MAX) / constants::TICK
    }

    /// `rtos.receive`: the next message, waiting for it until the deadline; `None` then. EINTR when a
    /// signal came.
    pub fn receive(&self, deadline: Option<Instant>) -> Result<Option<Event>, Error> {
        let shared = self.shared()?;
        loop {
            if let Some(event) = shared.with(|state| state.next_event()) {
                return Ok(Some(event));
            }
            if deadline.is_some_and(|at| at <= Instant::now()) {
                return Ok(None);
            }
            let readiness = &shared.readiness;
            let parked = Parker::with(|parker| {
                let armed = readiness.arm(Interest::IN, Waiter::Park(parker.prepare()));
                let event = shared.with(|state| state.next_event());
                let parked = if event.is_some() {
                    Ok(true)
                } else {
                    parker.watch_and_park(deadline, |_, _| ())
                };
                readiness.disarm(armed);
                parked.map(|_| event)
            });
            match parked.and_then(|parked| parked) {
                Ok(None) => {}
                Ok(event) => return Ok(event),
                Err(error) => {
                    let error = Error::from(error);
                    let interrupted = error.code() == ErrorCode::Interrupted;
                    return Err(if interrupted { ErrorCode::Interrupted.into() } else { error });
                }
            }
        }
    }

    /// A descriptor that is readable exactly while messages wait, for event loops. It lives as long
    /// as the station.
    pub fn descriptor(&self) -> Result<i32, Error> {
        Ok(self.shared()?.readiness.descriptor(Descriptor::In)?)
    }

    /// Calls `callback` once, from any thread, as soon as a message waits; it must only signal. False
    /// when one waits already, and then it is not called.
    #[must_use]
    pub fn arm(&self, callback: Arc<dyn Fn() + Send + Sync>) -> bool {
        let Ok(shared) = self.shared() else { return true };
        let readiness = &shared.readiness;
        let armed = readiness.arm(Interest::IN, Waiter::Callback(callback));
        let waits = readiness.levels().intersects(Interest::IN);
        if waits {
            readiness.disarm(armed);
        }
        !waits
    }
}
