//! What a user writes under `grants:` and `policy:`.

use schemars::JsonSchema;
use serde::Deserialize;

/// One grant: who may use which models, and how.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantSettings {
    /// The grant's name, unique in the configuration.
    pub name: String,
    /// Teams it is for.
    #[serde(default)]
    pub teams: Vec<String>,
    /// Owners of keys it is for, besides the teams.
    #[serde(default)]
    pub callers: Vec<String>,
    /// `provider/model`, exact or with one trailing `*`.
    pub models: Vec<String>,
    /// Capabilities it gives; replaces the default list `[stream, tools]`.
    #[serde(default)]
    pub allow: Option<Vec<String>>,
    /// Redaction profile, `default` where absent.
    #[serde(default)]
    pub redaction: Option<String>,
    /// Limits of its own, on top of those of every credential.
    #[serde(default)]
    pub limits: Option<GrantLimitSettings>,
}

/// Limits of a grant.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantLimitSettings {
    /// Who shares one allowance: `caller` (default), `team`, or `grant`.
    #[serde(default)]
    pub per: Option<String>,
    /// Requests a minute.
    #[serde(default)]
    pub requests_per_minute: Option<u64>,
    /// Requests at once.
    #[serde(default)]
    pub concurrent: Option<u64>,
    /// Tokens a minute.
    #[serde(default)]
    pub tokens_per_minute: Option<u64>,
    /// US dollars a day, as a decimal number.
    #[serde(default)]
    pub usd_per_day: Option<serde_json::Number>,
}

/// Further Cedar policies.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySettings {
    /// Cedar files. They may `forbid`; a `permit` in them must carry `@grant("name")`.
    #[serde(default)]
    pub files: Vec<String>,
}
