//! THREATS EGR-04: no certificate is believed unchecked, and nothing is sent
//! to who cannot show a good one.

use std::{fs, path::Path, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use super::{
    super::{destination::Place, exchange::Line},
    Names, read,
    server::{Server, Then, ok},
};
use crate::primitives::{Code, Limits, SettingFault};

const HOST: &str = "model.example";

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server's certificate for `name`, changed by `change`.
    fn signs(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        acceptor(certificate.der().clone(), &key)
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    let mut config = config.unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

fn line(host: &str, port: u16, ca_file: &Path) -> Result<Line, Vec<SettingFault>> {
    let networks = ["127.0.0.0/8".to_owned()];
    let place = Place {
        tls: true,
        host,
        port,
        networks: &networks,
        plain_anywhere: false,
    };
    let names = Names::saying(&[&["127.0.0.1"]]);
    Line::load(&place, Some(ca_file), names, &Limits::default())
}

/// The server never saw a byte of HTTP.
async fn refused(authority: &Authority, acceptor: TlsAcceptor) {
    let server = Server::tls(acceptor, vec![Then::Say(ok("{}"))]).await;
    let line = line(HOST, server.address.port(), &authority.file()).unwrap();
    assert_eq!(read(&line).await, Err(Code::UpstreamTls));
    assert_eq!((server.connections(), server.bytes()), (1, 0));
}

#[tokio::test]
async fn a_certificate_of_the_named_authority_is_believed() {
    let authority = Authority::new();
    let acceptor = authority.signs(HOST, |_| {});
    let server = Server::tls(acceptor, vec![Then::Say(ok("{}"))]).await;
    let line = line(HOST, server.address.port(), &authority.file()).unwrap();
    assert_eq!(read(&line).await.unwrap(), "{}");
    assert!(server.requests()[0].starts_with("POST /v1/chat HTTP/1.1\r\n"));
}

#[tokio::test]
async fn an_address_in_the_certificate_is_believed_for_that_address() {
    let authority = Authority::new();
    let acceptor = authority.signs("127.0.0.1", |_| {});
    let server = Server::tls(acceptor, vec![Then::Say(ok("{}"))]).await;
    let line = line("127.0.0.1", server.address.port(), &authority.file()).unwrap();
    assert!(read(&line).await.is_ok());
}

#[tokio::test]
async fn a_self_signed_certificate_gets_no_byte_of_http() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    refused(&authority, acceptor(certificate.der().clone(), &key)).await;
}

#[tokio::test]
async fn an_expired_certificate_gets_no_byte_of_http() {
    let authority = Authority::new();
    let acceptor = authority.signs(HOST, |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    refused(&authority, acceptor).await;
}

#[tokio::test]
async fn a_certificate_for_another_name_gets_no_byte_of_http() {
    let authority = Authority::new();
    let acceptor = authority.signs("other.example", |_| {});
    refused(&authority, acceptor).await;
}

#[tokio::test]
async fn another_authority_gets_no_byte_of_http() {
    let (named, other) = (Authority::new(), Authority::new());
    refused(&named, other.signs(HOST, |_| {})).await;
}

#[tokio::test]
async fn a_server_without_tls_gets_no_byte_of_http() {
    let authority = Authority::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = line(
        HOST,
        listener.local_addr().unwrap().port(),
        &authority.file(),
    )
    .unwrap();
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut seen = Vec::new();
        socket.read_to_end(&mut seen).await.ok();
        seen
    };
    let (told, seen) = tokio::join!(read(&line), server);
    assert_eq!(told, Err(Code::UpstreamTls));
    assert!(!seen.windows(4).any(|four| four == b"POST"));
}

#[test]
fn a_ca_file_must_hold_authorities() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.pem");
    let (empty, broken) = (folder.path().join("a.pem"), folder.path().join("b.pem"));
    fs::write(&empty, "nothing\n").unwrap();
    let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    fs::write(&broken, junk).unwrap();
    for file in [missing, empty, broken] {
        let faults = line(HOST, 443, &file).err().unwrap();
        assert_eq!(faults[0].path, "ca_file", "{faults:?}");
    }
}
