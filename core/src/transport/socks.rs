//! SOCKS5: what is said to a proxy through which a tcp endpoint is connected (RFC 1928), and the login
//! that it may want (RFC 1929).
//!
//! [`Socks`] is the talk alone, without a stream; a connection has it go on while it is connecting. The
//! proxy looks names up, so a host that only it can see may be named.

use std::{io, net::IpAddr};

use super::{Endpoint, Host, Purpose, Stream, Syntax, TcpEndpoint};
use crate::error::{Error, ErrorCode};

const VERSION: u8 = 5;
const LOGIN_VERSION: u8 = 1;
/// Methods: no login, and a name with a password.
const PLAIN: u8 = 0;
const LOGIN: u8 = 2;
const NO_METHOD: u8 = 0xff;
const CONNECT: u8 = 1;
/// Kinds of addresses.
const V4: u8 = 1;
const NAME: u8 = 3;
const V6: u8 = 4;
/// The bytes of a port.
const PORT: usize = 2;
/// The most bytes of one answer: a name of 255 bytes and a port.
const LONGEST: usize = 255 + PORT;

/// A proxy that the user chose (`ZMQ_SOCKS_PROXY`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocksProxy {
    /// Where it is.
    pub endpoint: Endpoint,
    /// The name and password that it may want.
    login: Option<Login>,
}

#[derive(Clone, PartialEq, Eq)]
struct Login {
    name: String,
    password: String,
}

/// Passwords are not shown.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("name", &self.name).finish_non_exhaustive()
    }
}

impl SocksProxy {
    /// Reads `host:port`; without a name there is no login.
    ///
    /// # Errors
    /// EINVAL for anything else.
    pub fn parse(text: &str, name: &str, password: &str) -> Result<Self, Error> {
        let bare = text.strip_prefix("tcp://").unwrap_or(text);
        let endpoint = Endpoint::parse(&format!("tcp://{bare}"), Purpose::Connect, Syntax::Zmtp)
            .map_err(|error| {
                let text = format!("SOCKS_PROXY takes host:port, got {text:?}: {error}");
                Error::new(ErrorCode::Invalid, text)
            })?;
        let login = (!name.is_empty())
            .then(|| Login { name: name.to_owned(), password: password.to_owned() });
        Ok(Self { endpoint, login })
    }

    /// Begins the talk about an endpoint; `None` for one that no proxy is asked for.
    #[must_use]
    pub fn talk(&self, endpoint: &Endpoint) -> Option<Socks> {
        endpoint.tcp().map(|tcp| Socks::new(tcp, self.login.as_ref()))
    }
}

/// What the proxy is to say next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The method it chose.
    Method,
    /// Whether the login is right.
    Login,
    /// Whether it is connected, and the kind of its address.
    Reply,
    /// The length of its name.
    NameLength,
    /// The rest of its address, which matters to nobody.
    Address(usize),
    Done,
}

/// See the module's text.
#[derive(Debug)]
pub struct Socks {
    state: State,
    output: Vec<u8>,
    input: Vec<u8>,
    login: Option<Login>,
    request: Vec<u8>,
}

impl Socks {
    fn new(to: &TcpEndpoint, login: Option<&Login>) -> Self {
        let methods: &[u8] = if login.is_some() { &[PLAIN, LOGIN] } else { &[PLAIN] };
        Self {
            state: State::Method,
            output: [&[VERSION, methods.len() as u8], methods].concat(),
            input: Vec::new(),
            login: login.cloned(),
            request: request(to),
        }
    }

    /// Goes on as far as the stream lets it; whether the far end is there.
    ///
    /// # Errors
    /// Those of the stream; ECONNRESET when the proxy hangs up; what the proxy says is in the way, such
    /// as ECONNREFUSED; EACCES where it does not let us in; EPROTO for what SOCKS5 does not say.
    pub fn advance(&mut self, stream: &Stream) -> Result<bool, Error> {
        loop {
            while !self.output.is_empty() {
                match stream.write_outside(&self.output) {
                    Ok(count) => drop(self.output.drain(..count)),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return waits(error),
                }
            }
            let wanted = self.wanted();
            if wanted == 0 {
                return Ok(true);
            }
            let mut buffer = [0; LONGEST];
            // Not a byte more: what follows is the far end's.
            match stream.read_outside(&mut buffer[..wanted]) {
                Ok(0) => {
                    let text = "the SOCKS proxy hung up";
                    return Err(Error::new(ErrorCode::ConnectionReset, text));
                }
                Ok(count) => self.consume(&buffer[..count])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return waits(error),
            }
        }
    }

    /// How many bytes are to be read next; none once it is done.
    fn wanted(&self) -> usize {
        let all = match self.state {
            State::Method | State::Login => 2,
            State::Reply => 4,
            State::NameLength => 1,
            State::Address(rest) => rest,
            State::Done => 0,
        };
        all.saturating_sub(self.input.len())
    }

    /// Takes at most so many bytes as were wanted.
    fn consume(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.input.extend_from_slice(bytes);
        if self.wanted() > 0 {
            return Ok(());
        }
        let said = std::mem::take(&mut self.input);
        self.state = match (self.state, &said[..]) {
            (State::Method, [VERSION, PLAIN]) => self.ask(),
            (State::Method, [VERSION, LOGIN]) if self.login.is_some() => self.log_in(),
            (State::Method, [VERSION, NO_METHOD]) => {
                let text = "the SOCKS proxy wants another way to log in than by name and password";
                return Err(Error::new(ErrorCode::Access, text));
            }
            (State::Login, [LOGIN_VERSION, 0]) => self.ask(),
            (State::Login, [LOGIN_VERSION, _]) => {
                let text = "the SOCKS proxy takes neither this name nor this password";
                return Err(Error::new(ErrorCode::Access, text));
            }
            (State::Reply, [VERSION, 0, _, V4]) => State::Address(4 + PORT),
            (State::Reply, [VERSION, 0, _, V6]) => State::Address(16 + PORT),
            (State::Reply, [VERSION, 0, _, NAME]) => State::NameLength,
            (State::Reply, [VERSION, refusal, ..]) if *refusal != 0 => {
                return Err(refused(*refusal));
            }
            (State::NameLength, [length]) => State::Address(usize::from(*length) + PORT),
            (State::Address(_) | State::Done, _) => State::Done,
            (state, said) => {
                let got = said.escape_ascii();
                let text = format!("no SOCKS5 proxy: it said \"{got}\" as its {state:?}");
                return Err(Error::new(ErrorCode::Protocol, text));
            }
        };
        Ok(())
    }

    fn ask(&mut self) -> State {
        self.output = std::mem::take(&mut self.request);
        State::Reply
    }

    fn log_in(&mut self) -> State {
        if let Some(Login { name, password }) = &self.login {
            self.output = vec![LOGIN_VERSION];
            for text in [name, password] {
                self.output.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
                self.output.extend(text.bytes().take(u8::MAX.into()));
            }
        }
        State::Login
    }
}

/// Asks for a connection. A literal address is said as such, anything else by its name.
fn request(to: &TcpEndpoint) -> Vec<u8> {
    let mut request = vec![VERSION, CONNECT, 0];
    let address = match &to.host {
        Host::V4(address) => Some(IpAddr::V4(*address)),
        Host::V6 { address, .. } => Some(IpAddr::V6(*address)),
        Host::Any | Host::Name(_) => None,
    };
    match address {
        Some(IpAddr::V4(address)) => {
            request.push(V4);
            request.extend(address.octets());
        }
        Some(IpAddr::V6(address)) => {
            request.push(V6);
            request.extend(address.octets());
        }
        None => {
            let name = to.host.to_string();
            request.push(NAME);
            // Names are at most 253 bytes.
            request.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
            request.extend(name.bytes().take(u8::MAX.into()));
        }
    }
    request.extend(to.port.to_be_bytes());
    request
}

/// Why the proxy did not connect.
fn refused(number: u8) -> Error {
    let (code, text) = match number {
        2 => (ErrorCode::Access, "does not allow it"),
        3 => (ErrorCode::NetworkUnreachable, "cannot reach the network"),
        4 => (ErrorCode::HostUnreachable, "cannot reach the host"),
        5 => (ErrorCode::ConnectionRefused, "found nobody who listens"),
        6 => (ErrorCode::TimedOut, "waited in vain"),
        7 => (ErrorCode::NotSupported, "cannot connect"),
        8 => (ErrorCode::AddressFamilyNotSupported, "does not know such addresses"),
        _ => (ErrorCode::Io, "failed"),
    };
    Error::new(code, format!("the SOCKS proxy {text} (reply {number})"))
}

/// Nothing can be done now, or the stream failed.
fn waits(error: io::Error) -> Result<bool, Error> {
    if error.kind() == io::ErrorKind::WouldBlock { Ok(false) } else { Err(error.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(endpoint: &str, login: bool) -> Socks {
        let name = if login { "ann" } else { "" };
        let proxy = SocksProxy::parse("localhost:1080", name, "secret").unwrap();
        let endpoint = Endpoint::parse(endpoint, Purpose::Connect, Syntax::Zmtp).unwrap();
        proxy.talk(&endpoint).unwrap()
    }

    /// Says something, byte by byte, and answers what is said in return.
    fn say(socks: &mut Socks, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        socks.output.clear();
        for byte in bytes {
            assert!(socks.wanted() > 0, "{byte} is not read");
            socks.consume(&[*byte])?;
        }
        Ok(socks.output.clone())
    }

    #[test]
    fn without_a_login_the_request_follows_the_greeting() {
        let cases: [(&str, &[u8]); 3] = [
            ("tcp://10.0.0.1:258", &[1, 10, 0, 0, 1, 1, 2]),
            ("tcp://far.example:258", b"\x03\x0bfar.example\x01\x02"),
            ("tcp://[::2]:258", &[4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2]),
        ];
        for (endpoint, address) in cases {
            let mut socks = talk(endpoint, false);
            assert_eq!(socks.output, [5, 1, 0]);
            assert_eq!(say(&mut socks, &[5, 0]).unwrap(), [&[5, 1, 0], address].concat());
            assert!(say(&mut socks, &[5, 0, 0, 1, 1, 2, 3, 4, 5, 6]).unwrap().is_empty());
            assert_eq!((socks.state, socks.wanted()), (State::Done, 0));
        }
    }

    #[test]
    fn the_login_is_said_where_it_is_wanted_and_every_address_is_passed_over() {
        let answers: [&[u8]; 3] = [
            &[5, 0, 0, 3, 2, b'a', b'b', 1, 2],
            &[5, 0, 0, 3, 0, 1, 2],
            &[5, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2],
        ];
        for answer in answers {
            let mut socks = talk("tcp://10.0.0.1:80", true);
            assert_eq!(socks.output, [5, 2, 0, 2]);
            assert_eq!(say(&mut socks, &[5, 2]).unwrap(), b"\x01\x03ann\x06secret");
            assert_eq!(say(&mut socks, &[1, 0]).unwrap()[..3], [5, 1, 0]);
            say(&mut socks, answer).unwrap();
            assert_eq!(socks.state, State::Done);
        }
        let mut socks = talk("tcp://10.0.0.1:80", true);
        assert_eq!(say(&mut socks, &[5, 0]).unwrap()[..3], [5, 1, 0], "no login is wanted");
    }

    #[test]
    fn refusals_have_their_errors() {
        let code = |bytes: &[u8]| say(&mut talk("tcp://h:1", false), bytes).unwrap_err().code();
        assert_eq!(code(&[5, 0xff]), ErrorCode::Access);
        assert_eq!(code(&[5, 2]), ErrorCode::Protocol, "it was not offered");
        assert_eq!(code(&[4, 0]), ErrorCode::Protocol);
        assert_eq!(code(b"HT"), ErrorCode::Protocol);
        assert_eq!(code(&[5, 0, 5, 2, 0, 1]), ErrorCode::Access);
        assert_eq!(code(&[5, 0, 5, 4, 0, 1]), ErrorCode::HostUnreachable);
        assert_eq!(code(&[5, 0, 5, 5, 0, 1]), ErrorCode::ConnectionRefused);
        assert_eq!(code(&[5, 0, 5, 99, 0, 1]), ErrorCode::Io);
        assert_eq!(code(&[5, 0, 5, 0, 0, 2]), ErrorCode::Protocol, "no kind of address");
        let wrong = say(&mut talk("tcp://h:1", true), &[5, 2, 1, 1]).unwrap_err();
        assert_eq!(wrong.code(), ErrorCode::Access);
        assert!(!format!("{wrong:?}").contains("secret"));
    }

    #[test]
    fn only_host_and_port_are_a_proxy() {
        for text in ["h:1080", "tcp://h:1", "127.0.0.1:9", "[::1]:9"] {
            assert!(SocksProxy::parse(text, "", "").is_ok(), "{text}");
        }
        for text in ["h", "h:", ":1", "*:1", "h:0", "h:66666", "http://h:1"] {
            let error = SocksProxy::parse(text, "", "").unwrap_err();
            assert_eq!(error.code(), ErrorCode::Invalid, "{text}");
        }
    }
}
