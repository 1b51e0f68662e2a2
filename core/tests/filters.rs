//! Whose connections a bound endpoint takes: filters by address, process, user and group.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

mod named;

use named::{open, set};
use sockery::facade::{Context, Dialect, Message, SocketEvent, Value, Wait, find_name, table};

fn wait() -> Wait {
    Wait::millis(10_000)
}

/// Whether a peer gets in at an endpoint that is bound with these filters.
fn gets_in(place: &str, filters: &[(&str, Value)]) -> bool {
    let context = Context::new();
    let (pull, push) =
        (open(&context, Dialect::Zmtp, "PULL"), open(&context, Dialect::Zmtp, "PUSH"));
    let wanted = SocketEvent::AcceptFailed.bit() | SocketEvent::HandshakeSucceeded.bit();
    let events = pull.watch(wanted).unwrap();
    for (name, value) in filters {
        set(&pull, name, value.clone());
    }
    let address = pull.bind(place).unwrap().address;
    set(&push, "LINGER", 0);
    push.connect(&address).unwrap();
    push.send(Message::new("hi"), wait()).unwrap();
    let told = table::Value::decode(events.recv(wait()).unwrap().body()).unwrap();
    match told.get("event") {
        Some(table::Value::Str(name)) if &**name == "handshake_succeeded" => {
            assert_eq!(&pull.recv(wait()).unwrap().body()[..], b"hi");
            true
        }
        told => {
            assert!(matches!(told, Some(table::Value::Str(name)) if &**name == "accept_failed"));
            false
        }
    }
}

#[test]
fn tcp_peers_are_taken_from_the_networks_that_are_named() {
    let gets_in = |networks: &[&str]| {
        let filters: Vec<_> =
            networks.iter().map(|one| ("TCP_ACCEPT_FILTER", Value::from(*one))).collect();
        gets_in("tcp://127.0.0.1:*", &filters)
    };
    assert!(gets_in(&[]));
    assert!(!gets_in(&["10.0.0.0/8"]));
    assert!(gets_in(&["10.0.0.0/8", "127.0.0.0/8"]));
    assert!(gets_in(&["10.0.0.0/8", ""]), "all are taken back");
    let socket = open(&Context::new(), Dialect::Zmtp, "PULL");
    let number = find_name(Dialect::Zmtp, "TCP_ACCEPT_FILTER").unwrap().zmq.unwrap();
    let error = socket.set(0, number, &Value::from("example.org")).unwrap_err();
    assert!(error.to_string().contains("\"example.org\""), "{error}");
}

#[test]
fn ipc_peers_are_taken_by_process_user_or_group() {
    let id = |which: &str| -> i64 {
        let said = std::process::Command::new("id").arg(which).output().unwrap().stdout;
        String::from_utf8(said).unwrap().trim().parse().unwrap()
    };
    let (user, group, process) = (id("-u"), id("-g"), i64::from(std::process::id()));
    let place = format!("ipc://{}/filters-{process}", std::env::temp_dir().display());
    let cases: [(&[(&str, i64)], bool); 5] = [
        (&[("IPC_FILTER_UID", user + 1)], false),
        (&[("IPC_FILTER_UID", user + 1), ("IPC_FILTER_PID", process)], true),
        (&[("IPC_FILTER_GID", group + 1), ("IPC_FILTER_GID", group)], true),
        (&[("IPC_FILTER_PID", process + 1), ("IPC_FILTER_PID", 0)], true),
        (&[("IPC_FILTER_UID", user)], true),
    ];
    for (filters, expected) in cases {
        let filters: Vec<_> =
            filters.iter().map(|(name, number)| (*name, Value::from(*number))).collect();
        assert_eq!(gets_in(&place, &filters), expected, "{filters:?}");
    }
}
