//! Keys to make, and whom a socket lets in without asking a ZAP handler.

use std::collections::{HashMap, HashSet};

use super::Socket;
use crate::{
    error::Error,
    option::{Key, Secret},
    wire::KeyPair,
};

/// A new pair of CURVE keys: the public one, which the peers may know, and the secret one, each as 40
/// characters of Z85.
#[must_use]
pub fn curve_keypair() -> (String, String) {
    let pair = KeyPair::generate();
    (pair.public.text(), pair.secret.text())
}

/// The public key of a secret one (32 bytes or 40 characters of Z85), as 40 characters of Z85.
///
/// # Errors
/// EINVAL for anything else.
pub fn curve_public(secret: &[u8]) -> Result<String, Error> {
    Ok(KeyPair::of(Key::parse("curve_public", secret)?).public.text())
}

impl Socket {
    /// Lets in exactly the CURVE clients with these public keys (32 bytes or 40 characters of Z85 each),
    /// from now on and without a ZAP handler; `None` asks the handler again. Peers that are connected
    /// stay.
    ///
    /// # Errors
    /// EINVAL for what is no key.
    pub fn allow_curve(&self, keys: Option<&[&[u8]]>) -> Result<(), Error> {
        self.check()?;
        let parse = |key: &&[u8]| Key::parse("allow_curve", key).map(|key| *key.bytes());
        let keys = keys.map(|keys| keys.iter().map(parse).collect::<Result<HashSet<_>, _>>());
        let keys = keys.transpose()?;
        self.hub().change_access(|access| access.keys = keys);
        Ok(())
    }

    /// Lets in exactly the PLAIN clients with these names and passwords, from now on and without a ZAP
    /// handler; `None` asks the handler again. Their messages bear the name as `User-Id`.
    pub fn allow_plain(&self, users: Option<&[(&str, &str)]>) -> Result<(), Error> {
        self.check()?;
        let user = |(name, password): &(&str, &str)| {
            ((*name).to_owned(), Secret::new(password.as_bytes()))
        };
        let users = users.map(|users| users.iter().map(user).collect::<HashMap<_, _>>());
        self.hub().change_access(|access| access.users = users);
        Ok(())
    }
}
