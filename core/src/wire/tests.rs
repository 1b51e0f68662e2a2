//! What holds for both engines: any split gives the same steps, garbage never panics, an announced
//! size is not memory, and what was encoded is decoded.

use bytes::Bytes;
use proptest::{collection::vec, prelude::*};

use super::{vectors::names, *};
use crate::message::{Batch, Encode, Frame, Load, Message};

pub(super) fn sp(framing: SpFraming, max_message: Option<usize>) -> Engine {
    Engine::new(EngineConfig::Sp(SpConfig {
        protocol: 0x51,
        peers: &[0x50, 0x30],
        framing,
        max_message,
    }))
}

pub(super) fn zmtp_config(socket_type: &'static str) -> ZmtpConfig {
    ZmtpConfig {
        socket_type,
        peers: &["PUSH", "DEALER", "ROUTER", "SUB", "REQ"],
        shape: Shape::Parts,
        routing_id: Bytes::new(),
        security: Security::Null { asks: false },
        max_message: None,
        metadata: Vec::new(),
    }
}

pub(super) fn zmtp(socket_type: &'static str) -> Engine {
    Engine::new(EngineConfig::Zmtp(zmtp_config(socket_type)))
}

pub(super) fn taken(out: &OutBuf) -> Vec<u8> {
    out.slices(usize::MAX).iter().flat_map(|slice| slice.iter().copied()).collect()
}

pub(super) fn output(engine: &mut Engine) -> Vec<u8> {
    let mut out = OutBuf::default();
    engine.take_output(&mut out);
    taken(&out)
}

/// Steps and messages in the order of their coming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Message(Message),
    Ready(PeerInfo),
    Control(Control),
}

/// The next that comes of the bytes that are there.
pub(super) fn next(engine: &mut Engine, input: &mut InBuf) -> Result<Option<Seen>, WireError> {
    let mut intake = Intake::new(Load { messages: 1, bytes: usize::MAX });
    let step = engine.consume(input, &mut intake)?;
    let message = intake.into_iter().next().map(Seen::Message);
    Ok(message.or_else(|| {
        step.map(|step| match step {
            Step::Ready(peer) => Seen::Ready(peer),
            Step::Control(control) => Seen::Control(control),
            Step::Authenticate(_) | Step::Elsewhere(_) => {
                unreachable!("these engines ask nobody")
            }
        })
    }))
}

/// All that comes of the bytes that are there.
pub(super) fn drain(engine: &mut Engine, input: &mut InBuf) -> (Vec<Seen>, Option<WireError>) {
    let mut steps = Vec::new();
    loop {
        match next(engine, input) {
            Ok(Some(step)) => steps.push(step),
            Ok(None) => return (steps, None),
            Err(error) => return (steps, Some(error)),
        }
    }
}

/// All that comes of `pieces`, with what the engine answers.
pub(super) fn run<'a>(
    mut engine: Engine,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Seen>, Option<WireError>, Vec<u8>) {
    let (mut input, mut steps, mut error) = (InBuf::new(), Vec::new(), None);
    for piece in pieces {
        input.extend(piece);
        let (more, failed) = drain(&mut engine, &mut input);
        steps.extend(more);
        if failed.is_some() {
            error = failed;
            break;
        }
    }
    (steps, error, output(&mut engine))
}

type MakeEngine = fn() -> Engine;

/// The engines, each with the bytes of a peer that completes the handshake.
fn engines() -> Vec<(MakeEngine, Vec<u8>)> {
    let ready = |greeting: &str| vectors::vectors(&[greeting, "zmtp/ready-sub"]);
    vec![
        (|| sp(SpFraming::Tcp, Some(1 << 16)), vectors::vector("sp/greeting-push0")),
        (|| sp(SpFraming::Ipc, None), vectors::vector("sp/greeting-push0")),
        (|| zmtp("XPUB"), ready("zmtp/greeting-3.1-null")),
        (|| zmtp("PULL"), ready("zmtp/greeting-3.0-null")),
        (|| zmtp("XPUB"), vectors::vector("zmtp/greeting-1.0-id")),
        (|| zmtp("PULL"), vectors::vectors(&["zmtp/greeting-2.0", "zmtp/routing-id-2.0"])),
    ]
}

fn bytes(max: usize) -> impl Strategy<Value = Bytes> {
    // Few lengths are interesting: the short ones, and those around the limits of `InBuf`.
    let around = |n: usize| n.saturating_sub(2)..n + 3;
    let len = prop_oneof![0..20usize, around(255), around(512), around(32 * 1024), around(70_000)];
    (len, any::<u8>()).prop_map(move |(len, seed)| {
        (0..len.min(max)).map(|at| seed.wrapping_add(at as u8)).collect::<Vec<_>>().into()
    })
}

fn messages(frames: usize) -> impl Strategy<Value = Vec<Message>> {
    let message = vec(bytes(usize::MAX), 1..=frames)
        .prop_map(|frames| Message::from_frames(frames.into_iter().map(Frame::from).collect()));
    vec(message, 0..8)
}

fn encoded(encoder: Encoder, messages: &[Message]) -> Vec<u8> {
    let mut out = OutBuf::default();
    messages.iter().for_each(|message| encoder.encode(message, &mut out));
    taken(&out)
}

/// Cuts `bytes` at places that `cuts` gives as fractions.
fn pieces<'a>(bytes: &'a [u8], cuts: &[f64]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| (cut * bytes.len() as f64) as usize).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

/// A stream that gives its bytes in reads of at most `step`, then would block.
struct Trickle<'a> {
    bytes: &'a [u8],
    step: usize,
}

impl std::io::Read for Trickle<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        if self.bytes.is_empty() {
            return Err(std::io::ErrorKind::WouldBlock.into());
        }
        let count = self.step.min(buf.len()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(count);
        buf[..count].copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}

proptest! {
    #[test]
    fn a_body_is_encoded_as_the_message_that_it_is(body in vec(any::<u8>(), 0..600)) {
        for encoder in [
            Encoder::SpTcp,
            Encoder::SpIpc,
            Encoder::Zmtp { minor: 0 },
            Encoder::Zmtp { minor: 1 },
            Encoder::ZmtpV1,
        ] {
            let mut out = OutBuf::default();
            encoder.encode_body(&body, &mut out);
            let alone = out.take(out.len());
            prop_assert_eq!(&alone[..], &encoded(encoder, &[Message::new(body.clone())])[..]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_batch_gives_back_what_is_not_wholly_written(
        messages in messages(3),
        framing in 0..4usize,
        written in 0.0..1.0f64,
        cuts in vec(0.0..1.0f64, 0..6),
    ) {
        let encoders =
            [Encoder::SpTcp, Encoder::SpIpc, Encoder::Zmtp { minor: 1 }, Encoder::ZmtpV1];
        let encoder = encoders[framing];
        let messages: Vec<_> = messages
            .into_iter()
            .map(|message| if framing >= 2 { message } else { Message::new(message.into_body()) })
            .collect();
        let wire = encoded(encoder, &messages);
        let mut batch = Batch::default();
        messages.iter().for_each(|message| batch.push(message, Load::of(message), &encoder));
        let goal = (wire.len() as f64 * written) as usize;
        let (mut seen, mut whole) = (Vec::<u8>::new(), Load::default());
        for piece in pieces(&wire[..goal], &cuts) {
            let slices: Vec<u8> = batch.slices(64).iter().flat_map(|s| s.iter().copied()).collect();
            seen.extend(&slices[..piece.len()]);
            whole += batch.wrote(piece.len());
        }
        prop_assert_eq!(&seen, &wire[..goal]);
        prop_assert_eq!(batch.bytes(), wire.len() - goal);
        prop_assert_eq!(batch.len(), messages.len() - whole.messages);
        let bytes: usize = messages[..whole.messages].iter().map(Message::size).sum();
        prop_assert_eq!(whole.bytes, bytes);
        let back: Vec<_> = batch.restore(&encoder).collect();
        prop_assert_eq!(&back[..], &messages[whole.messages..]);
    }

    #[test]
    fn sp_messages_come_back(
        messages in messages(1),
        ipc: bool,
        cuts in vec(0.0..1.0f64, 0..6),
    ) {
        let framing = if ipc { SpFraming::Ipc } else { SpFraming::Tcp };
        let mut wire = vectors::vector("sp/greeting-push0");
        wire.extend(encoded(if ipc { Encoder::SpIpc } else { Encoder::SpTcp }, &messages));
        let (steps, error, _) = run(sp(framing, None), pieces(&wire, &cuts));
        let expected: Vec<_> = messages.into_iter().map(Seen::Message).collect();
        prop_assert_eq!(error, None);
        prop_assert_eq!(&steps[1..], &expected[..]);
    }

    #[test]
    fn zmtp_messages_come_back(
        messages in messages(4),
        version in 0..3usize,
        cuts in vec(0.0..1.0f64, 0..6),
    ) {
        let (greeting, introduction, encoder) = [
            ("zmtp/greeting-3.1-null", "zmtp/ready-push", Encoder::Zmtp { minor: 1 }),
            ("zmtp/greeting-2.0", "zmtp/routing-id-2.0", Encoder::Zmtp { minor: 0 }),
            ("zmtp/greeting-1.0", "", Encoder::ZmtpV1),
        ][version];
        let mut wire = vectors::vector(greeting);
        if !introduction.is_empty() {
            wire.extend(vectors::vector(introduction));
        }
        wire.extend(encoded(encoder, &messages));
        let (steps, error, _) = run(zmtp("PULL"), pieces(&wire, &cuts));
        let expected: Vec<_> = messages.into_iter().map(Seen::Message).collect();
        prop_assert_eq!(error, None);
        prop_assert_eq!(&steps[1..], &expected[..]);
    }

    #[test]
    fn messages_come_back_through_reads_of_any_size(
        messages in messages(2),
        step in prop_oneof![1..10usize, 1_000..200_000usize],
        scratch in prop_oneof![1..64usize, 4_000..100_000usize],
    ) {
        let mut wire = vectors::vectors(&["zmtp/greeting-3.1-null", "zmtp/ready-push"]);
        wire.extend(encoded(Encoder::Zmtp { minor: 1 }, &messages));
        let (mut engine, mut input) = (zmtp("PULL"), InBuf::new());
        let (mut stream, mut scratch) = (Trickle { bytes: &wire, step }, vec![0; scratch]);
        let mut steps = Vec::new();
        while input.read_from(&mut stream, &mut scratch, |_| 0).is_ok() {
            let (more, error) = drain(&mut engine, &mut input);
            prop_assert_eq!(error, None);
            steps.extend(more);
        }
        let expected: Vec<_> = messages.into_iter().map(Seen::Message).collect();
        prop_assert_eq!(&steps[1..], &expected[..]);
        prop_assert_eq!(input.held(), 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn subscriptions_come_back_in_both_forms(topic in bytes(usize::MAX), cancel: bool, minor in 0..2u8) {
        let control = if cancel { Control::Cancel(topic) } else { Control::Subscribe(topic) };
        let mut out = OutBuf::default();
        Encoder::Zmtp { minor }.encode_control(&control, &mut out);
        let mut wire = vectors::vectors(&["zmtp/greeting-3.1-null", "zmtp/ready-sub"]);
        wire.extend(taken(&out));
        let (steps, error, _) = run(zmtp("PUB"), [&wire[..]]);
        prop_assert_eq!(error, None);
        prop_assert_eq!(&steps[1..], &[Seen::Control(control)]);
    }

    /// Bytes that are not wholly random reach further in.
    #[test]
    fn garbage_never_panics_and_any_split_gives_the_same(
        after_handshake: bool,
        chunks in vec(prop_oneof![
            vec(any::<u8>(), 0..40),
            (0..8u8, vec(any::<u8>(), 0..40)).prop_map(|(flags, body)| {
                [vec![flags, body.len() as u8], body].concat()
            }),
            prop::sample::select(vec!["zmtp/ping", "zmtp/subscribe-3-minor1", "zmtp/error",
                "zmtp/frames-multipart", "sp/tcp-request", "sp/ipc-message", "zmtp/ready-sub",
                "zmtp/ping-short", "zmtp/subscribe-256-minor0", "zmtp/greeting-3.1-null",
                "zmtp/greeting-2.0", "zmtp/greeting-1.0-long", "zmtp/v1-frames-multipart",
                "zmtp/v1-subscribe-254",
            ]).prop_map(vectors::vector),
        ], 0..8),
        cuts in vec(0.0..1.0f64, 0..10),
    ) {
        for (engine, handshake) in engines() {
            let mut wire = if after_handshake { handshake } else { Vec::new() };
            wire.extend(chunks.iter().flatten());
            let whole = run(engine(), [&wire[..]]);
            prop_assert_eq!(&whole, &run(engine(), pieces(&wire, &cuts)));
            prop_assert_eq!(&whole, &run(engine(), wire.chunks(1)));
        }
    }

    #[test]
    fn an_announced_size_takes_no_more_memory_than_what_arrives(
        bits in 20..64u32,
        low in any::<u64>(),
        arrived in 0..300_000usize,
        step in 1_000..100_000usize,
    ) {
        let announced = (1 << bits) | (low & ((1 << bits) - 1));
        for (which, (engine, mut wire)) in engines().into_iter().enumerate() {
            wire.extend([&[][..], &[1], &[2], &[3], &[0xFF], &[2]][which]);
            wire.extend(announced.to_be_bytes());
            wire.extend(vec![7; arrived]);
            let (mut engine, mut input) = (engine(), InBuf::new());
            let mut stream = Trickle { bytes: &wire, step };
            let (mut scratch, mut failed) = (vec![0; 64 * 1024], false);
            while !failed && input.read_from(&mut stream, &mut scratch, |_| 0).is_ok() {
                failed = drain(&mut engine, &mut input).1.is_some();
                let came = wire.len() - stream.bytes.len();
                prop_assert!(input.held() <= 2 * came.max(512), "{} of {came}", input.held());
            }
            // Past the limit, or past what any allocation can be.
            prop_assert_eq!(failed, which == 0 || announced > isize::MAX as u64);
        }
    }
}

#[test]
fn every_vector_gives_the_same_steps_byte_by_byte() {
    for name in names("sp").iter().chain(&names("zmtp")) {
        for (engine, handshake) in engines() {
            for mut wire in [Vec::new(), handshake] {
                wire.extend(vectors::vector(name));
                let whole = run(engine(), [&wire[..]]);
                assert_eq!(whole, run(engine(), wire.chunks(1)), "{name}");
            }
        }
    }
}

#[test]
fn encoders_come_with_ready() {
    for (engine, handshake) in engines() {
        let (mut engine, mut input) = (engine(), InBuf::new());
        assert_eq!(engine.encoder(), None);
        input.extend(&handshake);
        assert!(matches!(next(&mut engine, &mut input), Ok(Some(Seen::Ready(_)))));
        assert!(engine.encoder().is_some());
        assert_eq!(input.held(), 0, "an idle connection holds no buffer");
    }
}
