//! The common name in a certificate's subject (RFC 5280), for programs that tell their peers apart by it.
//!
//! Asked by `session` of certificates that TLS has judged already; what cannot be read has no name.

/// `2.5.4.3`.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

const SEQUENCE: u8 = 0x30;
const OBJECT: u8 = 0x06;
/// The version, which old certificates lack.
const VERSION: u8 = 0xA0;
const UTF8: u8 = 0x0C;
const PRINTABLE: u8 = 0x13;
const TELETEX: u8 = 0x14;
const IA5: u8 = 0x16;
const BMP: u8 = 0x1E;

/// The last common name of the subject, the most specific one.
#[must_use]
pub fn common_name(certificate: &[u8]) -> Option<String> {
    let mut rest = subject(certificate)?;
    let mut found = None;
    while let Some((_, mut set, after)) = element(rest) {
        rest = after;
        while let Some((SEQUENCE, attribute, more)) = element(set) {
            set = more;
            let (kind, oid, value) = element(attribute)?;
            if kind == OBJECT && oid == COMMON_NAME {
                let (kind, value, _) = element(value)?;
                found = text(kind, value);
            }
        }
    }
    found
}

/// What stands between the validity and the key: a sequence of sets of attributes.
fn subject(certificate: &[u8]) -> Option<&[u8]> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut rest, _) = element(certificate)?;
    if let Some((VERSION, _, after)) = element(rest) {
        rest = after;
    }
    // Serial number, signature, issuer, validity.
    for _ in 0..4 {
        rest = element(rest)?.2;
    }
    element(rest).map(|(_, subject, _)| subject)
}

/// The tag and the content of the first element, and what is behind it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut len = usize::from(first);
    if first >= 0x80 {
        let (digits, after) = rest.split_at_checked(len - 0x80)?;
        if digits.len() > 4 {
            return None;
        }
        len = digits.iter().fold(0, |len, digit| len << 8 | usize::from(*digit));
        rest = after;
    }
    let (content, after) = rest.split_at_checked(len)?;
    Some((tag, content, after))
}

fn text(kind: u8, value: &[u8]) -> Option<String> {
    match kind {
        UTF8 | PRINTABLE | IA5 => String::from_utf8(value.to_vec()).ok(),
        TELETEX => Some(value.iter().map(|byte| char::from(*byte)).collect()),
        BMP => {
            let units = value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            String::from_utf16(&units.collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, DnValue, KeyPair};

    use super::*;

    fn certificate(names: &[(DnType, DnValue)]) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["host.example".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in names {
            params.distinguished_name.push(kind.clone(), value.clone());
        }
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_common_name_is_found_in_each_kind_of_text() {
        let organization = (DnType::OrganizationName, DnValue::Utf8String("o".into()));
        let named = |value| certificate(&[organization.clone(), (DnType::CommonName, value)]);
        let bmp = named(DnValue::BmpString("n\u{e4}me".try_into().unwrap()));
        for (der, expected) in [
            (named(DnValue::Utf8String("n\u{e4}me".into())), Some("n\u{e4}me")),
            (named(DnValue::PrintableString("name".try_into().unwrap())), Some("name")),
            (bmp, Some("n\u{e4}me")),
            (certificate(std::slice::from_ref(&organization)), None),
            (Vec::new(), None),
        ] {
            assert_eq!(common_name(&der).as_deref(), expected);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_no_certificate_has_no_name_and_does_no_harm(
            bytes: Vec<u8>, place: usize, byte: u8,
        ) {
            let _ = common_name(&bytes);
            let name = DnValue::Utf8String("name".into());
            let mut der = certificate(&[(DnType::CommonName, name)]);
            let place = place % der.len();
            der[place] = byte;
            let _ = common_name(&der);
            let _ = common_name(&der[..place]);
        }
    }
}
