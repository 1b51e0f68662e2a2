//! Tls: what a socket's options say of certificates, keys and trust, for `tls+tcp` and `wss`.
//!
//! A part of [`super::Options`]; made into the TLS of an endpoint as it stands at bind or connect.

use zeroize::Zeroizing;

use super::{
    Dialect, Opt, OptionRow, Secret, TLS_1_2, TLS_1_3, TLS_CLIENT_CERT_OPTIONAL,
    TLS_CLIENT_CERT_REQUIRED, Value, value::Field,
};
use crate::error::Error;

/// What a server wants of its clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificate {
    /// No certificate.
    #[default]
    None,
    /// A certificate that is trusted, or none.
    Optional,
    /// A certificate that is trusted.
    Required,
}

/// See the module's text. Certificates and keys are PEM text or the paths of files; empty where none is set.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Who is trusted; where it is empty, whom the system trusts.
    pub authorities: String,
    /// The own certificate and those that lead to its authority.
    pub certificate: String,
    /// Its private key.
    pub key: Secret,
    /// The name that the server's certificate must have; where it is empty, the host connected to.
    pub server_name: String,
    /// Whom the system trusts is trusted in any case.
    pub trust_system: bool,
    /// What a server wants of its clients.
    pub clients: ClientCertificate,
    /// TLS 1.2 is not accepted.
    pub only_1_3: bool,
}

impl Tls {
    pub(super) fn set(
        &mut self,
        row: &OptionRow,
        dialect: Dialect,
        value: &Value,
    ) -> Result<(), Error> {
        match row.opt {
            Opt::TlsCa => self.authorities = Field::parse(row, dialect, value)?,
            Opt::TlsCert => self.certificate = Field::parse(row, dialect, value)?,
            Opt::TlsKey => {
                let text: Zeroizing<String> = Zeroizing::new(Field::parse(row, dialect, value)?);
                self.key = Secret::new(text.as_bytes());
            }
            Opt::TlsServerName => self.server_name = Field::parse(row, dialect, value)?,
            Opt::TlsTrustSystem => self.trust_system = Field::parse(row, dialect, value)?,
            Opt::TlsClientCert => {
                let number = i64::parse(row, dialect, value)?;
                self.clients = match i32::try_from(number) {
                    Ok(TLS_CLIENT_CERT_REQUIRED) => ClientCertificate::Required,
                    Ok(TLS_CLIENT_CERT_OPTIONAL) => ClientCertificate::Optional,
                    _ => ClientCertificate::None,
                };
            }
            _ => self.only_1_3 = i64::parse(row, dialect, value)? == i64::from(TLS_1_3),
        }
        Ok(())
    }

    /// Reads one of those that may be read.
    pub(super) fn get(&self, opt: Opt) -> Value {
        match opt {
            Opt::TlsClientCert => Value::from(self.clients as i32),
            _ => Value::from(if self.only_1_3 { TLS_1_3 } else { TLS_1_2 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        error::ErrorCode,
        option::{Options, find_name},
    };

    fn set(options: &mut Options, name: &str, value: impl Into<Value>) -> Result<(), Error> {
        options.set(find_name(options.dialect, name).unwrap(), &value.into())
    }

    #[test]
    fn both_dialects_have_the_same_options_and_libzmq_s_names_are_others_for_them() {
        for dialect in [Dialect::Sp, Dialect::Zmtp] {
            let mut options = Options::new(dialect);
            set(&mut options, "TLS_CA", "ca").unwrap();
            set(&mut options, "TLS_CERT", "cert").unwrap();
            set(&mut options, "TLS_KEY", "hidden").unwrap();
            set(&mut options, "TLS_SERVER_NAME", "host").unwrap();
            set(&mut options, "TLS_TRUST_SYSTEM", 1).unwrap();
            for (number, expected) in
                [(0, ClientCertificate::None), (1, ClientCertificate::Optional)]
            {
                set(&mut options, "TLS_CLIENT_CERT", number).unwrap();
                assert_eq!(options.tls.clients, expected);
                let read = options.get(find_name(dialect, "TLS_CLIENT_CERT").unwrap());
                assert_eq!(read, Ok(Value::from(number)));
            }
            let versions = find_name(dialect, "TLS_MIN_VERSION").unwrap();
            for number in [TLS_1_3, TLS_1_2] {
                options.set(versions, &number.into()).unwrap();
                assert_eq!(options.get(versions), Ok(number.into()));
            }
            let refused = set(&mut options, "TLS_MIN_VERSION", 0x302).unwrap_err();
            assert_eq!(refused.code(), ErrorCode::Invalid);
            let Tls { authorities, certificate, key, server_name, trust_system, .. } = &options.tls;
            assert_eq!((&**authorities, &**certificate, &**server_name), ("ca", "cert", "host"));
            assert!(key.is(b"hidden") && *trust_system);
            assert!(!format!("{options:?}").contains("hidden"));
        }
        for (libzmq, ours) in [
            ("WSS_KEY_PEM", Opt::TlsKey),
            ("WSS_CERT_PEM", Opt::TlsCert),
            ("WSS_TRUST_PEM", Opt::TlsCa),
            ("WSS_HOSTNAME", Opt::TlsServerName),
            ("WSS_TRUST_SYSTEM", Opt::TlsTrustSystem),
        ] {
            assert_eq!(find_name(Dialect::Zmtp, libzmq).unwrap().opt, ours);
        }
    }
}
