//! What a user writes: the whole file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    audit::settings::AuditSettings,
    identity::settings::IdentitySettings,
    ingress::settings::ListenSettings,
    policy::settings::{GrantSettings, PolicySettings},
    provider::settings::ProviderSettings,
    quota::settings::QuotaSettings,
    redact::settings::RedactionSettings,
};

/// The configuration of a gateway.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The ports.
    pub listen: ListenSettings,
    /// The folder for what the gateway keeps: master key, ledger. `./state` where absent.
    #[serde(default)]
    pub state_dir: Option<String>,
    /// Where secrets of the gateway itself are.
    #[serde(default)]
    pub secrets: SecretsSettings,
    /// The upstreams, by the name that stands first in a path.
    pub providers: BTreeMap<String, ProviderSettings>,
    /// How callers prove who they are.
    pub identity: IdentitySettings,
    /// Who may use what. Without a grant nobody may use anything.
    #[serde(default)]
    pub grants: Vec<GrantSettings>,
    /// Further Cedar policies.
    #[serde(default)]
    pub policy: PolicySettings,
    /// What happens to personal data and secrets in prompts and answers.
    #[serde(default)]
    pub redaction: RedactionSettings,
    /// Where counts are kept; in this process where absent.
    #[serde(default)]
    pub quota: Option<QuotaSettings>,
    /// Where the record of every request goes.
    pub audit: AuditSettings,
}

/// Secrets of the gateway itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretsSettings {
    /// The secret every key of the gateway is derived from.
    #[serde(default)]
    pub master: Option<MasterSettings>,
}

/// The master secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MasterSettings {
    /// Its file, made at first start; `master.key` below `state_dir` where absent.
    pub file: String,
}
