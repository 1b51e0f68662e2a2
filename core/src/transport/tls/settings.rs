//! TLS settings: certificates, keys and trust, from PEM text or files, to what connections are made
//! of. Filled by the owners of streams.

use std::{
    fmt, fs,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use rustls::{
    ClientConfig, ClientConnection, Connection, DigitallySignedStruct, RootCertStore, ServerConfig,
    ServerConnection, SignatureScheme, SupportedProtocolVersion,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName, UnixTime,
        pem::{self, PemObject},
    },
    server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
    version::{TLS12, TLS13},
};

use super::{Tls, explain::explain};
use crate::error::{Error, ErrorCode};

/// A file is read no further than this: certificates are far smaller, devices have no end.
const LONGEST_FILE: u64 = 16 * 1024 * 1024;

/// Certificates or a key in PEM form (RFC 7468).
#[derive(Clone, PartialEq, Eq)]
pub enum Pem {
    /// The text itself.
    Text(Vec<u8>),
    /// A file that has it, read when the settings are used.
    File(PathBuf),
}

/// Keys are not for logs.
impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl Pem {
    fn read(&self, role: &str) -> Result<Vec<u8>, Error> {
        let path = match self {
            Self::Text(text) => return Ok(text.clone()),
            Self::File(path) => path,
        };
        let fault = |error: std::io::Error| {
            let detail = format!("{role}: cannot read {}: {error}", path.display());
            Error::new(Error::from(error).code(), detail)
        };
        let length = fs::metadata(path).map_err(fault)?.len();
        if length > LONGEST_FILE {
            let detail = format!("{role}: {} has {length} bytes: no PEM file", path.display());
            return Err(Error::new(ErrorCode::Invalid, detail));
        }
        fs::read(path).map_err(fault)
    }

    fn certificates(&self, role: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
        let text = self.read(role)?;
        let found: Vec<_> = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<_, _>>()
            .map_err(|why| not_pem(role, "certificate", &why))?;
        if found.is_empty() {
            return Err(not_pem(role, "certificate", &pem::Error::NoItemsFound));
        }
        Ok(found)
    }

    fn key(&self, role: &str) -> Result<PrivateKeyDer<'static>, Error> {
        PrivateKeyDer::from_pem_slice(&self.read(role)?)
            .map_err(|why| not_pem(role, "unencrypted private key", &why))
    }
}

fn not_pem(role: &str, what: &str, why: &pem::Error) -> Error {
    let detail = match why {
        pem::Error::NoItemsFound => format!("{role}: expected a PEM {what}, and there is none"),
        other => format!("{role}: expected a PEM {what}: {other}"),
    };
    Error::new(ErrorCode::Invalid, detail)
}

/// Whom to trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// The authorities that the system trusts.
    #[default]
    System,
    /// These authorities and no others.
    Authorities(Pem),
    /// These authorities, and those that the system trusts.
    Both(Pem),
    /// Anybody: the peer's certificate is not looked at, and somebody between may read and change
    /// everything.
    Anybody,
}

/// What a server wants of its clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clients {
    /// No certificate.
    #[default]
    Unknown,
    /// A certificate that is trusted, or none.
    MayShow,
    /// A certificate that is trusted.
    MustShow,
}

/// The oldest version of TLS that is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Oldest {
    /// TLS 1.2.
    #[default]
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// See the module's text. Both ends are made of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// Whom to trust: a client its server, a server those clients that show a certificate.
    pub trust: Trust,
    /// Our own certificate, with those that lead to the authority; a server must have one.
    pub certificate: Option<Pem>,
    /// The private key of `certificate`, not encrypted.
    pub key: Option<Pem>,
    /// What a server wants of its clients.
    pub clients: Clients,
    /// The oldest version that is accepted.
    pub oldest: Oldest,
    /// Application protocols (ALPN, RFC 7301) in the order of preference; empty: not negotiated.
    pub protocols: Vec<Vec<u8>>,
    /// What errors call the settings.
    pub roles: Roles,
}

/// What errors call the settings: as their user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// [`TlsSettings::trust`].
    pub authorities: &'static str,
    /// [`TlsSettings::certificate`].
    pub certificate: &'static str,
    /// [`TlsSettings::key`].
    pub key: &'static str,
}

impl Default for Roles {
    fn default() -> Self {
        Self {
            authorities: "the authorities' certificates",
            certificate: "our certificate",
            key: "our private key",
        }
    }
}

impl TlsSettings {
    /// What clients are made of. EINVAL names the setting that is wrong; ENOENT, EACCES a file.
    pub fn client(&self) -> Result<TlsClient, Error> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(self.versions())
            .map_err(|error| explain(&error, None, true))?;
        let builder = match &self.trust {
            Trust::Anybody => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Credulous(provider()))),
            _ => builder.with_root_certificates(self.roots()?),
        };
        let mut config = match self.identity()? {
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| explain(&error, None, true))?,
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols.clone_from(&self.protocols);
        Ok(TlsClient(Arc::new(config)))
    }

    /// What servers are made of. Errors as of [`TlsSettings::client`]; EINVAL too without a
    /// certificate.
    pub fn server(&self) -> Result<TlsServer, Error> {
        let Some((chain, key)) = self.identity()? else {
            let Roles { certificate, key, .. } = self.roles;
            let detail = format!(
                "TLS: a server needs a certificate and its private key: {certificate}, {key}"
            );
            return Err(Error::new(ErrorCode::Invalid, detail));
        };
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(self.versions())
            .map_err(|error| explain(&error, None, true))?
            .with_client_cert_verifier(self.client_verifier()?)
            .with_single_cert(chain, key)
            .map_err(|error| explain(&error, None, true))?;
        config.alpn_protocols.clone_from(&self.protocols);
        Ok(TlsServer { config: Arc::new(config), settings: Arc::new(self.clone()) })
    }

    fn client_verifier(&self) -> Result<Arc<dyn ClientCertVerifier>, Error> {
        if self.clients == Clients::Unknown {
            return Ok(Arc::new(NoClientAuth));
        }
        if self.trust == Trust::Anybody {
            let detail = "TLS: a server that asks for certificates must say whom it trusts";
            return Err(Error::new(ErrorCode::Invalid, detail));
        }
        let mut builder = WebPkiClientVerifier::builder_with_provider(self.roots()?, provider());
        if self.clients == Clients::MayShow {
            builder = builder.allow_unauthenticated();
        }
        builder
            .build()
            .map_err(|why| Error::new(ErrorCode::Invalid, format!("TLS: the authorities: {why}")))
    }

    fn versions(&self) -> &'static [&'static SupportedProtocolVersion] {
        static ALL: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
        match self.oldest {
            Oldest::Tls12 => &ALL,
            Oldest::Tls13 => &ALL[..1],
        }
    }

    fn roots(&self) -> Result<Arc<RootCertStore>, Error> {
        let (pem, mut roots) = match &self.trust {
            Trust::System | Trust::Anybody => return system_roots(),
            Trust::Authorities(pem) => (pem, RootCertStore::empty()),
            Trust::Both(pem) => (pem, RootCertStore::clone(&*system_roots()?)),
        };
        let role = self.roles.authorities;
        for certificate in pem.certificates(role)? {
            let named = |why| Error::new(ErrorCode::Invalid, format!("{role}: {why}"));
            roots.add(certificate).map_err(named)?;
        }
        Ok(Arc::new(roots))
    }

    fn identity(
        &self,
    ) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, Error> {
        match (&self.certificate, &self.key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => {
                let chain = certificate.certificates(self.roles.certificate)?;
                Ok(Some((chain, key.key(self.roles.key)?)))
            }
            (one, _) => {
                let Roles { certificate, key, .. } = self.roles;
                let (missing, role) =
                    if one.is_some() { ("private key", key) } else { ("certificate", certificate) };
                let detail =
                    format!("TLS: the {missing} is missing ({role}); both or none must be given");
                Err(Error::new(ErrorCode::Invalid, detail))
            }
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER.get_or_init(|| Arc::new(ring::default_provider())).clone()
}

/// Read once: it takes some milliseconds.
fn system_roots() -> Result<Arc<RootCertStore>, Error> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    });
    if roots.is_empty() {
        let detail = "TLS: the system trusts no authorities (on Debian: package ca-certificates)";
        return Err(Error::new(ErrorCode::NotFound, detail));
    }
    Ok(roots.clone())
}

/// Makes client ends; clones share it.
#[derive(Clone, Debug)]
pub struct TlsClient(Arc<ClientConfig>);

impl TlsClient {
    /// A connection to the server of this name or address, which its certificate must have. EINVAL
    /// when it can be neither. Begins with something to flush.
    pub fn connect(&self, name: &str) -> Result<Tls, Error> {
        let server = ServerName::try_from(name.to_owned()).map_err(|_| {
            let detail = format!("TLS: {name:?} is neither a host name nor an address");
            Error::new(ErrorCode::Invalid, detail)
        })?;
        let connection = ClientConnection::new(self.0.clone(), server)
            .map_err(|error| explain(&error, Some(name), true))?;
        Ok(Tls::new(Connection::Client(connection), Some(name.to_owned())))
    }
}

/// Makes server ends; clones share it. Two are the same when their settings were.
#[derive(Clone, Debug)]
pub struct TlsServer {
    config: Arc<ServerConfig>,
    settings: Arc<TlsSettings>,
}

impl PartialEq for TlsServer {
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings
    }
}

impl TlsServer {
    /// A connection that a client began.
    pub fn accept(&self) -> Result<Tls, Error> {
        let connection = ServerConnection::new(self.config.clone())
            .map_err(|error| explain(&error, None, true))?;
        Ok(Tls::new(Connection::Server(connection), None))
    }
}

/// What makes the TLS of one endpoint's streams.
#[derive(Clone, Debug)]
pub enum TlsEnd {
    /// Streams that we connect, to a server that has this name.
    Client(TlsClient, String),
    /// Streams that we accept.
    Server(TlsServer),
}

impl TlsEnd {
    /// The TLS of a new stream.
    pub fn begin(&self) -> Result<Tls, Error> {
        match self {
            Self::Client(client, name) => client.connect(name),
            Self::Server(server) => server.accept(),
        }
    }
}

/// [`Trust::Anybody`]: only proves that the peer has the key of the certificate that it shows.
#[derive(Debug)]
struct Credulous(Arc<CryptoProvider>);

impl ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
