//! Peers of ZMTP 1.0 and 2.0: what they say and hear, byte by byte, and where they are refused.

use super::{
    tests::{data, engine, ready, unfriendly},
    *,
};
use crate::{
    error::ErrorCode,
    message::Control,
    wire::{
        Engine,
        tests::{Seen, next, output, run, taken, zmtp},
        vectors::{vector, vectors},
    },
};

const V1: &str = "zmtp/greeting-1.0";
const V2: &[&str] = &["zmtp/greeting-2.0", "zmtp/routing-id-2.0"];

/// What the engine makes of a peer's bytes, given at once and one by one.
fn heard(make: impl Fn() -> Engine, bytes: &[u8]) -> (Vec<Seen>, Option<WireError>, Vec<u8>) {
    let whole = run(make(), [bytes]);
    assert_eq!(whole, run(make(), bytes.chunks(1)));
    for cut in 1..bytes.len().min(40) {
        let (first, rest) = bytes.split_at(cut);
        assert_eq!(whole, run(make(), [first, rest]), "cut at {cut}");
    }
    whole
}

/// What the engine makes of a peer's traffic after its greeting.
fn traffic(kind: &'static str, greeting: &[&str], bytes: &[u8]) -> (Vec<Seen>, Option<WireError>) {
    let wire = [&vectors(greeting)[..], bytes].concat();
    let (mut steps, error, _) = heard(|| zmtp(kind), &wire);
    ready(&steps);
    steps.remove(0);
    (steps, error)
}

fn subscribe(topic: &[u8]) -> Seen {
    Seen::Control(Control::Subscribe(Bytes::copy_from_slice(topic)))
}

fn named() -> Engine {
    engine(|config| config.routing_id = Bytes::from_static(b"abcd"))
}

#[test]
fn the_version_is_that_of_the_older_side() {
    let signature = |rest: &[u8]| [b"\xff\0\0\0\0\0\0\0\x01\x7f", rest].concat();
    let cases = [
        (vector(V1), ZmtpVersion::V1_0, "", b"".as_slice()),
        (vector("zmtp/greeting-1.0-id"), ZmtpVersion::V1_0, "", b"abcd"),
        (vector("zmtp/greeting-1.0-long"), ZmtpVersion::V1_0, "", b"abcd"),
        (signature(b"\x00\x05\x05\0abcd"), ZmtpVersion::V1_0, "DEALER", b"abcd"),
        (vectors(V2), ZmtpVersion::V2_0, "DEALER", b"abcd"),
        (signature(b"\x02\x08\0\0"), ZmtpVersion::V2_0, "PUSH", b""),
    ];
    for (wire, version, socket_type, routing_id) in cases {
        let (steps, error, _) = heard(|| zmtp("PULL"), &wire);
        let peer = ready(&steps);
        assert_eq!((steps.len(), error), (1, None));
        assert_eq!((peer.version, &peer.socket_type[..]), (version, socket_type));
        assert_eq!((&peer.routing_id[..], &peer.properties[..]), (routing_id, &[][..]));
    }
}

#[test]
fn each_version_is_told_who_we_are_in_its_own_way() {
    for (greeting, recorded) in
        [(&[V1][..], "zmtp/libzmq-dealer-v1"), (V2, "zmtp/libzmq-dealer-v2")]
    {
        let dealer = || {
            engine(|config| {
                (config.socket_type, config.routing_id) = ("DEALER", Bytes::from_static(b"abcd"));
            })
        };
        let (_, error, mut said) = heard(dealer, &vectors(greeting));
        assert_eq!(error, None);
        // And then what libzmq was recorded to send.
        let (mut engine, mut input) = (dealer(), InBuf::new());
        input.extend(&vectors(greeting));
        assert!(matches!(next(&mut engine, &mut input), Ok(Some(Seen::Ready(_)))));
        let encoder = engine.encoder().expect("ready");
        for frames in [&[&b"hello"[..]][..], &[b"a", b"", &[b'b'; 300]]] {
            let Seen::Message(message) = data(frames) else { unreachable!() };
            let mut out = OutBuf::default();
            encoder.encode(&message, &mut out);
            said.extend(taken(&out));
        }
        assert_eq!(said, vector(recorded));
    }
}

#[test]
fn a_peer_of_1_0_hears_nothing_but_the_signature_before_it_has_spoken() {
    let (mut engine, mut input) = (named(), InBuf::new());
    assert_eq!(output(&mut engine), b"\xff\0\0\0\0\0\0\0\x05\x7f");
    input.extend(&vector(V1));
    assert!(matches!(next(&mut engine, &mut input), Ok(Some(Seen::Ready(_)))));
    assert_eq!(output(&mut engine), b"abcd");
}

#[test]
fn libzmq_is_understood_when_it_speaks_to_old_peers() {
    // After the greeting that it sends to everybody, and what follows from ours.
    let messages = [data(&[b"hello"]), data(&[b"a", b"", &[b'b'; 300]])];
    let (v1, v2) = (vector("zmtp/libzmq-dealer-v1"), vector("zmtp/libzmq-dealer-v2"));
    assert_eq!(traffic("PULL", &[V1], &v1[14..]), (messages.to_vec(), None));
    assert_eq!(traffic("PULL", V2, &v2[18..]), (messages.to_vec(), None));
    let wishes = [
        subscribe(b"abc"),
        subscribe(b""),
        Seen::Control(Control::Cancel(Bytes::from_static(b"abc"))),
    ];
    let v2 = vector("zmtp/libzmq-sub-v2");
    assert_eq!(traffic("XPUB", V2, &v2[14..]), (wishes.to_vec(), None));
    let v1 = [&[subscribe(b"")], &wishes[..]].concat();
    assert_eq!(traffic("XPUB", &[V1], &vector("zmtp/libzmq-sub-v1")[10..]), (v1, None));
}

#[test]
fn messages_of_1_0_go_both_ways() {
    let cases: [(&str, &[&[u8]]); 5] = [
        ("zmtp/v1-frame-empty", &[b""]),
        ("zmtp/v1-frame-short", &[b"hello"]),
        ("zmtp/v1-frame-253", &[&[b'a'; 253]]),
        ("zmtp/v1-frame-254", &[&[b'a'; 254]]),
        ("zmtp/v1-frames-multipart", &[b"id", b"", &[b'b'; 256]]),
    ];
    for (name, frames) in cases {
        let expected = data(frames);
        let got = traffic("PULL", &[V1], &vector(name));
        assert_eq!(got, (vec![expected.clone()], None), "{name}");
        let Seen::Message(message) = expected else { unreachable!() };
        let mut out = OutBuf::default();
        Encoder::ZmtpV1.encode(&message, &mut out);
        assert_eq!(taken(&out), vector(name), "{name}");
        assert_eq!(Encoder::ZmtpV1.restore(vector(name).into()), message);
    }
    // A short message may have a long length, and bits that mean nothing.
    let long = b"\xff\0\0\0\0\0\0\0\x02\xfea";
    assert_eq!(traffic("PULL", &[V1], long), (vec![data(&[b"a"])], None));
}

#[test]
fn subscriptions_are_messages_of_any_length() {
    for (verb, len) in ["subscribe", "cancel"]
        .into_iter()
        .flat_map(|verb| [0, 3, 251, 252, 253, 254].map(|len| (verb, len)))
        .filter(|case| *case != ("cancel", 0))
    {
        let name = format!("zmtp/v1-{verb}-{len}");
        let topic = Bytes::from(if len == 3 { b"abc".to_vec() } else { vec![b't'; len] });
        let change = if verb == "cancel" { Control::Cancel } else { Control::Subscribe };
        let control = change(topic);
        let mut out = OutBuf::default();
        Encoder::ZmtpV1.encode_control(&control, &mut out);
        assert_eq!(taken(&out), vector(&name), "{name}");
        let (steps, error) = traffic("PUB", &[V1], &vector(&name));
        assert_eq!((steps, error), (vec![subscribe(b""), Seen::Control(control)], None), "{name}");
    }
}

#[test]
fn only_publishers_think_that_an_unversioned_peer_wants_everything() {
    let versioned = b"\xff\0\0\0\0\0\0\0\x01\x7f\0\x02\x01\0";
    for (kind, expected) in [("PUB", 1), ("XPUB", 1), ("PULL", 0), ("SUB", 0)] {
        let (steps, error, _) = heard(|| zmtp(kind), &vector(V1));
        assert_eq!((steps.len() - 1, error), (expected, None), "{kind}");
        let (steps, error, _) = heard(|| zmtp(kind), versioned);
        assert_eq!((steps.len(), error), (1, None), "{kind}");
    }
}

#[test]
fn old_peers_send_no_commands_and_get_no_pings() {
    for (greeting, bytes) in [
        (V2, [vector("zmtp/ping"), vector("zmtp/subscribe-3-minor1")].concat()),
        (&[V1][..], Vec::new()),
    ] {
        let wire = [vectors(greeting), bytes].concat();
        let (mut engine, mut input) = (zmtp("PULL"), InBuf::new());
        input.extend(&wire);
        assert!(matches!(next(&mut engine, &mut input), Ok(Some(Seen::Ready(_)))));
        output(&mut engine);
        assert_eq!(next(&mut engine, &mut input), Ok(None));
        assert!(!engine.ping(10));
        assert_eq!((output(&mut engine), engine.take_ttl()), (vec![], None));
    }
}

#[test]
fn old_peers_are_refused_where_security_is_asked_for() {
    for make in unfriendly() {
        for (wire, version) in [
            (vector(V1), ZmtpVersion::V1_0),
            (vector("zmtp/greeting-1.0-long"), ZmtpVersion::V1_0),
            (vectors(V2), ZmtpVersion::V2_0),
            (b"\xff\0\0\0\0\0\0\0\x01\x7f\0".to_vec(), ZmtpVersion::V1_0),
        ] {
            let (steps, error, said) = heard(make, &wire);
            let error = error.expect("refused");
            assert!(matches!(error, WireError::ZmtpVersion { peer, .. } if peer == version));
            assert_eq!((steps, said.len(), error.code()), (vec![], 64, ErrorCode::Protocol));
        }
    }
}

#[test]
fn a_socket_type_of_2_0_must_go_with_ours() {
    let signature = |number: u8| [b"\xff\0\0\0\0\0\0\0\x01\x7f\x01".as_slice(), &[number]].concat();
    let pull = || engine(|config| config.peers = &["PUSH"]);
    for (number, theirs) in
        [(7, "PULL"), (1, "PUB"), (10, "XSUB"), (11, "number 11"), (255, "number 255")]
    {
        let (steps, error, _) = heard(pull, &signature(number));
        assert_eq!(error, Some(WireError::SocketType { ours: "PULL", theirs: theirs.into() }));
        assert_eq!(steps, []);
    }
    assert_eq!(heard(pull, &[signature(8), b"\0\0".to_vec()].concat()).1, None);
}

#[test]
fn what_is_no_routing_id_is_refused() {
    let v2 = vector("zmtp/greeting-2.0");
    let long = |head: &[u8]| [&v2[..], head].concat();
    let cases = [
        (b"\x05\x01".to_vec(), ErrorCode::Protocol, "0x05"),
        (b"\x05\x7e".to_vec(), ErrorCode::Protocol, "0x05"),
        (b"\0".to_vec(), ErrorCode::Protocol, "0x00"),
        (b"\xff\0\0\0\0\0\0\0\x01\x02".to_vec(), ErrorCode::Protocol, "0xff"),
        (b"\xff\0\0\0\0\0\0\0\0\0".to_vec(), ErrorCode::Protocol, "length 0"),
        (b"\xff\0\0\0\0\0\0\x01\x01\0".to_vec(), ErrorCode::MessageSize, "256"),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\0".to_vec(), ErrorCode::MessageSize, "255"),
        (long(b"\x01\x00"), ErrorCode::Protocol, "a routing id"),
        (long(b"\x04\x00"), ErrorCode::Protocol, "a routing id"),
        (long(b"\x02\0\0\0\0\0\0\x01\0"), ErrorCode::MessageSize, "256"),
        (long(b"\x02\xff\xff\xff\xff\xff\xff\xff\xff"), ErrorCode::MessageSize, "255"),
    ];
    for (wire, code, word) in cases {
        let (steps, error, _) = heard(|| zmtp("PULL"), &wire);
        let error = error.expect("refused");
        assert_eq!((steps, error.code()), (vec![], code), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
    // The longest there is.
    let id = [7; MAX_ROUTING_ID];
    let long = [b"\xff\0\0\0\0\0\0\x01\0\0", &id[..]].concat();
    let (steps, error, _) = heard(|| zmtp("PULL"), &long);
    assert_eq!((&ready(&steps).routing_id[..], error), (&id[..], None));
}

#[test]
fn limits_of_1_0_hold_to_the_byte_and_before_the_body() {
    let head = |counted: u64| [&[0xFF][..], &counted.to_be_bytes(), &[0]].concat();
    let topic = |len: u64| [head(len + 2), vec![1]].concat();
    let top = MAX_TOPIC as u64;
    let cases = [
        ("PULL", Some(10), b"\x0b\0".to_vec(), None),
        ("PULL", Some(10), b"\x0c\0".to_vec(), Some("frame")),
        ("PULL", Some(10), head(11), None),
        ("PULL", Some(10), head(12), Some("frame")),
        ("PULL", None, head(1 << 62), None),
        ("PULL", None, head((1 << 63) + 1), Some("frame")),
        ("PULL", None, head(u64::MAX), Some("frame")),
        ("XPUB", None, topic(top), None),
        ("XPUB", None, topic(top + 1), Some("topic")),
        ("XPUB", Some(3), vector("zmtp/v1-subscribe-3"), Some("frame")),
        ("XPUB", Some(4), vector("zmtp/v1-subscribe-3"), None),
    ];
    for (kind, max_message, bytes, what) in cases {
        let make =
            || engine(|config| (config.socket_type, config.max_message) = (kind, max_message));
        let (_, error, _) = heard(make, &[vector(V1), bytes.clone()].concat());
        let got = error.map(|error| match error {
            WireError::TooLarge { what, .. } => what,
            other => panic!("{other:?}"),
        });
        assert_eq!(got, what, "{kind} {max_message:?} {bytes:x?}");
    }
}

#[test]
fn a_length_of_1_0_that_leaves_out_the_flags_ends_the_connection() {
    for bytes in [&b"\0"[..], b"\xff\0\0\0\0\0\0\0\0", b"\0\0\0\0"] {
        for before in [&b""[..], b"\x02\0a", b"\x02\x01a"] {
            let (steps, error) = traffic("PULL", &[V1], &[before, bytes].concat());
            assert_eq!(steps.len(), usize::from(before == b"\x02\0a"));
            assert_eq!(error, Some(WireError::NoFlags));
        }
    }
}

#[test]
fn a_message_of_1_0_has_no_endless_frames() {
    let endless = [&vector(V1)[..], &[1, 1].repeat(MAX_FRAMES)].concat();
    let (_, error, _) = run(zmtp("PULL"), [&endless[..]]);
    assert_eq!(error, Some(WireError::TooManyFrames { limit: MAX_FRAMES }));
}
