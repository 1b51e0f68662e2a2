//! What failed in a TLS handshake, in words that say what to do about it. Called by [`super::Tls`]
//! and [`super::settings`].

use rustls::{AlertDescription, CertificateError, Error as TlsError, PeerIncompatible};

use crate::error::{Error, ErrorCode};

/// The error of a connection. `name` is what the client looks for in the certificate; until it is
/// `established`, bytes that mean nothing come from a peer that speaks something else.
pub(super) fn explain(error: &TlsError, name: Option<&str>, established: bool) -> Error {
    let (code, text) = match error {
        TlsError::InvalidCertificate(why) => (ErrorCode::Access, certificate(why, name)),
        TlsError::NoCertificatesPresented => {
            (ErrorCode::Access, "the peer gave no certificate, and one is required".into())
        }
        TlsError::AlertReceived(alert) => alert_text(*alert),
        TlsError::InvalidMessage(_) if !established => {
            (ErrorCode::Protocol, "the peer does not speak TLS".into())
        }
        TlsError::PeerIncompatible(why) => (ErrorCode::Protocol, incompatible(why)),
        TlsError::NoApplicationProtocol => {
            (ErrorCode::Protocol, "the peer offers no application protocol of ours".into())
        }
        TlsError::InconsistentKeys(_) => {
            (ErrorCode::Invalid, "the private key does not belong to the certificate".into())
        }
        other => (ErrorCode::Protocol, other.to_string()),
    };
    Error::new(code, format!("TLS: {text}"))
}

fn certificate(why: &CertificateError, name: Option<&str>) -> String {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the peer's certificate has expired".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the peer's certificate is not valid yet".into()
        }
        CertificateError::UnknownIssuer => {
            "the peer's certificate was issued by nobody that is trusted here".into()
        }
        CertificateError::NotValidForName => not_for(name, &[]),
        CertificateError::NotValidForNameContext { presented, .. } => not_for(name, presented),
        CertificateError::BadSignature => "the signature of the peer's certificate is wrong".into(),
        CertificateError::BadEncoding => "the peer's certificate cannot be read".into(),
        CertificateError::Revoked => "the peer's certificate was revoked".into(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the peer's certificate is not for this end of a connection".into()
        }
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "the peer's certificate is an authority's own; it needs one that the authority signed"
                .into()
        }
        other => format!("the peer's certificate is not valid: {other:?}"),
    }
}

fn not_for(name: Option<&str>, presented: &[String]) -> String {
    let wanted = name.map_or_else(|| "this host".into(), |name| format!("{name:?}"));
    if presented.is_empty() {
        return format!("the peer's certificate is not for the name {wanted}");
    }
    format!("the peer's certificate is not for the name {wanted} but for {}", presented.join(", "))
}

fn alert_text(alert: AlertDescription) -> (ErrorCode, String) {
    use AlertDescription as Alert;
    let (code, why) = match alert {
        Alert::CertificateRequired => (ErrorCode::Access, "it requires a certificate of ours"),
        Alert::NoCertificate => (ErrorCode::Access, "it wants another certificate than ours"),
        Alert::BadCertificate | Alert::UnsupportedCertificate | Alert::CertificateUnknown => {
            (ErrorCode::Access, "it does not accept our certificate")
        }
        Alert::CertificateExpired => (ErrorCode::Access, "our certificate has expired"),
        Alert::CertificateRevoked => (ErrorCode::Access, "our certificate was revoked"),
        Alert::UnknownCA => (ErrorCode::Access, "it does not trust who issued our certificate"),
        Alert::AccessDenied => (ErrorCode::Access, "it denies us access"),
        Alert::UnrecognisedName => (ErrorCode::Access, "it has no host of the name we ask for"),
        Alert::ProtocolVersion => (ErrorCode::Protocol, "we have no TLS version in common"),
        Alert::HandshakeFailure => {
            (ErrorCode::Protocol, "it does not agree to our handshake (is a certificate missing?)")
        }
        other => return (ErrorCode::Protocol, format!("the peer ended the connection: {other:?}")),
    };
    (code, format!("the peer ended the connection: {why}"))
}

fn incompatible(why: &PeerIncompatible) -> String {
    match why {
        PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled
        | PeerIncompatible::Tls13RequiredForQuic => {
            "the peer offers only versions of TLS that are not accepted here".into()
        }
        other => format!("the peer has no way of encryption in common with us: {other:?}"),
    }
}
