//! Codec: messages to bytes and back, without stream or socket.

use std::hint::black_box;

use bytes::Bytes;
use sockery::{
    facade::{Dialect, Message},
    message::{Encode, Intake, Load, OutBuf, Shape},
    wire::{Encoder, Engine, EngineConfig, InBuf, Security, SpConfig, SpFraming, ZmtpConfig},
};

use crate::{Outcome, meter::Meter};

/// The bytes that one round encodes or decodes.
const ROUND: usize = 256 << 10;
/// The bytes that arrive together.
const READ: usize = 64 << 10;
/// No limit to what is decoded at once.
const EVERYTHING: Load = Load { messages: usize::MAX, bytes: usize::MAX };

/// Encodes messages of this many bytes.
pub(crate) fn encode(meter: &mut Meter, dialect: Dialect, size: usize) -> Outcome {
    let (_, encoder) = ready(dialect)?;
    let message = Message::new(vec![b'x'; size]);
    let mut out = OutBuf::default();
    meter.rounds(|meter| {
        meter.count(ROUND / size, || {
            (0..ROUND / size).for_each(|_| encoder.encode(black_box(&message), &mut out));
            Ok(())
        })?;
        out.advance(out.len());
        Ok(())
    })
}

/// Takes in bytes, and decodes messages of this many bytes from them.
pub(crate) fn decode(meter: &mut Meter, dialect: Dialect, size: usize) -> Outcome {
    let (mut engine, encoder) = ready(dialect)?;
    let mut out = OutBuf::default();
    (0..ROUND / size).for_each(|_| encoder.encode(&Message::new(vec![b'x'; size]), &mut out));
    let wire = said(&out);
    let mut input = InBuf::new();
    meter.rounds(|meter| {
        let mut decoded = 0;
        meter.count(ROUND / size, || {
            for read in wire.chunks(READ) {
                input.extend(read);
                let mut intake = Intake::new(EVERYTHING);
                engine.consume(&mut input, &mut intake)?;
                decoded += intake.into_iter().filter(|message| message.size() == size).count();
            }
            Ok(())
        })?;
        if decoded == ROUND / size { Ok(()) } else { Err(format!("{decoded} decoded").into()) }
    })
}

/// The engine of a PULL whose handshake with a PUSH is done, and the encoder of that PUSH.
fn ready(dialect: Dialect) -> Outcome<(Engine, Encoder)> {
    let mut push = Engine::new(push(dialect));
    let mut pull = Engine::new(pull(dialect));
    let (mut to_push, mut to_pull) = (InBuf::new(), InBuf::new());
    while push.has_output() || pull.has_output() {
        hear(&mut push, &mut to_push, &mut pull)?;
        hear(&mut pull, &mut to_pull, &mut push)?;
    }
    let encoder = push.encoder().ok_or("the handshake came to no end")?;
    Ok((pull, encoder))
}

/// What the other engine has to say, behind what waits.
fn hear(engine: &mut Engine, input: &mut InBuf, other: &mut Engine) -> Outcome {
    let mut out = OutBuf::default();
    other.take_output(&mut out);
    input.extend(&said(&out));
    while engine.consume(input, &mut Intake::new(EVERYTHING))?.is_some() {}
    Ok(())
}

fn said(out: &OutBuf) -> Vec<u8> {
    out.slices(usize::MAX).iter().flat_map(|slice| slice.iter().copied()).collect()
}

fn push(dialect: Dialect) -> EngineConfig {
    config(dialect, (0x50, &[0x51]), ("PUSH", &["PULL"]))
}

fn pull(dialect: Dialect) -> EngineConfig {
    config(dialect, (0x51, &[0x50]), ("PULL", &["PUSH"]))
}

fn config(
    dialect: Dialect,
    sp: (u16, &'static [u16]),
    zmtp: (&'static str, &'static [&'static str]),
) -> EngineConfig {
    match dialect {
        Dialect::Sp => EngineConfig::Sp(SpConfig {
            protocol: sp.0,
            peers: sp.1,
            framing: SpFraming::Tcp,
            max_message: None,
        }),
        Dialect::Zmtp => EngineConfig::Zmtp(ZmtpConfig {
            socket_type: zmtp.0,
            peers: zmtp.1,
            shape: Shape::Parts,
            routing_id: Bytes::new(),
            security: Security::Null { asks: false },
            max_message: None,
            metadata: Vec::new(),
        }),
    }
}
