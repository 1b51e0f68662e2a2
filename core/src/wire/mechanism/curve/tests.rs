//! Both sides of CURVE against each other, and against an attacker between them: only what the peer
//! sent, in the order in which it was sent, is ever delivered.

use bytes::Bytes;

use super::KeyPair;
use crate::{
    message::{Frame, Intake, Load, Message, OutBuf},
    option::Key,
    wire::{
        Engine, EngineConfig, InBuf, Security, Step, Verdict, WireError, ZmtpConfig,
        mechanism::curve::Sealer,
    },
};

fn engine(socket_type: &'static str, security: Security) -> Engine {
    Engine::new(EngineConfig::Zmtp(ZmtpConfig {
        socket_type,
        peers: &["PULL", "PUSH", "PUB", "SUB"],
        shape: crate::message::Shape::Parts,
        routing_id: Bytes::new(),
        security,
        max_message: Some(1 << 20),
        metadata: Vec::new(),
    }))
}

/// One side, fed by the other.
struct Side {
    engine: Engine,
    input: InBuf,
    sealer: Option<Sealer>,
    messages: Vec<Message>,
    key: Option<Bytes>,
    error: Option<WireError>,
}

impl Side {
    fn new(socket_type: &'static str, security: Security) -> Self {
        let engine = engine(socket_type, security);
        let (input, messages) = (InBuf::new(), Vec::new());
        Self { engine, input, sealer: None, messages, key: None, error: None }
    }

    fn says(&mut self) -> Vec<u8> {
        let mut out = OutBuf::default();
        self.engine.take_output(&mut out);
        out.take(out.len()).to_vec()
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.input.extend(bytes);
        let room = Load { messages: usize::MAX, bytes: usize::MAX };
        while self.error.is_none() {
            let mut intake = Intake::new(room);
            let step = self.engine.consume(&mut self.input, &mut intake);
            self.messages.extend(intake);
            match step {
                Ok(Some(Step::Authenticate(credentials))) => {
                    self.key = credentials.frames.first().cloned();
                    self.engine.decide(Verdict::granted());
                }
                Ok(Some(Step::Ready(_))) => self.sealer = self.engine.take_sealer(),
                Ok(Some(Step::Control(_) | Step::Elsewhere(_))) => {}
                Ok(None) => return,
                Err(error) => self.error = Some(error),
            }
        }
    }

    fn sends(&mut self, message: &Message) -> Vec<u8> {
        let mut out = OutBuf::default();
        if let Some(sealer) = &mut self.sealer {
            sealer.seal(message, &mut out);
        }
        out.take(out.len()).to_vec()
    }
}

fn pair() -> (Side, Side, KeyPair) {
    let (client, server) = (KeyPair::generate(), KeyPair::generate());
    let secret = server.secret.clone();
    (
        Side::new("PUSH", Security::CurveClient { keys: client.clone(), server: server.public }),
        Side::new("PULL", Security::CurveServer { secret }),
        client,
    )
}

/// Everything that a client and a server say until both are Ready, each piece with its sender.
fn handshake(client: &mut Side, server: &mut Side) -> Vec<(bool, Vec<u8>)> {
    let mut said = Vec::new();
    loop {
        let (ours, theirs) = (client.says(), server.says());
        if ours.is_empty() && theirs.is_empty() {
            return said;
        }
        server.hear(&ours);
        client.hear(&theirs);
        said.push((true, ours));
        said.push((false, theirs));
    }
}

fn parts(parts: &[&[u8]]) -> Message {
    Message::from_frames(parts.iter().map(|part| Frame::from_slice(part)).collect())
}

#[test]
fn what_is_sent_arrives_and_the_server_learns_the_key() {
    let (mut client, mut server, keys) = pair();
    let said = handshake(&mut client, &mut server);
    assert_eq!((&client.error, &server.error), (&None, &None));
    assert_eq!(server.key.as_deref(), Some(&keys.public.bytes()[..]));
    // The lengths of RFC 26, each with its head.
    let lengths: Vec<_> =
        said.iter().map(|(_, bytes)| bytes.len()).filter(|len| *len > 0).collect();
    assert_eq!(lengths[2..5], [2 + 200, 2 + 168, 9 + 257 + 20], "HELLO, WELCOME, INITIATE");
    let large = vec![7; 100_000];
    let sent: Vec<_> = [&[&b""[..]][..], &[b"a"], &[b"a", b"", b"c"], &[&large]].map(parts).into();
    for message in &sent {
        let wire = client.sends(message);
        assert!(!wire.windows(9).any(|bytes| bytes == [7; 9]), "nothing goes in clear");
        server.hear(&wire);
    }
    assert_eq!((server.messages, server.error), (sent, None));
}

/// The handshake's bytes as they come, one of them changed.
fn with_byte_flipped(at: usize, by: u8) -> (usize, usize) {
    let (mut client, mut server, _) = pair();
    let mut passed = 0;
    loop {
        let (mut ours, mut theirs) = (client.says(), server.says());
        if ours.is_empty() && theirs.is_empty() {
            break;
        }
        for bytes in [&mut ours, &mut theirs] {
            if (passed..passed + bytes.len()).contains(&at) {
                bytes[at - passed] ^= by;
            }
            passed += bytes.len();
        }
        server.hear(&ours);
        client.hear(&theirs);
    }
    let (ours, theirs) = (client.sends(&parts(&[b"x"])), server.sends(&parts(&[b"y"])));
    server.hear(&ours);
    client.hear(&theirs);
    (server.messages.len() + client.messages.len(), passed)
}

#[test]
fn a_flipped_byte_of_the_handshake_delivers_nothing() {
    let (delivered, length) = with_byte_flipped(usize::MAX, 0);
    assert_eq!(delivered, 2, "an untouched one delivers");
    let greeting = 64;
    let mut harmless = Vec::new();
    for at in 0..length {
        if with_byte_flipped(at, 0xff).0 > 0 {
            harmless.push(at);
        }
    }
    // Of both greetings: the padding and what follows the mechanism, which nobody reads, and the minor version.
    let unread =
        |at: usize| at < 2 * greeting && matches!(at % greeting, 1..=8 | 10..=11 | 32..=63);
    assert_eq!(harmless.into_iter().filter(|at| !unread(*at)).collect::<Vec<_>>(), [0; 0]);
}

#[test]
fn a_flipped_byte_of_a_message_delivers_nothing() {
    let (mut client, mut server, _) = pair();
    handshake(&mut client, &mut server);
    let wire = client.sends(&parts(&[b"secret"]));
    // The length is left: another one only makes the server wait.
    for at in (0..wire.len()).filter(|at| *at != 1) {
        let (mut client, mut server, _) = pair();
        handshake(&mut client, &mut server);
        let mut wire = client.sends(&parts(&[b"secret"]));
        wire[at] ^= if at == 0 { 2 } else { 0x80 };
        server.hear(&wire);
        assert_eq!(server.messages, [], "{at}");
        assert!(server.error.is_some() || at == 0, "{at}");
    }
}

#[test]
fn a_replayed_or_reordered_message_closes() {
    for order in [[0, 0], [1, 0], [2, 1]] {
        let (mut client, mut server, _) = pair();
        handshake(&mut client, &mut server);
        let wires: Vec<_> = (0..3u8).map(|body| client.sends(&parts(&[&[body]]))).collect();
        server.hear(&wires[order[0]]);
        assert_eq!((server.messages.len(), &server.error), (1, &None));
        server.hear(&wires[order[1]]);
        assert_eq!(server.messages.len(), 1, "{order:?}");
        let error = server.error.unwrap().to_string();
        assert!(error.contains("nonce above the last"), "{error}");
    }
}

#[test]
fn clear_traffic_after_the_handshake_closes() {
    for clear in [&b"\x00\x01x"[..], b"\x04\x05\x04PING", b"\x04\x0b\x09SUBSCRIBEx", b"\x00\x00"] {
        let (mut client, mut server, _) = pair();
        handshake(&mut client, &mut server);
        server.hear(clear);
        assert_eq!(server.messages, []);
        assert!(server.error.is_some(), "{clear:?}");
    }
}

#[test]
fn either_frame_of_a_message_is_understood() {
    let (mut client, mut server, _) = pair();
    handshake(&mut client, &mut server);
    let mut wire = client.sends(&parts(&[b"by RFC 37"]));
    wire[0] |= 4;
    server.hear(&wire);
    assert_eq!(server.messages, [parts(&[b"by RFC 37"])]);
}

#[test]
fn another_servers_key_and_another_mechanism_are_refused() {
    let other = KeyPair::generate();
    let secret = other.secret;
    let (mut client, ..) = pair();
    let mut server = Side::new("PULL", Security::CurveServer { secret });
    handshake(&mut client, &mut server);
    let error = server.error.unwrap().to_string();
    assert!(error.contains("made with this server's public key"), "{error}");
    for security in [
        Security::Null { asks: false },
        Security::PlainServer,
        Security::PlainClient { username: "a".into(), password: Default::default() },
    ] {
        let (_, mut server, _) = pair();
        let mut peer = Side::new("PUSH", security);
        handshake(&mut peer, &mut server);
        assert!(matches!(server.error, Some(WireError::Mechanism { .. })));
        assert!(matches!(peer.error, Some(WireError::Mechanism { .. })));
    }
}

#[test]
fn keys_of_low_order_are_refused() {
    let (mut client, mut server, _) = pair();
    handshake(&mut client, &mut server);
    let keys = KeyPair::generate();
    let zero = Security::CurveClient { keys, server: Key::new(&[0; 32]) };
    let mut client = Side::new("PUSH", zero);
    let (_, mut server, _) = pair();
    handshake(&mut client, &mut server);
    assert!(client.error.is_some() && client.sealer.is_none());
}

#[test]
fn lying_and_over_long_initiates_close_before_anything_is_asked() {
    for (len, announced) in [(0, 0u64), (256, 256), (65_537, 65_537), (9, 1 << 40)] {
        let (mut client, mut server, _) = pair();
        for _ in 0..2 {
            let (ours, theirs) = (client.says(), server.says());
            server.hear(&ours);
            client.hear(&theirs);
        }
        let mut frame = vec![6];
        frame.extend((announced.max(1)).to_be_bytes());
        let mut body = b"\x08INITIATE".to_vec();
        body.resize(len.max(1), 0);
        frame.extend(body);
        server.hear(&frame);
        assert!(server.key.is_none(), "{len}");
        assert!(server.error.is_some(), "{len}");
    }
}

#[test]
fn what_was_sealed_and_not_sent_becomes_messages_again() {
    let (mut client, mut server, _) = pair();
    handshake(&mut client, &mut server);
    for message in [parts(&[b""]), parts(&[b"a", b"", &[3; 5000]])] {
        let wire = client.sends(&message);
        assert_eq!(client.sealer.as_ref().map(|sealer| sealer.restore(wire.into())), Some(message));
    }
}

#[test]
fn words_of_the_engine_are_sealed_too() {
    let (mut client, mut server, _) = pair();
    handshake(&mut client, &mut server);
    let mut out = OutBuf::default();
    let mut clear = OutBuf::default();
    clear.put_slice(b"\x04\x08\x04PING\x00\x00c");
    clear.put_slice(b"\x00\x04data");
    client.sealer.as_mut().unwrap().seal_encoded(&mut clear, &mut out);
    server.hear(&out.take(out.len()));
    assert_eq!(server.messages, [parts(&[b"data"])]);
    assert_eq!(server.says(), b"\x04\x06\x04PONGc");
}
