//! Certified: what TLS proved of a peer, beside the peer's own words.
//!
//! Asked by a connection when the handshake is done, for its events and for what the pattern is told.

use bytes::Bytes;

use crate::{
    message::PeerInfo,
    transport::{TlsStream, common_name},
};

/// The property with the common name in the peer's certificate.
const COMMON_NAME: &str = "Tls-Peer-Cn";
/// The property with the version of TLS.
const VERSION: &str = "Tls-Version";

/// See the module's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// The version of TLS, for people: `TLSv1.3`.
    pub version: &'static str,
    /// The common name of the subject of the peer's certificate, which was judged; `None` where it showed
    /// none, or one without a name.
    pub common_name: Option<String>,
}

impl Certified {
    /// `None` before the end of the handshake.
    pub(super) fn of(tls: &TlsStream) -> Option<Self> {
        let common_name = tls.peer_certificate().as_deref().and_then(common_name);
        tls.version().map(|version| Self { version, common_name })
    }

    /// Adds what TLS knows to what the peer said, and takes out what it said in TLS's name.
    pub(super) fn tell(certified: Option<Self>, peer: &mut PeerInfo) {
        let ours = [COMMON_NAME, VERSION];
        peer.properties.retain(|(name, _)| !ours.iter().any(|own| own.eq_ignore_ascii_case(name)));
        let Some(Self { version, common_name }) = certified else { return };
        peer.properties.push((VERSION.to_owned(), Bytes::from_static(version.as_bytes())));
        let named = common_name.map(|name| (COMMON_NAME.to_owned(), Bytes::from(name)));
        peer.properties.extend(named);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_cannot_speak_for_tls() {
        let said = || ["X-a", "TLS-PEER-CN", "tls-version"].map(|name| (name.into(), Bytes::new()));
        let mut peer = PeerInfo { properties: said().into(), ..PeerInfo::default() };
        Certified::tell(None, &mut peer);
        assert_eq!(peer.properties, [("X-a".into(), Bytes::new())]);
        peer.properties = said().into();
        let certified = Certified { version: "TLSv1.3", common_name: Some("me".into()) };
        Certified::tell(Some(certified), &mut peer);
        let told = [("Tls-Version".into(), "TLSv1.3".into()), ("Tls-Peer-Cn".into(), "me".into())];
        assert_eq!(peer.properties[1..], told);
    }
}
