//! CURVE: key pairs on both sides, all traffic encrypted (ZeroMQ RFC 25 and RFC 26).
//!
//! Used through `super::Mechanism`: `client` and `server` are the two sides of the handshake,
//! [`channel`] what they leave for the traffic. Boxes are NaCl's Curve25519-XSalsa20-Poly1305, by
//! dryoc; a nonce is a prefix and what the peer sends of it. Comparisons of secrets take the same
//! time whatever they find, and keys are wiped when dropped.

pub mod channel;
pub(super) mod client;
pub(super) mod server;
#[cfg(test)]
mod tests;

use bytes::Bytes;
pub use channel::{Channel, Opener, Sealer};
use dryoc::classic::crypto_box;
use zeroize::Zeroizing;

use crate::{option::Key, wire::WireError};

pub(super) const NAME: &str = "CURVE";

/// Bytes of a box besides what is in it.
pub(crate) const MAC: usize = 16;
/// Bytes of a whole nonce.
const NONCE: usize = 24;
/// Bytes of the part of a nonce that counts.
const SHORT: usize = 8;
/// Bytes of the part of a nonce that is random.
const LONG: usize = 16;
/// Bytes of a key.
const KEY: usize = 32;
/// What a client proves by, besides its key: a nonce and a box of two keys.
const VOUCH: usize = LONG + MAC + 2 * KEY;
/// What a server gives and gets back: a nonce and a box of two keys.
const COOKIE: usize = LONG + MAC + 2 * KEY;

const HELLO: &[u8] = b"HELLO";
const WELCOME: &[u8] = b"WELCOME";
const INITIATE: &[u8] = b"INITIATE";

const HELLO_NONCE: &[u8] = b"CurveZMQHELLO---";
const WELCOME_NONCE: &[u8] = b"WELCOME-";
const COOKIE_NONCE: &[u8] = b"COOKIE--";
const INITIATE_NONCE: &[u8] = b"CurveZMQINITIATE";
const VOUCH_NONCE: &[u8] = b"VOUCH---";
const READY_NONCE: &[u8] = b"CurveZMQREADY---";

/// A public key and its secret one.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// May be told to anybody.
    pub public: Key,
    /// Must not.
    pub secret: Key,
}

impl KeyPair {
    /// A new pair, of the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        let (mut public, mut secret) = ([0; KEY], Zeroizing::new([0; KEY]));
        crypto_box::crypto_box_keypair_inplace(&mut public, &mut secret);
        Self { public: Key::new(&public), secret: Key::new(&secret) }
    }

    /// The pair of a secret key.
    #[must_use]
    pub fn of(secret: Key) -> Self {
        let mut public = [0; KEY];
        dryoc::classic::crypto_core::crypto_scalarmult_base(&mut public, secret.bytes());
        Self { public: Key::new(&public), secret }
    }
}

/// The key of boxes between two key pairs. Refuses public keys that make it predictable.
fn shared(public: &[u8; KEY], secret: &Key) -> Result<Key, WireError> {
    let key = crypto_box::crypto_box_beforenm(public, secret.bytes()).map(Zeroizing::new);
    key.map(|key| Key::new(&key)).map_err(|_| broken("a public key that can be used"))
}

fn nonce(prefix: &[u8], rest: &[u8]) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    nonce[..prefix.len()].copy_from_slice(prefix);
    nonce[prefix.len()..].copy_from_slice(rest);
    nonce
}

pub(in crate::wire) fn random<const LEN: usize>() -> [u8; LEN] {
    let mut bytes = [0; LEN];
    dryoc::rng::copy_randombytes(&mut bytes);
    bytes
}

/// A box of these bytes.
fn seal(plain: &[u8], nonce: &[u8; NONCE], key: &Key) -> Vec<u8> {
    let mut sealed = vec![0; MAC + plain.len()];
    sealed[MAC..].copy_from_slice(plain);
    seal_in_place(&mut sealed, nonce, key);
    sealed
}

/// Encrypts all behind the room for the MAC, which it fills.
fn seal_in_place(sealed: &mut [u8], nonce: &[u8; NONCE], key: &Key) {
    if let Some((mac, data)) = sealed.split_first_chunk_mut() {
        crypto_box::crypto_box_detached_afternm_inplace(data, mac, nonce, key.bytes());
    }
}

/// Decrypts a box in place; what was in it.
fn open_in_place<'a>(sealed: &'a mut [u8], nonce: &[u8; NONCE], key: &Key) -> Option<&'a mut [u8]> {
    let (mac, data) = sealed.split_first_chunk_mut()?;
    let opened =
        crypto_box::crypto_box_open_detached_afternm_inplace(data, mac, nonce, key.bytes());
    opened.ok().map(|()| data)
}

/// What is in a box.
fn open(sealed: &[u8], nonce: &[u8; NONCE], key: &Key) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let len = open_in_place(&mut bytes, nonce, key)?.len();
    bytes.drain(..sealed.len() - len);
    Some(bytes)
}

/// The first so many bytes, which the caller knows to be there.
fn part<const LEN: usize>(bytes: &[u8], from: usize) -> Result<&[u8; LEN], WireError> {
    bytes
        .get(from..)
        .and_then(<[u8]>::first_chunk)
        .ok_or_else(|| broken("a command of CURVE's length"))
}

fn broken(expected: &'static str) -> WireError {
    WireError::Command { expected }
}

/// The peer's counting nonces, which must grow.
#[derive(Debug, Default)]
struct Counting(Option<u64>);

impl Counting {
    fn check(&mut self, bytes: &[u8; SHORT]) -> Result<(), WireError> {
        let next = u64::from_be_bytes(*bytes);
        if self.0.is_some_and(|last| next <= last) {
            return Err(broken("a CURVE nonce above the last one"));
        }
        self.0 = Some(next);
        Ok(())
    }
}

fn owned(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}
