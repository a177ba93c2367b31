//! What a user writes under `quota:`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Where counts are kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuotaSettings {
    /// `local`: in this process.
    #[serde(default)]
    pub store: Option<String>,
    /// A Redis or Valkey URL shared by replicas.
    #[serde(default)]
    pub redis: Option<String>,
}
