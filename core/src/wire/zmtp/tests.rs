//! The ZMTP wire against its golden bytes.

use super::*;
use crate::{
    error::ErrorCode,
    message::{Control, Encode, Frame, Message},
    option::{Key, Secret},
    wire::{
        Encoder, Engine, EngineConfig, KeyPair,
        tests::{Seen, next, output, run, taken, zmtp, zmtp_config},
        vectors::{vector, vectors},
    },
};

const NULL_31: &str = "zmtp/greeting-3.1-null";
const NULL_30: &str = "zmtp/greeting-3.0-null";

pub(super) fn engine(change: impl FnOnce(&mut ZmtpConfig)) -> Engine {
    let mut config = zmtp_config("PULL");
    change(&mut config);
    Engine::new(EngineConfig::Zmtp(config))
}

/// What the engine makes of a peer's traffic after a good handshake.
fn traffic(engine: Engine, peer: &str, bytes: &[u8]) -> (Vec<Seen>, Option<WireError>, Vec<u8>) {
    let handshake = vectors(&[NULL_31, peer]);
    let sent = 64 + run_ready(&engine);
    let (mut steps, error, output) = run(engine, [&handshake[..], bytes]);
    steps.remove(0);
    (steps, error, output[sent..].to_vec())
}

/// Engines that must not speak ZMTP before 3.0.
pub(super) fn unfriendly() -> Vec<fn() -> Engine> {
    vec![
        || engine(|config| config.security = Security::Null { asks: true }),
        || engine(|config| config.security = Security::PlainServer),
        || {
            let (username, password) = ("user".into(), Secret::new(b"password"));
            engine(|config| config.security = Security::PlainClient { username, password })
        },
        || engine(|config| config.security = Security::CurveServer { secret: Key::new(&[7; 32]) }),
        || {
            let keys = KeyPair::of(Key::new(&[7; 32]));
            let server = keys.public.clone();
            engine(|config| config.security = Security::CurveClient { keys, server })
        },
        || engine(|config| config.socket_type = "SERVER"),
    ]
}

/// The length of our READY, without metadata.
fn run_ready(engine: &Engine) -> usize {
    let Engine::Zmtp(engine) = engine else { panic!("not ZMTP") };
    let Terms { socket_type, routing_id, .. } = &engine.terms;
    let config = ZmtpConfig { routing_id: routing_id.clone(), ..zmtp_config(socket_type) };
    let mut out = OutBuf::default();
    command::encode(command::READY, &own_metadata(&config), &mut out);
    out.len()
}

pub(super) fn ready(steps: &[Seen]) -> &PeerInfo {
    match steps.first() {
        Some(Seen::Ready(peer)) => peer,
        other => panic!("{other:?}"),
    }
}

pub(super) fn data(message: &[&[u8]]) -> Seen {
    Seen::Message(Message::from_frames(message.iter().map(|frame| Frame::from(*frame)).collect()))
}

#[test]
fn greeting_and_ready_are_as_specified() {
    let cases: [(Engine, &str, &str); 5] = [
        (engine(|config| config.socket_type = "PUSH"), NULL_31, "zmtp/ready-push"),
        (engine(|config| config.socket_type = "SUB"), NULL_31, "zmtp/ready-sub"),
        (engine(|config| config.socket_type = "DEALER"), NULL_31, "zmtp/ready-dealer"),
        (
            engine(|config| {
                (config.socket_type, config.routing_id) = ("ROUTER", Bytes::from_static(b"abcd"));
            }),
            "zmtp/greeting-3.1-null-id4",
            "zmtp/ready-router-id",
        ),
        (
            engine(|config| {
                config.socket_type = "REQ";
                config.metadata = vec![("X-Long".into(), vec![b'x'; 240].into())];
            }),
            NULL_31,
            "zmtp/ready-long",
        ),
    ];
    for (mut engine, greeting, ready) in cases {
        let mut said = output(&mut engine);
        assert_eq!(output(&mut engine), b"");
        let mut input = InBuf::new();
        input.extend(&vector(NULL_31));
        assert_eq!(next(&mut engine, &mut input), Ok(None));
        said.extend(output(&mut engine));
        assert_eq!(said, vectors(&[greeting, ready]), "{ready}");
    }
}

#[test]
fn the_greeting_goes_as_far_as_the_peer_is_known() {
    let (mut engine, mut input) = (zmtp("PULL"), InBuf::new());
    let mut said = vec![(0, output(&mut engine).len())];
    for (at, byte) in vector(NULL_31).into_iter().enumerate() {
        input.extend(&[byte]);
        assert_eq!(next(&mut engine, &mut input), Ok(None));
        let more = output(&mut engine).len();
        if more > 0 {
            said.push((at + 1, more));
        }
    }
    assert_eq!(said, [(0, 10), (10, 1), (11, 53), (64, run_ready(&engine))]);
}

#[test]
fn where_old_peers_are_not_welcome_the_greeting_goes_at_once() {
    for engine in unfriendly() {
        assert_eq!(output(&mut engine()).len(), 64);
    }
}

#[test]
fn the_as_server_flag_is_sent_and_not_read() {
    let greeting = output(&mut engine(|config| config.security = Security::PlainServer));
    assert_eq!(greeting[32], 1);
    let mut greeting = vector(NULL_31);
    greeting[32] = 1;
    let wire = [greeting, vector("zmtp/ready-push")].concat();
    assert_eq!(run(zmtp("PULL"), [&wire[..]]).1, None);
}

#[test]
fn both_sides_speak_the_lower_version() {
    let spoken = [ZmtpVersion::V3_0, ZmtpVersion::V3_1];
    for (version, minor) in [([3, 0], 0), ([3, 1], 1), ([3, 9], 1), ([4, 0], 1), ([255, 7], 1)] {
        let mut greeting = vector(NULL_31);
        greeting[10..12].copy_from_slice(&version);
        let (mut engine, mut input) = (zmtp("PULL"), InBuf::new());
        input.extend(&[greeting, vector("zmtp/ready-push")].concat());
        let Ok(Some(Seen::Ready(peer))) = next(&mut engine, &mut input) else {
            panic!("{version:?}")
        };
        assert_eq!(peer.version, spoken[usize::from(minor)]);
        assert_eq!(engine.encoder(), Some(Encoder::Zmtp { minor }));
    }
}

#[test]
fn ready_tells_who_the_peer_is() {
    let cases = [
        (NULL_31, "zmtp/ready-push", "PUSH", &b""[..]),
        (NULL_30, "zmtp/ready-dealer", "DEALER", b""),
        (NULL_31, "zmtp/ready-router-id", "ROUTER", b"abcd"),
        (NULL_31, "zmtp/ready-case", "DEALER", b"me"),
        (NULL_31, "zmtp/ready-long", "REQ", b""),
        (NULL_31, "zmtp/libzmq-dealer", "DEALER", b"abcd"),
    ];
    for (greeting, ready_name, socket_type, routing_id) in cases {
        let names = [greeting, ready_name];
        let skip = usize::from(ready_name.contains("libzmq"));
        let (steps, error, _) = run(zmtp("DEALER"), [&vectors(&names[skip..])[..]]);
        let peer = ready(&steps);
        assert_eq!((error, &peer.socket_type[..]), (None, socket_type));
        assert_eq!(peer.routing_id, routing_id);
    }
    let (steps, ..) = run(zmtp("DEALER"), [&vectors(&[NULL_31, "zmtp/ready-case"])[..]]);
    let names: Vec<_> = ready(&steps).properties.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["SOCKET-TYPE", "x-hello", "identity"]);
}

#[test]
fn strange_peers_are_refused_by_their_first_bytes() {
    let curve = vector("zmtp/greeting-3.1-curve");
    let mut name_in_padding = vector(NULL_31);
    name_in_padding[31] = b'x';
    let cases = [
        (b"GET / HTTP".to_vec(), WireError::ZmtpGreeting { got: b'G' }),
        (vector("sp/greeting-push0"), WireError::ZmtpGreeting { got: 0 }),
        (b"\x16\x03\x01".to_vec(), WireError::ZmtpGreeting { got: 0x16 }),
        (curve, WireError::Mechanism { ours: "NULL", theirs: "CURVE".into() }),
    ];
    for (bytes, expected) in cases {
        assert_eq!(run(zmtp("PULL"), [&bytes[..]]).1, Some(expected));
    }
    let (_, error, _) = run(zmtp("PULL"), [&name_in_padding[..]]);
    assert!(matches!(error, Some(WireError::Mechanism { .. })), "{error:?}");
}

#[test]
fn handshakes_that_go_wrong_say_how() {
    let command = |name: &[u8], data: &[u8]| {
        let mut out = OutBuf::default();
        command::encode(name, data, &mut out);
        taken(&out)
    };
    let long_id = {
        let mut data = Vec::new();
        encode_property(SOCKET_TYPE, b"DEALER", &mut data);
        encode_property(IDENTITY, &[1; 256], &mut data);
        command(command::READY, &data)
    };
    let cases = [
        (vector("zmtp/error"), ErrorCode::Protocol, "Not today."),
        (vector("zmtp/frame-short"), ErrorCode::Protocol, "a message"),
        (vector("zmtp/ping"), ErrorCode::Protocol, "PING"),
        (command(command::READY, b""), ErrorCode::Protocol, SOCKET_TYPE),
        (command(command::READY, b"\x0bSocket-T"), ErrorCode::Protocol, "name"),
        (command(command::READY, b"\x01a\0\0\0\x05four"), ErrorCode::Protocol, "value"),
        (command(command::READY, b"\x01\xff\0\0\0\0"), ErrorCode::Protocol, "name"),
        (command(command::ERROR, b"\x09short"), ErrorCode::Protocol, "reason"),
        (b"\x04\x09^RROR\x03400".to_vec(), ErrorCode::Protocol, "refused the handshake: \"400\""),
        (b"\x04\x00".to_vec(), ErrorCode::Protocol, "name"),
        (b"\x04\x02\x05R".to_vec(), ErrorCode::Protocol, "name"),
        (b"\x06\0\0\0\0\0\x01\0\x01".to_vec(), ErrorCode::MessageSize, "65537"),
        (long_id, ErrorCode::MessageSize, "256"),
    ];
    for (bytes, code, word) in cases {
        let (steps, error, _) = run(zmtp("PULL"), [&vector(NULL_31)[..], &bytes[..]]);
        let error = error.expect("an error");
        assert_eq!((steps, error.code()), (vec![], code), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_socket_type_that_does_not_go_with_ours_is_refused() {
    let engine = engine(|config| config.peers = &["PUSH"]);
    let (_, error, _) = run(engine, [&vectors(&[NULL_31, "zmtp/ready-sub"])[..]]);
    let expected = WireError::SocketType { ours: "PULL", theirs: "SUB".into() };
    assert_eq!(expected.code(), ErrorCode::IncompatibleProtocol);
    assert_eq!(error, Some(expected));
}

#[test]
fn messages_go_both_ways_as_specified() {
    let cases: [(&str, &[&[u8]]); 5] = [
        ("zmtp/frame-empty", &[b""]),
        ("zmtp/frame-short", &[b"hello"]),
        ("zmtp/frame-255", &[&[b'a'; 255]]),
        ("zmtp/frame-256", &[&[b'a'; 256]]),
        ("zmtp/frames-multipart", &[b"id", b"", &[b'b'; 256]]),
    ];
    for (name, frames) in cases {
        let expected = data(frames);
        let (steps, error, _) = traffic(zmtp("PULL"), "zmtp/ready-push", &vector(name));
        assert_eq!((&steps[..], error), (std::slice::from_ref(&expected), None), "{name}");
        let Seen::Message(message) = expected else { panic!("{name}") };
        for minor in [0, 1] {
            let mut out = OutBuf::default();
            Encoder::Zmtp { minor }.encode(&message, &mut out);
            assert_eq!(taken(&out), vector(name), "{name}");
        }
    }
}

#[test]
fn subscriptions_go_both_ways_as_specified() {
    for (verb, len, minor) in ["subscribe", "cancel"]
        .into_iter()
        .flat_map(|verb| [0, 3, 254, 255, 256].map(|len| (verb, len)))
        .filter(|case| *case != ("cancel", 0))
        .flat_map(|(verb, len)| [0, 1].map(|minor| (verb, len, minor)))
    {
        let name = format!("zmtp/{verb}-{len}-minor{minor}");
        let topic = Bytes::from(if len == 3 { b"abc".to_vec() } else { vec![b't'; len] });
        let change = if verb == "cancel" { Control::Cancel } else { Control::Subscribe };
        let control = change(topic);
        let mut out = OutBuf::default();
        Encoder::Zmtp { minor }.encode_control(&control, &mut out);
        assert_eq!(taken(&out), vector(&name), "{name}");
        for publisher in ["PUB", "XPUB"] {
            let (steps, error, _) = traffic(zmtp(publisher), "zmtp/ready-sub", &vector(&name));
            assert_eq!((steps, error), (vec![Seen::Control(control.clone())], None), "{name}");
        }
    }
}

#[test]
fn libzmq_subscribes_in_the_form_of_its_peer() {
    for minor in [0, 1] {
        let bytes = vector(&format!("zmtp/libzmq-sub-minor{minor}"));
        let (steps, error, _) = run(zmtp("XPUB"), [&bytes[..]]);
        let mut changes = steps[1..].to_vec();
        // libzmq sends the set that it has at the handshake in the order of its trie.
        changes.sort_by_key(|step| format!("{step:?}"));
        let expected = [
            Control::Cancel(Bytes::from_static(b"abc")),
            Control::Subscribe(Bytes::new()),
            Control::Subscribe(Bytes::from_static(b"abc")),
        ];
        assert_eq!((error, changes), (None, expected.map(Seen::Control).to_vec()), "{minor}");
    }
}

#[test]
fn libzmq_sends_what_it_was_given() {
    let (steps, error, _) = run(zmtp("ROUTER"), [&vector("zmtp/libzmq-dealer")[..]]);
    assert_eq!((error, steps.len()), (None, 3));
    assert_eq!(steps[1..], [data(&[b"hello"]), data(&[b"a", b"", &[b'b'; 300]])]);
}

#[test]
fn only_publishers_hear_subscriptions() {
    let (as_command, as_message) =
        (vector("zmtp/subscribe-3-minor1"), vector("zmtp/subscribe-3-minor0"));
    let both = [as_command, as_message].concat();
    let (steps, error, _) = traffic(zmtp("PULL"), "zmtp/ready-push", &both);
    assert_eq!((steps, error), (vec![data(&[b"\x01abc"])], None));
    for bytes in [&b"\0\x03\x02ab"[..], b"\0\0", b"\x01\x02\x01a\0\x01b"] {
        let (steps, error, _) = traffic(zmtp("XPUB"), "zmtp/ready-sub", bytes);
        assert_eq!((steps.len(), error), (1, None));
        assert!(matches!(steps[0], Seen::Message(_)), "{steps:?}");
    }
}

/// Groups are commands whatever the minor version, and mean something to a RADIO alone.
#[test]
fn groups_are_joined_and_left_by_commands() {
    let ready = |name: &str| vector(&format!("zmtp/ready-{}", name.to_lowercase()));
    let peer_of = |kind: &'static str, peers, shape| {
        engine(|config| {
            (config.socket_type, config.peers, config.shape) = (kind, peers, shape);
        })
    };
    let heard = |engine: Engine, peer: &str, bytes: &[u8]| {
        let handshake = [vector(NULL_31), ready(peer)].concat();
        let (mut steps, error, _) = run(engine, [&handshake[..], bytes]);
        steps.remove(0);
        (steps, error)
    };
    let radio = || peer_of("RADIO", &["DISH"], Shape::Grouped);
    let dish = || peer_of("DISH", &["RADIO"], Shape::Grouped);
    let changes = b"\x04\x08\x04JOINabc\x04\x09\x05LEAVEabc";
    let told = [Control::Subscribe(b"abc"[..].into()), Control::Cancel(b"abc"[..].into())];
    assert_eq!(heard(radio(), "DISH", changes), (told.clone().map(Seen::Control).into(), None));
    assert_eq!(heard(dish(), "RADIO", changes), (vec![], None));
    let mut out = OutBuf::default();
    told.iter().for_each(|control| Encoder::ZmtpGroups.encode_control(control, &mut out));
    assert_eq!(taken(&out), changes);

    let long = [&b"\x06\0\0\0\0\0\0\x01\x05\x04JOIN"[..], &[b'g'; 256]].concat();
    let (_, error) = heard(radio(), "DISH", &long);
    assert!(matches!(error, Some(WireError::TooLarge { what: "group", .. })), "{error:?}");

    let message = b"\x01\x03abc\0\x01x";
    assert_eq!(heard(dish(), "RADIO", message), (vec![data(&[b"abc", b"x"])], None));
    assert_eq!(heard(dish(), "RADIO", b"\0\x01x").1, Some(WireError::NoGroup));
    let three = b"\x01\x01g\x01\x01x\0\x01y";
    assert_eq!(heard(dish(), "RADIO", three).1, Some(WireError::TooManyFrames { limit: 2 }));

    let client = peer_of("CLIENT", &["SERVER"], Shape::Body);
    let (_, error) = heard(client, "SERVER", b"\x01\x01a\0\x01b");
    assert_eq!(error, Some(WireError::TooManyFrames { limit: 1 }));
}

/// What libzmq's drafts sent: PEER and CHANNEL have no class in any package, so these bytes stand for them.
#[test]
fn drafts_introduce_themselves_as_libzmqs_do() {
    let kinds = ["PEER", "CHANNEL", "SERVER", "CLIENT", "RADIO", "DISH", "GATHER", "SCATTER"];
    for kind in kinds {
        let mut out = OutBuf::default();
        let config = ZmtpConfig { socket_type: kind, ..zmtp_config(kind) };
        command::encode(command::READY, &own_metadata(&config), &mut out);
        assert_eq!(taken(&out), vector(&format!("zmtp/ready-{}", kind.to_lowercase())), "{kind}");
    }
}

#[test]
fn pings_are_answered_and_what_is_unknown_is_not() {
    let long_context = [&b"\x04\x1b\x04PING\0\0"[..], &[b'c'; 20]].concat();
    let short_pong = [&b"\x04\x15\x04PONG"[..], &[b'c'; 16]].concat();
    let cases: [(&[u8], &[u8]); 6] = [
        (&vector("zmtp/ping"), &vector("zmtp/pong")),
        (b"\x04\x07\x04PING\0\0", b"\x04\x05\x04PONG"),
        (&long_context, &short_pong),
        (&vector("zmtp/pong"), b""),
        (b"\x04\x06\x05WHAT?\x05\x09\x04PINGabcd", b""),
        (b"\x01\x01a\x04\x07\x04PING\0\0", b"\x04\x05\x04PONG"),
    ];
    for (bytes, answer) in cases {
        let (steps, error, output) = traffic(zmtp("PULL"), "zmtp/ready-push", bytes);
        assert_eq!((steps, error, &output[..]), (vec![], None, answer));
    }
    for bad in [vector("zmtp/ping-short"), b"\x04\x00".to_vec(), b"\x04\x01\x05".to_vec()] {
        let (_, error, output) = traffic(zmtp("PULL"), "zmtp/ready-push", &bad);
        assert!(matches!(error, Some(WireError::Command { .. })), "{error:?}");
        assert_eq!(output, b"");
    }
}

#[test]
fn a_time_to_live_keeps_all_of_its_bits() {
    for tenths in [1, 655, 656, u16::MAX] {
        let ping = [&b"\x04\x07\x04PING"[..], &tenths.to_be_bytes()].concat();
        let (mut engine, mut input) = (zmtp("PULL"), InBuf::new());
        input.extend(&[vectors(&[NULL_31, "zmtp/ready-push"]), ping].concat());
        assert!(matches!(next(&mut engine, &mut input), Ok(Some(Seen::Ready(_)))));
        assert_eq!(next(&mut engine, &mut input), Ok(None));
        assert_eq!([engine.take_ttl(), engine.take_ttl()], [Some(tenths), None]);
    }
}

#[test]
fn reserved_flags_are_not_looked_at() {
    let (steps, error, _) = traffic(zmtp("PULL"), "zmtp/ready-push", b"\xf8\x01a");
    assert_eq!((steps, error), (vec![data(&[b"a"])], None));
}

#[test]
fn limits_hold_to_the_byte_and_before_the_body() {
    let head = |flags: u8, len: u64| [&[flags | 2][..], &len.to_be_bytes()].concat();
    let topic = |byte: u8, len: u64| [head(0, len + 1), vec![byte]].concat();
    let top = MAX_TOPIC as u64;
    let cases = [
        ("PULL", Some(10), head(0, 10), None),
        ("PULL", Some(10), head(0, 11), Some("frame")),
        ("PULL", Some(10), head(1, 11), Some("frame")),
        ("PULL", None, head(0, 1 << 62), None),
        ("PULL", None, head(0, 1 << 63), Some("frame")),
        ("PULL", None, head(4, 1 << 62), Some("command")),
        ("XPUB", None, head(4, 1 << 62), Some("command")),
        ("XPUB", None, topic(1, top), None),
        ("XPUB", None, topic(1, top + 1), Some("topic")),
        ("XPUB", None, topic(0, top + 1), Some("topic")),
        ("XPUB", None, topic(2, top + 1), None),
        ("XPUB", Some(3), vector("zmtp/subscribe-3-minor1"), None),
        ("XPUB", Some(2), vector("zmtp/subscribe-3-minor1"), Some("topic")),
    ];
    for (socket_type, max_message, bytes, what) in cases {
        let engine = engine(|config| {
            (config.socket_type, config.max_message) = (socket_type, max_message);
        });
        let (_, error, _) = traffic(engine, "zmtp/ready-sub", &bytes);
        let got = match error {
            Some(WireError::TooLarge { what, .. }) => Some(what),
            other => {
                assert_eq!(other, None);
                None
            }
        };
        assert_eq!(got, what, "{socket_type} {max_message:?} {:?}", &bytes[..9.min(bytes.len())]);
    }
}

#[test]
fn a_message_has_no_endless_frames() {
    let last = [[1, 0].repeat(MAX_FRAMES - 1), vec![0, 0]].concat();
    let (steps, error, _) = traffic(zmtp("PULL"), "zmtp/ready-push", &last);
    assert_eq!((steps.len(), error), (1, None));
    let endless = [1, 0].repeat(MAX_FRAMES);
    let (_, error, _) = traffic(zmtp("PULL"), "zmtp/ready-push", &endless);
    assert_eq!(error, Some(WireError::TooManyFrames { limit: MAX_FRAMES }));
}
