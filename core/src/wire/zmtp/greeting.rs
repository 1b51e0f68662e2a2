//! Greeting: the first bytes of each side, which tell the version that both will speak.
//!
//! Used by [`super::ZmtpEngine`]. ZMTP 3 (ZeroMQ RFC 23 and RFC 37, "Greeting"):
//! `FF | 8 padding | 7F | major | minor | mechanism[20] | as-server | 31 x 00`. ZMTP 2.0 (RFC 15) ends after a
//! socket type in place of minor. ZMTP 1.0 (RFC 13) begins with the frame of its routing id at once, and takes
//! our first ten bytes for the head of ours.
//!
//! So ours goes in pieces as libzmq's does: the ten bytes that every version understands, major once the
//! peer has shown that it is no ZMTP 1.0, and the rest once it has told its own. Where old peers are not
//! welcome it goes at once: they know no security, and not the socket types that came later.

use super::Terms;
use crate::{
    message::{OutBuf, ZmtpVersion},
    wire::{WireError, error::printable, mechanism::Mechanism},
};

/// The bytes of a greeting of ZMTP 3.
const LENGTH: usize = 64;
/// The bytes that are understood by every version.
const SIGNATURE: usize = 10;
/// The bytes of a greeting of ZMTP 2.0.
const LENGTH_V2: usize = 12;

/// The version that we announce.
const VERSION: [u8; 2] = [3, 1];
const MAJOR: usize = 10;
const MINOR: usize = 11;
const MECHANISM: std::ops::Range<usize> = 12..32;
const AS_SERVER: usize = 32;

/// The socket types of ZMTP 2.0, by their numbers; the last two are libzmq's.
const SOCKET_TYPES: [&str; 11] =
    ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB"];

/// Our greeting, and how much of it was said.
#[derive(Debug)]
pub(super) struct Greeting {
    bytes: [u8; LENGTH],
    said: usize,
    mechanism: &'static str,
    /// The number of our socket type for peers before ZMTP 3.0, or why those cannot be spoken to.
    old: Result<u8, &'static str>,
}

/// Who greeted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// Of ZMTP 3; this is spoken.
    New(ZmtpVersion),
    /// Of a version before 3.0 that it told, with the number of its socket type.
    Old(ZmtpVersion, u8),
    /// Of ZMTP 1.0: the bytes are the frame of its routing id already.
    Unversioned,
}

impl Peer {
    /// How many bytes were its greeting.
    pub(super) fn length(self) -> usize {
        match self {
            Self::New(_) => LENGTH,
            Self::Old(..) => LENGTH_V2,
            Self::Unversioned => 0,
        }
    }
}

impl Greeting {
    /// The greeting to a peer, and its first piece. The padding is a length as of ZMTP 1.0, since old peers
    /// take the first ten bytes for the head of a frame.
    pub(super) fn new(terms: &Terms, mechanism: &Mechanism, asks: bool, out: &mut OutBuf) -> Self {
        let mut bytes = [0; LENGTH];
        bytes[0] = 0xFF;
        bytes[1..9].copy_from_slice(&(terms.routing_id.len() as u64 + 1).to_be_bytes());
        bytes[9] = 0x7F;
        bytes[MAJOR..=MINOR].copy_from_slice(&VERSION);
        let name = mechanism.name();
        bytes[MECHANISM][..name.len()].copy_from_slice(name.as_bytes());
        bytes[AS_SERVER] = mechanism.is_server().into();
        let old = match number(terms.socket_type) {
            _ if asks || !mechanism.is_null() => Err("security"),
            None => Err("such sockets"),
            Some(number) => Ok(number),
        };
        let mut greeting = Self { bytes, said: 0, mechanism: name, old };
        greeting.say(if old.is_ok() { SIGNATURE } else { LENGTH }, out);
        greeting
    }

    /// Judges what a peer has said so far, and answers it; `None` until its greeting is complete. What a byte
    /// rules out is reported as soon as that byte is there.
    pub(super) fn hear(
        &mut self,
        theirs: &[u8],
        out: &mut OutBuf,
    ) -> Result<Option<Peer>, WireError> {
        match (theirs.first(), theirs.get(SIGNATURE - 1)) {
            (None, _) | (Some(0xFF), None) => return Ok(None),
            (Some(0xFF), Some(last)) if last & 1 == 0 => {
                return self.unversioned(theirs, Some(*last));
            }
            (Some(0xFF), Some(_)) => {}
            (Some(_), _) => return self.unversioned(theirs, theirs.get(1).copied()),
        }
        self.say(MAJOR + 1, out);
        match theirs.get(MAJOR) {
            None => Ok(None),
            // RFC 37 counts revision 2 to ZMTP 2.0. Nothing that was ever released says it.
            Some(0) => self.old(ZmtpVersion::V1_0, theirs, out),
            Some(1 | 2) => self.old(ZmtpVersion::V2_0, theirs, out),
            Some(_) => self.new_peer(theirs, out),
        }
    }

    fn say(&mut self, until: usize, out: &mut OutBuf) {
        if self.said < until {
            out.put_slice(&self.bytes[self.said..until]);
            self.said = until;
        }
    }

    /// The head of a frame, whose flags are 0 and whose length is not.
    fn unversioned(&self, theirs: &[u8], flags: Option<u8>) -> Result<Option<Peer>, WireError> {
        match (theirs[0], flags) {
            (0, _) | (_, Some(1..)) => Err(WireError::ZmtpGreeting { got: theirs[0] }),
            (_, None) => Ok(None),
            (_, Some(0)) => self.welcome(ZmtpVersion::V1_0).map(|_| Some(Peer::Unversioned)),
        }
    }

    fn old(
        &mut self,
        version: ZmtpVersion,
        theirs: &[u8],
        out: &mut OutBuf,
    ) -> Result<Option<Peer>, WireError> {
        self.bytes[MINOR] = self.welcome(version)?;
        self.say(LENGTH_V2, out);
        Ok(theirs.get(MINOR).map(|socket_type| Peer::Old(version, *socket_type)))
    }

    /// The number of our socket type, if a peer of that version is spoken to.
    fn welcome(&self, peer: ZmtpVersion) -> Result<u8, WireError> {
        self.old.map_err(|lacks| WireError::ZmtpVersion { peer, lacks })
    }

    /// Deployed servers leave as-server at 0, so it is not read.
    fn new_peer(&mut self, theirs: &[u8], out: &mut OutBuf) -> Result<Option<Peer>, WireError> {
        self.say(LENGTH, out);
        let Some(mechanism) = theirs.get(MECHANISM) else { return Ok(None) };
        check_mechanism(mechanism, self.mechanism)?;
        if theirs.len() < LENGTH {
            return Ok(None);
        }
        // Whatever comes after major 3 accepts ours and speaks it.
        let is_oldest = theirs[MAJOR] == VERSION[0] && theirs[MINOR] == 0;
        Ok(Some(Peer::New(if is_oldest { ZmtpVersion::V3_0 } else { ZmtpVersion::V3_1 })))
    }
}

/// The name of the socket type that has this number in ZMTP 2.0.
pub(super) fn socket_type(number: u8) -> Option<&'static str> {
    SOCKET_TYPES.get(usize::from(number)).copied()
}

fn number(socket_type: &str) -> Option<u8> {
    let position = SOCKET_TYPES.iter().position(|name| *name == socket_type)?;
    u8::try_from(position).ok()
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
