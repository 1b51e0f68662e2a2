//! PLAIN, CURVE and ZAP between whole sockets: who is let in, who is not, and that nobody waits for
//! somebody else's verdict.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

mod named;

use std::{
    thread,
    time::{Duration, Instant},
};

use named::{open, set};
use sockery::facade::{Context, Dialect, Frame, Message, Socket, Wait, curve_keypair, find_name};

fn wait(ms: u64) -> Wait {
    Wait::Until(Instant::now() + Duration::from_millis(ms))
}

fn parts(message: Message) -> Vec<Vec<u8>> {
    message.frames().iter().map(|frame| frame.to_vec()).collect()
}

/// A handler on a thread of its own, which answers each request by these frames behind its id.
fn handler(
    context: &Context,
    kind: &str,
    answer: impl Fn(&[Vec<u8>]) -> Option<Vec<Vec<u8>>> + Send + 'static,
) -> thread::JoinHandle<()> {
    let socket = open(context, Dialect::Zmtp, kind);
    socket.bind("inproc://zeromq.zap.01").unwrap();
    let skip = if kind == "ROUTER" { 2 } else { 0 };
    thread::spawn(move || {
        while let Ok(request) = socket.recv(Wait::Forever) {
            let mut request = parts(request);
            let rest = request.split_off(skip);
            if let Some(answer) = answer(&rest) {
                let frames = request.into_iter().chain(answer).map(Frame::from).collect();
                let _ = socket.send(Message::from_frames(frames), Wait::Forever);
            }
        }
        socket.close();
    })
}

fn reply(request: &[Vec<u8>], status: &str) -> Option<Vec<Vec<u8>>> {
    let text = |text: &str| text.as_bytes().to_vec();
    Some(vec![text("1.0"), request[1].clone(), text(status), text("why"), text("me"), Vec::new()])
}

struct Keys {
    public: String,
    secret: String,
}

fn keys() -> Keys {
    let (public, secret) = curve_keypair();
    Keys { public, secret }
}

/// Makes both sockets speak this mechanism; the server's is in `domain`.
fn secure(server: &Socket, client: &Socket, mechanism: &str, domain: &str) {
    set(server, "ZAP_DOMAIN", domain);
    match mechanism {
        "PLAIN" => {
            set(server, "PLAIN_SERVER", true);
            set(client, "PLAIN_USERNAME", "me");
            set(client, "PLAIN_PASSWORD", "secret");
        }
        "CURVE" => {
            let (ours, theirs) = (keys(), keys());
            set(server, "CURVE_SERVER", true);
            set(server, "CURVE_SECRETKEY", ours.secret.as_str());
            set(client, "CURVE_SERVERKEY", ours.public.as_str());
            set(client, "CURVE_PUBLICKEY", theirs.public.as_str());
            set(client, "CURVE_SECRETKEY", theirs.secret.as_str());
        }
        _ => {}
    }
}

fn joined(server: &Socket, client: &Socket) {
    let endpoint = server.bind("tcp://127.0.0.1:*").unwrap().address;
    set(client, "LINGER", 0);
    set(client, "RECONNECT_IVL", 10);
    client.connect(&endpoint).unwrap();
    client.send(Message::new(&b"hi"[..].to_vec()[..]), wait(2_000)).unwrap();
}

/// Whether a message from a client comes through, when the handler answers so.
fn lets_in(
    mechanism: &str,
    domain: &str,
    kind: Option<&str>,
    answer: impl Fn(&[Vec<u8>]) -> Option<Vec<Vec<u8>>> + Send + 'static,
) -> bool {
    let context = Context::new();
    let thread = kind.map(|kind| handler(&context, kind, answer));
    let (server, client) =
        (open(&context, Dialect::Zmtp, "PULL"), open(&context, Dialect::Zmtp, "PUSH"));
    secure(&server, &client, mechanism, domain);
    joined(&server, &client);
    let got = server.recv(wait(if kind == Some("REP") { 400 } else { 300 }));
    context.close_all(Some(0));
    context.shutdown();
    thread.into_iter().for_each(|thread| thread.join().unwrap());
    got.is_ok()
}

#[test]
fn only_200_lets_in_whatever_the_mechanism_and_the_handler() {
    for mechanism in ["NULL", "PLAIN", "CURVE"] {
        for kind in ["REP", "ROUTER"] {
            assert!(lets_in(mechanism, "d", Some(kind), |request| reply(request, "200")));
        }
        for status in ["300", "400", "500", "201", ""] {
            let answer = move |request: &[Vec<u8>]| reply(request, status);
            assert!(!lets_in(mechanism, "d", Some("REP"), answer), "{mechanism} {status}");
        }
        assert!(!lets_in(mechanism, "d", Some("ROUTER"), |_| None), "{mechanism} silent");
        let wrong_id = |request: &[Vec<u8>]| {
            let mut answer = reply(request, "200")?;
            answer[1][7] ^= 1;
            Some(answer)
        };
        assert!(!lets_in(mechanism, "d", Some("REP"), wrong_id), "{mechanism} wrong id");
        let short = |request: &[Vec<u8>]| reply(request, "200").map(|answer| answer[..5].to_vec());
        assert!(!lets_in(mechanism, "d", Some("REP"), short), "{mechanism} short");
        assert!(!lets_in(mechanism, "d", None, |_| None), "{mechanism} without a handler");
    }
    assert!(lets_in("NULL", "", None, |_| None) && lets_in("CURVE", "", None, |_| None));
    assert!(!lets_in("PLAIN", "", None, |_| None));
    assert!(lets_in("NULL", "", Some("REP"), |request| reply(request, "400")), "is not asked");
    assert!(!lets_in("CURVE", "", Some("REP"), |request| reply(request, "400")));
}

#[test]
fn the_handler_is_told_who_comes() {
    let (context, (told, asked)) = (Context::new(), std::sync::mpsc::channel());
    let thread = handler(&context, "REP", move |request| {
        told.send(request.to_vec()).unwrap();
        reply(request, "200")
    });
    let (server, client) =
        (open(&context, Dialect::Zmtp, "PULL"), open(&context, Dialect::Zmtp, "PUSH"));
    set(&server, "ROUTING_ID", &b"own"[..]);
    secure(&server, &client, "PLAIN", "shop");
    joined(&server, &client);
    assert_eq!(parts(server.recv(wait(5_000)).unwrap()), [b"hi"]);
    let request = asked.recv().unwrap();
    let expected: [&[u8]; 7] = [b"shop", b"127.0.0.1", b"own", b"PLAIN", b"me", b"secret", b""];
    assert_eq!((&request[0][..], request[1].len()), (&b"1.0"[..], 8));
    assert_eq!(request[2..], expected[..6]);
    context.close_all(Some(0));
    context.shutdown();
    thread.join().unwrap();
}

#[test]
fn one_thread_can_be_handler_and_server() {
    let context = Context::new();
    let zap = open(&context, Dialect::Zmtp, "REP");
    zap.bind("inproc://zeromq.zap.01").unwrap();
    let (server, client) =
        (open(&context, Dialect::Zmtp, "PULL"), open(&context, Dialect::Zmtp, "PUSH"));
    secure(&server, &client, "CURVE", "d");
    joined(&server, &client);
    let request = parts(zap.recv(wait(5_000)).unwrap());
    assert_eq!(request[6].len(), 32, "the client's public key");
    let answer = reply(&request, "200").unwrap().into_iter().map(Frame::from).collect();
    zap.send(Message::from_frames(answer), wait(5_000)).unwrap();
    assert_eq!(parts(server.recv(wait(5_000)).unwrap()), [b"hi"]);
}

#[test]
fn a_silent_handler_delays_only_whom_it_was_asked_about() {
    let context = Context::new();
    let zap = open(&context, Dialect::Zmtp, "ROUTER");
    zap.bind("inproc://zeromq.zap.01").unwrap();
    let server = open(&context, Dialect::Zmtp, "PULL");
    set(&server, "ZAP_DOMAIN", "d");
    set(&server, "HANDSHAKE_IVL", 200);
    let asked = server.bind("tcp://127.0.0.1:*").unwrap().address;
    set(&server, "ZAP_DOMAIN", "");
    let open_to_all = server.bind("tcp://127.0.0.1:*").unwrap().address;
    let (waiting, client) =
        (open(&context, Dialect::Zmtp, "PUSH"), open(&context, Dialect::Zmtp, "PUSH"));
    set(&waiting, "RECONNECT_IVL", -1);
    set(&waiting, "LINGER", 0);
    waiting.connect(&asked).unwrap();
    zap.recv(wait(5_000)).unwrap();
    client.connect(&open_to_all).unwrap();
    client.send(Message::new(&b"hi"[..]), wait(5_000)).unwrap();
    assert_eq!(parts(server.recv(wait(5_000)).unwrap()), [b"hi"]);
    // The handler that leaves refuses what it was asked; and so does the time.
    zap.close();
    client.send(Message::new(&b"hi"[..]), wait(5_000)).unwrap();
    assert!(server.recv(wait(5_000)).is_ok());
}

#[test]
fn the_sockets_own_lists_decide_without_a_handler() {
    for listed in [true, false] {
        let context = Context::new();
        let (server, client) =
            (open(&context, Dialect::Zmtp, "PULL"), open(&context, Dialect::Zmtp, "PUSH"));
        secure(&server, &client, "CURVE", "d");
        let number = find_name(Dialect::Zmtp, "CURVE_PUBLICKEY").unwrap().zmq.unwrap();
        let theirs = client.get(0, number).unwrap();
        let other = keys().public.into_bytes();
        let key = if listed { theirs.as_bytes().unwrap().to_vec() } else { other };
        server.allow_curve(Some(&[&key])).unwrap();
        joined(&server, &client);
        assert_eq!(server.recv(wait(if listed { 5_000 } else { 200 })).is_ok(), listed);
        context.close_all(Some(0));
    }
    for password in ["secret", "secreT", "secre", ""] {
        let context = Context::new();
        let (server, client) =
            (open(&context, Dialect::Zmtp, "PULL"), open(&context, Dialect::Zmtp, "PUSH"));
        secure(&server, &client, "PLAIN", "");
        server.allow_plain(Some(&[("me", password)])).unwrap();
        joined(&server, &client);
        let listed = password == "secret";
        assert_eq!(server.recv(wait(if listed { 5_000 } else { 200 })).is_ok(), listed);
        context.close_all(Some(0));
    }
}

#[test]
fn encrypted_streams_lose_and_reorder_nothing() {
    let context = Context::new();
    let (server, client) =
        (open(&context, Dialect::Zmtp, "DEALER"), open(&context, Dialect::Zmtp, "DEALER"));
    secure(&server, &client, "CURVE", "");
    let endpoint = server.bind("tcp://127.0.0.1:*").unwrap().address;
    client.connect(&endpoint).unwrap();
    const COUNT: usize = 20_000;
    let size = |number: usize| match number % 100 {
        0 => 70_000,
        50 => 5_000,
        _ => number % 300,
    };
    let body = move |number: usize| {
        let mut body = number.to_be_bytes().to_vec();
        body.resize(8 + size(number), number as u8);
        body
    };
    let streams = [(client.clone(), server.clone()), (server, client)].map(|(from, to)| {
        let sender = thread::spawn(move || {
            for number in 0..COUNT {
                from.send(Message::new(&body(number)[..]), wait(30_000)).unwrap();
            }
        });
        let receiver = thread::spawn(move || {
            for number in 0..COUNT {
                let got = to.recv(wait(30_000)).unwrap();
                assert_eq!(&got.body()[..], body(number), "{number}");
            }
        });
        [sender, receiver]
    });
    streams.into_iter().flatten().for_each(|thread| thread.join().unwrap());
}

#[test]
fn what_a_lost_server_did_not_get_goes_to_the_next_one() {
    let context = Context::new();
    let (server, client) =
        (open(&context, Dialect::Zmtp, "PULL"), open(&context, Dialect::Zmtp, "PUSH"));
    secure(&server, &client, "CURVE", "");
    set(&client, "RECONNECT_IVL", 10);
    set(&client, "SNDHWM", 0);
    let endpoint = server.bind("tcp://127.0.0.1:*").unwrap().address;
    client.connect(&endpoint).unwrap();
    let count = 400u32;
    let mut last = None;
    for number in 0..count {
        let mut body = number.to_be_bytes().to_vec();
        body.resize(100_000, 0);
        client.send(Message::new(&body[..]), wait(5_000)).unwrap();
        if number == 10 {
            server.recv(wait(5_000)).unwrap();
        }
    }
    let number = find_name(Dialect::Zmtp, "CURVE_SECRETKEY").unwrap().zmq.unwrap();
    let secret = server.get(0, number).unwrap();
    server.close();
    let next = open(&context, Dialect::Zmtp, "PULL");
    set(&next, "CURVE_SERVER", true);
    next.set(0, number, &secret).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while next.bind(&endpoint).is_err() {
        assert!(Instant::now() < deadline, "the port stays taken");
        thread::yield_now();
    }
    while last != Some(count - 1) {
        let got = next.recv(wait(10_000)).unwrap();
        assert_eq!(got.body().len(), 100_000, "whole");
        let number = u32::from_be_bytes(got.body()[..4].try_into().unwrap());
        assert!(last.is_none_or(|last| number == last + 1), "{last:?} then {number}");
        last = Some(number);
    }
}

#[test]
fn encrypted_subscriptions_arrive() {
    let context = Context::new();
    let (publisher, subscriber) =
        (open(&context, Dialect::Zmtp, "PUB"), open(&context, Dialect::Zmtp, "SUB"));
    secure(&publisher, &subscriber, "CURVE", "");
    set(&subscriber, "SUBSCRIBE", &b"a"[..]);
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap().address;
    subscriber.connect(&endpoint).unwrap();
    publisher.wait_for_subscribers(b"a", 1, wait(5_000)).unwrap();
    for body in [&b"b"[..], b"abc"] {
        publisher.send(Message::new(body), wait(5_000)).unwrap();
    }
    assert_eq!(parts(subscriber.recv(wait(5_000)).unwrap()), [b"abc"]);
}

#[test]
fn curve_without_its_keys_is_told_at_bind_and_connect() {
    let context = Context::new();
    let socket = open(&context, Dialect::Zmtp, "PULL");
    set(&socket, "CURVE_SERVER", true);
    let error = socket.bind("tcp://127.0.0.1:*").unwrap_err().to_string();
    assert!(error.contains("CURVE needs CURVE_SECRETKEY"), "{error}");
    socket.bind("inproc://no-keys-needed").unwrap();
    set(&socket, "CURVE_SERVERKEY", keys().public.as_str());
    assert!(socket.connect("tcp://127.0.0.1:1").is_err());
}

#[test]
fn curve_goes_over_websocket() {
    let context = Context::new();
    let (publisher, subscriber) =
        (open(&context, Dialect::Zmtp, "PUB"), open(&context, Dialect::Zmtp, "SUB"));
    secure(&publisher, &subscriber, "CURVE", "");
    set(&subscriber, "SUBSCRIBE", "topic");
    subscriber.connect(&publisher.bind("ws://127.0.0.1:*/path").unwrap().address).unwrap();
    let mut came = None;
    while came.is_none() {
        publisher.send(Message::new(&b"other"[..]), wait(1_000)).unwrap();
        publisher.send(Message::new(&b"topic"[..]), wait(1_000)).unwrap();
        came = subscriber.recv(wait(20)).ok();
    }
    assert_eq!(parts(came.unwrap()), [b"topic"]);

    let (dealer, router) =
        (open(&context, Dialect::Zmtp, "DEALER"), open(&context, Dialect::Zmtp, "ROUTER"));
    secure(&router, &dealer, "CURVE", "");
    dealer.connect(&router.bind("ws://127.0.0.1:*").unwrap().address).unwrap();
    for size in [0, 10, 1_000, 100_000, 3_000_000] {
        let body = vec![size as u8; size];
        let frames = [b"first".to_vec(), body.clone(), b"last".to_vec()].map(Frame::from);
        dealer.send(Message::from_frames(frames.into()), wait(10_000)).unwrap();
        let there = router.recv(wait(10_000)).unwrap();
        router.send(there, wait(10_000)).unwrap();
        let back = parts(dealer.recv(wait(10_000)).unwrap());
        assert!(back == [b"first".to_vec(), body, b"last".to_vec()], "{size}");
    }

    let (server, client) =
        (open(&context, Dialect::Zmtp, "PULL"), open(&context, Dialect::Zmtp, "PUSH"));
    secure(&server, &client, "CURVE", "");
    let wrong = keys();
    set(&client, "CURVE_SERVERKEY", wrong.public.as_str());
    set(&client, "LINGER", 0);
    client.connect(&server.bind("ws://127.0.0.1:*").unwrap().address).unwrap();
    client.send(Message::new(&b"x"[..]), wait(1_000)).unwrap();
    assert!(server.recv(wait(300)).is_err());
}
