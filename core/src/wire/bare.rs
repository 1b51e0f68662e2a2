//! BareEngine: no protocol at all. The peer is there as soon as its stream is, each read is a message, and
//! what is sent goes out as it is.
//!
//! Made by [`super::Engine::new`] for STREAM.

use super::{Encoder, InBuf, Step, WireError};
use crate::message::{Intake, Message, PeerInfo};

/// See the module's text.
#[derive(Debug, Default)]
pub struct BareEngine {
    ready: bool,
}

impl BareEngine {
    pub(super) fn consume(
        &mut self,
        input: &mut InBuf,
        intake: &mut Intake,
    ) -> Result<Option<Step>, WireError> {
        if !std::mem::replace(&mut self.ready, true) {
            return Ok(Some(Step::Ready(PeerInfo::default())));
        }
        if intake.has_room()
            && !input.is_empty()
            && let Some(bytes) = input.take(input.len())
        {
            intake.push(Message::new(bytes));
        }
        Ok(None)
    }

    pub(super) fn encoder(&self) -> Option<Encoder> {
        self.ready.then_some(Encoder::Bare)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        message::{Encode, Message, OutBuf},
        wire::{
            Encoder, Engine, EngineConfig, InBuf,
            tests::{Seen, drain, next, output, taken},
        },
    };

    #[test]
    fn what_arrives_together_is_a_message() {
        let (mut engine, mut input) = (Engine::new(EngineConfig::Bare), InBuf::new());
        assert_eq!(engine.encoder(), None);
        assert!(matches!(next(&mut engine, &mut input), Ok(Some(Seen::Ready(_)))));
        assert_eq!(engine.encoder(), Some(Encoder::Bare));
        for bytes in [&b"GET / HTTP/1.1"[..], b"\xff\0\0", b"\0", &[7; 600], &[8; 100_000]] {
            assert_eq!(drain(&mut engine, &mut input), (vec![], None));
            input.extend(bytes);
            let message = Seen::Message(Message::new(bytes));
            assert_eq!(drain(&mut engine, &mut input), (vec![message], None));
            assert_eq!(input.held(), 0);
        }
        assert_eq!(output(&mut engine), b"");
    }

    #[test]
    fn what_is_sent_goes_as_it_is() {
        let mut out = OutBuf::default();
        let several = [&b"c"[..], b"", b"de"].map(Into::into).to_vec();
        Encoder::Bare.encode(&Message::new(&b"ab"[..]), &mut out);
        Encoder::Bare.encode(&Message::from_frames(several), &mut out);
        Encoder::Bare.encode_body(b"f", &mut out);
        assert_eq!(taken(&out), b"abcdef");
        assert_eq!(Encoder::Bare.restore(b"ab"[..].into()), Message::new(&b"ab"[..]));
    }
}
