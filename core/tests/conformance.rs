//! Conformance: the same few behaviours over every transport, through the facade.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use sockery::facade::{
    Context, Dialect, ErrorCode, Frame, Interest, Message, Pollable, Poller, Socket, Value, Wait,
    kind,
};

const SOON: i64 = 10_000;

fn open(context: &Context, dialect: Dialect, number: i32) -> Socket {
    let domain = i32::from(dialect == Dialect::Sp);
    context.socket(kind(dialect, domain, number).unwrap()).unwrap()
}

/// One address of each transport; ipc ones are unique.
fn addresses() -> Vec<String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let unique =
        format!("sockery-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(&unique);
    vec![
        "tcp://127.0.0.1:0".into(),
        "tcp://[::1]:0".into(),
        "ws://127.0.0.1:0/path?query".into(),
        format!("ipc://{}", path.display()),
        format!("ipc://@{unique}"),
        format!("inproc://{unique}"),
    ]
}

fn pair(dialect: Dialect, bind: i32, connect: i32, address: &str) -> (Context, Socket, Socket) {
    let context = Context::new();
    let (one, other) = (open(&context, dialect, bind), open(&context, dialect, connect));
    for socket in [&one, &other] {
        if dialect == Dialect::Zmtp {
            socket.set(0, 42, &Value::Int(1)).unwrap();
        } else {
            socket.set(0, 14, &Value::Int(0)).unwrap();
        }
    }
    let bound = one.bind(address).unwrap();
    other.connect(&bound.address).unwrap();
    (context, one, other)
}

fn message(bytes: &[u8]) -> Message {
    Message::new(Frame::from_slice(bytes))
}

fn recv(socket: &Socket) -> Vec<u8> {
    socket.recv(Wait::millis(SOON)).unwrap().body().to_vec()
}

fn send(socket: &Socket, bytes: &[u8]) {
    socket.send(message(bytes), Wait::millis(SOON)).unwrap();
}

#[test]
fn messages_arrive_whole_and_in_order() {
    for (dialect, pull, push) in [(Dialect::Zmtp, 7, 8), (Dialect::Sp, 0x51, 0x50)] {
        for address in addresses() {
            let (_context, pull, push) = pair(dialect, pull, push, &address);
            pull.set(0, if dialect == Dialect::Sp { 16 } else { 22 }, &Value::Int(-1)).unwrap();
            let sizes = [0usize, 1, 255, 256, 8192, 65_536, 1_000_000];
            let sender = thread::spawn(move || {
                for round in 0..200u32 {
                    let size = sizes[round as usize % 6];
                    send(&push, &vec![round as u8; size]);
                }
                push
            });
            for round in 0..200u32 {
                let body = recv(&pull);
                assert_eq!(body.len(), sizes[round as usize % 6], "{address} {round}");
                assert!(body.iter().all(|byte| *byte == round as u8));
            }
            drop(sender.join().unwrap());
        }
    }
}

#[test]
fn a_reply_reaches_its_asker() {
    for (dialect, rep, req) in [(Dialect::Zmtp, 4, 3), (Dialect::Sp, 0x31, 0x30)] {
        for address in addresses() {
            let (_context, rep, req) = pair(dialect, rep, req, &address);
            for round in 0..50u8 {
                send(&req, &[round]);
                assert_eq!(recv(&rep), [round]);
                send(&rep, &[round, 1]);
                assert_eq!(recv(&req), [round, 1]);
            }
            let wrong = rep.send(message(b"x"), Wait::No).unwrap_err();
            assert_eq!(wrong.error.code(), ErrorCode::WrongState);
            assert_eq!(wrong.message, message(b"x"));
        }
    }
}

#[test]
fn subscribers_get_what_they_asked_for() {
    for address in addresses() {
        let (_context, publisher, subscriber) = pair(Dialect::Zmtp, 1, 2, &address);
        subscriber.subscribe(b"a").unwrap();
        publisher.wait_for_subscribers(b"a", 1, Wait::millis(SOON)).unwrap();
        for body in [&b"b1"[..], b"a1", b"c", b"a2"] {
            send(&publisher, body);
        }
        assert_eq!(recv(&subscriber), b"a1");
        assert_eq!(recv(&subscriber), b"a2");
        subscriber.unsubscribe(b"a").unwrap();
    }
    for address in addresses() {
        let (_context, publisher, subscriber) = pair(Dialect::Sp, 0x20, 0x21, &address);
        subscriber.subscribe(b"a").unwrap();
        publisher.wait_for_peers(1, Wait::millis(SOON)).unwrap();
        for body in [&b"b1"[..], b"a1"] {
            send(&publisher, body);
        }
        assert_eq!(recv(&subscriber), b"a1");
    }
}

#[test]
fn parts_travel_together() {
    for address in addresses() {
        let (_context, router, dealer) = pair(Dialect::Zmtp, 6, 5, &address);
        dealer.send_frame(Frame::from_slice(b"one"), true, Wait::millis(SOON)).unwrap();
        dealer.send_frame(Frame::from_slice(b"two"), false, Wait::millis(SOON)).unwrap();
        let got = router.recv(Wait::millis(SOON)).unwrap();
        assert_eq!(got.frames().len(), 3);
        router.send(got, Wait::millis(SOON)).unwrap();
        assert_eq!(
            dealer.recv_frame(Wait::millis(SOON)).unwrap(),
            (Frame::from_slice(b"one"), true)
        );
        assert_eq!(
            dealer.recv_frame(Wait::millis(SOON)).unwrap(),
            (Frame::from_slice(b"two"), false)
        );
    }
}

#[test]
fn a_connector_finds_its_binder_again() {
    for address in addresses() {
        let (context, pull, push) = pair(Dialect::Zmtp, 7, 8, &address);
        let mut pull = pull;
        let mut bound = pull.last_endpoint();
        for round in 0..5u8 {
            send(&push, &[round]);
            assert_eq!(recv(&pull), [round], "{address}");
            pull.close();
            pull = open(&context, Dialect::Zmtp, 7);
            pull.set(0, 42, &Value::Int(1)).unwrap();
            bound = loop {
                match pull.bind(&bound) {
                    Ok(info) => break info.address,
                    Err(error) => assert_eq!(error.code(), ErrorCode::AddressInUse),
                }
            };
            pull.wait_for_peers(1, Wait::millis(SOON)).unwrap();
        }
    }
}

#[test]
fn marks_hold_and_refused_messages_come_back() {
    let context = Context::new();
    let push = open(&context, Dialect::Zmtp, 8);
    push.set(0, 23, &Value::Int(3)).unwrap();
    push.connect("tcp://127.0.0.1:1").unwrap();
    for round in 0..3u8 {
        push.send(message(&[round]), Wait::No).unwrap();
    }
    let refused = push.send(message(b"over"), Wait::No).unwrap_err();
    assert_eq!(refused.error.code(), ErrorCode::Again);
    assert_eq!(refused.message, message(b"over"));
    push.close_linger(0);
    assert_eq!(push.send(message(b"x"), Wait::No).unwrap_err().error.code(), ErrorCode::NotSocket);
    context.terminate(Wait::millis(SOON)).unwrap();
}

#[test]
fn closing_ends_a_blocked_receive() {
    for address in addresses() {
        let (context, pull, _push) = pair(Dialect::Zmtp, 7, 8, &address);
        let waiting = pull.clone();
        let blocked = thread::spawn(move || waiting.recv(Wait::Forever).unwrap_err().code());
        pull.wait_for_peers(1, Wait::millis(SOON)).unwrap();
        pull.close();
        assert_eq!(blocked.join().unwrap(), ErrorCode::NotSocket);
        drop(context);
    }
}

#[test]
fn what_was_sent_before_closing_arrives() {
    for address in addresses() {
        let (context, pull, push) = pair(Dialect::Zmtp, 7, 8, &address);
        for round in 0..500u32 {
            send(&push, &round.to_be_bytes());
        }
        push.close();
        for round in 0..500u32 {
            assert_eq!(recv(&pull), round.to_be_bytes(), "{address}");
        }
        pull.close();
        context.terminate(Wait::millis(SOON)).unwrap();
    }
}

#[test]
fn a_poller_reports_levels_of_both_dialects() {
    let (_one, pull, push) = pair(Dialect::Zmtp, 7, 8, "tcp://127.0.0.1:0");
    let (_two, rep, req) = pair(Dialect::Sp, 0x31, 0x30, "tcp://127.0.0.1:0");
    let (reader, mut writer) = std::io::pipe().unwrap();
    let fd = std::os::fd::AsRawFd::as_raw_fd(&reader);
    let mut poller = Poller::new().unwrap();
    poller.add(1, Pollable::Socket(pull.clone()), Interest::IN).unwrap();
    poller.add(2, Pollable::Socket(rep.clone()), Interest::IN).unwrap();
    poller.add(3, Pollable::Descriptor(fd), Interest::IN).unwrap();
    assert_eq!(poller.wait(Wait::No).unwrap(), []);
    send(&push, b"x");
    assert_eq!(poller.wait(Wait::millis(SOON)).unwrap(), [(1, Interest::IN)]);
    assert_eq!(poller.wait(Wait::millis(SOON)).unwrap(), [(1, Interest::IN)]);
    recv(&pull);
    send(&req, b"x");
    assert_eq!(poller.wait(Wait::millis(SOON)).unwrap(), [(2, Interest::IN)]);
    recv(&rep);
    std::io::Write::write_all(&mut writer, b"x").unwrap();
    for _ in 0..3 {
        assert_eq!(poller.wait(Wait::millis(SOON)).unwrap(), [(3, Interest::IN)]);
    }
}

#[test]
fn terminating_names_what_is_in_the_way() {
    let context = Context::new();
    let push = open(&context, Dialect::Zmtp, 8);
    push.connect("tcp://127.0.0.1:1").unwrap();
    send(&push, b"x");
    let error = context.terminate(Wait::No).unwrap_err();
    assert!(error.to_string().contains("PUSH (open, 1 unsent)"), "{error}");
    assert_eq!(push.recv(Wait::No).unwrap_err().code(), ErrorCode::Terminated);
    push.close_linger(10);
    context.terminate(Wait::Until(std::time::Instant::now() + Duration::from_secs(5))).unwrap();
}

/// Also: a thread that waits for one socket and then another misses nothing of either.
#[test]
fn several_at_once_never_lose_a_turn() {
    for round in 0..60 {
        let (dialect, rep, req) = [(Dialect::Zmtp, 4, 3), (Dialect::Sp, 0x31, 0x30)][round % 2];
        let (context, rep, one) = pair(dialect, rep, req, "tcp://127.0.0.1:0");
        let other = open(&context, dialect, req);
        other.connect(&rep.last_endpoint()).unwrap();
        send(&one, b"1");
        send(&other, b"2");
        for _ in 0..2 {
            let requests = rep.recv_many(9, Wait::millis(SOON)).unwrap();
            assert_eq!(requests.len(), 1);
            send(&rep, &requests[0].body()[..]);
        }
        assert_eq!((recv(&one), recv(&other)), (b"1".to_vec(), b"2".to_vec()));
    }
}

#[test]
fn pauses_between_dials_grow_up_to_their_maximum() {
    const RECONNECT_IVL: i32 = 6;
    const RECONNECT_IVL_MAX: i32 = 7;
    const CONNECT_ERRORS: i32 = 105;
    let context = Context::new();
    // Nobody is there, and nobody else can come meanwhile.
    let holder = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    holder.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let port = holder.local_addr().unwrap().as_socket().unwrap().port();
    let dialing = |longest| {
        let push = open(&context, Dialect::Sp, 0x50);
        push.set(0, RECONNECT_IVL, &Value::Int(10)).unwrap();
        push.set(0, RECONNECT_IVL_MAX, &Value::Int(longest)).unwrap();
        push.connect(&format!("tcp://127.0.0.1:{port}")).unwrap();
        push
    };
    let [even, up_to_four_times, ever_longer] = [0, 40, 60_000].map(dialing);
    let failed = |push: &Socket| push.statistic(CONNECT_ERRORS).unwrap();
    while failed(&even) < 100 {
        thread::yield_now();
    }
    let counts = [&even, &up_to_four_times, &ever_longer].map(failed);
    assert!(counts[0] > 2 * counts[1] && counts[1] > counts[2], "{counts:?}");
    assert!(counts[2] < 12, "{counts:?}");
}
