//! ZAP: what a server asks its handler about a peer, and the answer, as messages (ZeroMQ RFC 27).
//!
//! Pure forms; `session::zap` carries them. A request is, behind an empty frame: version, id, domain,
//! address, identity, mechanism, credentials. A reply: version, id, status, text, user id, metadata.

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
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
    /// Nobody decided, or not in a way that makes sense.
    Undecided {
        /// Why.
        why: &'static str,
    },
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
            Self::Granted { .. } | Self::Undecided { .. } => None,
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
    let undecided = |why| (id, Verdict::Undecided { why });
    let [version, _, status, text, user_id, metadata] = frames else {
        return undecided("the ZAP handler's reply does not have 6 frames");
    };
    debug_assert_eq!(frames.len(), REPLY);
    if &version[..] != VERSION {
        return undecided("the ZAP handler's reply is of another version than 1.0");
    }
    let Some(status) =
        ["200", "300", "400", "500"].into_iter().find(|one| one.as_bytes() == &status[..])
    else {
        return undecided("the ZAP handler's status is none of 200, 300, 400 and 500");
    };
    if status != "200" {
        return (id, Verdict::Denied { status, text: printable(text) });
    }
    let (Ok(user_id), Ok(metadata)) =
        (String::from_utf8(user_id.to_vec()), decode_metadata(Bytes::copy_from_slice(metadata)))
    else {
        return undecided("the ZAP handler's user id or metadata is malformed");
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
        for (place, bad) in [(1, &b"1.1"[..]), (3, b"201"), (3, b""), (5, b"\xff"), (6, b"\x01")] {
            let mut frames = good;
            frames[place] = bad;
            assert!(matches!(reply(&frames), (Some(7), Verdict::Undecided { .. })), "{place}");
        }
        for len in 0..good.len() {
            assert!(matches!(reply(&good[..len]).1, Verdict::Undecided { .. }), "{len}");
        }
        assert_eq!(reply(&[b"", b"1.0", b"short", b"200", b"", b"", b""]).0, None);
    }
}
