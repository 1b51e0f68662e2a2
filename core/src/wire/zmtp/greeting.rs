//! The 64-byte greeting: signature, version, mechanism, as-server.
//!
//! Used by [`super::ZmtpEngine`]. ZeroMQ RFC 23 and RFC 37, "Greeting":
//! `FF | 8 padding | 7F | major | minor | mechanism[20] | as-server | 31 x 00`.

use crate::wire::{WireError, ZmtpConfig, error::printable, mechanism::Mechanism};

/// The bytes of a greeting.
pub(super) const LENGTH: usize = 64;

/// The version that we announce.
const VERSION: [u8; 2] = [3, 1];
const MECHANISM: std::ops::Range<usize> = 12..32;
const AS_SERVER: usize = 32;

/// The bytes that we send. The padding is what libzmq puts there, a length as of ZMTP 1.0: old
/// peers take the first ten bytes for the head of an identity frame.
pub(super) fn encode(config: &ZmtpConfig, mechanism: &Mechanism) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    bytes[0] = 0xFF;
    bytes[1..9].copy_from_slice(&(config.routing_id.len() as u64 + 1).to_be_bytes());
    bytes[9] = 0x7F;
    bytes[10..12].copy_from_slice(&VERSION);
    let name = mechanism.name();
    bytes[MECHANISM][..name.len()].copy_from_slice(name.as_bytes());
    bytes[AS_SERVER] = mechanism.is_server().into();
    bytes
}

/// The minor version that both sides speak; `None` when the greeting is not complete yet. What a
/// byte rules out is reported as soon as that byte is there. Deployed servers leave as-server at
/// 0, so it is not read.
pub(super) fn decode(bytes: &[u8], mechanism: &'static str) -> Result<Option<u8>, WireError> {
    match bytes.first() {
        Some(&got) if got != 0xFF => return Err(WireError::ZmtpGreeting { got }),
        _ => check_version(bytes)?,
    }
    let Some(theirs) = bytes.get(MECHANISM) else { return Ok(None) };
    check_mechanism(theirs, mechanism)?;
    if bytes.len() < LENGTH {
        return Ok(None);
    }
    // Whatever comes after major 3 accepts ours and speaks it.
    Ok(Some(if bytes[10] == VERSION[0] { bytes[11].min(VERSION[1]) } else { VERSION[1] }))
}

fn check_version(bytes: &[u8]) -> Result<(), WireError> {
    match (bytes.get(9), bytes.get(10)) {
        // The length of a ZMTP 1.0 frame, whose flags end in 0.
        (Some(signature), _) if signature & 1 == 0 => Err(WireError::ZmtpVersion { got: 0 }),
        (_, Some(&got)) if got < VERSION[0] => Err(WireError::ZmtpVersion { got }),
        _ => Ok(()),
    }
}

/// All 20 bytes count, the padding too.
fn check_mechanism(theirs: &[u8], ours: &'static str) -> Result<(), WireError> {
    let (name, padding) = theirs.split_at(ours.len());
    if name == ours.as_bytes() && padding.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    let end = theirs.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    Err(WireError::Mechanism { ours, theirs: printable(&theirs[..end]) })
}
