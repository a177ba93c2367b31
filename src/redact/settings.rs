//! What a user writes under `redaction:`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Profiles by name. The shipped ones exist even where nobody writes them.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedactionSettings {
    /// The profiles.
    #[serde(default)]
    pub profiles: BTreeMap<String, ProfileSettings>,
}

/// What happens to what is found. Absent settings keep those of the profile
/// this one starts from.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileSettings {
    /// Start from the shipped profile of this name: `default`, `names`,
    /// `strict`, `report` or `secrets-only`. Absent: the shipped profile this
    /// one is called like, else `default`.
    #[serde(default)]
    pub extends: Option<String>,
    /// Actions for every entity in both directions, before the finer settings.
    #[serde(default)]
    pub all: Option<String>,
    /// Actions in requests, by entity or by group (`secrets`, `personal_data`, `names`).
    #[serde(default)]
    pub requests: BTreeMap<String, String>,
    /// Actions in answers, by entity or by group.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
    /// How sure a detector has to be, 0 to 100, by entity or by group; 50 where absent.
    #[serde(default)]
    pub confidence: BTreeMap<String, u8>,
    /// Whether own values are put back into answers; `true` where absent.
    #[serde(default)]
    pub restore: Option<bool>,
}
