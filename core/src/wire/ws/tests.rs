//! WebSocket between two engines, and against bytes that no engine of ours sends.

use proptest::{collection::vec, prelude::*};

use super::{
    frame::{Opcode, put},
    *,
};
use crate::{
    message::{Control, Encode, Load, ZmtpVersion},
    wire::{Engine, EngineConfig, KeyPair, Security, SpFraming, tests::taken},
};

const PATH: &str = "/path?query";
const ORIGINS: [&str; 2] = ["https://example.org", "http://localhost:8000"];

fn sp(protocol: u16, peers: &'static [u16], text: bool) -> Mapping {
    let config = SpConfig { protocol, peers, framing: SpFraming::Tcp, max_message: Some(300_000) };
    Mapping::Sp { config, text }
}

fn zmtp(socket_type: &'static str, security: Security) -> Mapping {
    Mapping::Zmtp(ZmtpConfig {
        socket_type,
        peers: &["PUB", "SUB", "REQ", "REP"],
        shape: crate::message::Shape::Parts,
        routing_id: Bytes::from_static(b"id"),
        security,
        max_message: Some(300_000),
        metadata: Vec::new(),
    })
}

fn engine(side: Side, mapping: Mapping) -> Engine {
    let (host, path) = ("host:80".into(), PATH.into());
    let origins = ORIGINS.map(str::to_owned).into();
    Engine::new(EngineConfig::Ws(WsConfig { side, host, path, origins, mapping }))
}

/// What came out of an engine.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    Ready(PeerInfo),
    Message(Message),
    Control(Control),
}

/// An engine with the bytes that arrived for it.
struct End {
    engine: Engine,
    input: InBuf,
    came: Vec<Came>,
    error: Option<WireError>,
}

impl End {
    fn new(side: Side, mapping: Mapping) -> Self {
        let (engine, input) = (engine(side, mapping), InBuf::new());
        Self { engine, input, came: Vec::new(), error: None }
    }

    /// Takes bytes in pieces of at most `step`; answers what it says to them.
    fn take(&mut self, bytes: &[u8], step: usize) -> Vec<u8> {
        for piece in bytes.chunks(step) {
            self.input.extend(piece);
            while self.error.is_none() && self.next() {}
        }
        self.said()
    }

    fn next(&mut self) -> bool {
        let mut intake = Intake::new(Load { messages: 1, bytes: usize::MAX });
        let step = self.engine.consume(&mut self.input, &mut intake);
        let before = self.came.len();
        self.came.extend(intake.into_iter().map(Came::Message));
        match step {
            Ok(Some(Step::Ready(peer))) => self.came.push(Came::Ready(peer)),
            Ok(Some(Step::Control(control))) => self.came.push(Came::Control(control)),
            Ok(Some(Step::Authenticate(_))) => {
                self.engine.decide(Verdict::granted());
                return true;
            }
            Ok(Some(Step::Elsewhere(_))) => {
                self.engine.answer_stranger();
                return true;
            }
            Ok(None) => {}
            Err(error) => self.error = Some(error),
        }
        self.came.len() > before
    }

    fn said(&mut self) -> Vec<u8> {
        let mut out = OutBuf::default();
        self.engine.take_output(&mut out);
        taken(&out)
    }

    fn messages(&self) -> Vec<&Message> {
        let all = self.came.iter();
        all.filter_map(|came| if let Came::Message(message) = came { Some(message) } else { None })
            .collect()
    }
}

/// Both ends, after their handshake, which went in pieces of at most `step` bytes.
fn connected(server: Mapping, client: Mapping, step: usize) -> [End; 2] {
    let (mut server, mut client) = (End::new(Side::Server, server), End::new(Side::Client, client));
    let mut to_server = client.said();
    while !to_server.is_empty() {
        let to_client = server.take(&to_server, step);
        to_server = client.take(&to_client, step);
    }
    assert_eq!((&server.error, &client.error), (&None, &None));
    [server, client]
}

fn encoded(end: &End, messages: &[Message]) -> Vec<u8> {
    let (mut out, encoder) = (OutBuf::default(), end.engine.encoder().unwrap());
    messages.iter().for_each(|message| encoder.encode(message, &mut out));
    taken(&out)
}

fn message(parts: &[&[u8]]) -> Message {
    Message::from_frames(parts.iter().map(|part| Frame::from_slice(part)).collect())
}

fn pub_sub(step: usize) -> [End; 2] {
    connected(sp(0x20, &[0x21], false), sp(0x21, &[0x20], false), step)
}

#[test]
fn sp_goes_both_ways_in_pieces_of_any_size() {
    let large = vec![7; 70_000];
    for text in [false, true] {
        for step in [1, 7, 1000, usize::MAX] {
            let mapping = || sp(0x10, &[0x10], text);
            let [mut server, mut client] = connected(mapping(), mapping(), step);
            assert_eq!(server.came, [Came::Ready(PeerInfo::default())]);
            let mut request = message(&[b"body"]);
            request.header_mut().push(0x0102_0304);
            let sent = [request, message(&[b""]), message(&[&large]), message(&[b"end"])];
            let expected = [
                message(&[b"\x01\x02\x03\x04body"]),
                sent[1].clone(),
                sent[2].clone(),
                sent[3].clone(),
            ];
            for (from, to) in [(0, 1), (1, 0)] {
                let ends = [&mut server, &mut client];
                let wire = encoded(ends[from], &sent);
                assert_eq!(wire[0], if text { 0x81 } else { 0x82 });
                assert_eq!(wire[1] & 0x80 != 0, from == 1, "only a client masks");
                let [server, client] = ends;
                let to = if to == 0 { server } else { client };
                assert_eq!(to.take(&wire, step), b"");
                assert_eq!(to.messages(), expected.iter().collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn a_client_asks_for_the_protocol_of_the_server() {
    for (protocol, peers, name) in [
        (0x30, &[0x31][..], "rep"),
        (0x31, &[0x30], "req"),
        (0x21, &[0x20], "pub"),
        (0x63, &[0x62], "surveyor"),
    ] {
        let mut client = End::new(Side::Client, sp(protocol, peers, false));
        let request = String::from_utf8(client.said()).unwrap();
        assert!(request.contains(&format!("Protocol: {name}.sp.nanomsg.org\r\n")), "{request}");
    }
    let mut client = End::new(Side::Client, sp(0x30, &[0x31], false));
    let mut server = End::new(Side::Server, sp(0x51, &[0x50], false));
    let refused = server.take(&client.said(), 100);
    assert!(refused.starts_with(b"HTTP/1.1 400 "));
    assert!(matches!(server.error, Some(WireError::Upgrade { .. })));
    client.take(&refused, 100);
    assert!(client.error.unwrap().to_string().contains("400 Bad Request"));
}

#[test]
fn zws_goes_both_ways_and_subscribes_by_messages() {
    for security in [|_| Security::Null { asks: false }, |_| Security::Null { asks: true }, plain] {
        for step in [1, 9, usize::MAX] {
            let [mut server, mut client] = connected(
                zmtp("REP", security(Side::Server)),
                zmtp("REQ", security(Side::Client)),
                step,
            );
            assert_eq!(
                (server.came.len(), client.came.len()),
                (1, 1),
                "{:?} {step}",
                security(Side::Client)
            );
            let Came::Ready(peer) = &server.came[0] else { panic!("{:?}", server.came) };
            assert_eq!((&*peer.socket_type, &peer.routing_id[..]), ("REQ", &b"id"[..]));
            let large = vec![9; 70_000];
            let sent = [message(&[b"one", b"", &large]), message(&[b""])];
            let wire = encoded(&client, &sent);
            server.take(&wire, step);
            let wire = encoded(&server, &sent);
            client.take(&wire, step);
            for end in [&server, &client] {
                assert_eq!(end.messages(), sent.iter().collect::<Vec<_>>());
            }
        }
    }
    let null = || Security::Null { asks: false };
    let [mut server, client] = connected(zmtp("PUB", null()), zmtp("SUB", null()), usize::MAX);
    let mut out = OutBuf::default();
    let topic = Control::Subscribe(Bytes::from_static(b"topic"));
    client.engine.encoder().unwrap().encode_control(&topic, &mut out);
    server.take(&taken(&out), 3);
    assert_eq!(server.came.last(), Some(&Came::Control(topic)));
}

fn plain(side: Side) -> Security {
    match side {
        Side::Server => Security::PlainServer,
        Side::Client => Security::PlainClient {
            username: "user".into(),
            password: crate::option::Secret::new(b"word"),
        },
    }
}

#[test]
fn zws_without_a_mechanism_begins_with_routing_ids() {
    let mut server = End::new(Side::Server, zmtp("REP", Security::Null { asks: false }));
    let request = format!(
        "GET {PATH} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: ZWS2.0\r\n\r\n"
    );
    let mut out = OutBuf::default();
    put(Opcode::Binary, true, &[b"\0me"], &mut out);
    put(Opcode::Binary, true, &[b"\x01"], &mut out);
    put(Opcode::Binary, true, &[b"\0hi"], &mut out);
    let said = server.take(&[request.as_bytes(), &taken(&out)].concat(), 10);
    assert!(said.ends_with(b"ZWS2.0\r\n\r\n\x82\x03\0id"), "{}", said.escape_ascii());
    let ready = PeerInfo {
        routing_id: Bytes::from_static(b"me"),
        version: ZmtpVersion::V3_0,
        ..PeerInfo::default()
    };
    assert_eq!(server.came, [Came::Ready(ready), Came::Message(message(&[b"", b"hi"]))]);
    let mut strict = End::new(Side::Server, zmtp("REP", Security::Null { asks: true }));
    assert!(strict.take(request.as_bytes(), 100).starts_with(b"HTTP/1.1 400 "));
}

/// A frame as a client sends it, with this first byte.
fn from_client(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = OutBuf::default();
    put(Opcode::Binary, true, &[payload], &mut out);
    let mut frame = taken(&out);
    frame[0] = first;
    frame
}

#[test]
fn fragments_are_joined_around_control_frames() {
    for step in [1, 5, usize::MAX] {
        let [mut server, _] = connected(sp(0x51, &[0x50], false), sp(0x50, &[0x51], false), 1000);
        let wire = [
            from_client(0x02, b"one "),
            from_client(0x89, b"ping"),
            from_client(0x00, b""),
            from_client(0x8a, b"unasked"),
            from_client(0x80, b"two"),
            from_client(0x01, "gr\u{fc}".as_bytes()),
            from_client(0x80, "\u{df}e".as_bytes()),
        ];
        let said = server.take(&wire.concat(), step);
        assert_eq!(said, b"\x8a\x04ping");
        let expected = [message(&[b"one two"]), message(&["gr\u{fc}\u{df}e".as_bytes()])];
        assert_eq!(server.messages(), expected.iter().collect::<Vec<_>>());
    }
}

#[test]
fn what_is_wrong_is_told_by_a_code() {
    let unmasked = |first, payload: &[u8]| {
        let mut frame = vec![first, payload.len() as u8];
        frame.extend(payload);
        frame
    };
    let cases = [
        (1002, unmasked(0x82, b"no mask")),
        (1002, from_client(0xc2, b"reserved")),
        (1002, from_client(0x83, b"unknown")),
        (1002, from_client(0x80, b"rest of nothing")),
        (1002, [from_client(0x02, b"begun"), from_client(0x82, b"another")].concat()),
        (1002, from_client(0x09, b"half a ping")),
        (1002, from_client(0x88, b"\x03")),
        (1002, from_client(0x88, b"\x03\xed")),
        (1000, from_client(0x88, b"\x03\xe8")),
        (1000, from_client(0x88, b"")),
        (1007, from_client(0x81, b"\xff")),
        (1009, vec![0x82, 0xff, 0, 0, 0, 0, 0, 5, 0, 0, 1, 2, 3, 4]),
        (1009, vec![0x82, 0xff, 0xff, 0, 0, 0, 0, 5, 0, 0, 1, 2, 3, 4]),
        (1009, [from_client(0x02, &[0; 200_000]), from_client(0x80, &[0; 200_000])].concat()),
    ];
    for (code, wire) in cases {
        for step in [1000, usize::MAX] {
            let [mut server, _] =
                connected(sp(0x51, &[0x50], false), sp(0x50, &[0x51], false), 1000);
            let said = server.take(&wire, step);
            let expected = [&[0x88, 2][..], &u16::to_be_bytes(code)].concat();
            assert_eq!(said, expected, "{:x?}", &wire[..wire.len().min(20)]);
            assert!(server.error.is_some());
            assert_eq!(server.messages(), Vec::<&Message>::new());
        }
    }
    let [_, mut client] = pub_sub(1000);
    client.take(&from_client(0x82, b"masked by a server"), 1000);
    assert!(matches!(client.error, Some(WireError::WebSocket { close: CloseCode::Protocol, .. })));
}

#[test]
fn who_has_not_shaken_hands_gets_no_more_room_than_a_handshake_takes() {
    let null = Security::Null { asks: false };
    let mut mapping = zmtp("REP", null);
    let Mapping::Zmtp(config) = &mut mapping else { unreachable!("it was made so") };
    config.max_message = None;
    let mut server = End::new(Side::Server, mapping);
    let mut client = End::new(Side::Client, zmtp("REQ", Security::Null { asks: false }));
    server.take(&client.said(), 1000);
    // A head alone, which announces more: it is refused before anything arrives.
    let said = server.take(&[0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 2, 1, 2, 3, 4], 1000);
    assert_eq!(said, [0x88, 2, 0x03, 0xf1]);
    assert!(matches!(server.error, Some(WireError::TooLarge { .. })));
}

#[test]
fn the_last_word_is_said_once() {
    let [mut server, mut client] = pub_sub(1000);
    for _ in 0..2 {
        client.engine.say_farewell();
    }
    let said = client.said();
    assert_eq!((said.len(), said[0]), (8, 0x88));
    assert_eq!(server.take(&said, 3), b"\x88\x02\x03\xe8");
    assert_eq!(server.error, Some(WireError::Farewell { code: Some(1000) }));
}

proptest! {
    #[test]
    fn messages_come_back_from_what_was_encoded(
        bodies in vec(vec(any::<u8>(), 0..700), 1..6),
        large in 0..100_000usize,
        masked: bool,
    ) {
        for encoder in [
            Encoder::SpWs { masked, text: false },
            Encoder::SpWs { masked, text: true },
            Encoder::Zws { masked },
        ] {
            let mut frames: Vec<Frame> = bodies.iter().map(|body| Frame::from_slice(body)).collect();
            frames.push(vec![1; large].into());
            if !matches!(encoder, Encoder::Zws { .. }) {
                frames.truncate(1);
            }
            let message = Message::from_frames(frames);
            let mut out = OutBuf::default();
            encoder.encode(&message, &mut out);
            prop_assert_eq!(encoder.restore(out.take(out.len())), message);
            encoder.encode_body(&bodies[0], &mut out);
            prop_assert_eq!(encoder.restore(out.take(out.len())), Message::new(bodies[0].clone()));
        }
    }

    #[test]
    fn garbage_never_panics_and_any_split_gives_the_same(
        frames in vec((any::<u8>(), vec(any::<u8>(), 0..40)), 0..8),
        masked: bool,
        opened: bool,
        step in 1..50usize,
    ) {
        let wire: Vec<u8> = frames
            .iter()
            .flat_map(|(first, payload)| {
                if masked { from_client(*first, payload) } else { [&[*first], &payload[..]].concat() }
            })
            .collect();
        let server = || if opened { let [server, _] = connected(sp(0x51, &[0x50], false), sp(0x50, &[0x51], false), 1000); server }
            else { End::new(Side::Server, sp(0x51, &[0x50], false)) };
        let [mut whole, mut pieces] = [server(), server()];
        let said = whole.take(&wire, usize::MAX);
        prop_assert_eq!(said, pieces.take(&wire, step));
        prop_assert_eq!(&whole.came, &pieces.came);
        let code = |end: &End| end.error.as_ref().map(WireError::code);
        prop_assert_eq!(code(&whole), code(&pieces));
    }
}

#[test]
fn curve_hides_all_frames_and_subscribes_by_commands() {
    for step in [1, 9, usize::MAX] {
        let keys = [KeyPair::generate(), KeyPair::generate()];
        let [mut server, mut client] = connected(
            zmtp("PUB", Security::CurveServer { secret: keys[0].secret.clone() }),
            zmtp(
                "SUB",
                Security::CurveClient { keys: keys[1].clone(), server: keys[0].public.clone() },
            ),
            step,
        );
        let [mut from_server, mut from_client] =
            [&mut server, &mut client].map(|end| end.engine.take_sealer().unwrap());
        assert!(!from_server.seals_words());
        let topic = Control::Subscribe(Bytes::from_static(b"topic"));
        let (mut clear, mut out) = (OutBuf::default(), OutBuf::default());
        client.engine.encoder().unwrap().encode_control(&topic, &mut clear);
        from_client.seal_encoded(&mut clear, &mut out);
        assert_eq!(server.take(&taken(&out), step), b"");
        assert_eq!(server.came.last(), Some(&Came::Control(topic)));

        let large = vec![9; 70_000];
        let sent = [message(&[b"a topic", b"", &large]), message(&[b"a topic"])];
        for message in &sent {
            let mut out = OutBuf::default();
            from_server.seal(message, &mut out);
            let wire = taken(&out);
            assert!(!wire.windows(7).any(|window| window == b"a topic"));
            assert_eq!(&from_server.restore(wire.clone().into()), message);
            assert_eq!(client.take(&wire, step), b"");
        }
        assert_eq!(client.messages(), sent.iter().collect::<Vec<_>>());

        // A PING of WebSocket stays one; what says itself to be encrypted and is not ends it.
        let mut out = OutBuf::default();
        put(Opcode::Ping, true, &[b"x"], &mut out);
        assert_eq!(server.take(&taken(&out), step), [0x8a, 1, b'x']);
        let mut out = OutBuf::default();
        put(Opcode::Binary, true, &[b"\0clear"], &mut out);
        server.take(&taken(&out), step);
        assert!(server.error.is_some());
    }
}
