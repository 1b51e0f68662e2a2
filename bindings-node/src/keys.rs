//! CURVE key pairs and Z85.

use napi::bindgen_prelude::*;
use napi_derive::napi;
use sockery::facade;

use crate::error::raise;

/// A new pair of CURVE keys in Z85: the public and the secret one.
#[napi]
pub fn curve_keypair() -> Vec<String> {
    let (public, secret) = facade::curve_keypair();
    vec![public, secret]
}

/// The public key of a secret one (32 bytes or Z85), in Z85.
#[napi]
pub fn curve_public(env: Env, secret: Either<String, &[u8]>) -> Result<String> {
    facade::curve_public(bytes(&secret)).map_err(|error| raise(env, &error))
}

/// The transports and mechanisms that there are.
#[napi]
pub fn capabilities() -> Vec<&'static str> {
    facade::catalog::capabilities()
}

/// Bytes, a multiple of 4, as Z85.
#[napi]
pub fn z85_encode(env: Env, data: Either<String, &[u8]>) -> Result<String> {
    facade::z85::encode(bytes(&data)).map_err(|error| raise(env, &error))
}

/// The bytes of Z85.
#[napi]
pub fn z85_decode(env: Env, text: Either<String, &[u8]>) -> Result<Buffer> {
    facade::z85::decode(bytes(&text)).map(Into::into).map_err(|error| raise(env, &error))
}

pub(crate) fn bytes<'a>(given: &'a Either<String, &[u8]>) -> &'a [u8] {
    match given {
        Either::A(text) => text.as_bytes(),
        Either::B(bytes) => bytes,
    }
}
