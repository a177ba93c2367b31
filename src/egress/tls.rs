//! Whom to believe. All of the room's TLS is in this file.
//!
//! INVARIANT: a chain to a known authority and the name of the base URL are
//! checked on each new connection, and nothing in the configuration says
//! otherwise. There is no key log and no early data.

use std::{fs, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{destination::Host, fault::Fault};
use crate::primitives::SettingFault;

/// The handshakes of one provider. Sessions are not shared with another.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// Trusts the authorities of `ca_file` alone, or the system's.
    pub(super) fn load(host: &Host, ca_file: Option<&Path>) -> Result<Self, SettingFault> {
        let roots = match ca_file {
            Some(file) => named(file)?,
            None => native()?,
        };
        let fault = |problem: String| SettingFault::new("base_url", problem, "write another host");
        let name = ServerName::try_from(host.text())
            .map_err(|error| fault(format!("has a host no certificate can name: {error}")))?;
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| fault(format!("cannot be reached by TLS: {error}")))?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![HTTP_1_1.to_vec()];
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            name,
        })
    }

    /// Shakes hands. No byte of HTTP has been written when this fails.
    pub(super) async fn shake(&self, tcp: TcpStream) -> Result<TlsStream<TcpStream>, Fault> {
        let shaken = self.connector.connect(self.name.clone(), tcp).await;
        shaken.map_err(|error| match error.get_ref() {
            Some(inner) if inner.is::<rustls::Error>() => Fault::Tls(inner.to_string()),
            _ => Fault::Unreachable(format!("the handshake was cut off: {error}")),
        })
    }
}

/// The system's authorities. `SSL_CERT_FILE` and `SSL_CERT_DIR` name others,
/// as they do for OpenSSL.
fn native() -> Result<RootCertStore, SettingFault> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(SettingFault::new(
            "ca_file",
            "is missing, and this system has no certificate authorities",
            "install the system's `ca-certificates`, or name a PEM file in `ca_file`",
        ));
    }
    Ok(roots)
}

/// The authorities of one PEM file, all of which must be usable.
fn named(file: &Path) -> Result<RootCertStore, SettingFault> {
    let shown = file.display().to_string();
    let fault = |problem: String| {
        SettingFault::new("ca_file", problem, "name a PEM file with CA certificates")
            .with_value(&shown)
    };
    let text = fs::read(file).map_err(|error| fault(format!("cannot be read: {error}")))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| fault(format!("is no PEM: {error}")))?;
        roots
            .add(certificate)
            .map_err(|error| fault(format!("has a certificate that cannot be used: {error}")))?;
    }
    if roots.is_empty() {
        return Err(fault("has no certificate in it".to_owned()));
    }
    Ok(roots)
}

/// The one protocol spoken here (RFC 7301 §6).
const HTTP_1_1: &[u8] = b"http/1.1";
