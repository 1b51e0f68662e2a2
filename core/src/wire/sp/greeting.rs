//! The 8 bytes that each SP side sends first: `00 'S' 'P' 00 | protocol u16 BE | 00 00`.
//!
//! Used by [`super::SpEngine`]. nanomsg `sp-tcp-mapping-01` section 2, `sp-protocol-ids-01`.

use std::fmt;

use crate::wire::WireError;

/// The bytes of a greeting.
pub(in crate::wire) const LENGTH: usize = 8;

/// The greeting with a protocol number of zero; `None` where the number stands.
const PATTERN: [Option<u8>; LENGTH] =
    [Some(0), Some(b'S'), Some(b'P'), Some(0), None, None, Some(0), Some(0)];

/// The bytes that we send.
pub(super) fn encode(protocol: u16) -> [u8; LENGTH] {
    let [high, low] = protocol.to_be_bytes();
    [0, b'S', b'P', 0, high, low, 0, 0]
}

/// The peer's protocol number; `None` when its greeting is not complete yet. A wrong byte is
/// reported as soon as it is there: such a peer may never send eight.
pub(super) fn decode(bytes: &[u8]) -> Result<Option<u16>, WireError> {
    for (offset, (&got, expected)) in bytes.iter().zip(PATTERN).enumerate() {
        if let Some(expected) = expected.filter(|expected| *expected != got) {
            return Err(WireError::SpGreeting { offset, expected, got });
        }
    }
    if bytes.len() < LENGTH {
        return Ok(None);
    }
    Ok(Some(u16::from_be_bytes([bytes[4], bytes[5]])))
}

/// A protocol number, to print by name.
pub(in crate::wire) struct Protocol(pub(in crate::wire) u16);

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match name(self.0) {
            Some(name) => write!(f, "{name} ({:#04x})", self.0),
            None => write!(f, "protocol {:#06x}", self.0),
        }
    }
}

/// The name of a protocol number.
pub(in crate::wire) fn name(protocol: u16) -> Option<&'static str> {
    Some(match protocol {
        0x10 => "PAIR",
        0x11 => "PAIR1",
        0x20 => "PUB",
        0x21 => "SUB",
        0x30 => "REQ",
        0x31 => "REP",
        0x50 => "PUSH",
        0x51 => "PULL",
        0x62 => "SURVEYOR",
        0x63 => "RESPONDENT",
        0x70 => "BUS",
        _ => return None,
    })
}
