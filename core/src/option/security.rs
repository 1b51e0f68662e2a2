//! Security: the mechanism that a ZMTP socket's options choose, and its secrets.
//!
//! A part of [`super::Options`]; handed to connections as it stood at bind or connect. As in libzmq
//! the option of a mechanism that is set last chooses it.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Dialect, Opt, OptionRow, Value, value::Field, z85};
use crate::error::{Error, ErrorCode};

/// The bytes of a CURVE key.
pub const KEY: usize = 32;
/// The characters of a key in Z85.
const KEY_TEXT: usize = 40;

/// How a connection proves who it is. The numbers are `ZMQ_MECHANISM`'s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Mechanism {
    /// Not at all.
    #[default]
    Null = 0,
    /// By user name and password, in clear text.
    Plain = 1,
    /// By key pairs; all is encrypted.
    Curve = 2,
}

/// Bytes that are wiped when dropped, and never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Keeps a copy of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// Whether it is these bytes; how long that takes tells only about their number.
    #[must_use]
    pub fn is(&self, bytes: &[u8]) -> bool {
        self.0.ct_eq(bytes).into()
    }

    /// The bytes.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A CURVE key; secret ones are kept like public ones.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Key(Zeroizing<[u8; KEY]>);

impl Key {
    /// Keeps a copy.
    #[must_use]
    pub fn new(bytes: &[u8; KEY]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// Takes 32 bytes, 40 characters of Z85, or those with the NUL that ends a C string.
    ///
    /// # Errors
    /// EINVAL, naming what was expected and how long what came is.
    pub fn parse(what: &str, bytes: &[u8]) -> Result<Self, Error> {
        let wrong = |got: String| {
            let text = format!("{what} takes a key of 32 bytes or 40 characters of Z85; {got}");
            Error::new(ErrorCode::Invalid, text)
        };
        let text = bytes.strip_suffix(&[0]).filter(|text| text.len() == KEY_TEXT).unwrap_or(bytes);
        if let Ok(key) = text.try_into() {
            return Ok(Self::new(key));
        }
        if text.len() != KEY_TEXT {
            return Err(wrong(format!("got {}", bytes.len())));
        }
        let key = Zeroizing::new(z85::decode(text).map_err(|error| wrong(error.to_string()))?);
        key.as_slice().try_into().map(Self::new).map_err(|_| wrong("got another length".into()))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }

    /// The 40 characters.
    #[must_use]
    pub fn text(&self) -> String {
        // 32 bytes are a multiple of 4.
        z85::encode(&self.0[..]).unwrap_or_default()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// See the module's text.
#[derive(Clone, Debug, Default)]
pub struct Security {
    /// Which mechanism.
    pub mechanism: Mechanism,
    /// The server's side of it.
    pub as_server: bool,
    /// PLAIN, client: the user's name.
    pub username: String,
    /// PLAIN, client: the password.
    pub password: Secret,
    /// CURVE: the own public key.
    pub public_key: Option<Key>,
    /// CURVE: the own secret key.
    pub secret_key: Option<Key>,
    /// CURVE, client: the server's public key.
    pub server_key: Option<Key>,
}

impl Security {
    /// Sets one of the options that choose a mechanism.
    pub(super) fn set(&mut self, row: &OptionRow, value: &Value) -> Result<(), Error> {
        let name = row.name_in(Dialect::Zmtp);
        match row.opt {
            Opt::PlainServer => self.serve(Mechanism::Plain, parse(row, value)?),
            Opt::CurveServer => self.serve(Mechanism::Curve, parse(row, value)?),
            Opt::PlainUsername => {
                self.username = parse(row, value)?;
                self.login();
            }
            Opt::PlainPassword => {
                let text: Zeroizing<String> = Zeroizing::new(parse(row, value)?);
                self.password = Secret::new(text.as_bytes());
                self.login();
            }
            Opt::CurvePublicKey => self.public_key = self.key(name, value)?,
            Opt::CurveSecretKey => self.secret_key = self.key(name, value)?,
            _ => {
                self.server_key = self.key(name, value)?;
                self.as_server = false;
            }
        }
        Ok(())
    }

    fn serve(&mut self, mechanism: Mechanism, serves: bool) {
        self.as_server = serves;
        self.mechanism = if serves { mechanism } else { Mechanism::Null };
    }

    /// No name and no password mean no PLAIN, as a null pointer does in libzmq.
    fn login(&mut self) {
        let none = self.username.is_empty() && self.password.reveal().is_empty();
        self.mechanism = if none { Mechanism::Null } else { Mechanism::Plain };
        self.as_server = false;
    }

    fn key(&mut self, name: &str, value: &Value) -> Result<Option<Key>, Error> {
        let bytes = value.as_bytes().ok_or_else(|| {
            let text =
                format!("{name} takes a key of 32 bytes or 40 characters of Z85; got {value}");
            Error::new(ErrorCode::Invalid, text)
        })?;
        let key = Key::parse(name, bytes)?;
        self.mechanism = Mechanism::Curve;
        Ok(Some(key))
    }

    /// Reads one of them. Keys come as Z85; those that are not set as zeros, as libzmq has them.
    pub(super) fn get(&self, opt: Opt) -> Value {
        let key = |key: &Option<Key>| Value::Bytes(key.clone().unwrap_or_default().text().into());
        match opt {
            Opt::Mechanism => Value::from(i32::from(self.mechanism as u8)),
            Opt::PlainServer => (self.mechanism == Mechanism::Plain && self.as_server).into(),
            Opt::CurveServer => (self.mechanism == Mechanism::Curve && self.as_server).into(),
            Opt::PlainUsername => Value::Text(self.username.clone()),
            Opt::PlainPassword => {
                Value::Text(String::from_utf8_lossy(self.password.reveal()).into_owned())
            }
            Opt::CurvePublicKey => key(&self.public_key),
            Opt::CurveSecretKey => key(&self.secret_key),
            _ => key(&self.server_key),
        }
    }

    /// What is missing to bind or connect over a stream.
    ///
    /// # Errors
    /// EINVAL, naming the option that is to be set.
    pub fn check(&self) -> Result<(), Error> {
        if self.mechanism != Mechanism::Curve {
            return Ok(());
        }
        let needs = [
            ("CURVE_SECRETKEY", self.secret_key.is_some()),
            ("CURVE_PUBLICKEY", self.as_server || self.public_key.is_some()),
            ("CURVE_SERVERKEY", self.as_server || self.server_key.is_some()),
        ];
        match needs.iter().find(|(_, there)| !there) {
            None => Ok(()),
            Some((name, _)) => Err(Error::new(
                ErrorCode::Invalid,
                format!("CURVE needs {name}: set it first (curve_keypair() makes a pair of keys)"),
            )),
        }
    }
}

fn parse<T: Field>(row: &OptionRow, value: &Value) -> Result<T, Error> {
    T::parse(row, Dialect::Zmtp, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::option::{Options, find_name};

    fn set(options: &mut Options, name: &str, value: impl Into<Value>) -> Result<(), Error> {
        options.set(find_name(Dialect::Zmtp, name).unwrap(), &value.into())
    }

    fn get(options: &Options, name: &str) -> Value {
        options.get(find_name(Dialect::Zmtp, name).unwrap()).unwrap()
    }

    #[test]
    fn the_option_set_last_chooses_the_mechanism() {
        let mut options = Options::new(Dialect::Zmtp);
        let steps: [(&str, Value, i64); 6] = [
            ("PLAIN_SERVER", true.into(), 1),
            ("PLAIN_SERVER", false.into(), 0),
            ("PLAIN_USERNAME", "me".into(), 1),
            ("CURVE_SERVERKEY", (&[7u8; 32][..]).into(), 2),
            ("CURVE_SERVER", true.into(), 2),
            ("CURVE_SERVER", false.into(), 0),
        ];
        for (name, value, expected) in steps {
            set(&mut options, name, value).unwrap();
            assert_eq!(get(&options, "MECHANISM"), Value::Int(expected), "{name}");
        }
    }

    #[test]
    fn a_key_is_32_bytes_or_z85_and_errors_never_show_it() {
        let mut options = Options::new(Dialect::Zmtp);
        let text = Key::new(&[9; 32]).text();
        for value in
            [Value::from(&[9; 32][..]), text.as_str().into(), format!("{text}\0").as_bytes().into()]
        {
            set(&mut options, "CURVE_SECRETKEY", value).unwrap();
            assert_eq!(get(&options, "CURVE_SECRETKEY"), Value::Bytes(text.clone().into()));
        }
        for len in [0, 1, 31, 33, 39, 41, 64] {
            let error = set(&mut options, "CURVE_SECRETKEY", &vec![b'k'; len][..]).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Invalid, "{len}");
            assert!(error.to_string().contains(&len.to_string()), "{error}");
        }
        let spaced = [b' '; 40];
        let error = set(&mut options, "CURVE_PUBLICKEY", &spaced[..]).unwrap_err().to_string();
        assert!(error.contains("character 1 is none of Z85's"), "{error}");
        assert!(set(&mut options, "CURVE_PUBLICKEY", 5i64).is_err());
        let shown = format!("{options:?}");
        assert!(!shown.contains("9, 9") && !shown.contains(&text), "{shown}");
    }

    #[test]
    fn what_curve_needs_is_named() {
        let mut options = Options::new(Dialect::Zmtp);
        set(&mut options, "CURVE_SERVERKEY", &[1; 32][..]).unwrap();
        for name in ["CURVE_SECRETKEY", "CURVE_PUBLICKEY"] {
            let error = options.security.check().unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
            set(&mut options, name, &[1; 32][..]).unwrap();
        }
        assert_eq!(options.security.check(), Ok(()));
    }
}
