//! tls+tcp and wss: between whole sockets, and against peers that break them.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

mod named;

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use named::set;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use sockery::facade::{
    Context, Dialect, ErrorCode, Frame, Message, Socket, SocketEvent, Wait, table,
};

const HOST: &str = "127.0.0.1";
const BIG: usize = 30_000_000;
/// The greeting of a PUSH.
const SP_PUSH: &[u8] = b"\0SP\0\0\x50\0\0";

fn wait(ms: u64) -> Wait {
    Wait::Until(Instant::now() + Duration::from_millis(ms))
}

fn soon() -> Wait {
    wait(20_000)
}

/// A socket that takes messages of any length.
fn open(context: &Context, dialect: Dialect, name: &str) -> Socket {
    let socket = named::open(context, dialect, name);
    if dialect == Dialect::Sp {
        set(&socket, "RCVMAXSIZE", -1);
    }
    socket
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

struct Identity {
    certificate: String,
    key: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn sign(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, format!("name of {host}"));
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Identity { certificate, key: key.serialize_pem() }
    }

    /// Gives a server its identity.
    fn serve(&self, socket: &Socket) {
        show(socket, &self.sign(HOST, |_| ()));
    }

    fn trust(&self, socket: &Socket) {
        set(socket, "TLS_CA", &*self.pem);
    }
}

fn show(socket: &Socket, identity: &Identity) {
    set(socket, "TLS_CERT", &*identity.certificate);
    set(socket, "TLS_KEY", &*identity.key);
}

/// Both ends of a connection over this scheme.
fn joined(scheme: &str, dialect: Dialect, [bound, connected]: [&str; 2]) -> (Context, [Socket; 2]) {
    let (context, authority) = (Context::new(), Authority::new("authority"));
    let sockets = [open(&context, dialect, bound), open(&context, dialect, connected)];
    authority.serve(&sockets[0]);
    authority.trust(&sockets[1]);
    let address = sockets[0].bind(&format!("{scheme}://{HOST}:0")).unwrap().address;
    assert!(address.starts_with(&format!("{scheme}://{HOST}:")), "{address}");
    sockets[1].connect(&address).unwrap();
    (context, sockets)
}

const BOTH: [Dialect; 2] = [Dialect::Sp, Dialect::Zmtp];
const SCHEMES: [&str; 2] = ["tls+tcp", "wss"];

fn body(socket: &Socket) -> Vec<u8> {
    socket.recv(soon()).unwrap().body().to_vec()
}

fn message(size: usize, seed: usize) -> Message {
    Message::new(Frame::from((0..size).map(|at| (at * 7 + seed) as u8).collect::<Vec<_>>()))
}

fn everywhere(test: impl Fn(&str, Dialect)) {
    for scheme in SCHEMES {
        for dialect in BOTH {
            test(scheme, dialect);
        }
    }
}

#[test]
fn messages_of_all_sizes_go_both_ways() {
    everywhere(|scheme, dialect| {
        let (_context, [one, other]) = joined(scheme, dialect, ["PAIR", "PAIR"]);
        for size in [0, 1, 300, 16_384, 16_385, 100_000, 1_000_000, BIG] {
            for [from, to] in [[&other, &one], [&one, &other]] {
                from.send(message(size, 1), soon()).unwrap();
                let came = to.recv(soon()).unwrap();
                assert!(came.body() == message(size, 1).body(), "{size} bytes over {scheme}");
            }
        }
    });
}

#[test]
fn questions_are_answered_and_subscribers_told() {
    everywhere(|scheme, dialect| {
        let (_context, [rep, req]) = joined(scheme, dialect, ["REP", "REQ"]);
        for round in 0..50 {
            req.send(message(round, round), soon()).unwrap();
            let asked = rep.recv(soon()).unwrap();
            rep.send(asked, soon()).unwrap();
            assert_eq!(req.recv(soon()).unwrap().body(), message(round, round).body());
        }
        let (_context, [publisher, subscriber]) = joined(scheme, dialect, ["PUB", "SUB"]);
        let subscribe = if dialect == Dialect::Sp { "SUB_SUBSCRIBE" } else { "SUBSCRIBE" };
        set(&subscriber, subscribe, "a");
        let mut told = None;
        while told.is_none() {
            publisher.send(Message::new("a"), soon()).unwrap();
            publisher.send(Message::new("b"), soon()).unwrap();
            told = subscriber.recv(wait(20)).ok();
        }
        assert_eq!(told.unwrap().body()[..], *b"a");
    });
}

#[test]
fn streams_in_both_directions_at_once_lose_nothing() {
    const COUNT: usize = 20_000;
    everywhere(|scheme, dialect| {
        let (_context, sockets) = joined(scheme, dialect, ["PAIR", "PAIR"]);
        thread::scope(|scope| {
            for socket in &sockets {
                scope.spawn(|| {
                    for round in 0..COUNT {
                        socket.send(message(round % 500, round), soon()).unwrap();
                    }
                });
                scope.spawn(|| {
                    for round in 0..COUNT {
                        let came = socket.recv(soon()).unwrap();
                        assert_eq!(came.body(), message(round % 500, round).body());
                    }
                });
            }
        });
    });
}

#[test]
fn what_was_sent_before_a_close_arrives() {
    everywhere(|scheme, dialect| {
        let (_context, [pull, push]) = joined(scheme, dialect, ["PULL", "PUSH"]);
        for round in 0..20 {
            push.send(message(100_000, round), soon()).unwrap();
        }
        push.close_linger(20_000);
        for round in 0..20 {
            assert!(pull.recv(soon()).unwrap().body() == message(100_000, round).body());
        }
    });
}

/// The `name` of a table that a watch tells.
fn told(event: &Message, name: &str) -> String {
    let told = table::Value::decode(event.body()).unwrap();
    match told.get(name) {
        Some(table::Value::Str(text)) => text.to_string(),
        Some(table::Value::Int(number)) => number.to_string(),
        other => panic!("{name} is {other:?} in {told:?}"),
    }
}

/// The reasons that both ends give for a handshake that fails.
fn reasons(server: impl Fn(&Socket), client: impl Fn(&Socket)) -> [String; 2] {
    let context = Context::new();
    let [pull, push] = ["PULL", "PUSH"].map(|name| open(&context, Dialect::Zmtp, name));
    server(&pull);
    client(&push);
    let failed =
        SocketEvent::HandshakeFailedNoDetail.bit() | SocketEvent::HandshakeFailedProtocol.bit();
    let queues = [&pull, &push].map(|socket| socket.watch(failed).unwrap());
    let address = pull.bind(&format!("tls+tcp://{HOST}:0")).unwrap().address;
    push.connect(&address).unwrap();
    let reasons = queues.map(|queue| told(&queue.recv(soon()).unwrap(), "reason"));
    assert!(push.recv(wait(0)).is_err() || push.peers() == 0);
    reasons
}

#[test]
fn refusals_say_why_at_both_ends() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let required = |socket: &Socket| {
        ours.serve(socket);
        ours.trust(socket);
        set(socket, "TLS_CLIENT_CERT", 2);
    };
    let [accepted, dialed] = reasons(|one| ours.serve(one), |one| theirs.trust(one));
    assert!(dialed.contains("issued by nobody that is trusted here"), "{dialed}");
    assert!(accepted.contains("does not trust who issued our certificate"), "{accepted}");

    let expired = ours.sign(HOST, |one| one.not_after = date_time_ymd(2020, 1, 1));
    let [accepted, dialed] = reasons(|one| show(one, &expired), |one| ours.trust(one));
    assert!(dialed.contains("the peer's certificate has expired"), "{dialed}");
    assert!(accepted.contains("our certificate has expired"), "{accepted}");

    let wrong = ours.sign("other.example", |_| ());
    let [_, dialed] = reasons(|one| show(one, &wrong), |one| ours.trust(one));
    assert!(dialed.contains("\"127.0.0.1\"") && dialed.contains("other.example"), "{dialed}");

    let [accepted, dialed] = reasons(required, |one| ours.trust(one));
    assert!(accepted.contains("gave no certificate, and one is required"), "{accepted}");
    assert!(dialed.contains("it requires a certificate of ours"), "{dialed}");

    let strange = theirs.sign("client.example", |_| ());
    let [accepted, _] = reasons(required, |one| {
        ours.trust(one);
        show(one, &strange);
    });
    assert!(accepted.contains("issued by nobody that is trusted here"), "{accepted}");
}

#[test]
fn a_name_of_the_options_goes_before_the_host() {
    let (context, authority) = (Context::new(), Authority::new("authority"));
    let [pull, push] = ["PULL", "PUSH"].map(|name| open(&context, Dialect::Sp, name));
    show(&pull, &authority.sign("service.example", |_| ()));
    authority.trust(&push);
    set(&push, "TLS_SERVER_NAME", "service.example");
    push.connect(&pull.bind(&format!("tls+tcp://{HOST}:0")).unwrap().address).unwrap();
    push.send(Message::new("x"), soon()).unwrap();
    assert_eq!(body(&pull), b"x");
}

#[test]
fn a_client_is_known_by_its_certificate() {
    let (context, authority) = (Context::new(), Authority::new("authority"));
    for (asked, shows) in [(1, false), (1, true), (2, true)] {
        let [pull, push] = ["PULL", "PUSH"].map(|name| open(&context, Dialect::Zmtp, name));
        for socket in [&pull, &push] {
            authority.trust(socket);
        }
        authority.serve(&pull);
        set(&pull, "TLS_CLIENT_CERT", asked);
        if shows {
            show(&push, &authority.sign("client.example", |_| ()));
        }
        let (came, met) = (SocketEvent::AddPost.bit(), SocketEvent::AddPost.bit());
        let (accepted, dialed) = (pull.watch(came).unwrap(), push.watch(met).unwrap());
        push.connect(&pull.bind(&format!("wss://{HOST}:0/path")).unwrap().address).unwrap();
        let (accepted, dialed) = (accepted.recv(soon()).unwrap(), dialed.recv(soon()).unwrap());
        assert_eq!(told(&accepted, "tls"), "TLSv1.3");
        assert_eq!(told(&dialed, "common_name"), format!("name of {HOST}"));
        if shows {
            assert_eq!(told(&accepted, "common_name"), "name of client.example");
        }
    }
}

#[test]
fn bad_settings_are_refused_at_once_and_named() {
    let (context, authority) = (Context::new(), Authority::new("authority"));
    let identity = authority.sign(HOST, |_| ());
    let other = authority.sign(HOST, |_| ());
    type Settings<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Settings<'_>, bool, &str); 9] = [
        (&[], true, "TLS_CERT, TLS_KEY"),
        (&[("TLS_CERT", &identity.certificate)], true, "(TLS_KEY)"),
        (&[("TLS_KEY", &identity.key)], true, "(TLS_CERT)"),
        (&[("TLS_CERT", &identity.certificate), ("TLS_KEY", &other.key)], true, "private key"),
        (&[("TLS_CERT", &identity.key), ("TLS_KEY", &identity.key)], true, "TLS_CERT: expected"),
        (&[("TLS_CA", "/no/such/file.pem")], false, "TLS_CA: cannot read /no/such/file.pem"),
        (&[("TLS_CA", &identity.key)], false, "TLS_CA: expected a PEM certificate"),
        (&[("TLS_CA", &authority.pem), ("TLS_SERVER_NAME", "no name")], false, "TLS_SERVER_NAME"),
        (&[("TLS_CERT", &identity.certificate)], false, "(TLS_KEY)"),
    ];
    for scheme in SCHEMES {
        for (options, binds, expected) in cases {
            let socket = open(&context, Dialect::Sp, "PAIR");
            options.iter().for_each(|(name, value)| set(&socket, name, *value));
            let endpoint = format!("{scheme}://{HOST}:{}", if binds { 0 } else { 9 });
            let opened = if binds { socket.bind(&endpoint) } else { socket.connect(&endpoint) };
            let error = opened.unwrap_err().to_string();
            assert!(error.contains(expected), "{error} for {expected}");
        }
    }
}

#[test]
fn sockets_share_a_port_by_path_if_their_tls_is_the_same() {
    let (context, authority) = (Context::new(), Authority::new("authority"));
    let [one, two, three] = ["PULL"; 3].map(|name| open(&context, Dialect::Sp, name));
    let identity = authority.sign(HOST, |_| ());
    [&one, &two].iter().for_each(|socket| show(socket, &identity));
    authority.serve(&three);
    let base = one.bind(&format!("wss://{HOST}:0/one")).unwrap().address;
    let base = base.strip_suffix("/one").unwrap();
    two.bind(&format!("{base}/two")).unwrap();
    let error = three.bind(&format!("{base}/three")).unwrap_err();
    assert_eq!(error.code(), ErrorCode::AddressInUse);
    assert!(error.to_string().contains("TLS"), "{error}");
    let error = three.bind(&format!("{}/three", base.replace("wss", "ws"))).unwrap_err();
    assert_eq!(error.code(), ErrorCode::AddressInUse);
    for round in 0..10 {
        for (pull, path) in [(&one, "one"), (&two, "two")] {
            let push = open(&context, Dialect::Sp, "PUSH");
            authority.trust(&push);
            push.connect(&format!("{base}/{path}")).unwrap();
            push.send(message(1_000 * round, round), soon()).unwrap();
            assert!(body(pull)[..] == message(1_000 * round, round).body()[..]);
        }
    }
}

/// A PULL over TLS, what trusts it, and where it is.
fn served(context: &Context, dialect: Dialect) -> (Socket, Authority, String) {
    let authority = Authority::new("authority");
    let pull = open(context, dialect, "PULL");
    authority.serve(&pull);
    let address = pull.bind(&format!("tls+tcp://{HOST}:0")).unwrap().address;
    (pull, authority, address.rsplit_once('/').unwrap().1.to_owned())
}

/// The settings of a client that is written here; it shows who it is where it has an identity.
fn client(authority: &Authority, identity: Option<&Identity>) -> ClientConfig {
    let certificate =
        |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().into_owned();
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&authority.pem)).unwrap();
    let config = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    match identity {
        None => config.with_no_client_auth(),
        Some(one) => {
            let key = PrivateKeyDer::from_pem_slice(one.key.as_bytes()).unwrap();
            config.with_client_auth_cert(vec![certificate(&one.certificate)], key).unwrap()
        }
    }
}

type Client = StreamOwned<ClientConnection, TcpStream>;

/// Such a client, at the end of its handshake.
fn dial_as(config: &Arc<ClientConfig>, address: &str) -> Client {
    let name = ServerName::try_from(HOST).unwrap();
    let connection = ClientConnection::new(config.clone(), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    stream.flush().unwrap();
    stream
}

fn dial(authority: &Authority, address: &str) -> Client {
    dial_as(&client(authority, None).into(), address)
}

fn framed(body: &[u8]) -> Vec<u8> {
    [&(body.len() as u64).to_be_bytes()[..], body].concat()
}

#[test]
fn half_a_message_is_never_received() {
    let context = Context::new();
    let (pull, authority, address) = served(&context, Dialect::Sp);
    let lost = pull.watch(SocketEvent::Disconnected.bit()).unwrap();
    for polite in [false, true] {
        let mut stream = dial(&authority, &address);
        stream.write_all(SP_PUSH).unwrap();
        stream.write_all(&framed(b"whole")).unwrap();
        stream.write_all(&framed(&[7; 50_000])[..30_000]).unwrap();
        if polite {
            stream.conn.send_close_notify();
        }
        stream.flush().unwrap();
        stream.sock.shutdown(Shutdown::Write).unwrap();
        // With unread input its end would be a reset.
        let _ = stream.read_to_end(&mut Vec::new());
        drop(stream);
        assert_eq!(body(&pull), b"whole");
        let reason = told(&lost.recv(soon()).unwrap(), "reason");
        assert_eq!(reason.contains("without the peer's farewell"), !polite, "{reason}");
        assert!(pull.recv(wait(0)).is_err());
    }
}

#[test]
fn what_is_no_tls_harms_nobody() {
    let context = Context::new();
    let (pull, authority, address) = served(&context, Dialect::Zmtp);
    let failed = SocketEvent::HandshakeFailedNoDetail.bit();
    let queue = pull.watch(failed).unwrap();
    let hello = {
        // The first words of a client, taken by a listener that says nothing.
        let listener = TcpListener::bind((HOST, 0)).unwrap();
        let local = listener.local_addr().unwrap().to_string();
        let push = open(&context, Dialect::Zmtp, "PUSH");
        authority.trust(&push);
        push.connect(&format!("tls+tcp://{local}")).unwrap();
        let mut bytes = vec![0; 4096];
        let count = listener.accept().unwrap().0.read(&mut bytes).unwrap();
        bytes.truncate(count);
        bytes
    };
    let huge = [&[22, 3, 3, 0xff, 0xff][..], &[0; 70_000]].concat();
    let cases: [(&[u8], &str); 6] = [
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "does not speak TLS"),
        (b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01NULL", "does not speak TLS"),
        (b"\0SP\0\0\x50\0\0", "does not speak TLS"),
        (&huge, "does not speak TLS"),
        (&hello[..hello.len() / 2], "closed during the TLS handshake"),
        (&hello, "closed during the TLS handshake"),
    ];
    for (bytes, expected) in cases {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // It may have been refused before the end.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
        let reason = told(&queue.recv(soon()).unwrap(), "reason");
        assert!(reason.contains(expected), "{reason} for {expected}");
    }
    // Each byte of a handshake may be wrong.
    for place in (0..hello.len()).step_by(7) {
        let mut bytes = hello.clone();
        bytes[place] ^= 0x55;
        let mut stream = TcpStream::connect(&address).unwrap();
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
        queue.recv(soon()).unwrap();
    }
    let push = open(&context, Dialect::Zmtp, "PUSH");
    authority.trust(&push);
    push.connect(&format!("tls+tcp://{address}")).unwrap();
    push.send(Message::new("still here"), soon()).unwrap();
    assert_eq!(body(&pull), b"still here");
}

#[test]
fn tls_and_plain_refuse_each_other_by_name() {
    let (context, authority) = (Context::new(), Authority::new("authority"));
    let failed =
        SocketEvent::HandshakeFailedNoDetail.bit() | SocketEvent::HandshakeFailedProtocol.bit();
    for dialect in BOTH {
        let [pull, push] = ["PULL", "PUSH"].map(|name| open(&context, dialect, name));
        authority.trust(&push);
        let queues = [&pull, &push].map(|socket| socket.watch(failed).unwrap());
        let address = pull.bind(&format!("tcp://{HOST}:0")).unwrap().address;
        push.connect(&address.replace("tcp://", "tls+tcp://")).unwrap();
        let [accepted, dialed] = queues.map(|one| told(&one.recv(soon()).unwrap(), "reason"));
        assert!(dialed.contains("TLS"), "{dialed}");
        assert!(accepted.contains("the peer speaks TLS"), "{accepted}");

        let [pull, push] = ["PULL", "PUSH"].map(|name| open(&context, dialect, name));
        authority.serve(&pull);
        let queues = [&pull, &push].map(|socket| socket.watch(failed).unwrap());
        let address = pull.bind(&format!("tls+tcp://{HOST}:0")).unwrap().address;
        push.connect(&address.replace("tls+tcp://", "tcp://")).unwrap();
        let [accepted, dialed] = queues.map(|one| told(&one.recv(soon()).unwrap(), "reason"));
        assert!(accepted.contains("does not speak TLS"), "{accepted}");
        assert!(dialed.contains("the peer speaks TLS"), "{dialed}");
    }
}

#[test]
fn a_handshake_that_stops_is_given_up() {
    let context = Context::new();
    let authority = Authority::new("authority");
    let pull = open(&context, Dialect::Zmtp, "PULL");
    authority.serve(&pull);
    set(&pull, "HANDSHAKE_IVL", 200);
    let address = pull.bind(&format!("tls+tcp://{HOST}:0")).unwrap().address;
    let mut stream = TcpStream::connect(address.rsplit_once('/').unwrap().1).unwrap();
    stream.write_all(&[22, 3, 1]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert!(matches!(stream.read(&mut [0; 16]), Ok(0) | Err(_)));
}

#[test]
fn a_dialer_tries_again_until_it_is_let_in() {
    let (context, authority) = (Context::new(), Authority::new("authority"));
    let [stranger, pull, push] =
        ["PULL", "PULL", "PUSH"].map(|name| open(&context, Dialect::Zmtp, name));
    Authority::new("another").serve(&stranger);
    authority.serve(&pull);
    authority.trust(&push);
    set(&push, "RECONNECT_IVL", 10);
    let failed = push.watch(SocketEvent::HandshakeFailedNoDetail.bit()).unwrap();
    let address = stranger.bind(&format!("tls+tcp://{HOST}:0")).unwrap().address;
    push.connect(&address).unwrap();
    push.send(Message::new("x"), soon()).unwrap();
    for _ in 0..3 {
        failed.recv(soon()).unwrap();
    }
    stranger.unbind(&address).unwrap();
    pull.bind(&address).unwrap();
    assert_eq!(body(&pull), b"x");
}

/// A resumed session has no certificate in its handshake: it must be known from the first one.
#[test]
fn who_resumes_a_session_is_still_known() {
    let context = Context::new();
    let authority = Authority::new("authority");
    let pull = open(&context, Dialect::Sp, "PULL");
    authority.serve(&pull);
    authority.trust(&pull);
    set(&pull, "TLS_CLIENT_CERT", 2);
    let met = pull.watch(SocketEvent::AddPost.bit()).unwrap();
    let address = pull.bind(&format!("tls+tcp://{HOST}:0")).unwrap().address;
    let address = address.rsplit_once('/').unwrap().1;
    let identity = authority.sign("client.example", |_| ());
    let config = Arc::new(client(&authority, Some(&identity)));
    for expected in [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed] {
        let mut stream = dial_as(&config, address);
        stream.write_all(SP_PUSH).unwrap();
        // What it may resume with comes before the greeting.
        stream.read_exact(&mut [0; 8]).unwrap();
        assert_eq!(stream.conn.handshake_kind(), Some(expected));
        assert_eq!(told(&met.recv(soon()).unwrap(), "common_name"), "name of client.example");
        stream.write_all(&framed(b"hello")).unwrap();
        stream.flush().unwrap();
        assert_eq!(body(&pull), b"hello");
    }
    // A session is no way around the certificate.
    let stranger = Arc::new(client(&authority, None));
    let mut stream = dial_as(&stranger, address);
    assert!(stream.write_all(SP_PUSH).and_then(|()| stream.read_exact(&mut [0; 8])).is_err());
}

/// Compression of TLS tells secrets by lengths: nobody who insists on it is served.
#[test]
fn who_wants_compression_is_refused() {
    let context = Context::new();
    let (pull, _, address) = served(&context, Dialect::Sp);
    let failed = pull.watch(SocketEvent::HandshakeFailedNoDetail.bit()).unwrap();
    // One cipher suite of TLS 1.2, and one method of compression: DEFLATE, then none.
    for (method, is_refused_for_it) in [(1, true), (0, false)] {
        let hello = [&[3, 3][..], &[0x5a; 32], &[0, 0, 2, 0xc0, 0x2b, 1, method]].concat();
        let len = hello.len() as u8;
        let words = [&[22, 3, 1, 0, len + 4, 1, 0, 0, len][..], &hello].concat();
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(&words).unwrap();
        let mut alert = Vec::new();
        let _ = stream.read_to_end(&mut alert);
        assert_eq!(alert.first(), Some(&21), "an alert");
        let reason = told(&failed.recv(soon()).unwrap(), "reason");
        let names_it = reason.to_lowercase().contains("compression");
        assert_eq!(names_it, is_refused_for_it, "{reason}");
    }
}

/// A client that wants to shake hands again, which rustls never does: openssl's, if there is one.
#[test]
fn who_wants_to_renegotiate_gets_nowhere_and_harms_nobody() {
    let context = Context::new();
    let (pull, authority, address) = served(&context, Dialect::Sp);
    let lost = pull.watch(SocketEvent::Disconnected.bit()).unwrap();
    let good = open(&context, Dialect::Sp, "PUSH");
    authority.trust(&good);
    good.connect(&format!("tls+tcp://{address}")).unwrap();
    good.send(Message::new("before"), soon()).unwrap();
    assert_eq!(body(&pull), b"before");
    let spawned = Command::new("openssl")
        .args(["s_client", "-tls1_2", "-connect", &address])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut client) = spawned else { return };
    let mut words = client.stdin.take().unwrap();
    words.write_all(SP_PUSH).unwrap();
    while pull.peers() < 2 {
        assert!(client.try_wait().unwrap().is_none(), "openssl gave up");
        thread::yield_now();
    }
    words.write_all(b"R\n").unwrap();
    lost.recv(soon()).unwrap();
    assert!(!client.wait().unwrap().success());
    good.send(Message::new("after"), soon()).unwrap();
    assert_eq!(body(&pull), b"after");
    assert!(pull.recv(wait(0)).is_err());
}
