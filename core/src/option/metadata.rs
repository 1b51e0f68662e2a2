//! Metadata: the properties that a user's sockets show to their peers (`ZMQ_METADATA`).
//!
//! A part of [`super::Options`]; sent with every handshake of connections made later (ZMTP's READY).

use bytes::Bytes;

use crate::error::{Error, ErrorCode};

/// What a user's property must begin with: all others are the protocol's (RFC 37).
const PREFIX: &str = "X-";
/// The most bytes of a name on the wire.
const LONGEST_NAME: usize = 255;
/// The most bytes of all names and values: peers take no handshake of more than 64 KiB, which has other
/// properties too.
const MOST: usize = 32 * 1024;

/// See the module's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(String, Bytes)>);

impl Metadata {
    /// Adds `X-name:value`, or changes the value of a name that is there.
    ///
    /// # Errors
    /// EINVAL, saying what was expected.
    pub(super) fn add(&mut self, text: &str) -> Result<(), Error> {
        let wrong = |got: String| {
            let expected = format!("METADATA takes {PREFIX}name:value, a name of at most");
            Error::new(ErrorCode::Invalid, format!("{expected} {LONGEST_NAME} bytes; {got}"))
        };
        let Some((name, value)) = text.split_once(':').filter(|(_, value)| !value.is_empty())
        else {
            return Err(wrong(format!("got {text:?}")));
        };
        if !name.starts_with(PREFIX) || name.len() > LONGEST_NAME {
            return Err(wrong(format!("got the name {name:?}")));
        }
        let others = self.0.iter().filter(|(other, _)| !other.eq_ignore_ascii_case(name));
        let size: usize = others.map(|(other, value)| other.len() + value.len()).sum();
        if size + text.len() > MOST {
            return Err(wrong(format!("all together have at most {MOST} bytes")));
        }
        self.0.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.0.push((name.to_owned(), Bytes::copy_from_slice(value.as_bytes())));
        Ok(())
    }

    /// Names and values, in the order of their setting.
    #[must_use]
    pub fn properties(&self) -> &[(String, Bytes)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_added_and_changed() {
        let mut metadata = Metadata::default();
        for text in ["X-a:1", "X-b:2:3", "x-a:no", "X-A:4"] {
            assert_eq!(metadata.add(text).is_ok(), text.starts_with('X'), "{text}");
        }
        let seen = metadata.properties().iter().map(|(name, value)| (&**name, &**value));
        assert!(seen.eq([("X-b", b"2:3".as_slice()), ("X-A", b"4")]));
    }

    #[test]
    fn what_is_none_is_refused_with_a_word() {
        let long = format!("X-{}:v", "n".repeat(300));
        let huge = format!("X-n:{}", "v".repeat(MOST));
        let cases = [
            ("", "got \"\""),
            ("X-a", "got \"X-a\""),
            ("X-a:", "got \"X-a:\""),
            (":v", "got the name \"\""),
            ("Identity:v", "got the name \"Identity\""),
            (&long, "got the name"),
            (&huge, "at most 32768 bytes"),
        ];
        for (text, told) in cases {
            let mut metadata = Metadata::default();
            let error = metadata.add(text).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Invalid);
            assert!(error.to_string().contains(told), "{error}");
            assert_eq!(metadata, Metadata::default());
        }
    }
}
