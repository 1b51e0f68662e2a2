//! Z85: bytes as printable text, four as five characters (ZeroMQ RFC 32).
//!
//! Called by [`super::security`] for keys, and through the facade by users.

use crate::error::{Error, ErrorCode};

const DIGITS: &[u8; 85] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// The value of each byte as a digit; 85 and more is none.
const VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut digit = 0;
    while digit < DIGITS.len() {
        values[DIGITS[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};

/// Bytes as text.
///
/// # Errors
/// EINVAL when their number is no multiple of 4.
pub fn encode(bytes: &[u8]) -> Result<String, Error> {
    if !bytes.len().is_multiple_of(4) {
        let text = format!("Z85 encodes a multiple of 4 bytes, got {}", bytes.len());
        return Err(Error::new(ErrorCode::Invalid, text));
    }
    let mut text = String::with_capacity(bytes.len() / 4 * 5);
    for word in bytes.chunks_exact(4) {
        let mut value = word.iter().fold(0u32, |value, byte| value << 8 | u32::from(*byte));
        let mut digits = [0; 5];
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[(value % 85) as usize];
            value /= 85;
        }
        text.extend(digits.map(char::from));
    }
    Ok(text)
}

/// Text as bytes.
///
/// # Errors
/// EINVAL when its length is no multiple of 5, and for a character or a group of five that stands for
/// nothing. The error tells where, never what: the text may be a secret key.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, Error> {
    let wrong = |what: String| Err(Error::new(ErrorCode::Invalid, what));
    if !text.len().is_multiple_of(5) {
        return wrong(format!("Z85 takes a multiple of 5 characters, got {}", text.len()));
    }
    let mut bytes = Vec::with_capacity(text.len() / 5 * 4);
    for (group, digits) in text.chunks_exact(5).enumerate() {
        let mut value = 0u64;
        for (place, digit) in digits.iter().enumerate() {
            let digit = VALUES[usize::from(*digit)];
            if usize::from(digit) >= DIGITS.len() {
                return wrong(format!("character {} is none of Z85's", group * 5 + place + 1));
            }
            value = value * 85 + u64::from(digit);
        }
        let Ok(value) = u32::try_from(value) else {
            return wrong(format!(
                "characters {} to {} stand for no Z85 word",
                group * 5 + 1,
                group * 5 + 5
            ));
        };
        bytes.extend(value.to_be_bytes());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test case of RFC 32.
    #[test]
    fn hello_world() {
        let bytes = [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B];
        assert_eq!(encode(&bytes).unwrap(), "HelloWorld");
        assert_eq!(decode(b"HelloWorld").unwrap(), bytes);
    }

    #[test]
    fn what_is_none_is_told_and_not_shown() {
        let cases: [(&[u8], &str); 3] = [
            (b"Hell", "multiple of 5"),
            (b"Hello Worl", "character 6"),
            (b"#####", "characters 1 to 5"),
        ];
        for (text, expected) in cases {
            let error = decode(text).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Invalid);
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert!(encode(b"12345").unwrap_err().to_string().contains("multiple of 4"));
    }

    #[test]
    fn every_word_comes_back() {
        for word in [0u32, 1, 84, 85, 0x7fff_ffff, u32::MAX] {
            let text = encode(&word.to_be_bytes()).unwrap();
            assert_eq!(decode(text.as_bytes()).unwrap(), word.to_be_bytes());
        }
    }
}
