//! The upgrade from HTTP/1.1 to WebSocket (RFC 6455, section 4): a client's request, a server's
//! answer, and what each must have.
//!
//! Used by [`super::WsEngine`]. Heads are parsed by httparse; one over [`MOST_HEAD`] is refused.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use httparse::{EMPTY_HEADER, Header, Request, Response, Status};
use sha1::{Digest, Sha1};

use crate::wire::{WireError, error::printable, mechanism::curve::random};

/// The most bytes of a request or an answer.
pub(super) const MOST_HEAD: usize = 8 * 1024;
/// The most lines in one.
const MOST_HEADERS: usize = 64;
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const NONCE: usize = 16;

const ACCEPT: &str = "Sec-WebSocket-Accept";
const EXTENSIONS: &str = "Sec-WebSocket-Extensions";
const KEY: &str = "Sec-WebSocket-Key";
const PROTOCOL: &str = "Sec-WebSocket-Protocol";
const VERSION: &str = "Sec-WebSocket-Version";

/// A request, and what its answer must have.
#[derive(Debug)]
pub(super) struct Asked {
    key: String,
}

impl Asked {
    /// Writes the request.
    pub(super) fn new(host: &str, path: &str, protocols: &[String]) -> (Self, String) {
        let key = BASE64.encode(random::<NONCE>());
        let protocols = protocols.join(", ");
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             {KEY}: {key}\r\n{VERSION}: 13\r\n{PROTOCOL}: {protocols}\r\n\r\n"
        );
        (Self { key }, request)
    }

    /// The bytes of the answer and the place of the protocol that it chose, once it is there.
    pub(super) fn answered(
        &self,
        bytes: &[u8],
        protocols: &[String],
    ) -> Result<Option<(usize, usize)>, WireError> {
        let mut headers = [EMPTY_HEADER; MOST_HEADERS];
        let mut response = Response::new(&mut headers);
        let head = &bytes[..bytes.len().min(MOST_HEAD)];
        let len = match response.parse(head) {
            Ok(Status::Complete(len)) => len,
            Ok(Status::Partial) if head.len() < MOST_HEAD => return Ok(None),
            Ok(Status::Partial) => return Err(upgrade("an answer of 8 KiB at most", head)),
            Err(_) => return Err(upgrade("an answer of HTTP", head)),
        };
        let headers = Headers(response.headers);
        if response.code != Some(101) {
            let reason = response.reason.unwrap_or_default();
            let got = format!("{} {reason}", response.code.unwrap_or_default());
            return Err(upgrade("101 Switching Protocols", got.as_bytes()));
        }
        if !headers.has_token("Upgrade", "websocket") || !headers.has_token("Connection", "upgrade")
        {
            return Err(upgrade("an upgrade to websocket", b"none"));
        }
        let accept = headers.one(ACCEPT).unwrap_or_default();
        if accept != accept_of(&self.key) {
            return Err(upgrade("the answer to our key", accept.as_bytes()));
        }
        if let Some(extensions) = headers.one(EXTENSIONS) {
            return Err(upgrade("no extension", extensions.as_bytes()));
        }
        let chosen = headers.one(PROTOCOL).unwrap_or_default();
        let place = protocols.iter().position(|protocol| protocol == chosen);
        let expected = "one of the protocols that were asked for";
        place.map(|place| Some((len, place))).ok_or_else(|| upgrade(expected, chosen.as_bytes()))
    }
}

/// What a server makes of a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// More must arrive first.
    Wait,
    /// A request for another path, which may be somebody's.
    Elsewhere { path: Box<str> },
    /// The request had so many bytes; the answer, and the place of the protocol that was chosen.
    Accepted { len: usize, protocol: usize, response: String },
    /// The answer, and why.
    Refused { response: String, error: WireError },
}

/// What a server looks for in a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// The path and query; without one none is right.
    pub(super) path: Option<&'a str>,
    /// Other paths are nobody's.
    pub(super) alone: bool,
    /// Where a web page must be from; all may ask where it is empty.
    pub(super) origins: &'a [String],
    /// The protocols that are spoken.
    pub(super) protocols: &'a [String],
}

/// Answers a request for this path. Of the protocols that are asked for it takes the first that is
/// among these.
pub(super) fn answer(bytes: &[u8], wanted: Wanted<'_>) -> Answer {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut request = Request::new(&mut headers);
    let head = &bytes[..bytes.len().min(MOST_HEAD)];
    let len = match request.parse(head) {
        Ok(Status::Complete(len)) => len,
        Ok(Status::Partial) if head.len() < MOST_HEAD => return Answer::Wait,
        Ok(Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            return refused(Refusal::TooLarge, head);
        }
        Err(_) => return refused(Refusal::Bad("a request of HTTP"), head),
    };
    match judge(&request, wanted) {
        Ok((key, protocol)) => {
            let (accept, name) = (accept_of(key), &wanted.protocols[protocol]);
            let response = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 {ACCEPT}: {accept}\r\n{PROTOCOL}: {name}\r\n\r\n"
            );
            Answer::Accepted { len, protocol, response }
        }
        Err((Refusal::NotFound, path)) if !wanted.alone => {
            Answer::Elsewhere { path: String::from_utf8_lossy(&path).into() }
        }
        Err((refusal, got)) => refused(refusal, &got),
    }
}

#[derive(Clone, Copy, Debug)]
enum Refusal {
    /// What would have been right.
    Bad(&'static str),
    NotFound,
    Origin,
    Method,
    Version,
    TooLarge,
}

impl Refusal {
    fn status(self) -> &'static str {
        match self {
            Self::Bad(_) => "400 Bad Request",
            Self::NotFound => "404 Not Found",
            Self::Origin => "403 Forbidden",
            Self::Method => "405 Method Not Allowed",
            Self::Version => "426 Upgrade Required",
            Self::TooLarge => "431 Request Header Fields Too Large",
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Bad(expected) => expected,
            Self::NotFound => "a request for the path that is bound",
            Self::Origin => "a web page from where it may connect",
            Self::Method => "a GET request",
            Self::Version => "WebSocket of version 13",
            Self::TooLarge => "a request of 8 KiB and 64 lines at most",
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Method => "Allow: GET\r\n",
            Self::Version => "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
            _ => "",
        }
    }
}

fn refused(refusal: Refusal, got: &[u8]) -> Answer {
    let (status, expected, header) = (refusal.status(), refusal.expected(), refusal.header());
    let text = format!("expected {expected}\n");
    let response = format!(
        "HTTP/1.1 {status}\r\n{header}Connection: close\r\nContent-Type: text/plain\r\n\
         Content-Length: {}\r\n\r\n{text}",
        text.len()
    );
    Answer::Refused { response, error: upgrade(expected, got) }
}

type Wrong = (Refusal, Vec<u8>);

/// The key, and the place of the protocol.
fn judge<'a>(
    request: &Request<'_, 'a>,
    Wanted { path, origins, protocols, .. }: Wanted<'_>,
) -> Result<(&'a str, usize), Wrong> {
    let headers = Headers(request.headers);
    let bad = |expected, got: &str| (Refusal::Bad(expected), got.as_bytes().to_vec());
    let method = request.method.unwrap_or_default();
    if method != "GET" {
        return Err((Refusal::Method, method.into()));
    }
    if request.version != Some(1) {
        return Err(bad("HTTP/1.1", "HTTP/1.0"));
    }
    if headers.has("Transfer-Encoding") || headers.all("Content-Length").any(|len| len != b"0") {
        return Err(bad("a request without a body", "one"));
    }
    let target = request.path.unwrap_or_default();
    if path != Some(target) {
        return Err((Refusal::NotFound, target.into()));
    }
    if let Some(origin) = headers.named("Origin").find(|origin| !is_welcome(origin, origins)) {
        return Err((Refusal::Origin, origin.into()));
    }
    if headers.one("Host").is_none() {
        return Err(bad("one Host", "none or several"));
    }
    if !headers.has_token("Upgrade", "websocket") || !headers.has_token("Connection", "upgrade") {
        return Err(bad("an upgrade to websocket", "none"));
    }
    let version = headers.one(VERSION).unwrap_or_default();
    if version != "13" {
        return Err((Refusal::Version, version.into()));
    }
    let key = headers.one(KEY).unwrap_or_default();
    if !BASE64.decode(key).is_ok_and(|nonce| nonce.len() == NONCE) {
        return Err(bad("a Sec-WebSocket-Key of 16 bytes", key));
    }
    let asked = || headers.tokens(PROTOCOL);
    let find = |token: &str| protocols.iter().position(|protocol| protocol == token);
    let all = || asked().collect::<Vec<_>>().join(", ");
    let chosen = asked().find_map(find);
    chosen.map(|place| (key, place)).ok_or_else(|| bad("a Sec-WebSocket-Protocol of ours", &all()))
}

/// Browsers say where a page is from, and nobody else has to.
fn is_welcome(origin: &str, origins: &[String]) -> bool {
    origins.is_empty() || origins.iter().any(|own| own.eq_ignore_ascii_case(origin))
}

/// The lines of a head.
struct Headers<'a, 'b>(&'a [Header<'b>]);

impl<'a, 'b> Headers<'a, 'b> {
    fn named(&self, name: &'a str) -> impl Iterator<Item = &'b str> + use<'a, 'b> {
        self.all(name).filter_map(|value| std::str::from_utf8(value).ok())
    }

    /// The values as they came.
    fn all(&self, name: &'a str) -> impl Iterator<Item = &'b [u8]> + use<'a, 'b> {
        let lines = self.0.iter().filter(move |line| line.name.eq_ignore_ascii_case(name));
        lines.map(|line| line.value.trim_ascii())
    }

    fn has(&self, name: &'a str) -> bool {
        self.all(name).next().is_some()
    }

    /// The value, if there is one and no second.
    fn one(&self, name: &'a str) -> Option<&'b str> {
        let mut values = self.named(name);
        values.next().filter(|_| values.next().is_none())
    }

    /// What stands between commas, of all lines of the name.
    fn tokens(&self, name: &'a str) -> impl Iterator<Item = &'b str> + use<'a, 'b> {
        self.named(name).flat_map(|value| value.split(',')).map(str::trim)
    }

    fn has_token(&self, name: &'a str, wanted: &str) -> bool {
        self.tokens(name).any(|token| token.eq_ignore_ascii_case(wanted))
    }
}

fn accept_of(key: &str) -> String {
    BASE64.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

fn upgrade(expected: &'static str, got: &[u8]) -> WireError {
    WireError::Upgrade { expected, got: printable(got) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/path?query";

    fn protocols() -> Vec<String> {
        ["rep.sp.nanomsg.org", "other"].map(String::from).to_vec()
    }

    fn answer(bytes: &[u8]) -> Answer {
        let origins = ["https://example.org".to_owned()];
        let protocols = &protocols();
        super::answer(bytes, Wanted { path: Some(PATH), alone: true, origins: &origins, protocols })
    }

    fn request(lines: &[&str]) -> String {
        let mut text = format!("GET {PATH} HTTP/1.1\r\n");
        lines.iter().for_each(|line| text.extend([line, "\r\n"]));
        text + "\r\n"
    }

    const GOOD: [&str; 6] = [
        "Host: server.example.com",
        "upgrade: WebSocket",
        "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: chat, rep.sp.nanomsg.org",
        "Sec-WebSocket-Version: 13",
    ];

    #[test]
    fn without_a_path_every_request_is_for_elsewhere() {
        let (request, protocols) = (request(&GOOD), protocols());
        for alone in [false, true] {
            let wanted = Wanted { path: None, alone, origins: &[], protocols: &protocols };
            let found = super::answer(request.as_bytes(), wanted);
            match found {
                Answer::Elsewhere { path } if !alone => assert_eq!(&*path, PATH),
                Answer::Refused { response, .. } if alone => assert!(response.contains(" 404 ")),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn keys_are_answered_as_in_section_1_3() {
        assert_eq!(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn an_upgrade_is_agreed_on_however_it_is_cut() {
        let (asked, text) = Asked::new("server.example.com", PATH, &protocols());
        for cut in 0..text.len() {
            assert!(matches!(answer(&text.as_bytes()[..cut]), Answer::Wait));
        }
        let Answer::Accepted { len, protocol: 0, response } =
            answer((text.clone() + "rest").as_bytes())
        else {
            panic!("refused");
        };
        assert_eq!(len, text.len());
        for cut in 0..response.len() {
            assert_eq!(asked.answered(&response.as_bytes()[..cut], &protocols()), Ok(None));
        }
        let all = response.clone() + "rest";
        assert_eq!(asked.answered(all.as_bytes(), &protocols()), Ok(Some((response.len(), 0))));
        let other = Asked::new("server.example.com", PATH, &protocols()).0;
        assert!(other.answered(all.as_bytes(), &protocols()).is_err());
    }

    #[test]
    fn the_first_protocol_of_ours_is_taken() {
        for (line, expected) in [("chat, other", 1), ("other,rep.sp.nanomsg.org", 1)] {
            let line = format!("Sec-WebSocket-Protocol: {line}");
            let mut lines = GOOD;
            lines[4] = &line;
            let answer = answer(request(&lines).as_bytes());
            assert!(matches!(answer, Answer::Accepted { protocol, .. } if protocol == expected));
        }
    }

    #[test]
    fn pages_from_where_they_may_be_are_let_in() {
        for line in ["Origin: https://example.org", "Origin: HTTPS://Example.Org"] {
            let text = request(&[&GOOD[..], &[line]].concat());
            assert!(matches!(answer(text.as_bytes()), Answer::Accepted { .. }), "{line}");
        }
    }

    #[test]
    fn bad_requests_are_told_what_was_expected() {
        let with = |place: usize, line: &'static str| {
            let mut lines = GOOD.to_vec();
            lines[place] = line;
            request(&lines)
        };
        let more = |line: &'static str| request(&[&GOOD[..], &[line]].concat());
        let long = format!("X: {}", "y".repeat(64 * 1024));
        let good = request(&GOOD);
        let cases = [
            ("400", with(0, "X: y")),
            ("400", more("Host: another")),
            ("400", with(1, "Upgrade: h2c")),
            ("400", with(2, "Connection: close")),
            ("400", with(3, "Sec-WebSocket-Key: c2hvcnQ=")),
            ("400", with(3, "Sec-WebSocket-Key: !")),
            ("400", more("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")),
            ("400", with(4, "Sec-WebSocket-Protocol: req.sp.nanomsg.org")),
            ("400", with(4, "X: y")),
            ("426", with(5, "Sec-WebSocket-Version: 8")),
            ("426", with(5, "X: y")),
            ("403", more("Origin: https://example.com")),
            ("403", more("Origin: null")),
            ("403", request(&[&GOOD[..], &["Origin: https://example.org", "Origin: x"]].concat())),
            ("400", more("Content-Length: 5")),
            ("400", more("Content-Length: 0\r\nContent-Length: 5")),
            ("400", more("Transfer-Encoding: chunked")),
            ("431", request(&[&GOOD[..], &[&long]].concat())),
            ("431", request(&vec!["X: y"; MOST_HEADERS + 1])),
            ("404", good.replace(PATH, "/")),
            ("405", good.replace("GET", "POST")),
            ("400", good.replace("1.1", "1.0")),
            ("400", "\x01\x02 garbage".into()),
        ];
        for (status, text) in cases {
            let Answer::Refused { response, error } = answer(text.as_bytes()) else {
                panic!("not refused: {text}");
            };
            assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{response} for {text}");
            assert!(error.to_string().len() < 300, "{error}");
        }
    }

    #[test]
    fn bad_answers_are_errors() {
        let (asked, _) = Asked::new("host", PATH, &protocols());
        let good = format!(
            "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{ACCEPT}: {}\r\n\
             {PROTOCOL}: other\r\n\r\n",
            accept_of(&asked.key)
        );
        let answered = |text: &str| asked.answered(text.as_bytes(), &protocols());
        assert_eq!(answered(&good), Ok(Some((good.len(), 1))));
        for (from, to) in [
            ("101 Yes", "404 Not Found"),
            ("Upgrade: websocket", "X: y"),
            ("Connection: Upgrade", "X: y"),
            (ACCEPT, "X"),
            ("other", "third"),
            (PROTOCOL, "X"),
            ("101 Yes\r\n", "101 Yes\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"),
            ("HTTP/1.1", "SMTP"),
        ] {
            assert!(answered(&good.replace(from, to)).is_err(), "{to}");
        }
        assert!(answered(&format!("HTTP/1.1 101 Yes\r\nX: {}", "y".repeat(MOST_HEAD))).is_err());
    }
}
