//! Many hostile peers at the ports of WebSocket and TLS, in numbers: each is refused and counted, each descriptor
//! comes back, and a good peer is served all the time. One test, since it counts the process's descriptors.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

mod named;

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use named::{open, set};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use sockery::facade::{Context, Dialect, Frame, Message, Wait};
use socket2::SockRef;

/// Of each kind.
const ROUNDS: usize = 40;
const HOST: &str = "127.0.0.1";
const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
const GOOD: &str = "Sec-WebSocket-Protocol: pull.sp.nanomsg.org\r\n\r\n";

fn soon() -> Wait {
    Wait::Until(Instant::now() + Duration::from_secs(20))
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// The authority's certificate, a server's and its key.
fn certificates() -> [String; 3] {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "authority");
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let own_key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    let own = own.signed_by(&own_key, &issuer).unwrap().pem();
    [authority, own, own_key.serialize_pem()]
}

/// How a hostile peer ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// It waits until it is put out, having said that it is done or not.
    Waits { shut: bool },
    /// It is gone at once, without a farewell of TCP.
    Resets,
}

/// Says its words and ends; answers what it was told.
fn attack(address: &str, words: &[u8], end: End) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // It may be refused before its end.
    let _ = stream.write_all(words);
    let mut told = Vec::new();
    match end {
        End::Resets => SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap(),
        End::Waits { shut } => {
            if shut {
                let _ = stream.shutdown(Shutdown::Write);
            }
            let _ = stream.read_to_end(&mut told);
        }
    }
    told
}

/// A client's frame; its mask is zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    assert!(payload.len() < 126, "short ones only");
    [&[first, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat()
}

fn after_upgrade(frames: &[Vec<u8>]) -> Vec<u8> {
    [UPGRADE.as_bytes(), GOOD.as_bytes(), &frames.concat()].concat()
}

/// What a peer of WebSocket gets wrong, and what its answer has in it.
fn web_attacks() -> Vec<(Vec<u8>, &'static [u8])> {
    let request = |more: &str| [UPGRADE, more, GOOD].concat().into_bytes();
    let long = format!("X: {}\r\n", "y".repeat(64 * 1024));
    vec![
        (b"\x16\x03\x01\x00\x05hello".to_vec(), b"HTTP/1.1 400 "),
        (request(&long), b"HTTP/1.1 431 "),
        (request("Transfer-Encoding: chunked\r\n"), b"HTTP/1.1 400 "),
        (request("Content-Length: 4\r\nContent-Length: 0\r\n"), b"HTTP/1.1 400 "),
        (request("Content-Length: 4\r\n"), b"HTTP/1.1 400 "),
        ([UPGRADE, "Sec-WebSocket-Protocol: x\r\n\r\n"].concat().into(), b"HTTP/1.1 400 "),
        (request("").replace_first(b"GET / ", b"GET /x "), b"HTTP/1.1 404 "),
        // Not masked, reserved bits, an unknown kind, a long control frame, text that is none, the rest
        // of nothing, a farewell of one byte and one with a code that is none.
        (after_upgrade(&[vec![0x82, 1, b'x']]), b"\x88\x02\x03\xea"),
        (after_upgrade(&[frame(0xc2, b"x")]), b"\x88\x02\x03\xea"),
        (after_upgrade(&[frame(0x83, b"x")]), b"\x88\x02\x03\xea"),
        (after_upgrade(&[vec![0x89, 0xfe, 0, 126, 0, 0, 0, 0]]), b"\x88\x02\x03\xea"),
        (after_upgrade(&[frame(0x81, b"\xff")]), b"\x88\x02\x03\xef"),
        (after_upgrade(&[frame(0x80, b"x")]), b"\x88\x02\x03\xea"),
        (after_upgrade(&[frame(0x88, b"\x03")]), b"\x88\x02\x03\xea"),
        (after_upgrade(&[frame(0x88, b"\x03\xed")]), b"\x88\x02\x03\xea"),
        // One announced as too long is not waited for.
        (
            after_upgrade(&[vec![0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
            b"\x88\x02\x03\xf1",
        ),
    ]
}

trait Replace {
    fn replace_first(self, from: &[u8], to: &[u8]) -> Self;
}

impl Replace for Vec<u8> {
    fn replace_first(mut self, from: &[u8], to: &[u8]) -> Self {
        let place = self.windows(from.len()).position(|window| window == from).unwrap();
        self.splice(place..place + from.len(), to.iter().copied());
        self
    }
}

fn contains(told: &[u8], expected: &[u8]) -> bool {
    told.windows(expected.len()).any(|window| window == expected)
}

#[test]
fn hostile_peers_are_refused_and_leave_nothing_behind() {
    let [authority, own, key] = certificates();
    let context = Context::new();
    let [web, secure] = ["PULL"; 2].map(|name| open(&context, Dialect::Sp, name));
    let patient = open(&context, Dialect::Zmtp, "PULL");
    set(&patient, "HANDSHAKE_IVL", 300);
    for socket in [&secure, &patient] {
        set(socket, "TLS_CERT", &*own);
        set(socket, "TLS_KEY", &*key);
    }
    let web_at = web.bind(&format!("ws://{HOST}:0")).unwrap().address;
    let secure_at = secure.bind(&format!("tls+tcp://{HOST}:0")).unwrap().address;
    let patient_at = patient.bind(&format!("tls+tcp://{HOST}:0")).unwrap().address;
    let plain = |address: &str| address.rsplit_once('/').unwrap().1.to_owned();
    let (to_web, to_secure) =
        (open(&context, Dialect::Sp, "PUSH"), open(&context, Dialect::Sp, "PUSH"));
    set(&to_secure, "TLS_CA", &*authority);
    to_web.connect(&web_at).unwrap();
    to_secure.connect(&secure_at).unwrap();
    let serve = || {
        for (push, pull) in [(&to_web, &web), (&to_secure, &secure)] {
            push.send(Message::new(Frame::from(vec![7; 1000])), soon()).unwrap();
            assert_eq!(pull.recv(soon()).unwrap().body().len(), 1000);
        }
    };
    serve();
    for socket in [&web, &secure] {
        // A wait takes a descriptor for a socket's life, and serving may go without one.
        assert!(socket.recv(Wait::millis(1)).is_err());
    }
    let before = descriptors();

    for round in 0..ROUNDS {
        for (words, expected) in web_attacks() {
            let told = attack(&plain(&web_at), &words, End::Waits { shut: round % 2 == 0 });
            let told_text = told.escape_ascii();
            assert!(contains(&told, expected), "{told_text} for {}", words.escape_ascii());
            attack(&plain(&web_at), &words, End::Resets);
        }
        serve();
    }

    let hello = [&[22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3][..], &[0x5a; 194]].concat();
    for round in 0..ROUNDS {
        for words in [UPGRADE.as_bytes(), b"\0SP\0\0\x50\0\0", &[0; 100], &[22; 40_000], &hello] {
            attack(&plain(&secure_at), words, End::Waits { shut: round % 2 == 0 });
            attack(&plain(&secure_at), &words[..words.len() / 2], End::Waits { shut: true });
            attack(&plain(&secure_at), words, End::Resets);
        }
        serve();
    }

    // Many that stop in the middle, all at once.
    let begin = Instant::now();
    let stopped: Vec<_> = (0..ROUNDS * 5)
        .map(|_| {
            let mut stream = TcpStream::connect(plain(&patient_at)).unwrap();
            stream.write_all(&hello[..100]).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            stream
        })
        .collect();
    for mut stream in stopped {
        assert!(matches!(stream.read(&mut [0; 64]), Ok(0) | Err(_)));
    }
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    serve();

    let until = Instant::now() + Duration::from_secs(10);
    while descriptors() > before && Instant::now() < until {
        std::thread::yield_now();
    }
    assert!(descriptors() <= before, "{} descriptors, {before} before", descriptors());
    for (socket, pushes) in [(&web, 1), (&secure, 1), (&patient, 0)] {
        assert_eq!(socket.peers(), pushes);
        assert!(socket.recv(Wait::Until(Instant::now())).is_err());
    }
}
