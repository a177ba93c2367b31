//! TLS: what is offered, who is let in, and a new certificate.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use portcullis::{ingress::settings::TlsSettings, primitives::Code};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::room::{Caller, Room, body, get, limits, listen, status};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Certificate and key as PEM.
fn issued(authority: &Authority) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    (certificate.pem(), key.serialize_pem())
}

pub(crate) fn write(path: &Path, text: &str, mode: u32) -> String {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Files of a port: certificate and key of `authority`, callers' by `callers`.
pub(crate) struct Files {
    pub(crate) folder: TempDir,
    pub(crate) settings: TlsSettings,
    authority: Authority,
}

pub(crate) fn files(client_ca: Option<&Authority>) -> Files {
    let (folder, authority) = (tempfile::tempdir().unwrap(), authority());
    let (certificate, key) = issued(&authority);
    let settings = TlsSettings {
        certificate: write(&folder.path().join("cert.pem"), &certificate, 0o644),
        key: write(&folder.path().join("key.pem"), &key, 0o640),
        client_ca: client_ca.map(|one| write(&folder.path().join("ca.pem"), &one.pem(), 0o644)),
    };
    Files {
        folder,
        settings,
        authority,
    }
}

fn client(
    versions: &[&'static SupportedProtocolVersion],
    root: &Authority,
    own: Option<(String, String)>,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(root.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    match own {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = CertificateDer::pem_slice_iter(certificate.as_bytes())
                .map(Result::unwrap)
                .collect();
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            config.with_client_auth_cert(chain, key).unwrap()
        }
    }
}

async fn call(room: &Room, config: ClientConfig) -> std::io::Result<Caller<TlsStream<TcpStream>>> {
    let tcp = TcpStream::connect(room.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let tls = TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await;
    tls.map(Caller::new)
}

#[tokio::test]
async fn a_caller_speaks_tls_1_3_and_hybrid_key_exchange() {
    let files = files(None);
    let room = Room::with(limits(), listen(Some(files.settings.clone()))).await;
    let mut config = client(&[&TLS13], &files.authority, None);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut caller = call(&room, config).await.unwrap();
    caller.send(get("/tls")).await;
    assert_eq!(body(&caller.answer().await), "1.3 false");
    let (_, session) = caller.io.get_ref();
    assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
    let group = session.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
    assert!(!session.is_early_data_accepted());
}

#[tokio::test]
async fn older_versions_and_plain_text_are_rejected_and_noted() {
    let files = files(None);
    let room = Room::with(limits(), listen(Some(files.settings.clone()))).await;
    assert!(
        call(&room, client(&[&TLS12], &files.authority, None))
            .await
            .is_err()
    );
    room.until("it is noted", |room| room.notes.reasons().len() == 1)
        .await;
    let answer = room.exchange(get("/a").as_bytes()).await;
    assert!(!answer.contains("HTTP"), "{answer}");
    room.until("it is noted", |room| room.notes.reasons().len() == 2)
        .await;
    assert_eq!(room.notes.reasons(), ["tls_handshake", "tls_handshake"]);
    assert_eq!(room.notes.0.lock().unwrap()[0].code, Code::MalformedRequest);
    // a health check that connects and leaves is nobody's fault
    drop(room.call().await);
    assert_eq!(room.seen(), Vec::<String>::new());
    assert_eq!(room.notes.reasons().len(), 2);
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_cut() {
    let files = files(None);
    let limits = portcullis::primitives::Limits {
        header_time: std::time::Duration::from_millis(200),
        ..limits()
    };
    let room = Room::with(limits, listen(Some(files.settings.clone()))).await;
    let mut caller = room.call().await;
    caller.send(b"\x16\x03\x01\x02\x00").await;
    assert_eq!(caller.rest().await, "");
    assert_eq!(room.notes.reasons(), ["tls_slow"]);
}

#[tokio::test]
async fn with_client_ca_only_its_certificates_come_in() {
    let callers = authority();
    let files = files(Some(&callers));
    let room = Room::with(limits(), listen(Some(files.settings.clone()))).await;
    let known = client(&[&TLS13], &files.authority, Some(issued(&callers)));
    let mut caller = call(&room, known).await.unwrap();
    caller.send(get("/tls")).await;
    assert_eq!(body(&caller.answer().await), "1.3 true");
    let stranger = Some(issued(&authority()));
    for own in [None, stranger] {
        // in TLS 1.3 the caller hears of it with its first read
        let mut caller = call(&room, client(&[&TLS13], &files.authority, own))
            .await
            .unwrap();
        drop(tokio::io::AsyncWriteExt::write_all(&mut caller.io, get("/tls").as_bytes()).await);
        assert_eq!(caller.rest().await, "");
    }
    room.until("both are noted", |room| room.notes.reasons().len() == 2)
        .await;
    assert_eq!(room.seen(), ["GET /tls"]);
}

#[tokio::test]
async fn hostile_heads_and_aborts_are_the_same_over_tls() {
    let files = files(None);
    let room = Room::with(limits(), listen(Some(files.settings.clone()))).await;
    let config = client(&[&TLS13], &files.authority, None);
    let mut caller = call(&room, config.clone()).await.unwrap();
    caller
        .send("GET /a//b HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await;
    assert_eq!(status(&caller.rest().await), 400);
    let mut caller = call(&room, config).await.unwrap();
    caller.send(get("/abort")).await;
    let answer = caller.rest().await;
    assert!(answer.ends_with("event: error\n\n\r\n"), "{answer:?}");
}

#[tokio::test]
async fn a_new_certificate_is_shown_to_new_connections_and_a_bad_one_is_not() {
    let files = files(None);
    let room = Room::with(limits(), listen(Some(files.settings.clone()))).await;
    let old = client(&[&TLS13], &files.authority, None);
    let mut before = call(&room, old.clone()).await.unwrap();
    let certificates = room.certificates.clone().unwrap();

    let renewed = authority();
    let (certificate, key) = issued(&renewed);
    write(&files.folder.path().join("cert.pem"), &certificate, 0o644);
    let faults = certificates.reload().unwrap_err();
    assert_eq!(faults[0].path, "key");
    assert!(call(&room, old.clone()).await.is_ok());

    write(&files.folder.path().join("key.pem"), &key, 0o600);
    certificates.reload().unwrap();
    assert!(call(&room, old).await.is_err());
    assert!(call(&room, client(&[&TLS13], &renewed, None)).await.is_ok());
    before.send(get("/tls")).await;
    assert_eq!(status(&before.answer().await), 200);
}
