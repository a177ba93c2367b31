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

/// Limits of a grant. Windows longer than a minute are calendar windows in UTC.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GrantLimitSettings {
    /// Who shares one allowance: `caller` (default), `key`, `team`, `tenant`, `model`, `provider`, or `grant`.
    pub per: Option<String>,
    /// Requests at once.
    pub concurrent: Option<u64>,
    /// Requests in any minute.
    pub requests_per_minute: Option<u64>,
    /// Requests in an hour.
    pub requests_per_hour: Option<u64>,
    /// Requests in a day.
    pub requests_per_day: Option<u64>,
    /// Requests in a month.
    pub requests_per_month: Option<u64>,
    /// Tokens, read and written, in any minute.
    pub tokens_per_minute: Option<u64>,
    /// Tokens, read and written, in an hour.
    pub tokens_per_hour: Option<u64>,
    /// Tokens, read and written, in a day.
    pub tokens_per_day: Option<u64>,
    /// Tokens, read and written, in a month.
    pub tokens_per_month: Option<u64>,
    /// Tokens read in any minute.
    pub input_tokens_per_minute: Option<u64>,
    /// Tokens read in a day.
    pub input_tokens_per_day: Option<u64>,
    /// Tokens written in any minute.
    pub output_tokens_per_minute: Option<u64>,
    /// Tokens written in a day.
    pub output_tokens_per_day: Option<u64>,
    /// US dollars in an hour, as a decimal number.
    pub usd_per_hour: Option<serde_json::Number>,
    /// US dollars in a day, as a decimal number.
    pub usd_per_day: Option<serde_json::Number>,
    /// US dollars in a month, as a decimal number.
    pub usd_per_month: Option<serde_json::Number>,
    /// The most tokens one answer may have.
    pub max_output_tokens: Option<u64>,
}

/// Further Cedar policies.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySettings {
    /// Cedar files. They may `forbid`; a `permit` in them must carry `@grant("name")`.
    #[serde(default)]
    pub files: Vec<String>,
}
