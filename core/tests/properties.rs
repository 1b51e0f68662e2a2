//! What is known of the peer that sent a message, by the facade alone.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

mod named;

use named::{open, set};
use sockery::facade::{Context, Dialect, Message, Socket, SocketEvent, Wait};

fn wait() -> Wait {
    Wait::millis(10_000)
}

fn property(socket: &Socket, message: &Message, name: &str) -> Option<String> {
    let peer = socket.peer(message.origin()).unwrap();
    peer.get(name).map(|value| String::from_utf8(value.to_vec()).unwrap())
}

#[test]
fn a_message_tells_who_sent_it_over_every_transport() {
    let folder = std::env::temp_dir().join(format!("sockery-properties-{}", std::process::id()));
    let ipc = format!("ipc://{}", folder.display());
    let (user, group) = (nix_id("-u"), nix_id("-g"));
    let own = format!("localhost:{user}:{group}:{}", std::process::id());
    let places = [
        ("tcp://127.0.0.1:*", Some("127.0.0.1"), Some("1")),
        (&ipc, Some(own.as_str()), Some("1")),
        ("inproc://properties", None, None),
    ];
    for (place, address, extra) in places {
        let context = Context::new();
        let (router, dealer) =
            (open(&context, Dialect::Zmtp, "ROUTER"), open(&context, Dialect::Zmtp, "DEALER"));
        set(&dealer, "ROUTING_ID", "me".as_bytes());
        set(&dealer, "METADATA", "X-extra:1".as_bytes());
        let bound = router.bind(place).unwrap().address;
        dealer.connect(&bound).unwrap();
        dealer.send(Message::new("x"), wait()).unwrap();
        let message = router.recv(wait()).unwrap();
        let get = |name: &str| property(&router, &message, name);
        assert_eq!(get("Peer-Address").as_deref(), address, "{place}");
        assert_eq!(get("Socket-Type").as_deref(), Some("DEALER"), "{place}");
        assert_eq!(get("Identity").as_deref(), Some("me"), "{place}");
        assert_eq!(get("Routing-Id").as_deref(), Some("me"), "{place}");
        assert_eq!(get("X-extra").as_deref(), extra, "{place}");
        assert_eq!(get("User-Id"), None, "{place}");
    }
    let made = Message::new("mine");
    assert!(open(&Context::new(), Dialect::Zmtp, "PULL").peer(made.origin()).is_none());
}

/// The user or group of this process.
fn nix_id(which: &str) -> String {
    let said = std::process::Command::new("id").arg(which).output().unwrap().stdout;
    String::from_utf8(said).unwrap().trim().to_owned()
}

#[test]
fn every_kind_that_receives_knows_who_sent() {
    let ask = |left: &str, right: &str| {
        let context = Context::new();
        let (one, other) =
            (open(&context, Dialect::Zmtp, left), open(&context, Dialect::Zmtp, right));
        let address = one.bind("tcp://127.0.0.1:*").unwrap().address;
        if left == "SUB" {
            one.subscribe(b"").unwrap();
        }
        other.connect(&address).unwrap();
        match right {
            "SUB" => other.subscribe(b"").unwrap(),
            "PUB" => other.wait_for_subscribers(b"", 1, wait()).unwrap(),
            _ => {}
        }
        if right != "SUB" {
            other.send(Message::new("question"), wait()).unwrap();
        }
        let message = one.recv(wait()).unwrap();
        assert_eq!(property(&one, &message, "Socket-Type").as_deref(), Some(right), "{left}");
        if right == "REQ" {
            one.send(Message::new("answer"), wait()).unwrap();
            let message = other.recv(wait()).unwrap();
            assert_eq!(property(&other, &message, "Socket-Type").as_deref(), Some(left));
        }
    };
    for (left, right) in [
        ("PAIR", "PAIR"),
        ("PULL", "PUSH"),
        ("SUB", "PUB"),
        ("XPUB", "SUB"),
        ("REP", "REQ"),
        ("ROUTER", "DEALER"),
        ("DEALER", "DEALER"),
    ] {
        ask(left, right);
    }
}

#[test]
fn messages_of_a_peer_that_is_gone_tell_it_too() {
    let context = Context::new();
    let pull = open(&context, Dialect::Zmtp, "PULL");
    let address = pull.bind("tcp://127.0.0.1:*").unwrap().address;
    let events = pull.watch(SocketEvent::RemPost.bit()).unwrap();
    for name in ["X-name:a", "X-name:b"] {
        let push = open(&context, Dialect::Zmtp, "PUSH");
        set(&push, "METADATA", name.as_bytes());
        push.connect(&address).unwrap();
        for _ in 0..3 {
            push.send(Message::new("x"), wait()).unwrap();
        }
        push.close();
        events.recv(wait()).unwrap();
    }
    let names: Vec<_> = (0..6).map(|_| part_by_part(&pull)).collect();
    for name in ["a", "b"] {
        assert_eq!(names.iter().filter(|other| *other == name).count(), 3, "{names:?}");
    }
}

fn part_by_part(socket: &Socket) -> String {
    let (_, more, peer) = socket.recv_frame_from(wait()).unwrap();
    assert!(!more);
    String::from_utf8(peer.unwrap().get("X-name").unwrap().to_vec()).unwrap()
}

#[test]
fn after_a_reconnect_unread_messages_still_tell_who_sent_them() {
    let context = Context::new();
    let pull = open(&context, Dialect::Zmtp, "PULL");
    set(&pull, "RECONNECT_IVL", 10);
    let events = pull.watch(SocketEvent::AddPost.bit()).unwrap();
    // A path, since a port that is free for a moment may become another's.
    let path = std::env::temp_dir().join(format!("sockery-former-{}", std::process::id()));
    let address = format!("ipc://{}", path.display());
    pull.connect(&address).unwrap();
    for (name, count) in [("X-name:a", 2), ("X-name:b", 0), ("X-name:c", 3), ("X-name:d", 1)] {
        let theirs = Context::new();
        let push = open(&theirs, Dialect::Zmtp, "PUSH");
        set(&push, "METADATA", name.as_bytes());
        push.bind(&address).unwrap();
        events.recv(wait()).unwrap();
        for part in 0..count {
            let parts = ["x", "y"].map(|text| format!("{text}{part}").into_bytes().into());
            push.send(Message::from_frames(parts.into()), wait()).unwrap();
        }
        push.close();
        // All is sent, and the path is free again.
        theirs.terminate(wait()).unwrap();
    }
    let names: Vec<_> = (0..6)
        .map(|_| {
            let message = pull.recv(wait()).unwrap();
            property(&pull, &message, "X-name").unwrap()
        })
        .collect();
    assert_eq!(names, ["a", "a", "c", "c", "c", "d"]);
}
