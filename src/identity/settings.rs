//! What a user writes under `identity:`.

use schemars::JsonSchema;
use serde::Deserialize;

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
