//! Datagrams: what one of `udp://` carries. For RADIO and DISH `group length u8 | group | body` (RFC 48),
//! for DGRAM the body alone, with the peer's address as a frame before it.
//!
//! Called by `session`. Pure, as all of `wire`.

use std::net::SocketAddr;

use crate::message::{Frame, Message};

/// What stands before the body of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatagramForm {
    /// The group, which the datagram carries.
    Group,
    /// The peer's address, `127.0.0.1:5555`, which is the datagram's own.
    Address,
}

impl DatagramForm {
    /// The bytes of a message of two frames, and where they go if the message says it. `None` when it is
    /// none of this form.
    #[must_use]
    pub fn encode(self, message: &Message) -> Option<(Vec<u8>, Option<SocketAddr>)> {
        let [first, body] = message.frames() else { return None };
        match self {
            Self::Group => {
                let length = u8::try_from(first.len()).ok()?;
                Some(([&[length], &**first, body].concat(), None))
            }
            Self::Address => Some((body.to_vec(), Some(address_of(first)?))),
        }
    }

    /// The message of a datagram; `None` when it is none of this form.
    #[must_use]
    pub fn decode(self, datagram: &[u8], from: SocketAddr) -> Option<Message> {
        let (first, body) = match self {
            Self::Group => {
                let (length, rest) = datagram.split_first()?;
                let (group, body) = rest.split_at_checked(usize::from(*length))?;
                (Frame::from_slice(group), body)
            }
            Self::Address => (Frame::from(from.to_string().into_bytes()), datagram),
        };
        Some(Message::from_frames(vec![first, Frame::from_slice(body)]))
    }
}

/// The address that a frame of a DGRAM's message names: digits, no names. libzmq puts a NUL behind it.
#[must_use]
pub fn address_of(frame: &[u8]) -> Option<SocketAddr> {
    let text = frame.strip_suffix(b"\0").unwrap_or(frame);
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from() -> SocketAddr {
        "127.0.0.1:5555".parse().unwrap()
    }

    fn parts(first: &[u8], body: &[u8]) -> Message {
        Message::from_frames(vec![first.into(), body.into()])
    }

    #[test]
    fn groups_are_in_front() {
        let cases: [(&[u8], &[u8], &[u8]); 3] =
            [(b"abc", b"xy", b"\x03abcxy"), (b"", b"xy", b"\0xy"), (b"abc", b"", b"\x03abc")];
        for (group, body, datagram) in cases {
            let message = parts(group, body);
            assert_eq!(DatagramForm::Group.encode(&message), Some((datagram.to_vec(), None)));
            assert_eq!(DatagramForm::Group.decode(datagram, from()), Some(message));
        }
        for bad in [&b""[..], b"\x01", b"\x04abc"] {
            assert_eq!(DatagramForm::Group.decode(bad, from()), None);
        }
        assert_eq!(DatagramForm::Group.encode(&parts(&[b'g'; 256], b"")), None);
        assert_eq!(DatagramForm::Group.encode(&Message::new(&b"x"[..])), None);
    }

    #[test]
    fn addresses_are_the_datagrams_own() {
        let message = parts(b"127.0.0.1:5555", b"xy");
        let form = DatagramForm::Address;
        assert_eq!(form.encode(&message), Some((b"xy".to_vec(), Some(from()))));
        assert_eq!(form.decode(b"xy", from()), Some(message));
        assert_eq!(address_of(b"127.0.0.1:5555\0"), Some(from()));
        for bad in [&b"localhost:1"[..], b"127.0.0.1", b"\xff", b""] {
            assert_eq!(form.encode(&parts(bad, b"x")), None);
        }
    }
}
