//! The SP wire against its golden bytes.

use super::*;
use crate::{
    error::ErrorCode,
    message::Encode,
    wire::{
        Engine, EngineConfig,
        tests::{Seen, output, run, sp, taken},
        vectors::{vector, vectors},
    },
};

fn engine(protocol: u16) -> Engine {
    let framing = SpFraming::Tcp;
    Engine::new(EngineConfig::Sp(SpConfig { protocol, peers: &[], framing, max_message: None }))
}

#[test]
fn greetings_are_as_specified_and_sent_once() {
    let kinds = [
        (0x10, "pair0"),
        (0x20, "pub0"),
        (0x21, "sub0"),
        (0x30, "req0"),
        (0x31, "rep0"),
        (0x50, "push0"),
        (0x51, "pull0"),
        (0x11, "pair1"),
        (0x62, "surveyor0"),
        (0x63, "respondent0"),
        (0x70, "bus0"),
    ];
    for (protocol, name) in kinds {
        let mut engine = engine(protocol);
        assert_eq!(output(&mut engine), vector(&format!("sp/greeting-{name}")));
        assert_eq!(output(&mut engine), b"");
    }
}

#[test]
fn messages_are_encoded_as_specified() {
    let request = |words: &[u32]| {
        let mut message = Message::new("hi");
        words.iter().for_each(|word| message.header_mut().push(*word));
        message
    };
    let cases = [
        (Encoder::SpTcp, Message::new(""), "sp/tcp-empty"),
        (Encoder::SpTcp, Message::new("hello"), "sp/tcp-message"),
        (Encoder::SpTcp, request(&[1, 2, 0x8000_0003]), "sp/tcp-request"),
        (Encoder::SpTcp, request(&[9, 0x8000_0004]), "sp/tcp-survey"),
        (Encoder::SpTcp, request(&[2]), "sp/tcp-pair1"),
        (Encoder::SpIpc, Message::new(""), "sp/ipc-empty"),
        (Encoder::SpIpc, Message::new("hello"), "sp/ipc-message"),
        (Encoder::SpIpc, request(&[0x8000_0003]), "sp/ipc-request"),
    ];
    for (encoder, message, name) in cases {
        let mut out = OutBuf::default();
        encoder.encode(&message, &mut out);
        assert_eq!(taken(&out), vector(name), "{name}");
    }
}

#[test]
fn messages_of_specification_and_nng_are_decoded_whole() {
    let request = b"\0\0\0\x01\0\0\0\x02\x80\0\0\x03hi";
    let cases: &[(SpFraming, &[&str], &[u8])] = &[
        (SpFraming::Tcp, &["sp/greeting-push0", "sp/tcp-empty"], b""),
        (SpFraming::Tcp, &["sp/greeting-push0", "sp/tcp-message"], b"hello"),
        (SpFraming::Tcp, &["sp/greeting-req0", "sp/tcp-request"], request),
        (SpFraming::Ipc, &["sp/greeting-push0", "sp/ipc-empty"], b""),
        (SpFraming::Ipc, &["sp/greeting-req0", "sp/ipc-request"], &request[8..]),
        (SpFraming::Tcp, &["sp/nng-push-tcp"], b"hello"),
    ];
    for (framing, names, body) in cases {
        let (steps, error, _) = run(sp(*framing, None), [&vectors(names)[..]]);
        let message = Seen::Message(Message::new(*body));
        assert_eq!((steps, error), (vec![Seen::Ready(PeerInfo::default()), message], None));
    }
}

#[test]
fn nng_over_ipc_puts_the_type_byte_and_the_request_id() {
    let (steps, error, _) = run(sp(SpFraming::Ipc, None), [&vector("sp/nng-req-ipc")[..]]);
    assert_eq!(error, None);
    let Seen::Message(message) = &steps[1] else { panic!("{steps:?}") };
    assert_eq!(
        (message.body().len(), message.body()[0] & 0x80, &message.body()[4..]),
        (6, 0x80, &b"hi"[..])
    );
}

#[test]
fn any_deviation_of_the_greeting_is_an_error() {
    let cases: [(&[u8], WireError); 7] = [
        (b"G", WireError::SpGreeting { offset: 0, expected: 0, got: b'G' }),
        (b"\0sP\0", WireError::SpGreeting { offset: 1, expected: b'S', got: b's' }),
        (b"\0SP\x01", WireError::SpGreeting { offset: 3, expected: 0, got: 1 }),
        (b"\0SP\0\0\x50\x01\0", WireError::SpGreeting { offset: 6, expected: 0, got: 1 }),
        (b"\0SP\0\0\x50\0\x01", WireError::SpGreeting { offset: 7, expected: 0, got: 1 }),
        (b"\0SP\0\0\x51\0\0", WireError::SpProtocol { ours: 0x51, theirs: 0x51 }),
        (b"\0SP\0\x12\x34\0\0", WireError::SpProtocol { ours: 0x51, theirs: 0x1234 }),
    ];
    for (bytes, expected) in cases {
        assert_eq!(run(sp(SpFraming::Tcp, None), [bytes]).1, Some(expected));
    }
}

#[test]
fn errors_name_both_sides() {
    let error = WireError::SpProtocol { ours: 0x51, theirs: 0x1234 };
    assert_eq!(error.code(), ErrorCode::IncompatibleProtocol);
    assert_eq!(error.to_string(), "a protocol 0x1234 peer cannot talk to PULL (0x51)");
}

#[test]
fn limits_hold_to_the_byte_and_before_the_body() {
    let wire = |len: u64| [&vector("sp/greeting-push0")[..], &len.to_be_bytes()].concat();
    for (limit, len, too_large) in [
        (Some(5), 5, false),
        (Some(5), 6, true),
        (Some(0), 0, false),
        (Some(0), 1, true),
        (None, 1 << 40, false),
        (None, u64::MAX, true),
    ] {
        let (_, error, _) = run(sp(SpFraming::Tcp, limit), [&wire(len)[..]]);
        let code = error.map(|error| error.code());
        assert_eq!(code, too_large.then_some(ErrorCode::MessageSize), "{limit:?} {len}");
    }
}

#[test]
fn ipc_knows_one_type_of_message() {
    for got in [0, 2, 255] {
        let wire = [&vector("sp/greeting-push0")[..], &[got]].concat();
        let (_, error, _) = run(sp(SpFraming::Ipc, None), [&wire[..]]);
        assert_eq!(error, Some(WireError::SpMessageType { got }));
    }
}
