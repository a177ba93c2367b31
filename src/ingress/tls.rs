//! The certificate a port shows, and whose certificates it asks for.
//!
//! TLS 1.3 only, one cryptographic provider named explicitly, no early data,
//! HTTP/1.1 as the only protocol. The key pair sits behind a swap, so that a
//! renewed certificate is shown to new connections without touching old ones.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    sync::Arc,
};

use arc_swap::ArcSwap;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::CertifiedKey,
};
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

use super::settings::TlsSettings;
use crate::primitives::SettingFault;

/// The key pair a port shows; clones are the same.
#[derive(Clone)]
pub struct Certificates {
    settings: Arc<TlsSettings>,
    shown: Arc<ArcSwap<CertifiedKey>>,
}

impl Certificates {
    /// Reads both files.
    fn load(settings: &TlsSettings) -> Result<Self, Vec<SettingFault>> {
        let pair = key_pair(settings)?;
        Ok(Self {
            settings: Arc::new(settings.clone()),
            shown: Arc::new(ArcSwap::from_pointee(pair)),
        })
    }

    /// Reads both files again and shows what they hold to new connections.
    ///
    /// # Errors
    /// All that is wrong with them; what was shown before stays. Paths are
    /// those of the settings this was loaded from.
    pub fn reload(&self) -> Result<(), Vec<SettingFault>> {
        self.shown.store(Arc::new(key_pair(&self.settings)?));
        Ok(())
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.load_full())
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Certificates(..)")
    }
}

/// Reads the files of `tls:` and makes what a port needs of them.
pub(super) fn load(
    settings: &TlsSettings,
) -> Result<(TlsAcceptor, Certificates), Vec<SettingFault>> {
    let certificates = Certificates::load(settings);
    let verifier = client_verifier(settings);
    let (certificates, verifier) = match (certificates, verifier) {
        (Ok(certificates), Ok(verifier)) => (certificates, verifier),
        (certificates, verifier) => {
            let mut faults = certificates.err().unwrap_or_default();
            faults.extend(verifier.err());
            return Err(faults);
        }
    };
    let config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_error| vec![SettingFault::new("", "cannot be served", "report this")])?;
    let config = match verifier {
        Some(verifier) => config.with_client_cert_verifier(verifier),
        None => config.with_no_client_auth(),
    };
    let mut config = config.with_cert_resolver(Arc::new(certificates.clone()));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), certificates))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn key_pair(settings: &TlsSettings) -> Result<CertifiedKey, Vec<SettingFault>> {
    let chain = chain("certificate", &settings.certificate);
    let key = private_key(&settings.key);
    let (chain, key) = match (chain, key) {
        (Ok(chain), Ok(key)) => (chain, key),
        (chain, key) => return Err(chain.err().into_iter().chain(key.err()).collect()),
    };
    CertifiedKey::from_der(chain, key, &provider()).map_err(|error| {
        let problem = if matches!(error, rustls::Error::InconsistentKeys(_)) {
            "is not the key of the certificate"
        } else {
            "does not make a key pair with the certificate"
        };
        let instead = "name the key the certificate was made for";
        vec![SettingFault::new("key", problem, instead).with_value(&settings.key)]
    })
}

fn chain(setting: &str, path: &str) -> Result<Vec<CertificateDer<'static>>, SettingFault> {
    let fault = |problem: &str, instead: &str| {
        SettingFault::new(setting, problem, instead).with_value(path)
    };
    let text = read(path).map_err(|error| unreadable(setting, path, &error))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(fault(
            "holds no certificate",
            "name a PEM file with certificates",
        )),
        Err(_) => Err(fault("is not well-formed PEM", "check the file")),
    }
}

fn private_key(path: &str) -> Result<PrivateKeyDer<'static>, SettingFault> {
    let fault =
        |problem: &str, instead: &str| SettingFault::new("key", problem, instead).with_value(path);
    let about = std::fs::metadata(path).map_err(|error| unreadable("key", path, &error))?;
    if about.permissions().mode() & OTHERS != 0 {
        return Err(fault(
            "can be reached by every user of this machine",
            "run `chmod 0400` on it",
        ));
    }
    let text = Zeroizing::new(read(path).map_err(|error| unreadable("key", path, &error))?);
    PrivateKeyDer::from_pem_slice(&text).map_err(|_error| {
        fault(
            "holds no private key that can be used",
            "name a PEM file with one private key, not encrypted",
        )
    })
}

type Verifier = Arc<dyn ClientCertVerifier>;

fn client_verifier(settings: &TlsSettings) -> Result<Option<Verifier>, SettingFault> {
    let Some(path) = &settings.client_ca else {
        return Ok(None);
    };
    let unusable = |problem: &str| {
        let instead = "name a PEM file with the authorities that sign callers' certificates";
        SettingFault::new("client_ca", problem, instead).with_value(path)
    };
    let mut roots = RootCertStore::empty();
    for authority in chain("client_ca", path)? {
        roots
            .add(authority)
            .map_err(|_error| unusable("holds a certificate that cannot be an authority"))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map(Some)
        .map_err(|_error| unusable("holds no authority"))
}

fn read(path: &str) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?
        .take(LARGEST_FILE)
        .read_to_end(&mut text)?;
    Ok(text)
}

fn unreadable(setting: &str, path: &str, error: &io::Error) -> SettingFault {
    let problem = format!("cannot be read: {}", error.kind());
    let instead = "name a file the gateway's user can read";
    SettingFault::new(setting, problem, instead).with_value(path)
}

/// Permission bits of everybody who is neither owner nor group: orchestrators
/// hand secrets over through the group.
const OTHERS: u32 = 0o007;

/// Bytes of a PEM file. All authorities of the web take a quarter of this.
const LARGEST_FILE: u64 = 1024 * 1024;
