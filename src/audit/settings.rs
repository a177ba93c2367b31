//! What a user writes under `audit:`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{primitives::ByteSize, provider::settings::CredentialSettings};

/// Where the record of every request goes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditSettings {
    /// The write-ahead ledger on this machine's disk.
    #[serde(default)]
    pub spool: SpoolSettings,
    /// The collector records are delivered to, or `none`.
    pub otlp: OtlpSettings,
    /// How long delivered records stay on this machine.
    #[serde(default)]
    pub retain: RetainSettings,
    /// The name checkpoints are signed under, a host and a path without a
    /// scheme; made from the instance's id where absent.
    #[serde(default)]
    pub origin: Option<String>,
}

/// What is kept of what was delivered. With `otlp: none` everything counts as
/// delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetainSettings {
    /// Days records are kept; 7 where absent.
    #[serde(default)]
    pub days: Option<u32>,
    /// How much is kept; three quarters of the ledger's size where absent, and
    /// at most that.
    #[serde(default)]
    pub max_bytes: Option<ByteSize>,
}

/// The ledger's place and size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpoolSettings {
    /// Its directory; `audit` below `state_dir` where absent.
    #[serde(default)]
    pub directory: Option<String>,
    /// How large it may grow before requests are refused; 1 GiB where absent.
    #[serde(default)]
    pub max_bytes: Option<ByteSize>,
}

/// Delivery over OTLP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OtlpSettings {
    /// A collector.
    Collector(CollectorSettings),
    /// `none`: records stay in the ledger.
    Word(NoCollector),
}

/// A collector.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectorSettings {
    /// Its base URL; `/v1/logs` is added to it.
    pub endpoint: String,
    /// Header fields sent with every delivery, such as `authorization`. Values
    /// come from the environment or from files.
    #[serde(default)]
    pub headers: BTreeMap<String, CredentialSettings>,
}

/// The word `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoCollector {
    /// No delivery.
    None,
}
