//! Paths in a configuration are relative to the folder the file is in, so
//! that it means the same wherever the gateway is started from.

use std::path::Path;

use super::{draft::Draft, settings::MasterSettings};
use crate::{
    audit::settings::OtlpSettings, primitives::SettingFault, provider::settings::CredentialSettings,
};

/// Makes every path of the settings stand on its own, and fills in those that
/// follow from `state_dir`.
pub(super) fn resolve(draft: &mut Draft, folder: &Path, faults: &mut Vec<SettingFault>) {
    let mut paths = Paths { folder, faults };
    paths.one("state_dir", &mut draft.state_dir);
    paths.of_listen(draft);
    paths.of_providers(draft);
    if let Some(identity) = &mut draft.identity {
        paths.one("identity.keys.file", &mut identity.keys.file);
    }
    if let Some(policy) = &mut draft.policy {
        for (index, file) in policy.files.iter_mut().enumerate() {
            paths.one(&format!("policy.files[{index}]"), file);
        }
    }
    paths.of_state(draft);
}

struct Paths<'a> {
    folder: &'a Path,
    faults: &'a mut Vec<SettingFault>,
}

impl Paths<'_> {
    fn one(&mut self, at: &str, path: &mut String) {
        if path.is_empty() {
            self.faults
                .push(SettingFault::new(at, "is empty", "write a path"));
        } else if path.starts_with('~') {
            let fault = SettingFault::new(
                at,
                "begins with `~`, which only a shell understands",
                "write the path out",
            );
            self.faults.push(fault.with_value(path.as_str()));
        } else {
            *path = joined(self.folder, path);
        }
    }

    fn maybe(&mut self, at: &str, path: Option<&mut String>) {
        if let Some(path) = path {
            self.one(at, path);
        }
    }

    fn of_listen(&mut self, draft: &mut Draft) {
        let listen = draft.listen.as_mut();
        if let Some(tls) = listen.and_then(|listen| listen.data.tls.as_mut()) {
            self.one("listen.data.tls.certificate", &mut tls.certificate);
            self.one("listen.data.tls.key", &mut tls.key);
            self.maybe("listen.data.tls.client_ca", tls.client_ca.as_mut());
        }
    }

    fn of_providers(&mut self, draft: &mut Draft) {
        for (name, provider) in &mut draft.providers {
            let Some(provider) = provider else { continue };
            let at = format!("providers.{name}");
            self.maybe(&format!("{at}.ca_file"), provider.ca_file.as_mut());
            match &mut provider.credential {
                CredentialSettings::File(file) => {
                    self.one(&format!("{at}.credential.file"), &mut file.file);
                }
                CredentialSettings::Env(_) | CredentialSettings::Word(_) => {}
            }
        }
    }

    /// What lies below `state_dir` unless it is told to lie elsewhere.
    fn of_state(&mut self, draft: &mut Draft) {
        let below_state = |name: &str| joined(Path::new(&draft.state_dir), name);
        if let Some(audit) = &mut draft.audit {
            match &mut audit.spool.directory {
                Some(directory) => self.one("audit.spool.directory", directory),
                none => *none = Some(below_state(SPOOL)),
            }
            if let OtlpSettings::Collector(collector) = &mut audit.otlp {
                for (name, value) in &mut collector.headers {
                    if let CredentialSettings::File(one) = value {
                        self.one(&format!("audit.otlp.headers.{name}.file"), &mut one.file);
                    }
                }
            }
        }
        if let Some(secrets) = &mut draft.secrets {
            match &mut secrets.master {
                Some(master) => self.one("secrets.master.file", &mut master.file),
                none => {
                    let file = below_state(MASTER);
                    *none = Some(MasterSettings { file });
                }
            }
        }
    }
}

/// An absolute path stays what it is. `./` is dropped, for faults to read well.
fn joined(folder: &Path, path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    folder.join(path).to_string_lossy().into_owned()
}

/// The ledger, below `state_dir` (DESIGN §3).
const SPOOL: &str = "audit";

/// The master secret, below `state_dir` (DESIGN §3).
const MASTER: &str = "master.key";
