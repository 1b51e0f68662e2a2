//! ZAP: what a server asks its handler about a peer, and the answer, as messages (ZeroMQ RFC 27).
//!
//! Pure forms; `session::zap` carries them. A request is, behind an empty frame: version, id, domain,
//! address, identity, mechanism, credentials. A reply: version, id, status, text, user id, metadata.

use std::fmt;

use bytes::Bytes;

use crate::{
    message::{Frame, Message, peer::USER_ID},
    wire::{
        WireError,
        error::printable,
        zmtp::command::{Metadata, decode_metadata},
    },
};

/// The inproc name that a handler binds.
pub const ENDPOINT: &str = "zeromq.zap.01";
const VERSION: &[u8] = b"1.0";
/// Frames of a reply, behind the empty one.
const REPLY: usize = 6;

/// What a peer shows of itself, by its mechanism.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `NULL`, `PLAIN` or `CURVE`.
    pub mechanism: &'static str,
    /// Nothing; name and password; the 32 bytes of the public key.
    pub frames: Vec<Bytes>,
}

/// Passwords are not shown.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("mechanism", &self.mechanism).finish_non_exhaustive()
    }
}

/// What is to become of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 200: it may go on.
    Granted {
        /// The user id that its messages shall bear; may be empty.
        user_id: String,
        /// Properties that its messages shall bear.
        metadata: Metadata,
    },
    /// 300, 400 or 500, with the handler's text.
    Denied {
        /// Which of them.
        status: &'static str,
        /// The handler's reason, escaped.
        text: Box<str>,
    },
    /// Nobody decided.
    Undecided {
        /// Why.
        why: &'static str,
    },
    /// The handler's reply makes no sense.
    Malformed(Fault),
}

/// What is wrong with a handler's reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has not as many frames as a reply.
    Frames,
    /// It is of another version.
    Version,
    /// It answers what was not asked.
    RequestId,
    /// Its status is none.
    Status,
    /// Its user id or its metadata cannot be read.
    Metadata,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Frames => "the ZAP handler's reply does not have 6 frames",
            Self::Version => "the ZAP handler's reply is of another version than 1.0",
            Self::RequestId => "the ZAP handler answered another request",
            Self::Status => "the ZAP handler's status is none of 200, 300, 400 and 500",
            Self::Metadata => "the ZAP handler's user id or metadata is malformed",
        })
    }
}

impl Verdict {
    /// Granted, with nothing more said.
    #[must_use]
    pub fn granted() -> Self {
        Self::Granted { user_id: String::new(), metadata: Vec::new() }
    }

    /// Denied for good.
    #[must_use]
    pub fn denied(text: &str) -> Self {
        Self::Denied { status: "400", text: text.into() }
    }

    /// The status that the peer hears. After 300 it is to try again, so it hears of nothing.
    #[must_use]
    pub fn told(&self) -> Option<&'static str> {
        match self {
            Self::Denied { status, .. } => Some(*status).filter(|status| *status != "300"),
            Self::Granted { .. } | Self::Undecided { .. } | Self::Malformed(_) => None,
        }
    }

    /// The properties that the peer's messages bear besides its own.
    #[must_use]
    pub fn into_properties(self) -> Metadata {
        let Self::Granted { user_id, mut metadata } = self else { return Vec::new() };
        if !user_id.is_empty() {
            metadata.push((USER_ID.into(), user_id.into_bytes().into()));
        }
        metadata
    }
}

impl From<&Verdict> for WireError {
    fn from(verdict: &Verdict) -> Self {
        let (status, text) = match verdict {
            Verdict::Granted { .. } => ("200", "granted".into()),
            Verdict::Denied { status, text } => (*status, text.clone()),
            Verdict::Undecided { why } => ("", (*why).into()),
            Verdict::Malformed(fault) => return Self::ZapReply(*fault),
        };
        Self::Denied { status, text }
    }
}

/// The question about a peer.
#[must_use]
pub fn request(
    id: u64,
    domain: &str,
    address: &str,
    identity: &[u8],
    credentials: Credentials,
) -> Message {
    let id = id.to_be_bytes();
    let head: [&[u8]; 7] = [
        b"",
        VERSION,
        &id,
        domain.as_bytes(),
        address.as_bytes(),
        identity,
        credentials.mechanism.as_bytes(),
    ];
    let mut frames: Vec<_> = head.into_iter().map(Frame::from_slice).collect();
    frames.extend(credentials.frames.into_iter().map(Frame::from));
    Message::from_frames(frames)
}

/// The question that a reply answers, and the answer; the first `None` when it names none.
#[must_use]
pub fn decode_reply(reply: Message) -> (Option<u64>, Verdict) {
    let frames = reply.into_frames();
    let frames =
        if frames.first().is_some_and(|frame| frame.is_empty()) { &frames[1..] } else { &frames };
    let id = frames.get(1).and_then(|id| <[u8; 8]>::try_from(&id[..]).ok()).map(u64::from_be_bytes);
    let malformed = |fault| (id, Verdict::Malformed(fault));
    let [version, _, status, text, user_id, metadata] = frames else {
        return malformed(Fault::Frames);
    };
    debug_assert_eq!(frames.len(), REPLY);
    if &version[..] != VERSION {
        return malformed(Fault::Version);
    }
    let Some(status) =
        ["200", "300", "400", "500"].into_iter().find(|one| one.as_bytes() == &status[..])
    else {
        return malformed(Fault::Status);
    };
    if status != "200" {
        return (id, Verdict::Denied { status, text: printable(text) });
    }
    let (Ok(user_id), Ok(metadata)) =
        (String::from_utf8(user_id.to_vec()), decode_metadata(Bytes::copy_from_slice(metadata)))
    else {
        return malformed(Fault::Metadata);
    };
    (id, Verdict::Granted { user_id, metadata })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(frames: &[&[u8]]) -> (Option<u64>, Verdict) {
        decode_reply(Message::from_frames(
            frames.iter().map(|one| Frame::from_slice(one)).collect(),
        ))
    }

    #[test]
    fn only_a_whole_200_grants() {
        let id = &7u64.to_be_bytes()[..];
        let good: [&[u8]; 7] = [b"", b"1.0", id, b"200", b"OK", b"me", b"\x01a\x00\x00\x00\x01b"];
        let (got, verdict) = reply(&good);
        assert_eq!(got, Some(7));
        let expected = [("a".into(), Bytes::from("b")), (USER_ID.into(), Bytes::from("me"))];
        assert_eq!(verdict.into_properties(), expected);
        for status in ["300", "400", "500"] {
            let mut frames = good;
            frames[3] = status.as_bytes();
            assert_eq!(reply(&frames).1, Verdict::Denied { status, text: "OK".into() });
        }
        for (place, bad, fault) in [
            (1, &b"1.1"[..], Fault::Version),
            (3, b"201", Fault::Status),
            (3, b"", Fault::Status),
            (5, b"\xff", Fault::Metadata),
            (6, b"\x01", Fault::Metadata),
        ] {
            let mut frames = good;
            frames[place] = bad;
            assert_eq!(reply(&frames), (Some(7), Verdict::Malformed(fault)));
        }
        for len in 0..good.len() {
            assert_eq!(reply(&good[..len]).1, Verdict::Malformed(Fault::Frames), "{len}");
        }
        assert_eq!(reply(&[b"", b"1.0", b"short", b"200", b"", b"", b""]).0, None);
    }
}
