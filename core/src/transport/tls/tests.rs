//! Two ends in memory: what they agree on, carry, and refuse.

use std::{
    io::{self, IoSlice},
    sync::atomic::{AtomicUsize, Ordering},
};

use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};

use super::*;

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

fn text(pem: &str) -> Pem {
    Pem::Text(pem.as_bytes().to_vec())
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Authorities are found by name.
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let name = format!("authority {}", LAST.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn trust(&self) -> Trust {
        Trust::Authorities(text(&self.pem))
    }

    /// Settings with a certificate for this name; `change` spoils it.
    fn signed(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> TlsSettings {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        TlsSettings {
            certificate: Some(text(&certificate.pem())),
            key: Some(text(&key.serialize_pem())),
            trust: self.trust(),
            ..TlsSettings::default()
        }
    }

    fn client(&self) -> TlsSettings {
        TlsSettings { trust: self.trust(), ..TlsSettings::default() }
    }
}

/// Moves at most `piece` bytes a time from one end to the other; what was read from `to` goes to `plain`.
fn carry(from: &mut Tls, to: &mut Tls, piece: usize, plain: &mut Vec<u8>) -> Result<(), Error> {
    let mut wire = Vec::new();
    let copied = from.flush(|slices| {
        let length: usize = slices.iter().map(|slice| slice.len()).sum();
        slices.iter().for_each(|slice| wire.extend_from_slice(slice));
        Ok(length)
    });
    copied.unwrap();
    for mut rest in wire.chunks(piece) {
        while !rest.is_empty() {
            rest = &rest[to.take(rest)?..];
            drain(to, plain);
        }
    }
    Ok(())
}

fn drain(tls: &mut Tls, plain: &mut Vec<u8>) {
    let mut buffer = [0; 1000];
    while let Ok(read) = tls.read(&mut buffer) {
        if read == 0 {
            break;
        }
        plain.extend_from_slice(&buffer[..read]);
    }
}

fn shake(client: &mut Tls, server: &mut Tls) -> Result<(), Error> {
    for _ in 0..10 {
        carry(client, server, usize::MAX, &mut Vec::new())?;
        carry(server, client, usize::MAX, &mut Vec::new())?;
        if !(client.is_handshaking() || server.is_handshaking()) {
            // A server's word on the client's certificate comes only now.
            carry(client, server, usize::MAX, &mut Vec::new())?;
            return carry(server, client, usize::MAX, &mut Vec::new());
        }
    }
    panic!("the handshake does not end");
}

fn ends(client: &TlsSettings, server: &TlsSettings, name: &str) -> (Tls, Tls) {
    let client = client.client().unwrap().connect(name).unwrap();
    (client, server.server().unwrap().accept().unwrap())
}

/// The error that one of the ends gives.
fn refused(client: &TlsSettings, server: &TlsSettings, name: &str) -> Error {
    let (mut client, mut server) = ends(client, server, name);
    shake(&mut client, &mut server).expect_err("the handshake must fail")
}

#[test]
fn both_ends_carry_and_say_farewell() {
    let authority = Authority::new();
    for oldest in [Oldest::Tls12, Oldest::Tls13] {
        let server = TlsSettings { oldest, ..authority.signed("example.org", |_| ()) };
        let (mut client, mut server) = ends(&authority.client(), &server, "example.org");
        assert_eq!(client.write(&[IoSlice::new(b"early")]), 0);
        shake(&mut client, &mut server).unwrap();
        assert_eq!((client.version(), server.version()), (Some("TLSv1.3"), Some("TLSv1.3")));
        assert!(client.peer_certificate().is_some());
        let (mut asked, mut answered) = (Vec::new(), Vec::new());
        assert_eq!(client.write(&[IoSlice::new(b"ask"), IoSlice::new(b"ing")]), 6);
        assert_eq!(server.write(&[IoSlice::new(b"answer")]), 6);
        carry(&mut client, &mut server, 1, &mut asked).unwrap();
        carry(&mut server, &mut client, 7, &mut answered).unwrap();
        assert_eq!((&*asked, &*answered), (&b"asking"[..], &b"answer"[..]));
        client.close();
        carry(&mut client, &mut server, usize::MAX, &mut asked).unwrap();
        assert_eq!(server.read(&mut [0; 8]).unwrap(), 0);
        client.take_end().unwrap();
        let cut_off = client.read(&mut [0; 8]).unwrap_err();
        assert_eq!(cut_off.kind(), io::ErrorKind::UnexpectedEof);
    }
}

#[test]
fn refusals_say_why() {
    let authority = Authority::new();
    let (client, good) = (authority.client(), authority.signed("good.example", |_| ()));
    let wrong_name = refused(&client, &good, "bad.example");
    assert_eq!(wrong_name.code(), ErrorCode::Access);
    let texts = wrong_name.to_string();
    assert!(texts.contains("\"bad.example\"") && texts.contains("good.example"), "{texts}");
    let expired = authority.signed("a.example", |one| one.not_after = date_time_ymd(2020, 1, 1));
    assert!(refused(&client, &expired, "a.example").to_string().contains("expired"));
    let early = authority.signed("a.example", |one| one.not_before = date_time_ymd(4000, 1, 1));
    assert!(refused(&client, &early, "a.example").to_string().contains("not valid yet"));
    let other = Authority::new().client();
    assert!(refused(&other, &good, "good.example").to_string().contains("nobody that is trusted"));
    let purpose = authority.signed("a.example", |one| {
        one.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    assert!(refused(&client, &purpose, "a.example").to_string().contains("this end"));
    let own = TlsSettings { trust: Trust::Anybody, ..TlsSettings::default() };
    let (mut client, mut server) = ends(&own, &good, "any.example");
    shake(&mut client, &mut server).unwrap();
}

#[test]
fn clients_show_a_certificate_where_it_is_wanted() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = |clients| TlsSettings { clients, ..authority.signed("s.example", |_| ()) };
    let (with, without) = (authority.signed("c.example", |_| ()), authority.client());
    let unknown = TlsSettings { trust: authority.trust(), ..stranger.signed("c", |_| ()) };
    for (clients, client, fails) in [
        (Clients::Unknown, &with, None),
        (Clients::MayShow, &without, None),
        (Clients::MayShow, &with, None),
        (Clients::MayShow, &unknown, Some("nobody that is trusted")),
        (Clients::MustShow, &with, None),
        (Clients::MustShow, &without, Some("gave no certificate")),
    ] {
        let (mut client, mut server) = ends(client, &server(clients), "s.example");
        match (shake(&mut client, &mut server), fails) {
            (Ok(()), None) => {}
            (Err(error), Some(text)) => assert!(error.to_string().contains(text), "{error}"),
            (got, wanted) => panic!("{clients:?}: {got:?} where {wanted:?} was due"),
        }
        // The client learns of it too.
        if let Some(error) =
            fails.and_then(|_| carry(&mut server, &mut client, usize::MAX, &mut Vec::new()).err())
        {
            assert!(error.to_string().contains("the peer ended the connection"), "{error}");
        }
    }
}

#[test]
fn what_is_no_tls_is_told_so() {
    let authority = Authority::new();
    let (mut client, mut server) =
        ends(&authority.client(), &authority.signed("a", |_| ()), "a.example");
    for end in [&mut client, &mut server] {
        let error = end.take(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").unwrap_err();
        assert_eq!(error.code(), ErrorCode::Protocol);
        assert!(error.to_string().contains("does not speak TLS"), "{error}");
    }
    let (mut client, _) = ends(&authority.client(), &authority.signed("a", |_| ()), "a.example");
    assert!(client.take_end().unwrap_err().to_string().contains("during the TLS handshake"));
}

#[test]
fn settings_do_not_show_keys() {
    let settings = Authority::new().signed("a.example", |_| ());
    let shown = format!("{settings:?} {:?}", settings.server().unwrap());
    assert!(shown.contains("bytes)") && !shown.contains("BEGIN"), "{shown}");
    // Nor as numbers.
    assert!(!shown.contains("45, 45"), "{shown}");
}

#[test]
fn settings_name_what_is_wrong() {
    let authority = Authority::new();
    let good = authority.signed("a.example", |_| ());
    let other = authority.signed("a.example", |_| ());
    let missing = Pem::File("/nowhere/at/all.pem".into());
    let cases: [(TlsSettings, &str); 6] = [
        (TlsSettings { key: None, ..good.clone() }, "private key is missing"),
        (TlsSettings { certificate: None, ..good.clone() }, "certificate is missing"),
        (TlsSettings { key: other.key, ..good.clone() }, "does not belong"),
        (TlsSettings { certificate: Some(text("-")), ..good.clone() }, "our certificate"),
        (TlsSettings { trust: Trust::Authorities(text("")), ..good.clone() }, "the authorities'"),
        (TlsSettings { trust: Trust::Authorities(missing), ..good.clone() }, "/nowhere/at/all.pem"),
    ];
    for (settings, expected) in cases {
        let error = settings.client().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}: {expected}");
    }
    assert!(authority.client().server().unwrap_err().to_string().contains("needs a certificate"));
    let error = authority.client().client().unwrap().connect("a b").unwrap_err();
    assert!(error.to_string().contains("\"a b\""), "{error}");
}

#[test]
fn pem_comes_from_files_too() {
    let authority = Authority::new();
    let path = std::env::temp_dir().join(format!("sockery-tls-{}.pem", std::process::id()));
    std::fs::write(&path, &authority.pem).unwrap();
    let trust = Trust::Authorities(Pem::File(path.clone()));
    let client = TlsSettings { trust, ..TlsSettings::default() };
    let (mut client, mut server) =
        ends(&client, &authority.signed("127.0.0.1", |_| ()), "127.0.0.1");
    std::fs::remove_file(path).unwrap();
    shake(&mut client, &mut server).unwrap();
}

#[test]
fn a_writer_is_held_back_while_nothing_is_flushed() {
    let authority = Authority::new();
    let (mut client, mut server) =
        ends(&authority.client(), &authority.signed("a.example", |_| ()), "a.example");
    shake(&mut client, &mut server).unwrap();
    let large = vec![7; 1024 * 1024];
    let taken = client.write(&[IoSlice::new(&large)]);
    assert!((1..=WAITING).contains(&taken), "{taken}");
    assert_eq!(client.write(&[IoSlice::new(&large)]), 0);
    let mut plain = Vec::new();
    carry(&mut client, &mut server, 1000, &mut plain).unwrap();
    assert_eq!(plain.len(), taken);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_split_carries_the_same_bytes(
        bytes in proptest::collection::vec(any::<u8>(), 0..40_000),
        piece in 1_usize..20_000,
        step in 1_usize..30_000,
    ) {
        let authority = Authority::new();
        let (mut client, mut server) =
            ends(&authority.client(), &authority.signed("a.example", |_| ()), "a.example");
        shake(&mut client, &mut server).unwrap();
        let mut plain = Vec::new();
        for part in bytes.chunks(step) {
            prop_assert_eq!(client.write(&[IoSlice::new(part)]), part.len());
            carry(&mut client, &mut server, piece, &mut plain).unwrap();
        }
        prop_assert_eq!(plain, bytes);
    }

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let authority = Authority::new();
        let (mut client, mut server) =
            ends(&authority.client(), &authority.signed("a.example", |_| ()), "a.example");
        let _ = client.take(&bytes);
        let _ = server.take(&bytes);
    }
}
