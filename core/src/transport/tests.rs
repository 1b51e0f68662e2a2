//! Tests of the transports: the endpoint grammar as a table, and real sockets on loopback.

use std::{
    fs,
    io::{self, IoSlice, Read},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, TcpListener, TcpStream, UdpSocket},
    os::{
        fd::{AsRawFd, IntoRawFd},
        unix::net::{UnixListener, UnixStream},
    },
    path::PathBuf,
    process::Command,
    time::Duration,
};

use mio::{Events, Interest, Poll, Token};

use super::{
    Acceptor, Datagrams, Endpoint, MulticastOptions, Purpose, SCHEMES, Stream, StreamOptions,
    Syntax, Target, resolve_blocking, resolve_now, start_connect,
};
use crate::error::{Error, ErrorCode};
use Purpose::{Bind, Connect};
use Syntax::{Sp, Zmtp};

/// Long enough for a loaded machine; passed only by a failing test.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn good_endpoints_have_a_canonical_text() {
    let table = [
        ("tcp://127.0.0.1:5555", Bind, Zmtp, "tcp://127.0.0.1:5555"),
        ("tcp://*:5555", Bind, Sp, "tcp://*:5555"),
        ("udp://*:5555", Bind, Zmtp, "udp://*:5555"),
        ("udp://eth0;239.0.0.1:*", Bind, Zmtp, "udp://eth0;239.0.0.1:0"),
        ("udp://127.0.0.1;[ff02::1]:9", Connect, Zmtp, "udp://127.0.0.1;[ff02::1]:9"),
        ("tcp://*:*", Bind, Zmtp, "tcp://*:0"),
        ("tcp://lo:0", Bind, Sp, "tcp://lo:0"),
        ("tcp://eth0:1:5555", Bind, Zmtp, "tcp://eth0:1:5555"),
        ("tcp://[::]:5555", Bind, Zmtp, "tcp://[::]:5555"),
        ("tcp://[0:0::1]:65535", Connect, Sp, "tcp://[::1]:65535"),
        ("tcp://::1:5555", Connect, Zmtp, "tcp://[::1]:5555"),
        ("tcp://[fe80::1%lo]:5555", Connect, Zmtp, "tcp://[fe80::1%lo]:5555"),
        ("tcp://[fe80::1%1]:5555", Bind, Sp, "tcp://[fe80::1%1]:5555"),
        ("tcp://localhost:1", Connect, Zmtp, "tcp://localhost:1"),
        ("tcp://a-b_c.example.:00080", Connect, Zmtp, "tcp://a-b_c.example.:80"),
        ("tcp://10.0.0.1:9;10.0.0.2:10", Connect, Zmtp, "tcp://10.0.0.1:9;10.0.0.2:10"),
        ("tcp://eth0:*;host:10", Connect, Zmtp, "tcp://eth0:0;host:10"),
        ("tcp://[::1]:0;[::1]:10", Connect, Zmtp, "tcp://[::1]:0;[::1]:10"),
        ("tcp://eth0;host:10", Connect, Sp, "tcp://eth0;host:10"),
        ("tcp://*;[::1]:10", Connect, Sp, "tcp://*;[::1]:10"),
        ("ws://127.0.0.1:0", Bind, Sp, "ws://127.0.0.1:0"),
        ("ws://*:80/", Bind, Zmtp, "ws://*:80/"),
        ("ws://host/path?query", Connect, Sp, "ws://host:80/path?query"),
        ("ws://[::1]/", Connect, Zmtp, "ws://[::1]:80/"),
        ("ws://eth0;host:10/a:b", Connect, Sp, "ws://eth0;host:10/a:b"),
        ("wss://*:443/a", Bind, Zmtp, "wss://*:443/a"),
        ("wss://host/path?query", Connect, Sp, "wss://host:443/path?query"),
        ("wss://[::1]/", Connect, Zmtp, "wss://[::1]:443/"),
        ("tls+tcp://127.0.0.1:0", Bind, Sp, "tls+tcp://127.0.0.1:0"),
        ("tls+tcp://eth0:*;host:10", Connect, Zmtp, "tls+tcp://eth0:0;host:10"),
        ("ws://eth0;host/a", Connect, Sp, "ws://eth0;host:80/a"),
        ("ipc:///tmp/a b", Bind, Zmtp, "ipc:///tmp/a b"),
        ("ipc://relative/path", Connect, Sp, "ipc://relative/path"),
        ("ipc://*", Bind, Zmtp, "ipc://*"),
        ("ipc://*", Connect, Sp, "ipc://*"),
        ("inproc://a://b", Connect, Sp, "inproc://a://b"),
    ];
    for (text, purpose, syntax, canonical) in table {
        let endpoint = Endpoint::parse(text, purpose, syntax).expect(text);
        assert_eq!(endpoint.to_string(), canonical, "{text}");
        assert_eq!(Endpoint::parse(canonical, purpose, syntax), Ok(endpoint), "{text}");
    }
}

#[test]
fn bad_endpoints_say_what_is_wrong() {
    use ErrorCode::{Invalid, NameTooLong, ProtocolNotSupported};
    let long_path = format!("ipc:///{}", "p".repeat(107));
    let long_host = format!("tcp://{}:1", "h.".repeat(127) + "h");
    let long_label = format!("tcp://{}:1", "h".repeat(64));
    let long_name = format!("inproc://{}", "i".repeat(4096));
    let sp_long = format!("inproc://{}", "i".repeat(119));
    let table = [
        ("", Bind, Zmtp, Invalid, "got \"\""),
        ("tcp", Connect, Sp, Invalid, "tcp://host:port"),
        ("tcp:/127.0.0.1:1", Connect, Sp, Invalid, "tcp://host:port"),
        ("://127.0.0.1:1", Connect, Sp, Invalid, "tcp://host:port"),
        ("tcp://", Connect, Zmtp, Invalid, "a colon and a port"),
        ("tcp://127.0.0.1", Connect, Zmtp, Invalid, "a colon and a port"),
        ("tcp://127.0.0.1:", Bind, Sp, Invalid, "port from 0 to 65535"),
        ("tcp://127.0.0.1:65536", Bind, Sp, Invalid, "65536"),
        ("tcp://127.0.0.1:+5", Bind, Zmtp, Invalid, "+5"),
        ("tcp://127.0.0.1:-1", Bind, Zmtp, Invalid, "-1"),
        ("tcp://127.0.0.1:http", Bind, Zmtp, Invalid, "http"),
        ("tcp://127.0.0.1:0", Connect, Zmtp, Invalid, "port from 1"),
        ("tcp://127.0.0.1:*", Connect, Zmtp, Invalid, "port from 1"),
        ("tcp://*:5555", Connect, Zmtp, Invalid, "host to connect to"),
        ("tcp://:5555", Connect, Sp, Invalid, "host to connect to"),
        ("tcp://:5555", Bind, Sp, Invalid, "interface"),
        ("tcp://-host:5555", Connect, Sp, Invalid, "-host"),
        ("tcp://a..b:5555", Connect, Zmtp, Invalid, "a..b"),
        ("tcp://a.:5555", Connect, Sp, Invalid, "a."),
        ("tcp://a#b:5555", Connect, Sp, Invalid, "a#b"),
        ("tcp://a b:5555", Bind, Sp, Invalid, "a b"),
        ("tcp://[::1:5555", Bind, Sp, Invalid, "[::1"),
        ("tcp://[::g]:5555", Connect, Zmtp, Invalid, "IPv6"),
        ("tcp://[fe80::1%]:5555", Connect, Zmtp, Invalid, "IPv6"),
        ("tcp://lo;127.0.0.1:1", Bind, Sp, Invalid, "source"),
        ("tcp://lo;127.0.0.1:1", Connect, Zmtp, Invalid, "a colon and a port"),
        (&long_host, Connect, Zmtp, NameTooLong, "253"),
        (&long_label, Connect, Zmtp, Invalid, "hhhh"),
        ("ipc://", Bind, Zmtp, Invalid, "a path"),
        ("ipc://@", Bind, Zmtp, Invalid, "a path"),
        ("ipc://*", Connect, Zmtp, Invalid, "path to connect to"),
        ("ipc://a\0b", Bind, Zmtp, Invalid, "NUL"),
        (&long_path, Bind, Zmtp, NameTooLong, "108"),
        ("inproc://", Bind, Zmtp, Invalid, "a name"),
        (&long_name, Bind, Zmtp, NameTooLong, "4095"),
        (&sp_long, Bind, Sp, NameTooLong, "127"),
        ("norm://127.0.0.1:1", Bind, Sp, ProtocolNotSupported, "not supported yet"),
        ("ws://", Bind, Sp, Invalid, "interface"),
        ("ws://127.0.0.1:0", Connect, Sp, Invalid, "port from 1"),
        ("tls+tcp://host", Connect, Sp, Invalid, "a colon and a port"),
        ("ws://host:x/", Connect, Sp, Invalid, "port"),
        ("ws://host:1/a b", Connect, Sp, Invalid, "a path"),
        ("ws://host:1/#part", Connect, Sp, Invalid, "a path"),
        ("ws://host:1?query", Connect, Sp, Invalid, "a path"),
        ("vmci://*:1", Bind, Zmtp, ProtocolNotSupported, "tcp, ipc, inproc, ws"),
        ("TCP://127.0.0.1:1", Bind, Sp, ProtocolNotSupported, "unknown"),
        ("bogus://x", Bind, Sp, ProtocolNotSupported, "\"bogus\" is unknown"),
    ];
    for (text, purpose, syntax, code, part) in table {
        let error = Endpoint::parse(text, purpose, syntax).expect_err(text);
        assert_eq!(error.code(), code, "{text}: {error}");
        assert!(error.to_string().contains(part), "{text}: {error}");
    }
}

#[test]
fn supported_schemes_parse_and_the_others_do_not() {
    for scheme in SCHEMES {
        let parsed = Endpoint::parse(&format!("{}://127.0.0.1:1", scheme.name), Connect, Sp);
        assert_eq!(parsed.is_ok(), scheme.is_supported(), "{}", scheme.name);
        assert!(parsed.is_err() || parsed.is_ok_and(|endpoint| endpoint.scheme() == scheme.name));
    }
}

fn endpoint(text: &str, purpose: Purpose) -> Endpoint {
    Endpoint::parse(text, purpose, Zmtp).expect(text)
}

fn try_bind(text: &str) -> Result<Acceptor, Error> {
    Acceptor::bind(&endpoint(text, Bind), &StreamOptions::default())
}

fn bind(text: &str) -> (Acceptor, String) {
    let acceptor = try_bind(text).expect(text);
    let local = acceptor.local_endpoint().expect("bound");
    (acceptor, local)
}

fn try_connect(text: &str) -> Result<Stream, Error> {
    let target = resolve_blocking(&endpoint(text, Connect), true)?;
    start_connect(&target, 0, &StreamOptions::default())
}

/// Waits until the source is ready; readiness may be spurious.
fn wait(source: &mut impl mio::event::Source, interest: Interest) {
    let mut poll = Poll::new().expect("poll");
    poll.registry().register(source, Token(0), interest).expect("register");
    let mut events = Events::with_capacity(4);
    poll.poll(&mut events, Some(PATIENCE)).expect("polled");
    assert!(!events.is_empty(), "not ready in time");
    poll.registry().deregister(source).expect("deregister");
}

fn finish(stream: &mut Stream) -> Result<(), Error> {
    while !stream.finish_connect()? {
        wait(stream, Interest::WRITABLE);
    }
    Ok(())
}

/// Connects, sends two slices and reads them at the other end.
fn exchange(acceptor: &mut Acceptor, connect_to: &str) -> (Stream, Stream) {
    let mut near = try_connect(connect_to).expect(connect_to);
    finish(&mut near).expect("connected");
    wait(acceptor, Interest::READABLE);
    let mut far = acceptor.accept().expect("accepted");
    let sent = near.write_slices(&[IoSlice::new(b"two "), IoSlice::new(b"slices")]);
    assert_eq!(sent.expect("sent"), 10);
    near.shutdown_write();
    let mut received = Vec::new();
    let mut part = [0; 16];
    loop {
        match (&far).read(&mut part) {
            Ok(0) => break,
            Ok(length) => received.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                wait(&mut far, Interest::READABLE);
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(received, b"two slices");
    (near, far)
}

#[test]
fn tcp_streams_carry_bytes_and_know_their_ends() {
    for host in ["127.0.0.1", "*", "lo", "[::1]"] {
        if host == "[::1]" && !has_ipv6() {
            continue;
        }
        let (mut acceptor, local) = bind(&format!("tcp://{host}:0"));
        assert!(!local.ends_with(":0"), "{local}");
        let (near, far) = exchange(&mut acceptor, &local.replace("0.0.0.0", "127.0.0.1"));
        assert_eq!(near.peer_text(), far.local_text());
        assert_eq!(far.peer_text(), near.local_text());
        assert!(far.peer_ip().expect("has one").is_loopback());
    }
}

#[test]
fn any_host_is_dual_stack_when_ipv6_is_wanted() {
    if !has_ipv6() {
        return;
    }
    let options = StreamOptions { ipv6: true, ..StreamOptions::default() };
    let mut acceptor = Acceptor::bind(&endpoint("tcp://*:*", Bind), &options).expect("bound");
    let local = acceptor.local_endpoint().expect("bound");
    let port = local.strip_prefix("tcp://[::]:").expect("any address of IPv6");
    let (_near, far) = exchange(&mut acceptor, &format!("tcp://127.0.0.1:{port}"));
    assert_eq!(far.peer_ip(), Some(Ipv4Addr::LOCALHOST.into()));
    assert!(far.peer_text().starts_with("tcp://127.0.0.1:"), "{}", far.peer_text());
    exchange(&mut acceptor, &format!("tcp://[::1]:{port}"));
}

#[test]
fn options_reach_the_system_socket() {
    let options = StreamOptions {
        send_buffer: Some(32 * 1024),
        receive_buffer: Some(32 * 1024),
        tcp_keepalive: 1,
        tcp_keepalive_idle: 77,
        tcp_keepalive_cnt: 5,
        tcp_keepalive_intvl: 9,
        tcp_maxrt: Duration::from_millis(4_321),
        tos: 0x20,
        ..StreamOptions::default()
    };
    let mut acceptor =
        Acceptor::bind(&endpoint("tcp://127.0.0.1:*", Bind), &options).expect("bound");
    let to = endpoint(&acceptor.local_endpoint().expect("bound"), Connect);
    let target = resolve_now(&to, false).expect("an address").expect("of loopback");
    let near = start_connect(&target, 0, &options).expect("started");
    wait(&mut acceptor, Interest::READABLE);
    for stream in [near, acceptor.accept().expect("accepted")] {
        let socket = socket2::SockRef::from(&stream);
        assert!(socket.tcp_nodelay().expect("read"));
        assert!(socket.keepalive().expect("read"));
        assert_eq!(socket.tcp_keepalive_time().expect("read"), Duration::from_secs(77));
        assert_eq!(socket.tcp_keepalive_interval().expect("read"), Duration::from_secs(9));
        assert_eq!(socket.tcp_keepalive_retries().expect("read"), 5);
        let limit = socket.tcp_user_timeout().expect("read");
        assert_eq!(limit, Some(Duration::from_millis(4_321)));
        // The kernel doubles what was asked for.
        assert_eq!(socket.send_buffer_size().expect("read"), 64 * 1024);
        assert_eq!(socket.recv_buffer_size().expect("read"), 64 * 1024);
    }
}

#[test]
fn a_very_large_message_widens_an_ipc_stream_but_not_a_buffer_of_the_users() {
    let own = StreamOptions { send_buffer: Some(32 * 1024), ..StreamOptions::default() };
    for (options, widens) in [(StreamOptions::default(), true), (own, false)] {
        let folder = Folder::new("wide");
        let at = folder.ipc("socket");
        let _acceptor = Acceptor::bind(&endpoint(&at, Bind), &options).expect("bound");
        let target = resolve_now(&endpoint(&at, Connect), false).expect("at once").expect("a path");
        let stream = start_connect(&target, 0, &options).expect("connected");
        let width = || socket2::SockRef::from(&stream).send_buffer_size().expect("read");
        let mut widths = vec![width()];
        for size in [1, 64 * 1024, 1 << 20] {
            // What the kernel does not take is of no interest here.
            let _ = stream.write_slices(&[IoSlice::new(&vec![0; size])]);
            widths.push(width());
        }
        assert!(widths[..3].iter().all(|width| *width == widths[0]), "{widths:?}");
        assert_eq!(widths[3] > widths[0], widens, "{widths:?}");
    }
}

#[test]
fn an_address_is_bound_once() {
    let folder = Folder::new("once");
    for text in ["tcp://127.0.0.1:0", "tcp://*:0", &folder.ipc("socket"), &abstract_name("once")] {
        let (_first, local) = bind(text);
        let again = local.replace("0.0.0.0", "*");
        let error = try_bind(&again).expect_err("bound already");
        assert_eq!(error.code(), ErrorCode::AddressInUse, "{error}");
        assert!(error.to_string().contains(&again), "{error}");
    }
}

#[test]
fn a_dropped_acceptor_frees_its_address() {
    let folder = Folder::new("drop");
    for text in ["tcp://127.0.0.1:0", &folder.ipc("socket"), &abstract_name("drop")] {
        let (acceptor, local) = bind(text);
        drop(acceptor);
        bind(&local);
    }
    assert!(!folder.0.join("socket").exists());
}

#[test]
fn tcp_errors_have_their_codes() {
    use ErrorCode::{AddressNotAvailable, NoDevice, NotSupported};
    let table = [
        ("tcp://203.0.113.250:0", AddressNotAvailable),
        ("tcp://nosuch99:0", NoDevice),
        ("tcp://[fe80::1%nosuch99]:0", NoDevice),
        ("inproc://a", NotSupported),
    ];
    for (text, code) in table {
        assert_eq!(try_bind(text).expect_err(text).code(), code, "{text}");
    }
}

#[test]
fn an_unused_port_refuses() {
    let (acceptor, local) = bind("tcp://127.0.0.1:0");
    drop(acceptor);
    let refused = try_connect(&local).and_then(|mut stream| finish(&mut stream));
    assert_eq!(refused.expect_err("nobody listens").code(), ErrorCode::ConnectionRefused);
}

#[test]
fn a_stream_that_meets_itself_is_refused() {
    let free = TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("bound");
    let target = Target::Tcp { addresses: vec![free], source: Some(free) };
    let mut stream = start_connect(&target, 0, &StreamOptions::default()).expect("started");
    let error = finish(&mut stream).expect_err("its own end");
    assert_eq!(error.code(), ErrorCode::ConnectionRefused);
}

#[test]
fn connecting_goes_out_from_the_source() {
    let (mut acceptor, local) = bind("tcp://127.0.0.1:0");
    let port = local.rsplit(':').next().expect("a port");
    for source in ["127.0.0.2:0", "lo:*", "*:0"] {
        let (_near, far) = exchange(&mut acceptor, &format!("tcp://{source};127.0.0.1:{port}"));
        let from = if source.starts_with("127") { [127, 0, 0, 2] } else { [127, 0, 0, 1] };
        assert_eq!(far.peer_ip(), Some(Ipv4Addr::from(from).into()), "{source}");
    }
}

#[test]
fn only_names_wait_for_a_lookup() {
    let addresses = |text: &str, ipv6| match resolve_now(&endpoint(text, Connect), ipv6) {
        Some(Ok(Target::Tcp { addresses, .. })) => Some(Ok(addresses)),
        Some(Ok(Target::Ipc(_))) => panic!("{text} is tcp"),
        Some(Err(error)) => Some(Err(error.code())),
        None => None,
    };
    let v4: SocketAddr = (Ipv4Addr::LOCALHOST, 7).into();
    let v6: SocketAddr = (Ipv6Addr::LOCALHOST, 7).into();
    let scoped = SocketAddrV6::new(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1), 7, 0, 42).into();
    let table = [
        ("tcp://127.0.0.1:7", true, Some(Ok(vec![v4]))),
        ("tcp://[::1]:7", false, Some(Ok(vec![v6]))),
        ("tcp://[fe80::1%42]:7", true, Some(Ok(vec![scoped]))),
        ("tcp://localhost:7", false, Some(Ok(vec![v4]))),
        ("tcp://LocalHost:7", true, Some(Ok(vec![v4, v6]))),
        ("tcp://127.0.0.1:0;localhost:7", true, Some(Ok(vec![v4]))),
        ("tcp://127.0.0.1:0;[::1]:7", true, Some(Err(ErrorCode::AddressNotAvailable))),
        ("tcp://nosuch99:0;host.example:7", true, Some(Err(ErrorCode::NoDevice))),
        ("tcp://host.example:7", true, None),
    ];
    for (text, ipv6, expected) in table {
        assert_eq!(addresses(text, ipv6), expected, "{text}");
    }
}

#[test]
fn a_lookup_keeps_the_families_that_are_wanted() {
    // Not in the form of an address, but the system's lookup knows it without a name server.
    let short = endpoint("tcp://127.1:7", Connect);
    assert_eq!(resolve_now(&short, false), None);
    let addresses = vec![(Ipv4Addr::LOCALHOST, 7).into()];
    for ipv6 in [false, true] {
        let target = Target::Tcp { addresses: addresses.clone(), source: None };
        assert_eq!(resolve_blocking(&short, ipv6), Ok(target));
    }
}

#[test]
fn attempts_take_the_addresses_in_turn() {
    let acceptors = [bind("tcp://127.0.0.1:0"), bind("tcp://127.0.0.2:0")];
    let addresses = acceptors
        .each_ref()
        .map(|(_, local)| local.strip_prefix("tcp://").expect("tcp").parse().expect("an address"));
    let target = Target::Tcp { addresses: addresses.to_vec(), source: None };
    for attempt in 0..4 {
        let mut stream = start_connect(&target, attempt, &StreamOptions::default()).expect("tcp");
        finish(&mut stream).expect("connected");
        assert_eq!(stream.peer_text(), acceptors[attempt % 2].1);
    }
}

#[test]
fn ipc_streams_carry_bytes_and_know_their_end() {
    let folder = Folder::new("exchange");
    for text in ["ipc://*", &folder.ipc("socket"), &abstract_name("exchange")] {
        let (mut acceptor, local) = bind(text);
        let (near, far) = exchange(&mut acceptor, &local);
        for end in [near.peer_text(), near.local_text(), far.peer_text(), far.local_text()] {
            assert_eq!(end, local);
        }
        assert_eq!(far.peer_ip(), None);
    }
}

#[test]
fn ipc_fails_at_once_when_nobody_listens() {
    let folder = Folder::new("nobody");
    drop(UnixListener::bind(folder.0.join("dead")).expect("bound"));
    let table = [
        (folder.ipc("absent"), ErrorCode::NotFound),
        (folder.ipc("dead"), ErrorCode::ConnectionRefused),
        (abstract_name("nobody"), ErrorCode::ConnectionRefused),
    ];
    for (text, code) in table {
        assert_eq!(try_connect(&text).expect_err(&text).code(), code, "{text}");
    }
}

#[test]
fn a_stale_ipc_file_is_taken_over() {
    let folder = Folder::new("stale");
    drop(UnixListener::bind(folder.0.join("socket")).expect("bound"));
    let (mut acceptor, local) = bind(&folder.ipc("socket"));
    exchange(&mut acceptor, &local);
    drop(acceptor);
    assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 0, "nothing is left behind");
}

#[test]
fn a_living_listener_or_a_plain_file_is_never_taken_over() {
    let folder = Folder::new("live");
    let _foreign = UnixListener::bind(folder.0.join("foreign")).expect("bound");
    let (_own, _) = bind(&folder.ipc("own"));
    fs::write(folder.0.join("plain"), "precious").expect("written");
    for name in ["foreign", "own", "plain"] {
        let error = try_bind(&folder.ipc(name)).expect_err(name);
        assert_eq!(error.code(), ErrorCode::AddressInUse, "{name}");
        assert!(folder.0.join(name).exists(), "{name}");
    }
    try_connect(&folder.ipc("foreign")).expect("still there");
    try_connect(&folder.ipc("own")).expect("still there");
}

#[test]
fn a_full_backlog_is_a_living_listener() {
    let folder = Folder::new("full");
    let options = StreamOptions { backlog: 0, ..StreamOptions::default() };
    let text = folder.ipc("socket");
    let _acceptor = Acceptor::bind(&endpoint(&text, Bind), &options).expect("bound");
    let mut waiting = Vec::new();
    let full = loop {
        match try_connect(&text) {
            Ok(stream) => waiting.push(stream),
            Err(error) => break error,
        }
    };
    assert_eq!(full.code(), ErrorCode::Again);
    assert_eq!(try_bind(&text).expect_err("alive").code(), ErrorCode::AddressInUse);
}

/// A bind that takes over this descriptor, whatever endpoint is named.
fn try_adopt(number: i32, text: &str) -> Result<Acceptor, Error> {
    let options = StreamOptions { use_fd: Some(number), ..StreamOptions::default() };
    Acceptor::bind(&endpoint(text, Bind), &options)
}

#[test]
fn a_listener_is_taken_over_and_closed_with_the_endpoint() {
    let folder = Folder::new("adopted");
    let tcp = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = format!("tcp://{}", tcp.local_addr().expect("bound"));
    let path = folder.0.join("socket");
    let ipc = UnixListener::bind(&path).expect("bound");
    let at = [(tcp.into_raw_fd(), address), (ipc.into_raw_fd(), folder.ipc("socket"))];
    for (number, address) in at {
        let elsewhere =
            if address.starts_with("tcp") { "tcp://127.0.0.1:1" } else { "ipc:///none" };
        let mut acceptor = try_adopt(number, elsewhere).expect("it listens");
        assert_eq!(acceptor.local_endpoint().expect("bound"), address);
        exchange(&mut acceptor, &address);
        drop(acceptor);
        dial(&address).expect("a bind that came to nothing leaves it open");
        let mut acceptor = try_adopt(number, elsewhere).expect("it listens");
        acceptor.keep();
        drop(acceptor);
        let error = dial(&address).expect_err("nobody listens any more");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused, "{address}");
    }
    assert!(path.exists(), "whoever bound it removes it");
}

/// Connects, and waits for it.
fn dial(address: &str) -> io::Result<()> {
    match address.split_once("://") {
        Some(("tcp", address)) => TcpStream::connect(address).map(drop),
        Some((_, path)) => UnixStream::connect(path).map(drop),
        None => unreachable!("an endpoint has a scheme"),
    }
}

#[test]
fn what_is_no_listener_of_the_family_is_left_alone() {
    let folder = Folder::new("unfit");
    let file = fs::File::open(&folder.0).expect("a folder");
    let tcp = TcpListener::bind("127.0.0.1:0").expect("bound");
    let stream = TcpStream::connect(tcp.local_addr().expect("bound")).expect("connected");
    let datagrams = UdpSocket::bind("127.0.0.1:0").expect("bound");
    let ipc = UnixListener::bind(folder.0.join("socket")).expect("bound");
    let table = [
        (file.as_raw_fd(), ErrorCode::NotSocket, "no socket"),
        (stream.as_raw_fd(), ErrorCode::Invalid, "does not listen"),
        (datagrams.as_raw_fd(), ErrorCode::Invalid, "not one of streams"),
        (ipc.as_raw_fd(), ErrorCode::Invalid, "another family"),
        (i32::MAX, ErrorCode::BadHandle, "no open descriptor"),
    ];
    for (number, code, text) in table {
        let error = try_adopt(number, "tcp://127.0.0.1:0").expect_err(text);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    assert!(try_adopt(tcp.as_raw_fd(), "ipc://*").is_err());
    file.metadata().expect("open");
    for open in [tcp.local_addr(), stream.local_addr(), datagrams.local_addr()] {
        open.expect("open");
    }
    ipc.local_addr().expect("open");
}

#[test]
fn a_path_that_became_anothers_is_not_removed() {
    let folder = Folder::new("replaced");
    let path = folder.0.join("socket");
    let (acceptor, _) = bind(&folder.ipc("socket"));
    fs::remove_file(&path).expect("was bound");
    let _other = UnixListener::bind(&path).expect("free again");
    drop(acceptor);
    assert!(path.exists());
}

#[test]
fn of_many_who_take_a_stale_path_over_one_has_it() {
    let folder = Folder::new("race");
    drop(UnixListener::bind(folder.0.join("socket")).expect("bound"));
    let text = folder.ipc("socket");
    let bound: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| try_bind(&text))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert_eq!(bound.iter().filter(|result| result.is_ok()).count(), 1);
    try_connect(&text).expect("the winner listens");
}

/// Set in the process that runs out of descriptors on purpose.
const FEW_FILES: &str = "SOCKERY_TEST_FEW_FILES";

#[test]
fn running_out_of_descriptors_is_an_error_with_a_name() {
    if std::env::var_os(FEW_FILES).is_some() {
        return run_out_of_descriptors();
    }
    let test = "transport::tests::running_out_of_descriptors_is_an_error_with_a_name";
    let ran = Command::new("sh")
        .args(["-c", "ulimit -n 32 && exec \"$0\" --exact \"$1\" --test-threads 1"])
        .arg(std::env::current_exe().expect("a test program"))
        .arg(test)
        .env(FEW_FILES, "1")
        .output()
        .expect("sh runs");
    let out = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && out.contains("1 passed"), "{out}");
}

fn run_out_of_descriptors() {
    let (acceptor, local) = bind("tcp://127.0.0.1:0");
    let name = abstract_name("files");
    let (_other, _) = bind(&name);
    let mut held = Vec::new();
    let full = loop {
        match try_connect(&local) {
            Ok(stream) => held.push(stream),
            Err(error) => break error,
        }
        assert!(held.len() < 100, "the limit is lower");
    };
    assert_eq!(full.code(), ErrorCode::TooManyFiles);
    let others = [try_connect(&name).err(), try_bind("tcp://127.0.0.1:0").err()];
    for error in others.into_iter().chain([acceptor.accept().err().map(Error::from)]) {
        assert_eq!(error.map(|error| error.code()), Some(ErrorCode::TooManyFiles));
    }
    held.pop();
    acceptor.accept().expect("nothing was lost, and there is room again");
}

/// A folder of one test, removed with what is in it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sockery-{test}-{}", std::process::id()));
        fs::create_dir(&path).expect("a new folder");
        Self(path)
    }

    fn ipc(&self, name: &str) -> String {
        format!("ipc://{}", self.0.join(name).display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn abstract_name(test: &str) -> String {
    format!("ipc://@sockery-{test}-{}", std::process::id())
}

fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

#[test]
fn datagrams_reach_a_multicast_group() {
    let parse = |text: &str, purpose| match Endpoint::parse(text, purpose, Zmtp) {
        Ok(Endpoint::Udp(udp)) => udp,
        other => panic!("{other:?}"),
    };
    let options = StreamOptions::default();
    let group = parse("udp://127.0.0.1;239.255.42.99:*", Bind);
    let mut one = Datagrams::bind(&group, &options).unwrap();
    let mut poll = Poll::new().unwrap();
    poll.registry().register(&mut one, Token(0), Interest::READABLE).unwrap();
    let port = one.local_address().unwrap().port();
    let there = parse(&format!("udp://127.0.0.1;239.255.42.99:{port}"), Connect);
    let multicast = MulticastOptions { hops: 1, reach_own_host: true };
    let (sender, peer) = Datagrams::towards(&there, &options, multicast).unwrap();
    sender.send_to(b"x", peer).unwrap();
    let mut buffer = [0; 8];
    poll.poll(&mut Events::with_capacity(1), Some(PATIENCE)).unwrap();
    let (size, _) = one.receive_from(&mut buffer).unwrap();
    assert_eq!(&buffer[..size], b"x");
}
