//! What a user writes under `identity:` and `secrets:`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::primitives::SettingFault;

/// How callers prove who they are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentitySettings {
    /// Keys this gateway issues.
    pub keys: KeyringSettings,
}

/// Where the keyring is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyringSettings {
    /// A file written by `portcullis keys` and watched by the gateway.
    pub file: String,
}

/// Secrets everything else is derived from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretsSettings {
    /// The master secret.
    pub master: MasterSettings,
}

/// Where the master secret is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MasterSettings {
    /// A file of mode 0600 or stricter with 64 hexadecimal digits, made at the
    /// first start where there is none. Replicas share it.
    pub file: String,
}

impl IdentitySettings {
    /// Every mistake in the section.
    #[must_use]
    pub fn faults(&self) -> Vec<SettingFault> {
        no_file(&self.keys.file, "keys.file", "./keys.yaml")
    }
}

impl SecretsSettings {
    /// Every mistake in the section.
    #[must_use]
    pub fn faults(&self) -> Vec<SettingFault> {
        no_file(&self.master.file, "master.file", "./state/master.key")
    }
}

fn no_file(file: &str, path: &str, example: &str) -> Vec<SettingFault> {
    if file.is_empty() {
        let instead = format!("write a file's path, as in {example}");
        vec![SettingFault::new(path, "is empty", instead).with_value("")]
    } else {
        Vec::new()
    }
}
