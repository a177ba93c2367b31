//! The files a configuration is made of, and whether they still say the same.
//!
//! Contents are compared, not times: a ConfigMap swaps a link, an editor
//! renames, a network file system has coarse clocks, and all of them look the
//! same this way.

use std::{
    fs,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{Context, SHA256};

use super::settings::Settings;
use crate::{
    identity::settings::IdentitySettings, primitives::SettingFault,
    provider::settings::CredentialSettings,
};

/// The files of one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources(Vec<PathBuf>);

/// What the files say, in 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Sources {
    /// The configuration itself and every file it names that is read when it
    /// is loaded. The keyring is not among them: it is followed on its own.
    #[must_use]
    pub fn of(file: &Path, settings: &Settings) -> Self {
        let mut files = vec![file.to_owned()];
        files.extend(settings.policy.files.iter().map(PathBuf::from));
        for provider in settings.providers.values() {
            files.extend(provider.ca_file.as_ref().map(PathBuf::from));
            if let CredentialSettings::File(one) = &provider.credential {
                files.push(PathBuf::from(&one.file));
            }
        }
        if let Some(tls) = &settings.listen.data.tls {
            files.extend([&tls.certificate, &tls.key].map(PathBuf::from));
            files.extend(tls.client_ca.as_ref().map(PathBuf::from));
        }
        Self(files)
    }

    /// Reads them all. One that cannot be read says that it cannot.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut all = Context::new(&SHA256);
        for file in &self.0 {
            let (mark, bytes) = match fs::read(file) {
                Ok(bytes) => (1_u8, bytes),
                Err(_missing) => (0, Vec::new()),
            };
            all.update(&[mark]);
            all.update(&bytes.len().to_be_bytes());
            all.update(&bytes);
        }
        let mut out = [0; 32];
        for (to, from) in out.iter_mut().zip(all.finish().as_ref()) {
            *to = *from;
        }
        Fingerprint(out)
    }
}

/// The settings that a running gateway cannot take over (DESIGN §3): ports,
/// places on disk, the master secret.
#[must_use]
pub fn needs_restart(running: &Settings, wanted: &Settings) -> Vec<SettingFault> {
    let changed = [
        ("listen", running.listen != wanted.listen),
        ("state_dir", running.state_dir != wanted.state_dir),
        ("secrets", running.secrets != wanted.secrets),
        ("audit", running.audit != wanted.audit),
    ];
    let fault = |path: &str| {
        SettingFault::new(
            path,
            "needs restart: a running gateway cannot take it over",
            "restart the gateway, or undo this change",
        )
    };
    let changed = changed.into_iter().filter(|(_, changed)| *changed);
    changed.map(|(path, _)| fault(path)).collect()
}

/// Whether another keyring is wanted.
#[must_use]
pub fn same_keyring(running: &IdentitySettings, wanted: &IdentitySettings) -> bool {
    running.keys.file == wanted.keys.file
}
