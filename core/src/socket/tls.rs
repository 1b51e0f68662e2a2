//! The TLS of an endpoint, from the options as they stand at bind or connect. Asked by [`super::config`].

use std::path::PathBuf;

use crate::{
    error::Error,
    option::{self, ClientCertificate},
    transport::{Clients, Endpoint, Oldest, Pem, Purpose, Roles, TlsEnd, TlsSettings, Trust},
};

/// Errors call settings what their users do.
const ROLES: Roles = Roles { authorities: "TLS_CA", certificate: "TLS_CERT", key: "TLS_KEY" };

/// What makes the TLS of the endpoint's streams; `None` where it has none.
///
/// # Errors
/// EINVAL, naming the option; ENOENT or EACCES for a file.
pub(super) fn of(
    options: &option::Tls,
    endpoint: &Endpoint,
    purpose: Purpose,
) -> Result<Option<TlsEnd>, Error> {
    let Some(tcp) = endpoint.secured() else { return Ok(None) };
    let settings = settings(options);
    let end = match purpose {
        Purpose::Bind => TlsEnd::Server(settings.server()?),
        Purpose::Connect => {
            let name = Some(&options.server_name).filter(|name| !name.is_empty()).cloned();
            let name = name.or_else(|| tcp.host.certified()).unwrap_or_default();
            let end = TlsEnd::Client(settings.client()?, name);
            end.begin().map_err(|error| {
                Error::new(error.code(), format!("TLS_SERVER_NAME or the host: {error}"))
            })?;
            end
        }
    };
    Ok(Some(end))
}

fn settings(options: &option::Tls) -> TlsSettings {
    let trust = match (pem(options.authorities.as_bytes()), options.trust_system) {
        (None, _) => Trust::System,
        (Some(authorities), false) => Trust::Authorities(authorities),
        (Some(authorities), true) => Trust::Both(authorities),
    };
    TlsSettings {
        trust,
        certificate: pem(options.certificate.as_bytes()),
        key: pem(options.key.reveal()),
        clients: match options.clients {
            ClientCertificate::None => Clients::Unknown,
            ClientCertificate::Optional => Clients::MayShow,
            ClientCertificate::Required => Clients::MustShow,
        },
        oldest: if options.only_1_3 { Oldest::Tls13 } else { Oldest::Tls12 },
        protocols: Vec::new(),
        roles: ROLES,
    }
}

/// PEM text has such a line, the path of a file never does.
fn pem(text: &[u8]) -> Option<Pem> {
    const MARK: &[u8] = b"-----BEGIN ";
    if text.is_empty() {
        return None;
    }
    if text.windows(MARK.len()).any(|window| window == MARK) {
        return Some(Pem::Text(text.to_vec()));
    }
    Some(Pem::File(PathBuf::from(String::from_utf8_lossy(text).into_owned())))
}
