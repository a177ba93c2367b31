//! What a user writes under `providers:`.

use schemars::JsonSchema;
use serde::Deserialize;

/// One upstream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// The dialect it speaks: `openai`, `openai-compatible` or `anthropic`.
    pub kind: String,
    /// Where it is, when not at the vendor's public address. Without a path,
    /// or with the path that stands before the dialect's own paths.
    #[serde(default)]
    pub base_url: Option<String>,
    /// Private or loopback ranges it may resolve to, in CIDR notation.
    #[serde(default)]
    pub allow_networks: Vec<String>,
    /// Our credential there.
    pub credential: CredentialSettings,
    /// Whether paths without a provider's name go here.
    #[serde(default)]
    pub default: bool,
    /// OpenAI organisation sent with every request.
    #[serde(default)]
    pub organization: Option<String>,
    /// OpenAI project sent with every request.
    #[serde(default)]
    pub project: Option<String>,
    /// Certificate authorities to trust for this provider alone, as a PEM file.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// Names the risk of `http://` beyond loopback and private ranges.
    #[serde(default)]
    pub insecure_plain_http: Option<InsecureSettings>,
}

/// Where a credential comes from. Never the credential itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CredentialSettings {
    /// `{ env: NAME }`: an environment variable.
    Env(EnvSettings),
    /// `{ file: PATH }`: a file, read at start and at reload.
    File(FileSettings),
    /// `none`: the upstream asks for no credential.
    Word(NoCredential),
}

/// A credential in an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvSettings {
    /// The variable's name.
    pub env: String,
}

/// A credential in a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileSettings {
    /// The file's path.
    pub file: String,
}

/// The word `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoCredential {
    /// No credential.
    None,
}

/// A setting that weakens a control: who takes it on, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InsecureSettings {
    /// Why it has to be.
    pub reason: String,
    /// The day it ends, `YYYY-MM-DD`, UTC.
    pub until: String,
}
