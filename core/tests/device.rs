//! Devices between two sockets, of one dialect and of both, by the facade alone.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::{
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use sockery::facade::{
    Context, Device, Dialect, Error, ErrorCode, Frame, Kind, Message, Socket, Value, Wait, kinds,
};

const EVERYTHING: &[u8] = b"";

fn wait() -> Wait {
    Wait::millis(10_000)
}

fn find(domain: i32, name: &str) -> &'static Kind {
    kinds().iter().find(|kind| (kind.domain, kind.name) == (domain, name)).unwrap()
}

/// Opens sockets: `zmq.PUSH`, `nn.PUSH`, `raw.PUSH`.
struct Peers {
    zmq: Context,
    nn: Context,
}

impl Peers {
    fn new() -> Self {
        Self { zmq: Context::new(), nn: Context::new() }
    }

    fn open(&self, kind: &str) -> Socket {
        let (context, kind) = match kind.split_once('.').unwrap() {
            ("zmq", name) => (&self.zmq, find(0, name)),
            ("nn", name) => (&self.nn, find(1, name)),
            (_, name) => (&self.nn, find(2, name)),
        };
        context.socket(kind).unwrap()
    }

    /// One that is bound, and its peer.
    fn pair(&self, bound: &str, connected: &str) -> [Socket; 2] {
        let [bound, connected] = [bound, connected].map(|kind| self.open(kind));
        join(&bound, &connected);
        [bound, connected]
    }
}

fn join(bound: &Socket, connected: &Socket) {
    let port = if bound.kind().dialect == Dialect::Zmtp { "*" } else { "0" };
    let address = bound.bind(&format!("tcp://127.0.0.1:{port}")).unwrap().address;
    connected.connect(&address).unwrap();
    connected.wait_for_peers(1, wait()).unwrap();
    bound.wait_for_peers(1, wait()).unwrap();
}

/// A device in a thread of its own.
struct Running {
    sockets: Vec<Socket>,
    thread: Option<JoinHandle<Error>>,
}

impl Running {
    fn start(front: &Socket, back: Option<&Socket>, topics: Option<&[Vec<u8>]>) -> Self {
        let mut device = Device::new(front.clone(), back.cloned(), None, topics).unwrap();
        let sockets = [Some(front), back].into_iter().flatten().cloned().collect();
        let run = move || match device.run() {
            Ok(never) => match never {},
            Err(error) => error,
        };
        Self { sockets, thread: Some(thread::spawn(run)) }
    }

    fn between(front: &Socket, back: &Socket) -> Self {
        Self::start(front, Some(back), None)
    }

    /// Closes its first socket; why it ended.
    fn end(mut self) -> ErrorCode {
        self.sockets[0].close();
        self.thread.take().unwrap().join().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.sockets.iter().for_each(Socket::close);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn send(socket: &Socket, body: &str) {
    socket.send(Message::new(Frame::from_slice(body.as_bytes())), wait()).unwrap();
}

fn send_parts(socket: &Socket, parts: &[&[u8]]) {
    let frames = parts.iter().map(|part| Frame::from_slice(part)).collect();
    socket.send(Message::from_frames(frames), wait()).unwrap();
}

fn recv(socket: &Socket) -> String {
    let message = socket.recv(wait()).unwrap();
    assert_eq!(message.frames().len(), 1);
    String::from_utf8(message.body().to_vec()).unwrap()
}

fn dropped(socket: &Socket, reason: &str) -> u64 {
    socket.statistic_named(&format!("dropped.{reason}")).unwrap()
}

/// Asks until the answer is there: nothing tells when another thread counts.
fn until(holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < end, "waited too long");
        thread::yield_now();
    }
}

fn limit_hops(socket: &Socket, most: i64) {
    const NN_MAXTTL: i32 = 17;
    socket.set(0, NN_MAXTTL, &Value::Int(most)).unwrap();
}

fn refused(front: &Socket, back: Option<&Socket>, topics: Option<&[Vec<u8>]>) -> Error {
    let refused = Device::new(front.clone(), back.cloned(), None, topics).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Invalid, "{refused}");
    refused
}

#[test]
fn what_does_not_fit_is_refused() {
    let peers = Peers::new();
    let open = |kind| peers.open(kind);
    let text = refused(&open("nn.PAIR"), Some(&open("raw.PAIR")), None).to_string();
    assert!(text.contains("this PAIR is not"), "{text}");
    refused(&open("raw.PAIR"), Some(&open("nn.PAIR")), None);
    refused(&open("nn.REP"), None, None);
    for (front, back) in [
        ("raw.PUSH", "raw.PUSH"),
        ("raw.REQ", "raw.REQ"),
        ("raw.PAIR", "raw.PAIR1"),
        ("raw.REP", "raw.SURVEYOR"),
        ("raw.REP", "zmq.ROUTER"),
        ("raw.REQ", "zmq.REP"),
        ("raw.REP", "zmq.REQ"),
        ("zmq.PUSH", "raw.PUSH"),
        ("raw.BUS", "zmq.PAIR"),
        ("raw.SURVEYOR", "zmq.ROUTER"),
        ("zmq.PUSH", "zmq.PUB"),
    ] {
        let text = refused(&open(front), Some(&open(back)), None).to_string();
        let name = front.split_once('.').unwrap().1;
        assert!(text.contains(name) || text.contains("no message"), "{text}");
    }
    refused(&open("raw.PULL"), None, None);
    refused(&open("raw.PULL"), Some(&open("raw.PUSH")), Some(&[b"a".to_vec()]));
}

#[test]
fn a_device_ends_when_either_socket_closes_or_the_context_ends() {
    let peers = Peers::new();
    for which in [0, 1] {
        let sockets = ["raw.REP", "raw.REQ"].map(|kind| peers.open(kind));
        let running = Running::between(&sockets[0], &sockets[1]);
        sockets[which].close();
        assert_eq!(running.end(), ErrorCode::BadHandle);
    }
    let sockets = ["zmq.XSUB", "zmq.XPUB"].map(|kind| peers.open(kind));
    assert_eq!(Running::between(&sockets[0], &sockets[1]).end(), ErrorCode::NotSocket);
    // Blocked for want of a peer to send to, and the other ends.
    let [pull, push] = peers.pair("zmq.PULL", "zmq.PUSH");
    let blocked = peers.open("raw.PUSH");
    let running = Running::between(&pull, &blocked);
    send(&push, "1");
    assert_eq!(running.end(), ErrorCode::NotSocket);
    let sockets = ["raw.REP", "raw.REQ"].map(|kind| peers.open(kind));
    let mut running = Running::between(&sockets[0], &sockets[1]);
    peers.nn.shutdown();
    let thread = running.thread.take().unwrap();
    assert_eq!(thread.join().unwrap().code(), ErrorCode::Terminated);
}

#[test]
fn one_socket_sends_back_what_it_receives() {
    let peers = Peers::new();
    for (raw, cooked) in [("raw.PAIR", "nn.PAIR"), ("raw.REP", "nn.REQ"), ("raw.PAIR1", "nn.PAIR1")]
    {
        let [raw, cooked] = peers.pair(raw, cooked);
        let running = Running::start(&raw, None, None);
        for text in ["1", "2"] {
            send(&cooked, text);
            assert_eq!(recv(&cooked), text);
        }
        assert_eq!(running.end(), ErrorCode::BadHandle);
    }
    let bus = peers.open("raw.BUS");
    let others = [(); 3].map(|()| peers.open("nn.BUS"));
    let address = bus.bind("tcp://127.0.0.1:0").unwrap().address;
    for (count, other) in others.iter().enumerate() {
        other.connect(&address).unwrap();
        other.wait_for_peers(1, wait()).unwrap();
        bus.wait_for_peers(count + 1, wait()).unwrap();
    }
    let _running = Running::start(&bus, None, None);
    send(&others[0], "x");
    assert_eq!([recv(&others[1]), recv(&others[2])], ["x", "x"]);
    send(&others[1], "y");
    assert_eq!([recv(&others[0]), recv(&others[2])], ["y", "y"]);
}

#[test]
fn two_buses_are_one_whatever_the_numbers_of_their_peers() {
    let peers = Peers::new();
    let [left, a] = peers.pair("raw.BUS", "nn.BUS");
    let [right, b] = peers.pair("raw.BUS", "nn.BUS");
    let _running = Running::between(&left, &right);
    send(&a, "from a");
    assert_eq!(recv(&b), "from a");
    send(&b, "from b");
    assert_eq!(recv(&a), "from b");
}

/// Three devices in a row, each joined to the next.
fn chain(peers: &Peers, front: &str, back: &str) -> ([Socket; 2], Vec<Running>) {
    let sides: Vec<_> = (0..3).map(|_| [front, back].map(|kind| peers.open(kind))).collect();
    for two in sides.windows(2) {
        join(&two[1][0], &two[0][1]);
    }
    let running = sides.iter().map(|[front, back]| Running::between(front, back)).collect();
    ([sides[0][0].clone(), sides[2][1].clone()], running)
}

#[test]
fn requests_and_surveys_cross_three_devices_and_no_more_than_the_limit() {
    let peers = Peers::new();
    let cases = [("REP", "REQ"), ("RESPONDENT", "SURVEYOR")];
    for (answers, asks) in cases {
        let ([front, back], _running) =
            chain(&peers, &format!("raw.{answers}"), &format!("raw.{asks}"));
        let (asker, answerer) =
            (peers.open(&format!("nn.{asks}")), peers.open(&format!("nn.{answers}")));
        join(&front, &asker);
        // Four words over all: the request comes from the third device.
        limit_hops(&answerer, 4);
        join(&answerer, &back);
        send(&asker, "?");
        assert_eq!(recv(&answerer), "?");
        send(&answerer, "!");
        assert_eq!(recv(&asker), "!");
        limit_hops(&answerer, 3);
        send(&asker, "too far");
        until(|| dropped(&answerer, "too_many_hops") == 1);
    }
}

#[test]
fn a_ring_ends_by_the_count_of_hops() {
    let peers = Peers::new();
    // Two devices, each passing to the other what it gets; a third socket throws a message in.
    let sides = [(); 2].map(|()| ["raw.PAIR1", "raw.PAIR1"].map(|kind| peers.open(kind)));
    join(&sides[0][1], &sides[1][0]);
    join(&sides[1][1], &sides[0][0]);
    sides.iter().flatten().for_each(|end| limit_hops(end, 8));
    let running = sides.each_ref().map(|[front, back]| Running::between(front, back));
    let header = 0_u32.to_be_bytes();
    sides[0][1].send_msg(&header, Frame::from_slice(b"round"), 0, wait()).unwrap();
    let too_far = || sides.iter().flatten().map(|end| dropped(end, "too_many_hops")).sum::<u64>();
    until(|| too_far() == 1);
    // 1 hop when thrown in, and 9 when it is dropped.
    let received: u64 = sides.iter().flatten().map(|end| end.statistic(302).unwrap()).sum();
    assert!(received <= 9, "{received}");
    drop(running);
}

#[test]
fn bodies_cross_between_the_dialects_both_ways() {
    let peers = Peers::new();
    for (ours, push, pull, theirs) in [
        ("zmq.PUSH", "zmq.PULL", "raw.PUSH", "nn.PULL"),
        ("nn.PUSH", "raw.PULL", "zmq.PUSH", "zmq.PULL"),
    ] {
        let [inward, source] = peers.pair(push, ours);
        let [outward, target] = peers.pair(pull, theirs);
        let _running = Running::between(&inward, &outward);
        let sender = thread::spawn(move || (0..5_000).for_each(|n| send(&source, &n.to_string())));
        (0..5_000).for_each(|n| assert_eq!(recv(&target), n.to_string()));
        sender.join().unwrap();
    }
    for pair in ["PAIR", "PAIR1"] {
        let [one, a] = peers.pair(&format!("raw.{pair}"), &format!("nn.{pair}"));
        let [other, b] = peers.pair("zmq.PAIR", "zmq.PAIR");
        let _running = Running::between(&one, &other);
        send(&a, "there");
        assert_eq!(recv(&b), "there");
        send(&b, "back");
        assert_eq!(recv(&a), "back");
        send_parts(&b, &[b"two", b"parts"]);
        until(|| dropped(&other, "malformed") == 1);
        send(&b, "goes on");
        assert_eq!(recv(&a), "goes on");
    }
}

#[test]
fn subscribers_of_zmtp_filter_what_crosses_from_sp() {
    let peers = Peers::new();
    let [sub, publisher] = peers.pair("raw.SUB", "nn.PUB");
    let [xpub, subscriber] = peers.pair("zmq.XPUB", "zmq.SUB");
    let _running = Running::between(&sub, &xpub);
    subscriber.subscribe(b"a").unwrap();
    // The publisher does not know: the bridge's filter tells that the subscription has arrived.
    until(|| {
        send(&publisher, "a");
        subscriber.recv(Wait::No).is_ok()
    });
    let before = dropped(&sub, "not_subscribed");
    send(&publisher, "b unwanted");
    send(&publisher, "a wanted");
    while recv(&subscriber) != "a wanted" {}
    assert_eq!(dropped(&sub, "not_subscribed"), before + 1);
    subscriber.unsubscribe(b"a").unwrap();
    until(|| {
        send(&publisher, "a");
        dropped(&sub, "not_subscribed") > before + 1
    });
}

#[test]
fn subscribers_of_sp_get_everything_or_the_topics_given() {
    let peers = Peers::new();
    for source in ["XSUB", "SUB"] {
        for topics in [None, Some(vec![b"a".to_vec(), b"b".to_vec()])] {
            let [publisher, inward] = peers.pair("zmq.XPUB", &format!("zmq.{source}"));
            let [outward, subscriber] = peers.pair("raw.PUB", "nn.SUB");
            subscriber.subscribe(EVERYTHING).unwrap();
            let _running = Running::start(&inward, Some(&outward), topics.as_deref());
            let expected: &[&[u8]] =
                if topics.is_none() { &[b"\x01"] } else { &[b"\x01a", b"\x01b"] };
            for news in expected {
                assert_eq!(&**publisher.recv(wait()).unwrap().body(), *news);
            }
            for text in ["a1", "c", "b1"] {
                send(&publisher, text);
            }
            let passed: &[&str] = if topics.is_none() { &["a1", "c", "b1"] } else { &["a1", "b1"] };
            for text in passed {
                assert_eq!(recv(&subscriber), *text);
            }
        }
    }
}

#[test]
fn subscriptions_reach_the_publisher_over_a_device() {
    let peers = Peers::new();
    for inward in ["zmq.XSUB", "zmq.SUB"] {
        let [publisher, inward] = peers.pair("zmq.XPUB", inward);
        let [outward, subscriber] = peers.pair("zmq.XPUB", "zmq.SUB");
        let _running = Running::between(&inward, &outward);
        subscriber.subscribe(b"a").unwrap();
        assert_eq!(&**publisher.recv(wait()).unwrap().body(), b"\x01a");
        send(&publisher, "b");
        send(&publisher, "a");
        assert_eq!(recv(&subscriber), "a");
        subscriber.unsubscribe(b"a").unwrap();
        assert_eq!(&**publisher.recv(wait()).unwrap().body(), b"\x00a");
    }
}

/// ROUTER and DEALER, three in a row: what a request of ZMTP passes beyond the bridge.
fn proxies(peers: &Peers) -> ([Socket; 2], Vec<Running>) {
    chain(peers, "zmq.ROUTER", "zmq.DEALER")
}

/// All ask at once, again and again, and each gets its own answers.
fn talk(askers: &[Socket], answerer: &Socket) {
    for round in 0..20 {
        for (at, asker) in askers.iter().enumerate() {
            send(asker, &format!("{at} {round}"));
        }
        for _ in askers {
            let question = recv(answerer);
            send(answerer, &format!("re {question}"));
        }
        for (at, asker) in askers.iter().enumerate() {
            assert_eq!(recv(asker), format!("re {at} {round}"));
        }
    }
}

#[test]
fn requests_of_sp_reach_replies_of_zmtp_with_three_hops_on_either_side() {
    let peers = Peers::new();
    let ([front, sp_end], _sp) = chain(&peers, "raw.REP", "raw.REQ");
    let ([zmtp_end, back], _zmtp) = proxies(&peers);
    let [rep, dealer] = ["raw.REP", "zmq.DEALER"].map(|kind| peers.open(kind));
    let _bridge = Running::between(&rep, &dealer);
    join(&rep, &sp_end);
    join(&zmtp_end, &dealer);
    let askers = [(); 2].map(|()| peers.open("nn.REQ"));
    askers.iter().for_each(|asker| join(&front, asker));
    let answerer = peers.open("zmq.REP");
    join(&answerer, &back);
    talk(&askers, &answerer);
}

#[test]
fn requests_of_zmtp_reach_replies_of_sp_with_three_hops_on_either_side() {
    let peers = Peers::new();
    let ([front, zmtp_end], _zmtp) = proxies(&peers);
    let ([sp_end, back], _sp) = chain(&peers, "raw.REP", "raw.REQ");
    let [router, req] = ["zmq.ROUTER", "raw.REQ"].map(|kind| peers.open(kind));
    let _bridge = Running::between(&router, &req);
    join(&router, &zmtp_end);
    join(&sp_end, &req);
    let askers = [(); 2].map(|()| peers.open("zmq.REQ"));
    askers.iter().for_each(|asker| join(&front, asker));
    let answerer = peers.open("nn.REP");
    join(&answerer, &back);
    talk(&askers, &answerer);
    // Two parts cannot cross; the bridge goes on.
    send_parts(&askers[0], &[b"two", b"parts"]);
    until(|| dropped(&router, "malformed") == 1);
    send(&askers[1], "goes on");
    assert_eq!(recv(&answerer), "goes on");
}

#[test]
fn a_copy_goes_to_the_capture() {
    let peers = Peers::new();
    let [rep, asker] = peers.pair("raw.REP", "nn.REQ");
    let [req, answerer] = peers.pair("raw.REQ", "nn.REP");
    let [capture, watcher] = peers.pair("nn.PUSH", "nn.PULL");
    let mut device = Device::new(rep.clone(), Some(req), Some(capture), None).unwrap();
    let running = thread::spawn(move || device.run().unwrap_err().code());
    send(&asker, "?");
    assert_eq!(recv(&answerer), "?");
    send(&answerer, "!");
    assert_eq!(recv(&asker), "!");
    assert_eq!([recv(&watcher), recv(&watcher)], ["?", "!"]);
    rep.close();
    assert_eq!(running.join().unwrap(), ErrorCode::BadHandle);
}
