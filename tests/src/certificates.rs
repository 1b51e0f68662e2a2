//! Certificates for the transports inside TLS: an authority's, and one for the loopback host, made anew for each
//! run. Called by `matrix`; `play` gives every new socket both.

use std::{fs, io, path::Path};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// The options that name them, and the files.
pub(crate) const OPTIONS: &[(&str, &str)] =
    &[("TLS_CA", "ca.pem"), ("TLS_CERT", "own.pem"), ("TLS_KEY", "own.key")];

/// Writes the files into this folder.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    let [authority, own, key] = make().map_err(io::Error::other)?;
    for ((_, file), text) in OPTIONS.iter().zip([authority, own, key]) {
        fs::write(folder.join(file), text)?;
    }
    Ok(())
}

/// The authority's certificate, the host's and its key, as PEM.
fn make() -> Result<[String; 3], rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "the scenarios' authority");
    let key = KeyPair::generate()?;
    let authority = params.self_signed(&key)?.pem();
    let issuer = Issuer::new(params, key);
    let own_key = KeyPair::generate()?;
    let own = CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&own_key, &issuer)?;
    Ok([authority, own.pem(), own_key.serialize_pem()])
}
